"""What a database says of its backups: which were made and are there still, which files its recordings have, and what
comes to its end when one is put back.

Sessions, grants and what a second person approved belong to the time before: who was signed in then, and what was
allowed and perhaps used since, is not known any more.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, text, update

from plugin.core.approvals import ApprovalState
from plugin.core.ids import UserId, new_id
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store import live_grants
from plugin.store import recordings as recording_rows
from plugin.store.prepared import Prepared
from plugin.store.tables.approvals import approvals
from plugin.store.tables.backup import backups, restores
from plugin.store.tables.delivery import jobs
from plugin.store.tables.factors import sign_in_steps
from plugin.store.tables.keeping import tombstone_marks
from plugin.store.tables.recordings import shreddings
from plugin.store.tables.staff import sessions, start_tokens

_AT_ONCE = 5_000
_MADE = ("whole", "findings")
_MOST_OUTCOME = 32
_MOST_KEPT = 1_000  # half a year, of a site that makes one every four hours and drops none
_FILES = text(
    "SELECT id, SUBSTR(keyset, 1, 8) FROM recordings WHERE keyset IS NOT NULL AND id > :after ORDER BY id LIMIT :most"
)
_LINE = Prepared("SELECT hash FROM audit_lines WHERE seq = :seq")


@dataclass(frozen=True, slots=True)
class Restoring:
    """A backup that is put back: its name, when it was taken, by whom and when it is put back.

    `least_version`: the CRM's entries go on at it. `held`: jobs that rest until somebody lets them go on.
    """

    backup: str
    taken_at: datetime
    by: UserId
    at: datetime
    least_version: int
    held: Sequence[str]


@dataclass(frozen=True, slots=True)
class Ended:
    """How much came to its end."""

    sessions: int
    grants: int
    approvals: int


@dataclass(frozen=True, slots=True)
class Tried:
    """A backup that was made or tried: `outcome` is `whole`, `findings`, or the word for why there is none."""

    name: str
    at: datetime
    outcome: str
    looked_at: datetime | None = None
    look: str | None = None  # whole, damaged

    @property
    def is_there(self) -> bool:
        """Whether it was made."""
        return self.outcome in _MADE


def note(connection: Connection, name: str, at: datetime, outcome: str) -> None:
    """Note that a backup was made, or why there is none."""
    said = {"name": name, "at": to_us(at), "outcome": outcome[:_MOST_OUTCOME]}
    connection.execute(insert(backups).values(id=new_id(at), **said))


def note_look(connection: Connection, name: str, at: datetime, look: str) -> bool:
    """Note that somebody looked at a backup; False where it was not made here."""
    same = (backups.c.name == name) & backups.c.outcome.in_(_MADE)
    return connection.execute(update(backups).where(same).values(looked_at=to_us(at), look=look)).rowcount > 0


def newest(connection: Connection) -> tuple[Tried | None, Tried | None, Tried | None]:
    """Return the newest that was tried, the newest that was made, and the one that was looked at last."""
    tried, there, seen = (_tried(row) for row in _newest(connection))
    return tried, there, seen


def forget(connection: Connection, dropped: Collection[str]) -> int:
    """Forget the backups that were `dropped`, by name, and all but the newest thousand; return how many.

    Those that `newest` tells of stay: that somebody looked is true of a backup that has been dropped since, too.
    """
    spoken_of = [row.id for row in _newest(connection) if row is not None]
    too_many = connection.scalar(select(backups.c.at).order_by(backups.c.at.desc()).offset(_MOST_KEPT).limit(1))
    gone = backups.c.name.in_(dropped)
    if too_many is not None:
        gone |= backups.c.at <= too_many
    return connection.execute(delete(backups).where(gone, backups.c.id.not_in(spoken_of))).rowcount


def _newest(connection: Connection) -> Iterator[Row[Any] | None]:
    by_age = select(backups).order_by(backups.c.at.desc()).limit(1)
    made = by_age.where(backups.c.outcome.in_(_MADE))
    looked = select(backups).where(backups.c.looked_at.is_not(None)).order_by(backups.c.looked_at.desc()).limit(1)
    return (connection.execute(wanted).one_or_none() for wanted in (by_age, made, looked))


def _tried(row: Row[Any] | None) -> Tried | None:
    if row is None:
        return None
    return Tried(row.name, from_us(row.at), row.outcome, maybe_at(row.looked_at), row.look)


def sealed_files(connection: Connection) -> Iterator[tuple[str, bytes]]:
    """Yield each recording that has a file: its id, and the mark that its keyset begins with."""
    after = ""
    while chunk := connection.execute(_FILES, {"after": after, "most": _AT_ONCE}).all():
        yield from ((row[0], bytes(row[1])) for row in chunk)
        after = chunk[-1][0]


def shredded(connection: Connection) -> list[str]:
    """Return the months whose keys were destroyed, or are being."""
    return list(connection.scalars(select(shreddings.c.month).order_by(shreddings.c.month)))


def hash_of_line(connection: Connection, seq: int) -> str | None:
    """Return the hash of a line of the audit, None where there is none."""
    found = _LINE.row(connection, seq=seq)
    return found[0] if found else None


def begin_anew(connection: Connection, restoring: Restoring) -> Ended:
    """End what belongs to the time before, and note that the backup was put back."""
    now_us = to_us(restoring.at)
    connection.execute(delete(sign_in_steps))
    connection.execute(delete(start_tokens))
    connection.execute(delete(tombstone_marks))  # all are read anew, whatever files this copy knew of
    open_ones = update(sessions).where(sessions.c.revoked_at.is_(None), sessions.c.expires_at > now_us)
    ended = connection.execute(open_ones.values(revoked_at=now_us)).rowcount
    revoked = live_grants.end_all(connection, restoring.at)
    pending = (ApprovalState.WAITING.value, ApprovalState.APPROVED.value)
    unused = update(approvals).where(approvals.c.state.in_(pending))
    withdrawn = connection.execute(unused.values(state=ApprovalState.WITHDRAWN.value)).rowcount
    resting = update(jobs).where(jobs.c.name.in_(restoring.held), jobs.c.paused_at.is_(None))
    connection.execute(resting.values(paused_at=now_us, paused_by=restoring.by))
    recording_rows.release_claims(connection, restoring.at)
    connection.execute(
        insert(restores).values(
            id=new_id(restoring.at),
            backup=restoring.backup,
            taken_at=to_us(restoring.taken_at),
            restored_at=now_us,
            user_id=restoring.by,
            least_version=restoring.least_version,
        )
    )
    return Ended(ended, revoked, withdrawn)
