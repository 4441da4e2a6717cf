"""Recording checks at rest. Each step of one is a single conditional statement, so that of two at once one wins."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, insert, or_, select, update

from plugin.core.checks import LIVE, TAKEN_FOR, Check, CheckState
from plugin.core.ids import CallId, CheckId, CustomerId, RecordingId, UserId
from plugin.core.staff import Role
from plugin.core.times import from_us, maybe_at, maybe_us, to_us
from plugin.store.prepared import Prepared
from plugin.store.tables.recordings import recording_checks, recordings
from plugin.store.tables.staff import users

_ASKERS = users.alias("askers")
_TAKERS = users.alias("takers")
_ROWS = recording_checks.c
_LIVE = sorted(LIVE)


def _wanted() -> Select[Any]:
    return (
        select(recording_checks, recordings.c.call_id, _ASKERS.c.name.label("asker"), _TAKERS.c.name.label("taker"))
        .join(recordings, recordings.c.id == _ROWS.recording_id)
        .join(_ASKERS, _ASKERS.c.id == _ROWS.asked_by)
        .join(_TAKERS, _TAKERS.c.id == _ROWS.taken_by, isouter=True)
        .order_by(_ROWS.asked_at)
    )


def _check(row: Row[Any]) -> Check:
    return Check(
        id=CheckId(row.id),
        recording_id=RecordingId(row.recording_id),
        call_id=CallId(row.call_id),
        customer_id=row.customer_id and CustomerId(row.customer_id),
        asked_by=UserId(row.asked_by),
        asker=row.asker,
        question=row.question,
        state=CheckState(row.state),
        asked_at=from_us(row.asked_at),
        expires_at=from_us(row.expires_at),
        taken_by=row.taken_by and UserId(row.taken_by),
        taker=row.taker or "",
        taken_at=maybe_at(row.taken_at),
        answer=row.answer or "",
        settled_at=maybe_at(row.settled_at),
        approved_until=maybe_at(row.approved_until),
        read_at=maybe_at(row.read_at),
    )


def add(connection: Connection, check: Check) -> bool:
    """Store a new check; False where the same person's question about the recording is still live."""
    # The recording's row is locked first (on MySQL): two clicks at once ask once.
    connection.execute(select(recordings.c.id).where(recordings.c.id == check.recording_id).with_for_update())
    asked = (
        select(_ROWS.id)
        .where(_ROWS.recording_id == check.recording_id, _ROWS.asked_by == check.asked_by)
        .where(_ROWS.state.in_(_LIVE), _ROWS.expires_at > to_us(check.asked_at))
    )
    if connection.execute(asked).first():
        return False
    connection.execute(
        insert(recording_checks).values(
            id=check.id,
            recording_id=check.recording_id,
            customer_id=check.customer_id,
            asked_by=check.asked_by,
            question=check.question,
            state=check.state,
            asked_at=to_us(check.asked_at),
            expires_at=to_us(check.expires_at),
        )
    )
    return True


def find(connection: Connection, check_id: str) -> Check | None:
    """Return the check with this id."""
    row = connection.execute(_wanted().where(_ROWS.id == check_id)).first()
    return _check(row) if row else None


def of_call(connection: Connection, call_id: CallId) -> tuple[Check, ...]:
    """Return what was asked about the call's recordings, in order."""
    return _all(connection, _wanted().where(recordings.c.call_id == call_id))


def ground_for(
    connection: Connection, recording_id: str, customer_id: CustomerId | None, user_id: UserId, now: datetime
) -> Check | None:
    """Return the check on which this person may hear the recording: one he took, or his own that was approved.

    Of those about the call as it is now, `customer_id`'s: one from before it was given to him stands before no newer.
    """
    taken = and_(_ROWS.taken_by == user_id, _ROWS.state == CheckState.TAKEN, _ROWS.expires_at > to_us(now))
    approved = and_(_ROWS.asked_by == user_id, _ROWS.state == CheckState.APPROVED, _ROWS.approved_until > to_us(now))
    whose = or_(_ROWS.customer_id.is_(None), _ROWS.customer_id == customer_id)
    found = _all(connection, _wanted().where(_ROWS.recording_id == recording_id, whose).where(or_(taken, approved)))
    return found[0] if found else None


def live(connection: Connection, now: datetime, most: int) -> tuple[Check, ...]:
    """Return what waits for an answer, the oldest first."""
    wanted = _wanted().where(_ROWS.state.in_(_LIVE), _ROWS.expires_at > to_us(now))
    return _all(connection, wanted.limit(most))


