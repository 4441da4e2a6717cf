"""Rows in every table, of everything that a move can spoil: scripts, emoji, letters that collations take for the same,
empty and absent values, line ends, zero bytes, numbers of 64 bits, long notes, bytes.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from plugin.core.audit import Act, AuditFact, Remark, RemarkName
from plugin.core.move import Cell, ColumnRule, Kind
from plugin.store import audit
from plugin.store.moving.rows import MOVED, rules_of
from plugin.store.tables.audit import audit_head, audit_lines, audit_remarks
from tests.kit.clock import HandClock

_ALIKE = ("abc", "ABC", "は", "ハ", "ﾊ", "e", "é", "ß", "ss", "髙", "高", "𠮟る", "☎️", "a\tb", "ﬁ")
_TEXTS = (
    *(
        "",
        "解約のご相談。折り返しを希望",
        "😀👨‍👩‍👧‍👦 絵文字",
        "a\\b'c\"d`e%s?:x",
        "一行目\r\n二行目\n",
        "NULL",
        "\0中に零",
        "e\u0301",
    ),
    "\ufeff先頭",
    "𠮷野家",
    " 前後 ",
)
_NUMBERS = (1_795_388_270_416_123, 2_147_483_648, -1, 0, 9_223_372_036_854_775_807, -9_223_372_036_854_775_808, 1)
LONG_NOTE = "長いメモ😀" * 40_000  # 200,000 letters


def fill_all(connection: Connection, rows: int, long_notes: int = 1, *, extremes: bool = True) -> None:
    """Put `rows` rows into every table that moves, and as many lines into the audit.

    `extremes`: numbers are of all that 64 bits hold; else every one may be an instant.
    """
    numbers = _NUMBERS if extremes else _NUMBERS[:2]
    for table in MOVED:
        if table not in (audit_head, audit_lines, audit_remarks):
            connection.execute(insert(table), list(rows_of(table, rows, long_notes, numbers)))
    fill_audit(connection, rows)


def fill_audit(connection: Connection, lines: int) -> None:
    """Append `lines` lines to the audit."""
    at = HandClock().at
    for place in range(lines):
        who = f"users{place}" if place % 2 else None
        said = (Remark(RemarkName.SEARCH, f"髙橋\u3000\n=1+{place}"),)
        at_then = at + timedelta(seconds=place)
        audit.append(connection, AuditFact(Act.LOOK_UP, at_then, user_id=who, outcome="found 1", remarks=said))


def rows_of(table: Table, rows: int, long_notes: int, numbers: Sequence[int] = _NUMBERS) -> Iterator[dict[str, Any]]:
    """Yield rows that fit the table's keys; row n points to rows n of other tables."""
    rules = rules_of(table)
    points = {key.parent.name: key.column.table.name for key in table.foreign_keys}
    long = next((rule.name for rule in rules if rule.kind is Kind.TEXT and rule.most is None and not rule.is_key), None)
    for place in range(rows):
        row: dict[str, Any] = {rule.name: _cell(table.name, rule, place, numbers) for rule in rules}
        row |= {name: f"{other}{place}" for name, other in points.items()}
        if "id" in row:
            row["id"] = f"{table.name}{place}"
        if long is not None and place < long_notes:
            row[long] = LONG_NOTE
        yield row


def _cell(table: str, rule: ColumnRule, place: int, numbers: Sequence[int]) -> Cell:
    turn = place + len(rule.name) + len(table)
    if rule.optional and turn % 3 == 0:
        return None
    match rule.kind:
        case Kind.NUMBER:
            return numbers[0] + place if rule.is_key else numbers[turn % len(numbers)]
        case Kind.SMALL:
            return turn % 2
        case Kind.BYTES:
            return bytes(range(turn % 256)) * (turn % 3)
        case Kind.TEXT:
            if rule.is_key and rule.most is not None and rule.most < 8:
                return f"{place:x}"
            if rule.is_key:
                alike = _ALIKE[place % len(_ALIKE)]
                round_ = place // len(_ALIKE)
                return f"{alike}{round_}" if round_ else alike
            return _TEXTS[turn % len(_TEXTS)][: rule.most]


def count_all(connection: Connection) -> dict[str, int]:
    """Return how many rows each table has that moves."""
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in MOVED}
