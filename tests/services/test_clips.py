"""Training clips: confirmed by somebody else, heard by their circle, erased in time, and no way to their recording."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from plugin.core.access import Purpose
from plugin.core.errors import Denied, InputError, NotFound
from plugin.core.heard import SoundKind
from plugin.core.redaction import RedactionKind
from plugin.services.redaction_forms import ClipForm, CutForm
from plugin.store.tables.consents import notices
from plugin.web.texts import text
from tests.kit.clock import HandClock
from tests.kit.desk import Office
from tests.kit.redactions import SECONDS, CuttingRoom, samples
from tests.kit.site import Place
from tests.kit.sounds import talk
from tests.kit.staff import app_of, browser_of

pytestmark = pytest.mark.needs("ffmpeg")


@pytest.fixture
def room(tmp_path: Path, clock: HandClock) -> Iterator[CuttingRoom]:
    with Place(tmp_path, clock) as place:
        yield CuttingRoom(place, Office(place, clock))


def test_a_clip_is_confirmed_by_somebody_else_heard_by_trainers_and_erased_in_time(room: CuttingRoom) -> None:
    clip = room.clip()
    assert samples(room.file(clip))[0::2][: 4 * 1000] == samples(talk(SECONDS))[0::2][8000:12_000]
    assert room.find(clip).length_ms == 7000
    assert room.redactions.clips(room.trainer) == ()
    for early in (room.trainer, room.kato, room.kubo):
        if early is not room.kubo:
            with pytest.raises(NotFound):
                room.redactions.page(early, clip)
        with pytest.raises(NotFound):
            room.grants.ask(early, clip)
    room.confirmed(clip, room.office.mori, room.kato)
    assert [one.id for one in room.redactions.clips(room.trainer)] == [clip]
    room.hear(room.trainer, clip)
    with pytest.raises(NotFound):
        room.redactions.give_out(room.kubo, clip, "wav")
    for nobody in (room.office.tanaka, room.office.suzuki):
        with pytest.raises(NotFound):
            room.grants.ask(nobody, clip)
    token = room.grants.ask(room.trainer, clip).token
    room.clock.move(days=30)
    with pytest.raises(Denied, match="over"):
        room.playback.open(room.trainer, clip, token)
    assert room.redactions.clips(room.trainer) == ()
    assert room.making.erase() == 1
    assert (room.find(clip).reason, room.on_disk(clip), room.files_left()) == ("clip_expired", 0, 0)


def test_the_wider_circle_of_a_clip_is_all_supervisors(room: CuttingRoom) -> None:
    narrow = room.confirmed(room.clip(), room.office.mori, room.kubo)
    wide = room.confirmed(room.clip(audience="leads"), room.office.mori, room.kubo)
    room.grants.ask(room.kato, wide)
    with pytest.raises(NotFound):
        room.grants.ask(room.kato, narrow)
    with pytest.raises(Denied):
        room.redactions.clips(room.office.tanaka)


def test_a_clip_is_made_of_the_own_teams_recordings_and_for_no_longer_than_its_purpose(room: CuttingRoom) -> None:
    form = CutForm((), "bleep", "0", "5000")
    for actor in (room.kato, room.hara, room.trainer, room.office.tanaka):
        with pytest.raises(NotFound):
            room.redactions.ask_for_clip(actor, room.recording, form, ClipForm("手本", "trainers", "30"))
    until = room.redactions.editor(room.office.mori, room.recording, RedactionKind.CLIP).until
    assert until is not None
    for title, audience, days in (("", "trainers", "30"), ("手本", "everybody", "30"), ("手本", "leads", "400")):
        with pytest.raises(InputError):
            room.redactions.ask_for_clip(room.office.mori, room.recording, form, ClipForm(title, audience, days))
    longest = (until - room.clock()).days + 1
    asked = room.redactions.ask_for_clip(
        room.office.mori, room.recording, form, ClipForm("手本", "leads", str(longest))
    )
    clip = room.find(asked).clip
    assert clip is not None
    assert clip.expires_at == until
    for stretch in (("0", "500"), ("5000", "1000"), ("0", "99999"), ("", "5000"), ("-1", "5000")):
        with pytest.raises(InputError, match="stretch"):
            room.redactions.ask_for_clip(
                room.office.mori, room.recording, CutForm((), "bleep", *stretch), ClipForm("手本", "leads", "3")
            )


def test_a_clip_that_is_ordered_twice_is_made_once(room: CuttingRoom) -> None:
    form, clip = CutForm(("1500-2500:customer",), "bleep", "1000", "8000"), ClipForm("挨拶の手本", "trainers", "30")

    def order(clip: ClipForm = clip, form: CutForm = form) -> str:
        room.clock.move(seconds=1)
        return room.redactions.ask_for_clip(room.office.mori, room.recording, form, clip)

    first = order()
    assert order() == first
    assert room.making.make() == 1
    assert order() == first
    others = {
        order(ClipForm("挨拶の手本", "leads", "30")),
        order(ClipForm("挨拶の手本", "trainers", "29")),
        order(ClipForm("謝罪の手本", "trainers", "30")),
        order(form=CutForm(form.ranges, "bleep", "1000", "9000")),
    }
    assert len(others | {first}) == 5
    room.clock.move(days=2)  # it would end two days before what is ordered now
    assert order() not in others | {first}


def test_a_grant_of_a_copy_opens_nothing_of_its_recording_nor_the_other_way(room: CuttingRoom) -> None:
    clip = room.confirmed(room.clip(), room.office.mori, room.kubo)
    token = room.grants.ask(room.trainer, clip).token
    with pytest.raises(NotFound):
        room.house.playback.open(room.trainer, room.recording, token)
    with pytest.raises(NotFound):
        room.playback.open(room.trainer, room.recording, token)
    with pytest.raises(NotFound):
        room.house.grants.page(room.trainer, clip)
    with pytest.raises(NotFound):
        room.playback.open(room.kubo, clip, token)


def _untold(room: CuttingRoom) -> None:
    """Let it be found out that the caller heard no notice."""
    with room.house.store.write() as connection:
        connection.execute(insert(notices).values(call_id=room.past, notice="not_played"))


def test_a_call_without_notice_becomes_no_clip(room: CuttingRoom) -> None:
    _untold(room)
    with pytest.raises(NotFound):
        room.clip()
    with pytest.raises(NotFound):
        room.redactions.editor(room.office.mori, room.recording, RedactionKind.CLIP)


def test_a_clip_falls_silent_where_it_is_found_out_later_that_there_was_no_notice(room: CuttingRoom) -> None:
    waiting, clip = room.clip(), room.confirmed(room.clip(days="60"), room.office.mori, room.kubo)
    seen = room.hand_over(waiting, room.office.mori)
    room.hear(room.kubo, waiting)
    token = room.grants.ask(room.trainer, clip).token
    room.playback.open(room.trainer, clip, token)
    _untold(room)
    with pytest.raises(Denied, match="over"):
        room.playback.open(room.trainer, clip, token)
    with pytest.raises(NotFound):
        room.grants.ask(room.trainer, clip)
    with pytest.raises(NotFound):
        room.redactions.confirm(room.kubo, waiting, seen, "確認した")


def test_an_operator_sees_who_heard_copies_of_the_own_calls_and_of_which_kind(room: CuttingRoom) -> None:
    audit, office = room.house.audits.whole, room.office
    clip, copy = room.clip(), room.cut(room.case(room.past))
    room.hear(room.kubo, copy, 3000)
    assert [one.kind for one in audit.listenings_to(office.tanaka)] == [SoundKind.CASE]
    room.confirmed(clip, office.mori, room.kato)
    heard = audit.listenings_to(office.tanaka)
    assert [(one.call_id, one.listener, one.kind, one.purpose, one.heard_ms) for one in heard] == [
        (room.past, "加藤 明", SoundKind.CLIP, Purpose.TRAINING, 7000),
        (room.past, "久保 健", SoundKind.CASE, Purpose.LEGAL, 3000),
    ]
    assert audit.listenings_to(office.mori) == ()
    page = browser_of(app_of(room.house), room.house, room.house.accounts.find("tanaka")).get("/account").text
    for kind in (SoundKind.CASE, SoundKind.CLIP):
        assert text("ja", f"account.listeners.what.{kind}") in page
