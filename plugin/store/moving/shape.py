"""Whether a MySQL database has the shape that our own steps give it: columns, keys, indexes, rules. Looks, never mends.

What it must be is read from plugin/store/tables; what it is, from the server's information_schema.
"""

import re
from collections.abc import Iterable

from sqlalchemy import Connection, ForeignKeyConstraint, Table, UniqueConstraint, text

from plugin.core.move import Fault, Finding
from plugin.store.tables import metadata

_COLUMNS = text(
    "SELECT table_name, column_name, column_type, is_nullable, collation_name FROM information_schema.columns"
    " WHERE table_schema = DATABASE()"
)
_INDEXES = text(
    "SELECT table_name, index_name, non_unique, column_name FROM information_schema.statistics"
    " WHERE table_schema = DATABASE() ORDER BY table_name, index_name, seq_in_index"
)
_RULES = text(
    "SELECT table_name, constraint_name, column_name, referenced_table_name, referenced_column_name"
    " FROM information_schema.key_column_usage"
    " WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL"
    " ORDER BY table_name, constraint_name, ordinal_position"
)
_TRIGGERS = text("SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()")
_TRIGGERS_WANTED = frozenset({"audit_lines_no_update", "audit_lines_no_delete", "audit_remarks_no_update"})
_COLLATION = "utf8mb4_bin"


def faults_of_shape(connection: Connection) -> list[Finding]:
    """Return every column, key, index, foreign key and trigger that is missing or another one than ours."""
    tables = metadata.sorted_tables
    found = _columns(connection, tables) + _indexes(connection, tables) + _rules(connection, tables)
    missing = _TRIGGERS_WANTED - {row[0] for row in connection.execute(_TRIGGERS)}
    return found + [Finding(Fault.SHAPE, name.partition("_no_")[0], f"trigger {name}") for name in sorted(missing)]


def _columns(connection: Connection, tables: Iterable[Table]) -> list[Finding]:
    there = {(row[0], row[1]): tuple(row)[2:] for row in connection.execute(_COLUMNS)}
    found = []
    for table in tables:
        for column in table.columns:
            kind = _type_name(column.type.compile(connection.dialect))
            is_text = kind.startswith(("varchar", "longtext"))
            wanted = (kind, "YES" if column.nullable else "NO", _COLLATION if is_text else None)
            told = there.get((table.name, column.name))
            if told is None or (_type_name(told[0]), told[1], told[2]) != wanted:
                found.append(Finding(Fault.SHAPE, table.name, f"column {column.name}"))
    return found


def _type_name(said: str) -> str:
    plain = re.sub(r"\s+(collate|character set)\s+\S+", "", said.lower())
    return re.sub(r"^(bigint|smallint)\(\d+\)", r"\1", plain)  # a width to show, which MySQL 8 does not tell


def _indexes(connection: Connection, tables: Iterable[Table]) -> list[Finding]:
    there: dict[str, dict[str, tuple[bool, list[str]]]] = {}
    for table, index, non_unique, column in connection.execute(_INDEXES):
        there.setdefault(table, {}).setdefault(index, (not non_unique, []))[1].append(column)
    found = []
    for table in tables:
        has = {(unique, tuple(columns)) for unique, columns in there.get(table.name, {}).values()}
        wanted = [(True, tuple(table.primary_key.columns.keys()))]
        wanted += [
            (True, tuple(rule.columns.keys())) for rule in table.constraints if isinstance(rule, UniqueConstraint)
        ]
        wanted += [(bool(index.unique), tuple(index.columns.keys())) for index in table.indexes]
        found += [
            Finding(Fault.SHAPE, table.name, f"{'unique ' if unique else ''}index {', '.join(columns)}")
            for unique, columns in wanted
            if (unique, columns) not in has
        ]
    return found


def _rules(connection: Connection, tables: Iterable[Table]) -> list[Finding]:
    there: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for table, name, column, other, other_column in connection.execute(_RULES):
        there.setdefault((table, name), []).append((column, other, other_column))
    has = {(table, tuple(parts)) for (table, _), parts in there.items()}
    return [
        Finding(Fault.SHAPE, table.name, f"foreign key {', '.join(rule.column_keys)}")
        for table in tables
        for rule in table.constraints
        if isinstance(rule, ForeignKeyConstraint) and (table.name, _parts(rule)) not in has
    ]


def _parts(rule: ForeignKeyConstraint) -> tuple[tuple[str, str, str], ...]:
    return tuple((one.parent.name, one.column.table.name, one.column.name) for one in rule.elements)
