"""What an import makes of a recording before it has looked at the file, and names that leak no number."""

import itertools
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from plugin.core.calls import Media
from plugin.core.recordings import (
    AWAITED,
    BEGINNINGS,
    PLAYABLE,
    Mover,
    RecordingState,
    before,
    key_month,
    look_again_after,
    may_become,
    state_without_import,
    uri_without_number,
)

DOCS = Path(__file__).parents[2] / "docs"
ROWLESS = {RecordingState.NONE}


@pytest.mark.parametrize(
    ("media", "answered", "state"),
    [
        (Media.TALK, True, None),
        (None, True, None),
        (Media.DAMAGED, True, None),
        (None, False, RecordingState.WAITING_ONLY),
        (Media.WAITING_ONLY, True, RecordingState.WAITING_ONLY),
        (Media.EMPTY, True, RecordingState.EMPTY),
        (Media.TALK, False, None),
    ],
)
def test_only_what_may_hold_a_conversation_is_fetched(
    media: Media | None, answered: bool, state: RecordingState | None
) -> None:
    assert state_without_import(media, answered=answered) is state


def test_looks_grow_rarer_and_end() -> None:
    waits = [look_again_after(looks) for looks in range(12)]
    known = [wait for wait in waits if wait is not None]
    assert len(known) == 12
    assert known == sorted(known)
    assert look_again_after(12) is None


@pytest.mark.parametrize(
    ("uri", "ids", "safe"),
    [
        (
            "2026/11/23/q-0120000111-09012345678-20261123-075729-pbx1-1795388249.410.wav",
            ["pbx1-1795388249.410"],
            "2026/11/23/*-pbx1-1795388249.410.wav",
        ),
        ("in-101-09012345678-1795388249.410.WAV", ["x", "1795388249.410"], "*-1795388249.410.WAV"),
        ("in-101-09012345678.wav", ["1795388249.410"], None),
        ("in-101-09012345678.wav", [""], None),
    ],
)
def test_a_withheld_number_leaves_the_name_of_its_file(uri: str, ids: list[str], safe: str | None) -> None:
    assert uri_without_number(uri, ids) == safe


def _after(state: RecordingState) -> set[RecordingState]:
    return {after for after in RecordingState for mover in Mover if may_become(state, after, mover)}


def test_every_state_is_reached_from_a_beginning() -> None:
    reached, news = set(BEGINNINGS), set(BEGINNINGS)
    while news:
        news = {after for state in news for after in _after(state)} - reached
        reached |= news
    assert reached == set(RecordingState) - ROWLESS


def test_what_is_expired_stays_so() -> None:
    assert _after(RecordingState.EXPIRED) == set()
    ends = {RecordingState.READY, RecordingState.CORRUPT, RecordingState.DECLINED}
    assert before(RecordingState.EXPIRED, Mover.RETENTION) == ends


def test_sound_comes_by_an_import_alone_and_is_never_fetched_twice() -> None:
    into = {
        (state, mover) for state in RecordingState for mover in Mover if may_become(state, RecordingState.READY, mover)
    }
    assert into == {(RecordingState.PROCESSING, Mover.IMPORTER), (RecordingState.DECLINED, Mover.CALLER)}
    for state in PLAYABLE:
        assert not _after(state) & AWAITED


def test_whatever_is_awaited_comes_to_an_end() -> None:
    for state in AWAITED:
        assert RecordingState.PROCESSING in _after(state)
    assert _after(RecordingState.PROCESSING) >= {RecordingState.READY, RecordingState.MISSING, RecordingState.CORRUPT}


def test_the_docs_tell_every_move() -> None:
    told = set()
    for line in (DOCS / "privacy.md").read_text("utf-8").splitlines():
        if match := re.fullmatch(r"\| `(\w+)` \| .+? \| (.*) \|", line):
            for who, states in re.findall(r"(\w+): ((?:`\w+`(?:, )?)+)", match[2]):
                told |= {(match[1], one, who) for one in re.findall(r"`(\w+)`", states)}
    pairs = itertools.product(RecordingState, RecordingState, Mover)
    assert told == {(one.value, two.value, mover.value) for one, two, mover in pairs if may_become(one, two, mover)}


@pytest.mark.parametrize(
    ("recorded", "months", "month"),
    [
        ((2026, 11, 22), 12, "2027-11"),
        ((2026, 12, 31), 1, "2027-01"),
        ((2026, 11, 22), 1, "2026-12"),
        ((2026, 1, 31), 240, "2046-01"),
        ((2024, 2, 1), 12, "2026-11"),  # over already: the running month
    ],
)
def test_a_key_is_of_the_month_in_which_the_time_ends(recorded: tuple[int, int, int], months: int, month: str) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert key_month(datetime(*recorded, tzinfo=UTC), months, now) == month
    tokyo = datetime(*recorded, tzinfo=UTC).astimezone(ZoneInfo("Asia/Tokyo"))
    assert key_month(tokyo, months, now + timedelta(seconds=1)) == month
