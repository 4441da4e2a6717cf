"""The replica of the CRM's customers, for reading: who has a number, one customer, his numbers, and finding by words.

Writing is customer_pages.py's. Customers that are gone from the CRM hold no number and are found by nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, text

from plugin.core.customers import Customer, CustomerKind, HeldNumber, NumberHolder, NumberKind
from plugin.core.ids import CustomerId
from plugin.core.name_index import holds, sought_pairs
from plugin.core.times import from_us, maybe_at
from plugin.store import name_blocks
from plugin.store.prepared import Prepared
from plugin.store.tables.customers import customer_numbers

_COLUMNS = "c.id, c.crm, c.external_id, c.kind, c.name, c.kana, c.code, c.household, o.id, o.name, c.gone_at"
_ORGANISATION = "LEFT JOIN customers o ON o.crm = c.crm AND o.external_id = c.organisation AND o.gone_at IS NULL"
_HOLDERS = Prepared(
    f"SELECT {_COLUMNS}, n.field, n.kind, n.extension, n.personal FROM number_holders h "  # noqa: S608  constants
    f"JOIN customers c ON c.place = h.place {_ORGANISATION} "
    "JOIN customer_numbers n ON n.customer_id = c.id AND n.e164 = h.e164 "
    "WHERE h.e164 = :e164 AND c.gone_at IS NULL ORDER BY h.place, n.field, n.place LIMIT :most"
)
_CUSTOMERS = text(
    f"SELECT {_COLUMNS} FROM customers c {_ORGANISATION} WHERE c.id IN :ids"  # noqa: S608  constants
).bindparams(bindparam("ids", expanding=True))
_AT_PLACES = text(
    f"SELECT {_COLUMNS} FROM customers c {_ORGANISATION} WHERE c.place IN :places"  # noqa: S608  constants
    " AND c.gone_at IS NULL ORDER BY c.place"
).bindparams(bindparam("places", expanding=True))
_BY_CODE = text("SELECT id FROM customers WHERE code = :code AND gone_at IS NULL ORDER BY id LIMIT :most")
_BETWEEN = text(
    "SELECT external_id, kind, stamp FROM customers"
    " WHERE crm = :crm AND external_id > :after AND external_id <= :up_to AND gone_at IS NULL"
)
_CUSTOMER_KINDS = {each.value: each for each in CustomerKind}  # a tenth of what asking the enum costs
_NUMBER_KINDS = {each.value: each for each in NumberKind}
_AT_ONCE = 500
_MOST_LOOKED_THROUGH = 20_000
_MOST_WITH_LETTER = 2_000


def holders(connection: Connection, e164: str, most: int) -> list[NumberHolder]:
    """Return up to `most` entries of customers under the number `e164`, a customer once for each field that has it."""
    rows = _HOLDERS.rows(connection, e164=e164, most=most)
    return [NumberHolder(_customer(row), row[11], _NUMBER_KINDS[row[12]], row[13], bool(row[14])) for row in rows]


def of_id(connection: Connection, customer_id: CustomerId) -> Customer | None:
    """Return the customer, gone or not, or None."""
    return of_ids(connection, (customer_id,)).get(customer_id)


def of_ids(connection: Connection, ids: Iterable[str]) -> dict[CustomerId, Customer]:
    """Return those customers that exist, gone ones too, by id."""
    wanted = list(ids)
    if not wanted:
        return {}
    return {customer.id: customer for customer in map(_customer, connection.execute(_CUSTOMERS, {"ids": wanted}))}


def numbers_of(connection: Connection, customer_id: CustomerId) -> tuple[HeldNumber, ...]:
    """Return every number written for the customer, unreadable ones too, in the order of fields."""
    rows = connection.execute(
        select(customer_numbers)
        .where(customer_numbers.c.customer_id == customer_id)
        .order_by(customer_numbers.c.field, customer_numbers.c.place)
    )
    return tuple(
        HeldNumber(
            field=row.field,
            raw=row.raw,
            e164=row.e164,
            valid=bool(row.valid),
            extension=row.extension,
            kind=NumberKind(row.kind),
            personal=bool(row.personal),
            changed_at=from_us(row.changed_at),
        )
        for row in rows
    )


def numbers_of_all(connection: Connection, ids: Iterable[CustomerId]) -> frozenset[str]:
    """Return every E.164 that one of the customers has."""
    wanted = list(ids)
    found: set[str | None] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        some = customer_numbers.c.customer_id.in_(wanted[start : start + _AT_ONCE])
        found.update(connection.scalars(select(customer_numbers.c.e164).where(some)))
    return frozenset(e164 for e164 in found if e164 is not None)


def known_between(connection: Connection, crm: str, after: str, up_to: str) -> dict[str, tuple[CustomerKind, str]]:
    """Return kind and stamp of everybody of `crm` who is not gone, by external id, from behind `after` to `up_to`."""
    rows = connection.execute(_BETWEEN, {"crm": crm, "after": after, "up_to": up_to})
    return {row[0]: (CustomerKind(row[1]), row[2] or "") for row in rows}


def with_code(connection: Connection, code: str, most: int) -> list[Customer]:
    """Return up to `most` customers whose code is `code` to the letter."""
    ids = list(connection.scalars(_BY_CODE, {"code": code, "most": most}))
    return [one for _, one in sorted(of_ids(connection, ids).items())]


def with_words(connection: Connection, words: Sequence[str], most: int) -> list[Customer]:
    """Return up to `most` customers whose name, reading or code holds each of the folded `words` (core/name_index.py).

    Looks through 20,000 customers who have the words' pairs of letters, the oldest first, and no more; where all words
    are single letters, through 2,000 who have the first of them.
    """
    pairs = list(dict.fromkeys(pair for word in words for pair in sought_pairs(word)))
    if pairs:
        lots, left = name_blocks.with_pairs(connection, pairs), _MOST_LOOKED_THROUGH
    else:
        lots, left = name_blocks.with_letter(connection, words[0]), _MOST_WITH_LETTER
    found: dict[CustomerId, Customer] = {}
    for places in lots:
        for start in range(0, min(len(places), left), _AT_ONCE):
            some = places[start : min(start + _AT_ONCE, left)]
            found |= {one.id: one for one in _holding(connection, some, words)}
            if len(found) >= most:
                return list(found.values())[:most]
        left -= len(places)
        if left <= 0:
            break
    return list(found.values())


def _holding(connection: Connection, places: Sequence[int], words: Sequence[str]) -> list[Customer]:
    # Two pairs may stand in two fields, or in another order than in the word: read what is written.
    there = map(_customer, connection.execute(_AT_PLACES, {"places": list(places)}))
    return [one for one in there if holds((one.name, one.kana, one.code), words)]


def _customer(row: Sequence[Any]) -> Customer:
    return Customer(
        id=CustomerId(row[0]),
        crm=row[1],
        external_id=row[2],
        kind=_CUSTOMER_KINDS[row[3]],
        name=row[4],
        kana=row[5],
        code=row[6],
        household=row[7],
        organisation_id=row[8],
        organisation_name=row[9],
        gone_at=maybe_at(row[10]),
    )
