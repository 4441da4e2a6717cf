"""The register of purposes: what it begins with, how long it keeps, what a change of it means, and what it refuses."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.access import LISTENERS, Purpose
from plugin.core.cases import CaseKind
from plugin.core.errors import InputError
from plugin.core.purposes import (
    CASE_PURPOSE,
    Applies,
    CallPurpose,
    Change,
    PurposeRule,
    Register,
    RuleForm,
    beginning,
    changes,
    edition,
    ends_for,
    in_force,
    keep_until,
    needs_second,
    openings,
    ordinary_end,
    read_rule,
)
from plugin.core.staff import Role
from tests.kit.clock import HandClock

NOW = HandClock()()
TODAY = date(2026, 11, 23)
BEGUN = beginning(12)
HARASSED = CallPurpose(Purpose.HARASSMENT, NOW + timedelta(days=30))


def _with(purpose: Purpose, **changed: object) -> dict[Purpose, PurposeRule]:
    return {**BEGUN, purpose: replace(BEGUN[purpose], **changed)}  # type: ignore[arg-type]


def test_a_site_begins_with_every_purpose_for_whoever_may_ever_listen_and_keeps_for_its_months() -> None:
    assert set(BEGUN) == set(Purpose)
    assert {purpose: rule.roles for purpose, rule in BEGUN.items()} == LISTENERS
    assert keep_until(NOW, BEGUN, ()) == NOW + timedelta(days=365)
    assert all(rule.text_days is None and rule.version == 0 for rule in BEGUN.values())
    assert Role.ADMIN not in {role for roles in LISTENERS.values() for role in roles}


def test_a_recording_is_kept_until_the_latest_end_of_its_live_purposes() -> None:
    assert keep_until(NOW, BEGUN, [HARASSED]) == NOW + timedelta(days=30 + 1096)
    ended = replace(HARASSED, ended_at=NOW + timedelta(days=400))
    assert keep_until(NOW, BEGUN, [ended]) == NOW + timedelta(days=400)
    short = replace(HARASSED, ended_at=NOW + timedelta(days=31))
    assert keep_until(NOW, BEGUN, [short]) == NOW + timedelta(days=365)
    assert keep_until(NOW, BEGUN, [short, HARASSED]) == keep_until(NOW, BEGUN, [HARASSED])


def test_nothing_keeps_what_the_caller_did_not_want() -> None:
    said_at = NOW + timedelta(minutes=2)
    assert keep_until(NOW, BEGUN, [HARASSED], said_at) == said_at
    long_after = NOW + timedelta(days=4000)
    assert keep_until(NOW, BEGUN, (), long_after) == NOW + timedelta(days=365)


def test_each_purpose_ends_with_its_own_period_while_the_file_is_kept_for_another() -> None:
    own = [HARASSED]
    ends = {purpose: ends_for(purpose, NOW, BEGUN, own) - NOW for purpose in Purpose}
    assert ends[Purpose.AFTER_CALL_WORK] == timedelta(days=2)
    assert ends[Purpose.QUALITY] == timedelta(days=183)
    assert ends[Purpose.COMPLAINT] == timedelta(days=365)
    assert ends[Purpose.HARASSMENT] == timedelta(days=1126)
    assert ends[Purpose.LEGAL] == timedelta(days=365), "a case may be named while it is kept anyway, not longer"


def test_a_purpose_of_no_days_opens_nothing_and_keeps_nothing() -> None:
    register = _with(Purpose.HARASSMENT, audio_days=0)
    assert ends_for(Purpose.HARASSMENT, NOW, register, [HARASSED]) == NOW
    assert keep_until(NOW, register, [HARASSED]) == NOW + timedelta(days=365)


@given(
    days=st.dictionaries(st.sampled_from(Purpose), st.integers(0, 3650)),
    by_case=st.sets(st.sampled_from(Purpose)),
    own=st.lists(st.tuples(st.sampled_from(Purpose), st.integers(0, 900), st.none() | st.integers(0, 5000))),
)
def test_nobody_listens_to_what_is_not_kept(
    days: dict[Purpose, int], by_case: set[Purpose], own: list[tuple[Purpose, int, int | None]]
) -> None:
    register: Register = {
        purpose: replace(
            rule,
            audio_days=days.get(purpose, rule.audio_days),
            applies=Applies.BY_CASE if purpose in by_case else Applies.EVERY_CALL,
        )
        for purpose, rule in BEGUN.items()
    }
    purposes = [
        CallPurpose(purpose, _day(since), None, None if ended is None else _day(since + ended))
        for purpose, since, ended in own
    ]
    kept = keep_until(NOW, register, purposes)
    assert kept >= ordinary_end(NOW, register)
    for opening in openings(NOW, register, purposes).values():
        assert NOW <= opening.until <= kept


def _day(number: int) -> datetime:
    return NOW + timedelta(days=number)


@given(roles=st.sets(st.sampled_from(Role)), purpose=st.sampled_from(Purpose))
def test_the_register_only_narrows_what_the_rules_allow(roles: set[Role], purpose: Purpose) -> None:
    register = _with(purpose, roles=frozenset(roles))
    assert openings(NOW, register, ())[purpose].roles == LISTENERS[purpose] & roles


def test_the_newest_version_in_force_counts_and_a_draft_does_not() -> None:
    first = replace(BEGUN[Purpose.QUALITY], version=1, audio_days=90, in_force_at=NOW)
    second = replace(first, version=2, audio_days=60)
    draft = replace(first, version=3, audio_days=30, in_force_at=None)
    assert in_force(BEGUN, [second, draft, first])[Purpose.QUALITY] is second
    assert in_force(BEGUN, [draft]) == BEGUN


@pytest.mark.parametrize(
    ("changed", "found", "by_two"),
    [
        ({"audio_days": 182}, Change.AUDIO_SHORTER, True),
        ({"audio_days": 184}, Change.AUDIO_LONGER, False),
        ({"text_days": 3650}, Change.TEXT_SHORTER, True),
        ({"case_days": 3650}, Change.CASE_SHORTER, True),
        ({"roles": frozenset()}, Change.FEWER_ROLES, False),
        ({"applies": Applies.BY_CASE}, Change.APPLIES, True),
        ({"notice_ja": "別の目的"}, Change.NOTICE, False),
        ({"review_on": TODAY}, Change.REVIEW, False),
    ],
)
def test_what_a_change_means_and_whether_it_takes_two(changed: dict[str, object], found: Change, by_two: bool) -> None:
    before = BEGUN[Purpose.QUALITY]
    after = replace(before, **changed)  # type: ignore[arg-type]  # each a field of it
    assert (changes(before, after), needs_second(before, after)) == ((found,), by_two)
    assert changes(before, before) == ()


def test_what_is_taken_back_is_the_opposite_and_more_roles_take_two() -> None:
    before = replace(BEGUN[Purpose.QUALITY], roles=frozenset(), text_days=3650)
    after = BEGUN[Purpose.QUALITY]
    assert changes(before, after) == (Change.TEXT_LONGER, Change.MORE_ROLES)
    assert needs_second(before, after)


def test_staff_have_to_read_again_what_changed_and_not_that_somebody_looked_at_it() -> None:
    reviewed = _with(Purpose.QUALITY, review_on=TODAY, version=1, in_force_at=NOW)
    assert edition(reviewed) == edition(BEGUN)
    assert edition(_with(Purpose.QUALITY, audio_days=1)) != edition(BEGUN)
    assert edition(_with(Purpose.QUALITY, notice_en="for you")) != edition(BEGUN)


_LEAD = frozenset({"supervisor"})
FORM = RuleForm(
    "every_call", "応対品質の向上", "improving our service", "９０", "", frozenset({"supervisor"}), "2027-11-01"
)


def test_the_words_of_closed_cases_have_days_where_a_purpose_has_cases() -> None:
    before = BEGUN[Purpose.DISCLOSURE]
    form = replace(FORM, applies="by_case", roles=frozenset(), case_days="３６５")
    assert read_rule(before, form, 1, TODAY).case_days == 365
    assert read_rule(BEGUN[Purpose.QUALITY], replace(form, applies="every_call"), 1, TODAY).case_days is None
    for typed in ("", "0", "36501", "never"):
        with pytest.raises(InputError, match="case_days"):
            read_rule(before, replace(form, case_days=typed), 1, TODAY)
    assert {purpose for purpose, rule in BEGUN.items() if rule.case_days} == set(CASE_PURPOSE.values())
    assert set(CASE_PURPOSE) == set(CaseKind)


def test_a_version_is_read_from_what_somebody_typed() -> None:
    rule = read_rule(BEGUN[Purpose.QUALITY], FORM, 1, TODAY)
    assert (rule.version, rule.audio_days, rule.text_days, rule.review_on) == (1, 90, None, date(2027, 11, 1))
    assert rule.in_force_at is None
    assert rule.is_overdue(date(2027, 11, 2))
    assert not rule.is_overdue(date(2027, 11, 1))


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"applies": "sometimes"}, "applies"),
        ({"notice_ja": " "}, "notice"),
        ({"notice_en": "x" * 101}, "notice"),
        ({"notice_en": "two\nlines"}, "notice"),
        ({"audio_days": "-1"}, "audio_days"),
        ({"audio_days": "3651"}, "audio_days"),
        ({"audio_days": "九十"}, "audio_days"),
        ({"audio_days": ""}, "audio_days"),
        ({"text_days": "89"}, "text_days"),
        ({"text_days": "36501"}, "text_days"),
        ({"roles": frozenset({"operator"})}, "roles"),
        ({"roles": frozenset({"admin", "supervisor"})}, "roles"),
        ({"roles": frozenset({"nobody"})}, "roles"),
        ({"review_on": "2026-11-23"}, "review_on"),
        ({"review_on": "2028-12-31"}, "review_on"),
        ({"review_on": "soon"}, "review_on"),
    ],
)
def test_what_makes_no_sense_is_refused(typed: dict[str, object], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read_rule(BEGUN[Purpose.QUALITY], replace(FORM, **typed), 1, TODAY)  # type: ignore[arg-type]
