"""The site's policy: what proofs beside answers are worth, and that no policy lets a family pass."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.errors import InputError
from plugin.core.identity import OF_THE_MOBILE, Factor, Item, Level, Policy, Proof
from tests.kit.policies import policies

CODE, MOBILE, HOME = Proof.ONE_TIME_CODE, Proof.CALL_BACK_PERSONAL_MOBILE, Proof.CALL_BACK_HOME
HOUSEHOLD = [Item.BIRTH_DATE, Item.POSTAL_CODE]
NOW = datetime(2026, 11, 23, tzinfo=UTC)

proved = st.frozensets(st.sampled_from(Item))
proofs = st.frozensets(st.sampled_from(Proof))


@pytest.mark.parametrize(
    ("items", "beside", "level"),
    [
        (HOUSEHOLD, [], 0),
        (HOUSEHOLD, [MOBILE], 1),
        (HOUSEHOLD, [CODE], 1),  # three things, one of them his alone
        (HOUSEHOLD[:1], [MOBILE], 0),
        (HOUSEHOLD[:1], [MOBILE, HOME], 1),  # who lives there answers the fixed line: a second thing of the household
        ([Item.NAME_KANA, Item.ADDRESS], [CODE], 1),
        ([Item.NAME_KANA, *HOUSEHOLD], [HOME], 0),
        ([Item.NAME_KANA, *HOUSEHOLD], [CODE], 1),  # the code is what makes level 1, so it is not one more
        (HOUSEHOLD, [MOBILE, CODE], 1),  # one mobile, one thing
        ([Item.NAME_KANA, Item.BIRTH_DATE, Item.CONTRACT_NUMBER], [CODE], 2),
        ([Item.NAME_KANA, Item.BIRTH_DATE, Item.CONTRACT_NUMBER], [MOBILE], 2),
        ([Item.NAME_KANA, Item.BIRTH_DATE, Item.CONTRACT_NUMBER], [HOME], 1),
        ([*HOUSEHOLD, Item.PASSPHRASE], [MOBILE], 2),
        ([], [CODE, MOBILE, HOME], 0),
    ],
)
def test_what_proofs_are_worth(items: list[Item], beside: list[Proof], level: int) -> None:
    assert Policy().level_of(items, beside) == level


@given(policies)
def test_no_policy_lets_a_family_pass(policy: Policy) -> None:
    family = [item for item in Item if item.factor is not Factor.PERSON]
    assert policy.level_of(family, [HOME]) is Level.NONE


@given(policies, proved, st.sampled_from([[], [HOME], [CODE], [MOBILE], [CODE, MOBILE, HOME]]))
def test_recordings_always_take_more_than_the_history(
    policy: Policy, items: frozenset[Item], beside: list[Proof]
) -> None:
    if policy.level_of(items, beside) is not Level.LISTEN:
        return
    persons = [item for item in items if item.factor is Factor.PERSON]
    without_one = [policy.level_of(items - {one}, beside) for one in persons]
    assert max([policy.level_of(items, set(beside) - OF_THE_MOBILE), *without_one]) >= Level.HISTORY
    assert policy.level_of([item for item in items if item not in persons], beside) < Level.LISTEN


@given(policies, proved, proofs, st.sampled_from(Item), st.sampled_from(Proof))
def test_proving_more_never_lowers_the_level(
    policy: Policy, items: frozenset[Item], beside: frozenset[Proof], item: Item, proof: Proof
) -> None:
    assert policy.level_of(items | {item}, beside) >= policy.level_of(items, beside)
    assert policy.level_of(items, beside | {proof}) >= policy.level_of(items, beside)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("items", 2),
        ("items", 7),
        ("classes", 1),
        ("persons", 0),
        ("persons", 4),
        ("call_back_items", 1),
        ("further", 0),
        ("further_proofs", frozenset({HOME})),
        ("asked", frozenset()),
        ("settled", timedelta(days=-1)),
        ("minutes_per_item", 0),
    ],
)
def test_no_such_policy_can_be_made(rule: str, value: object) -> None:
    with pytest.raises(InputError) as refused:
        Policy(**{rule: value})  # type: ignore[arg-type]
    assert refused.value.facts == {"rule": rule}


def test_what_changed_lately_does_not_count() -> None:
    policy = Policy(settled=timedelta(days=7))
    assert policy.is_settled(NOW - timedelta(days=7), NOW)
    assert not policy.is_settled(NOW - timedelta(days=7) + timedelta(microseconds=1), NOW)


def test_every_set_of_the_default_is_what_the_rule_says() -> None:
    for count in range(6):
        for items in combinations(Item, count):
            things: set[Item] = {Item.NAME_KANA if item is Item.NAME else item for item in items}
            persons = [item for item in things if item.factor is Factor.PERSON]

            def passes(some: set[Item]) -> bool:
                factors = [item.factor for item in some]
                return len(some) >= 3 and len(set(factors)) >= 2 and Factor.PERSON in factors

            level = 0 if not passes(things) else 2 if any(passes(things - {one}) for one in persons) else 1
            assert Policy().level_of(items) == level, items
