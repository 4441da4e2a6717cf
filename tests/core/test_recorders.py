"""What recorders' file names say, and which call a file can be of: time and telephone agree, nothing is guessed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.calls import Direction
from plugin.core.errors import InputError
from plugin.core.fold import fold
from plugin.core.numbers import WithheldReason
from plugin.core.recorders import RecordedName, fits, key_of, read_pattern, read_uri, uri_of
from plugin.core.recordings import uri_without_number
from tests.kit.events import START, answered_call

TOKYO = ZoneInfo("Asia/Tokyo")
NONE, E164 = timedelta(0), "+819012345678"
CALL = fold(answered_call().events)
NAME = RecordedName(START + timedelta(seconds=4), START + timedelta(seconds=63), "101", None, E164)
SECOND = timedelta(seconds=1)


def _read(pattern: str, path: str, ahead: timedelta = NONE) -> RecordedName | None:
    return read_pattern(pattern).read(path, TOKYO, "JP", ahead)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("{start:%Y%m%d-%H%M%S}_{number}_{extension}.wav", "20261123-080004_09012345678_101.wav"),
        ("{start:%Y%m%d-%H%M%S}_{number}_{extension}.wav", "2026/11/20261123-080004_090-1234-5678_101.wav"),
        ("{start:%Y%m%d-%H%M%S}_{number}_{extension}.wav", "20261123-080004_09012345678_101.WAV"),
        ("{extension}/{start:%y-%m-%d %H.%M.%S} {any}({number}).mp3", "101/26-11-23 08.00.04 x y(09012345678).mp3"),
        (
            "{any}[{number}]{direction}-{extension}@{start:%Y%m%d%H%M%S}.gsm",
            "q[+819012345678]IN-101@20261123080004.gsm",
        ),
    ],
)
def test_a_name_of_the_pattern_is_read(pattern: str, path: str) -> None:
    found = _read(pattern, path)
    assert found is not None
    assert (found.start, found.extension, found.e164) == (datetime(2026, 11, 22, 23, 0, 4, tzinfo=UTC), "101", E164)
    assert found.direction is (Direction.INBOUND if "IN-" in path else None)


def test_an_end_a_withheld_number_and_a_fast_clock() -> None:
    pattern = "{start:%Y%m%d%H%M%S}-{end:%Y%m%d%H%M%S}-{number}-{extension}.wav"
    found = _read(pattern, "20261123080010-20261123080110-anonymous-101.wav", timedelta(seconds=10))
    assert found == RecordedName(START, START + timedelta(minutes=1), "101", None, None)
    backwards = _read(pattern, "20261123080110-20261123080010-09012345678-101.wav")
    assert backwards is not None
    assert backwards.end is None


@pytest.mark.parametrize(
    "path",
    ["", "notes.txt", "20261323-080004_09012345678_101.wav", "20261123-080004_09012345678_101.wav.part", "\udcff"],
)
def test_another_name_is_nobodys(path: str) -> None:
    assert _read("{start:%Y%m%d-%H%M%S}_{number}_{extension}.wav", path) is None


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "{number}.wav",
        "{start}_{number}",
        "{start:%Y%m%d}_{number}",
        "{start:%Y%m%d%H%M%f}_{number}",
        "{start:%Y%Y%m%d%H%M}_{number}",
        "{start:%Y%m%d%H%M}.wav",
        "{start:%Y%m%d%H%M}_{number}_{number}",
        "{start:%Y%m%d%H%M}_{caller}",
        "{start:%Y%m%d%H%M}_{number:5}",
        "{start:%Y%m%d%H%M}_{number}_{",
    ],
)
def test_a_pattern_that_cannot_be_is_told(pattern: str) -> None:
    with pytest.raises(InputError) as caught:
        read_pattern(pattern)
    assert caught.value.facts["problem"]


@given(st.text(max_size=60))
def test_any_name_and_any_pattern_are_read_or_refused(text: str) -> None:
    _read("{start:%Y%m%d%H%M%S}{any}{number}_{extension}.wav", text)
    try:
        read_pattern(text)
    except InputError as error:
        assert error.reason == "pattern"  # noqa: PT017  one of the two ends that are allowed


def _fits(name: RecordedName, tolerance_s: float = 0, **call: object) -> bool:
    return fits(name, replace(CALL, **call), E164, timedelta(seconds=tolerance_s), START)  # type: ignore[arg-type]


def test_a_file_is_a_calls_where_time_and_telephone_or_number_agree() -> None:
    assert _fits(NAME)
    assert _fits(replace(NAME, extension=None))
    assert _fits(replace(NAME, e164=None))
    assert not _fits(replace(NAME, extension=None, e164=None))
    assert not _fits(replace(NAME, extension="102"))
    assert not _fits(replace(NAME, e164="+819099999999"))
    assert not _fits(replace(NAME, direction=Direction.OUTBOUND))
    assert _fits(replace(NAME, e164="+819099999999"), customer_number=None, withheld=WithheldReason.REFUSED)
    assert not _fits(replace(NAME, extension=None), customer_number=None, withheld=WithheldReason.REFUSED)


def test_the_tolerance_is_what_clocks_may_be_apart() -> None:
    early = replace(NAME, start=CALL.started_at - 3 * SECOND, end=None)
    assert not _fits(early, 2)
    assert _fits(early, 3)
    assert CALL.ended_at is not None
    late = replace(NAME, end=CALL.ended_at + 3 * SECOND)
    assert not _fits(late, 2)
    assert _fits(late, 3)


def test_a_file_is_fetched_by_a_name_without_number() -> None:
    uri = uri_of("rec-1", key_of("2026/09012345678.wav"))
    assert read_uri(uri) == ("rec-1", key_of("2026/09012345678.wav"))
    assert uri_without_number(uri, ()) == uri
    assert read_uri("recorder:rec-1:09012345678") is None
