"""A gate with its people: what callers proved and who is signed in are set by hand, the rest is real."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, select, update

from plugin.core.call_json import write_call
from plugin.core.calls import Media, RecordingFact, RecordingGap
from plugin.core.errors import NotSignedIn
from plugin.core.grants import ListeningRules
from plugin.core.identity import Level
from plugin.core.ids import CallId, CustomerId, RecordingId, new_id
from plugin.core.purposes import beginning
from plugin.core.staff import Staff
from plugin.core.times import to_us
from plugin.services.grants import Grants
from plugin.services.playback import Playback
from plugin.store import calls as call_rows
from plugin.store import playback as playback_rows
from plugin.store import recordings as rows
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls
from plugin.store.tables.identity import verifications
from plugin.store.vault import Vault
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.people import Town
from tests.kit.sounds import Recorder, read_sound, seal, tone


class HandSessions:
    """Who is signed in, and as what, set by hand."""

    def __init__(self) -> None:
        self.ended: set[str] = set()
        self.now: dict[str, Staff] = {}
        self.proved = True

    def still(self, staff: Staff) -> Staff:
        if staff.session_hash in self.ended:
            raise NotSignedIn("ended")
        return self.now.get(staff.user_id, staff)

    def is_proved(self, staff: Staff) -> bool:
        return self.proved


class Gate:
    """The listening services over one store, with hands on everything around them."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        clock: HandClock,
        vault: Vault | None = None,
        approval: timedelta = timedelta(0),
    ) -> None:
        self.store, self.clock = store, clock
        self.recorder = Recorder(store, folder, clock, vault)
        self.sessions = HandSessions()
        self.rules = ListeningRules(timedelta(minutes=30), timedelta(minutes=10), approval=approval)
        self.renew()

    def renew(self) -> None:
        """Build the services anew, as a new process does."""
        self.grants = Grants(self.store, self.clock, self.sessions, self.rules, beginning(12))
        self.playback = Playback(self.store, self.recorder.vault, self.clock, self.grants)

    def record(self, call_id: CallId, seconds: float = 30) -> RecordingId:
        """Let the call have a recording, and bring it in."""
        name = f"{call_id}.wav"
        fact = RecordingFact(name, name, media=Media.TALK, started_at=self.clock(), ended_at=self.clock())
        with self.store.write() as connection:
            rows.note(connection, call_id, "pbx1", [fact], self.clock(), withheld=False, native_call_ids=())
        self.recorder.put(name, tone(seconds))
        self.recorder.recordings.collect()
        self.clock.move(seconds=1)
        assert self.recorder.recordings.collect() == 1
        with self.store.read() as connection:
            return rows.of_calls(connection, [call_id])[call_id][0].id

    def pause(self, call_id: CallId, *seconds: tuple[float, float]) -> None:
        """Let the call's record tell of pauses of its one recording, in seconds from its beginning."""
        pause(self.store, call_id, f"{call_id}.wav", *seconds)

    def verify(self, staff: Staff, customer_id: CustomerId, level: Level) -> CallId:
        """Let a caller be verified by `staff` as this customer, in a call that goes on; return that call."""
        call_id = Town(self.store, self.clock()).call(customer_id, taken_by=staff, ended=False)
        with self.store.write() as connection:
            connection.execute(
                insert(verifications).values(
                    id=new_id(self.clock()),
                    call_id=call_id,
                    customer_id=customer_id,
                    user_id=staff.user_id,
                    session_hash=staff.session_hash,
                    state="passed",
                    level=level,
                    caller_role="self",
                    tries_used=0,
                    tries_allowed=2,
                    proved_items="",
                    started_at=to_us(self.clock()),
                    decided_at=to_us(self.clock()),
                    expires_at=to_us(self.clock() + timedelta(hours=2)),
                    overridden=0,
                )
            )
        return call_id

    def end_verifications(self) -> None:
        """End every verification."""
        with self.store.write() as connection:
            connection.execute(update(verifications).values(state="ended"))

    def hang_up(self, call_id: CallId) -> None:
        """End a call now."""
        with self.store.write() as connection:
            ended = {"state": "ended", "ended_at": to_us(self.clock())}
            connection.execute(update(calls).where(calls.c.id == call_id).values(ended))

    def play(self, actor: Staff, recording_id: str, token: str, start: int = 0, length: int = 1000) -> bytes:
        """Play a range to its end."""
        opened = self.playback.open(actor, recording_id, token)
        with closing(self.playback.play(actor, opened, start, min(length, opened.size_bytes - start))) as sound:
            return b"".join(sound)

    def granted(self, token_hash: str) -> playback_rows.Granted | None:
        """Return the stored grant."""
        with self.store.read() as connection:
            return playback_rows.granted(connection, token_hash)

    def acts(self) -> list[str]:
        """Return what the audit says of listening, in order."""
        with self.store.read() as connection:
            lines = connection.execute(select(audit_lines.c.act).order_by(audit_lines.c.seq)).scalars()
            return [act for act in lines if act.startswith("listen.")]


def signed_in_elsewhere(staff: Staff) -> Staff:
    """Return the same person in another browser."""
    return replace(staff, session_hash="another session")


def pause(store: Store, call_id: CallId, native: str, *seconds: tuple[float, float]) -> None:
    """Let the call's record tell of pauses of its one recording, whose native id is `native`."""
    with store.write() as connection:
        kept = call_rows.one(connection, call_id)
        (recording,) = rows.of_calls(connection, [call_id])[call_id]
        assert kept is not None
        began = recording.started_at
        gaps = tuple(RecordingGap(began + timedelta(seconds=a), began + timedelta(seconds=b)) for a, b in seconds)
        fact = RecordingFact(native, started_at=began, gaps=gaps)
        record = write_call(replace(kept.call, recordings=(fact,)))
        connection.execute(update(calls).where(calls.c.id == call_id).values(record=record))


def bring_in(house: House, call_id: CallId, sound: bytes) -> RecordingId:
    """Let a call of a whole site have this recording, a WAVE file, as if its import were just done."""
    at = house.clock()
    fact = RecordingFact(call_id, None, media=Media.TALK, started_at=at, ended_at=at)
    with house.store.write() as connection:
        rows.note(connection, call_id, "pbx1", [fact], at, withheld=False, native_call_ids=())
    with house.store.write() as connection:
        (due,) = [each for each in rows.due(connection, at, 50) if each.call_id == call_id]
        assert rows.claim(connection, due, at)
        audio, data = read_sound(sound)
        assert rows.make_ready(connection, due.id, at, audio, seal(house.vault, due.id, data), at)
    return due.id
