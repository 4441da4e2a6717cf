"""The door to the supervisors' board: alerts and the team's calls, live, and what is done about them.

And an operator's own side of it: his cry for help, and what is recorded of his call.
"""

from collections.abc import Iterator

from flask import Blueprint, Response, current_app, jsonify, render_template, request, stream_with_context
from werkzeug.wrappers import Response as AnyResponse

from plugin.core.access import Deed, may
from plugin.core.alerts import CHOICES, AlertReason
from plugin.core.errors import InputError, NotSignedIn
from plugin.core.live import JOINS, PURPOSES, STEERS, Ordered, read_act
from plugin.core.staff import Staff
from plugin.core.times import to_us
from plugin.web import door, replies
from plugin.web.desk import desk_staff
from plugin.web.desk_screen import Screen, as_event
from plugin.web.door import house, signed_in, t
from plugin.web.errors import wants_problem
from plugin.web.fields import read_call_id

room = Blueprint("board", __name__)

# Nobody is told of each ring and talk of his team: the board looks for itself so often. Alerts come at once.
_LOOK_S = 3.0


@room.get("/board")
def page() -> str:
    """Show the board."""
    staff = signed_in(Deed.SEE_BOARD)
    return render_template("board/board.html", drawn=_draw(staff), now=house().clock(), zone=house().settings.zone)


@room.get("/board/stream")
def stream() -> Response:
    """Stay connected and send the board whenever it changes; ends with the session, or the right to see it."""
    staff, bus = signed_in(Deed.SEE_BOARD), house().bus
    current_app.extensions["wake"] = bus.tell_all
    ear = bus.listen(staff.user_id)

    def run() -> Iterator[str]:
        shown, quiet_s = "", 0.0
        while not door.is_stopping():
            try:
                now = house().sessions.still(staff)
            except NotSignedIn:
                now = None
            if now is None or not may(now.role, Deed.SEE_BOARD):
                yield as_event("bye")
                return
            state = _state(now)
            if state["board"] != shown:
                shown, quiet_s = state["board"], 0.0
                yield as_event("desk", state)
            elif quiet_s >= current_app.config["HEARTBEAT_S"]:
                quiet_s = 0.0
                yield as_event("beat", {"closed": door.closed_words()})
            quiet_s += _LOOK_S
            ear.wait(_LOOK_S)

    return replies.events(stream_with_context(run()), ear.close)


@room.get("/board/state")
def state() -> Response:
    """Tell once what stands on the board."""
    return jsonify(_state(signed_in(Deed.SEE_BOARD)))


@room.post("/board/alerts/<alert_id>/take")
def take(alert_id: str) -> AnyResponse:
    """Take an alert on."""
    staff = signed_in(Deed.SEE_BOARD)
    house().alerts.take(staff, alert_id)
    return _board(staff)


@room.post("/board/alerts/<alert_id>/close")
def close(alert_id: str) -> AnyResponse:
    """Note that an alert is dealt with."""
    staff = signed_in(Deed.SEE_BOARD)
    house().alerts.close(staff, alert_id)
    return _board(staff)


@room.post("/board/calls/<call_id>/join")
def join(call_id: str) -> AnyResponse:
    """Listen, whisper or take over: `act`, and for a call without an alert the `purpose`."""
    staff = signed_in(Deed.JOIN_LIVE)
    act = read_act(request.form.get("act", ""), JOINS)
    ordered = house().live.join(staff, read_call_id(call_id), act, request.form.get("purpose", ""))
    return _board(staff, ordered)


@room.post("/desk/calls/<call_id>/alert")
def cry(call_id: str) -> AnyResponse:
    """Ask for help in a call; `alert` says why, where one has the time for it."""
    staff = desk_staff()
    house().alerts.cry(staff, read_call_id(call_id), _reason(request.form.get("alert", "")))
    return _desk(staff)


@room.post("/desk/calls/<call_id>/alert/withdraw")
def withdraw(call_id: str) -> AnyResponse:
    """Need no help any more."""
    staff = desk_staff()
    house().alerts.withdraw(staff, read_call_id(call_id))
    return _desk(staff)


@room.post("/desk/calls/<call_id>/recording")
def steer(call_id: str) -> AnyResponse:
    """Pause, resume or start the recording of a call, as `recording` says."""
    staff = desk_staff()
    act = read_act(request.form.get("recording", ""), STEERS)
    return _desk(staff, house().live.steer(staff, read_call_id(call_id), act))


def _reason(raw: str) -> AlertReason:
    if not raw:
        return AlertReason.HELP
    if raw not in CHOICES:
        raise InputError("alert_reason")
    return AlertReason(raw)


def _draw(staff: Staff) -> str:
    board = house().alerts.board(staff)
    return render_template("board/lines.html", board=board, staff=staff, joins=JOINS, purposes=PURPOSES)


def _state(staff: Staff) -> dict[str, str]:
    at = to_us(house().clock())
    drawn = _draw(staff)
    return {"at": str(at), "until": str(to_us(house().clock())), "board": drawn}


def _said(ordered: Ordered | None) -> dict[str, str]:
    """Return what became of an order, in words."""
    if ordered is None:
        return {}
    key = f"board.ordered.{ordered.state}"
    done = t(f"board.done.{ordered.act}") if ordered.state == "done" else t(key, act=t(f"board.act.{ordered.act}"))
    return {"said": done, "tone": ordered.state.value}


def _board(staff: Staff, ordered: Ordered | None = None) -> AnyResponse:
    if wants_problem():
        return jsonify({**_state(staff), **_said(ordered)})
    return replies.to("/board")


def _desk(staff: Staff, ordered: Ordered | None = None) -> AnyResponse:
    if wants_problem():
        return jsonify({**Screen().whole(staff), **_said(ordered)})
    return replies.to("/")
