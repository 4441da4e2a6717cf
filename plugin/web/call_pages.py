"""The door to the pages of a call and of a customer, and to the inbox."""

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from plugin.core.access import INTERNAL_PURPOSES, Purpose
from plugin.core.errors import InputError
from plugin.core.history import PagePlace
from plugin.core.ids import CallId, CustomerId, is_id
from plugin.core.times import from_us, to_us
from plugin.web import replies
from plugin.web.desk import desk_staff
from plugin.web.door import house
from plugin.web.fields import read_call_id, read_id

room = Blueprint("call_pages", __name__)

_SAID = frozenset({"claimed", "gone", "cannot_dial", "not_dialled", "dialling"})
_MOST_DIGITS = 17  # of an instant in µs: the year 5138
_PURPOSES = tuple(sorted(purpose.value for purpose in INTERNAL_PURPOSES))


@room.get("/calls/<call_id>")
@room.post("/calls/<call_id>")
def call(call_id: str) -> str:
    """Show a call; a post says why a supervisor looks."""
    staff = desk_staff()
    shown = house().call_pages.call(staff, read_call_id(call_id), _purpose())
    lists = house().timeline
    return render_template(
        "desk/call.html",
        call=shown,
        overrides=house().reach.overrides.of_call(shown.call_id),
        consent=house().keeping.consents.of_call(shown.call_id),
        kept=house().keeping.holds.of_call(staff, shown.call_id),
        opens_case=house().keeping.case_work.may_open_with(staff, shown.call_id),
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
    return replies.to("/inbox#loose" if "from_inbox" in request.form else f"/calls/{wanted}")


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
    shown = house().call_pages.customer(desk_staff(), _customer_id(customer_id), _purpose(), _place())
    last = shown.calls[-1] if shown.calls else None
    return render_template(
        "desk/customer.html",
        who=shown,
        purposes=_PURPOSES,
        purpose=_purpose(),
        further=f"{to_us(last.started_at)}-{last.call_id}" if last and shown.older else "",
        gated_path=gated_path,
    )


@room.get("/inbox")
def inbox() -> str:
    """Show what waits; `queue`: missed calls of that one alone, `said`: what came of an act, `after`: further calls."""
    staff, said = desk_staff(), request.args.get("said", "")
    missed = house().numbers.missed.waiting(staff, request.args.get("queue") or None)
    shown = house().call_pages.inbox(staff, _place())
    last = shown.unassigned[-1].line if shown.unassigned else None
    return render_template(
        "desk/inbox.html",
        inbox=shown,
        further=f"{to_us(last.started_at)}-{last.call_id}" if last and shown.older else "",
        missed=missed,
        untold=house().keeping.consents.waiting(staff),
        until_us=to_us(missed.until),
        said=said if said in _SAID else "",
    )


def _customer_id(raw: str) -> CustomerId:
    return read_id(CustomerId, raw, "customer")


def gated_path(link: str) -> str:
    """Return the path of a gated page of this site; "" for any other link, a CRM's timeline may hold anything."""
    ours = house().settings.public_url.rstrip("/")
    path = link.removeprefix(ours) if link.startswith(f"{ours}/") else ""
    return path if path.startswith(("/calls/", "/recordings/")) and not {"?", "#"} & set(path) else ""


def _place() -> PagePlace | None:
    """Return behind which call of the history the page begins: `after` is its beginning in µs and its id."""
    raw = request.values.get("after", "")
    if not raw:
        return None
    instant, _, call_id = raw.partition("-")
    if not (instant.isascii() and instant.isdigit() and len(instant) <= _MOST_DIGITS and is_id(call_id)):
        raise InputError("after", field="after")
    return PagePlace(from_us(int(instant)), CallId(call_id))


def _purpose() -> Purpose | None:
    raw = request.form.get("purpose", "")
    if not raw:
        return None
    if raw not in _PURPOSES:
        raise InputError("purpose", field="purpose")
    return Purpose(raw)
