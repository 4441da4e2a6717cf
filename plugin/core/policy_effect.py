"""What the site's policy means for whoever calls: who knows what, and how far that brings him. Explains, never judges.

Each kind of caller here is somebody people worry about; what he knows is the worst that can be expected of him.
"""

from dataclasses import dataclass
from enum import StrEnum

from plugin.core.identity import OF_THE_MOBILE, Factor, Item, Level, Policy, Proof


class Knower(StrEnum):
    """Who calls. STRANGER: has what a directory has. LETTER: opened a letter to the house. WALLET: found a wallet.

    FAMILY: lives there, knows everything that a house knows, and answers its telephone. PHONE: the same, with the
    customer's own mobile in the hand. CUSTOMER: the customer himself.
    """

    STRANGER = "stranger"
    LETTER = "letter"
    FAMILY = "family"
    WALLET = "wallet"
    PHONE = "phone"
    CUSTOMER = "customer"


_STRANGER = frozenset(item for item in Item if item.factor is Factor.PUBLIC)
_FAMILY = frozenset(item for item in Item if item.factor is not Factor.PERSON)
_KNOWN: dict[Knower, frozenset[Item]] = {
    Knower.STRANGER: _STRANGER,
    Knower.LETTER: frozenset({Item.NAME, Item.ADDRESS, Item.POSTAL_CODE, Item.MEMBER_CODE, Item.RECENT_TRANSACTION}),
    Knower.FAMILY: _FAMILY,
    Knower.WALLET: frozenset({Item.NAME, Item.ADDRESS, Item.POSTAL_CODE, Item.BIRTH_DATE, Item.CARD_LAST4}),
    Knower.PHONE: _FAMILY,
    Knower.CUSTOMER: frozenset(Item),
}
_HELD: dict[Knower, frozenset[Proof]] = {
    Knower.FAMILY: frozenset({Proof.CALL_BACK_HOME}),
    Knower.PHONE: frozenset({Proof.CALL_BACK_HOME}) | OF_THE_MOBILE,
}


@dataclass(frozen=True, slots=True)
class Effect:
    """How far `who` comes with the items and proofs that the site asks of him."""

    who: Knower
    items: tuple[Item, ...]
    proofs: tuple[Proof, ...]
    level: Level


def effects(policy: Policy, offered: frozenset[Proof]) -> tuple[Effect, ...]:
    """Return what the policy means for every kind of caller; `offered`: the proofs that this site can establish."""
    return tuple(_effect(policy, offered, who) for who in Knower)


def _effect(policy: Policy, offered: frozenset[Proof], who: Knower) -> Effect:
    items = tuple(item for item in Item if item in _KNOWN[who] & policy.asked)
    held = _HELD.get(who, frozenset())
    proofs = tuple(proof for proof in Proof if proof in held & offered)
    return Effect(who, items, proofs, policy.level_of(items, proofs))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many customers have what it takes, as far as is stored: by answers alone, and with a code or call-back too.

    `people` are all persons who are not gone; `history` and `listen` reach that level by answers, the `…_by_phone`
    ones with their own mobile besides.
    """

    people: int
    history: int
    listen: int
    history_by_phone: int
    listen_by_phone: int
