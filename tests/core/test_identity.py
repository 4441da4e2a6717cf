"""The policy: which sets of items reach which level."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.identity import Factor, Item, Level, Policy

level_of = Policy().level_of
FAMILY_KNOWS = [item for item in Item if item.factor is not Factor.PERSON]


@pytest.mark.parametrize(
    ("items", "level"),
    [
        ([], 0),
        ([Item.NAME_KANA, Item.BIRTH_DATE], 0),
        ([Item.NAME_KANA, Item.BIRTH_DATE, Item.ADDRESS], 0),
        ([Item.NAME_KANA, Item.PASSPHRASE], 0),
        ([Item.NAME, Item.NAME_KANA, Item.PASSPHRASE], 0),
        ([Item.CONTRACT_NUMBER, Item.CARD_LAST4, Item.PASSPHRASE], 0),
        ([Item.NAME_KANA, Item.ADDRESS, Item.PASSPHRASE], 1),
        ([Item.NAME_KANA, Item.BIRTH_DATE, Item.CONTRACT_NUMBER], 1),
        ([Item.NAME_KANA, Item.CONTRACT_NUMBER, Item.PASSPHRASE], 1),
        ([Item.NAME_KANA, Item.BIRTH_DATE, Item.POSTAL_CODE, Item.ADDRESS, Item.CONTRACT_NUMBER], 1),
        ([Item.NAME_KANA, Item.BIRTH_DATE, Item.CONTRACT_NUMBER, Item.PASSPHRASE], 2),
        ([Item.NAME_KANA, Item.CARD_LAST4, Item.CONTRACT_NUMBER, Item.PASSPHRASE], 2),
    ],
)
def test_levels(items: list[Item], level: int) -> None:
    assert level_of(items) == level


def test_nothing_a_family_member_knows_suffices() -> None:
    for count in range(len(FAMILY_KNOWS) + 1):
        for items in combinations(FAMILY_KNOWS, count):
            assert level_of(items) is Level.NONE


@given(st.sets(st.sampled_from(Item)))
def test_proving_more_never_lowers_the_level(items: set[Item]) -> None:
    for further in Item:
        assert level_of(items | {further}) >= level_of(items)


@given(st.lists(st.sampled_from(Item), max_size=6))
def test_an_item_said_twice_counts_once(items: list[Item]) -> None:
    assert level_of(items * 2) == level_of(set(items))
