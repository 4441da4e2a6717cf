"""Erasing what people wrote about old calls. The facts of a call stay: when, who, how long, topic, how it ended.

Each call is claimed by one statement that no live hold lets through. What counts as written is listed in one place:
`_WRITTEN` finds it, `_erase` empties it. What stands beside the audit has its own way (services/erasure.py).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, literal, not_, or_, select, update

from plugin.core.ids import CallId
from plugin.core.retention import TextStone
from plugin.core.times import from_us, to_us
from plugin.store import holds
from plugin.store.purging import lock_calls
from plugin.store.tables.calls import assignments, calls, drafts, summaries
from plugin.store.tables.keeping import text_tombstones
from plugin.store.tables.recordings import recording_checks, recordings

_TEXTS = (summaries.c.request, summaries.c.response, summaries.c.promise, summaries.c.next_step)
_IS_WRITTEN = or_(*(each != "" for each in _TEXTS))
_EVER = (1 << 63) - 1


def _written(by: int = _EVER) -> ColumnElement[bool]:
    """Return the condition that something was written about a call by then, in microseconds, and still stands."""
    of_summary = select(summaries.c.call_id).where(summaries.c.call_id == calls.c.id, _IS_WRITTEN)
    of_draft = select(drafts.c.call_id).where(drafts.c.call_id == calls.c.id)
    of_assignment = select(assignments.c.id).where(assignments.c.call_id == calls.c.id, assignments.c.reason != "")
    of_check = (
        select(recording_checks.c.id)
        .join(recordings, recordings.c.id == recording_checks.c.recording_id)
        .where(recordings.c.call_id == calls.c.id, recording_checks.c.question != "")
    )
    return or_(
        of_summary.where(summaries.c.saved_at <= by).exists(),
        of_draft.where(drafts.c.saved_at <= by).exists(),
        of_assignment.where(assignments.c.decided_at <= by).exists(),
        of_check.where(recording_checks.c.asked_at <= by).exists(),
    )


_WRITTEN = _written()


def old(connection: Connection, until: datetime, after: str, most: int) -> list[tuple[CallId, datetime]]:
    """Return calls that began at `until` or before and about which something is written, with ids after `after`."""
    wanted = select(calls.c.id, calls.c.started_at).where(calls.c.started_at <= to_us(until), calls.c.id > after)
    found = connection.execute(wanted.where(_WRITTEN).order_by(calls.c.id).limit(most))
    return [(CallId(row.id), from_us(row.started_at)) for row in found]


def began(connection: Connection, call_ids: Collection[CallId]) -> dict[CallId, datetime]:
    """Return when those of these calls began about which something is written."""
    those = calls.c.id.in_(call_ids) & _WRITTEN
    found = connection.execute(select(calls.c.id, calls.c.started_at).where(those))
    return {CallId(row.id): from_us(row.started_at) for row in found}


def count_written(connection: Connection) -> int:
    """Return of how many calls there is a summary in which something stands; those that were erased count no more."""
    return connection.scalar(select(func.count()).select_from(summaries).where(_IS_WRITTEN)) or 0


def erase(connection: Connection, chosen: Mapping[CallId, str], run_id: str | None, at: datetime) -> list[TextStone]:
    """Erase what is written about those of the calls that may go, by the rule of each; return what is left of it.

    Of one that became a part of another since, nothing is written any more, and no stone may say that it was erased.
    """
    lock_calls(connection, chosen)
    whole = connection.scalars(select(calls.c.id).where(calls.c.id.in_(chosen), calls.c.merged_into.is_(None)))
    made = [TextStone(CallId(call_id), chosen[CallId(call_id)], at, run_id) for call_id in sorted(whole)]
    went = [one for one in made if _claim(connection, one)]
    _erase(connection, [one.call_id for one in went])
    return went


def _claim(connection: Connection, stone: TextStone) -> bool:
    said = {"rule": stone.rule, "purged_at": to_us(stone.purged_at), "run_id": stone.run_id, "settled_at": None}
    free = not_(holds.is_held(text_tombstones.c.call_id))  # written about anew since, and old all the same
    again = update(text_tombstones).where(text_tombstones.c.call_id == stone.call_id, free).values(said)
    if connection.execute(again).rowcount:
        return True
    known = select(text_tombstones.c.call_id).where(text_tombstones.c.call_id == calls.c.id).exists()
    values = select(calls.c.id, *(literal(value) for value in (said["rule"], said["purged_at"], said["run_id"])))
    mine = values.where(calls.c.id == stone.call_id, not_(holds.is_held(calls.c.id)), not_(known))
    claimed = insert(text_tombstones).from_select(["call_id", "rule", "purged_at", "run_id"], mine)
    return connection.execute(claimed).rowcount == 1


def _erase(connection: Connection, call_ids: Collection[CallId], by: int = _EVER) -> None:
    """Erase what was written about these calls by then, in microseconds."""
    if not call_ids:
        return
    nothing = {"request": "", "response": "", "promise": "", "next_step": "", "promise_due_on": None}
    gone = update(summaries).where(summaries.c.call_id.in_(call_ids), summaries.c.saved_at <= by)
    connection.execute(gone.values(**nothing, version=summaries.c.version + 1))
    connection.execute(delete(drafts).where(drafts.c.call_id.in_(call_ids), drafts.c.saved_at <= by))
    decided = assignments.c.call_id.in_(call_ids) & (assignments.c.decided_at <= by)
    connection.execute(update(assignments).where(decided).values(reason=""))
    of_calls = recording_checks.c.recording_id.in_(select(recordings.c.id).where(recordings.c.call_id.in_(call_ids)))
    asked = update(recording_checks).where(of_calls, recording_checks.c.asked_at <= by)
    connection.execute(asked.values(question=""))
    answered = update(recording_checks).where(of_calls, recording_checks.c.settled_at <= by)
    connection.execute(answered.values(answer=None))


def apply_again(connection: Connection, stones: Sequence[TextStone]) -> list[TextStone]:
    """Erase anew, in an older copy of the database, what the stones tell of; return those of which there was any.

    What was written after a stone's own moment it tells nothing of, and stays, however often the stone is read.
    """
    wanted = select(calls.c.id, text_tombstones.c.purged_at).outerjoin(
        text_tombstones, text_tombstones.c.call_id == calls.c.id
    )
    found = connection.execute(wanted.where(calls.c.id.in_([one.call_id for one in stones])))
    known = {row.id: row.purged_at for row in found}
    told = [one for one in stones if one.call_id in known]
    erased = []
    for at in sorted({to_us(one.purged_at) for one in told}):
        of_then = [one for one in told if to_us(one.purged_at) == at]
        ids = [one.call_id for one in of_then]
        written = set(connection.scalars(select(calls.c.id).where(calls.c.id.in_(ids), _written(at))))
        _erase(connection, [CallId(each) for each in written], at)
        erased += [one for one in of_then if one.call_id in written]
    newest = {one.call_id: one for one in sorted(told, key=lambda one: one.purged_at)}
    _put(connection, [one for one in newest.values() if to_us(one.purged_at) > (known[one.call_id] or 0)])
    return erased


def _put(connection: Connection, stones: Sequence[TextStone]) -> None:
    """Store stones, unsettled, in place of older ones of the same calls."""
    rows = [
        {"call_id": one.call_id, "rule": one.rule, "purged_at": to_us(one.purged_at), "run_id": one.run_id}
        for one in stones
    ]
    if rows:
        of_them = text_tombstones.c.call_id.in_([one.call_id for one in stones])
        connection.execute(delete(text_tombstones).where(of_them))
        connection.execute(insert(text_tombstones), rows)


def join(connection: Connection, older: CallId, younger: CallId, now: datetime) -> None:
    """Let a call of which nothing was erased tell what was erased of the one that is a part of it.

    The younger's own stone stays: it stands outside under its name, for copies that know the two apart. What the older
    tells of it counts in no run, and is not written outside, where it would erase what the older has of its own.
    """
    gone = of_call(connection, younger)
    if gone is not None and of_call(connection, older) is None:
        told = TextStone(older, gone.rule, gone.purged_at, None)
        _put(connection, [told])
        settle(connection, [told], now)


def unsettled(connection: Connection, most: int) -> list[TextStone]:
    """Return stones that are not known to be written down outside."""
    wanted = select(text_tombstones).where(text_tombstones.c.settled_at.is_(None)).order_by(text_tombstones.c.call_id)
    return [_stone(row) for row in connection.execute(wanted.limit(most))]


def settle(connection: Connection, stones: Sequence[TextStone], at: datetime) -> None:
    """Note that these stones are written down outside; a newer one of the same call is not by that."""
    for then in {one.purged_at for one in stones}:
        ids = [one.call_id for one in stones if one.purged_at == then]
        same = text_tombstones.c.call_id.in_(ids) & (text_tombstones.c.purged_at == to_us(then))
        connection.execute(update(text_tombstones).where(same).values(settled_at=to_us(at)))


def settled(connection: Connection, after: str, most: int) -> list[tuple[str, datetime]]:
    """Return calls whose stones are said to be written down outside, and when their texts went, with ids after `after`.

    Not those that a call took over from the one that was joined to it: outside stands the other's alone.
    """
    part, theirs = calls.alias(), text_tombstones.alias()
    taken_over = select(theirs.c.call_id).join(part, part.c.id == theirs.c.call_id)
    same = (part.c.merged_into == text_tombstones.c.call_id) & (theirs.c.purged_at == text_tombstones.c.purged_at)
    own = text_tombstones.c.settled_at.is_not(None) & (text_tombstones.c.call_id > after)
    wanted = select(text_tombstones.c.call_id, text_tombstones.c.purged_at)
    found = wanted.where(own, not_(taken_over.where(same).exists())).order_by(text_tombstones.c.call_id).limit(most)
    return [(row.call_id, from_us(row.purged_at)) for row in connection.execute(found)]


def unsettle(connection: Connection, ids: Collection[str]) -> None:
    """Let these stones be written down outside once more."""
    connection.execute(update(text_tombstones).where(text_tombstones.c.call_id.in_(ids)).values(settled_at=None))


def of_run(connection: Connection, run_id: str, after: str, most: int) -> list[TextStone]:
    """Return stones of a run with calls after `after`, in order."""
    wanted = select(text_tombstones).where(text_tombstones.c.run_id == run_id, text_tombstones.c.call_id > after)
    return [_stone(row) for row in connection.execute(wanted.order_by(text_tombstones.c.call_id).limit(most))]


def of_call(connection: Connection, call_id: CallId) -> TextStone | None:
    """Return what is left of what was written about the call, None where it was never erased by a rule."""
    row = connection.execute(select(text_tombstones).where(text_tombstones.c.call_id == call_id)).one_or_none()
    return None if row is None else _stone(row)


def _stone(row: Row[Any]) -> TextStone:
    return TextStone(CallId(row.call_id), row.rule, from_us(row.purged_at), row.run_id)
