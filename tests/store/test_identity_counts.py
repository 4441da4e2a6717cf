"""How many customers could be verified: what the database counts is what the rule says of each, on both databases."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import insert

from plugin.core.identity import OF_THE_MOBILE, Item, Level, Policy, Proof
from plugin.core.times import to_us
from plugin.store.engine import Store
from plugin.store.identity_counts import count
from plugin.store.tables.customers import customer_numbers, customers
from plugin.store.tables.identity import identity_items
from tests.kit.clock import HandClock
from tests.kit.people import Town

CODE, CALL = Proof.ONE_TIME_CODE, Proof.CALL_BACK_PERSONAL_MOBILE
POLICIES = [
    (Policy(), frozenset()),
    (Policy(), OF_THE_MOBILE),
    (Policy(), frozenset({CODE})),
    (Policy(call_back_items=0, further=2), OF_THE_MOBILE),
    (Policy(persons=2, classes=3, further_proofs=frozenset({CODE})), frozenset({CALL})),
    (Policy(items=4, asked=frozenset(Item) - {Item.PASSPHRASE, Item.NAME}), OF_THE_MOBILE),
]


@pytest.mark.parametrize(("policy", "offered"), POLICIES)
def test_it_counts_whom_the_rule_lets_pass(
    store: Store, clock: HandClock, policy: Policy, offered: frozenset[Proof]
) -> None:
    town, chance, expected = Town(store, clock()), random.Random(4), [0, 0, 0, 0, 0]
    settled_by, late = clock() - timedelta(days=7), to_us(clock())
    people = [town.customer(f"C{place}") for place in range(60)]
    gone = town.customer("gone")
    with store.write() as connection:
        for place, customer in enumerate(people):
            held = set(chance.sample(list(Item), chance.randrange(9)))
            new = set(chance.sample(list(Item), 2)) if place % 5 == 0 else set()
            mobile = place % 3 == 0
            for item in held:
                changed = late if item in new else 0
                connection.execute(
                    insert(identity_items).values(customer_id=customer, item=item.value, changed_at=changed)
                )
            if mobile:
                number = {"field": "mobile", "place": "0", "raw": "x", "valid": 1, "kind": "mobile", "personal": 1}
                connection.execute(insert(customer_numbers).values(customer_id=customer, changed_at=0, **number))
            items = (held - new) & policy.asked
            proofs = offered if mobile else frozenset()
            for at, level in enumerate((policy.level_of(items), policy.level_of(items, proofs))):
                expected[1 + 2 * at] += level >= Level.HISTORY
                expected[2 + 2 * at] += level >= Level.LISTEN
        connection.execute(customers.update().where(customers.c.id == gone).values(gone_at=late))
    expected[0] = 60
    with store.read() as connection:
        found = count(connection, policy, offered, settled_by)
    assert [found.people, found.history, found.listen, found.history_by_phone, found.listen_by_phone] == expected
    assert found.history > 0


def test_a_site_without_customers_has_none(store: Store, clock: HandClock) -> None:
    with store.read() as connection:
        assert count(connection, Policy(), OF_THE_MOBILE, clock()).people == 0
