"""Who may be calling: every holder is a candidate, with his reasons, in an order that no shuffling changes."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.customers import Customer, CustomerKind, NumberHolder, NumberKind
from plugin.core.ids import CallId, CustomerId
from plugin.core.matching import (
    AssignmentAct,
    Candidate,
    Certainty,
    Decision,
    Match,
    MatchKind,
    Reason,
    ReasonKind,
    match_without_number,
    rank,
)
from plugin.core.numbers import WithheldReason, read_number

AT = datetime(2026, 11, 22, tzinfo=UTC)


def _person(name: str, household: str | None = None, company: str | None = None) -> Customer:
    organisation = None if company is None else CustomerId(company)
    return Customer(
        CustomerId(name), "local", name, CustomerKind.PERSON, name, "", "", household, organisation, company, None
    )


def _company(name: str) -> Customer:
    return replace(_person(name), kind=CustomerKind.ORGANISATION)


def _held(
    customer: Customer,
    kind: NumberKind = NumberKind.MOBILE,
    extension: str | None = None,
    field: str = "携帯",
    personal: bool = False,
) -> NumberHolder:
    return NumberHolder(customer, field, kind, extension, personal)


def _decision(name: str, act: AssignmentAct = AssignmentAct.CONFIRM, days: int = 1) -> Decision:
    return Decision(CallId("c"), CustomerId(name), act, "田中", AT - timedelta(days=days))


def _names(match: Match) -> list[str]:
    return [candidate.customer.name for candidate in match.candidates]


def _kinds(candidate: Candidate) -> list[ReasonKind]:
    return [reason.kind for reason in candidate.reasons]


def test_a_number_that_nobody_has() -> None:
    assert rank([]) == Match(MatchKind.NONE)


def test_one_person_with_two_fields_is_one_candidate() -> None:
    taro = _person("太郎")
    match = rank([_held(taro, personal=True), _held(taro, NumberKind.WORK, field="勤務先")])
    assert match.kind is MatchKind.ONE
    assert match.candidates == (
        Candidate(
            taro,
            Certainty.STRONG,
            (
                Reason(ReasonKind.NUMBER, "勤務先", NumberKind.WORK),
                Reason(ReasonKind.NUMBER, "携帯", NumberKind.MOBILE),
                Reason(ReasonKind.PERSONAL, "携帯", NumberKind.MOBILE),
            ),
        ),
    )


def test_a_household_is_known_as_such() -> None:
    match = rank([_held(_person(name, "山田家"), NumberKind.HOME, field="自宅") for name in ("花子", "一郎", "健太")])
    assert match.kind is MatchKind.HOUSEHOLD
    assert _names(match) == sorted(["花子", "一郎", "健太"])
    assert {candidate.certainty for candidate in match.candidates} == {Certainty.FAIR}
    assert _kinds(match.candidates[0]) == [ReasonKind.NUMBER, ReasonKind.SHARED, ReasonKind.HOUSEHOLD]
    assert match.candidates[0].reasons[1].count == 3


def test_two_strangers_are_several() -> None:
    match = rank([_held(_person("隆")), _held(_person("孝"))])
    assert match.kind is MatchKind.SEVERAL
    assert len(match.candidates) == 2


def test_a_household_and_a_stranger_are_several() -> None:
    assert rank([_held(_person("a", "x")), _held(_person("b", "x")), _held(_person("c"))]).kind is MatchKind.SEVERAL


def test_empty_words_are_no_household() -> None:
    assert rank([_held(_person("a", "", "")), _held(_person("b", "", ""))]).kind is MatchKind.SEVERAL


def test_an_organisations_number_is_a_company_line_and_the_company_comes_first() -> None:
    line = [
        _held(_person("誠", company="みなと"), NumberKind.WORK, "12"),
        _held(_person("直子", company="みなと"), NumberKind.WORK, "31"),
        _held(_company("みなと"), NumberKind.MAIN),
    ]
    match = rank(line)
    assert match.kind is MatchKind.COMPANY_LINE
    assert _names(match) == ["みなと", "直子", "誠"]
    assert [candidate.certainty for candidate in match.candidates] == [Certainty.FAIR, Certainty.WEAK, Certainty.WEAK]
    assert ReasonKind.OTHER_EXTENSION in _kinds(match.candidates[1])


def test_colleagues_without_their_company_are_a_company_line() -> None:
    match = rank([_held(_person(name, company="みなと"), NumberKind.WORK) for name in ("誠", "直子")])
    assert match.kind is MatchKind.COMPANY_LINE


def test_the_extension_that_is_shown_points_to_its_holder() -> None:
    line = [
        _held(_person(name, company="m"), NumberKind.WORK, extension) for name, extension in (("a", "12"), ("b", "31"))
    ]
    match = rank(line, extension="31")
    assert _names(match) == ["b", "a"]
    assert [candidate.certainty for candidate in match.candidates] == [Certainty.FAIR, Certainty.WEAK]
    assert ReasonKind.EXTENSION in _kinds(match.candidates[0])


@pytest.mark.parametrize(
    ("held", "certainty"),
    [
        (_held(_person("a")), Certainty.STRONG),
        (_held(_person("a"), NumberKind.HOME), Certainty.STRONG),
        (_held(_person("a"), NumberKind.FAX), Certainty.WEAK),
        (_held(_person("a"), NumberKind.MAIN), Certainty.FAIR),
        (_held(_person("a"), NumberKind.WORK, "12"), Certainty.WEAK),
        (_held(_company("a"), NumberKind.MAIN), Certainty.FAIR),
    ],
)
def test_how_sure_a_lone_holder_is(held: NumberHolder, certainty: Certainty) -> None:
    assert rank([held]).candidates[0].certainty is certainty


def test_who_was_chosen_last_comes_first_and_says_by_whom_but_is_not_alone() -> None:
    holders = [_held(_person(name, "x")) for name in ("a", "b", "c")]
    match = rank(holders, [_decision("b", days=9), _decision("c", days=2), _decision("c", AssignmentAct.REFUSE, 5)])
    assert _names(match) == ["c", "b", "a"]
    assert match.candidates[0].reasons[-1] == Reason(ReasonKind.CHOSEN_BEFORE, by="田中", at=AT - timedelta(days=2))
    assert match.candidates[0].certainty is Certainty.FAIR


def test_a_later_refusal_takes_the_earlier_choice_back() -> None:
    match = rank([_held(_person("a"))], [_decision("a", days=9), _decision("a", AssignmentAct.REFUSE, 1)])
    assert _kinds(match.candidates[0]) == [ReasonKind.NUMBER, ReasonKind.REFUSED_BEFORE]


def test_who_was_chosen_without_having_the_number_is_a_candidate_for_that_reason_alone() -> None:
    stranger = _person("s")
    alone = rank([], [_decision("s")], chosen=[stranger])
    assert alone.kind is MatchKind.ONE
    assert [(one.certainty, _kinds(one)) for one in alone.candidates] == [(Certainty.FAIR, [ReasonKind.CHOSEN_BEFORE])]
    beside = rank([_held(_person("a"))], [_decision("s")], chosen=[stranger])
    assert (beside.kind, _names(beside)) == (MatchKind.SEVERAL, ["a", "s"])


@pytest.mark.parametrize(
    ("raw", "match"),
    [
        ("", Match(MatchKind.UNREADABLE)),
        ("201", Match(MatchKind.INTERNAL)),
        ("110", Match(MatchKind.UNREADABLE)),
        ("非通知", Match(MatchKind.WITHHELD, withheld=WithheldReason.REFUSED)),
        ("0312345678", None),
    ],
)
def test_what_is_no_number_of_the_network_matches_nobody(raw: str, match: Match | None) -> None:
    assert match_without_number(read_number(raw, "JP")) == match


PEOPLE = [_person(name, household, company) for name in "abcd" for household in ("x", None) for company in ("m", None)]


@given(
    st.lists(
        st.builds(
            _held,
            st.sampled_from([*PEOPLE, _company("m")]),
            st.sampled_from(NumberKind),
            st.sampled_from([None, "1", "2"]),
            st.sampled_from(["p", "q"]),
            st.booleans(),
        ),
        max_size=8,
        unique_by=lambda held: (held.customer.id, held.field),
    ),
    st.lists(
        st.builds(_decision, st.sampled_from("abcdm"), st.sampled_from(AssignmentAct), st.integers(0, 9)), max_size=5
    ),
    st.randoms(),
)
def test_order_and_set_hang_on_nothing_but_what_is_stored(
    holders: list[NumberHolder], earlier: list[Decision], chance: random.Random
) -> None:
    # One id is one customer in the store; keep the first of each name.
    first: dict[str, Customer] = {}
    holders = [replace(held, customer=first.setdefault(held.customer.id, held.customer)) for held in holders]
    match = rank(holders, earlier)
    assert {candidate.customer.id for candidate in match.candidates} == set(first)
    assert all(candidate.reasons for candidate in match.candidates)
    shuffled = chance.sample(holders, len(holders))
    assert rank(shuffled, chance.sample(earlier, len(earlier))) == match


def test_a_number_that_is_only_mentioned_is_nobodys() -> None:
    taro, hanako = _person("太郎"), _person("花子")
    match = rank([_held(taro, NumberKind.MENTIONED, field="備考"), _held(taro, NumberKind.MENTIONED, field="メモ")])
    assert match.kind is MatchKind.MENTIONED
    assert [each.certainty for each in match.candidates] == [Certainty.WEAK]
    assert match.candidates[0].reasons == (
        Reason(ReasonKind.MENTIONED, "メモ"),
        Reason(ReasonKind.MENTIONED, "備考"),
    )
    both = rank([_held(taro, NumberKind.MENTIONED, extension="12"), _held(hanako)], extension="12")
    assert both.kind is MatchKind.ONE
    assert [(each.customer.name, each.certainty) for each in both.candidates] == [
        ("太郎", Certainty.WEAK),
        ("花子", Certainty.WEAK),
    ]
    assert all(ReasonKind.SHARED not in _kinds(each) for each in both.candidates)
