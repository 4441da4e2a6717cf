"""What waits for a second person: the request in words with the hash of exactly what is asked, and the two answers."""

from http import HTTPStatus

from flask import Blueprint, Response, request

from plugin.core.access import Deed, may
from plugin.core.approvals import Approval, ApprovalKind, fields_of
from plugin.core.cases import kind_of
from plugin.core.disclosure import KINDS
from plugin.core.errors import Conflict, Denied, InputError
from plugin.core.ids import CustomerId, MandateId, is_id
from plugin.core.staff import Staff
from plugin.web import replies
from plugin.web.door import house, proved, signed_in, t
from plugin.web.fields import read_id
from plugin.web.texts import table

room = Blueprint("approvals", __name__, url_prefix="/approvals")

_SAID = {word: f"approvals.said.{word}" for word in ("approved", "refused", "withdrawn")}
_OVER = "over"
_FIRST = (
    "login", "what", "role_before", "role", "team_before", "team", "customer", "mandate", "scope", "until", "answers",
    "case", "decision", "exception", "calls", "audio", "texts", "file",
)  # fmt: skip  # as one would tell it


@room.get("")
def page() -> Response:
    """Show what waits for this person, what he asked for, and what he decided."""
    return _page()


@room.post("")
def answer() -> Response:
    """Approve or refuse exactly what was shown, or take one's own request back."""
    staff = signed_in()
    approval_id, word = read_id(str, request.form.get("approval", ""), "approval"), request.form.get("answer", "")
    if word == "withdraw":
        house().approvals.withdraw(approval_id, staff)
        return _back("withdrawn")
    proved()
    answers = {"approve": house().approvals.approve, "refuse": house().approvals.refuse}
    if word not in answers:
        raise InputError("answer")
    try:
        answers[word](approval_id, request.form.get("seen", ""), request.form.get("reason", ""), staff)
    except (InputError, Conflict, Denied) as error:
        key = f"approvals.wrong.{error.reason}"
        return _page(key if key in table() else "approvals.wrong.other", replies.WRONG)
    return _back("approved" if word == "approve" else "refused")


def _page(wrong: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    staff = signed_in()
    board = house().approvals.board(staff)
    machine = house().accounts.by_machine(staff) if may(staff.role, Deed.DECIDE) else []
    said = _SAID.get(request.args.get("done", ""), "")
    return replies.page(
        "approvals/approvals.html",
        status,
        board=board,
        machine=machine,
        path_of=lambda one: path_of(staff, one),
        said=said,
        wrong=wrong,
        in_words=in_words,
        state_of=state_of,
    )


def path_of(staff: Staff, approval: Approval) -> str:
    """Return where what the request is about can be looked at before deciding; "" where this person cannot."""
    if not may(staff.role, Deed.KEEP_CASES):
        return ""
    if approval.kind is ApprovalKind.HOLD_RELEASE:
        return f"/holds#hold-{approval.subject}"
    is_given = kind_of(dict(fields_of(approval.content)).get("case", "")) in KINDS  # a page of its worker's alone
    return f"/cases/{approval.subject}/evidence" if approval.kind is ApprovalKind.EVIDENCE and not is_given else ""


def in_words(approval: Approval) -> tuple[tuple[str, str], ...]:
    """Return what exactly is asked for, line by line: what it is called, and its value as people say it."""
    known = {name: place for place, name in enumerate(_FIRST)}
    fields = sorted(fields_of(approval.content), key=lambda field: known.get(field[0], len(known)))
    return tuple((_label(name), _value(name, value)) for name, value in fields)


def _label(name: str) -> str:
    key = f"approvals.field.{name}"
    return t(key) if key in table() else name


def _value(name: str, value: str) -> str:
    if name == "customer" and is_id(value):
        return house().customers.customer(CustomerId(value)).name or t("approvals.nothing")
    if name == "mandate" and is_id(value):
        return house().verifying.mandates.name_of(signed_in(), MandateId(value))
    if name in ("roles", "roles_before"):
        return t("approvals.between").join(t(f"role.{role}") for role in value.split()) or t("approvals.nothing")
    if name == "answers":
        return t("approvals.between").join(t(f"identity.item.{item}") for item in value.split())
    key = f"role.{value}" if name in ("role", "role_before") else f"approvals.value.{name}.{value}"
    return t(key) if key in table() else value or t("approvals.nothing")


def state_of(approval: Approval) -> str:
    """Return how far a request is, as a word: its state, or that its time ran out."""
    return _OVER if approval.is_over(house().approvals.now()) else approval.state.value


def _back(word: str) -> Response:
    return replies.to(f"/approvals?done={word}")
