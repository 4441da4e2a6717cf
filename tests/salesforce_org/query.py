"""Answers queries as pages of records with a URL for the next page, and keeps what is still to be fetched.

A cursor remembers which records were found; a page shows them as they are when it is fetched.
"""

import random
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from tests.salesforce_org.answers import Refusal, json_stamp
from tests.salesforce_org.ids import make_id
from tests.salesforce_org.objects import PREFIXES
from tests.salesforce_org.plan import Cell, Plan, Planner
from tests.salesforce_org.schema import Kind, Thing
from tests.salesforce_org.soql import parse
from tests.salesforce_org.tables import Tables, Value

PAGE, LEAST_PAGE, MOST_PAGE = 2_000, 200, 2_000
CURSOR_LIFE = timedelta(days=2)


@dataclass(slots=True)
class Cursor:
    """Where a client stands in a result."""

    plan: Plan
    found: array  # type: ignore[type-arg]
    root: str
    made_at: datetime


class Queries:
    """Runs SOQL over the tables. `thin` gives each page by chance fewer records than it may have, as an org may."""

    def __init__(self, things: dict[str, Thing], tables: Tables) -> None:
        self._things, self._tables = things, tables
        self.zone: tzinfo = UTC
        self.thin: random.Random | None = None
        self._cursors: dict[str, Cursor] = {}
        self._next = 0

    def plan(self, text: str, now: datetime, *, deleted: bool) -> Plan:
        """Return the checked plan of a query; raises Refusal."""
        return Planner(self._things, parse(text), now, self.zone, deleted=deleted).plan()

    def run(self, text: str, now: datetime, root: str, page: int, *, deleted: bool) -> dict[str, object]:
        """Return the first page of a query's answer."""
        plan = self.plan(text, now, deleted=deleted)
        if plan.query.is_bare_count:
            (count,) = self._tables.rows(f"SELECT COUNT(*) {plan.body}", plan.arguments).fetchone()
            return {"totalSize": count, "done": True, "records": []}
        if plan.is_grouped:
            groups = [_group(plan, row) for row in self._tables.rows(_select(plan), plan.arguments)]
            return {"totalSize": len(groups), "done": True, "records": groups}
        found = array("q", (number for (number,) in self._tables.rows(_numbers(plan), plan.arguments)))
        self._next += 1
        locator = make_id("0r8", self._next)
        self._cursors[locator] = Cursor(plan, found, root, now)
        return self._page(locator, 0, page)

    def more(self, locator: str, now: datetime, page: int) -> dict[str, object]:
        """Return the page that a nextRecordsUrl names; raises Refusal with INVALID_QUERY_LOCATOR."""
        name, _, start = locator.partition("-")
        cursor = self._cursors.get(name)
        if cursor is None or not start.isdigit() or cursor.made_at + CURSOR_LIFE < now:
            raise Refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(name, int(start), page)

    def expire(self) -> None:
        """Forget every cursor, as an org does after its time."""
        self._cursors.clear()

    def _page(self, locator: str, start: int, page: int) -> dict[str, object]:
        cursor = self._cursors[locator]
        end = start + (self.thin.randint(1, page) if self.thin else page)
        total = len(cursor.found)
        records = self._records(cursor.plan, cursor.found[start:end], cursor.root)
        answer: dict[str, object] = {"totalSize": total, "done": end >= total}
        if end < total:
            answer["nextRecordsUrl"] = f"{cursor.root}/query/{locator}-{end}"
        else:
            del self._cursors[locator]
        return answer | {"records": list(records)}

    def _records(self, plan: Plan, numbers: Iterable[int], root: str) -> Iterator[dict[str, Any]]:
        wanted = list(numbers)
        marks = ", ".join(map(str, wanted))
        parents = list(plan.parents.items())
        columns = ["t0.rowid", 't0."Id"', *(cell.sql for cell in plan.cells), *(sql for _, (sql, _) in parents)]
        joins = plan.body.partition(" WHERE ")[0]
        rows = self._tables.rows(f"SELECT {', '.join(columns)} {joins} WHERE t0.rowid IN ({marks})")
        by_number = {row[0]: row for row in rows}
        last = 2 + len(plan.cells)
        for number in wanted:
            if row := by_number.get(number):
                ids = {path: (row[last + i], thing) for i, (path, (_, thing)) in enumerate(parents)}
                yield _record(plan, row[1], row[2:last], ids, root)


def json_value(kind: Kind, value: Value) -> object:
    """Return a kept value as REST writes it."""
    if value is None:
        return None
    if kind is Kind.BOOLEAN:
        return bool(value)
    return json_stamp(str(value)) if kind is Kind.DATETIME else value


def attributes(thing: str, record_id: str, root: str) -> dict[str, str]:
    """Return what every record of an answer begins with."""
    real = next((name for name, prefix in PREFIXES.items() if record_id.startswith(prefix)), thing)
    return {"type": thing, "url": f"{root}/sobjects/{real}/{record_id}"}


def _limits(plan: Plan) -> str:
    if plan.query.limit is None and not plan.query.offset:
        return ""
    return f" LIMIT {-1 if plan.query.limit is None else plan.query.limit} OFFSET {plan.query.offset}"


def _numbers(plan: Plan) -> str:
    order = f" ORDER BY {plan.order}" if plan.order else ""
    return f"SELECT t0.rowid {plan.body}{order}{_limits(plan)}"


def _select(plan: Plan) -> str:
    order = f" ORDER BY {plan.order}" if plan.order else ""
    return f"SELECT {', '.join(cell.sql for cell in plan.cells)} {plan.body}{order}{_limits(plan)}"


def _group(plan: Plan, row: tuple[Value, ...]) -> dict[str, object]:
    values = {cell.path[-1]: json_value(cell.kind, value) for cell, value in zip(plan.cells, row, strict=True)}
    return {"attributes": {"type": "AggregateResult"}, **values}


def _record(
    plan: Plan,
    record_id: str,
    values: tuple[Value, ...],
    parents: dict[tuple[str, ...], tuple[str | None, str]],
    root: str,
) -> dict[str, Any]:
    record: dict[str, Any] = {"attributes": attributes(plan.thing.name, record_id, root)}
    for cell, value in zip(plan.cells, values, strict=True):
        _place(record, cell, value, parents, root)
    return record


def _place(
    record: dict[str, Any],
    cell: Cell,
    value: Value,
    parents: dict[tuple[str, ...], tuple[str | None, str]],
    root: str,
) -> None:
    *path, last = cell.path
    for depth, name in enumerate(path, 1):
        parent_id, thing = parents[tuple(path[:depth])]
        if parent_id is None:
            record[name] = None
            return
        record = record.setdefault(name, {"attributes": attributes(thing, parent_id, root)})
    record[last] = json_value(cell.kind, value)
