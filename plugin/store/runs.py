"""The ledger of scheduled work, the cursors of syncs, and the leases that say which process may do it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, literal_column, select, update

from plugin.core.ids import new_id
from plugin.core.runs import KEPT, Run, RunOutcome
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.tables.delivery import cursors, leases, runs

_MOST_ERROR_LETTERS = 255


def start(connection: Connection, job: str, at: datetime) -> str:
    """Open a run of `job` and return its id; runs of the job older than KEPT are forgotten."""
    run_id = new_id(at)
    connection.execute(delete(runs).where(runs.c.job == job, runs.c.started_at < to_us(at - KEPT)))
    connection.execute(insert(runs).values(id=run_id, job=job, started_at=to_us(at), done=0))
    return run_id


def progress(connection: Connection, run_id: str, done: int) -> None:
    """Note how much the open run has got through."""
    connection.execute(update(runs).where(runs.c.id == run_id).values(done=done))


def end(connection: Connection, run_id: str, at: datetime, error: str | None = None) -> None:
    """Close the run: failed where there is an `error`."""
    connection.execute(
        update(runs)
        .where(runs.c.id == run_id, runs.c.ended_at.is_(None))
        .values(
            ended_at=to_us(at),
            outcome=RunOutcome.DONE if error is None else RunOutcome.FAILED,
            error=None if error is None else error[:_MOST_ERROR_LETTERS],
        )
    )


def end_orphans(connection: Connection, job: str, at: datetime) -> None:
    """Close open runs of `job` as failed: whoever ran them has ended without a word."""
    connection.execute(
        update(runs)
        .where(runs.c.job == job, runs.c.ended_at.is_(None))
        .values(ended_at=to_us(at), outcome=RunOutcome.FAILED, error="process_ended")
    )


def newest(connection: Connection, job: str, most: int) -> tuple[Run, ...]:
    """Return the newest `most` runs of `job`, newest first."""
    rows = connection.execute(
        select(runs).where(runs.c.job == job).order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(most)
    )
    return tuple(map(_run, rows))


def newest_of_each(connection: Connection) -> tuple[Run, ...]:
    """Return the newest run of every job, by the job's name."""
    last = select(runs.c.job, func.max(runs.c.started_at).label("at")).group_by(runs.c.job).subquery()
    rows = connection.execute(
        select(runs)
        .join(last, (runs.c.job == last.c.job) & (runs.c.started_at == last.c.at))
        .order_by(runs.c.job, runs.c.id)
    )
    return tuple({row.job: _run(row) for row in rows}.values())


def _run(row: Row[Any]) -> Run:
    return Run(
        id=row.id,
        job=row.job,
        started_at=from_us(row.started_at),
        ended_at=maybe_at(row.ended_at),
        outcome=None if row.outcome is None else RunOutcome(row.outcome),
        done=row.done,
        error=row.error,
    )


def cursor_of(connection: Connection, crm: str) -> str | None:
    """Return the cursor after the last stored page of `crm`, or None before the first."""
    return connection.scalar(select(cursors.c.cursor).where(cursors.c.crm == crm))


def move_cursor(connection: Connection, crm: str, before: str | None, after: str, at: datetime) -> bool:
    """Move the cursor from `before` to `after`; False where it is not at `before`: somebody else syncs too."""
    kept = connection.execute(select(cursors.c.cursor).where(cursors.c.crm == crm).with_for_update()).one_or_none()
    if (None if kept is None else kept.cursor) != before:
        return False
    values = {"cursor": after, "moved_at": to_us(at)}
    if kept is None:
        connection.execute(insert(cursors).values(crm=crm, **values))
    else:
        connection.execute(update(cursors).where(cursors.c.crm == crm).values(**values))
    return True


def take_lease(connection: Connection, name: str, holder: str, lasts_us: int) -> bool:
    """Take or renew the lease `name` for `holder`, for `lasts_us` from now by the database's own clock.

    False where another holds it. The database's clock, because the hosts' clocks need not agree.
    """
    now = _database_now(connection)
    values = {"holder": holder, "until": now + lasts_us}
    ours = update(leases).where(leases.c.name == name, (leases.c.holder == holder) | (leases.c.until <= now))
    if connection.execute(ours.values(**values)).rowcount == 1:
        return True
    new = insert(leases).prefix_with("OR IGNORE", dialect="sqlite").prefix_with("IGNORE", dialect="mysql")
    new = new.prefix_with("IGNORE", dialect="mariadb")
    return connection.execute(new.values(name=name, **values)).rowcount == 1


def give_lease_back(connection: Connection, name: str, holder: str) -> None:
    """End `holder`'s lease, so that another need not wait for it to run out."""
    connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


def _database_now(connection: Connection) -> int:
    now: ColumnElement[int] = (
        literal_column("CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)")
        if connection.dialect.name == "sqlite"
        else literal_column("CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)")
    )
    value = connection.scalar(select(now))
    assert value is not None
    return int(value)
