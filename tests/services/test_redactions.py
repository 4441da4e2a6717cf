"""Copies with ranges cut out: made and proved, heard whole by somebody else, given out for an open case alone."""

import io
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from connectors.recordings.cutting import SoundCutter
from plugin.core.consent import Wish
from plugin.core.errors import Conflict, Denied, InputError, LimitReached, NotFound
from plugin.core.heard import SoundKind
from plugin.core.ids import RedactionId
from plugin.core.redaction import Form, RedactionKind, RedactionState
from plugin.core.staff import Role
from plugin.services.redaction_forms import CutForm
from plugin.store import consents, derivatives, holds
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.consents import notices
from plugin.store.tables.recordings import recordings
from plugin.store.tables.redactions import redactions
from tests.kit.clock import HandClock
from tests.kit.desk import Office, seat
from tests.kit.disclosures import Bureau
from tests.kit.redactions import NAMES, SECONDS, CuttingRoom, samples
from tests.kit.site import Place
from tests.kit.sounds import talk

pytestmark = pytest.mark.needs("ffmpeg")


@pytest.fixture
def room(tmp_path: Path, clock: HandClock) -> Iterator[CuttingRoom]:
    with Place(tmp_path, clock) as place:
        yield CuttingRoom(place, Office(place, clock))


def _acts(room: CuttingRoom) -> list[str]:
    with room.house.store.read() as connection:
        lines = connection.execute(select(audit_lines.c.act).order_by(audit_lines.c.seq)).scalars()
        return [act for act in lines if act.startswith("redaction.")]


def test_a_copy_is_silent_inside_and_the_same_outside_in_both_forms(room: CuttingRoom) -> None:
    copy = room.cut(room.case(room.past))
    found = room.find(copy)
    assert (found.state, found.length_ms, found.channels) == (RedactionState.MADE, SECONDS * 1000, 2)
    assert len(found.lanes) == 2
    was, now = samples(talk(SECONDS)), samples(room.file(copy))
    inside = slice(2 * 8000, 2 * 20_000)
    assert not any(now[inside])
    assert any(was[inside])
    assert (now[:16_000], now[2 * 36_000 :]) == (was[:16_000], was[2 * 36_000 :])
    source = SoundCutter()
    assert source.form_of(io.BytesIO(room.file(copy))).frames == SECONDS * 8000
    assert room.file(copy, Form.FLAC)[:4] == b"fLaC"
    assert room.files_left() == 2
    assert _acts(room) == ["redaction.asked", "redaction.made"]


def test_a_copy_is_made_for_an_open_case_that_the_call_belongs_to_and_by_a_privacy_officer(room: CuttingRoom) -> None:
    case, elsewhere = room.case(room.past), room.case()
    form = CutForm(("0-1000:person",), "silence")
    for actor in (room.office.mori, room.office.tanaka, room.trainer):
        with pytest.raises(NotFound):
            room.redactions.ask_for_case(actor, room.recording, case.id, form)
    for wrong in (elsewhere.id, "", "0" * 26):
        with pytest.raises(Conflict, match="not_in_case"):
            room.redactions.ask_for_case(room.hara, room.recording, wrong, form)
    for bad in (CutForm(("0-99999:person",), "silence"), CutForm((), "music")):
        with pytest.raises(InputError):
            room.redactions.ask_for_case(room.hara, room.recording, case.id, bad)
    room.close(case)
    with pytest.raises(NotFound):
        room.redactions.ask_for_case(room.hara, room.recording, case.id, form)
    assert _acts(room) == []


