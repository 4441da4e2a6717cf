"""Entries of the local CRM: one row per external id, whatever is sent how often."""

import sqlite3
from collections.abc import Sequence
from datetime import date

from connectors.crm.local.client import LocalFile
from plugin.core.calls import Direction, Outcome
from plugin.core.errors import OutsideError
from plugin.core.timeline import TimelineEntry
from plugin.core.times import from_us, to_us

_COLUMNS = (
    "external_id, version, customer, subject, text, day, started_us, duration_s, direction, outcome, disposition,"
    " author, link"
)
_PUT = f"""
INSERT INTO entries ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (external_id) DO UPDATE SET
  version = excluded.version, customer = excluded.customer, subject = excluded.subject, text = excluded.text,
  day = excluded.day, started_us = excluded.started_us, duration_s = excluded.duration_s,
  direction = excluded.direction, outcome = excluded.outcome, disposition = excluded.disposition,
  author = excluded.author, link = excluded.link
WHERE excluded.version > entries.version
"""  # noqa: S608  no value is put into this text
_OF = f"SELECT {_COLUMNS} FROM entries WHERE customer = ? ORDER BY started_us DESC, number DESC LIMIT ?"  # noqa: S608


def put(file: LocalFile, entries: Sequence[TimelineEntry]) -> list[str | OutsideError]:
    """Write the entries in one transaction; a customer that is not there refuses his entry alone."""
    with file.write() as connection:
        return [_put(connection, entry) for entry in entries]


def _put(connection: sqlite3.Connection, entry: TimelineEntry) -> str | OutsideError:
    customer = entry.customer_external_id
    if customer is not None:
        known = connection.execute("SELECT gone FROM people WHERE external_id = ?", (customer,)).fetchone()
        if known is None or known["gone"]:
            return OutsideError("no_such_customer", permanent=True)
    connection.execute(
        _PUT,
        (
            entry.external_id,
            entry.version,
            customer,
            entry.subject,
            entry.text,
            entry.on.isoformat(),
            to_us(entry.started_at),
            entry.duration_s,
            entry.direction,
            entry.outcome,
            entry.disposition,
            entry.author,
            entry.link,
        ),
    )
    row = connection.execute("SELECT number FROM entries WHERE external_id = ?", (entry.external_id,)).fetchone()
    return f"activity-{row['number']}"


def timeline_of(file: LocalFile, customer_external_id: str, most: int) -> tuple[TimelineEntry, ...]:
    """Return the newest `most` entries of that customer, newest first."""
    with file.read() as connection:
        return tuple(map(_entry, connection.execute(_OF, (customer_external_id, most))))


def _entry(row: sqlite3.Row) -> TimelineEntry:
    return TimelineEntry(
        external_id=row["external_id"],
        version=row["version"],
        customer_external_id=row["customer"],
        subject=row["subject"],
        text=row["text"],
        on=date.fromisoformat(row["day"]),
        started_at=from_us(row["started_us"]),
        duration_s=row["duration_s"],
        direction=Direction(row["direction"]),
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        disposition=row["disposition"],
        author=row["author"],
        link=row["link"],
    )
