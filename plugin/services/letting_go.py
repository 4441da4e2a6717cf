"""Letting go for ever, in three steps that a kill at any instant leaves whole: the database, the tombstones outside,
the files.

First the row says that the recording is gone, with its tombstone, in one transaction; then the tombstone is written
down outside the database; then the files are removed. What was cut off between is gone on with by `settle_left`, and
what an older copy of the database still knows is erased in that by `reapply`. Decides nothing about what goes.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Conflict
from plugin.core.ids import CallId, RecordingId
from plugin.core.ports import Clock
from plugin.core.retention import CaseStone, RemarkStone, Stone, TextStone, Tombstone
from plugin.store import audit, case_erasure, purge_runs, purging, remark_erasure, text_erasure
from plugin.store.durable import sync_folder
from plugin.store.engine import Connection, Store
from plugin.store.tombstone_files import Harmed, TombstoneFiles, Written
from plugin.store.vault import Vault

K = TypeVar("K", bound=str)
S = TypeVar("S", Tombstone, TextStone, CaseStone)
_ROOMS = (purging, text_erasure, case_erasure, remark_erasure)

_AT_ONCE = 50
_LOOKED_AT_ONCE = 500
# Which of these are still to go, as the transaction that erases them sees it.
StillDue = Callable[[Connection, Mapping[K, str]], Mapping[K, str]]


@dataclass(frozen=True, slots=True)
class Reapplied:
    """What was erased anew: recordings, texts, words of cases, remarks. `forged`: batches outside that this site did
    not sign, not believed.
    """

    recordings: int = 0
    texts: int = 0
    cases: int = 0
    remarks: int = 0
    forged: int = 0

    @property
    def count(self) -> int:
        """How much that was."""
        return self.recordings + self.texts + self.cases + self.remarks


class LettingGo:
    """The one way in which a recording, or what was written about a call or in a case, ceases to be; and what keeps
    remarks erased.

    `folder`: the data folder, below which the files have their names. `pause()` is called between two transactions.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        folder: Path,
        files: TombstoneFiles,
        clock: Clock,
        pause: Callable[[], None],
    ) -> None:
        self._store = store
        self._vault = vault
        self._folder = folder
        self._files = files
        self._clock = clock
        self._pause = pause

    def recordings(
        self,
        chosen: Mapping[RecordingId, str],
        run_id: str | None,
        still_due: StillDue[RecordingId] | None = None,
        *,
        is_lost: bool = False,
    ) -> list[Tombstone]:
        """Let go of the chosen recordings, by the rule of each, but for those on hold; return what is left of them.

        `is_lost`: their keys were destroyed; a hold that came later has nothing to keep. `still_due` leaves out what
        came to be kept since they were chosen. Raises Conflict("run_over") where the run erases no more.
        """

        def erase(connection: Connection, left: Mapping[RecordingId, str], now: datetime) -> list[Tombstone]:
            return purging.let_go(connection, left, run_id, now, self._vault.name_of, is_lost=is_lost)

        return self._erase(chosen, run_id, still_due, erase)

    def texts(
        self, chosen: Mapping[CallId, str], run_id: str | None, still_due: StillDue[CallId] | None = None
    ) -> list[TextStone]:
        """Erase what is written about the chosen calls, by the rule of each, but for those on hold; as `recordings`."""

        def erase(connection: Connection, left: Mapping[CallId, str], now: datetime) -> list[TextStone]:
            return text_erasure.erase(connection, left, run_id, now)

        return self._erase(chosen, run_id, still_due, erase)

    def cases(
        self, chosen: Mapping[str, str], run_id: str | None, still_due: StillDue[str] | None = None
    ) -> list[CaseStone]:
        """Erase what is written in the chosen cases, by the rule of each, but for those on hold; as `recordings`."""

        def erase(connection: Connection, left: Mapping[str, str], now: datetime) -> list[CaseStone]:
            return case_erasure.erase(connection, left, run_id, now)

        return self._erase(chosen, run_id, still_due, erase)

    def _erase(
        self,
        chosen: Mapping[K, str],
        run_id: str | None,
        still_due: StillDue[K] | None,
        erase: Callable[[Connection, Mapping[K, str], datetime], list[S]],
    ) -> list[S]:
        now = self._clock()

        def work(connection: Connection) -> list[S]:
            _demand_open(connection, run_id)
            made = erase(connection, still_due(connection, chosen) if still_due else chosen, now)
            for one in made:
                audit.append(connection, _fact(one, now))
            return made

        made = self._store.write_again(work)
        self._settle(made)
        return made

    def settle_left(self) -> int:
        """Bring to its end what a process that died had begun; return how much of it there was."""
        return self._settle_of(_ROOMS, lambda: False)

    def settle_remarks(self, stop: Callable[[], bool]) -> int:
        """Write down outside which remarks were erased since, or until `stop()`; return how many. As a job: two people
        erase them on a page, and no run goes on with it.
        """
        return self._settle_of((remark_erasure,), stop)

    def _settle_of(self, rooms: Sequence[ModuleType], stop: Callable[[], bool]) -> int:
        done = 0
        while not stop():
            with self._store.read() as connection:
                left: list[Stone] = [one for room in rooms for one in room.unsettled(connection, _AT_ONCE)]
            if not left:
                break
            self._settle(left)
            done += len(left)
            self._pause()
        return done

    def _settle(self, stones: Sequence[Stone]) -> None:
        if not stones:
            return
        written = self._files.append(stones, self._clock())
        self._remove(name for one in stones if isinstance(one, Tombstone) for name in one.files)
        self._note_settled(stones, written)

    def _note_settled(self, stones: Sequence[Stone], written: Written) -> None:
        now = self._clock()
        sounds, texts, cases, remarks = _parted(stones)

        def work(connection: Connection) -> None:
            purging.settle(connection, [one.recording_id for one in sounds], now)
            text_erasure.settle(connection, texts, now)
            case_erasure.settle(connection, cases, now)
            remark_erasure.settle(connection, remarks, now)
            purging.note_read(connection, written)

        self._store.write_again(work)

    def _remove(self, names: Iterable[str]) -> None:
        folders = set[Path]()
        for name in names:
            path = self._folder / name
            path.unlink(missing_ok=True)
            folders.add(path.parent)
        for folder in folders:
            if folder.is_dir():
                sync_folder(folder)

    def reapply(self) -> Reapplied:
        """Erase in this database what the tombstones outside say is gone; to be called before anything is served.

        Costs a look at the names of the files where the database knows all of them. Whatever the copy that was put back
        says of a recording, of a hold too, its file is removed and its row says so. May be cut off and called again.
        """
        with self._store.read() as connection:
            known = purging.read_to(connection)
        forged = 0
        kinds = Counter[type[Stone]]()
        for batch in self._files.batches(known):
            forged += batch.is_forged
            kinds.update(map(type, self._again(batch.stones, batch.written)))
        return Reapplied(kinds[Tombstone], kinds[TextStone], kinds[CaseStone], kinds[RemarkStone], forged)

    def _again(self, stones: Sequence[Stone], written: Written) -> list[Stone]:
        now = self._clock()
        sounds, texts, cases, remarks = _parted(stones)

        def work(connection: Connection) -> tuple[list[Tombstone], list[Stone]]:
            purge_runs.know(connection, {one.run_id: one.purged_at for one in stones if one.run_id})
            gone, kept = purging.apply_again(connection, sounds, self._vault.name_of)
            again: list[Stone] = [*gone, *text_erasure.apply_again(connection, texts)]
            again += case_erasure.apply_again(connection, cases)
            again += remark_erasure.apply_again(connection, remarks)
            for one in again:
                audit.append(connection, _fact(one, now))
            return kept, again

        kept, again = self._store.write_again(work)
        self._remove(name for one in (*sounds, *kept) for name in one.files)
        self._vault.sweep_all([one.recording_id for one in sounds])  # under other names too: of an import redone
        self._note_settled(stones, written)
        self._pause()
        return again

    def harmed(self) -> list[Harmed]:
        """Return the files outside that are not what this database knows of them; costs little mostly."""
        with self._store.read() as connection:
            marks = purging.read_to(connection)
        return self._files.harmed(marks)

    def mend(self) -> int:
        """Write down outside anew what this database knows and no file tells of; return how much that was.

        What is left of files that were harmed is read anew and counts from then on. May be cut off and called again.
        """
        harmed = self.harmed()
        self.reapply()
        done = self._write_anew()
        if harmed or done:
            fact = AuditFact(Act.PURGE, self._clock(), subject="tombstones", outcome=f"mended {done}")

            def work(connection: Connection) -> None:
                purging.forget_marks(connection, [one.file for one in harmed])
                audit.append(connection, fact)

            self._store.write_again(work)
            self.reapply()
        return done

    def _write_anew(self) -> int:
        outside = {(one.subject, one.purged_at) for batch in self._files.batches({}) for one in batch.stones}
        for rows in _ROOMS:
            after = ""
            while True:
                with self._store.read() as connection:
                    page = rows.settled(connection, after, _LOOKED_AT_ONCE)
                if not page:
                    break
                after = page[-1][0]
                if lost := [each for each, at in page if (each, at) not in outside]:
                    self._store.write_again(partial(rows.unsettle, ids=lost))
        return self.settle_left()