def test_the_two_who_work_on_a_disclosure_cut_for_it_and_its_file_knows(tmp_path: Path, clock: HandClock) -> None:
    with Place(tmp_path, clock) as place:
        bureau = Bureau(place, Office(place, clock))
        recording, other = bureau.record(), seat(place.staff("other", "他の人", role=Role.PRIVACY))
        case_id = bureau.found()
        parts, form = bureau.house.keeping.redacting, CutForm(("0-500:person",), "silence")
        for nobody in (other, bureau.kubo):
            with pytest.raises(NotFound):
                parts.redactions.ask_for_case(nobody, recording, case_id, form)
        copy = parts.redactions.ask_for_case(bureau.hara, recording, case_id, form)
        assert parts.making.make() == 1
        bureau.disclosures.join(bureau.kubo, case_id, "second")
        parts.redactions.editor(bureau.kubo, recording, RedactionKind.CASE)
        assert bureau.file(case_id).redacted == frozenset()
        with place.house.store.write() as connection:
            connection.execute(update(redactions).values(state="confirmed"))
        assert bureau.file(case_id).redacted == {recording}
        assert [one.id for one in parts.redactions.of_case(other, case_id)] == [copy]


def test_nobody_tries_for_ever(room: CuttingRoom) -> None:
    case = room.case(room.past)
    tries = [CutForm((f"{start}-2000:person",), "silence") for start in range(21)]
    for one in tries[:20]:
        room.redactions.ask_for_case(room.hara, room.recording, case.id, one)
    with pytest.raises(LimitReached):
        room.redactions.ask_for_case(room.hara, room.recording, case.id, tries[20])


def test_a_copy_that_is_ordered_twice_is_made_once(room: CuttingRoom) -> None:
    case, form, ask = room.case(room.past), CutForm(NAMES, "silence"), room.redactions.ask_for_case
    first = ask(room.hara, room.recording, case.id, form)
    assert ask(room.hara, room.recording, case.id, form) == first
    forms = (CutForm(NAMES, "bleep"), CutForm(NAMES[:1], "silence"))
    others = {ask(room.hara, room.recording, case.id, one) for one in forms}
    others.add(ask(room.kubo, room.recording, case.id, form))
    others.add(ask(room.hara, room.recording, room.case(room.past).id, form))
    assert len(others | {first}) == 5
    room.redactions.give_up(room.hara, first)
    assert ask(room.hara, room.recording, case.id, form) not in others | {first}


def test_a_second_person_confirms_what_he_heard_whole_and_it_goes_out(room: CuttingRoom) -> None:
    case = room.case(room.past)
    copy = room.cut(case)
    with pytest.raises(Conflict, match="not_confirmed"):
        room.redactions.give_out(room.hara, copy, "flac")
    seen = room.hand_over(copy, room.hara)
    room.hear(room.hara, copy)
    with pytest.raises(Denied, match="same_person"):
        room.redactions.confirm(room.hara, copy, seen, "自分で")
    with pytest.raises(Conflict, match="not_heard_whole"):
        room.redactions.confirm(room.kubo, copy, seen, "聞かずに")
    room.hear(room.kubo, copy, 8000)
    with pytest.raises(Conflict, match="not_heard_whole"):
        room.redactions.confirm(room.kubo, copy, seen, "途中まで")
    assert not room.redactions.page(room.kubo, copy).is_heard
    room.hear(room.kubo, copy)
    assert room.redactions.page(room.kubo, copy).is_heard
    with pytest.raises(Conflict, match="approval_changed"):
        room.redactions.confirm(room.kubo, copy, "0" * 64, "別の内容")
    room.redactions.confirm(room.kubo, copy, seen, "全て聞いた")
    found = room.find(copy)
    assert (found.state, found.confirmed_by, found.confirmed_by_name) == (
        RedactionState.CONFIRMED,
        room.kubo.user_id,
        "久保 健",
    )
    for form in Form:
        given = room.redactions.give_out(room.hara, copy, form)
        assert b"".join(given.body) == room.file(copy, form)
        assert given.name.startswith(case.number)
        assert given.name.endswith(f".{form}")
    assert _acts(room) == [
        *("redaction.asked", "redaction.made", "redaction.confirmed"),
        *("redaction.exported", "redaction.exported"),
    ]
    room.close(case)
    with pytest.raises(NotFound):
        room.redactions.give_out(room.hara, copy, "flac")
    with pytest.raises(NotFound):
        room.grants.ask(room.kubo, copy)


