"""The door to phones: taking and leaving a seat, and the administrator's table of extensions, devices and watchers."""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.core.access import Deed
from plugin.core.errors import Conflict, InputError, NotFound
from plugin.core.ids import UserId, is_id
from plugin.services.seats import Seats
from plugin.web import replies
from plugin.web.desk import desk_staff
from plugin.web.door import house, proved, signed_in

room = Blueprint("seats", __name__)
_DONE = {
    "put": "phones.put.done",
    "dropped": "phones.dropped",
    "ended": "phones.ended",
    "watched": "phones.watched",
}


def _seats() -> Seats:
    return house().entering.seats


@room.get("/seat")
def page() -> Response:
    """Show the shared phones, and where one sits."""
    return _seat()


@room.post("/seat")
def take() -> AnyResponse:
    """Take a seat at the phone `extension`."""
    staff = desk_staff()
    try:
        _seats().take(staff, request.form.get("extension", ""))
    except (Conflict, NotFound) as error:
        return _seat("seat.wrong.occupied" if isinstance(error, Conflict) else "seat.wrong.gone")
    return replies.to("/seat")


@room.post("/seat/leave")
def leave() -> AnyResponse:
    """Leave the seat."""
    _seats().leave(desk_staff())
    return replies.to("/seat")


@room.get("/admin/phones")
def table() -> Response:
    """Show extensions, devices, seats and watchers."""
    return _table()


@room.post("/admin/phones")
def put() -> AnyResponse:
    """Set an extension up: `extension`, `label`, `devices` (one a line), `shared`."""
    staff, given = proved(Deed.SET_UP_PHONES), request.form
    typed = {name: given.get(name, "") for name in ("extension", "label", "devices", "shared")}
    try:
        is_shared = typed["shared"] == "1"
        _seats().put(staff, typed["extension"], typed["label"], typed["devices"], is_shared=is_shared)
    except (InputError, Conflict) as error:
        return _table(replies.wrong("phones", error), typed)
    return replies.to("/admin/phones?done=put")


@room.post("/admin/phones/drop")
def drop() -> AnyResponse:
    """Forget the extension `extension`."""
    _seats().drop(proved(Deed.SET_UP_PHONES), request.form.get("extension", ""))
    return replies.to("/admin/phones?done=dropped")


@room.post("/admin/phones/end")
def end() -> AnyResponse:
    """End whoever's seat at the phone `extension`."""
    _seats().end(proved(Deed.SET_UP_PHONES), request.form.get("extension", ""))
    return replies.to("/admin/phones?done=ended")


@room.post("/admin/phones/watch")
def watch() -> AnyResponse:
    """Let the person `user_id` watch the queue `queue`, or with `off` no more."""
    staff, given = proved(Deed.SET_UP_PHONES), request.form
    raw = given.get("user_id", "")
    try:
        if not is_id(raw):
            raise NotFound("user")
        _seats().watch(staff, given.get("queue", ""), UserId(raw), on="off" not in given)
    except (InputError, NotFound) as error:
        return _table(replies.wrong("phones", error), {"queue": given.get("queue", "")})
    return replies.to("/admin/phones?done=watched")


def _seat(wrong: str = "") -> Response:
    shown = _seats().places(desk_staff())
    return replies.page("desk/seat.html", replies.WRONG if wrong else replies.FINE, shown=shown, wrong=wrong)


def _table(wrong: str = "", typed: dict[str, str] | None = None) -> Response:
    staff = signed_in(Deed.SET_UP_PHONES)
    return replies.page(
        "admin/phones.html",
        replies.WRONG if wrong else replies.FINE,
        shown=_seats().table(staff),
        people=[user for user in house().accounts.all(staff) if user.active],
        is_proved=house().sessions.is_proved(staff),
        wrong=wrong,
        typed=typed or {},
        said=_DONE.get(request.args.get("done", ""), ""),
    )
