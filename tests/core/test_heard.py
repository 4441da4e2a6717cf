"""What was heard, put together: in order, without overlaps, and no longer than what was told."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from plugin.core.heard import Stretch, heard_ms, merged

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
