"""The erasure of remarks beside the audit: text and salt go, and a stone stays that is applied again to an older copy.

A stone names its line by number and hash: in a copy that was put back the same number may be another line's.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from plugin.core.audit_check import read_remark_key, remark_key
from plugin.core.retention import RemarkStone
from plugin.core.times import from_us, to_us
from plugin.store import audit
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.keeping import remark_tombstones

_STONE = remark_tombstones.c


def erase(connection: Connection, seq: int, name: str, rule: str, at: datetime) -> bool:
    """Erase the remark `name` beside the line numbered `seq` and leave its stone; False where it is not there."""
    line_hash = _hashes(connection, [seq]).get(seq)
    if line_hash is None or not audit.erase_remark(connection, seq, name):
        return False
    _put(connection, RemarkStone(remark_key(seq, name), line_hash, rule, at))
    return True


def apply_again(connection: Connection, stones: Sequence[RemarkStone]) -> list[RemarkStone]:
    """Erase anew, in an older copy of the database, what the stones tell of; return those of which there was any."""
    places = {one.remark: read_remark_key(one.remark) for one in stones}
    hashes = _hashes(connection, [seq for seq, _ in places.values()])
    known = set(connection.scalars(select(_STONE.remark).where(_STONE.remark.in_(places))))
    erased = []
    for one in stones:
        seq, name = places[one.remark]
        if hashes.get(seq) != one.line_hash:
            continue
        if audit.erase_remark(connection, seq, name):
            erased.append(one)
        if one.remark not in known:
            known.add(one.remark)
            _put(connection, one)
    return erased


def _hashes(connection: Connection, numbers: Sequence[int]) -> dict[int, str]:
    found = connection.execute(select(audit_lines.c.seq, audit_lines.c.hash).where(audit_lines.c.seq.in_(numbers)))
    return {row.seq: row.hash for row in found}


def _put(connection: Connection, stone: RemarkStone) -> None:
    told = {"line_hash": stone.line_hash, "rule": stone.rule, "purged_at": to_us(stone.purged_at)}
    connection.execute(insert(remark_tombstones).values(remark=stone.remark, **told))


def unsettled(connection: Connection, most: int) -> list[RemarkStone]:
    """Return stones that are not known to be written down outside."""
    wanted = select(remark_tombstones).where(_STONE.settled_at.is_(None)).order_by(_STONE.remark)
    return [_stone(row) for row in connection.execute(wanted.limit(most))]


def settle(connection: Connection, stones: Sequence[RemarkStone], at: datetime) -> None:
    """Note that these stones are written down outside."""
    gone = _STONE.remark.in_([one.remark for one in stones])
    connection.execute(update(remark_tombstones).where(gone).values(settled_at=to_us(at)))


def settled(connection: Connection, after: str, most: int) -> list[tuple[str, datetime]]:
    """Return remarks whose stones are said to be written down outside, and when they went, those behind `after`."""
    told = _STONE.settled_at.is_not(None) & (_STONE.remark > after)
    found = connection.execute(select(_STONE.remark, _STONE.purged_at).where(told).order_by(_STONE.remark).limit(most))
    return [(row.remark, from_us(row.purged_at)) for row in found]


def unsettle(connection: Connection, ids: Collection[str]) -> None:
    """Let these stones be written down outside once more."""
    connection.execute(update(remark_tombstones).where(_STONE.remark.in_(ids)).values(settled_at=None))


def _stone(row: Row[Any]) -> RemarkStone:
    return RemarkStone(row.remark, row.line_hash, row.rule, from_us(row.purged_at))
