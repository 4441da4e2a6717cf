"""Which tables move, what their columns take, and how rows are read on either side: as plain tuples, some at a time."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Column, LargeBinary, SmallInteger, String, Table, Text

from plugin.core.move import Adder, Cell, ColumnRule, Kind, TableSum
from plugin.store.tables import metadata
from plugin.store.tables.metadata import LOOKED_UP_BY

Rows = Sequence[tuple[Cell, ...]]

MOVED: tuple[Table, ...] = tuple(metadata.sorted_tables)
VERSION_TABLE = "alembic_version"  # written by the steps themselves

_MOST_ROWS = 500
_MOST_LETTERS = 250_000


def rules_of(table: Table) -> tuple[ColumnRule, ...]:
    """Return what the table's columns take, in their order."""
    keys = {column.name for index in table.indexes for column in tuple(index.columns)[: index.info.get(LOOKED_UP_BY)]}
    keys |= {column.name for rule in table.constraints for column in rule.columns}  # type: ignore[attr-defined]
    return tuple(
        ColumnRule(column.name, _kind(column), _most(column), bool(column.nullable), column.name in keys)
        for column in table.columns
    )


def _kind(column: Column[object]) -> Kind:
    if isinstance(column.type, LargeBinary):
        return Kind.BYTES
    if isinstance(column.type, String):
        return Kind.TEXT
    return Kind.SMALL if isinstance(column.type, SmallInteger) else Kind.NUMBER


def _most(column: Column[object]) -> int | None:
    return column.type.length if isinstance(column.type, String) and not isinstance(column.type, Text) else None


def select_all(table: Table, quote: str) -> str:
    """Return the statement that reads every row; `quote` is the database's mark around names."""
    names = ", ".join(f"{quote}{column.name}{quote}" for column in table.columns)
    return f"SELECT {names} FROM {quote}{table.name}{quote}"  # noqa: S608  names of our own tables


def in_lots(table: Table, rows: Iterable[tuple[Cell, ...]]) -> Iterator[Rows]:
    """Yield the rows some at a time: few where they hold long texts, so that no lot fills the memory."""
    rules = rules_of(table)
    long = [place for place, rule in enumerate(rules) if rule.most is None and rule.kind in (Kind.TEXT, Kind.BYTES)]
    lot: list[tuple[Cell, ...]] = []
    letters = 0
    for row in rows:
        lot.append(row)
        for place in long:
            cell = row[place]
            if isinstance(cell, str | bytes):
                letters += len(cell)
        if len(lot) >= _MOST_ROWS or letters >= _MOST_LETTERS:
            yield lot
            lot, letters = [], 0
    if lot:
        yield lot


def sums_by_column(table: Table, rows: Iterable[tuple[Cell, ...]]) -> dict[str, TableSum]:
    """Return the sum of each column by itself, its cells beside their row's key: it tells where two sides differ."""
    names = [column.name for column in table.columns]
    keys = [names.index(column.name) for column in table.primary_key.columns]
    adders = {name: Adder() for name in names}
    for lot in in_lots(table, rows):
        for place, adder in enumerate(adders.values()):
            adder.add((*(row[key] for key in keys), row[place]) for row in lot)
    return {name: adder.sum() for name, adder in adders.items()}
