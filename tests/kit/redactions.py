"""A bureau whose recording is cut: two privacy officers with an open case, two supervisors, a trainer."""

from array import array

from connectors.recordings import wave
from plugin.core.cases import Case, CaseKind
from plugin.core.ids import CallId, RecordingId, RedactionId
from plugin.core.redaction import Form, Redaction
from plugin.core.staff import Role, Staff
from plugin.services.playback import Playback
from plugin.services.redaction_forms import ClipForm, CutForm
from plugin.services.redaction_grants import RedactionGrants
from plugin.store import cases as case_rows
from plugin.store import derivatives, redaction_grants, redactions
from tests.kit.desk import Office, seat
from tests.kit.listening import HandSessions, bring_in
from tests.kit.site import Place
from tests.kit.sounds import talk

SECONDS = 12
NAMES = ("1000-2500:person", "4000-4500:account")


class CuttingRoom:
    """`past`: a recorded call of twelve seconds, of tanaka's, whom `mori` leads; `kato` leads another team."""

    def __init__(self, place: Place, office: Office) -> None:
        self.place, self.office, self.house, self.clock = place, office, place.house, office.clock
        self.hara = seat(place.staff("hara", "原 直美", role=Role.PRIVACY))
        self.kubo = seat(place.staff("kubo", "久保 健", role=Role.PRIVACY))
        self.kato = seat(place.staff("kato", "加藤 明", role=Role.SUPERVISOR, team="sales"))
        self.trainer = seat(place.staff("oda", "小田 研", role=Role.TRAINER))
        self.past = office.past_call("09012345678", office.hanako)
        self.recording = bring_in(self.house, self.past, talk(SECONDS))
        self.redactions, self.making = self.house.keeping.redacting.redactions, self.house.keeping.redacting.making
        self.sessions = HandSessions()
        self.grants = RedactionGrants(self.house.store, self.clock, self.sessions, self.house.keeping.begun)
        self.playback = Playback(self.house.store, self.house.vault, self.clock, self.grants, redaction_grants)

    def case(self, *call_ids: CallId) -> Case:
        """Open a case with these calls."""
        with self.house.store.write() as connection:
            case = self.house.keeping.cases.open_in(connection, CaseKind.LEGAL, "訴訟への対応", self.hara)
            for each in call_ids:
                case_rows.add_call(connection, case.id, each, self.hara.user_id, self.clock(), "日時が合う")
        return case

    def close(self, case: Case) -> None:
        """Close a case."""
        with self.house.store.write() as connection:
            self.house.keeping.cases.close_in(connection, case, "done", self.hara)

    def cut(self, case: Case, *ranges: str, hush: str = "silence", by: Staff | None = None) -> RedactionId:
        """Let a copy be made for the case."""
        asked = self.redactions.ask_for_case(by or self.hara, self.recording, case.id, CutForm(ranges or NAMES, hush))
        assert self.making.make() == 1
        return asked

    def clip(self, *ranges: str, by: Staff | None = None, audience: str = "trainers", days: str = "30") -> RedactionId:
        """Let a clip be made of the seconds from the first to the eighth."""
        form = CutForm(ranges or ("1500-2500:customer",), "bleep", "1000", "8000")
        maker = by or self.office.mori
        asked = self.redactions.ask_for_clip(maker, self.recording, form, ClipForm("挨拶の手本", audience, days))
        assert self.making.make() == 1
        return asked

    def find(self, redaction_id: RedactionId) -> Redaction:
        """Return the copy as it is."""
        with self.house.store.read() as connection:
            found = redactions.find(connection, redaction_id)
        assert found is not None
        return found

    def file(self, redaction_id: RedactionId, form: Form = Form.WAV) -> bytes:
        """Return what the vault gives of the copy."""
        with self.house.store.read() as connection:
            (kept,) = [one for one in derivatives.of_redaction(connection, redaction_id) if one.form is form]
        with self.house.vault.open(kept.id, kept.lock) as sealed:
            return sealed.read(0, sealed.size_bytes)

    def files_left(self, recording_id: RecordingId | None = None) -> int:
        """Return how many files were made of the recording and are known."""
        with self.house.store.read() as connection:
            return len(derivatives.of_recording(connection, recording_id or self.recording))

    def on_disk(self, redaction_id: RedactionId) -> int:
        """Return how many files of the copy lie in the vault."""
        folder = self.house.settings.data_dir / "recordings"
        return len(list(folder.rglob(f"{redaction_id[:-1]}*")))

    def hear(self, actor: Staff, redaction_id: RedactionId, to_ms: int | None = None, *, waits: bool = True) -> str:
        """Let somebody hear the copy to here, at the speed at which it was said; return his token."""
        length_ms = self.find(redaction_id).length_ms
        token = self.grants.ask(actor, redaction_id).token
        opened = self.playback.open(actor, redaction_id, token)
        sound = self.playback.play(actor, opened, 0, opened.size_bytes)
        assert sum(map(len, sound)) == opened.size_bytes
        if waits:
            self.clock.move(seconds=length_ms // 1000 + 1)
        self.playback.heard(actor, redaction_id, token, 0, length_ms if to_ms is None else to_ms)
        return token

    def hand_over(self, redaction_id: RedactionId, by: Staff) -> str:
        """Ask for a second listener; return the hash of what is asked."""
        self.redactions.hand_over(by, redaction_id, "確認をお願いします")
        seen = self.redactions.page(by, redaction_id).approval
        assert seen is not None
        return seen.content_hash

    def confirmed(self, redaction_id: RedactionId, maker: Staff, second: Staff) -> RedactionId:
        """Bring a copy to its end: handed over, heard whole by somebody else, and confirmed."""
        seen = self.hand_over(redaction_id, maker)
        self.hear(second, redaction_id)
        self.redactions.confirm(second, redaction_id, seen, "全て聞いて確認した")
        return redaction_id


def samples(sound: bytes) -> "array[int]":
    """Return the samples of a WAVE file of ours."""
    return array("h", sound[wave.HEAD_BYTES :])
