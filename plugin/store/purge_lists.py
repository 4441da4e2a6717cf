"""What a run that waits for a second person would erase, one by one: what is approved is this list and nothing else."""

import hashlib
from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import Connection, delete, func, insert, select

from plugin.core.retention import Amount
from plugin.store.tables.keeping import purge_lists
from plugin.store.tables.recordings import recordings

_AT_ONCE = 2000


class Listed(StrEnum):
    """A recording, or what was written about a call, or in a closed case."""

    SOUND = "sound"
    TEXT = "text"
    CASE = "case"


def add(connection: Connection, run_id: str, kind: Listed, chosen: Mapping[str, str]) -> None:
    """Put these on the list of the run, with the rule of each."""
    rows = [{"run_id": run_id, "kind": kind, "subject": each, "rule": rule} for each, rule in chosen.items()]
    connection.execute(insert(purge_lists), rows)


def page(connection: Connection, run_id: str, kind: Listed, after: str, most: int) -> dict[str, str]:
    """Return what is on the list with ids after `after`, in order, with the rule of each."""
    of_run = (purge_lists.c.run_id == run_id) & (purge_lists.c.kind == kind) & (purge_lists.c.subject > after)
    wanted = select(purge_lists.c.subject, purge_lists.c.rule).where(of_run).order_by(purge_lists.c.subject)
    return {row.subject: row.rule for row in connection.execute(wanted.limit(most))}


def amounts(connection: Connection, run_id: str) -> tuple[Amount, int, int]:
    """Return how much sound is on the list, of how many calls the texts, and of how many cases the words."""
    of_run = purge_lists.c.run_id == run_id
    sizes = select(func.count(), func.sum(recordings.c.size_bytes)).select_from(purge_lists)
    sizes = sizes.join(recordings, recordings.c.id == purge_lists.c.subject)
    count, size_bytes = connection.execute(sizes.where(of_run, purge_lists.c.kind == Listed.SOUND)).one()
    texts, cases = (
        connection.scalar(select(func.count()).where(of_run, purge_lists.c.kind == kind)) or 0
        for kind in (Listed.TEXT, Listed.CASE)
    )
    return Amount(count, int(size_bytes or 0)), texts, cases


def fingerprint(connection: Connection, run_id: str) -> str:
    """Return the sha-256 of the list, in hex: of a line each, `kind id rule`, in order."""
    found = hashlib.sha256()
    for kind in Listed:
        after = ""
        while chosen := page(connection, run_id, kind, after, _AT_ONCE):
            found.update("".join(f"{kind} {each} {rule}\n" for each, rule in chosen.items()).encode())
            after = next(reversed(chosen))
    return found.hexdigest()


def forget(connection: Connection, run_id: str, most: int) -> int:
    """Throw up to `most` of the list away; return how many that were."""
    for kind in Listed:
        if chosen := page(connection, run_id, kind, "", most):
            of_run = (purge_lists.c.run_id == run_id) & (purge_lists.c.kind == kind)
            connection.execute(delete(purge_lists).where(of_run, purge_lists.c.subject <= next(reversed(chosen))))
            return len(chosen)
    return 0


def left(connection: Connection, but: set[str]) -> list[str]:
    """Return the runs that have a list, but for these."""
    return sorted(set(connection.scalars(select(purge_lists.c.run_id).distinct())) - but)
