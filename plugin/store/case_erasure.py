"""Erasing what people wrote in closed cases: who asked and what for, what was reported, the letter, whom it went to.

The number, the kind, the dates, the decision, the hashes and the audit stay. What counts as written is listed in one
place, `_EMPTIED` and `_DROPPED`, which finds it and erases it; a report that became no case goes by the same way.
Nothing goes that is open, or of which a live hold keeps a call: both are asked once its rows and its calls' are locked.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    union_all,
    update,
)

from plugin.core.cases import CaseKind
from plugin.core.harassment import ReportState
from plugin.core.retention import CaseStone
from plugin.core.times import from_us, to_us
from plugin.store import holds as hold_rows
from plugin.store.purging import lock_calls
from plugin.store.tables.approvals import approvals
from plugin.store.tables.disclosures import (
    disclosure_calls,
    disclosure_deliveries,
    disclosure_extensions,
    disclosure_letters,
    disclosure_papers,
    disclosures,
)
from plugin.store.tables.harassment import harassment_marks, harassment_reports
from plugin.store.tables.keeping import case_calls, case_tombstones, cases, holds
from plugin.store.tables.redactions import redactions

_TYPED_TITLE = cases.c.kind.in_([CaseKind.HARASSMENT, CaseKind.LEGAL, CaseKind.COMPLAINT])  # others have a fixed one
_NAMES_OF_DISCLOSURE = ("name", "contact", "office", "operator", "gist", "reason")

# What is emptied of a case: the table, the column that says of which, and what stands in each column afterwards.
_EMPTIED: tuple[tuple[Table, str, Mapping[str, str | None]], ...] = (
    (case_calls, "case_id", {"reason": ""}),
    (holds, "case_id", {"reason": "", "asked_by": ""}),
    (
        disclosures,
        "case_id",
        dict.fromkeys(_NAMES_OF_DISCLOSURE, "")
        | dict.fromkeys(("number", "customer_id", "mandate_id", "words", "closed_words"), None),
    ),
    (disclosure_calls, "case_id", {"note": "", "leave_out": ""}),
    (disclosure_extensions, "case_id", {"reason": ""}),
    (disclosure_letters, "case_id", {"body": ""}),
    (disclosure_deliveries, "case_id", {"recipient": "", "reference": ""}),
    (harassment_reports, "case_id", {"words": "", "answer": ""}),
)
_ASKED = {"reason": "", "decided_reason": None}  # of a second person, about the case, a hold or a copy of it
# What goes whole: papers that were seen, numbers and customers that were warned of.
_DROPPED = ((disclosure_papers, "case_id"), (harassment_marks, "case_id"))
_REPORT_WORDS = {"words": "", "answer": ""}


def _stands(table: Table, words: Mapping[str, str | None]) -> ColumnElement[bool]:
    return or_(*(table.c[name].is_not(None) & (table.c[name] != "") for name in words))


_OF_CASE = (
    _TYPED_TITLE & ((cases.c.title != "") | cases.c.why.is_not(None)),
    *(exists().where(table.c[of] == cases.c.id, _stands(table, words)) for table, of, words in _EMPTIED),
    *(exists().where(table.c[of] == cases.c.id) for table, of in _DROPPED),
)


def _written(by: int) -> ColumnElement[bool]:
    """Return the condition that something is written in the case. Once it is closed people still ask about it."""
    asked = exists().where(approvals.c.subject == cases.c.id, _stands(approvals, _ASKED), approvals.c.asked_at <= by)
    return or_(*_OF_CASE, asked)


_ALONE = harassment_reports.c.case_id.is_(None)
_JUDGED_AT = func.coalesce(harassment_reports.c.reviewed_at, harassment_reports.c.reported_at)  # nobody did: since then
_REPORTED = _stands(harassment_reports, _REPORT_WORDS)
_HELD = or_(
    exists().where(holds.c.case_id == cases.c.id, holds.c.released_at.is_(None)),
    exists().where(case_calls.c.case_id == cases.c.id, hold_rows.is_held(case_calls.c.call_id)),
)
_REPORT_HELD = hold_rows.is_held(harassment_reports.c.call_id)


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed case, or a report that became none, in which something is written.

    `closed_at`: of a report when it was judged; where nobody has judged it, when it was made.
    """

    id: str
    kind: CaseKind
    closed_at: datetime
    is_held: bool


def old(connection: Connection, until: datetime, after: str, most: int) -> list[Closed]:
    """Return those that were closed at `until` or before and in which something is written, with ids after `after`."""
    of_cases = select(cases.c.id, cases.c.kind, cases.c.closed_at, case((_HELD, 1), else_=0).label("held")).where(
        cases.c.closed_at <= to_us(until), cases.c.id > after, _written(to_us(until))
    )
    report = harassment_reports.c
    kind = literal(CaseKind.HARASSMENT.value).label("kind")
    of_reports = select(report.id, kind, _JUDGED_AT, case((_REPORT_HELD, 1), else_=0)).where(
        _ALONE, to_us(until) >= _JUDGED_AT, report.id > after, _REPORTED
    )
    both = union_all(of_cases, of_reports).subquery()
    return list(map(_closed, connection.execute(select(both).order_by(both.c.id).limit(most))))


