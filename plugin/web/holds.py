"""The door to holds: what is erased by no rule, why, for whom, and when it is looked at again."""

from http import HTTPStatus

from flask import Blueprint, Response, request

from plugin.core.access import Deed, may
from plugin.core.cases import kind_of
from plugin.core.disclosure import KINDS
from plugin.core.errors import Conflict, InputError, LimitReached, NotFound
from plugin.core.holds import last_review_day
from plugin.core.ids import CallId, CaseId, HoldId
from plugin.core.staff import Role, Staff
from plugin.web import replies
from plugin.web.door import house, signed_in, today
from plugin.web.fields import read_day, read_id

room = Blueprint("holds", __name__)
_SAID = {word: f"holds.said.{word}" for word in ("reviewed", "asked")}


@room.get("/holds")
def page() -> Response:
    """Show the live holds."""
    return _page()


@room.post("/holds/<hold_id>")
def change(hold_id: str) -> Response:
    """Say that it is still needed until `review_on` (`act` review), or ask a second person to release it (release)."""
    staff, form, hold = signed_in(Deed.KEEP_CASES), request.form, read_id(HoldId, hold_id, "hold")
    try:
        match form.get("act", ""):
            case "review":
                house().keeping.holds.look_again(staff, hold, read_day(form.get("review_on", ""), "review_on"))
                return replies.to("/holds?done=reviewed")
            case "release":
                house().keeping.holds.ask_release(staff, hold, form.get("reason", ""))
                return replies.to("/holds?done=asked")
        raise InputError("act")
    except (InputError, Conflict, LimitReached) as error:
        return _page(error, hold_id)


def _page(wrong: InputError | Conflict | LimitReached | None = None, hold_id: str = "") -> Response:
    staff, on = signed_in(Deed.KEEP_CASES), today()
    shown = house().keeping.holds.live(staff)
    is_there = hold_id in {one.id for one in shown}
    if isinstance(wrong, InputError) and not is_there:
        raise NotFound("hold")
    return replies.page(
        "keeping/holds.html",
        replies.WRONG if wrong else HTTPStatus.OK,
        holds=[
            (one, case_path(staff, one.case_id, one.case_number), kind_of(one.case_number) not in KINDS)
            for one in shown
        ],
        leaving=house().keeping.holds.leaving(shown),
        today=on,
        last=last_review_day(staff.role, on),
        only_own=staff.role is not Role.PRIVACY,
        wrong=replies.wrong("holds", wrong),
        typed=request.form if wrong else {},
        wrong_at=hold_id if is_there else "",
        said="" if wrong else _SAID.get(request.args.get("done", ""), ""),
    )


def case_path(staff: Staff, case_id: CaseId, number: str, call_id: CallId | None = None) -> str:
    """Return where somebody finds the case of this number, or this call of it; "" where it has no page for him."""
    kind = kind_of(number)
    if kind in KINDS:
        path = f"/disclosures/{case_id}/calls/{call_id}" if call_id else f"/disclosures/{case_id}"
        return path if may(staff.role, Deed.DISCLOSE) else ""
    return f"/cases/{case_id}" if kind and may(staff.role, Deed.KEEP_CASES) else ""
