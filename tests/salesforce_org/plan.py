"""Turns a parsed query into one SQL statement over the org's tables, checking every name and value on the way.

It says what an org says about a wrong field or value; it runs nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from tests.salesforce_org.answers import Refusal, not_modelled, stamp
from tests.salesforce_org.ids import full_id
from tests.salesforce_org.schema import Field, Kind, Thing
from tests.salesforce_org.soql import Column, Compare, Condition, Literal, Query, malformed
from tests.salesforce_org.tables import Value

_NAMED = ("Id", "Name", "FirstName", "LastName", "Type")
_NEEDS_QUOTES = "value of filter criterion for field '{}' must be of type string and should be enclosed in quotes"
_NO_QUOTES = "value of filter criterion for field '{}' must be of type {} and should not be enclosed in quotes"
_TYPES = {Kind.DATETIME: "dateTime", Kind.DATE: "date", Kind.BOOLEAN: "boolean", Kind.INT: "int"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One selected value: the name it is shown under, the path to it, its kind, the SQL that reads it."""

    shown: str
    path: tuple[str, ...]
    kind: Kind
    sql: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement without its SELECT: what to read, from where, in which order."""

    query: Query
    thing: Thing
    cells: tuple[Cell, ...]
    body: str
    order: str
    arguments: tuple[Value, ...]
    parents: Mapping[tuple[str, ...], tuple[str, str]]  # the SQL of the parent's id, and its object

    @property
    def is_grouped(self) -> bool:
        """Tell whether the rows are aggregates, not records."""
        return bool(self.query.groups) or any(column.function for column in self.query.columns)


class Planner:
    """Plans one query."""

    def __init__(
        self, things: Mapping[str, Thing], query: Query, now: datetime, zone: tzinfo, *, deleted: bool
    ) -> None:
        self._things, self._query, self._now, self._zone = things, query, now, zone
        self._joins: list[str] = []
        self._aliases: dict[tuple[str, ...], tuple[str, Thing]] = {}
        self._arguments: list[Value] = []
        self._parents: dict[tuple[str, ...], tuple[str, str]] = {}
        self._deleted = deleted or query.all_rows

    def plan(self) -> Plan:
        """Return the statement; raises Refusal with INVALID_TYPE, INVALID_FIELD or MALFORMED_QUERY."""
        query = self._query
        thing = self._things.get(query.thing.lower())
        if thing is None:
            raise malformed(query.text, query.thing_at, _no_type(query.thing), "INVALID_TYPE")
        self._aliases[()] = ("t0", thing)
        cells = tuple(cell for column in query.columns for cell in self._cells(column))
        grouped = bool(query.groups) or any(column.function for column in query.columns)
        where = ['t0."_hidden" = 0']
        if not self._deleted:
            where.append('t0."IsDeleted" = 0')
        if query.where:
            where.append(self._condition(query.where))
        order = ", ".join(self._order(key.column, key.down, key.nulls_last) for key in query.orders)
        body = f'FROM "{thing.name}" t0 {" ".join(self._joins)} WHERE {" AND ".join(where)}'
        if query.groups:
            body += " GROUP BY " + ", ".join(self._find(group)[0] for group in query.groups)
        if not order and not grouped:
            order = 't0."Id"'
        return Plan(query, thing, cells, body, order, tuple(self._arguments), self._parents)

    def _order(self, column: Column, down: bool, nulls_last: bool) -> str:
        sql, one = self._find(column)
        if not one.filterable:
            raise self._wrong(column, f"field '{one.name}' can not be sorted in a query call")
        return f"{sql} {'DESC' if down else 'ASC'} NULLS {'LAST' if nulls_last else 'FIRST'}"

    def _cells(self, column: Column) -> list[Cell]:
        if column.function == "FIELDS":
            return self._fields_of(column)
        if column.function is None:
            sql, one = self._find(column)
            return [Cell(".".join(column.path), self._spelled(column, one), one.kind, sql)]
        place = sum(1 for other in self._query.columns if other.function and not other.alias and other.at < column.at)
        shown = column.alias or f"expr{place}"
        if not column.path:
            return [Cell(shown, (shown,), Kind.INT, "COUNT(*)")]
        sql, one = self._find(column)
        if column.function in ("COUNT", "COUNT_DISTINCT"):
            inner = sql if column.function == "COUNT" else f"DISTINCT {sql}"
            return [Cell(shown, (shown,), Kind.INT, f"COUNT({inner})")]
        if column.function in ("SUM", "AVG") and not one.kind.is_number:
            raise self._wrong(column, f"field {one.name} does not support aggregate operator {column.function}")
        return [Cell(shown, (shown,), one.kind, f"{column.function}({sql})")]

    def _fields_of(self, column: Column) -> list[Cell]:
        which = ".".join(column.path).upper()
        if which != "STANDARD" and not (self._query.limit and self._query.limit <= 200):
            raise self._wrong(column, "The SOQL FIELDS function must have a LIMIT of at most 200", "MALFORMED_QUERY")
        wanted = {"ALL": (True, False), "CUSTOM": (True,), "STANDARD": (False,)}.get(which)
        if wanted is None:
            raise self._wrong(column, f"FIELDS({which}) is unknown", "MALFORMED_QUERY")
        thing = self._aliases[()][1]
        return [Cell(one.name, (one.name,), one.kind, f't0."{one.name}"') for one in thing if one.is_custom in wanted]

    def _wrong(self, column: Column, what: str, code: str = "INVALID_FIELD") -> Refusal:
        return malformed(self._query.text, column.at, what, code)

    def _find(self, column: Column) -> tuple[str, Field]:
        """Return the SQL of a field and what is known about it, joining the parents on the way."""
        *parents, last = column.path
        if parents and parents[0].lower() == self._query.thing.lower():
            parents = parents[1:]
        alias, thing = self._aliases[()]
        path: tuple[str, ...] = ()
        for parent in parents:
            link = thing.relationship(parent)
            if link is None:
                raise self._wrong(
                    column,
                    f"Didn't understand relationship '{parent}' in field path. If you are attempting to use a custom "
                    "relationship, be sure to append the '__r' after the custom relationship name. Please reference "
                    "your WSDL or the describe call for the appropriate names.",
                )
            if len(link.refers_to) > 1:
                return self._named(column, alias, link, last)
            path = (*path, str(link.relationship))
            alias, thing = self._join(path, alias, link, link.refers_to[0])
        one = thing.find(last)
        if one is None:
            raise self._wrong(column, _no_column(last, thing.name))
        return f'{alias}."{one.name}"', one

    def _spelled(self, column: Column, one: Field) -> tuple[str, ...]:
        """Return the path as the schema spells it, whatever the case in the query."""
        *parents, _ = column.path
        thing, path = self._aliases[()][1], []
        if parents and parents[0].lower() == self._query.thing.lower():
            parents = parents[1:]
        for parent in parents:
            link = thing.relationship(parent)
            assert link is not None, "the field was found through it"
            path.append(str(link.relationship))
            thing = self._things[link.refers_to[0].lower()]
        return (*path, one.name)

    def _join(self, path: tuple[str, ...], alias: str, link: Field, to: str) -> tuple[str, Thing]:
        if path not in self._aliases:
            joined = f"t{len(self._aliases)}"
            self._joins.append(f'LEFT JOIN "{to}" {joined} ON {joined}."Id" = {alias}."{link.name}"')
            self._aliases[path] = (joined, self._things[to.lower()])
            self._parents[path] = (f'{joined}."Id"', to)
        return self._aliases[path]

    def _named(self, column: Column, alias: str, link: Field, last: str) -> tuple[str, Field]:
        """Return what a parent of one of several kinds is called: the fields of the Name object."""
        wanted = next((name for name in _NAMED if name.lower() == last.lower()), None)
        if wanted is None or len(column.path) > 2:
            raise self._wrong(column, _no_column(last, "Name"))
        if wanted == "Id":
            return f'{alias}."{link.name}"', link
        self._parents[(str(link.relationship),)] = (f'{alias}."{link.name}"', "Name")
        told = []
        for to in link.refers_to:
            joined, thing = self._join((str(link.relationship), f"as {to}"), alias, link, to)
            if wanted == "Type":
                told.append(f"CASE WHEN {joined}.\"Id\" IS NOT NULL THEN '{to}' END")
            elif thing.find(wanted):
                told.append(f'{joined}."{wanted}"')
        return f"COALESCE({', '.join(told)}, NULL)", Field(wanted, Kind.STRING, wanted, 121)

    def _condition(self, condition: Condition) -> str:
        if isinstance(condition, Compare):
            return self._compare(condition)
        parts = [self._condition(part) for part in condition.parts]
        if condition.word == "NOT":
            return f"NOT IFNULL({parts[0]}, 0)"
        return "(" + f" {condition.word} ".join(parts) + ")"

    def _compare(self, condition: Compare) -> str:
        sql, one = self._find(condition.column)
        if not one.filterable:
            raise self._wrong(condition.column, f"field '{one.name}' can not be filtered in a query call")
        if condition.operator == "LIKE" and not (one.kind.is_text and one.kind not in (Kind.ID, Kind.REFERENCE)):
            raise self._wrong(condition.column, "invalid operator on id field", "INVALID_QUERY_FILTER_OPERATOR")
        if condition.operator in ("IN", "NOT IN"):
            return self._among(sql, one, condition)
        literal = condition.values[0]
        if literal.kind == "day":
            return self._day(sql, one, condition, literal)
        value = self._value(one, condition.column, literal)
        if value is None:
            if condition.operator not in ("=", "!="):
                raise self._wrong(condition.column, f"invalid operator {condition.operator} with null")
            return f"{sql} IS {'NOT ' if condition.operator == '!=' else ''}NULL"
        return self._beside(sql, one, condition.operator, value)

    def _beside(self, sql: str, one: Field, operator: str, value: Value) -> str:
        self._arguments.append(value)
        plain = one.kind in (Kind.ID, Kind.REFERENCE) or one.case_sensitive or not one.kind.is_text
        left, right = (sql, "?") if plain and operator != "LIKE" else (f"fold({sql})", "fold(?)")
        if operator == "LIKE":
            return f"{left} LIKE {right} ESCAPE '\\'"
        if operator == "!=":
            return f"({sql} IS NULL OR {left} != {right})"
        return f"{left} {operator} {right}"

    def _among(self, sql: str, one: Field, condition: Compare) -> str:
        values = [self._value(one, condition.column, literal) for literal in condition.values]
        told = [value for value in values if value is not None]
        plain = one.kind in (Kind.ID, Kind.REFERENCE) or one.case_sensitive or not one.kind.is_text
        self._arguments += told if plain else [str(value).casefold() for value in told]
        among = f"{sql if plain else f'fold({sql})'} IN ({', '.join('?' * len(told))})"
        if None in values:
            among = f"({among} OR {sql} IS NULL)"
        if condition.operator == "IN":
            return among
        return f"NOT IFNULL({among}, 0)"

    def _value(self, one: Field, column: Column, literal: Literal) -> Value:
        """Return a written value as the tables keep it; raises Refusal where its kind does not fit the field's."""
        if literal.kind == "null":
            return None
        if one.kind.is_text:
            if literal.kind != "string":
                raise self._wrong(column, _NEEDS_QUOTES.format(one.name))
            return self._text(one, literal.text)
        fits = {Kind.BOOLEAN: "boolean", Kind.DATE: "date", Kind.DATETIME: "datetime"}.get(one.kind, "number")
        if literal.kind != fits:
            raise self._wrong(column, _NO_QUOTES.format(one.name, _TYPES.get(one.kind, "double")))
        if fits == "boolean":
            return int(literal.text == "TRUE")
        if fits == "number":
            return float(literal.text)
        return literal.text if fits == "date" else stamp(datetime.fromisoformat(literal.text))

    def _text(self, one: Field, text: str) -> str | None:
        if one.kind not in (Kind.ID, Kind.REFERENCE):
            return text or None
        found = full_id(text)
        if found is None:
            raise Refusal(400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {text}")
        return found

    def _day(self, sql: str, one: Field, condition: Compare, literal: Literal) -> str:
        if one.kind not in (Kind.DATE, Kind.DATETIME):
            raise self._wrong(condition.column, _NEEDS_QUOTES.format(one.name))
        start, end = self._days(literal.text)
        if one.kind is Kind.DATE:
            first, after = start.date().isoformat(), end.date().isoformat()
        else:
            first, after = stamp(start), stamp(end)
        match condition.operator:
            case "=":
                self._arguments += [first, after]
                return f"({sql} >= ? AND {sql} < ?)"
            case "!=":
                self._arguments += [first, after]
                return f"NOT IFNULL({sql} >= ? AND {sql} < ?, 0)"
            case "<" | ">=":
                self._arguments.append(first)
                return f"{sql} {condition.operator} ?"
        self._arguments.append(after)
        return f"{sql} {'<' if condition.operator == '<=' else '>='} ?"

    def _days(self, word: str) -> tuple[datetime, datetime]:
        """Return from when until before when a date literal reaches, by the user's days."""
        today = self._now.astimezone(self._zone).replace(hour=0, minute=0, second=0, microsecond=0)
        name, _, count = word.partition(":")
        match name:
            case "TODAY":
                return today, today + timedelta(days=1)
            case "YESTERDAY":
                return today - timedelta(days=1), today
            case "TOMORROW":
                return today + timedelta(days=1), today + timedelta(days=2)
            case "LAST_N_DAYS" if count:
                return today - timedelta(days=int(count)), today + timedelta(days=1)
        raise not_modelled(f"the date literal {word}")


def _no_type(name: str) -> str:
    return (
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the "
        "'__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names."
    )


def _no_column(name: str, thing: str) -> str:
    return (
        f"No such column '{name}' on entity '{thing}'. If you are attempting to use a custom field, be sure to append "
        "the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate "
        "names."
    )
