"""The door to how a number is used: the page of the number of a call, and the list of shared numbers.

A number is never in an address; one gets to it by a call that came from it.
"""

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from plugin.core.errors import InputError
from plugin.core.sharing import SharingKind
from plugin.web import replies
from plugin.web.desk import desk_staff
from plugin.web.door import house
from plugin.web.fields import read_call_id

room = Blueprint("sharings", __name__)
_KINDS = tuple(SharingKind)
_NONE = "none"


@room.get("/calls/<call_id>/number")
def page(call_id: str) -> str:
    """Show how the call's number is used, and what was said of it before."""
    return _page(call_id)


@room.post("/calls/<call_id>/number")
def say(call_id: str) -> Response | str:
    """Say how it is used: `kind`, or `none` to take back what was said; `reason`."""
    staff = desk_staff()
    kind, reason = request.form.get("kind", ""), request.form.get("reason", "")
    if kind not in (*_KINDS, _NONE):
        return _page(call_id, wrong="sharing.wrong.kind", reason=reason)
    try:
        wanted = None if kind == _NONE else SharingKind(kind)
        house().numbers.sharings.say(staff, read_call_id(call_id), wanted, reason)
    except InputError as error:
        return _page(call_id, wrong=replies.wrong("sharing", error), reason=reason)
    return replies.to(f"/calls/{read_call_id(call_id)}/number")


@room.get("/numbers")
def shared() -> str:
    """List the numbers that several use."""
    return render_template("desk/sharings.html", numbers=house().numbers.sharings.newest(desk_staff()))


def _page(call_id: str, *, wrong: str = "", reason: str = "") -> str:
    shown = house().numbers.sharings.of_call(desk_staff(), read_call_id(call_id))
    return render_template(
        "desk/sharing.html", shown=shown, kinds=[kind.value for kind in _KINDS], wrong=wrong, reason_typed=reason
    )