def test_what_a_player_says_is_not_believed_faster_than_it_can_be_heard(room: CuttingRoom) -> None:
    copy = room.cut(room.case(room.past))
    seen = room.hand_over(copy, room.hara)
    room.hear(room.kubo, copy, waits=False)
    with pytest.raises(Conflict, match="not_heard_whole"):
        room.redactions.confirm(room.kubo, copy, seen, "早送り")
    room.clock.move(seconds=SECONDS / 2)
    room.redactions.confirm(room.kubo, copy, seen, "倍速で聞いた")


def test_only_who_cuts_for_cases_gets_a_file_and_only_in_a_form_there_is(room: CuttingRoom) -> None:
    copy = room.confirmed(room.cut(room.case(room.past)), room.hara, room.kubo)
    for actor in (room.office.mori, room.office.tanaka, room.trainer):
        with pytest.raises(NotFound):
            room.redactions.give_out(actor, copy, "flac")
        with pytest.raises(NotFound):
            room.redactions.page(actor, copy)
        with pytest.raises(NotFound):
            room.grants.ask(actor, copy)
    with pytest.raises(InputError):
        room.redactions.give_out(room.hara, copy, "mp3")
    with pytest.raises(NotFound):
        room.redactions.give_out(room.hara, "0" * 26, "flac")


def test_nothing_of_a_call_whose_caller_declined_later_is_heard_confirmed_or_given_out(room: CuttingRoom) -> None:
    case = room.case(room.past)
    copy, waiting = room.confirmed(room.cut(case), room.hara, room.kubo), room.cut(case)
    seen = room.hand_over(waiting, room.hara)
    room.hear(room.kubo, waiting)
    token = room.grants.ask(room.kubo, copy).token
    with room.house.store.write() as connection:
        connection.execute(insert(notices).values(call_id=room.past, notice="not_played"))
    room.playback.open(room.kubo, copy, token)
    with pytest.raises(NotFound):
        room.redactions.give_out(room.hara, copy, "flac")  # heard for its case, and given to nobody outside
    with room.house.store.write() as connection:
        connection.execute(update(notices).values(notice="played"))
        consents.set_wish(connection, room.past, Wish(True, room.clock()), room.hara.user_id)
    with pytest.raises(Denied, match="over"):
        room.playback.open(room.kubo, copy, token)
    with pytest.raises(NotFound):
        room.grants.ask(room.kubo, copy)
    with pytest.raises(NotFound):
        room.redactions.confirm(room.kubo, waiting, seen, "確認した")
    with pytest.raises(NotFound):
        room.redactions.give_out(room.hara, copy, "flac")
    assert "redaction.exported" not in _acts(room)


def test_the_case_knows_what_is_confirmed_for_it(room: CuttingRoom) -> None:
    case = room.case(room.past)
    copy = room.cut(case)
    assert [one.id for one in room.redactions.of_case(room.kubo, case.id)] == [copy]
    room.confirmed(copy, room.hara, room.kubo)
    assert room.redactions.cuts(room.kubo)[0].state is RedactionState.CONFIRMED
    with pytest.raises(Denied):
        room.redactions.cuts(room.office.mori)


def test_a_copy_that_the_second_person_refuses_is_erased(room: CuttingRoom) -> None:
    copy = room.cut(room.case(room.past))
    seen = room.hand_over(copy, room.hara)
    room.redactions.refuse(room.kubo, copy, seen, "住所が残っている")
    with pytest.raises(NotFound):
        room.grants.ask(room.hara, copy)
    assert room.making.erase() == 1
    found = room.find(copy)
    assert (found.state, found.reason, room.files_left(), room.on_disk(copy)) == (
        RedactionState.GONE,
        "refused",
        0,
        0,
    )
    assert found.ranges  # what to go on from
    again = room.redactions.editor(room.hara, room.recording, RedactionKind.CASE, before=copy)
    assert again.before is not None
    assert again.before.ranges == found.ranges


