"""Reads SOQL as far as the clients here speak it, and refuses the rest as an org would, or aloud.

It knows the grammar alone; whether a field exists is the planner's business.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tests.salesforce_org.answers import Refusal, not_modelled

T = TypeVar("T")
MOST_CHARACTERS, MOST_IN_QUOTES = 100_000, 4_000
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>'(?:[^'\\]|\\.)*')
    |(?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    |(?P<date>\d{4}-\d\d-\d\d)
    |(?P<number>[+-]?\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z_][\w.]*(?::\d+)?)
    |(?P<mark>!=|<>|<=|>=|[=<>(),])""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
COMPARISONS = {"=", "!=", "<>", "<", "<=", ">", ">="}
_AGGREGATES = {"COUNT", "MIN", "MAX", "COUNT_DISTINCT", "SUM", "AVG"}


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a query and the place where it begins."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Literal:
    """One value as it was written: kind `string`, `datetime`, `date`, `number`, `boolean`, `null` or `day`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """A field by its path from the object queried; with `function` an aggregate over it."""

    path: tuple[str, ...]
    at: int
    function: str | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Compare:
    """A field beside one value or a list of values."""

    column: Column
    operator: str
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Combine:
    """Conditions joined by AND or OR; with NOT exactly one."""

    word: str
    parts: tuple["Condition", ...]


Condition = Compare | Combine


