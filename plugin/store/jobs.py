"""Jobs as the worker plans them and as administrators steer them. A slot is taken by naming it: only one can."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from plugin.core.ids import UserId
from plugin.core.jobs import Figures, JobState, Plan
from plugin.core.times import maybe_at, to_us
from plugin.store import leases
from plugin.store.tables.delivery import jobs
from plugin.store.tables.staff import users

_US = timedelta(microseconds=1)
_asker = users.alias()
_pauser = users.alias()
_JOBS = (
    select(jobs, _asker.c.name.label("asker"), _pauser.c.name.label("pauser"))
    .outerjoin(_asker, _asker.c.id == jobs.c.asked_by)
    .outerjoin(_pauser, _pauser.c.id == jobs.c.paused_by)
)


def put_plans(connection: Connection, plans: Sequence[Plan], daily: Mapping[str, datetime], now: datetime) -> None:
    """Keep what the program says of its jobs; those that it does not name are forgotten. `daily`: the next slots.

    A known job's slot stays, unless it lies further ahead than its rhythm says: that was quickened, or a clock was set
    back. A slot that somebody took and never ended is due `now`.
    """
    connection.execute(delete(jobs).where(jobs.c.name.not_in([plan.name for plan in plans])))
    for plan in plans:
        said = {"every_us": plan.every // _US, "daily_at": plan.daily_at, "slotted": int(plan.slotted)}
        row = connection.execute(select(jobs).where(jobs.c.name == plan.name).with_for_update()).one_or_none()
        if row is None:
            first = to_us(daily.get(plan.name, now)) if plan.slotted else None
            connection.execute(insert(jobs).values(name=plan.name, next_at=first, ran=0, failed=0, busy_us=0, **said))
            continue
        latest = to_us(daily.get(plan.name, now + plan.every))
        next_at = to_us(now) if row.busy_since is not None else min(row.next_at or latest, latest)
        said |= {"next_at": next_at if plan.slotted else None, "busy_since": None}
        connection.execute(update(jobs).where(jobs.c.name == plan.name).values(**said))


def take_slot(
    connection: Connection, name: str, slot: datetime, after: datetime, now: datetime, lease: tuple[str, str]
) -> bool:
    """Take the job's `slot`, and set its next one to `after`; False where it is not for us to run now.

    For: the slot is not the job's next one any more, or neither due nor asked for, or the job is paused, or `lease`
    (its name and our word) is not ours; that stays so until this transaction has ended. What was asked for is thereby
    answered.
    """
    if not leases.is_held_by(connection, *lease):
        return False
    due = or_(jobs.c.next_at <= to_us(now), jobs.c.asked_at.is_not(None))
    taken = connection.execute(
        update(jobs)
        .where(jobs.c.name == name, jobs.c.next_at == to_us(slot), jobs.c.paused_at.is_(None), due)
        .values(next_at=to_us(after), busy_since=to_us(now), asked_at=None, asked_by=None)
    )
    return taken.rowcount == 1


def end_slot(connection: Connection, name: str, taken_at: datetime, due_at: datetime | None) -> None:
    """Say that the slot taken at `taken_at` has ended; `due_at` where there is work left, to be gone on with then."""
    values: dict[str, Any] = {"busy_since": None}
    if due_at is not None:
        values["next_at"] = to_us(due_at)
    ours = (jobs.c.name == name) & (jobs.c.busy_since == to_us(taken_at))
    connection.execute(update(jobs).where(ours).values(**values))


def replan(connection: Connection, latest: Mapping[str, datetime]) -> None:
    """Bring slots that lie further ahead than `latest` back there: a clock was set back."""
    for name, at in latest.items():
        connection.execute(
            update(jobs).where(jobs.c.name == name, jobs.c.next_at > to_us(at)).values(next_at=to_us(at))
        )


def ask(connection: Connection, name: str, user_id: UserId, at: datetime) -> bool:
    """Ask for a run of the job as soon as can be; False where that has no use.

    That is: there is no such job with slots, it is paused, it runs at this moment, or somebody asked already.
    """
    waits = (jobs.c.paused_at.is_(None), jobs.c.busy_since.is_(None), jobs.c.asked_at.is_(None))
    asked = connection.execute(
        update(jobs)
        .where(jobs.c.name == name, jobs.c.slotted == 1, *waits)
        .values(asked_at=to_us(at), asked_by=user_id)
    )
    return asked.rowcount == 1


def bring_forward(connection: Connection, name: str, at: datetime) -> None:
    """Let the job's next slot be at `at`, unless it is sooner: what it works on changed."""
    later = (jobs.c.name == name) & (jobs.c.slotted == 1) & (jobs.c.next_at > to_us(at))
    connection.execute(update(jobs).where(later).values(next_at=to_us(at)))


def pause(connection: Connection, name: str, user_id: UserId, at: datetime) -> bool:
    """Let the job rest until it is resumed; False where it rests already, or there is none. A request is dropped."""
    paused = connection.execute(
        update(jobs)
        .where(jobs.c.name == name, jobs.c.paused_at.is_(None))
        .values(paused_at=to_us(at), paused_by=user_id, asked_at=None, asked_by=None)
    )
    return paused.rowcount == 1


def resume(connection: Connection, name: str) -> bool:
    """Let the job run again; False where it does not rest. A slot that passed meanwhile is due."""
    resumed = connection.execute(
        update(jobs).where(jobs.c.name == name, jobs.c.paused_at.is_not(None)).values(paused_at=None, paused_by=None)
    )
    return resumed.rowcount == 1


def every(connection: Connection) -> tuple[JobState, ...]:
    """Return all jobs by name."""
    return tuple(map(_job, connection.execute(_JOBS.order_by(jobs.c.name))))


def one(connection: Connection, name: str) -> JobState | None:
    """Return the job, or None."""
    row = connection.execute(_JOBS.where(jobs.c.name == name)).one_or_none()
    return None if row is None else _job(row)


def _job(row: Row[Any]) -> JobState:
    return JobState(
        plan=Plan(row.name, timedelta(microseconds=row.every_us), row.daily_at, bool(row.slotted)),
        next_at=maybe_at(row.next_at),
        busy_since=maybe_at(row.busy_since),
        asked_at=maybe_at(row.asked_at),
        asked_by=row.asker,
        paused_at=maybe_at(row.paused_at),
        paused_by=row.pauser,
        figures=Figures(row.ran, row.failed, timedelta(microseconds=row.busy_us), maybe_at(row.done_at)),
    )
