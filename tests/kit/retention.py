"""A site with many recordings of many ages, some of them on hold, and what is left of them counted from the outside."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select, update

from plugin.core.ids import CallId, RecordingId, new_id, new_ids
from plugin.core.retention import PurgeRun, PurgeState, Tombstone
from plugin.core.staff import Role, Staff
from plugin.core.times import to_us
from plugin.settings import load
from plugin.store import purge_runs
from plugin.store.engine import Store
from plugin.store.tables.calls import calls
from plugin.store.tables.keeping import cases, hold_calls, holds, tombstones
from plugin.store.tables.recordings import recordings
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.newest import lay
from tests.kit.people import Town

_SOUND_BYTES = 64
_ROWS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Made:
    """A recording as it was made: its call, its file's name below the data folder."""

    id: RecordingId
    call_id: CallId
    file: str


class Attic:
    """The site. Its recordings' files hold noise of known sha-256 instead of sealed sound: nobody plays them."""

    def __init__(self, house: House, clock: HandClock) -> None:
        self.house, self.clock, self.folder = house, clock, house.settings.data_dir
        self.store = house.store

    def people(self) -> tuple[Staff, Staff]:
        """Add a privacy officer and an administrator."""
        town = Town(self.store, self.clock())
        return town.staff("hara", Role.PRIVACY), town.staff("mori", Role.ADMIN)

    def fill(self, count: int, age: timedelta) -> list[Made]:
        """Let so many calls have a recording of this age."""
        made: list[Made] = []
        while len(made) < count:
            made += self._fill(min(_ROWS_AT_ONCE, count - len(made)), age)
        return made

    def _fill(self, count: int, age: timedelta) -> list[Made]:
        at = self.clock() - age
        call_ids, ids = new_ids(at, count), [RecordingId(each) for each in new_ids(at, count)]
        of_call = {"source": "pbx1", "direction": "inbound", "state": "ended", "record": "{}", "revision": 1}
        of_call |= {"started_at": to_us(at), "ended_at": to_us(at), "updated_at": to_us(at)}
        of_one = {"source": "pbx1", "state": "ready", "kind": "all_call", "started_at": to_us(at), "looks": 1}
        of_one |= {"size_bytes": _SOUND_BYTES, "length_ms": 1000, "peaks": b"\1\2", "key_id": "2027-01.1-00000000"}
        with self.store.write() as connection:
            connection.execute(insert(calls), [of_call | {"id": each} for each in call_ids])
            connection.execute(
                insert(recordings),
                [
                    of_one
                    | {"id": each, "call_id": call_id, "native_key": each, "keyset": _mark(each) + b"rest"}
                    | {"sha256": hashlib.sha256(_sound(each)).hexdigest()}
                    for each, call_id in zip(ids, call_ids, strict=True)
                ],
            )
        made = [
            Made(each, CallId(call_id), self.house.vault.name_of(each, _mark(each)))
            for each, call_id in zip(ids, call_ids, strict=True)
        ]
        for folder in {(self.folder / one.file).parent for one in made}:
            folder.mkdir(parents=True, exist_ok=True)
        for one in made:
            (self.folder / one.file).write_bytes(_sound(one.id))
        return made

    def hold(self, by: Staff, *call_ids: CallId) -> str:
        """Let a live hold keep these calls."""
        return hold_call(self.store, self.clock(), by, *call_ids)

    def release(self, hold_id: str) -> None:
        """Let a hold keep nothing any more."""
        with self.store.write() as connection:
            connection.execute(update(holds).where(holds.c.id == hold_id).values(released_at=to_us(self.clock())))

    def states(self) -> Mapping[str, str]:
        """Return each recording's state."""
        with self.store.read() as connection:
            return {row.id: row.state for row in connection.execute(select(recordings.c.id, recordings.c.state))}

    def stones(self) -> set[str]:
        """Return the ids of what has a tombstone."""
        with self.store.read() as connection:
            return set(connection.scalars(select(tombstones.c.recording_id)))

    def outside(self) -> set[str]:
        """Return the ids of what has a tombstone outside the database."""
        files = self.house.keeping.letting_go._files
        return {
            stone.recording_id for batch in files.batches({}) for stone in batch.stones if isinstance(stone, Tombstone)
        }

    def files(self) -> set[str]:
        """Return the ids of the recordings whose files are there and whole."""
        found = set()
        for path in (self.folder / "recordings").rglob("*.sealed"):
            name = path.name.partition("-")[0]
            assert path.read_bytes() == _sound(RecordingId(name))
            found.add(name)
        return found

    def runs(self, state: PurgeState) -> list[PurgeRun]:
        """Return the runs in this state."""
        with self.store.read() as connection:
            return [run for run in purge_runs.newest(connection, 100) if run.state is state]

    def allow(self, asker: Staff, other: Staff) -> None:
        """Let the braked run go on."""
        (braked,) = self.runs(PurgeState.BRAKED)
        asked = self.house.keeping.retention.ask(asker, braked.id, "保存期間の満了")
        self.house.approvals.approve(asked.id, asked.content_hash, "確認しました", other)


def hold_call(store: Store, at: datetime, by: Staff, *call_ids: CallId) -> str:
    """Let a live hold of a case of its own keep these calls; return the hold."""
    case, made = new_id(at), new_id(at)
    told = {"opened_by": by.user_id, "opened_at": to_us(at), "kind": "legal", "title": "-", "number": case[-16:]}
    kept = {"case_id": case, "reason": "-", "asked_by": "-", "placed_by": by.user_id, "review_on": "2027-01-01"}
    with store.write() as connection:
        connection.execute(insert(cases).values(id=case, **told))
        connection.execute(insert(holds).values(id=made, placed_at=to_us(at), **kept))
        connection.execute(insert(hold_calls), [{"hold_id": made, "call_id": each} for each in call_ids])
    return made


def _mark(recording_id: str) -> bytes:
    return recording_id[-8:].encode()


def _sound(recording_id: str) -> bytes:
    return hashlib.sha512(recording_id.encode()).digest()


@contextmanager
def attic(folder: Path, clock: HandClock, **given: object) -> Iterator[Attic]:
    """Give a site below `folder`."""
    house = House(load(data_dir=folder / "data", **given), clock)
    lay(house.store)
    try:
        yield Attic(house, clock)
    finally:
        house.close()
