"""Finding lines of the audit: some at a time, by index, however many millions there are. Reads only."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, insert, or_, select

from plugin.core.audit import Kind
from plugin.core.audit_check import Kept
from plugin.core.audit_view import AuditFilter, Look, Place, SeenLine, SeenRemark
from plugin.core.ids import new_id
from plugin.core.times import from_us, to_us
from plugin.store import customers as customer_rows
from plugin.store.tables.audit import audit_lines, audit_looks, audit_remarks
from plugin.store.tables.staff import users

_LINE = audit_lines.c


def newest(connection: Connection, wanted: AuditFilter, before: Place | None, most: int) -> list[SeenLine]:
    """Return the newest `most` lines of the filter that stand before a place, the newest first."""
    return _found(connection, wanted, before, most, is_up=False)


def oldest(connection: Connection, wanted: AuditFilter, after: Place | None, most: int) -> list[SeenLine]:
    """Return the oldest `most` lines of the filter that stand after a place, the oldest first."""
    return _found(connection, wanted, after, most, is_up=True)


def _found(
    connection: Connection, wanted: AuditFilter, place: Place | None, most: int, *, is_up: bool
) -> list[SeenLine]:
    rows: list[Any] = []
    for query in statements(wanted, place, is_up=is_up):
        rows += connection.execute(query.limit(most)).all()
    rows.sort(key=lambda row: (row.at, row.seq), reverse=not is_up)
    return _seen(connection, rows[:most])


def statements(wanted: AuditFilter, place: Place | None, *, is_up: bool = False) -> list[Select[Any]]:
    """Return the statements that find it together: each follows one index to its first line, and reads on there."""
    return [_placed(query, wanted, place, is_up=is_up) for query in _queries(wanted)]


def _queries(wanted: AuditFilter) -> list[Select[Any]]:
    """Return what is asked of which index.

    A customer or call has few lines, so what else is asked for is looked at one by one. A person may have millions, and
    what he did least often must not cost reading all the rest: there is one statement for each kind.
    """
    query = select(_LINE.seq, _LINE.at, _LINE.hash, _LINE.body, _LINE.kind)
    kinds: Iterable[Kind] = [wanted.kind] if wanted.kind else list(Kind)
    if wanted.call_id or wanted.customer_id:
        if wanted.call_id:
            query = query.where(_LINE.call_id == wanted.call_id)
        if wanted.customer_id:
            query = query.where(_LINE.customer_id == wanted.customer_id)
        if wanted.user_id:
            query = query.where(_LINE.user_id == wanted.user_id)
        if wanted.kind:
            query = query.where(_LINE.kind == wanted.kind)
        return [query]
    if wanted.user_id:
        query = query.where(_LINE.user_id == wanted.user_id)
    return [query.where(_LINE.kind == kind) for kind in kinds]


def _placed(query: Select[Any], wanted: AuditFilter, place: Place | None, *, is_up: bool) -> Select[Any]:
    limits: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        limits.append(_LINE.at >= to_us(wanted.since))
    if wanted.until is not None:
        limits.append(_LINE.at < to_us(wanted.until))
    if place is not None and is_up:
        limits.append(and_(_LINE.at >= place.at_us, or_(_LINE.at > place.at_us, _LINE.seq > place.seq)))
    elif place is not None:
        limits.append(and_(_LINE.at <= place.at_us, or_(_LINE.at < place.at_us, _LINE.seq < place.seq)))
    order = (_LINE.at, _LINE.seq) if is_up else (_LINE.at.desc(), _LINE.seq.desc())
    return query.where(*limits).order_by(*order)


def one(connection: Connection, seq: int) -> SeenLine | None:
    """Return the line of that number, None where there is none."""
    query = select(_LINE.seq, _LINE.at, _LINE.hash, _LINE.body, _LINE.kind).where(_LINE.seq == seq)
    return next(iter(_seen(connection, connection.execute(query).all())), None)


def _seen(connection: Connection, rows: Sequence[Any]) -> list[SeenLine]:
    said = [(row, json.loads(row.body)) for row in rows]
    people = names_of(connection, {line["user_id"] for _, line in said if line["user_id"]})
    ids = {line["customer_id"] for _, line in said if line["customer_id"]}
    customers = customer_rows.of_ids(connection, ids) if ids else {}
    texts = _remarks(connection, [row.seq for row, line in said if "sealed" in line])
    return [
        SeenLine(
            seq=row.seq,
            at=from_us(row.at),
            act=line["act"],
            kind=Kind(row.kind),
            user_id=line["user_id"],
            user=people.get(line["user_id"], ""),
            customer_id=line["customer_id"],
            customer=customers[line["customer_id"]].name if line["customer_id"] in customers else "",
            call_id=line["call_id"],
            subject=line["subject"],
            purpose=line["purpose"],
            outcome=line["outcome"],
            address=line["address"],
            remarks=tuple(SeenRemark(name, texts.get((row.seq, name))) for name in line.get("sealed", ())),
            hash=row.hash,
        )
        for row, line in said
    ]


def names_of(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Return the names of these people, by their ids; those who are nobody's are left out."""
    wanted = list(ids)
    found = connection.execute(select(users.c.id, users.c.name).where(users.c.id.in_(wanted))) if wanted else ()
    return {row.id: row.name for row in found}


def _remarks(connection: Connection, seqs: Sequence[int]) -> dict[tuple[int, str], str]:
    if not seqs:
        return {}
    table = audit_remarks.c
    found = connection.execute(select(table.seq, table.name, table.text).where(table.seq.in_(seqs)))
    return {(row.seq, row.name): row.text for row in found}


def kept(connection: Connection, seq: int) -> tuple[Kept, ...]:
    """Return the remarks that still stand beside a line."""
    table = audit_remarks.c
    query = select(table.seq, table.name, table.salt, table.text).where(table.seq == seq).order_by(table.name)
    return tuple(Kept(*row) for row in connection.execute(query))


def note_look(connection: Connection, look: Look) -> None:
    """Keep what a look at the whole audit came to."""
    values = {
        "id": new_id(look.at),
        "looked_at": to_us(look.at),
        "lines": look.lines,
        "proved_to": look.proved_to,
        "findings": look.findings,
        "took_us": look.took_us,
    }
    connection.execute(insert(audit_looks).values(values))


def newest_look(connection: Connection) -> Look | None:
    """Return the newest look at the whole audit."""
    row = connection.execute(select(audit_looks).order_by(audit_looks.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    return Look(from_us(row.looked_at), row.lines, row.proved_to, row.findings, row.took_us)