def _parted(stones: Sequence[Stone]) -> tuple[list[Tombstone], list[TextStone], list[CaseStone], list[RemarkStone]]:
    sounds, texts, cases, remarks = list[Tombstone](), list[TextStone](), list[CaseStone](), list[RemarkStone]()
    for one in stones:
        match one:
            case Tombstone():
                sounds.append(one)
            case TextStone():
                texts.append(one)
            case CaseStone():
                cases.append(one)
            case RemarkStone():
                remarks.append(one)
    return sounds, texts, cases, remarks


def _demand_open(connection: Connection, run_id: str | None) -> None:
    if run_id is not None and not purge_runs.is_open(connection, run_id):
        raise Conflict("run_over")


def _fact(stone: Stone, at: datetime) -> AuditFact:
    if isinstance(stone, RemarkStone):
        return AuditFact(Act.REMARK_ERASED, at, subject=stone.remark, purpose=stone.rule, outcome="again")
    purpose, parted, _ = stone.rule.partition(":")
    why = purpose if parted else None
    if isinstance(stone, CaseStone):
        return AuditFact(Act.CASE_EXPIRED, at, subject=stone.case_id, purpose=why, outcome=stone.rule)
    act, subject = Act.TEXT_EXPIRED, str(stone.call_id)
    if isinstance(stone, Tombstone):
        act, subject = Act.RECORDING_EXPIRED, str(stone.recording_id)
    return AuditFact(act, at, call_id=stone.call_id, subject=subject, purpose=why, outcome=stone.rule)
