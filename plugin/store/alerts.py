"""Alerts at rest. Each step of one is a single conditional statement, so that of two supervisors at once one has it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, insert, select, update

from plugin.core.alerts import Alert, AlertReason
from plugin.core.calls import CallState
from plugin.core.history import StoredCall
from plugin.core.ids import AlertId, CallId, UserId
from plugin.core.staff import Role
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.calls import stored
from plugin.store.tables.alerts import alerts
from plugin.store.tables.calls import calls, pops
from plugin.store.tables.staff import users

_OPERATORS = users.alias("operators")
_TAKERS = users.alias("takers")
_ROWS = alerts.c
_STORED = (calls.c.id, calls.c.revision, calls.c.record, calls.c.e164, calls.c.customer_id)


def _wanted() -> Select[Any]:
    return (
        select(alerts, _OPERATORS.c.name.label("operator"), _TAKERS.c.name.label("taker"))
        .join(_OPERATORS, _OPERATORS.c.id == _ROWS.user_id, isouter=True)
        .join(_TAKERS, _TAKERS.c.id == _ROWS.taken_by, isouter=True)
    )


def _alert(row: Row[Any]) -> Alert:
    return Alert(
        id=AlertId(row.id),
        call_id=CallId(row.call_id),
        agent=row.agent,
        user_id=row.user_id and UserId(row.user_id),
        team=row.team,
        reason=AlertReason(row.reason),
        raised_at=from_us(row.raised_at),
        taken_by=row.taken_by and UserId(row.taken_by),
        taken_at=maybe_at(row.taken_at),
        closed_at=maybe_at(row.closed_at),
        operator=row.operator or "",
        taker=row.taker or "",
    )


def add(connection: Connection, alert: Alert) -> None:
    """Store a new alert."""
    connection.execute(
        insert(alerts).values(
            id=alert.id,
            call_id=alert.call_id,
            agent=alert.agent,
            user_id=alert.user_id,
            team=alert.team,
            reason=alert.reason,
            raised_at=to_us(alert.raised_at),
        )
    )


def find(connection: Connection, alert_id: str) -> Alert | None:
    """Return the alert with this id."""
    row = connection.execute(_wanted().where(_ROWS.id == alert_id)).first()
    return _alert(row) if row else None


def open_ones(connection: Connection, team: str, but: UserId, most: int) -> tuple[Alert, ...]:
    """Return what this team, or none, has open, and not this person: what waits first, each the oldest first.

    Where there are more than `most`, those go that others took, the oldest first; then the oldest of those that wait:
    who cries now is on every board.
    """
    rank = case((_ROWS.taken_by == but, 0), (_ROWS.taken_by.is_(None), 1), else_=2)
    wanted = _wanted().where(*_shown_to(team, but)).order_by(rank, _ROWS.raised_at.desc(), _ROWS.id.desc())
    found = [_alert(row) for row in connection.execute(wanted.limit(most))]
    return tuple(sorted(found, key=lambda alert: (alert.taken_at is not None, alert.raised_at, alert.id)))


def count_shown(connection: Connection, team: str, but: UserId) -> int:
    """Return how many alerts `open_ones` chooses from."""
    return connection.execute(select(func.count()).select_from(alerts).where(*_shown_to(team, but))).scalar_one()


def _shown_to(team: str, but: UserId) -> tuple[ColumnElement[bool], ...]:
    mine = _ROWS.user_id.is_(None) | (_ROWS.user_id != but)
    return (_ROWS.closed_at.is_(None), _ROWS.team.in_(("", team)), mine)


def open_of_call(connection: Connection, call_id: CallId) -> tuple[Alert, ...]:
    """Return what was raised in the call and nobody has closed."""
    wanted = _wanted().where(_ROWS.call_id == call_id, _ROWS.closed_at.is_(None))
    return tuple(_alert(row) for row in connection.execute(wanted))


def open_of_agent(connection: Connection, call_id: CallId, agent: str) -> AlertId | None:
    """Return what this agent has open in the call."""
    wanted = select(_ROWS.id).where(_ROWS.call_id == call_id, _ROWS.agent == agent, _ROWS.closed_at.is_(None))
    found = connection.execute(wanted.limit(1)).scalar()
    return found and AlertId(found)


def own_of_call(connection: Connection, call_id: CallId, user_id: UserId) -> tuple[Alert, ...]:
    """Return what this person raised in the call, the newest first."""
    wanted = _wanted().where(_ROWS.call_id == call_id, _ROWS.user_id == user_id)
    return tuple(_alert(row) for row in connection.execute(wanted.order_by(_ROWS.raised_at.desc(), _ROWS.id.desc())))


def take(connection: Connection, alert_id: AlertId, user_id: UserId, now: datetime) -> bool:
    """Give the alert to this supervisor; False where another has it, or it is closed."""
    chosen = update(alerts).where(_ROWS.id == alert_id, _ROWS.taken_by.is_(None), _ROWS.closed_at.is_(None))
    return connection.execute(chosen.values(taken_by=user_id, taken_at=to_us(now))).rowcount == 1


def close(connection: Connection, alert_id: AlertId, now: datetime) -> bool:
    """Close the alert; False where it is closed."""
    chosen = update(alerts).where(_ROWS.id == alert_id, _ROWS.closed_at.is_(None))
    return connection.execute(chosen.values(closed_at=to_us(now))).rowcount == 1


def say_why(connection: Connection, alert_id: AlertId, reason: AlertReason) -> bool:
    """Give an open alert another reason; False where it is closed, or has this one."""
    chosen = update(alerts).where(_ROWS.id == alert_id, _ROWS.closed_at.is_(None), _ROWS.reason != reason)
    return connection.execute(chosen.values(reason=reason)).rowcount == 1


def team_of(connection: Connection, user_id: UserId | None) -> str:
    """Return the person's team, "" for nobody's."""
    return connection.execute(select(users.c.team).where(users.c.id == user_id)).scalar() or ""


def supervisors_of(connection: Connection, team: str) -> tuple[UserId, ...]:
    """Return the supervisors of the team; of no team, all of them."""
    wanted = select(users.c.id).where(users.c.role == Role.SUPERVISOR, users.c.active == 1)
    wanted = wanted.where(users.c.team == team) if team else wanted
    return tuple(UserId(user_id) for user_id in connection.execute(wanted).scalars())


def count_open(connection: Connection, team: str) -> int:
    """Return how many alerts of this team, or of none, nobody has taken: asked for each supervisor's desk."""
    waiting = select(func.count()).where(_ROWS.closed_at.is_(None), _ROWS.taken_by.is_(None))
    return connection.execute(waiting.where(_ROWS.team.in_(("", team)))).scalar_one()


def talks_of(connection: Connection, team: str, most: int) -> list[tuple[UserId, str, str, datetime, StoredCall]]:
    """Return the talks of the team, the longest first: person, name, agent's key, since when, and the call."""
    wanted = (
        select(*_STORED, users.c.id.label("who"), users.c.name, pops.c.agent, pops.c.taken_at)
        .select_from(users.join(pops, pops.c.user_id == users.c.id).join(calls, calls.c.id == pops.c.call_id))
        .where(users.c.team == team, users.c.active == 1, pops.c.state == "taken", pops.c.ended_at.is_(None))
        .where(calls.c.state.in_((CallState.TALKING, CallState.HELD)))
        .order_by(pops.c.taken_at)
        .limit(most)
    )
    found = connection.execute(wanted)
    return [(UserId(row.who), row.name, row.agent, from_us(row.taken_at), stored(row)) for row in found]


def calls_of(connection: Connection, call_ids: Sequence[CallId]) -> dict[CallId, StoredCall]:
    """Return these calls by id."""
    wanted = select(*_STORED).where(calls.c.id.in_(call_ids))
    return {CallId(row.id): stored(row) for row in connection.execute(wanted)}
