"""The privacy officer's pages: who saw, heard, changed, exported what; how the chain stands; what leaves as a file."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, stream_with_context

from plugin.core.access import Deed
from plugin.core.audit import Kind
from plugin.core.audit_view import AuditFilter, SeenLine, read_place
from plugin.core.cells import csv_row
from plugin.core.errors import InputError, NotFound
from plugin.core.ids import CustomerId, is_id
from plugin.core.staff import Staff
from plugin.core.times import local_day, write_instant
from plugin.services.audit_pages import ExportForm
from plugin.services.erasure import Ground
from plugin.web import replies
from plugin.web.audit_words import words_of
from plugin.web.door import house, proved, signed_in, t
from plugin.web.fields import read_id

room = Blueprint("audit", __name__, url_prefix="/audit")

_MOST_SEQ_DIGITS = 18
_TYPES = {ExportForm.CSV: "text/csv; charset=utf-8", ExportForm.JSONL: "application/jsonl; charset=utf-8"}
_COLUMNS = (
    "line",
    "at",
    "kind",
    "act",
    "user_id",
    "user",
    "customer_id",
    "customer",
    "call_id",
    "subject",
    "purpose",
    "outcome",
    "address",
    "remarks",
    "hash",
)


@room.get("")
def page() -> Response:
    """Show lines, the newest first, as far as the filter asks for them; and how the chain stands."""
    staff = signed_in(Deed.SEE_AUDIT)
    try:
        wanted = _filter()
    except InputError as error:
        return _page(staff, AuditFilter(), wrong=replies.wrong("audit", error))
    return _page(staff, wanted)


@room.post("")
def ask() -> Response:
    """Find whose lines are asked for and lead to them: a customer's number stands in no address, nor on the page."""
    staff, whose = signed_in(Deed.SEE_AUDIT), request.form.get("whose", "").strip()
    try:
        wanted = _filter()
        if whose:
            found = house().audits.pages.find(staff, whose)
            wanted = replace(wanted, customer_id=found.customer_id, call_id=found.call_id)
    except InputError as error:
        return _page(staff, AuditFilter(), wrong=replies.wrong("audit", error))
    asked = {name: request.form.get(name, "").strip() for name in _ASKED}
    asked |= {"customer": wanted.customer_id, "call": wanted.call_id}
    return replies.to(f"/audit?{urlencode({name: value for name, value in asked.items() if value})}")


@room.get("/lines/<seq>")
def line(seq: str) -> str:
    """Show one line with all it holds, and what may be done with it."""
    staff = signed_in(Deed.SEE_AUDIT)
    found = house().audits.pages.line(staff, _read_seq(seq))
    done = "audit.erase.asked" if request.args.get("done") == "asked" else ""
    return render_template("audit/line.html", line=found, grounds=list(Ground), said=done, words_of=words_of)


@room.post("/lines/<seq>/erase")
def ask_erasure(seq: str) -> Response:
    """Ask a second person to have one text beside a line erased."""
    staff = signed_in(Deed.SEE_AUDIT)
    proved()
    number, ground = _read_seq(seq), request.form.get("ground", "")
    if ground not in set(Ground):
        raise InputError("ground")
    house().audits.erasures.ask(
        staff, number, request.form.get("remark", ""), Ground(ground), request.form.get("reason", "")
    )
    return replies.to(f"/audit/lines/{number}?done=asked")


@room.get("/customers/<customer_id>")
def sheet(customer_id: str) -> str:
    """Show who saw and heard a customer, as a page to be printed."""
    staff = signed_in(Deed.SEE_AUDIT)
    found = house().audits.pages.sheet(staff, read_id(CustomerId, customer_id, "customer"))
    return render_template(
        "audit/sheet.html", sheet=found, days=_days(found.lines), words_of=words_of, now=house().clock()
    )


