"""Whom nobody may verify for a time, on a supervisor's page: since when, until when, and the form that lifts it."""

from http import HTTPStatus

from flask import Blueprint, Response, request

from plugin.core.access import Deed
from plugin.core.errors import Conflict, InputError
from plugin.core.ids import CustomerId
from plugin.web import replies
from plugin.web.door import house, signed_in
from plugin.web.fields import read_id

room = Blueprint("lock_outs", __name__)
_SAID = {"lifted": "lock_outs.said.lifted"}


@room.get("/identity/lock-outs")
def page() -> Response:
    """Show every lock-out of this moment."""
    return _page()


@room.post("/identity/lock-outs")
def lift() -> Response:
    """Lift one, for a reason."""
    staff = signed_in(Deed.LIFT_LOCK_OUTS)
    customer = read_id(CustomerId, request.form.get("customer", ""), "customer")
    try:
        house().verifying.lock_outs.lift(staff, customer, request.form.get("reason", ""))
    except InputError:
        return _page("lock_outs.wrong.reason", replies.WRONG)
    except Conflict:
        return _page("lock_outs.wrong.not_locked_out", HTTPStatus.CONFLICT)
    return replies.to("/identity/lock-outs?done=lifted")


def _page(wrong: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    staff = signed_in(Deed.LIFT_LOCK_OUTS)
    said = _SAID.get(request.args.get("done", ""), "") if not wrong else ""
    lock_outs = house().verifying.lock_outs.all(staff)
    return replies.page("identity/lock_outs.html", status, lock_outs=lock_outs, wrong=wrong, said=said)
