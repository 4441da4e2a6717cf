"""Ranges as a form tells them, and the samples that they mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.cutting import Cut, SoundForm, plan_of
from plugin.core.errors import InputError
from plugin.core.heard import Stretch
from plugin.core.redaction import CutReason, Hush, Range, hushed_ms, read_ranges, write_range

WHOLE = Stretch(0, 10_000)


def _name(start: int, stop: int) -> Range:
    return Range(start, stop, CutReason.PERSON)


def test_ranges_are_read_in_order_each_with_its_reason() -> None:
    read = read_ranges(["4000-5000:account", "100-2000:person", "100-2000:person"], WHOLE)
    assert read == (Range(100, 2000, CutReason.PERSON), Range(4000, 5000, CutReason.ACCOUNT))
    assert read_ranges([write_range(one) for one in read], WHOLE) == read
    assert read_ranges([], WHOLE) == ()


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "100-2000",
        "100-2000:",
        "100-2000:gossip",
        "2000-100:person",
        "100-105:person",
        "-5-2000:person",
        "100-10001:person",
        "1e3-2e3:person",
        "１００-２０００:person",
        "100-2000:person ",
        "0-99999999999999999999:person",
    ],
)
def test_a_range_that_means_nothing_is_refused(raw: str) -> None:
    with pytest.raises(InputError, match="range"):
        read_ranges([raw], WHOLE)


def test_a_range_outside_the_stretch_and_a_flood_of_them_are_refused() -> None:
    with pytest.raises(InputError, match="range"):
        read_ranges(["100-400:person"], Stretch(200, 1000))
    with pytest.raises(InputError, match="ranges"):
        read_ranges(["100-2000:person"] * 501, WHOLE)


def test_ranges_that_overlap_or_touch_are_one_cut() -> None:
    form = SoundForm(1, 8000, 80_000)
    plan = plan_of(form, WHOLE, [_name(2000, 3000), _name(1000, 2000), _name(2500, 2600)], Hush.SILENCE)
    assert plan.cuts == (Cut(8000, 24_000),)
    assert (plan.first, plan.frames) == (0, 80_000)
    assert hushed_ms([_name(2000, 3000), _name(1000, 2000), _name(2500, 2600)]) == 2000


def test_a_range_to_the_end_takes_the_last_sample_too() -> None:
    form = SoundForm(1, 44_100, 441_001)  # a sample more than 10,000 ms
    assert plan_of(form, WHOLE, [_name(9000, 10_000)], Hush.SILENCE).cuts[-1].stop == 441_001


def test_a_clip_counts_its_cuts_from_its_own_first_sample_and_leaves_out_others() -> None:
    plan = plan_of(SoundForm(2, 8000, 80_000), Stretch(2000, 4000), [_name(0, 2100), _name(6000, 7000)], Hush.BLEEP)
    assert (plan.first, plan.frames, plan.cuts) == (16_000, 16_000, (Cut(0, 800),))


def test_a_stretch_without_a_sample_is_refused() -> None:
    with pytest.raises(InputError, match="stretch"):
        plan_of(SoundForm(1, 8000, 80_000), Stretch(20_000, 30_000), [], Hush.SILENCE)


@given(
    st.sampled_from([8000, 11_025, 16_000, 22_050, 44_100, 48_000]),
    st.lists(st.tuples(st.integers(0, 9_990), st.integers(10, 4000)), max_size=12),
)
def test_no_instant_of_a_range_is_left_and_none_beyond_a_sample_of_it_is_taken(
    rate: int, given_ranges: list[tuple[int, int]]
) -> None:
    ranges = [_name(start, min(10_000, start + length)) for start, length in given_ranges]
    plan = plan_of(SoundForm(1, rate, 10 * rate), WHOLE, ranges, Hush.SILENCE)
    for start, stop, _ in ranges:
        assert any(cut.start * 1000 <= start * rate and stop * rate <= cut.stop * 1000 for cut in plan.cuts)
    for cut in plan.cuts:
        assert any(cut.start <= start * rate / 1000 < cut.start + 1 for start, _, _ in ranges)
        assert any(cut.stop - 1 < stop * rate / 1000 <= cut.stop for _, stop, _ in ranges)
    assert all(one.stop < other.start for one, other in zip(plan.cuts, plan.cuts[1:], strict=False))