def count_due(connection: Connection, until: Mapping[CaseKind, datetime], now: datetime) -> int:
    """Return in how many that were closed by the instant of their kind something is written, but for those on hold."""
    ripe = or_(
        false(), *((cases.c.kind == kind.value) & (cases.c.closed_at <= to_us(at)) for kind, at in until.items())
    )
    of_cases = select(func.count()).select_from(cases).where(ripe, _written(to_us(now)), not_(_HELD))
    count = connection.scalar(of_cases) or 0
    if CaseKind.HARASSMENT in until:
        ripe = _ALONE & (to_us(until[CaseKind.HARASSMENT]) >= _JUDGED_AT)
        alone = select(func.count()).select_from(harassment_reports).where(ripe, _REPORTED, not_(_REPORT_HELD))
        count += connection.scalar(alone) or 0
    return count


def of_ids(connection: Connection, ids: Collection[str]) -> list[Closed]:
    """Return those of these that are closed, or reports without a case, whether anything is written in them or not."""
    of_cases = select(cases.c.id, cases.c.kind, cases.c.closed_at, case((_HELD, 1), else_=0).label("held"))
    found = connection.execute(of_cases.where(cases.c.id.in_(ids), cases.c.closed_at.is_not(None))).all()
    report = harassment_reports.c
    kind, held = literal(CaseKind.HARASSMENT.value).label("kind"), case((_REPORT_HELD, 1), else_=0).label("held")
    of_reports = select(report.id, kind, _JUDGED_AT.label("closed_at"), held)
    alone = connection.execute(of_reports.where(report.id.in_(ids), _ALONE)).all()
    return list(map(_closed, (*found, *alone)))


def written(connection: Connection, ids: Collection[str], until: datetime) -> set[str]:
    """Return those of these in which something is written that was by then."""
    of_cases = select(cases.c.id).where(cases.c.id.in_(ids), _written(to_us(until)))
    of_reports = select(harassment_reports.c.id).where(harassment_reports.c.id.in_(ids), _REPORTED)
    return set(connection.scalars(of_cases.union_all(of_reports)))


def lock(connection: Connection, ids: Collection[str]) -> None:
    """Keep holds from being placed on the calls of these until the transaction ends, and wait for those that are."""
    if connection.dialect.name != "sqlite":
        for table in (cases, harassment_reports):
            locked = select(table.c.id).where(table.c.id.in_(ids)).order_by(table.c.id)
            connection.execute(locked.with_for_update()).all()
    joined = connection.scalars(select(case_calls.c.call_id).where(case_calls.c.case_id.in_(ids)))
    reported = connection.scalars(select(harassment_reports.c.call_id).where(harassment_reports.c.id.in_(ids)))
    lock_calls(connection, {*joined, *reported})


def _closed(row: Row[Any]) -> Closed:
    return Closed(row.id, CaseKind(row.kind), from_us(row.closed_at), bool(row.held))


def count_written(connection: Connection) -> int:
    """Return in how many cases, open ones too, and reports without a case something is written."""
    of_cases = connection.scalar(select(func.count()).select_from(cases).where(or_(*_OF_CASE))) or 0
    alone = harassment_reports.c.case_id.is_(None) & _REPORTED
    return of_cases + (connection.scalar(select(func.count()).select_from(harassment_reports).where(alone)) or 0)


def erase(connection: Connection, chosen: Mapping[str, str], run_id: str | None, at: datetime) -> list[CaseStone]:
    """Erase what is written in those that may go, by the rule of each; return what is left of it.

    One that is open, or that a live hold keeps, stays as it is and is left out.
    """
    lock(connection, chosen)
    free = {one.id for one in of_ids(connection, chosen) if not one.is_held}
    made = [CaseStone(each, rule, at, run_id) for each, rule in sorted(chosen.items()) if each in free]
    _erase(connection, [one.case_id for one in made], to_us(at))
    _put(connection, made)
    return made


def _erase(connection: Connection, ids: Sequence[str], by: int) -> None:
    if not ids:
        return
    of_case = (connection.scalars(select(one.c.id).where(one.c.case_id.in_(ids))).all() for one in (holds, redactions))
    asked = approvals.c.subject.in_([*ids, *chain(*of_case)]) & (approvals.c.asked_at <= by)
    connection.execute(update(approvals).where(asked).values(**_ASKED))
    for table, of, words in _EMPTIED:
        connection.execute(update(table).where(table.c[of].in_(ids)).values(**words))
    for table, of in _DROPPED:
        connection.execute(delete(table).where(table.c[of].in_(ids)))
    connection.execute(update(cases).where(cases.c.id.in_(ids), _TYPED_TITLE).values(title="", why=None))
    alone = update(harassment_reports).where(harassment_reports.c.id.in_(ids))
    connection.execute(alone.values(**_REPORT_WORDS))
    waits = harassment_reports.c.state == ReportState.WAITING.value
    connection.execute(alone.where(waits).values(state=ReportState.LAPSED.value))


