"""The door to the manual look-up: a customer by number, name, reading or code, with the reason for looking.

What is sought goes in a post, never in an address: addresses end up in logs and histories.
"""

from flask import Blueprint, render_template, request

from plugin.core.customers import Found, LookUpReason
from plugin.core.desk import PopView
from plugin.core.errors import InputError
from plugin.core.matching import MatchKind
from plugin.core.staff import Role, Staff
from plugin.web import replies
from plugin.web.desk import desk_staff
from plugin.web.door import house
from plugin.web.fields import read_call_id

room = Blueprint("look_up", __name__)


@room.get("/look-up")
def page() -> str:
    """Ask whom to look up, for the call that `call_id` names where there is one."""
    staff = desk_staff()
    pop = _pop(staff, request.args.get("call_id", ""))
    return _page(staff, pop, reason=_likely_reason(pop))


@room.post("/look-up")
def search() -> str:
    """Show who was found."""
    staff = desk_staff()
    pop = _pop(staff, request.form.get("call_id", ""))
    query, raw = request.form.get("query", ""), request.form.get("reason", "")
    try:
        reason = LookUpReason(raw)
    except ValueError:
        return _page(staff, pop, query=query, wrong="look_up.wrong.reason")
    try:
        found = house().customers.look_up(staff, query, reason, call_id=pop.call_id if pop else None)
    except InputError as error:
        return _page(staff, pop, query=query, reason=reason, wrong=replies.wrong("look_up", error))
    return _page(staff, pop, query=query, reason=reason, found=found)


def _pop(staff: Staff, raw: str) -> PopView | None:
    """Return the call on his desk that he looks for; a call that has left it meanwhile is none."""
    return house().desk.pop(staff, read_call_id(raw)) if raw else None


def _likely_reason(pop: PopView | None) -> LookUpReason | None:
    if pop is None:
        return None
    likely = {
        MatchKind.WITHHELD: LookUpReason.WITHHELD,
        MatchKind.NONE: LookUpReason.UNKNOWN_NUMBER,
        MatchKind.MENTIONED: LookUpReason.UNKNOWN_NUMBER,
    }
    return likely.get(pop.caller.match, LookUpReason.OTHER_PERSON)


def _page(
    staff: Staff,
    pop: PopView | None,
    *,
    query: str = "",
    reason: LookUpReason | None = None,
    found: Found | None = None,
    wrong: str = "",
) -> str:
    return render_template(
        "desk/look_up.html",
        for_call=pop.call_id if pop and pop.is_mine else None,
        query=query,
        reason=reason,
        reasons=[each.value for each in LookUpReason],
        found=found,
        wrong=wrong,
        may_open=staff.role is Role.SUPERVISOR,
    )
