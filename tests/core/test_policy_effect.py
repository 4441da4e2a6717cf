"""What the page says of the policy is what the policy does."""

from hypothesis import given
from hypothesis import strategies as st

from plugin.core.identity import EVERY_PROOF, Item, Level, Policy, Proof
from plugin.core.policy_effect import Knower, effects
from tests.kit.policies import policies


def _levels(policy: Policy, offered: frozenset[Proof]) -> dict[Knower, Level]:
    return {effect.who: effect.level for effect in effects(policy, offered)}


def test_by_default_a_family_reaches_nothing_and_the_customer_everything() -> None:
    levels = _levels(Policy(), frozenset())
    assert levels == {
        Knower.STRANGER: Level.NONE,
        Knower.LETTER: Level.HISTORY,
        Knower.FAMILY: Level.NONE,
        Knower.WALLET: Level.HISTORY,
        Knower.PHONE: Level.NONE,
        Knower.CUSTOMER: Level.LISTEN,
    }
    assert _levels(Policy(), EVERY_PROOF)[Knower.PHONE] is Level.HISTORY
    assert _levels(Policy(persons=2, call_back_items=0), EVERY_PROOF)[Knower.PHONE] is Level.NONE
    assert _levels(Policy(persons=2), frozenset())[Knower.WALLET] is Level.NONE


@given(policies, st.frozensets(st.sampled_from(Proof)))
def test_no_policy_brings_stranger_or_family_anywhere(policy: Policy, offered: frozenset[Proof]) -> None:
    levels = _levels(policy, offered)
    assert levels[Knower.STRANGER] is levels[Knower.FAMILY] is Level.NONE


def test_what_the_site_does_not_ask_is_no_help() -> None:
    policy = Policy(asked=frozenset(Item) - {Item.CARD_LAST4})
    wallet = next(effect for effect in effects(policy, frozenset()) if effect.who is Knower.WALLET)
    assert Item.CARD_LAST4 not in wallet.items
    assert wallet.level is Level.NONE