def _put(connection: Connection, stones: Sequence[CaseStone]) -> None:
    if not stones:
        return
    gone = [one.case_id for one in stones]
    connection.execute(delete(case_tombstones).where(case_tombstones.c.case_id.in_(gone)))
    rows = [
        {"case_id": one.case_id, "rule": one.rule, "purged_at": to_us(one.purged_at), "run_id": one.run_id}
        for one in {one.case_id: one for one in stones}.values()
    ]
    connection.execute(insert(case_tombstones), rows)


def apply_again(connection: Connection, stones: Sequence[CaseStone]) -> list[CaseStone]:
    """Erase anew, in an older copy of the database, what the stones tell of; return those of which there was any.

    What the copy calls open is closed: only what was closed was erased. What was asked about the case after a
    stone's own moment it tells nothing of, and stays, however often the stone is read.
    """
    ids = [one.case_id for one in stones]
    there = set(connection.scalars(select(cases.c.id).where(cases.c.id.in_(ids))))
    there |= set(connection.scalars(select(harassment_reports.c.id).where(harassment_reports.c.id.in_(ids))))
    known = select(case_tombstones.c.case_id, case_tombstones.c.purged_at).where(case_tombstones.c.case_id.in_(ids))
    last = {row.case_id: row.purged_at for row in connection.execute(known)}
    erased = []
    for one in sorted((each for each in stones if each.case_id in there), key=lambda each: each.purged_at):
        if _erase_again(connection, one.case_id, to_us(one.purged_at)):
            erased.append(one)
        if to_us(one.purged_at) > last.get(one.case_id, 0):
            _put(connection, [one])
    return erased


def _erase_again(connection: Connection, case_id: str, at: int) -> bool:
    still = (cases.c.id == case_id) & cases.c.closed_at.is_(None)
    connection.execute(update(cases).where(still).values(closed_at=at))
    if not written(connection, [case_id], from_us(at)):
        return False
    _erase(connection, [case_id], at)
    return True


def unsettled(connection: Connection, most: int) -> list[CaseStone]:
    """Return stones that are not known to be written down outside."""
    wanted = select(case_tombstones).where(case_tombstones.c.settled_at.is_(None)).order_by(case_tombstones.c.case_id)
    return [_stone(row) for row in connection.execute(wanted.limit(most))]


def settle(connection: Connection, stones: Sequence[CaseStone], at: datetime) -> None:
    """Note that these stones are written down outside; a newer one of the same case is not by that."""
    for then in {one.purged_at for one in stones}:
        ids = [one.case_id for one in stones if one.purged_at == then]
        same = case_tombstones.c.case_id.in_(ids) & (case_tombstones.c.purged_at == to_us(then))
        connection.execute(update(case_tombstones).where(same).values(settled_at=to_us(at)))


def settled(connection: Connection, after: str, most: int) -> list[tuple[str, datetime]]:
    """Return cases whose stones are said to be written down outside, and when their words went, ids after `after`."""
    told = case_tombstones.c.settled_at.is_not(None) & (case_tombstones.c.case_id > after)
    wanted = select(case_tombstones.c.case_id, case_tombstones.c.purged_at).where(told)
    found = connection.execute(wanted.order_by(case_tombstones.c.case_id).limit(most))
    return [(row.case_id, from_us(row.purged_at)) for row in found]


def unsettle(connection: Connection, ids: Collection[str]) -> None:
    """Let these stones be written down outside once more."""
    connection.execute(update(case_tombstones).where(case_tombstones.c.case_id.in_(ids)).values(settled_at=None))


def of_run(connection: Connection, run_id: str, after: str, most: int) -> list[CaseStone]:
    """Return stones of a run with cases after `after`, in order."""
    wanted = select(case_tombstones).where(case_tombstones.c.run_id == run_id, case_tombstones.c.case_id > after)
    return [_stone(row) for row in connection.execute(wanted.order_by(case_tombstones.c.case_id).limit(most))]


def of_case(connection: Connection, case_id: str) -> CaseStone | None:
    """Return what is left of the words of a case, or of a report; None where they were never erased by a rule."""
    row = connection.execute(select(case_tombstones).where(case_tombstones.c.case_id == case_id)).one_or_none()
    return None if row is None else _stone(row)


def _stone(row: Row[Any]) -> CaseStone:
    return CaseStone(row.case_id, row.rule, from_us(row.purged_at), row.run_id)
