"""Customers of an app: a first load, then passes over what changed, and a census each day.

Every pass goes by record id ($id > the last one, 500 a request): kintone refuses an offset above 10,000, has ten
cursors for a whole domain, which die after ten minutes, and 更新日時 knows minutes only, so that all records of one
import share one. A record that changes while a pass goes on is in the next one, which begins before this one did.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.crm.kintone.client import Record, Session
from connectors.crm.kintone.cursor import Cursor, read_cursor
from connectors.crm.kintone.people import Plan, customer_of, hidden, id_of, is_gone, plan_of, revision_of, text_of
from plugin.core.customers import CrmCustomer
from plugin.core.errors import InputError, OutsideError
from plugin.core.ports import Census, CustomerPage
from plugin.core.times import read_instant, write_instant

PAGE = 500  # records that kintone gives in one request
OVERLAP = timedelta(minutes=10)  # 更新日時 is cut to the minute, and a long write shows later than it says
CENSUS_EVERY = timedelta(hours=24)
_MOST_SEEN = 2_000
_LOT = 5_000
_BEHIND_ALL = "~"  # no id holds it, and it is behind every digit
_ALL = 0


def changed_since(session: Session, text: str | None) -> Iterator[CustomerPage]:
    """Yield pages as core/ports.py promises."""
    plan = plan_of(session.options, session.shape(session.options.customers_app, fresh=True))
    cursor = read_cursor(text, plan.mark)
    if plan.findings:
        yield CustomerPage((), cursor.write(), findings=plan.findings)
    passes = 2 if cursor.begun or not cursor.until else 1  # a first load, or a pass that was cut off, ends first
    for _ in range(passes):
        for here, page in _pass(session, plan, cursor):
            yield page
            cursor = here
    yield from _census(session, plan, cursor)


def _pass(session: Session, plan: Plan, cursor: Cursor) -> Iterator[tuple[Cursor, CustomerPage]]:
    """Read everything from `cursor` to the end of its pass; yield each page with the cursor behind it."""
    since = cursor.since if cursor.begun else _since(cursor)
    begun = cursor.begun
    after = cursor.after if cursor.begun else _ALL
    seen = dict(cursor.seen)
    coming = None if since else _coming(session, plan, after)
    told = False
    while True:
        window = f'{plan.updated} >= "{since}" and ' if since else ""
        query = f"{window}$id > {after} order by $id asc limit {PAGE}"
        records, at = session.records(plan.app, query, plan.codes)
        begun = begun or write_instant(at)
        news = [one for one in records if seen.get(id_of(one)) != revision_of(one)]
        recent = _minute(read_instant(begun) - OVERLAP)
        seen = _kept(seen | {id_of(one): revision_of(one) for one in news if _updated(plan, one) >= recent})
        is_last = len(records) < PAGE
        after = _behind(records, after)
        if is_last:
            counted = cursor.counted or begun  # the first load counts for a census
            cursor = Cursor(plan.mark, until=begun, counted=counted, seen=seen)
        else:
            cursor = replace(cursor, begun=begun, since=since, after=after, seen=seen)
        findings = () if told or not records else hidden(plan, records[0])
        told = True
        people = tuple(customer_of(plan, one) for one in news)
        yield cursor, CustomerPage(people, cursor.write(), findings=findings, coming=coming)
        coming = None
        if is_last:
            return


def _coming(session: Session, plan: Plan, after: int) -> int | None:
    """Return how many records a first load still holds, or None where kintone does not say."""
    try:
        return session.count(plan.app, f"$id > {after}")
    except OutsideError:
        return None  # a bar is not worth a load


def _behind(records: Sequence[Record], after: int) -> int:
    """Return the id of the last record, which is behind `after`: else the same page would come for ever."""
    last = int(id_of(records[-1])) if records else after
    if records and last <= after:
        raise OutsideError("unreadable_answer")
    return last


def _since(cursor: Cursor) -> str:
    return _minute(read_instant(cursor.until) - OVERLAP) if cursor.until else ""


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:00Z}"


def _updated(plan: Plan, record: Record) -> str:
    held = record.get(plan.updated)
    return text_of(held.get("value")) if isinstance(held, dict) else ""


def _kept(seen: dict[str, str]) -> dict[str, str]:
    """Return the newest of those seen: who is left out is told again, which does no harm."""
    return dict(list(seen.items())[-_MOST_SEEN:])


def of_ids(session: Session, external_ids: Sequence[str]) -> tuple[CrmCustomer, ...]:
    """Read customers by their ids, as core/ports.py promises."""
    wanted = [one for one in dict.fromkeys(external_ids) if is_record_id(one)]
    if not wanted:
        return ()
    plan = plan_of(session.options, session.shape(session.options.customers_app))
    found: dict[str, CrmCustomer] = {}
    for start in range(0, len(wanted), PAGE):
        some = wanted[start : start + PAGE]
        listed = ", ".join(f'"{one}"' for one in some)
        records, _ = session.records(plan.app, f"$id in ({listed}) order by $id asc limit {PAGE}", plan.codes)
        people = (customer_of(plan, one) for one in records)
        found |= {one.external_id: one for one in people if not one.gone}
    return tuple(found.values())


def is_record_id(text: str) -> bool:
    """Tell whether a record of kintone can have this id."""
    return text.isascii() and text.isdigit() and text[0] != "0" and len(text) <= 19


def _census(session: Session, plan: Plan, cursor: Cursor) -> Iterator[CustomerPage]:
    """Yield the pages of a census that is due: kintone tells of no deletion, and of no right that was withdrawn."""
    if cursor.counted and _age(cursor) < CENSUS_EVERY:
        return
    everybody: list[bytes] = []
    after, counted = _ALL, ""
    while True:
        query = f"$id > {after} order by $id asc limit {PAGE}"
        records, at = session.records(plan.app, query, plan.census_codes)
        counted = counted or write_instant(at)
        everybody += (f"{id_of(one)} {revision_of(one)}".encode() for one in records if not is_gone(plan, one))
        if len(records) < PAGE:
            break
        after = _behind(records, after)
        yield CustomerPage((), cursor.write())  # a sign of life
    everybody.sort()  # by letters, as the house compares ids: a space is before every digit
    behind = ""
    for start in range(0, max(1, len(everybody)), _LOT):
        lot = everybody[start : start + _LOT]
        stamps = tuple((own.decode(), stamp.decode()) for own, stamp in (one.split(b" ") for one in lot))
        is_last = start + _LOT >= len(everybody)
        up_to = _BEHIND_ALL if is_last else stamps[-1][0]
        if is_last:
            cursor = replace(cursor, counted=counted)
        yield CustomerPage((), cursor.write(), census=Census(f"app {plan.app}", behind, up_to, stamps))
        behind = up_to


def _age(cursor: Cursor) -> timedelta:
    try:
        return read_instant(cursor.until) - read_instant(cursor.counted)
    except InputError:
        return CENSUS_EVERY
