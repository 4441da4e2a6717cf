"""A vault with recordings in it, all of them brought in as real ones are, and hands on the keys."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from plugin.core.approvals import ApprovalKind
from plugin.core.calls import Media, RecordingFact
from plugin.core.cases import Case, CaseKind
from plugin.core.errors import Conflict
from plugin.core.holds import Hold
from plugin.core.ids import CaseId, HoldId, RecordingId, new_id
from plugin.core.purposes import beginning
from plugin.core.recordings import Recording
from plugin.core.staff import Role, Staff
from plugin.services.accounts import Accounts, NewUser
from plugin.services.approvals import Approvals
from plugin.services.keyring import Keyring
from plugin.services.letting_go import LettingGo
from plugin.services.retention_plans import Planner
from plugin.store import cases, holds
from plugin.store import recordings as rows
from plugin.store.checkpoints import Signer
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.recordings import recordings
from plugin.store.tombstone_files import TombstoneFiles
from plugin.store.vault import Lock, Vault
from tests.kit.clock import HandClock
from tests.kit.people import Town
from tests.kit.sounds import KEPT_MONTHS, Recorder, tone
from tests.kit.staff import LIGHT, PASSWORD


class Archive:
    """Recordings of calls at chosen instants, and everything that is done with their keys."""

    def __init__(self, store: Store, folder: Path, clock: HandClock) -> None:
        self.store, self.folder, self.clock = store, folder, clock
        self.keys = Keys(folder / "keys")
        self.vault = Vault(folder / "recordings", self.keys)
        self.recorder = Recorder(store, folder, clock, self.vault)
        self.approvals = Approvals(store, clock, {})
        self.accounts = Accounts(store, clock, LIGHT, self.approvals, self.recorder.bus)
        self.tombstones = TombstoneFiles(folder / "checkpoints" / "tombstones", Signer(self.keys))
        self.letting_go = LettingGo(store, self.vault, folder, self.tombstones, clock, lambda: None)
        self.still_kept = Planner(store, clock, beginning(KEPT_MONTHS), ZoneInfo("Asia/Tokyo")).still_kept
        parts = (store, self.keys, self.vault, self.letting_go, clock, self.approvals, self.still_kept)
        self.keyring = Keyring(*parts, lambda: None)

    def record(self, count: int = 1, started_at: datetime | None = None) -> list[RecordingId]:
        """Let so many calls, of this instant unless another is given, have a recording of a second each."""
        at = started_at or self.clock()
        town = Town(self.store, self.clock())
        made = []
        for _ in range(count):
            call_id = town.call()
            name = f"{call_id}.wav"
            fact = RecordingFact(name, name, media=Media.TALK, started_at=at, ended_at=at)
            with self.store.write() as connection:
                rows.note(connection, call_id, "pbx1", [fact], self.clock(), withheld=False, native_call_ids=())
            self.recorder.put(name, tone(1))
            with self.store.read() as connection:
                made.append(rows.of_calls(connection, [call_id])[call_id][0].id)
        assert self.recorder.settle() == count
        return made

    def hire(self, login: str, role: Role) -> Staff:
        """Open an account."""
        user = self.accounts.add(NewUser(login, login, role), PASSWORD, None, is_chosen=True)
        return Staff(user.id, login, login, role, "", None, "ja", f"session of {login}", "192.0.2.7")

    def approved(self, month: str, what: dict[str, str | int | bool | None] | None = None) -> str:
        """Return the id of an approval of shredding `month`."""
        asker, other = (self.hire(f"{name}{self.clock():%H%M%S}", Role.PRIVACY) for name in ("a", "b"))
        asked = self.approvals.ask(ApprovalKind.KEY_SHRED, month, what or self.keyring.due(month), "期間満了", asker)
        self.approvals.approve(asked.id, asked.content_hash, "確認", other)
        return asked.id

    def lock(self, recording_id: RecordingId) -> Lock | None:
        """Return what the row says opens it."""
        with self.store.read() as connection:
            row = connection.execute(select(recordings).where(recordings.c.id == recording_id)).one()
        return Lock(row.keyset, row.key_id) if row.keyset else None

    def sound(self, recording_id: RecordingId, lock: Lock | None = None) -> bytes:
        """Open it with a vault that remembers nothing."""
        opened_by = lock or self.lock(recording_id)
        assert opened_by is not None
        vault = Vault(self.folder / "recordings", Keys(self.folder / "keys"))
        with vault.open(recording_id, opened_by) as sealed:
            return sealed.read(0, sealed.size_bytes)

    def why_shut(self, recording_id: RecordingId, lock: Lock) -> str:
        """Return the word for why it does not open."""
        try:
            self.sound(recording_id, lock)
        except Conflict as error:
            return error.reason
        return "opens"

    def find(self, recording_id: RecordingId) -> Recording:
        """Return the recording as pages see it."""
        with self.store.read() as connection:
            found = rows.find(connection, recording_id)
        assert found is not None
        return found

    def hold(self, recording_id: RecordingId) -> HoldId:
        """Let a hold keep the call of a recording."""
        at, call_id = self.clock(), self.find(recording_id).call_id
        by = self.hire(f"h{at:%H%M%S}", Role.PRIVACY)
        case = Case(CaseId(new_id(at)), "L-2026-0001", CaseKind.LEGAL, "訴訟", by.user_id, at, by.role, by.team)
        made = HoldId(new_id(at))
        told = ("訴訟", "弁護士", by.user_id, by.name, at, at.date() + timedelta(days=30))
        with self.store.write() as connection:
            cases.add(connection, case)
            holds.add(connection, Hold(made, case.id, case.number, *told))
            holds.keep(connection, made, [call_id])
        return made

    def let_go(self, hold_id: HoldId) -> None:
        """Release a hold."""
        with self.store.write() as connection:
            assert holds.release(connection, hold_id, new_id(self.clock()), self.clock())

    def acts(self, prefix: str) -> list[str]:
        """Return the acts in the audit that begin so."""
        with self.store.read() as connection:
            acts = connection.execute(select(audit_lines.c.act).order_by(audit_lines.c.seq)).scalars()
            return [act for act in acts if act.startswith(prefix)]

    def let_time_end(self) -> None:
        """Go to where the time of what was recorded now is over for certain."""
        self.clock.at += timedelta(days=366 + 31)
