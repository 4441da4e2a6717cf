"""Past calls of a customer and of his numbers: index look-ups, as fast for a caller of 400,000 calls as for another."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

from plugin.core.calls import Direction, Outcome
from plugin.core.history import EndedCall, HistoryOf, PagePlace, PastCall
from plugin.core.ids import CallId, CustomerId
from plugin.core.times import from_us, to_us
from plugin.store.prepared import Given, Prepared

_COLUMNS = (
    "c.id, c.direction, c.started_at, c.answered_at, c.ended_at, c.outcome, c.queue, c.customer_id, c.topic,"
    " c.disposition, u.name AS operator,"
    " (SELECT GROUP_CONCAT(r.state) FROM recordings r WHERE r.call_id = c.id) AS recordings"
)
_CALLS = "FROM calls c LEFT JOIN users u ON u.id = c.taken_by"
LINE = f"SELECT {_COLUMNS}, 0 {_CALLS}"
_HIS = "WHERE c.customer_id = :customer"
_FROM_NUMBER = "WHERE c.customer_id IS NULL AND c.e164 = :e164"
_ADOPTED = "JOIN call_adoptions a ON a.call_id = c.id WHERE c.customer_id IS NULL AND a.customer_id = :customer"
_NEWEST = "ORDER BY c.started_at DESC LIMIT :most"
_NEWEST_ADOPTED = "ORDER BY a.started_at DESC LIMIT :most"
_BEFORE = (
    "AND c.started_at <= :before AND NOT (c.started_at = :before AND c.id >= :behind)"
    " ORDER BY c.started_at DESC, c.id DESC LIMIT :most"
)


def _together(*parts: str) -> Prepared:
    """Return one statement of the rows of all parts, each of which has its own limit."""
    return Prepared(
        " UNION ALL ".join(f"SELECT * FROM ({part})" for part in parts),  # noqa: S608  constants
        for_mysql=" UNION ALL ".join(f"({part})" for part in parts),  # else it would write them into a table first
    )


_PAGE = _together(f"{LINE} {_HIS} {_BEFORE}", f"{LINE} {_ADOPTED} {_BEFORE.replace('c.started_at', 'a.started_at')}")
_LAST = Prepared(
    f"{LINE} WHERE c.e164 = :e164 AND c.started_at < :before AND c.id <> :besides AND c.merged_into IS NULL"
    " ORDER BY c.started_at DESC LIMIT 1"
)
_AT_ONCE = 16  # histories: SQLite takes no more than 500 parts in a statement
_AGE = itemgetter(2, 0)
_SECOND_US = 1_000_000
_new = tuple.__new__
_DIRECTIONS = {each.value: each for each in Direction}
_OUTCOMES = {None: None} | {each.value: each for each in Outcome}


def newest(connection: Connection, wanted: Sequence[HistoryOf]) -> tuple[tuple[PastCall, ...], ...]:
    """Return for each the newest calls given to the customer, or from the number and given to nobody.

    Those that stand with him because their number is his since are among them (store/adoptions.py). Sixteen histories
    are one statement, which is one wait for a server.
    """
    found: list[tuple[PastCall, ...]] = []
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        rows: list[list[Sequence[Any]]] = [[] for _ in some]
        for row in _rows(connection, some):
            rows[row[-1]].append(row)
        found += [_lines(his, each.most) for his, each in zip(rows, some, strict=True)]
    return tuple(found)


def _rows(connection: Connection, wanted: Sequence[HistoryOf]) -> Sequence[Sequence[Any]]:
    kinds = kinds_of(wanted)
    return of_many(kinds).rows(connection, **given_of(wanted)) if any(map(any, kinds)) else ()


def kinds_of(wanted: Sequence[HistoryOf]) -> tuple[tuple[bool, bool], ...]:
    """Return of each whether a customer's calls are wanted, and whether a number's."""
    return tuple((each.customer_id is not None, each.e164 is not None) for each in wanted)


def given_of(wanted: Sequence[HistoryOf]) -> dict[str, Given]:
    """Return what `of_many` is run with."""
    given: dict[str, Given] = {}
    for place, (customer_id, e164, most) in enumerate(wanted):
        given |= {f"customer{place}": customer_id, f"e164{place}": e164, f"most{place}": most}
    return given


@lru_cache(maxsize=64)
def of_many(kinds: tuple[tuple[bool, bool], ...]) -> Prepared:
    """Return the statement of the newest calls of so many histories; each row ends with the place of its own."""
    parts = [
        f"SELECT {_COLUMNS}, {place} {_CALLS} {where}{place} {order}{place}"
        for place, (his, from_number) in enumerate(kinds)
        for where, order, is_wanted in (
            (_HIS, _NEWEST, his),
            (_ADOPTED, _NEWEST_ADOPTED, his),
            (_FROM_NUMBER, _NEWEST, from_number),
        )
        if is_wanted
    ]
    return _together(*parts)


def page(connection: Connection, customer_id: CustomerId, after: PagePlace, most: int) -> tuple[PastCall, ...]:
    """Return the customer's next `most` calls behind a place in his history, those that stand with him among them."""
    place: dict[str, Given] = {"before": to_us(after.started_at), "behind": after.call_id}
    given = place | {"customer": customer_id, "most": most}
    return _lines(_PAGE.rows(connection, **given), most)


def last_from(connection: Connection, e164: str, before: datetime, besides: CallId) -> EndedCall | None:
    """Return the newest call with the number that began before `before`, whosever it is; None for none that is over."""
    row = _LAST.row(connection, e164=e164, before=to_us(before), besides=besides)
    return None if row is None or row[4] is None else EndedCall(past_of(row), from_us(row[4]))


def _lines(rows: Sequence[Sequence[Any]], most: int) -> tuple[PastCall, ...]:
    each_once = {row[0]: row for row in rows}  # one may stand with him and be from his number
    return tuple(map(past_of, sorted(each_once.values(), key=_AGE, reverse=True)[:most]))


def past_of(row: Sequence[Any]) -> PastCall:
    """Return the line that a row of `LINE` holds."""
    # Twenty of these are built for each candidate of each pop: by place, without asking the enums or calling what can
    # be written here, and as PastCall._make does it, after counting.
    call_id, direction, started, answered, ended, outcome, queue, customer, topic, disposition, who, states, _ = row
    talk_s = None
    if answered is not None and ended is not None:
        talk_s = (ended - answered) // _SECOND_US if ended > answered else 0
    return _new(
        PastCall,
        (
            call_id,
            _DIRECTIONS[direction],
            from_us(started),
            talk_s,
            answered is not None,
            _OUTCOMES[outcome],
            queue,
            customer,
            topic,
            disposition,
            who,
            _states(states) if states else (),
        ),
    )


@lru_cache(maxsize=64)
def _states(text: str) -> tuple[str, ...]:
    return tuple(sorted(text.split(",")))
