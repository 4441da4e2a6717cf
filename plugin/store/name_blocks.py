"""The index by which customers are found by words: for each block of customers, who has which two letters.

Every customer of the index has a place, places lie in blocks of 4,096, and a row holds which of a block's customers
have one pair of letters. New customers are written behind all others and touch no row of theirs, so that a million of
them cost little and hold nobody up; a search asks each block once (docs/decisions/0120). Knows letters, judges nothing.
"""

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from sys import byteorder
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, text

from plugin.store.prepared import ManyRows, NewRows
from plugin.store.tables.customers import customers

BLOCK = 4_096
_NEW_BLOCK_FROM = 100  # so many at once begin a block of their own; fewer are written into the last one
_MOST_PAIRS = 6  # of a search that are looked up; who is found is read and compared whole anyway
_OFFSETS = tuple(offset.to_bytes(2, "big") for offset in range(BLOCK))
_ADD = NewRows("INSERT INTO name_blocks (block, pair, members)", 3)
_CHANGE = ManyRows("UPDATE name_blocks SET members = ? WHERE block = ? AND pair = ?")
_DROP = ManyRows("DELETE FROM name_blocks WHERE block = ? AND pair = ?")
_KEPT = "SELECT pair, members FROM name_blocks WHERE block = :block AND pair IN :pairs"
_LOCKED = {  # SQLite has one writer anyway
    sqlite: text(f"{_KEPT}{'' if sqlite else ' FOR UPDATE'}").bindparams(bindparam("pairs", expanding=True))
    for sqlite in (True, False)
}
_ANY = text("SELECT 1 FROM name_blocks WHERE block = :block LIMIT 1")
_BLOCKS_AT_ONCE = 500


def new_places(connection: Connection, count: int) -> range:
    """Return places for `count` customers who get into the index now, behind all others."""
    last = connection.scalar(select(func.max(customers.c.place)))
    first = 0 if last is None else last + 1
    left = -first % BLOCK
    if count > left or (count >= _NEW_BLOCK_FROM and left):
        first += left
    return range(first, first + count)


def change(connection: Connection, changed: Sequence[tuple[int, Collection[str], Collection[str]]]) -> None:
    """Write what has changed: each place with the pairs that its customer had until now, and those he has."""
    lost: dict[int, dict[str, set[bytes]]] = defaultdict(lambda: defaultdict(set))
    won: dict[int, dict[str, bytearray]] = defaultdict(lambda: defaultdict(bytearray))
    for place, before, now in changed:
        block, offset = divmod(place, BLOCK)
        token = _OFFSETS[offset]
        for pair in before:
            if pair not in now:
                lost[block][pair].add(token)
        of_block = won[block]
        for pair in (pair for pair in now if pair not in before) if before else now:
            of_block[pair] += token
    for block in lost.keys() | won.keys():
        _change_block(connection, block, lost[block], won[block])


def _change_block(connection: Connection, block: int, lost: dict[str, set[bytes]], won: dict[str, bytearray]) -> None:
    kept: dict[str, bytes] = {}
    if connection.scalar(_ANY, {"block": block}):
        asked = {"block": block, "pairs": list(lost.keys() | won.keys())}
        kept = {row.pair: row.members for row in connection.execute(_LOCKED[_is_sqlite(connection)], asked)}
    added, changed, dropped = [], [], []
    for pair in lost.keys() | won.keys():
        members = _without(kept.get(pair, b""), lost.get(pair, set())) + bytes(won.get(pair, b""))
        if pair not in kept:
            added.append((block, pair, members))
        elif members:
            changed.append((members, block, pair))
        else:
            dropped.append((block, pair))
    _ADD.run(connection, sorted(row for row in added if row[2]))
    _CHANGE.run(connection, changed)
    _DROP.run(connection, dropped)


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _without(members: bytes, tokens: set[bytes]) -> bytes:
    if not tokens:
        return members
    each = (members[start : start + 2] for start in range(0, len(members), 2))
    return b"".join(token for token in each if token not in tokens)


def with_pairs(connection: Connection, pairs: Sequence[str]) -> Iterator[list[int]]:
    """Yield the places of customers who have all the pairs, block by block, the oldest first.

    Only six of the pairs are looked at, so who is found may lack the others.
    """
    asked = list(pairs)[:_MOST_PAIRS]
    others = range(1, len(asked))
    columns = ", ".join(f"p{place}.members" for place in range(len(asked)))
    joins = " ".join(
        f"JOIN name_blocks p{place} ON p{place}.block = p0.block AND p{place}.pair = :p{place}" for place in others
    )
    statement = f"SELECT p0.block, {columns} FROM name_blocks p0 {joins} WHERE p0.block IN :blocks AND p0.pair = :p0"  # noqa: S608
    given = {f"p{place}": pair for place, pair in enumerate(asked)}
    for row in _of_blocks(connection, statement, given):
        offsets = set.intersection(*(set(_offsets(members)) for members in row[1:]))
        if offsets:
            yield [row[0] * BLOCK + offset for offset in sorted(offsets)]


def with_letter(connection: Connection, letter: str) -> Iterator[list[int]]:
    """Yield the places of customers in one of whose fields the letter stands, block by block, the oldest first."""
    statement = (
        "SELECT p0.block, p0.members FROM name_blocks p0"
        " WHERE p0.block IN :blocks AND p0.pair >= :letter AND p0.pair < :beyond"
    )
    for row in _of_blocks(connection, statement, {"letter": letter, "beyond": letter + "\U0010ffff"}):
        yield [row[0] * BLOCK + offset for offset in _offsets(row[1])]


def _of_blocks(connection: Connection, statement: str, given: dict[str, str]) -> Iterator[Sequence[Any]]:
    """Run the statement for some blocks after the other: each is a look-up by its number and the letters."""
    last = connection.scalar(select(func.max(customers.c.place))) or 0
    ordered = text(f"{statement} ORDER BY p0.block").bindparams(bindparam("blocks", expanding=True))
    for start in range(0, last // BLOCK + 1, _BLOCKS_AT_ONCE):
        blocks = list(range(start, start + _BLOCKS_AT_ONCE))
        yield from connection.execute(ordered, {**given, "blocks": blocks})


def _offsets(members: bytes) -> "array[int]":
    offsets = array("H", members)
    if byteorder == "little":
        offsets.byteswap()
    return offsets
