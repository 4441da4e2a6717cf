"""The password of one's own account: chosen in place of one that somebody else typed, or of the one that was."""

from http import HTTPStatus

from flask import Blueprint, Response, request

from plugin.core.errors import Denied, InputError, LimitReached, NotSignedIn
from plugin.core.factors import Means, missing
from plugin.core.staff import Duty, Staff
from plugin.web import door, replies
from plugin.web.door import house, signed_in

room = Blueprint("password", __name__, url_prefix="/account/password")


@room.get("")
def page() -> Response:
    """Show the form; to who has yet to choose, nothing but the form."""
    staff = signed_in()
    if staff.duty is not Duty.CHOOSE:
        _check_held(staff)
    return _page()


@room.post("")
def choose() -> Response:
    """Take the new password."""
    staff = signed_in()
    try:
        if staff.duty is not Duty.CHOOSE:
            _check_held(staff)
            door.renew(house().sessions.prove(staff, request.form.get("old", ""), door.token()))
            staff = house().sessions.still(staff)
        house().accounts.set_own_password(staff, request.form.get("new", ""))
    except NotSignedIn:
        return _page("account.wrong", replies.WRONG)
    except InputError as error:
        return _page(f"account.{error.reason}", replies.WRONG)
    except LimitReached as error:
        return replies.later(_page("errors.limit_reached.detail", HTTPStatus.TOO_MANY_REQUESTS), error)
    return replies.to("/" if staff.duty is Duty.CHOOSE else "/account?done=password")


def _check_held(staff: Staff) -> None:
    # The form asks for the old password; what he holds was asked for before he came to it.
    if Means.HELD in missing(staff, house().clock()):
        raise Denied("step_up_in_full")


def _page(wrong: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    return replies.page("account/password.html", status, must=signed_in().duty is Duty.CHOOSE, wrong=wrong)
