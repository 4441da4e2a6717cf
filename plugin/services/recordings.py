"""Brings recordings in: finds the file, waits until it is whole, reads, encrypts, and says what there is to hear.

Safe under several workers and under a kill at any instruction: a recording is claimed by a conditional update with a
lease, and its row says ready only after its encrypted file is on the disk. Never deletes the phone system's own file.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from datetime import datetime, timedelta

from plugin.core.audit import Act, AuditFact
from plugin.core.errors import InputError, OutsideError
from plugin.core.ids import RecordingId
from plugin.core.ports import Audio, AudioReader, Clock, Publisher, RecordedFile, RecordingSource
from plugin.core.recordings import RecordingState, host_of, key_month, look_again_after, state_without_import
from plugin.services.telling import tell
from plugin.store import audit, consents
from plugin.store import recordings as rows
from plugin.store.engine import Store
from plugin.store.vault import Sealed, Vault

_AT_ONCE = 50
_MOST_FROM_AFAR = 1000  # looked through for hosts that have room
_FETCHED_AT_ONCE = 6
_FETCHED_FROM_A_HOST = 2
_NEWS_EVERY_S = 1.0
_LEASE = timedelta(minutes=15)  # longer than the slowest import
_LOOKS_FOR_AN_ANSWER = 4  # the word that somebody talked may come some seconds after the end
_STATE_OF_REFUSAL = {"empty": RecordingState.EMPTY}


class Recordings:
    """The way of a recording into the house. The `bus` tells the desks that show a call whose recording changed.

    `kept_months`: how many months after it was made a recording's time ends.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        sources: Mapping[str, RecordingSource],
        reader: AudioReader,
        clock: Clock,
        bus: Publisher,
        kept_months: int,
    ) -> None:
        self._store = store
        self._vault = vault
        self._sources = sources
        self._reader = reader
        self._clock = clock
        self._bus = bus
        self._kept_months = kept_months

    def collect(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Look once for each file that is due, until `stop()`; return how many recordings' state is settled now."""
        return sum(self._look(due, stop) for due in self._due(_AT_ONCE, remote=False) if not stop())

    def fetch(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Fetch once each recording behind an address that is due, and those that become due meanwhile.

        Several at once, few of them from one host: a slow one keeps neither a folder's file nor another host's waiting.
        """
        settled, busy = 0, dict[Future[bool], tuple[RecordingId, str]]()
        with ThreadPoolExecutor(_FETCHED_AT_ONCE, "fetch") as pool:
            while True:
                for due in () if stop() else self._due(_MOST_FROM_AFAR, remote=True):
                    if len(busy) < _FETCHED_AT_ONCE and _has_room(busy.values(), due):
                        busy[pool.submit(self._look_in_passing, due, stop)] = (due.id, host_of(due.uri or ""))
                if not busy:
                    return settled
                done, _ = wait(busy, _NEWS_EVERY_S, FIRST_COMPLETED)
                for one in done:
                    del busy[one]
                    settled += one.result()

    def _look_in_passing(self, due: rows.Due, stop: Callable[[], bool]) -> bool:
        try:
            return self._look(due, stop)
        finally:
            self._store.leave()

    def _due(self, most: int, *, remote: bool) -> list[rows.Due]:
        with self._store.read() as connection:
            return rows.due(connection, self._clock(), most, remote=remote)

    def _look(self, due: rows.Due, stop: Callable[[], bool]) -> bool:
        lease = self._clock() + _LEASE
        with self._store.write() as connection:
            if not rows.claim(connection, due, lease):
                return False
        if due.declined:
            return self._end(due, lease, RecordingState.DECLINED, "")
        ended = state_without_import(due.media, answered=due.answered)
        if ended is not None and due.media is None and due.looks < _LOOKS_FOR_AN_ANSWER:
            return self._again(due, lease, None, "")
        if ended is not None:
            return self._end(due, lease, ended, "")
        try:
            file = self._open(due)
        except InputError as error:
            return self._end(due, lease, RecordingState.MISSING, f"name_{error.reason}")
        except OutsideError as error:
            return self._failed(due, lease, error, RecordingState.MISSING)
        except OSError:
            return self._again(due, lease, None, "no_file")
        if file is None:
            return self._again(due, lease, None, "no_file")
        with closing(file):
            if file.size_bytes is not None and file.size_bytes != due.seen_bytes:
                return self._again(due, lease, file.size_bytes, "still_growing")
            return self._import(due, lease, _UntilStop(file, stop))

    def _open(self, due: rows.Due) -> RecordedFile | None:
        source = self._sources.get(due.source)
        return source.open(due.uri) if source and due.uri else None

    def _import(self, due: rows.Due, lease: datetime, file: RecordedFile) -> bool:
        month = key_month(due.started_at, self._kept_months, self._clock())
        try:
            with self._vault.sealing(due.id, month, self._reader.head_bytes) as sealing:
                audio = self._reader.read(file, sealing.write)
                sealed = sealing.finish(audio.head)
        except InputError as error:
            return self._end(due, lease, _STATE_OF_REFUSAL.get(error.reason, RecordingState.CORRUPT), error.reason)
        except OutsideError as error:
            return self._failed(due, lease, error, RecordingState.CORRUPT)
        except OSError:  # a disk, not the recording
            return self._again(due, lease, due.seen_bytes, "not_stored")
        return self._keep(due, lease, audio, sealed)

    def _failed(self, due: rows.Due, lease: datetime, error: OutsideError, for_ever: RecordingState) -> bool:
        if error.permanent:
            return self._end(due, lease, for_ever, error.reason)
        return self._again(due, lease, due.seen_bytes, error.reason)

    def _keep(self, due: rows.Due, lease: datetime, audio: Audio, sealed: Sealed) -> bool:
        kept = declined = False
        try:
            with self._store.write() as connection:
                declined, _ = consents.stands(connection, due.call_id)  # since it was looked up, too
                if not declined:
                    kept = rows.make_ready(connection, due.id, lease, audio, sealed, self._clock())
                if kept:
                    audit.append(connection, self._fact(due, RecordingState.READY))
        finally:
            if not kept:  # another importer was faster, or the database failed: the row does not know our file
                self._vault.drop(due.id, sealed.lock)
        if declined:
            return self._end(due, lease, RecordingState.DECLINED, "")
        if kept:
            self._vault.sweep(due.id, keep=sealed.lock)
            self._tell(due)
        return kept

    def _again(self, due: rows.Due, lease: datetime, seen_bytes: int | None, reason: str) -> bool:
        wait = look_again_after(due.looks, remote=due.is_remote)
        if wait is None:
            return self._end(due, lease, RecordingState.MISSING, reason)
        with self._store.write() as connection:
            rows.put_back(connection, due.id, lease, self._clock() + wait, seen_bytes, reason)
        return False

    def _end(self, due: rows.Due, lease: datetime, state: RecordingState, reason: str) -> bool:
        with self._store.write() as connection:
            ended = rows.end_without(connection, due.id, lease, state, reason)
            if ended:
                audit.append(connection, self._fact(due, state))
        if ended:
            if due.state is RecordingState.PROCESSING:  # taken over from an importer that died
                self._vault.sweep(due.id)
            self._tell(due)
        return ended

    def _fact(self, due: rows.Due, state: RecordingState) -> AuditFact:
        return AuditFact(
            Act.RECORDING_IMPORTED, self._clock(), call_id=due.call_id, subject=due.id, outcome=state.value
        )

    def _tell(self, due: rows.Due) -> None:
        with self._store.read() as connection:
            desks = rows.desks_of(connection, due.call_id)
        tell(self._bus, desks)


def _has_room(busy: Iterable[tuple[RecordingId, str]], due: rows.Due) -> bool:
    host = host_of(due.uri or "")
    same = [recording_id for recording_id, busy_host in busy if busy_host == host]
    return due.id not in same and len(same) < _FETCHED_FROM_A_HOST


class _UntilStop:
    """A file whose reading ends once `stop()`: what comes over the network may take minutes."""

    def __init__(self, file: RecordedFile, stop: Callable[[], bool]) -> None:
        self._file = file
        self._stop = stop

    @property
    def size_bytes(self) -> int | None:
        return self._file.size_bytes

    def read(self, most_bytes: int) -> bytes:
        if self._stop():
            raise OutsideError("stopped")
        return self._file.read(most_bytes)

    def close(self) -> None:
        self._file.close()