def test_who_made_it_gives_up_what_nobody_confirmed(room: CuttingRoom) -> None:
    case = room.case(room.past)
    copy = room.cut(case)
    room.redactions.give_up(room.hara, copy)
    room.making.erase()
    assert (room.find(copy).state, room.on_disk(copy)) == (RedactionState.GONE, 0)
    kept = room.confirmed(room.cut(case), room.hara, room.kubo)
    with pytest.raises(Conflict, match="confirmed"):
        room.redactions.give_up(room.hara, kept)


def _held(room: CuttingRoom) -> None:
    case = room.case(room.past)
    with room.house.store.write() as connection:
        day = room.clock().date() + timedelta(days=30)
        placed = room.house.keeping.holds.place_in(connection, room.hara, case, "訴訟", "弁護士", day)
        holds.keep(connection, placed.id, [room.past])


def test_a_hold_keeps_a_copy_too(room: CuttingRoom) -> None:
    copy, clip = room.cut(room.case(room.past)), room.clip()
    _held(room)
    with pytest.raises(Conflict, match="on_hold"):
        room.redactions.give_up(room.hara, copy)
    room.clock.move(days=31)
    assert room.making.erase() == 0
    assert (room.on_disk(clip), room.find(clip).state) == (2, RedactionState.MADE)
    with pytest.raises(NotFound):
        room.grants.ask(room.office.mori, clip)


def test_an_expired_recording_takes_its_copies_with_it_and_none_is_made_of_it(room: CuttingRoom) -> None:
    case = room.case(room.past)
    waiting = room.redactions.ask_for_case(room.hara, room.recording, case.id, CutForm((), "silence"))
    with room.house.store.write() as connection:
        gone = {"keyset": None, "key_id": None, "state": "expired"}
        connection.execute(update(recordings).values(gone))
    assert room.making.make() == 1
    assert (room.find(waiting).state, room.find(waiting).reason) == (RedactionState.FAILED, "recording_gone")


def test_a_damaged_recording_gives_no_copy_and_leaves_nothing(room: CuttingRoom) -> None:
    case = room.case(room.past)
    waiting = room.redactions.ask_for_case(room.hara, room.recording, case.id, CutForm((), "silence"))
    (file,) = (room.house.settings.data_dir / "recordings").rglob(f"{room.recording}-*.sealed")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    assert room.making.make() == 1
    assert (room.find(waiting).state, room.find(waiting).reason) == (RedactionState.FAILED, "corrupt")
    assert (room.on_disk(waiting), room.files_left()) == (0, 0)


class _Careless(SoundCutter):
    """A cutter that forgets what it was asked to cut."""

    def cut(self, source, plan, write):  # type: ignore[no-untyped-def]
        from dataclasses import replace

        return super().cut(source, replace(plan, cuts=()), write)


def test_a_copy_that_cannot_be_proved_is_never_there(room: CuttingRoom) -> None:
    case = room.case(room.past)
    waiting = room.redactions.ask_for_case(room.hara, room.recording, case.id, CutForm(("0-1000:person",), "silence"))
    room.making._cutter = _Careless()
    assert room.making.make() == 1
    assert (room.find(waiting).state, room.find(waiting).reason) == (RedactionState.FAILED, "not_proved")
    assert (room.on_disk(waiting), room.files_left()) == (0, 0)


def test_what_a_worker_that_died_left_is_swept_and_made_anew(room: CuttingRoom) -> None:
    case = room.case(room.past)
    asked = room.redactions.ask_for_case(room.hara, room.recording, case.id, CutForm((), "silence"))
    place = room.house.vault.place_of(asked, b"12345678")  # type: ignore[arg-type]
    place.parent.mkdir(parents=True, exist_ok=True)
    for name in (place, place.with_suffix(".part")):
        name.write_bytes(b"half")
    assert room.making.make() == 1
    assert room.on_disk(asked) == 2
    assert room.making.make() == 0


