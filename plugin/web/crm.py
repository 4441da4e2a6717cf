"""The administrator's page of delivery: what waits, what the CRM refused and why, sent again or given up."""

from flask import Blueprint, Response, render_template, request

from plugin.core.access import Deed
from plugin.core.ids import MessageId
from plugin.core.outbox import NotSent
from plugin.core.problems import fields_of, problem_of
from plugin.web.door import house, signed_in
from plugin.web.fields import read_id
from plugin.web.problems import of_problem

room = Blueprint("crm", __name__, url_prefix="/admin/crm")

_MOST_LETTERS = 64


@room.get("")
def page() -> str:
    """Show how much waits and since when, and every refused entry by its reason, of one reason if one is named."""
    staff = signed_in(Deed.REPLAY_DELIVERY)
    problem = request.args.get("reason", "")
    return render_template(
        "admin/crm.html",
        crm=house().settings.crm,
        stand=house().quarantine.stand(staff, _word(problem) if problem else None),
        chosen=problem,
        problem_of=problem_of,
        fields_of=fields_of,
        of_problem=of_problem,
        not_sent=list(NotSent),
        said={"replayed": "crm.replayed", "closed": "crm.closed"}.get(request.args.get("done", ""), ""),
    )


@room.post("/replay")
def replay_all() -> Response:
    """Send all again that were refused for one reason."""
    staff = signed_in(Deed.REPLAY_DELIVERY)
    house().quarantine.replay_all(staff, _word(request.form.get("reason", "")))
    return _back("replayed")


@room.post("/<message_id>/replay")
def replay(message_id: str) -> Response:
    """Send one refused entry again."""
    staff = signed_in(Deed.REPLAY_DELIVERY)
    house().quarantine.replay(staff, read_id(MessageId, message_id, "dead_letter"))
    return _back("replayed")


@room.post("/<message_id>/close")
def close(message_id: str) -> Response:
    """Give a refused entry up, with a reason."""
    staff = signed_in(Deed.REPLAY_DELIVERY)
    house().quarantine.close(staff, read_id(MessageId, message_id, "dead_letter"), request.form.get("why", ""))
    return _back("closed")


def _word(raw: str) -> str:
    """Return a reason as it may stand in the outbox; whatever else comes is a reason that nothing was refused for."""
    return raw if raw.isascii() and raw.replace("_", "").isalnum() and len(raw) <= _MOST_LETTERS else "unknown"


def _back(word: str) -> Response:
    return Response(status=303, headers={"Location": f"/admin/crm?done={word}"})
