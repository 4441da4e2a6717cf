"""Cases at rest, and which calls belong to them. Judges nobody's right to see one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, func, insert, or_, select, update

from plugin.core.cases import Case, CaseKind, case_number
from plugin.core.ids import CallId, CaseId, UserId
from plugin.core.staff import Role
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.staff import lock_people
from plugin.store.tables.calls import calls
from plugin.store.tables.harassment import harassment_reports
from plugin.store.tables.keeping import case_calls, case_counts, cases
from plugin.store.tables.staff import users

_MOST = 200


def next_number(connection: Connection, kind: CaseKind, year: int) -> str:
    """Take the next number of the kind and year; two at once get two numbers, for the row is locked until the end."""
    same = (case_counts.c.kind == kind.value) & (case_counts.c.year == year)
    counted = update(case_counts).where(same).values(used=case_counts.c.used + 1)
    if connection.execute(counted).rowcount == 0:
        connection.execute(insert(case_counts).values(kind=kind.value, year=year, used=1))
    return case_number(kind, year, connection.scalar(select(case_counts.c.used).where(same)) or 1)


def add(connection: Connection, new: Case) -> None:
    """Store a new case, which has no calls yet."""
    connection.execute(
        insert(cases).values(
            id=new.id,
            number=new.number,
            kind=new.kind.value,
            title=new.title,
            opened_by=new.opened_by,
            opened_at=to_us(new.opened_at),
            due_at=None if new.due_at is None else to_us(new.due_at),
            why=new.why or None,
        )
    )


def open_like(connection: Connection, kind: CaseKind, title: str, by: UserId) -> tuple[Case, ...]:
    """Return the open cases of this kind and title that this person opened, the oldest first.

    His account is locked until the transaction ends: of two that he opens at once the second finds the first.
    """
    lock_people(connection, [by])
    same = (cases.c.kind == kind.value) & (cases.c.opened_by == by) & cases.c.closed_at.is_(None)
    found = _read(connection, _cases().where(same).order_by(cases.c.id))
    return tuple(one for one in found if one.title == title)


def find(connection: Connection, case_id: str) -> Case | None:
    """Return the case, or None."""
    return next(iter(_read(connection, _cases().where(cases.c.id == case_id))), None)


def of_ids(connection: Connection, case_ids: Collection[CaseId]) -> Mapping[CaseId, Case]:
    """Return those of these cases that there are."""
    return {one.id: one for one in _read(connection, _cases().where(cases.c.id.in_(list(case_ids))))}


def hold(connection: Connection, case_id: CaseId) -> Case | None:
    """Return the case, or None, and keep its row as it is until the transaction ends."""
    connection.execute(select(cases.c.id).where(cases.c.id == case_id).with_for_update()).all()
    return find(connection, case_id)


def concerns(team: str) -> ColumnElement[bool]:
    """Return the condition that somebody of the team opened a case, or reported what it stands on.

    Wider than the rule (core/access.py `may_see_case`), so that a list of so many is not filled up by other teams.
    """
    reported = select(harassment_reports.c.id).join(users, users.c.id == harassment_reports.c.reported_by)
    by_report = exists(reported.where(harassment_reports.c.case_id == cases.c.id, users.c.team == team))
    return or_(cases.c.opened_by.in_(select(users.c.id).where(users.c.team == team)), by_report)


def listed(
    connection: Connection,
    kinds: Sequence[CaseKind],
    *,
    is_open: bool,
    team: str | None = None,
    due_before: datetime | None = None,
) -> tuple[Case, ...]:
    """Return the cases of these kinds: the open ones, whose time ends first before; the closed, the newest before.

    `team`: those that concern it; `due_before`: those that are due before then. 200 at most.
    """
    wanted = _cases().where(cases.c.kind.in_([kind.value for kind in kinds]))
    wanted = wanted if due_before is None else wanted.where(cases.c.due_at < to_us(due_before))
    wanted = wanted if team is None else wanted.where(concerns(team))
    if is_open:
        wanted = wanted.where(cases.c.closed_at.is_(None)).order_by(
            cases.c.due_at.is_(None), cases.c.due_at, cases.c.id
        )
    else:
        wanted = wanted.where(cases.c.closed_at.is_not(None)).order_by(cases.c.closed_at.desc(), cases.c.id)
    return _read(connection, wanted.limit(_MOST))


def count_due(connection: Connection, before: datetime) -> int:
    """Return how many open cases, of whatever kind, are due before then."""
    due = cases.c.closed_at.is_(None) & (cases.c.due_at < to_us(before))
    return connection.scalar(select(func.count()).select_from(cases).where(due)) or 0


def set_due(connection: Connection, case_id: CaseId, due_at: datetime) -> None:
    """Note by when an open case has to be answered."""
    connection.execute(update(cases).where(_is_open(case_id)).values(due_at=to_us(due_at)))


def close(connection: Connection, case_id: CaseId, by: UserId, at: datetime) -> bool:
    """Close a case; False where it is closed, or there is none."""
    closed = update(cases).where(_is_open(case_id)).values(closed_at=to_us(at), closed_by=by)
    return connection.execute(closed).rowcount == 1


def add_call(connection: Connection, case_id: CaseId, call_id: CallId, by: UserId, at: datetime, reason: str) -> bool:
    """Let a call belong to a case; False where it does already."""
    same = (case_calls.c.case_id == case_id) & (case_calls.c.call_id == call_id)
    if connection.execute(select(case_calls.c.call_id).where(same)).first() is not None:
        return False
    told = {"added_by": by, "added_at": to_us(at), "reason": reason}
    connection.execute(insert(case_calls).values(case_id=case_id, call_id=call_id, **told))
    return True


def remove_call(connection: Connection, case_id: CaseId, call_id: CallId) -> bool:
    """Let a call belong to the case no more; False where it did not."""
    same = (case_calls.c.case_id == case_id) & (case_calls.c.call_id == call_id)
    return connection.execute(case_calls.delete().where(same)).rowcount == 1


def calls_of(connection: Connection, case_id: CaseId) -> tuple[CallId, ...]:
    """Return the calls of a case, the oldest first."""
    of_case = select(calls.c.id).join(case_calls, case_calls.c.call_id == calls.c.id)
    found = of_case.where(case_calls.c.case_id == case_id).order_by(calls.c.started_at, calls.c.id)
    return tuple(CallId(each) for each in connection.scalars(found))


def of_call(connection: Connection, call_id: CallId) -> tuple[Case, ...]:
    """Return the open cases that a call belongs to, the oldest first."""
    wanted = _cases().join(case_calls, case_calls.c.case_id == cases.c.id).where(case_calls.c.call_id == call_id)
    return _read(connection, wanted.where(cases.c.closed_at.is_(None)).order_by(cases.c.id))


def _is_open(case_id: CaseId) -> ColumnElement[bool]:
    return (cases.c.id == case_id) & cases.c.closed_at.is_(None)


def _cases() -> Select[Any]:
    belong = case_calls.alias("belong")
    counted = select(func.count()).select_from(belong).where(belong.c.case_id == cases.c.id).scalar_subquery()
    told = select(cases, users.c.role, users.c.team, users.c.name, counted.label("calls"))
    return told.join(users, users.c.id == cases.c.opened_by)


def _read(connection: Connection, wanted: Select[Any]) -> tuple[Case, ...]:
    rows = connection.execute(wanted).all()
    teams = _reporters(connection, [row.id for row in rows if row.kind == CaseKind.HARASSMENT.value])
    return tuple(_case(row, teams.get(row.id, frozenset())) for row in rows)


def _reporters(connection: Connection, case_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return the teams of those whose reports each case stands on."""
    if not case_ids:
        return {}
    named = select(harassment_reports.c.case_id, users.c.team)
    named = named.join(users, users.c.id == harassment_reports.c.reported_by).distinct()
    found: dict[str, frozenset[str]] = {}
    for case_id, team in connection.execute(named.where(harassment_reports.c.case_id.in_(case_ids))):
        found[case_id] = found.get(case_id, frozenset()) | {team}
    return found


def _case(row: Row[Any], reporter_teams: frozenset[str]) -> Case:
    return Case(
        id=CaseId(row.id),
        number=row.number,
        kind=CaseKind(row.kind),
        title=row.title,
        opened_by=UserId(row.opened_by),
        opened_at=from_us(row.opened_at),
        opener_role=Role(row.role),
        opener_team=row.team,
        reporter_teams=reporter_teams,
        due_at=maybe_at(row.due_at),
        closed_at=maybe_at(row.closed_at),
        closed_by=None if row.closed_by is None else UserId(row.closed_by),
        calls=row.calls,
        opener_name=row.name,
        why=row.why or "",
    )
