"""The move of a site from SQLite to MySQL or MariaDB: close, copy, look, carry, prove, and only then say that it moved.

Whatever does not come out exactly the same refuses the move: then the old database is as it was, and open again. Keys,
recordings and the audit's checkpoints stay where they are.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from plugin.core.errors import Conflict
from plugin.core.move import Closed, Fault, Finding, Progress, Stage, TableSum, Tell
from plugin.core.ports import Clock
from plugin.services.audit import Audit
from plugin.store import recordings
from plugin.store.engine import Store
from plugin.store.moving.carrier import Freight
from plugin.store.moving.rows import MOVED
from plugin.store.moving.snapshot import Snapshot
from plugin.store.moving.target import Target
from plugin.store.schema import current_step, newest_step
from plugin.store.sign import Holder, path_of, take_down

_PACKET_SPARE_BYTES = 64 * 1024


class Carrier(Protocol):
    """Brings rows from the copy into the new database's empty tables. Nobody believes it: what arrived is looked at."""

    def check(self) -> None:
        """Raise SettingError where it cannot work here."""
        ...

    def carry(self, snapshot: Path, freight: Sequence[Freight], tell: Tell) -> None:
        """Carry every row of the tables. Raises OutsideError."""
        ...


@dataclass(frozen=True, slots=True)
class MoveReport:
    """What came of it: with `findings` nothing has changed, without them the site is in the new database.

    `hash`: the audit's last, the same on both sides; `is_audit_whole`: whether `audit verify` finds nothing on both.
    """

    findings: tuple[Finding, ...]
    rows: int = 0
    tables: int = 0
    lines: int = 0
    hash: str = ""
    is_audit_whole: bool = True


class Move:
    """One move of the site in `store`; `audit_of` gives the audit of a database beside the site's own checkpoints."""

    def __init__(
        self,
        store: Store,
        target: Target,
        carrier: Carrier,
        audit_of: Callable[[Store], Audit],
        clock: Clock,
        tell: Tell,
    ) -> None:
        self._store = store
        self._target = target
        self._carrier = carrier
        self._audit_of = audit_of
        self._clock = clock
        self._tell = tell
        self._database = Path(store.engine.url.database or "")
        self._snapshot = Snapshot(self._database)

    def check(self) -> MoveReport:
        """Look whether the site could be moved, while it runs on; nothing is closed, carried or kept."""
        self._must_be_possible()
        self._snapshot = Snapshot(self._database, "check")
        with self._copied():
            looked = self._look_through()
        return MoveReport(looked.findings, looked.rows, len(looked.freight))

    def run(self) -> MoveReport:
        """Move the site. It cannot be written from the beginning on: until it is refused, or for ever in its old place.

        Raises Conflict where it cannot be begun, Unavailable("target"), OutsideError where the carrier fails.
        """
        if self._store.closed() is Closed.MOVED:
            return self._finish_earlier()
        self._must_be_possible()
        self._snapshot = Snapshot(self._database)
        with self._closed() as holder, self._copied():
            looked = self._look_through()
            if looked.findings:
                return MoveReport(looked.findings)
            self._tell(Progress(Stage.SCHEMA))
            self._target.prepare()
            self._carrier.carry(self._snapshot.path, looked.freight, self._tell)
            report = self._prove(looked)
            if not report.findings:
                holder.seal()
        if not report.findings:
            self._release()
        return report

    def _must_be_possible(self) -> None:
        if not self._store.is_sqlite:
            raise Conflict("not_sqlite")
        if why := self._store.closed():
            raise Conflict("move_running" if why is Closed.MOVING else "moved_already")
        if current_step(self._store) != newest_step():
            raise Conflict("schema_behind")
        self._carrier.check()
        self._target.look()

    def _finish_earlier(self) -> MoveReport:
        # Killed between the last two steps: everything was proved, and the old place is shut for good.
        if not self._target.is_ours():
            raise Conflict("moved_already")
        self._release()
        verdict = self._audit_of(self._target.store).verify()
        return MoveReport((), lines=verdict.lines, hash=verdict.hash, is_audit_whole=not verdict.findings)

    def _release(self) -> None:
        """Let a site start in the new place. Importers of the old one cannot finish: what they had comes in anew."""
        with self._target.store.write() as connection:
            recordings.release_claims(connection, self._clock())
        self._target.release()

    @contextmanager
    def _closed(self) -> Iterator[Holder]:
        database = str(self._store.engine.url.database)
        with self._store.write():  # nobody else is in a transaction, and whoever comes after finds the sign
            holder = Holder(path_of(database), self._target.name, self._clock())
        try:
            yield holder
        finally:
            holder.end()

    @contextmanager
    def _copied(self) -> Iterator[None]:
        self._tell(Progress(Stage.SNAPSHOT))
        try:
            self._snapshot.make()
            yield
        finally:
            self._snapshot.remove()

    def _look_through(self) -> "_Looked":
        packet_bytes = self._target.longest_packet_bytes() - _PACKET_SPARE_BYTES
        counts = self._snapshot.counts()
        findings = list(self._snapshot.whole())
        freight: list[Freight] = []
        sums: dict[str, TableSum] = {}
        for table in MOVED:
            seen = self._snapshot.look_through(table, counts[table.name], self._tell)
            findings += seen.findings
            if seen.widest_bytes > packet_bytes:
                findings.append(Finding(Fault.TOO_BIG, table.name, f"{seen.widest_bytes} bytes", 1))
            freight.append(Freight(table.name, seen.sum.rows, seen.widest_bytes))
            sums[table.name] = seen.sum
        return _Looked(tuple(freight), sums, tuple(findings))

    def _prove(self, looked: "_Looked") -> MoveReport:
        findings = self._target.faults_of_shape()
        for table in MOVED:
            wanted = looked.sums[table.name]
            arrived = self._target.add_up(table, wanted.rows, self._tell)
            if arrived.rows != wanted.rows:
                findings.append(Finding(Fault.COUNT, table.name, f"{wanted.rows} rows", arrived.rows))
            elif arrived != wanted:
                old, new = self._snapshot.column_sums(table), self._target.column_sums(table)
                differ = [name for name, one in old.items() if new[name] != one]
                findings += [Finding(Fault.CONTENT, table.name, name) for name in differ]
        self._tell(Progress(Stage.AUDIT))
        before, after = (self._audit_of(store).verify() for store in (self._store, self._target.store))
        if (before.lines, before.hash, before.findings) != (after.lines, after.hash, after.findings):
            findings.append(Finding(Fault.AUDIT, "audit_lines", f"last line {before.lines}", after.lines))
        whole = not after.findings
        return MoveReport(tuple(findings), looked.rows, len(looked.freight), after.lines, after.hash, whole)


@dataclass(frozen=True, slots=True)
class _Looked:
    freight: tuple[Freight, ...]
    sums: dict[str, TableSum]
    findings: tuple[Finding, ...]

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.freight)


def take_back(store: Store) -> bool:
    """Open a closed SQLite database again, and throw away the copy that a killed move left; False: there is nothing."""
    if not store.is_sqlite or store.sign() is None:
        return False
    database = str(store.engine.url.database)
    for name in ("snapshot", "check"):
        Snapshot(Path(database), name).remove()
    take_down(path_of(database))
    return True
