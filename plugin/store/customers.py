"""The replica of the CRM's customers, for reading: who has a number, one customer, his numbers, and finding by words.

Writing is customer_pages.py's. Customers that are gone from the CRM hold no number and are found by nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, text

from plugin.core.customers import Customer, CustomerKind, HeldNumber, NumberHolder, NumberKind
from plugin.core.ids import CustomerId
from plugin.core.name_index import holds, sought_pairs
from plugin.core.times import from_us, maybe_at
from plugin.store.prepared import Prepared
from plugin.store.tables.customers import customer_numbers, name_pairs

_COLUMNS = "c.id, c.crm, c.external_id, c.kind, c.name, c.kana, c.code, c.household, o.id, o.name, c.gone_at"
_ORGANISATION = "LEFT JOIN customers o ON o.crm = c.crm AND o.external_id = c.organisation AND o.gone_at IS NULL"
_HOLDERS = Prepared(
    f"SELECT {_COLUMNS}, n.field, n.kind, n.extension, n.personal FROM customer_numbers n "  # noqa: S608  constants
    f"JOIN customers c ON c.id = n.customer_id {_ORGANISATION} "
    "WHERE n.e164 = :e164 AND c.gone_at IS NULL ORDER BY n.customer_id, n.field, n.place LIMIT :most"
)
_CUSTOMERS = text(
    f"SELECT {_COLUMNS} FROM customers c {_ORGANISATION} WHERE c.id IN :ids"  # noqa: S608  constants
).bindparams(bindparam("ids", expanding=True))
_BY_CODE = text("SELECT id FROM customers WHERE code = :code AND gone_at IS NULL ORDER BY id LIMIT :most")
_COUNTED = 1_000  # pairs that stand with more customers than this are equally common to us
_AT_ONCE = 500
_MOST_LOOKED_THROUGH = 20_000
_MOST_WITH_LETTER = 2_000


def holders(connection: Connection, e164: str, most: int) -> list[NumberHolder]:
    """Return up to `most` entries of customers under the number `e164`, a customer once for each field that has it."""
    rows = _HOLDERS.rows(connection, e164=e164, most=most)
    return [NumberHolder(_customer(row), row[11], NumberKind(row[12]), row[13], bool(row[14])) for row in rows]


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


def with_code(connection: Connection, code: str, most: int) -> list[Customer]:
    """Return up to `most` customers whose code is `code` to the letter."""
    return _found(connection, list(connection.scalars(_BY_CODE, {"code": code, "most": most})))


def with_words(connection: Connection, words: Sequence[str], most: int) -> list[Customer]:
    """Return up to `most` customers whose name, reading or code holds each of the folded `words` (core/name_index.py).

    Looks through the customers of the rarest pair of letters, oldest first, and through no more than 20,000 of them;
    where all words are single letters, through the first 2,000 entries that begin with the first of them.
    """
    pairs = list(dict.fromkeys(pair for word in words for pair in sought_pairs(word)))
    if not pairs:
        return _holding(connection, _with_letter(connection, words[0]), words)[:most]
    pairs.sort(key=lambda pair: _commonness(connection, pair))
    found: list[Customer] = []
    after, looked_through = "", 0
    while len(found) < most and looked_through < _MOST_LOOKED_THROUGH:
        ids = _next_with_pairs(connection, pairs, after)
        if not ids:
            break
        found += _holding(connection, ids, words)
        after, looked_through = ids[-1], looked_through + len(ids)
    return found[:most]


def _holding(connection: Connection, ids: Sequence[str], words: Sequence[str]) -> list[Customer]:
    # Two pairs may stand in two fields, or in another order than in the word: read what is written.
    return [one for one in _found(connection, ids) if holds((one.name, one.kana, one.code), words)]


def _found(connection: Connection, ids: Sequence[str]) -> list[Customer]:
    return [one for _, one in sorted(of_ids(connection, ids).items())]


def _with_letter(connection: Connection, letter: str) -> list[str]:
    begins = (name_pairs.c.pair >= letter) & (name_pairs.c.pair < letter + "\U0010ffff")
    some = select(name_pairs.c.customer_id).where(begins).limit(_MOST_WITH_LETTER).subquery()
    return list(connection.scalars(select(some.c.customer_id).distinct()))


def _commonness(connection: Connection, pair: str) -> int:
    some = select(name_pairs.c.customer_id).where(name_pairs.c.pair == pair).limit(_COUNTED).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0


def _next_with_pairs(connection: Connection, pairs: Sequence[str], after: str) -> list[str]:
    """Return the next ids after `after` of customers who have all the pairs."""
    first = name_pairs.alias()
    query = select(first.c.customer_id).where(first.c.pair == pairs[0], first.c.customer_id > after)
    for pair in pairs[1:]:
        other = name_pairs.alias()
        also = select(other.c.pair).where(other.c.pair == pair, other.c.customer_id == first.c.customer_id)
        query = query.where(also.exists())
    return list(connection.scalars(query.order_by(first.c.customer_id).limit(_AT_ONCE)))


def _customer(row: Sequence[Any]) -> Customer:
    return Customer(
        id=CustomerId(row[0]),
        crm=row[1],
        external_id=row[2],
        kind=CustomerKind(row[3]),
        name=row[4],
        kana=row[5],
        code=row[6],
        household=row[7],
        organisation_id=row[8],
        organisation_name=row[9],
        gone_at=maybe_at(row[10]),
    )
