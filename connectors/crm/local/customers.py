"""People of the local CRM: kept whole, each change numbered, so that pages of changes lose nothing.

The values that prove identity stay here: this file is the CRM; the house keeps keyed hashes of them only.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from connectors.crm.local.client import LocalFile
from plugin.core.customers import CrmCustomer, CustomerKind, NumberKind, WrittenAnswer, WrittenNumber
from plugin.core.ports import CustomerPage

_PAGE = 500


def changed_since(file: LocalFile, cursor: str | None) -> Iterator[CustomerPage]:
    """Yield pages of at most 500; a cursor of another file, or from after a restore, begins at the beginning.

    Numbers are given inside the one writer's transaction, so a lower one never appears after a higher one was read.
    """
    with file.read() as connection:
        identity, newest = connection.execute("SELECT identity, last_change FROM about").fetchone()
        after = _after(cursor, identity, newest)
        (coming,) = connection.execute("SELECT COUNT(*) FROM people WHERE change > ?", (after,)).fetchone()
    while True:
        with file.read() as connection:
            rows = connection.execute(
                "SELECT external_id, change, gone, body FROM people WHERE change > ? ORDER BY change LIMIT ?",
                (after, _PAGE),
            ).fetchall()
        if not rows:
            return
        after = rows[-1]["change"]
        coming = max(coming, len(rows))  # who changes meanwhile comes once more
        yield CustomerPage(tuple(map(_customer, rows)), f"{identity}:{after}", coming=coming)
        coming -= len(rows)


def _after(cursor: str | None, identity: str, newest: int) -> int:
    of, _, number = (cursor or "").partition(":")
    if of != identity or not number.isdecimal() or int(number) > newest:
        return 0
    return int(number)


def find(connection: sqlite3.Connection, external_id: str) -> CrmCustomer | None:
    """Return the person with that id, gone or not, or None."""
    row = connection.execute(
        "SELECT external_id, gone, body FROM people WHERE external_id = ?", (external_id,)
    ).fetchone()
    return None if row is None else _customer(row)


def everyone(connection: sqlite3.Connection) -> Iterator[CrmCustomer]:
    """Yield all, gone ones included."""
    for row in connection.execute("SELECT external_id, gone, body FROM people"):
        yield _customer(row)


def store(connection: sqlite3.Connection, people: Sequence[CrmCustomer]) -> None:
    """Write each person as he is given, and number the change."""
    (change,) = connection.execute("SELECT last_change FROM about").fetchone()
    for person in people:
        change += 1
        connection.execute(
            "INSERT INTO people (external_id, change, gone, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (external_id) DO UPDATE SET change = excluded.change, gone = excluded.gone,"
            " body = excluded.body",
            (person.external_id, change, int(person.gone), _body(person)),
        )
    connection.execute("UPDATE about SET last_change = ?", (change,))


def _body(person: CrmCustomer) -> str:
    return json.dumps(
        {
            "kind": person.kind,
            "name": person.name,
            "kana": person.kana,
            "code": person.code,
            "household": person.household,
            "organisation": person.organisation,
            "numbers": [[number.field, number.raw, number.kind, number.personal] for number in person.numbers],
            "answers": [[answer.item, answer.value] for answer in person.answers],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _customer(row: sqlite3.Row) -> CrmCustomer:
    body: dict[str, Any] = json.loads(row["body"])
    return CrmCustomer(
        external_id=row["external_id"],
        kind=CustomerKind(body["kind"]),
        name=body["name"],
        kana=body["kana"],
        code=body["code"],
        household=body["household"],
        organisation=body["organisation"],
        numbers=tuple(
            WrittenNumber(field, raw, NumberKind(kind), personal) for field, raw, kind, personal in body["numbers"]
        ),
        answers=tuple(WrittenAnswer(item, value) for item, value in body["answers"]),
        gone=bool(row["gone"]),
    )
