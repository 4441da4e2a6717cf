"""The door to notices and wishes: what an operator notes of them on the pop, and the calls that wait for a manager."""

from flask import Blueprint, Response, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.core.access import Deed
from plugin.core.errors import Conflict, InputError
from plugin.core.live import Ordered
from plugin.core.staff import Staff
from plugin.services.consents import Consents
from plugin.web import door, replies
from plugin.web.desk import desk_staff
from plugin.web.desk_screen import Screen
from plugin.web.door import house, signed_in, t
from plugin.web.errors import wants_problem
from plugin.web.fields import read_call_id

room = Blueprint("consents", __name__)


@room.post("/desk/calls/<call_id>/wish")
def say(call_id: str) -> AnyResponse:
    """Note whether the caller wants to be recorded: `declined` is 1 or 0."""
    staff, declined = desk_staff(), request.form.get("declined", "")
    if declined not in {"0", "1"}:
        raise InputError("declined")
    wanted, consents = read_call_id(call_id), _consents()
    ordered = consents.decline(staff, wanted) if declined == "1" else consents.agree(staff, wanted)
    return _desk(staff, ordered, is_declined=declined == "1")


@room.post("/desk/calls/<call_id>/told")
def told(call_id: str) -> AnyResponse:
    """Note that the operator told the caller that the call is recorded."""
    staff = desk_staff()
    _consents().told(staff, read_call_id(call_id))
    return _desk(staff)


@room.get("/notices")
def page() -> Response:
    """Show the recorded calls whose callers heard no notice."""
    return _page()


@room.post("/notices/<call_id>")
def accept(call_id: str) -> Response:
    """Accept one of them, with a reason."""
    staff = signed_in(Deed.ACCEPT_UNTOLD)
    try:
        _consents().accept(staff, read_call_id(call_id), request.form.get("reason", ""))
    except (InputError, Conflict) as error:
        return _page(replies.wrong("consent", error))
    return replies.to("/notices?done=accepted")


def _page(wrong: str = "") -> Response:
    staff = signed_in(Deed.ACCEPT_UNTOLD)
    said = "consent.accepted" if request.args.get("done") == "accepted" else ""
    status = replies.WRONG if wrong else replies.FINE
    return replies.page("consents/notices.html", status, view=_consents().untold(staff), wrong=wrong, said=said)


def _consents() -> Consents:
    return house().keeping.consents


def _desk(staff: Staff, ordered: Ordered | None = None, *, is_declined: bool = False) -> AnyResponse:
    if not wants_problem():
        return replies.to(door.safe_next(request.form.get("next")))
    return jsonify({**Screen().whole(staff), **_said(ordered, is_declined=is_declined)})


def _said(ordered: Ordered | None, *, is_declined: bool) -> dict[str, str]:
    """Return what became of the order, in words; where none was given there is nothing to say that the pop does not."""
    if ordered is None:
        return {}
    word = "pause" if is_declined else "resume"
    return {"said": t(f"consent.{word}.{ordered.state}"), "tone": ordered.state.value}