@dataclass(frozen=True, slots=True)
class Order:
    """One key of ORDER BY."""

    column: Column
    down: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A whole SELECT."""

    text: str
    columns: tuple[Column, ...]
    thing: str
    thing_at: int
    where: Condition | None
    groups: tuple[Column, ...]
    orders: tuple[Order, ...]
    limit: int | None
    offset: int
    all_rows: bool

    @property
    def is_bare_count(self) -> bool:
        """Tell whether the query is SELECT COUNT() FROM …."""
        return len(self.columns) == 1 and self.columns[0].function == "COUNT" and not self.columns[0].path


def malformed(text: str, at: int, what: str, code: str = "MALFORMED_QUERY") -> Refusal:
    """Return the refusal of a query, with the place as an org shows it."""
    row = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    start = max(0, at - 20)
    near = text[start : at + 20].replace("\n", " ")
    return Refusal(400, code, f"\n{near}\n{' ' * (at - start)}^\nERROR at Row:{row}:Column:{column}\n{what}")


def parse(text: str) -> Query:
    """Return what the query asks; raises Refusal with MALFORMED_QUERY."""
    if len(text) > MOST_CHARACTERS:
        raise Refusal(400, "MALFORMED_QUERY", "SOQL statements cannot be longer than 100000 characters.")
    return _Parser(text).query()


def _split(text: str) -> list[Token]:
    tokens, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            what = "line 1: missing closing quote" if text[at] == "'" else f"unexpected token: '{text[at]}'"
            raise malformed(text, at, what)
        if found.lastgroup != "space":
            tokens.append(Token(str(found.lastgroup), found.group(), at))
        at = found.end()
    return tokens


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.place = text, _split(text), 0

    def query(self) -> Query:
        self.take("SELECT")
        columns = self.listed(self.column)
        self.take("FROM")
        thing = self.name()
        if self.peek() in (",", "AS") or self.peek() in ("USING", "TYPEOF"):
            raise not_modelled("aliases, scopes and more than one object in FROM")
        where = self.condition() if self.skip("WHERE") else None
        groups = self.listed(self.path) if self.skip("GROUP", "BY") else ()
        orders = self.listed(self.order) if self.skip("ORDER", "BY") else ()
        limit = self.number() if self.skip("LIMIT") else None
        offset = self.number() if self.skip("OFFSET") else 0
        all_rows = self.skip("ALL", "ROWS")
        if self.peek() is not None:
            raise self.unexpected()
        return Query(self.text, columns, thing.text, thing.at, where, groups, orders, limit, offset, all_rows)

    def peek(self, ahead: int = 0) -> str | None:
        place = self.place + ahead
        if place >= len(self.tokens):
            return None
        token = self.tokens[place]
        return token.text.upper() if token.kind in ("name", "mark") else f"<{token.kind}>"

    def unexpected(self) -> Refusal:
        if self.place >= len(self.tokens):
            return malformed(self.text, len(self.text), "unexpected token: '<EOF>'")
        token = self.tokens[self.place]
        return malformed(self.text, token.at, f"unexpected token: '{token.text}'")

    def skip(self, *words: str) -> bool:
        if all(self.peek(ahead) == word for ahead, word in enumerate(words)):
            self.place += len(words)
            return True
        return False

    def take(self, word: str) -> None:
        if not self.skip(word):
            raise self.unexpected()

    def kind(self, *kinds: str) -> Token:
        if self.place < len(self.tokens) and self.tokens[self.place].kind in kinds:
            self.place += 1
            return self.tokens[self.place - 1]
        raise self.unexpected()

    def name(self) -> Token:
        return self.kind("name")

    def number(self) -> int:
        return int(self.kind("number").text)

    def listed(self, one: Callable[[], T]) -> tuple[T, ...]:
        found = [one()]
        while self.skip(","):
            found.append(one())
        return tuple(found)

    def column(self) -> Column:
        if self.peek() == "(":
            raise not_modelled("a subquery in SELECT")
        token = self.name()
        if self.peek() != "(":
            return Column(tuple(token.text.split(".")), token.at)
        function = token.text.upper()
        if function not in _AGGREGATES | {"FIELDS"}:
            raise not_modelled(f"the function {function}")
        self.take("(")
        path = () if self.peek() == ")" else tuple(self.name().text.split("."))
        self.take(")")
        alias = self.name().text if self.peek() not in (",", "FROM", None) else None
        return Column(path, token.at, function, alias)

    def path(self) -> Column:
        token = self.name()
        return Column(tuple(token.text.split(".")), token.at)

    def order(self) -> Order:
        column = self.path()
        down = self.skip("DESC") or (self.skip("ASC") and False)
        last = self.skip("NULLS", "LAST") or (self.skip("NULLS", "FIRST") and False)
        return Order(column, down, last)

    def condition(self) -> Condition:
        """Read one level: an org takes AND and OR side by side only with parentheses between them."""
        first = self.single()
        word = self.peek()
        if word not in ("AND", "OR"):
            return first
        parts = [first]
        while self.skip(word):
            parts.append(self.single())
        if self.peek() in ("AND", "OR"):
            raise self.unexpected()
        return Combine(word, tuple(parts))

    def single(self) -> Condition:
        if self.skip("NOT"):
            return Combine("NOT", (self.single(),))
        if self.skip("("):
            inner = self.condition()
            self.take(")")
            return inner
        column = self.path()
        if self.skip("LIKE"):
            return Compare(column, "LIKE", (self.literal(),))
        if self.skip("IN"):
            return Compare(column, "IN", self.values())
        if self.skip("NOT", "IN"):
            return Compare(column, "NOT IN", self.values())
        token = self.kind("mark")
        if token.text not in COMPARISONS:
            self.place -= 1
            raise self.unexpected()
        return Compare(column, "!=" if token.text == "<>" else token.text, (self.literal(),))

    def values(self) -> tuple[Literal, ...]:
        self.take("(")
        if self.peek() == "SELECT":
            raise not_modelled("a subquery in WHERE")
        values = self.listed(self.literal)
        self.take(")")
        return values

    def literal(self) -> Literal:
        token = self.kind("string", "datetime", "date", "number", "name")
        if token.kind == "string":
            if len(token.text) - 2 > MOST_IN_QUOTES:
                raise malformed(self.text, token.at, f"Strings in WHERE cannot exceed {MOST_IN_QUOTES} characters")
            return Literal("string", self.unescaped(token))
        if token.kind != "name":
            return Literal(token.kind, token.text)
        word = token.text.upper()
        if word == "NULL":
            return Literal("null", word)
        return Literal("boolean" if word in ("TRUE", "FALSE") else "day", word)

    def unescaped(self, token: Token) -> str:
        """Return the text of a string; `\\_` and `\\%` keep their backslash for LIKE."""

        def one(found: re.Match[str]) -> str:
            letter = found.group(1)
            if letter in "_%":
                return "\\" + letter
            if letter not in _ESCAPES:
                raise malformed(self.text, token.at, f"Invalid string literal '{token.text[1:-1]}'. Illegal character")
            return _ESCAPES[letter]

        return re.sub(r"\\(.)", one, token.text[1:-1], flags=re.DOTALL)
