"""Fills an org with a synthetic Japan of contacts, past every check, fast: what was there before the test began."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.bench.japan import Someone, people, typed
from tests.salesforce_org.answers import stamp
from tests.salesforce_org.tables import Value

if TYPE_CHECKING:
    from tests.salesforce_org.org import Org

_COLUMNS: tuple[str, ...] = (
    "Id",
    "LastName",
    "FirstName",
    "Name",
    "Phone",
    "MobilePhone",
    "MailingState",
    "OwnerId",
    "IsDeleted",
)
_COLUMNS += ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")
_OLDEST_DAYS = 700


def fill(org: "Org", count: int, seed: int = 1) -> None:
    """Give the org `count` contacts, changed at some time of the last 700 days, numbers as people type them."""
    with org.lock:
        org.tables.load("Contact", _COLUMNS, _rows(org, count, seed))


def _rows(org: "Org", count: int, seed: int) -> Iterator[tuple[Value, ...]]:
    chance = random.Random(seed)
    contact = org.thing("Contact")
    begin = org.now() - timedelta(days=_OLDEST_DAYS)
    hours = [stamp(begin + timedelta(hours=hour)) for hour in range(_OLDEST_DAYS * 24)]
    for one in people(count, seed):
        at = hours[chance.randrange(len(hours))]
        last, _, first = one.name.partition(" ")
        phone, mobile = _numbers(one, chance)
        record_id = org.records.next_id(contact)
        yield (
            *(record_id, last, first, one.name, phone, mobile, "東京都", org.admin_id, 0),
            *(at, org.admin_id, at, org.admin_id, at),
        )


def _numbers(one: Someone, chance: random.Random) -> tuple[str | None, str | None]:
    """Return his number in the field where people put it: ten national digits are a mobile's."""
    number = typed(one.national, chance)
    return (None, number) if len(one.national) == 10 else (number, None)
