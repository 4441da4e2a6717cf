"""The ledger of scheduled work, and the cursors of syncs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from plugin.core.ids import new_id
from plugin.core.runs import MOST_FINDINGS, MOST_WHAT_LETTERS, Finding, Run, RunOutcome
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.tables.delivery import cursors, jobs, run_findings, runs

_MOST_ERROR_LETTERS = 255
_MORE = "more"


def start(connection: Connection, job: str, at: datetime) -> str:
    """Open a run of `job` and return its id."""
    run_id = new_id(at)
    connection.execute(insert(runs).values(id=run_id, job=job, started_at=to_us(at), done=0))
    return run_id


def progress(connection: Connection, run_id: str, done: int, total: int | None = None) -> None:
    """Note how much the open run has got through, and of how much where that is known."""
    values = {"done": done} if total is None else {"done": done, "total": total}
    connection.execute(update(runs).where(runs.c.id == run_id, runs.c.ended_at.is_(None)).values(**values))


def find(connection: Connection, run_id: str, finding: Finding) -> None:
    """Note what the run met; the same met again is counted. From MOST_FINDINGS on they count as "more" together."""
    what = finding.what[:MOST_WHAT_LETTERS]
    same = (run_findings.c.run_id == run_id) & (run_findings.c.code == finding.code) & (run_findings.c.what == what)
    if connection.execute(update(run_findings).where(same).values(n=run_findings.c.n + finding.n)).rowcount:
        return
    place = connection.scalar(select(func.count()).where(run_findings.c.run_id == run_id)) or 0
    if place >= MOST_FINDINGS and finding.code != _MORE:
        find(connection, run_id, Finding(_MORE, n=finding.n))
        return
    connection.execute(
        insert(run_findings).values(run_id=run_id, place=place, code=finding.code, what=what, n=finding.n)
    )


def end(connection: Connection, run_id: str, at: datetime, error: str | None = None, *, stopped: bool = False) -> None:
    """Close the run: failed where there is an `error`, else stopped or done. One closed before stays as it is."""
    outcome = RunOutcome.FAILED if error else RunOutcome.STOPPED if stopped else RunOutcome.DONE
    shown = None if error is None else error[:_MOST_ERROR_LETTERS]
    closed = connection.execute(
        update(runs)
        .where(runs.c.id == run_id, runs.c.ended_at.is_(None))
        .values(ended_at=to_us(at), outcome=outcome, error=shown)
    )
    if closed.rowcount:
        row = connection.execute(select(runs.c.job, runs.c.started_at).where(runs.c.id == run_id)).one()
        _count(connection, row.job, outcome, max(0, to_us(at) - row.started_at), at)


def _count(connection: Connection, job: str, outcome: RunOutcome, busy_us: int, at: datetime) -> None:
    ended: dict[str, Any] = {"ran": jobs.c.ran + 1, "busy_us": jobs.c.busy_us + busy_us}
    if outcome is RunOutcome.FAILED:
        ended["failed"] = jobs.c.failed + 1
    if outcome is RunOutcome.DONE:
        ended["done_at"] = to_us(at)
    connection.execute(update(jobs).where(jobs.c.name == job).values(**ended))


def end_orphans(connection: Connection, job: str, at: datetime) -> None:
    """Close open runs of `job` as failed: whoever ran them has ended without a word."""
    for run_id in connection.scalars(select(runs.c.id).where(runs.c.job == job, runs.c.ended_at.is_(None))).all():
        end(connection, run_id, at, "process_ended")


def forget(connection: Connection, job: str, before: datetime, kept: int, most: int) -> int:
    """Forget up to `most` ended runs of `job` older than `before` or beyond the `kept` newest; return how many."""
    oldest_kept = connection.scalar(
        select(runs.c.started_at).where(runs.c.job == job).order_by(runs.c.started_at.desc()).offset(kept - 1).limit(1)
    )
    limit = max(to_us(before), oldest_kept or 0)
    old = connection.scalars(
        select(runs.c.id)
        .where(runs.c.job == job, runs.c.started_at < limit, runs.c.ended_at.is_not(None))
        .order_by(runs.c.started_at)
        .limit(most)
    ).all()
    connection.execute(delete(run_findings).where(run_findings.c.run_id.in_(old)))
    connection.execute(delete(runs).where(runs.c.id.in_(old)))
    return len(old)


def known_jobs(connection: Connection) -> tuple[str, ...]:
    """Return the names of all jobs that the ledger holds runs of, also of those that are no more."""
    return tuple(connection.scalars(select(runs.c.job).distinct().order_by(runs.c.job)))


def newest(connection: Connection, job: str, most: int) -> tuple[Run, ...]:
    """Return the newest `most` runs of `job`, newest first."""
    rows = connection.execute(
        select(runs).where(runs.c.job == job).order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(most)
    ).all()
    met = _findings(connection, [row.id for row in rows])
    return tuple(_run(row, met.get(row.id, ())) for row in rows)


def newest_of_each(connection: Connection) -> tuple[Run, ...]:
    """Return the newest run of every job, by the job's name."""
    last = select(runs.c.job, func.max(runs.c.started_at).label("at")).group_by(runs.c.job).subquery()
    rows = connection.execute(
        select(runs)
        .join(last, (runs.c.job == last.c.job) & (runs.c.started_at == last.c.at))
        .order_by(runs.c.job, runs.c.id)
    ).all()
    met = _findings(connection, [row.id for row in rows])
    return tuple({row.job: _run(row, met.get(row.id, ())) for row in rows}.values())


def _findings(connection: Connection, run_ids: Sequence[str]) -> dict[str, tuple[Finding, ...]]:
    met: dict[str, tuple[Finding, ...]] = {}
    for row in connection.execute(
        select(run_findings).where(run_findings.c.run_id.in_(run_ids)).order_by(run_findings.c.place)
    ):
        met[row.run_id] = (*met.get(row.run_id, ()), Finding(row.code, row.what, row.n))
    return met


def _run(row: Row[Any], findings: tuple[Finding, ...]) -> Run:
    return Run(
        id=row.id,
        job=row.job,
        started_at=from_us(row.started_at),
        ended_at=maybe_at(row.ended_at),
        outcome=None if row.outcome is None else RunOutcome(row.outcome),
        done=row.done,
        error=row.error,
        total=row.total,
        findings=findings,
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
