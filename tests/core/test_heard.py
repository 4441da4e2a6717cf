"""What was heard, put together: in order, without overlaps, and no longer than what was told."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from plugin.core.heard import Minutes, Stretch, heard_ms, merged

STRETCHES = st.lists(st.tuples(st.integers(0, 60_000), st.integers(0, 60_000)), max_size=20)


def test_stretches_that_overlap_or_touch_are_one() -> None:
    told = [(65_000, 70_000), (12_000, 40_000), (40_100, 65_000), (120_000, 121_000)]
    assert merged(told) == (Stretch(12_000, 70_000), Stretch(120_000, 121_000))
    assert heard_ms(merged(told)) == 59_000


@given(STRETCHES)
def test_all_that_was_told_is_in_and_the_parts_stand_apart(told: list[tuple[int, int]]) -> None:
    found = merged(told)
    for start, stop in told:
        assert stop <= start or any(each.from_ms <= start and stop <= each.to_ms for each in found)
    assert all(one.to_ms < other.from_ms for one, other in pairwise(found))
    assert merged(found) == found


@given(STRETCHES)
def test_nothing_begins_or_ends_where_nothing_told_did(told: list[tuple[int, int]]) -> None:
    for each in merged(told):
        assert each.from_ms in {start for start, _ in told}
        assert each.to_ms in {stop for _, stop in told}


@given(st.integers(1, 40 * 60_000), st.integers(0, 10**9), st.integers(1, 10**7), st.integers(1, 10**9))
def test_no_byte_lies_outside_the_minutes_it_goes_out_in(length_ms: int, at: int, count: int, size_bytes: int) -> None:
    start, stop = min(at, size_bytes - 1), min(at + count, size_bytes)
    minutes = Minutes.of_bytes(start, max(stop, start + 1), size_bytes, length_ms)
    for byte in (start, max(stop, start + 1) - 1):
        at_ms = byte * length_ms // size_bytes
        assert minutes.part_of(at_ms, at_ms + 1, length_ms) == Stretch(at_ms, at_ms + 1)
    assert Minutes.kept(minutes.stored()) == minutes
    assert not minutes.without(minutes | Minutes(1 << 50))


def test_what_was_heard_is_no_more_than_what_went_out() -> None:
    sent = Minutes.of_bytes(0, 10, 1000, 200_000) | Minutes.of_bytes(700, 1000, 1000, 200_000)
    assert sent.stretches(200_000) == (Stretch(0, 60_000), Stretch(120_000, 200_000))
    assert sent.part_of(50_000, 130_000, 200_000) == Stretch(50_000, 60_000)
    assert sent.part_of(60_000, 61_000, 200_000) is None
    assert Minutes.of_bytes(5, 5, 1000, 200_000) == Minutes.of_bytes(0, 5, 0, 0) == Minutes.kept(None)
