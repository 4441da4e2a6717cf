"""Runs of retention at rest: planned, braked, under way, done."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from plugin.core.retention import Amount, PurgeRun, PurgeState
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.tables.keeping import case_tombstones, purge_runs, text_tombstones, tombstones

_GOES_ON = (PurgeState.BRAKED, PurgeState.OPEN, PurgeState.PROVING)


def add(connection: Connection, run: PurgeRun) -> None:
    """Store a new run."""
    connection.execute(
        insert(purge_runs).values(
            id=run.id,
            state=run.state,
            due_before=to_us(run.due_before),
            found=run.found.count,
            found_bytes=run.found.size_bytes,
            there=run.there.count,
            there_bytes=run.there.size_bytes,
            purged=0,
            purged_bytes=0,
            texts_found=run.texts_found,
            texts=0,
            cases_found=run.cases_found,
            cases=0,
            rules=run.rules,
            begun_at=to_us(run.begun_at),
            approval_id=run.approval_id,
        )
    )


def find(connection: Connection, run_id: str) -> PurgeRun | None:
    """Return the run, None where there is none."""
    row = connection.execute(select(purge_runs).where(purge_runs.c.id == run_id)).one_or_none()
    return None if row is None else _run(row)


def going(connection: Connection) -> tuple[PurgeRun, ...]:
    """Return the runs that are not over, the oldest first: braked ones, and those that erase or were cut off."""
    wanted = select(purge_runs).where(purge_runs.c.state.in_(_GOES_ON)).order_by(purge_runs.c.id)
    return tuple(map(_run, connection.execute(wanted)))


def newest(connection: Connection, most: int) -> tuple[PurgeRun, ...]:
    """Return the newest runs that came to anything, the newest first."""
    wanted = select(purge_runs).where(purge_runs.c.state != PurgeState.DROPPED)
    return tuple(map(_run, connection.execute(wanted.order_by(purge_runs.c.begun_at.desc()).limit(most))))


def wait(connection: Connection, run: PurgeRun) -> None:
    """Let a run whose list is whole wait for a second person, with what is on the list."""
    amount = {"found": run.found.count, "found_bytes": run.found.size_bytes, "texts_found": run.texts_found}
    amount["cases_found"] = run.cases_found
    waits = update(purge_runs).where(purge_runs.c.id == run.id).values(state=PurgeState.BRAKED, **amount)
    connection.execute(waits.values(fingerprint=run.fingerprint))


def move(
    connection: Connection, run_id: str, before: PurgeState, after: PurgeState, at: datetime | None = None
) -> bool:
    """Bring a run from one state into another, `at` its end; False where it was not in the one."""
    same = (purge_runs.c.id == run_id) & (purge_runs.c.state == before)
    ended = {} if at is None else {"ended_at": to_us(at)}
    return connection.execute(update(purge_runs).where(same).values(state=after, **ended)).rowcount == 1


def allow(connection: Connection, run_id: str, approval_id: str) -> bool:
    """Let go on what was braked, on somebody's approval; False where it is not braked (any more)."""
    braked = (purge_runs.c.id == run_id) & (purge_runs.c.state == PurgeState.BRAKED)
    allowed = update(purge_runs).where(braked).values(state=PurgeState.OPEN, approval_id=approval_id)
    return connection.execute(allowed).rowcount == 1


def is_open(connection: Connection, run_id: str) -> bool:
    """Tell whether the run may erase, and keep it from being closed until the transaction ends."""
    state = select(purge_runs.c.state).where(purge_runs.c.id == run_id).with_for_update()
    return connection.scalar(state) == PurgeState.OPEN


def end(connection: Connection, run_id: str, root: str, at: datetime) -> bool:
    """Note the root of a run's proof, what it erased, and that it is over; False where it was."""
    summed = select(func.count(), func.sum(tombstones.c.size_bytes)).where(tombstones.c.run_id == run_id)
    purged, size_bytes = connection.execute(summed).one()
    texts = connection.scalar(select(func.count()).where(text_tombstones.c.run_id == run_id))
    cases = connection.scalar(select(func.count()).where(case_tombstones.c.run_id == run_id))
    same = (purge_runs.c.id == run_id) & (purge_runs.c.state == PurgeState.PROVING)
    said = {"state": PurgeState.DONE, "purged": purged, "purged_bytes": int(size_bytes or 0)}
    said |= {"texts": texts, "cases": cases, "root": root, "ended_at": to_us(at)}
    return connection.execute(update(purge_runs).where(same).values(said)).rowcount == 1


def done_so_far(connection: Connection, run_id: str) -> tuple[Amount, int, int]:
    """Return how much a run erased by now, of how many calls the texts, and of how many cases the words."""
    summed = select(func.count(), func.sum(tombstones.c.size_bytes)).where(tombstones.c.run_id == run_id)
    count, size_bytes = connection.execute(summed).one()
    texts = connection.scalar(select(func.count()).where(text_tombstones.c.run_id == run_id))
    cases = connection.scalar(select(func.count()).where(case_tombstones.c.run_id == run_id))
    return Amount(count, int(size_bytes or 0)), texts or 0, cases or 0


def lately(connection: Connection, since: datetime) -> tuple[Amount, int, int]:
    """Return what runs that ended since then erased, of how many calls the texts, of how many cases the words, but for
    those that a second person approved.
    """
    told = (purge_runs.c.purged, purge_runs.c.purged_bytes, purge_runs.c.texts, purge_runs.c.cases)
    summed = select(*(func.sum(each) for each in told))
    row = connection.execute(
        summed.where(purge_runs.c.ended_at >= to_us(since), purge_runs.c.approval_id.is_(None))
    ).one()
    return Amount(int(row[0] or 0), int(row[1] or 0)), int(row[2] or 0), int(row[3] or 0)


def know(connection: Connection, runs: Mapping[str, datetime]) -> None:
    """Store the runs that this database does not know of, by their tombstones outside: an older copy was put back."""
    known = set(connection.scalars(select(purge_runs.c.id).where(purge_runs.c.id.in_(sorted(runs)))))
    for run_id, at in runs.items():
        if run_id not in known:
            add(connection, PurgeRun(run_id, PurgeState.AGAIN, at, at))


def _run(row: Row[Any]) -> PurgeRun:
    return PurgeRun(
        id=row.id,
        state=PurgeState(row.state),
        due_before=from_us(row.due_before),
        begun_at=from_us(row.begun_at),
        found=Amount(row.found, row.found_bytes),
        there=Amount(row.there, row.there_bytes),
        purged=Amount(row.purged, row.purged_bytes),
        texts_found=row.texts_found,
        texts=row.texts,
        cases_found=row.cases_found,
        cases=row.cases,
        rules=row.rules or "",
        ended_at=maybe_at(row.ended_at),
        root=row.root,
        approval_id=row.approval_id,
        fingerprint=row.fingerprint,
    )
