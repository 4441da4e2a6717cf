"""Reports and marks of harassment at rest. Each step of a report is one conditional statement. Judges nothing."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, not_, or_, select, update

from plugin.core.harassment import Conduct, Mark, Report, ReportState
from plugin.core.ids import CallId, CaseId, CustomerId, UserId
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.holds import is_held
from plugin.store.tables.calls import calls
from plugin.store.tables.customers import customers
from plugin.store.tables.harassment import harassment_marks, harassment_reports
from plugin.store.tables.keeping import cases
from plugin.store.tables.staff import users

_MOST = 200
_REPORTERS, _REVIEWERS = users.alias("reporters"), users.alias("reviewers")
_STORED = (calls.c.id, calls.c.revision, calls.c.record, calls.c.e164, calls.c.customer_id)


def add(connection: Connection, new: Report) -> None:
    """Store a new report."""
    connection.execute(
        insert(harassment_reports).values(
            id=new.id,
            call_id=new.call_id,
            reported_by=new.reported_by,
            conduct=new.conduct.value,
            words=new.words,
            reported_at=to_us(new.reported_at),
            state=new.state.value,
            answer=new.answer,
        )
    )


def waiting_twin(connection: Connection, wanted: Report) -> Report | None:
    """Return the report of the same call by the same person in the same words that waits already; or None."""
    report = harassment_reports.c
    same = (report.call_id == wanted.call_id, report.reported_by == wanted.reported_by)
    waits = (report.conduct == wanted.conduct.value, report.state == ReportState.WAITING.value)
    alike = connection.execute(_reports().where(*same, *waits).order_by(report.id))
    # Compared here: MySQL takes words for the same whose letters differ in width or case.
    return next((one for one in map(_report, alike) if one.words == wanted.words), None)


def find(connection: Connection, report_id: str) -> Report | None:
    """Return the report, or None."""
    row = connection.execute(_reports().where(harassment_reports.c.id == report_id)).one_or_none()
    return None if row is None else _report(row)


def waiting(connection: Connection, team: str | None = None) -> tuple[Report, ...]:
    """Return the reports that nobody has judged, of one team or of all, the oldest first; 200 at most."""
    wanted = _reports().where(harassment_reports.c.state == ReportState.WAITING.value)
    wanted = wanted if team is None else wanted.where(_REPORTERS.c.team == team)
    return tuple(map(_report, connection.execute(wanted.order_by(harassment_reports.c.reported_at).limit(_MOST))))


def count_waiting(connection: Connection, until: datetime) -> int:
    """Return how many reports were made by then that nobody has judged and no live hold keeps."""
    waits = harassment_reports.c.state == ReportState.WAITING.value
    old = select(func.count()).where(waits, harassment_reports.c.reported_at <= to_us(until))
    return connection.scalar(old.where(not_(is_held(harassment_reports.c.call_id)))) or 0


def of_call(connection: Connection, call_id: CallId) -> tuple[Report, ...]:
    """Return the reports of a call, the oldest first."""
    wanted = _reports().where(harassment_reports.c.call_id == call_id).order_by(harassment_reports.c.id)
    return tuple(map(_report, connection.execute(wanted)))


def of_case(connection: Connection, case_id: CaseId) -> tuple[Report, ...]:
    """Return the reports that a case stands on, the oldest first."""
    wanted = _reports().where(harassment_reports.c.case_id == case_id).order_by(harassment_reports.c.id)
    return tuple(map(_report, connection.execute(wanted)))


def judge(
    connection: Connection,
    report_id: str,
    state: ReportState,
    by: UserId,
    at: datetime,
    answer: str,
    case_id: CaseId | None = None,
) -> bool:
    """Note what became of a waiting report; False where somebody judged it, or reported it himself."""
    rows = harassment_reports.c
    open_still = (rows.id == report_id) & (rows.state == ReportState.WAITING.value) & (rows.reported_by != by)
    said = {"state": state.value, "reviewed_by": by, "reviewed_at": to_us(at), "answer": answer, "case_id": case_id}
    return connection.execute(update(harassment_reports).where(open_still).values(said)).rowcount == 1


def mark(connection: Connection, new: Mark, by: UserId) -> None:
    """Set a mark."""
    connection.execute(
        insert(harassment_marks).values(
            id=new.id,
            case_id=new.case_id,
            conduct=new.conduct.value,
            e164=new.e164,
            customer_id=new.customer_id,
            ends_at=to_us(new.until),
            set_by=by,
        )
    )


def end_marks(connection: Connection, case_id: CaseId, at: datetime, mark_id: str | None = None) -> int:
    """Let the case's marks, or the one, end now; return how many did."""
    live = (harassment_marks.c.case_id == case_id) & (harassment_marks.c.ends_at > to_us(at))
    live = live if mark_id is None else live & (harassment_marks.c.id == mark_id)
    return connection.execute(update(harassment_marks).where(live).values(ends_at=to_us(at))).rowcount


