"""The verification panel: begin, judge, go on to listening. Shows the verdict of the whole set and nothing more.

Answers come in by a form and go to the service; none is echoed, put into an address or logged. A script swaps the panel
in place (header X-Partial); without it the same forms work as pages. The header X-Read-At tells since when (µs) the
panel stands so: a page that hears of the call on another way too keeps what was read last.
"""

from http import HTTPStatus

from flask import Blueprint, Response, request, url_for

from plugin.core.errors import Conflict, InputError, LimitReached, NotFound
from plugin.core.identity import CallerRole, Item
from plugin.core.ids import CallId, CustomerId, VerificationId, is_id
from plugin.core.staff import Staff
from plugin.core.times import to_us
from plugin.web import replies
from plugin.web.door import house, signed_in
from plugin.web.errors import status_of
from plugin.web.fields import read_id
from plugin.web.texts import table

room = Blueprint("identity", __name__)
AT = "/calls/<call_id>/customers/<customer_id>/identity"
_PARTIAL = "X-Partial"
_FIELD = "answer-"
_ABOUT = "company-"


@room.get(AT)
def panel(call_id: str, customer_id: str) -> Response:
    """Show the panel."""
    return shown(signed_in(), *read_ids(call_id, customer_id))


@room.post(AT)
def begin(call_id: str, customer_id: str) -> Response:
    """Begin, for the caller role that the form names."""
    staff = signed_in()
    call, customer = read_ids(call_id, customer_id)
    try:
        role = CallerRole(request.form.get("role", ""))
    except ValueError:
        raise InputError("role") from None
    try:
        house().identity.begin(staff, call, customer, role, _contact())
    except (Conflict, LimitReached) as error:
        return refused(staff, call, customer, error)
    return after(staff, call, customer)


@room.post(f"{AT}/<verification_id>/judge")
def judge(call_id: str, customer_id: str, verification_id: str) -> Response:
    """Judge the set of answers in the form."""
    return _judged(call_id, customer_id, verification_id, further=False)


@room.post(f"{AT}/<verification_id>/raise")
def raise_level(call_id: str, customer_id: str, verification_id: str) -> Response:
    """Judge further answers of a caller who has passed."""
    return _judged(call_id, customer_id, verification_id, further=True)


@room.post(f"{AT}/<verification_id>/extend")
def extend(call_id: str, customer_id: str, verification_id: str) -> Response:
    """Give the caller, who is still on the line, more time."""
    staff = signed_in()
    call, customer = read_ids(call_id, customer_id)
    verification = read_id(VerificationId, verification_id, "verification")
    try:
        house().verifying.extension.extend(staff, verification)
    except Conflict as error:
        return refused(staff, call, customer, error)
    return after(staff, call, customer)


def _judged(call_id: str, customer_id: str, verification_id: str, *, further: bool) -> Response:
    staff = signed_in()
    call, customer = read_ids(call_id, customer_id)
    identity, verification = house().identity, read_id(VerificationId, verification_id, "verification")
    try:
        if further:
            verdict = identity.raise_level(staff, verification, _said(_FIELD))
        else:
            verdict = identity.judge(staff, verification, _said(_FIELD), _said(_ABOUT))
    except (Conflict, LimitReached) as error:
        return refused(staff, call, customer, error)
    except InputError as error:
        return refused(staff, call, customer, error, too_few=True)
    return after(staff, call, customer, missed=not verdict.passed)


def _said(field: str) -> dict[Item, str]:
    return {item: request.form.get(f"{field}{item.value}", "") for item in Item}


def _contact() -> CustomerId | None:
    raw = request.form.get("contact", "")
    if raw and not is_id(raw):
        raise NotFound("contact")
    return CustomerId(raw) if raw and request.form.get("role") == CallerRole.COMPANY else None


def read_ids(call_id: str, customer_id: str) -> tuple[CallId, CustomerId]:
    """Return the ids of an address. Raises NotFound where they are none."""
    if not (is_id(call_id) and is_id(customer_id)):
        raise NotFound("call")
    return CallId(call_id), CustomerId(customer_id)


def after(staff: Staff, call: CallId, customer: CustomerId, *, missed: bool = False) -> Response:
    """Return what follows an act that went well: the panel in place, or the way to its page."""
    if _PARTIAL in request.headers:
        return shown(staff, call, customer, missed=missed)
    where = url_for("identity.panel", call_id=call, customer_id=customer)
    return replies.to(where)


def refused(
    staff: Staff,
    call: CallId,
    customer: CustomerId,
    error: Conflict | LimitReached | InputError,
    *,
    too_few: bool = False,
    wrong: str = "",
) -> Response:
    """Return the panel after an act that did not go well; most it says itself: failed, locked out, expired."""
    status = replies.WRONG if isinstance(error, InputError) else status_of(error)
    told = wrong or f"identity.wrong.{error.reason}"
    response = shown(staff, call, customer, status, too_few=too_few, wrong=told if told in table() else "")
    return replies.later(response, error) if "retry_after_s" in error.facts else response


def shown(
    staff: Staff,
    call: CallId,
    customer: CustomerId,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    too_few: bool = False,
    missed: bool = False,
    wrong: str = "",
) -> Response:
    """Return the panel, and what stands beside it; `wrong`: the key of what else was wrong."""
    read_at = to_us(house().clock())
    view = house().identity_panel.view(staff, call, customer)
    beside = house().reach.fallbacks.view(staff, view)
    name = "identity/both.html" if _PARTIAL in request.headers else "identity/page.html"
    told = {"too_few": too_few, "missed": missed, "wrong": wrong}
    response = replies.page(name, status, panel=view, fallbacks=beside, **told)
    response.headers["X-Read-At"] = str(read_at)
    return response