def test_files_of_a_copy_that_went_in_the_middle_of_a_kill_go_at_the_next_turn(room: CuttingRoom) -> None:
    copy = room.cut(room.case(room.past))
    room.redactions.give_up(room.hara, copy)
    with room.house.store.read() as connection:
        left = derivatives.of_gone(connection, 10)
    assert len(left) == 2
    room.house.vault.drop(left[0].id, left[0].lock)  # killed here
    room.making.erase()
    assert (room.on_disk(copy), room.files_left()) == (0, 0)


def test_a_copy_is_asked_about_once_and_can_be_asked_about_again(room: CuttingRoom) -> None:
    copy = room.cut(room.case(room.past))
    room.hand_over(copy, room.hara)
    with pytest.raises(Conflict, match="asked_already"):
        room.hand_over(copy, room.hara)
    for other in (room.kubo, room.office.mori):
        with pytest.raises(NotFound):
            room.redactions.hand_over(other, copy, "代わりに")
    room.clock.move(days=15)
    room.hand_over(copy, room.hara)


def test_a_damaged_copy_is_noted(room: CuttingRoom) -> None:
    copy = room.cut(room.case(room.past))
    token = room.grants.ask(room.hara, copy).token
    file = next((room.house.settings.data_dir / "recordings").rglob(f"{copy}-*.sealed"))
    file.write_bytes(file.read_bytes()[:-1])
    opened = room.playback.open(room.hara, copy, token)
    with pytest.raises(Conflict, match="corrupt"):
        room.playback.play(room.hara, opened, 0, 1000)
    assert (room.find(copy).state, room.find(copy).reason) == (RedactionState.FAILED, "copy_damaged")
    with pytest.raises(Denied):
        room.playback.open(room.hara, copy, token)


def test_a_revoked_grant_ends_in_the_middle(room: CuttingRoom) -> None:
    copy = room.cut(room.case(room.past))
    token = room.grants.ask(room.hara, copy).token
    room.grants.revoke(room.hara, copy, token)
    with pytest.raises(Denied):
        room.playback.open(room.hara, copy, token)
    assert room.grants.live(room.hara, copy, token) is None
    assert RedactionId("nobody") not in {one.id for one in room.redactions.cuts(room.hara)}


def test_who_may_hear_a_copy_or_a_clip_is_seen_and_ended_in_the_middle_of_its_stream(room: CuttingRoom) -> None:
    case = room.case(room.past)
    copy, clip = room.cut(case), room.clip()
    listening, tokens = room.house.listening, [room.grants.ask(room.hara, copy).token]
    room.clock.move(seconds=1)
    tokens.append(room.grants.ask(room.office.mori, clip).token)
    of_clip, of_copy = listening.live(room.kubo)
    assert (of_clip.kind, str(of_clip.sound_id), of_clip.title) == (SoundKind.CLIP, clip, "挨拶の手本")
    assert (of_copy.kind, of_copy.listener, of_copy.basis) == (SoundKind.CASE, "原 直美", f"case:{case.number}")
    for actor, sound_id, token, live in (
        (room.hara, copy, tokens[0], of_copy),
        (room.office.mori, clip, tokens[1], of_clip),
    ):
        opened = room.playback.open(actor, sound_id, token)
        with closing(room.playback.play(actor, opened, 0, opened.size_bytes)) as sound:
            assert next(sound)
            with pytest.raises(Denied, match="role"):
                listening.end(room.office.mori, live.hash)
            listening.end(room.kubo, live.hash)
            room.clock.move(seconds=1)
            assert list(sound) == []
        with pytest.raises(Denied, match="over"):
            room.playback.open(actor, sound_id, token)
        with pytest.raises(NotFound):
            listening.end(room.kubo, live.hash)
    assert listening.live(room.kubo) == ()