@room.post("/export")
def export() -> Response:
    """Hand the lines of the filter out as a file; asks for the password anew."""
    staff = signed_in(Deed.SEE_AUDIT)
    proved()
    form = request.form.get("form", "")
    if form not in set(ExportForm):
        raise InputError("form")
    chosen = ExportForm(form)
    lines = house().audits.pages.export(staff, _filter(), chosen)
    written = _as_csv(lines) if chosen is ExportForm.CSV else _as_jsonl(lines)
    name = f"audit-{house().clock().astimezone(house().settings.tz):%Y%m%d-%H%M}.{chosen.value}"
    encoded = (part.encode("utf-8", "replace") for part in written)
    response = Response(stream_with_context(encoded), content_type=_TYPES[chosen])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _page(staff: Staff, wanted: AuditFilter, wrong: str = "") -> Response:
    pages = house().audits.pages
    found = pages.look(staff, wanted, None if wrong else read_place(request.args.get("before", "")))
    # What made no sense does not stand on the page again: it may be anything, a customer's number included.
    asked = {} if wrong else {name: value for name, value in request.values.items() if name in _ASKED and value}
    return replies.page(
        "audit/audit.html",
        replies.WRONG if wrong else HTTPStatus.OK,
        found=found,
        days=_days(found.lines),
        state=pages.state(staff),
        urgent=house().keeping.disclosures.urgent(staff),
        people=pages.people(staff),
        kinds=list(Kind),
        wanted=wanted,
        asked=asked,
        customer=pages.name_of(staff, wanted.customer_id) if wanted.customer_id else "",
        words_of=words_of,
        forms=list(ExportForm),
        reminders=house().keeping.rules.reminders(staff),
        wrong=wrong,
    )


_ASKED = ("who", "customer", "call", "what", "since", "until")


def _filter() -> AuditFilter:
    """Return what is asked for, by ids. Raises InputError("whose", "what", "who" or "day")."""
    given = {name: request.values.get(name, "").strip() for name in _ASKED}
    for name in ("who", "customer", "call"):
        if given[name] and not is_id(given[name]):
            raise InputError("who" if name == "who" else "whose")
    if given["what"] and given["what"] not in set(Kind):
        raise InputError("what")
    return AuditFilter(
        user_id=given["who"],
        customer_id=given["customer"],
        call_id=given["call"],
        kind=Kind(given["what"]) if given["what"] else None,
        since=_day(given["since"]),
        until=_day(given["until"], after=True),
    )


def _day(raw: str, *, after: bool = False) -> datetime | None:
    if not raw:
        return None
    try:
        on = date.fromisoformat(raw)
        if not 1970 < on.year < 2200:
            raise InputError("day")
    except ValueError as error:
        raise InputError("day") from error
    return datetime.combine(on + timedelta(days=1) if after else on, time(), house().settings.tz)


def _read_seq(raw: str) -> int:
    if not (raw.isascii() and raw.isdecimal() and len(raw) <= _MOST_SEQ_DIGITS):
        raise NotFound("line")
    return int(raw)


def _days(lines: tuple[SeenLine, ...]) -> list[tuple[date, list[SeenLine]]]:
    days: dict[date, list[SeenLine]] = {}
    for each in lines:
        days.setdefault(local_day(each.at, house().settings.tz), []).append(each)
    return list(days.items())


def _as_csv(lines: Iterator[SeenLine]) -> Iterator[str]:
    yield "\ufeff" + csv_row([t(f"audit.column.{name}") for name in _COLUMNS])  # the mark tells Excel that it is UTF-8
    for each in lines:
        told = _told(each) | {"remarks": " / ".join(f"{one.name}: {_text(one.text)}" for one in each.remarks)}
        yield csv_row(["" if told[name] is None else str(told[name]) for name in _COLUMNS])


def _as_jsonl(lines: Iterator[SeenLine]) -> Iterator[str]:
    for each in lines:
        yield json.dumps(_told(each), ensure_ascii=False) + "\n"


def _told(line: SeenLine) -> dict[str, object]:
    return {
        "line": line.seq,
        "at": write_instant(line.at),
        "kind": line.kind.value,
        "act": line.act,
        "user_id": line.user_id,
        "user": line.user,
        "customer_id": line.customer_id,
        "customer": line.customer,
        "call_id": line.call_id,
        "subject": line.subject,
        "purpose": line.purpose,
        "outcome": line.outcome,
        "address": line.address,
        "remarks": {one.name: one.text for one in line.remarks},
        "hash": line.hash,
    }


def _text(text: str | None) -> str:
    return t("audit.remark.erased") if text is None else text
