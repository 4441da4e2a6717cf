"""Manifests that come from anywhere, and which backups stay."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.backup import (
    Keeping,
    Manifest,
    Piece,
    least_version,
    name_of,
    read_list,
    read_manifest,
    write_list,
    write_manifest,
)
from plugin.core.errors import InputError

TOKYO = ZoneInfo("Asia/Tokyo")
NOON = datetime(2026, 11, 23, 3, tzinfo=UTC)
PIECES = (Piece("denwaban.db", 4096, "0a" * 32), Piece("recordings.list", 0, "1b" * 32))
MANIFEST = Manifest(
    *("20261123T041000Z", 1_795_388_270_416_123, "0.1.0", "0034", False, 3, "ab" * 32),
    *("denwaban.db", "recordings.list", 7, 99, 0),
    PIECES,
    (("answers", "1-0a1b2c3d"),),
    ("2025-01",),
)
PATHS = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="/\\"), min_size=1, max_size=12)


def test_a_manifest_is_read_as_it_was_written_and_always_written_the_same() -> None:
    assert read_manifest(write_manifest(MANIFEST)) == MANIFEST
    assert write_manifest(read_manifest(write_manifest(MANIFEST))) == write_manifest(MANIFEST)


@given(
    st.binary(max_size=200) | st.recursive(st.none() | st.text(max_size=5), st.lists).map(lambda x: repr(x).encode())
)
def test_any_bytes_are_a_manifest_or_an_input_error(raw: bytes) -> None:
    with pytest.raises(InputError):
        read_manifest(raw)


@pytest.mark.parametrize(
    "path", ["../denwaban.db", "/etc/passwd", "a/../../b", "a//b", ".", "..", "", "a\\b", "a\0b", "a/."]
)
def test_no_path_leads_out_of_the_folder(path: str) -> None:
    bad = Manifest(
        **{name: getattr(MANIFEST, name) for name in Manifest.__slots__}
        | {"pieces": (*PIECES, Piece(path, 1, "0a" * 32))}
    )
    with pytest.raises(InputError, match="manifest"):
        read_manifest(write_manifest(bad))
    with pytest.raises(InputError, match="manifest"):
        list(read_list(write_list([Piece(path, 1, "0a" * 32)])))


@given(st.lists(st.builds(Piece, PATHS, st.integers(0, 1 << 50), st.just("0a" * 32))))
def test_a_list_is_read_as_it_was_written(pieces: list[Piece]) -> None:
    sound = [piece for piece in pieces if piece.path not in (".", "..")]
    assert list(read_list(write_list(sound))) == sound


def test_the_newest_of_each_day_and_week_stay() -> None:
    twice_a_day = [NOON - timedelta(hours=12 * n) for n in range(60)]
    stays = Keeping(days=3, weeks=3, zone=TOKYO).stays(twice_a_day)
    days = sorted({at.astimezone(TOKYO).date().isoformat() for at in stays})
    # 23 November 2026 is a Monday: the weeks before end on Sundays
    assert days == ["2026-11-15", "2026-11-21", "2026-11-22", "2026-11-23"]
    assert len(stays) == len(days)


@given(st.lists(st.integers(0, 365 * 24 * 60), min_size=1), st.integers(0, 9), st.integers(0, 9))
def test_the_newest_always_stays_and_never_more_than_were_asked_for(ago: list[int], days: int, weeks: int) -> None:
    taken = [NOON - timedelta(minutes=one) for one in ago]
    stays = Keeping(days, weeks, TOKYO).stays(taken)
    assert max(taken) in stays
    assert len(stays) <= max(1, days + weeks)


def test_versions_after_a_restore_are_above_any_that_were_sent_before() -> None:
    assert least_version(NOON) > 3_000_000
    assert least_version(NOON + timedelta(minutes=1)) == least_version(NOON) + 1
    assert name_of(NOON) == "20261123T030000Z"
