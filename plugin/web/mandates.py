"""Who may ask for whom: the list of mandates, a customer's own, and the forms that register and end one.

A proxy's answers come in by the form and go to the service; none is echoed, put into an address or logged.
"""

from http import HTTPStatus

from flask import Blueprint, Response, render_template, request

from plugin.core.access import Deed
from plugin.core.errors import Conflict, InputError, LimitReached
from plugin.core.identity import Item
from plugin.core.ids import CustomerId, MandateId
from plugin.core.mandates import Scope
from plugin.core.staff import Staff
from plugin.core.times import local_day
from plugin.services.mandates import Mandates
from plugin.web import replies
from plugin.web.door import house, signed_in
from plugin.web.fields import read_day, read_id, read_one_of

room = Blueprint("mandates", __name__)
_SAID = {word: f"mandates.said.{word}" for word in ("registered", "ended")}
_FIELD = "answer-"


@room.get("/identity/mandates")
def page() -> str:
    """Show what is in force or waits for a second person."""
    return _page("")


@room.post("/identity/mandates")
def find() -> str:
    """Show the customers of a number in the CRM too; it comes by the form, for it stands in no address."""
    return _page(request.form.get("code", "")[:64])


def _page(code: str) -> str:
    staff = _staff()
    found = _mandates().customers_with_code(staff, code)
    listed = _mandates().open(staff)
    return render_template(
        "identity/mandates.html", listed=listed, code=code, found=found, zone=house().settings.tz, now=house().clock()
    )


@room.get("/customers/<customer_id>/mandates")
def of_customer(customer_id: str) -> Response:
    """Show a customer's mandates."""
    return _of(_customer(customer_id))


@room.post("/customers/<customer_id>/mandates")
def register(customer_id: str) -> Response:
    """Register one, for a second person to confirm."""
    staff, customer = _staff(), _customer(customer_id)
    form = request.form
    said = {item: form.get(f"{_FIELD}{item.value}", "") for item in Item}
    try:
        scope = read_one_of(Scope, form.get("scope", ""), "scope")
        last_day = read_day(form.get("until", ""), "valid_until")
        _mandates().register(staff, customer, form.get("name", ""), scope, last_day, said, form.get("basis", ""))
    except (InputError, Conflict, LimitReached) as error:
        return _of(customer, error)
    return _back(customer, "registered")


@room.post("/customers/<customer_id>/mandates/<mandate_id>")
def end(customer_id: str, mandate_id: str) -> Response:
    """End one."""
    staff, customer, mandate = _staff(), _customer(customer_id), read_id(MandateId, mandate_id, "mandate")
    try:
        _mandates().end(staff, mandate, request.form.get("reason", ""))
    except (InputError, Conflict) as error:
        return _of(customer, error)
    return _back(customer, "ended")


def _staff() -> Staff:
    return signed_in(Deed.REGISTER_MANDATES)


def _mandates() -> Mandates:
    return house().verifying.mandates


def _customer(raw: str) -> CustomerId:
    _staff()
    return read_id(CustomerId, raw, "customer")


def _of(customer: CustomerId, wrong: InputError | Conflict | LimitReached | None = None) -> Response:
    name, mandates = _mandates().of(_staff(), customer)
    now, policy = house().clock(), house().settings.policy
    return replies.page(
        "identity/customer_mandates.html",
        replies.WRONG if wrong else HTTPStatus.OK,
        customer_id=customer,
        name=name,
        mandates=[(one, one.state_at(now).value) for one in mandates],
        zone=house().settings.tz,
        items=[item for item in Item if item in policy.asked],
        policy=policy,
        scopes=list(Scope),
        today=local_day(now, house().settings.tz).isoformat(),
        typed=request.form if wrong else {},
        wrong=replies.wrong("mandates", wrong),
        wrong_item=wrong.facts.get("item", "") if wrong else "",
        said="" if wrong else _SAID.get(request.args.get("done", ""), ""),
    )


def _back(customer: CustomerId, word: str) -> Response:
    return replies.to(f"/customers/{customer}/mandates?done={word}")
