"""Files of recorders that tell of nothing: each becomes a recording of the call that alone fits, or waits.

Nothing is guessed: where no call fits, or several do, an administrator says whose it is, and hears nothing.
A file that still grows is left alone; one that fits nothing yet may be early, so it has an hour first.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from plugin.core.access import Deed, may
from plugin.core.audit import Act, AuditFact
from plugin.core.calls import CallEvent, EventType, RecordingFact
from plugin.core.errors import Denied, NotFound
from plugin.core.history import StoredCall
from plugin.core.ids import CallId
from plugin.core.ports import Clock
from plugin.core.recorder_files import FileState, UnmatchedFile
from plugin.core.recorders import RecordedName, fits, only, uri_of
from plugin.core.staff import Staff
from plugin.core.times import to_us
from plugin.services.calls import Calls
from plugin.store import audit
from plugin.store import recorders as rows
from plugin.store.engine import Connection, Store

_QUIET_S = 10
_PATIENCE = timedelta(hours=1)
_KEPT = timedelta(days=60)
_BY_HAND = timedelta(minutes=10)
_SHOWN = 50


class SeenFile(Protocol):
    """A file as it lies in the folder."""

    @property
    def key(self) -> str:
        """What it is known by."""
        ...

    @property
    def told(self) -> RecordedName:
        """What its name says."""
        ...

    @property
    def written_s(self) -> float:
        """When it was last written, in seconds since 1970."""
        ...


@dataclass(frozen=True, slots=True)
class Recorder:
    """A recorder: `files(since_s)` are those written since then. `calls_of`: whose calls it records, "": anybody's."""

    files: Callable[[float], Iterable[SeenFile]]
    tolerance: timedelta
    days: timedelta
    calls_of: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits, and the calls at its telephone in about its time."""

    file: UnmatchedFile
    calls: tuple[StoredCall, ...]


class Recorders:
    """`recorders` by their names in the settings."""

    def __init__(self, store: Store, clock: Clock, calls: Calls, recorders: Mapping[str, Recorder]) -> None:
        self._store = store
        self._clock = clock
        self._calls = calls
        self._recorders = dict(recorders)
        self._done: set[tuple[str, str]] = set()
        self._tidied_at: datetime | None = None

    def match(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Look through every folder once, until `stop()`; return how many files found their call."""
        done = 0
        for name, recorder in self._recorders.items():
            now = self._clock()
            try:
                found = list(recorder.files(to_us(now - recorder.days) / 1e6))
            except OSError:
                continue  # not mounted: the doctor and the page of sources say so
            for file in found:
                if stop():
                    return done
                done += self._look(name, recorder, file, now)
        self._tidy()
        return done

    def _tidy(self) -> None:
        now = self._clock()
        if self._tidied_at is None or now - self._tidied_at >= _PATIENCE:
            self._tidied_at = now
            with self._store.write() as connection:
                rows.forget(connection, now - _KEPT)

    def _look(self, name: str, recorder: Recorder, file: SeenFile, now: datetime) -> bool:
        age_s = now.timestamp() - file.written_s  # a stranger's word: no instant that there need be
        if (name, file.key) in self._done or age_s < _QUIET_S:
            return False
        with self._store.read() as connection:
            if rows.known(connection, name, file.key) is not None:
                self._done.add((name, file.key))
                return False
            near = rows.near(connection, file.told, recorder.tolerance, recorder.calls_of)
        fitting = [one for one in near if fits(file.told, one.call, one.e164, recorder.tolerance, now)]
        chosen = only(one.id for one in fitting)
        if chosen is None:
            if age_s >= _PATIENCE.total_seconds():
                self._note(name, file, FileState.UNMATCHED, now)
            return False
        call = next(one for one in fitting if one.id == chosen)
        self._give(name, file.key, file.told.start, file.told.end, call)
        self._note(name, file, FileState.MATCHED, now)
        return True

    def _note(self, name: str, file: SeenFile, state: FileState, now: datetime) -> None:
        with self._store.write() as connection:
            rows.note(connection, name, file.key, file.told, state, now)
        self._done.add((name, file.key))

    def _give(self, name: str, key: str, began_at: datetime, ended_at: datetime | None, stored: StoredCall) -> None:
        uri, call = uri_of(name, key), stored.call
        fact = RecordingFact(uri, uri, started_at=began_at, ended_at=ended_at)
        event = CallEvent(
            id=uri,
            source=call.source,
            type=EventType.RECORDING_READY,
            occurred_at=ended_at or max(began_at, call.last_event_at),
            source_call_ids=call.source_call_ids[:1],
            recording=fact,
        )
        self._calls.take([event])

    def waiting(self, actor: Staff) -> tuple[Waiting, ...]:
        """Return the files that wait, each with the calls it may be of. Raises Denied("role")."""
        self._must_settle(actor)
        with self._store.read() as connection:
            return tuple(
                Waiting(file, tuple(self._around(connection, file))) for file in rows.unmatched(connection, _SHOWN)
            )

    def give(self, actor: Staff, source: str, key: str, call_id: CallId) -> None:
        """Say that a file that waits is of this call, one of those shown with it. Raises Denied, NotFound."""
        self._must_settle(actor)
        with self._store.write() as connection:
            file = rows.find(connection, source, key)
            near = self._around(connection, file) if file else []
            stored = next((one for one in near if one.id == call_id), None)
            if file is None or stored is None or not rows.settle(connection, source, key, FileState.MATCHED):
                raise NotFound("recording")
            fact = AuditFact(
                Act.RECORDING_GIVEN,
                self._clock(),
                user_id=actor.user_id,
                call_id=call_id,
                outcome="given",
                address=actor.address,
            )
            audit.append(connection, fact)
        self._give(source, key, file.began_at, file.ended_at, stored)

    def dismiss(self, actor: Staff, source: str, key: str) -> None:
        """Say that a file that waits is no call's. Raises Denied, NotFound("recording")."""
        self._must_settle(actor)
        with self._store.write() as connection:
            if not rows.settle(connection, source, key, FileState.DISMISSED):
                raise NotFound("recording")
            fact = AuditFact(
                Act.RECORDING_GIVEN, self._clock(), user_id=actor.user_id, outcome="dismissed", address=actor.address
            )
            audit.append(connection, fact)

    def _around(self, connection: Connection, file: UnmatchedFile) -> list[StoredCall]:
        recorder = self._recorders.get(file.source)
        if recorder is None or file.extension is None:
            return []
        told = RecordedName(file.began_at, file.ended_at, file.extension)
        return rows.near(connection, told, recorder.tolerance + _BY_HAND, recorder.calls_of)

    def _must_settle(self, actor: Staff) -> None:
        if not may(actor.role, Deed.SEE_ADMIN):
            raise Denied("role")
