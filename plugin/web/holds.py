"""The door to holds: what is erased by no rule, why, for whom, and when it is looked at again."""

from datetime import date
from http import HTTPStatus

from flask import Blueprint, Response, request

from plugin.core.access import Deed
from plugin.core.cases import CaseKind
from plugin.core.errors import Conflict, InputError, LimitReached, NotFound
from plugin.core.holds import LONGEST_UNTIL_REVIEW
from plugin.core.ids import HoldId, is_id
from plugin.core.times import local_day
from plugin.web import replies
from plugin.web.door import house, signed_in

room = Blueprint("holds", __name__)
_SAID = {word: f"holds.said.{word}" for word in ("reviewed", "asked")}


@room.get("/holds")
def page() -> Response:
    """Show the live holds."""
    return _page()


@room.post("/holds/<hold_id>")
def change(hold_id: str) -> Response:
    """Say that it is still needed until `review_on` (`act` review), or ask a second person to release it (release)."""
    staff, form = signed_in(Deed.KEEP_CASES), request.form
    if not is_id(hold_id):
        raise NotFound("hold")
    try:
        match form.get("act", ""):
            case "review":
                house().keeping.holds.look_again(staff, HoldId(hold_id), _day(form.get("review_on", "")))
                return replies.to("/holds?done=reviewed")
            case "release":
                house().keeping.holds.ask_release(staff, HoldId(hold_id), form.get("reason", ""))
                return replies.to("/holds?done=asked")
        raise InputError("act")
    except (InputError, Conflict, LimitReached) as error:
        return _page(error)


def _page(wrong: InputError | Conflict | LimitReached | None = None) -> Response:
    staff = signed_in(Deed.KEEP_CASES)
    today = local_day(house().clock(), house().settings.tz)
    return replies.page(
        "keeping/holds.html",
        replies.WRONG if wrong else HTTPStatus.OK,
        holds=house().keeping.holds.live(staff),
        today=today,
        last=today + LONGEST_UNTIL_REVIEW,
        harassment=f"{CaseKind.HARASSMENT.letter}-",
        wrong=f"holds.wrong.{wrong.reason}" if wrong else "",
        said="" if wrong else _SAID.get(request.args.get("done", ""), ""),
    )


def _day(raw: str) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise InputError("review_on") from None
