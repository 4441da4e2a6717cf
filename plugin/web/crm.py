"""The administrator's page of the CRM: what could not be delivered and why, and what the last syncs did."""

from flask import Blueprint, Response, render_template, request

from plugin.core.access import Deed
from plugin.core.errors import NotFound
from plugin.core.ids import MessageId, is_id
from plugin.web.door import house, signed_in
from plugin.web.texts import table

room = Blueprint("crm", __name__, url_prefix="/admin/crm")


@room.get("")
def page() -> str:
    """Show how much waits, every dead letter with its reason, and the newest syncs."""
    signed_in(Deed.REPLAY_DELIVERY)
    site = house()
    dead = [(message, _reason(message.error or "")) for message in site.delivery.dead_letters()]
    return render_template(
        "admin/crm.html",
        crm=site.settings.crm,
        backlog=site.delivery.backlog(),
        dead=dead,
        runs=site.sync.recent(),
        said="crm.replayed" if request.args.get("done") == "replayed" else "",
    )


@room.post("/<message_id>/replay")
def replay(message_id: str) -> Response:
    """Send a dead letter again."""
    staff = signed_in(Deed.REPLAY_DELIVERY)
    if not is_id(message_id):
        raise NotFound("dead_letter")
    house().quarantine.replay(staff, MessageId(message_id))
    return Response(status=303, headers={"Location": "/admin/crm?done=replayed"})


def _reason(error: str) -> str:
    """Return the key of the words for an error, and of the general ones where there are none for it."""
    key = f"crm.reason.{error.split(' ')[0].removeprefix('outside.')}"
    return key if key in table() else "crm.reason.other"