def renew(connection: Connection, case_id: CaseId, until: datetime, now: datetime) -> int:
    """Let the case's live marks end at another time; return how many."""
    live = (harassment_marks.c.case_id == case_id) & (harassment_marks.c.ends_at > to_us(now))
    return connection.execute(update(harassment_marks).where(live).values(ends_at=to_us(until))).rowcount


def marks_of_case(connection: Connection, case_id: CaseId, now: datetime) -> tuple[Mark, ...]:
    """Return the case's live marks."""
    wanted = _marks(now).where(harassment_marks.c.case_id == case_id)
    return tuple(map(_mark, connection.execute(wanted)))


def marks_on(
    connection: Connection, e164: str | None, customer_ids: Collection[CustomerId], now: datetime
) -> tuple[Mark, ...]:
    """Return the live marks on the number or any of the customers, of open cases; asked for each pop."""
    whose = [harassment_marks.c.e164 == e164] if e164 else []
    whose += [harassment_marks.c.customer_id.in_(list(customer_ids))] if customer_ids else []
    if not whose:
        return ()
    wanted = _marks(now).where(or_(*whose), cases.c.closed_at.is_(None))
    return tuple(map(_mark, connection.execute(wanted)))


def _reports() -> Select[Any]:
    joined = harassment_reports.join(_REPORTERS, _REPORTERS.c.id == harassment_reports.c.reported_by)
    joined = joined.join(_REVIEWERS, _REVIEWERS.c.id == harassment_reports.c.reviewed_by, isouter=True)
    named = (_REPORTERS.c.name.label("reporter"), _REPORTERS.c.team, _REVIEWERS.c.name.label("reviewer"))
    return select(harassment_reports, *named).select_from(joined)


def _report(row: Row[Any]) -> Report:
    return Report(
        id=row.id,
        call_id=CallId(row.call_id),
        reported_by=UserId(row.reported_by),
        reporter=row.reporter,
        team=row.team,
        conduct=Conduct(row.conduct),
        words=row.words,
        reported_at=from_us(row.reported_at),
        state=ReportState(row.state),
        reviewed_by=row.reviewed_by and UserId(row.reviewed_by),
        reviewer=row.reviewer or "",
        reviewed_at=maybe_at(row.reviewed_at),
        answer=row.answer,
        case_id=row.case_id and CaseId(row.case_id),
    )


def _marks(now: datetime) -> Select[Any]:
    joined = harassment_marks.join(cases, cases.c.id == harassment_marks.c.case_id)
    joined = joined.join(customers, customers.c.id == harassment_marks.c.customer_id, isouter=True)
    named = (cases.c.number, customers.c.name.label("customer_name"))
    live = select(harassment_marks, *named).select_from(joined).where(harassment_marks.c.ends_at > to_us(now))
    return live.order_by(harassment_marks.c.e164.is_(None), harassment_marks.c.id)


def _mark(row: Row[Any]) -> Mark:
    return Mark(
        id=row.id,
        case_id=CaseId(row.case_id),
        case_number=row.number,
        conduct=Conduct(row.conduct),
        until=from_us(row.ends_at),
        e164=row.e164,
        customer_id=row.customer_id and CustomerId(row.customer_id),
        customer_name=row.customer_name or "",
    )
