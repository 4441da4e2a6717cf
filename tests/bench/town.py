"""Fills a fresh database with a synthetic Japan and ten calls a customer, past the services, fast."""

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from plugin.core.ids import new_id
from plugin.core.times import to_us
from tests.bench.japan import Someone, mobile, people, typed
from tests.kit.clock import HandClock

CALLS_EACH = 10
MOST_CALLS = 10_000_000
_OPERATORS = 200
BUSIEST = "7012345678"  # one call in a hundred comes from here, and all are one customer's
_YEARS_US = 2 * 365 * 86_400 * 1_000_000
_NOW = HandClock().at
_DROPPED = (
    "customers",
    "customer_numbers",
    "number_holders",
    "calls",
    "summaries",
    "assignments",
    "pops",
    "recordings",
)


def step_of(size: int) -> int:
    """Return which of so many customers call at all: each, or with more than ten million calls every so many-th."""
    return max(1, size * CALLS_EACH // MOST_CALLS)


def is_written(someone: Someone, step: int) -> bool:
    """Tell whether he calls, and his calls have operators, summaries, recordings and decisions: one in 25, and all who
    share.
    """
    return someone.place % step == 0 and (someone.place // step % 25 == 0 or someone.group is not None)


def _id(place: int) -> str:
    # Of the form and order of our ids; kept nowhere, ten million of them would fill the memory.
    return f"01{place:024}"


def fill(path: Path, size: int) -> None:
    """Put `size` customers with numbers and calls into the database at `path`, whose schema nobody has open."""
    connection = sqlite3.connect(path, isolation_level=None)
    # No journal while it fills, the site's own afterwards.
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    names = ",".join(f"'{table}'" for table in _DROPPED)
    indexes = connection.execute(
        f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({names})"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    connection.execute("BEGIN")
    _fill(connection, size)
    connection.execute(
        "INSERT INTO number_holders (e164, place) SELECT DISTINCT n.e164, c.place FROM customer_numbers n"
        " JOIN customers c ON c.id = n.customer_id ORDER BY 1, 2"
    )
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


def _fill(connection: sqlite3.Connection, size: int) -> None:
    connection.executemany(
        "INSERT INTO users (id, login, name, password_hash, role, team, extension, lang, active, created_at)"
        " VALUES (?, ?, '田中', '-', 'operator', '', ?, 'ja', 1, 0)",
        ((new_id(_NOW), f"tanaka{place}", str(100 + place)) for place in range(_OPERATORS)),
    )
    chance = random.Random(4)
    connection.executemany(
        "INSERT INTO customers (id, crm, external_id, kind, name, kana, code, household, place, updated_at)"
        " VALUES (?, 'local', ?, 'person', ?, ?, ?, ?, ?, 0)",
        (
            (_id(one.place), f"S{one.place}", one.name, one.kana, f"K{one.place}", one.group, one.place)
            for one in people(size)
        ),
    )
    connection.executemany(
        "INSERT INTO customer_numbers (customer_id, field, place, raw, e164, valid, kind, personal, changed_at)"
        " VALUES (?, ?, '0', ?, ?, 1, 'mobile', 0, 0)",
        _numbers(size, chance),
    )
    connection.executemany(
        "INSERT INTO calls (id, source, direction, state, e164, our_number, started_at, answered_at, ended_at, outcome,"
        " record, revision, customer_id, updated_at)"
        " VALUES (?, 'pbx1', 'inbound', 'ended', ?, '0120000111', ?, ?, ?, 'answered', '{}', 1, ?, ?)",
        _calls(size, chance),
    )
    _write_down(connection, size)


def _write_down(connection: sqlite3.Connection, size: int) -> None:
    """Let one of the operators have taken each call of those whose calls are written down."""
    connection.execute("CREATE TEMP TABLE written (customer_id TEXT PRIMARY KEY)")
    connection.executemany(
        "INSERT INTO written VALUES (?)", ((_id(one.place),) for one in people(size) if is_written(one, step_of(size)))
    )
    calls = "FROM calls c JOIN written w ON w.customer_id = c.customer_id"
    written = f"{calls} JOIN users u ON u.extension = CAST(100 + c.rowid % {_OPERATORS} AS TEXT)"
    connection.execute(
        "INSERT INTO pops (call_id, agent, user_id, state, shown_at, taken_at)"
        f" SELECT c.id, u.extension, u.id, 'closed', c.started_at, c.answered_at {written}"
    )
    connection.execute(
        "INSERT INTO summaries (call_id, topic, disposition, request, response, promise, next_step, author_id,"
        " saved_at, version, entry_version)"
        f" SELECT c.id, 'billing', 'resolved', 'a', 'b', '', '', u.id, c.ended_at, 1, 1 {written}"
    )
    connection.execute(
        "UPDATE calls SET taken_by = p.user_id, topic = 'billing', disposition = 'resolved' FROM pops p"
        " WHERE p.call_id = calls.id"
    )
    connection.execute(
        "INSERT INTO recordings (id, call_id, source, native_key, state, kind, started_at, looks, length_ms, peaks)"
        f" SELECT c.id, c.id, 'pbx1', c.id, 'ready', 'all_call', c.started_at, 1, 90000, zeroblob(1800) {calls}"
    )
    connection.execute(
        "INSERT INTO assignments (id, call_id, customer_id, act, user_id, reason, decided_at)"
        f" SELECT c.id, c.id, c.customer_id, 'confirm', u.id, '', c.ended_at {written}"
    )


def _numbers(size: int, chance: random.Random) -> Iterator[tuple[str, str, str, str]]:
    yield _id(0), "最多", f"0{BUSIEST}", f"+81{BUSIEST}"
    for one in people(size):
        yield _id(one.place), "携帯", typed(one.national, chance), f"+81{one.national}"
        if one.place % 5 < 2:  # 1.4 numbers a customer
            other = mobile(chance)
            yield _id(one.place), "勤務先", typed(other, chance), f"+81{other}"


def _calls(size: int, chance: random.Random) -> Iterator[tuple[str, str, int, int, int, str | None, int]]:
    step = step_of(size)
    nationals = [one.national for one in people(size) if one.place % step == 0]
    end_us = to_us(_NOW)
    for place in range(len(nationals) * CALLS_EACH):
        is_busiest = place % 100 == 0
        caller = 0 if is_busiest else chance.randrange(len(nationals))
        began_us = end_us - chance.randrange(_YEARS_US)
        national = BUSIEST if is_busiest else nationals[caller]
        given = _id(caller * step) if is_busiest or chance.random() < 0.8 else None
        yield f"{place:026}", f"+81{national}", began_us, began_us + 10**7, began_us + 10**8, given, began_us