def settled_by(connection: Connection, user_id: UserId, since: datetime, most: int) -> tuple[Check, ...]:
    """Return what this person settled since then, the newest first."""
    wanted = _wanted().where(_ROWS.taken_by == user_id, _ROWS.settled_at >= to_us(since))
    return _all(connection, wanted.order_by(None).order_by(_ROWS.settled_at.desc()).limit(most))


def asked_by(connection: Connection, user_id: UserId, since: datetime, most: int) -> tuple[Check, ...]:
    """Return what this person asked since then, the newest first."""
    wanted = _wanted().where(_ROWS.asked_by == user_id, _ROWS.asked_at >= to_us(since))
    return _all(connection, wanted.order_by(None).order_by(_ROWS.asked_at.desc()).limit(most))


def unread(connection: Connection, user_id: UserId) -> tuple[Check, ...]:
    """Return this person's questions that are not put away: those that wait, and outcomes he has not read."""
    return _all(connection, _wanted().where(_ROWS.asked_by == user_id, _ROWS.read_at.is_(None)))


def _all(connection: Connection, wanted: Select[Any]) -> tuple[Check, ...]:
    return tuple(_check(row) for row in connection.execute(wanted))


_HAS_ASKED = Prepared("SELECT 1 FROM recording_checks WHERE asked_by = :user AND read_at IS NULL LIMIT 1")


def has_unread(connection: Connection, user_id: UserId) -> bool:
    """Tell whether `unread` holds anything: asked for each desk that is drawn."""
    return bool(_HAS_ASKED.rows(connection, user=user_id))


def take(connection: Connection, check_id: CheckId, user_id: UserId, now: datetime) -> bool:
    """Give the check to this supervisor; False where another has it, or it is over."""
    free = or_(
        _ROWS.state == CheckState.OPEN,
        and_(_ROWS.state == CheckState.TAKEN, _ROWS.taken_at <= to_us(now - TAKEN_FOR)),
    )
    chosen = update(recording_checks).where(_ROWS.id == check_id, free, _ROWS.expires_at > to_us(now))
    done = connection.execute(chosen.values(state=CheckState.TAKEN, taken_by=user_id, taken_at=to_us(now)))
    return done.rowcount == 1


def put_back(connection: Connection, check_id: CheckId, user_id: UserId) -> bool:
    """Open the check for others again; False where it is not his."""
    chosen = update(recording_checks).where(_ROWS.id == check_id, _ROWS.taken_by == user_id)
    done = connection.execute(
        chosen.where(_ROWS.state == CheckState.TAKEN).values(state=CheckState.OPEN, taken_by=None, taken_at=None)
    )
    return done.rowcount == 1


def settle(
    connection: Connection,
    check_id: CheckId,
    user_id: UserId,
    state: CheckState,
    now: datetime,
    words: str,
    until: datetime | None = None,
) -> bool:
    """Settle a check that this supervisor has, with his words; False where he has it no more, or it is over."""
    chosen = update(recording_checks).where(_ROWS.id == check_id, _ROWS.taken_by == user_id)
    chosen = chosen.where(_ROWS.state == CheckState.TAKEN, _ROWS.expires_at > to_us(now))
    values = {"state": state, "answer": words, "settled_at": to_us(now), "approved_until": maybe_us(until)}
    return connection.execute(chosen.values(values)).rowcount == 1


def put_away(connection: Connection, check_id: CheckId, user_id: UserId, now: datetime) -> bool:
    """Note that who asked has read the outcome; False where it is not his, still live, or put away already."""
    chosen = update(recording_checks).where(_ROWS.id == check_id, _ROWS.asked_by == user_id)
    chosen = chosen.where(_ROWS.read_at.is_(None), _ROWS.state.not_in(_LIVE))
    return connection.execute(chosen.values(read_at=to_us(now))).rowcount == 1


def overdue(connection: Connection, now: datetime, most: int) -> tuple[Check, ...]:
    """Return live checks whose time is over."""
    wanted = _wanted().where(_ROWS.state.in_(_LIVE), _ROWS.expires_at <= to_us(now))
    return _all(connection, wanted.limit(most))


def expire(connection: Connection, check_id: CheckId, now: datetime) -> bool:
    """End a live check without an outcome; False where it has one."""
    chosen = update(recording_checks).where(_ROWS.id == check_id, _ROWS.state.in_(_LIVE))
    return connection.execute(chosen.values(state=CheckState.EXPIRED, settled_at=to_us(now))).rowcount == 1


def supervisors(connection: Connection) -> tuple[UserId, ...]:
    """Return everybody who may settle checks of some team."""
    wanted = select(users.c.id).where(users.c.role == Role.SUPERVISOR, users.c.active == 1)
    return tuple(UserId(user_id) for user_id in connection.execute(wanted).scalars())
