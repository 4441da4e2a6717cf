"""The ways for a caller who cannot answer: send and judge a code, call back, ask a second person. Beside the panel.

A number is chosen by its mark, a code goes to the service and nowhere else; what comes back is the panel as it then is.
"""

from collections.abc import Callable

from flask import Blueprint, Response, request

from plugin.core.errors import Conflict, InputError, LimitReached
from plugin.core.ids import VerificationId
from plugin.core.overrides import OverrideReason
from plugin.core.ports import MessageWay
from plugin.core.staff import Staff
from plugin.web.door import house, signed_in
from plugin.web.fields import read_id
from plugin.web.identity import AT, after, read_ids, refused
from plugin.web.texts import table

room = Blueprint("fallbacks", __name__)
_OF_ONE = f"{AT}/<verification_id>"
_MOST_MARK = 64


@room.post(f"{_OF_ONE}/code")
def send_code(call_id: str, customer_id: str, verification_id: str) -> Response:
    """Send a one-time code to the number and by the way that the form names."""
    signed_in()
    try:
        way = MessageWay(request.form.get("way", ""))
    except ValueError:
        raise InputError("way") from None
    codes = house().reach.codes
    return _done(call_id, customer_id, verification_id, lambda staff, one: codes.send(staff, one, _mark(), way))


@room.post(f"{_OF_ONE}/code/judge")
def judge_code(call_id: str, customer_id: str, verification_id: str) -> Response:
    """Judge the code that the caller told."""
    codes, told = house().reach.codes, request.form.get("code", "")
    return _done(call_id, customer_id, verification_id, lambda staff, one: codes.judge(staff, one, told))


@room.post(f"{_OF_ONE}/call-back")
def call_back(call_id: str, customer_id: str, verification_id: str) -> Response:
    """Call back the number that the form names; `by_hand`: the operator dials."""
    call_backs, by_hand = house().reach.call_backs, "by_hand" in request.form
    return _done(
        call_id, customer_id, verification_id, lambda staff, one: call_backs.ask(staff, one, _mark(), by_hand=by_hand)
    )


@room.post(f"{_OF_ONE}/call-back/count")
def count_call_back(call_id: str, customer_id: str, verification_id: str) -> Response:
    """Count this call as the call-back that was asked for."""
    call_backs = house().reach.call_backs
    return _done(call_id, customer_id, verification_id, call_backs.count)


@room.post(f"{_OF_ONE}/override")
def ask_override(call_id: str, customer_id: str, verification_id: str) -> Response:
    """Ask a supervisor to believe the caller, for the reason that the form names."""
    signed_in()
    why = _why()
    overrides, words = house().reach.overrides, request.form.get("words", "")
    return _done(call_id, customer_id, verification_id, lambda staff, one: overrides.ask(staff, one, why, words))


@room.post(f"{AT}/override")
def ask_unprovable(call_id: str, customer_id: str) -> Response:
    """Ask the same where nothing was begun, because too little is on record."""
    staff, (call, customer) = signed_in(), read_ids(call_id, customer_id)
    why, words = _why(), request.form.get("words", "")
    try:
        house().reach.overrides.ask_unprovable(staff, call, customer, why, words)
    except (InputError, Conflict, LimitReached) as error:
        return refused(staff, call, customer, error, wrong=_wrong(error.reason))
    return after(staff, call, customer)


def _why() -> OverrideReason:
    try:
        return OverrideReason(request.form.get("why", ""))
    except ValueError:
        raise InputError("why") from None


def _done(
    call_id: str, customer_id: str, verification_id: str, act: Callable[[Staff, VerificationId], object]
) -> Response:
    staff = signed_in()
    call, customer = read_ids(call_id, customer_id)
    verification = read_id(VerificationId, verification_id, "verification")
    try:
        act(staff, verification)
    except (InputError, Conflict, LimitReached) as error:
        return refused(staff, call, customer, error, wrong=_wrong(error.reason))
    return after(staff, call, customer)


def _wrong(reason: str) -> str:
    """Return the text that says it; nothing where the panel itself does (failed, expired, ended, locked out)."""
    key = f"fallback.wrong.{reason}"
    return key if key in table() else ""


def _mark() -> str:
    return request.form.get("number", "")[:_MOST_MARK]
