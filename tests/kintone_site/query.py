"""kintone's query language: read strictly, with the operators that each type of field has, and run over records."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.kintone_site.answers import Refusal, invalid

MOST_RECORDS = 500
MOST_OFFSET = 10_000
_TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|(>=|<=|!=|=|>|<|\(|\)|,)|([^\s"=<>!(),]+))')
_ORDERED = {"=", "!=", ">", "<", ">=", "<="}
_MEMBER = {"in", "not in"}
_OPERATORS: Mapping[str, set[str]] = {
    "__ID__": _ORDERED | _MEMBER,
    "RECORD_NUMBER": _ORDERED | _MEMBER,
    "NUMBER": _ORDERED | _MEMBER,
    "CALC": _ORDERED | _MEMBER,
    "CREATED_TIME": _ORDERED,
    "UPDATED_TIME": _ORDERED,
    "DATE": _ORDERED,
    "DATETIME": _ORDERED,
    "SINGLE_LINE_TEXT": {"=", "!=", "like", "not like"} | _MEMBER,
    "LINK": {"=", "!=", "like", "not like"} | _MEMBER,
    "MULTI_LINE_TEXT": {"like", "not like"},
    "DROP_DOWN": _MEMBER,
    "RADIO_BUTTON": _MEMBER,
    "CHECK_BOX": _MEMBER,
    "MULTI_SELECT": _MEMBER,
}
_SORTED = set(_OPERATORS) - {"MULTI_LINE_TEXT", "CHECK_BOX", "MULTI_SELECT"}
_AS_NUMBERS = {"__ID__", "RECORD_NUMBER", "NUMBER", "CALC"}

Values = Mapping[str, Any]  # a record's values by field code
Test = Callable[[Values], bool]


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it was read."""

    test: Test
    order: tuple[tuple[str, bool], ...]
    limit: int
    offset: int
    kinds: Mapping[str, str]

    def of(self, records: Iterable[Values]) -> list[Values]:
        """Return the records that it finds, in its order."""
        found = [one for one in records if self.test(one)]
        for code, falls in reversed(self.order):
            found.sort(key=lambda one, code=code: _key(self.kinds[code], one[code]), reverse=falls)  # type: ignore[misc]
        return found[self.offset : self.offset + self.limit]


def read_query(text: str, kinds: Mapping[str, str]) -> Query:
    """Read a query over fields of these kinds. Raises Refusal."""
    return _Reader(text, kinds).read()


class _Reader:
    def __init__(self, text: str, kinds: Mapping[str, str]) -> None:
        self._kinds = kinds
        self._tokens = _tokens(text)

    def read(self) -> Query:
        test: Test = lambda _: True  # noqa: E731  nothing is asked
        if self._tokens and self._tokens[0].lower() not in ("order", "limit", "offset"):
            test = self._any()
        order = self._order() if self._next_is("order") else (("$id", True),)
        limit = (
            self._count(MOST_RECORDS, "GAIA_QU01", "limitには500以下の値を指定してください。")
            if self._next_is("limit")
            else 100
        )
        offset = (
            self._count(MOST_OFFSET, "GAIA_QU02", "offsetには10,000以下の値を指定してください。")
            if self._next_is("offset")
            else 0
        )
        if self._tokens:
            raise _bad()
        return Query(test, order, limit, offset, self._kinds)

    def _take(self) -> str:
        if not self._tokens:
            raise _bad()
        return self._tokens.pop(0)

    def _next_is(self, word: str) -> bool:
        if self._tokens and self._tokens[0].lower() == word:
            self._tokens.pop(0)
            return True
        return False

    def _any(self) -> Test:
        left = self._all()
        while self._next_is("or"):
            left = _either(left, self._all())
        return left

    def _all(self) -> Test:
        left = self._one()
        while self._next_is("and"):
            left = _both(left, self._one())
        return left

    def _one(self) -> Test:
        if self._next_is("("):
            inner = self._any()
            if not self._next_is(")"):
                raise _bad()
            return inner
        code = self._code()
        sign = self._take().lower()
        if sign == "not":
            sign = f"not {self._take().lower()}"
        if sign not in _OPERATORS[self._kinds[code]]:
            raise Refusal(400, "GAIA_IQ03", f"{code}フィールドのフィールドタイプには演算子{sign}を使用できません。")
        values = self._listed() if sign in _MEMBER else [self._value()]
        return _compare(code, self._kinds[code], sign, values)

    def _code(self) -> str:
        code = self._take()
        if code not in self._kinds:
            raise Refusal(400, "GAIA_IQ11", f"指定されたフィールド({code})が見つかりません。")
        if self._kinds[code] not in _OPERATORS:
            raise Refusal(400, "GAIA_IQ07", f"{code}フィールドは検索に使用できません。")
        return code

    def _value(self) -> str:
        token = self._take()
        if token.startswith('"'):
            return re.sub(r"\\(.)", r"\1", token[1:-1])
        if not re.fullmatch(r"-?\d+(\.\d+)?", token):
            raise _bad()
        return token

    def _listed(self) -> list[str]:
        if not self._next_is("("):
            raise _bad()
        values = [self._value()]
        while self._next_is(","):
            values.append(self._value())
        if not self._next_is(")"):
            raise _bad()
        return values

    def _order(self) -> tuple[tuple[str, bool], ...]:
        if not self._next_is("by"):
            raise _bad()
        order = []
        while True:
            code = self._code()
            if self._kinds[code] not in _SORTED:
                raise Refusal(400, "GAIA_IQ07", f"{code}フィールドはソートに使用できません。")
            falls = self._next_is("desc")
            if not falls:
                self._next_is("asc")
            order.append((code, falls))
            if not self._next_is(","):
                return tuple(order)

    def _count(self, most: int, code: str, message: str) -> int:
        token = self._take()
        if not token.isdigit():
            raise _bad()
        if int(token) > most:
            raise Refusal(400, code, message)
        return int(token)


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if not found:
            raise _bad()
        tokens.append(next(group for group in found.groups() if group is not None))
        place = found.end()
    return tokens


def _bad() -> Refusal:
    return invalid({"query": "クエリ記法が間違っています。"})


def _either(left: Test, right: Test) -> Test:
    return lambda record: left(record) or right(record)


def _both(left: Test, right: Test) -> Test:
    return lambda record: left(record) and right(record)


def _key(kind: str, value: Any) -> Any:
    if kind in _AS_NUMBERS:
        return (value not in ("", None), Decimal(value or 0))
    return value or ""


def _compare(code: str, kind: str, sign: str, values: list[str]) -> Test:
    asked = [_key(kind, value) for value in values]
    first, members = asked[0], set(asked)
    if sign in _MEMBER:
        wanted = sign == "in"
        return lambda record: any(_key(kind, one) in members for one in _each(record[code])) is wanted
    if sign in ("like", "not like"):
        return lambda record: (values[0] in (record[code] or "")) is (sign == "like")
    tests: dict[str, Callable[[Any], bool]] = {
        "=": lambda held: bool(held == first),
        "!=": lambda held: bool(held != first),
        ">": lambda held: bool(held > first),
        "<": lambda held: bool(held < first),
        ">=": lambda held: bool(held >= first),
        "<=": lambda held: bool(held <= first),
    }
    test = tests[sign]
    return lambda record: test(_key(kind, record[code]))


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
