"""The administrator's page of phone systems: what is heard of each, and recorders' files that wait for their call."""

from flask import Blueprint, Response, render_template, request

from plugin.core.access import Deed
from plugin.core.calls import Call
from plugin.core.errors import InputError, NotFound
from plugin.core.ids import CallId, is_id
from plugin.services.recorders import Recorders
from plugin.web import replies
from plugin.web.door import house, signed_in

room = Blueprint("sources", __name__, url_prefix="/admin/sources")

_KEY_LETTERS = 64


@room.get("")
def page() -> str:
    """Show every phone system, and the files that wait."""
    staff = signed_in(Deed.SEE_ADMIN)
    return render_template(
        "admin/sources.html",
        sights=house().phones.board(house().store).sights(staff),
        waiting=_recorders().waiting(staff),
        talked_with=_talked_with,
        said={"given": "sources.given", "dismissed": "sources.dismissed"}.get(request.args.get("done", ""), ""),
    )


@room.post("/files/<source>/<key>")
def settle(source: str, key: str) -> Response:
    """Say whose a file is: `call_id`, or nobody's where that is empty."""
    staff = signed_in(Deed.SEE_ADMIN)
    if len(key) != _KEY_LETTERS:
        raise NotFound("recording")
    chosen = request.form.get("call_id")
    if chosen is None:
        raise InputError("call_id")
    if not chosen:
        _recorders().dismiss(staff, source, key)
        return replies.to("/admin/sources?done=dismissed")
    if not is_id(chosen):
        raise NotFound("call")
    _recorders().give(staff, source, key, CallId(chosen))
    return replies.to("/admin/sources?done=given")


def _recorders() -> Recorders:
    return house().phones.recorders(house().store, house().calls)


def _talked_with(call: Call) -> str:
    """Return at which telephones it was, as the phone system names them; no number and no customer."""
    return ", ".join(call.answered_by or tuple(offer.agent for offer in call.offers))
