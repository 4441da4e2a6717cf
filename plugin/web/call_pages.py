"""The door to the pages of a call and of a customer, and to the inbox."""

from urllib.parse import urlsplit

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from plugin.core.access import INTERNAL_PURPOSES, Purpose
from plugin.core.errors import InputError, NotFound
from plugin.core.ids import CustomerId, is_id
from plugin.web import replies
from plugin.web.desk import desk_staff, read_call_id
from plugin.web.door import house

room = Blueprint("call_pages", __name__)

_PURPOSES = tuple(sorted(purpose.value for purpose in INTERNAL_PURPOSES))


@room.get("/calls/<call_id>")
@room.post("/calls/<call_id>")
def call(call_id: str) -> str:
    """Show a call; a post says why a supervisor looks."""
    shown = house().call_pages.call(desk_staff(), read_call_id(call_id), _purpose())
    lists = house().timeline
    return render_template(
        "desk/call.html",
        call=shown,
        overrides=house().reach.overrides.of_call(shown.call_id),
        purposes=_PURPOSES,
        now=house().clock(),
        topics=lists.topics,
        dispositions=lists.dispositions,
    )


@room.post("/calls/<call_id>/customer")
def choose(call_id: str) -> Response:
    """Say whose call it is: `customer_id`, or nobody's where it is empty."""
    staff, wanted, raw = desk_staff(), read_call_id(call_id), request.form.get("customer_id", "")
    house().call_pages.choose(staff, wanted, _customer_id(raw) if raw else None)
    return replies.to(f"/calls/{wanted}")


@room.post("/calls/<call_id>/promise-done")
def promise_done(call_id: str) -> Response:
    """Mark the promise made in the call as kept."""
    house().timeline.promise_done(desk_staff(), read_call_id(call_id))
    return replies.to("/inbox")


@room.post("/calls/<call_id>/checks")
def ask_check(call_id: str) -> Response:
    """Ask a supervisor what a recording of the call says: `recording_id`, `question`."""
    staff, wanted = desk_staff(), read_call_id(call_id)
    given = request.form.get("recording_id", ""), request.form.get("question", "")
    house().call_pages.ask_check(staff, wanted, *given)
    return replies.to(f"/calls/{wanted}#checks")


@room.get("/customers/<customer_id>")
@room.post("/customers/<customer_id>")
def customer(customer_id: str) -> str:
    """Show a customer; a post says why a supervisor looks."""
    shown = house().call_pages.customer(desk_staff(), _customer_id(customer_id), _purpose())
    return render_template("desk/customer.html", who=shown, purposes=_PURPOSES, gated_path=_gated_path)


@room.get("/inbox")
def inbox() -> str:
    """Show what waits."""
    return render_template("desk/inbox.html", inbox=house().call_pages.inbox(desk_staff()))


def _customer_id(raw: str) -> CustomerId:
    if not is_id(raw):
        raise NotFound("customer")
    return CustomerId(raw)


def _gated_path(link: str) -> str:
    """Return the path of a gated page of this site; "" for any other link, a CRM's timeline may hold anything."""
    ours = house().settings.public_url.rstrip("/")
    path = urlsplit(link).path
    return path if link == ours + path and path.startswith(("/calls/", "/recordings/")) else ""


def _purpose() -> Purpose | None:
    raw = request.form.get("purpose", "")
    if not raw:
        return None
    if raw not in _PURPOSES:
        raise InputError("purpose", field="purpose")
    return Purpose(raw)
