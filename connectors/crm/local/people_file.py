"""Reads a customer list: bytes of a CSV file in, people and bad rows out.

Never guesses at a row: what cannot be read is reported by the row's number and the column's header, without a value.
"""

import csv
import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.crm.local.columns import read_columns
from connectors.crm.meanings import ANSWERS, NUMBERS, Meaning
from plugin.core.customers import BadRow, CrmCustomer, CustomerKind, WrittenAnswer, WrittenNumber
from plugin.core.errors import InputError
from plugin.core.written_numbers import number_like

_ENCODINGS = {"UTF-8": "utf-8-sig", "CP932": "cp932"}
_MOST_LETTERS = {
    Meaning.EXTERNAL_ID: 128,
    Meaning.CODE: 64,
    Meaning.NAME: 255,
    Meaning.KANA: 255,
    Meaning.HOUSEHOLD: 128,
    Meaning.COMPANY: 255,
    Meaning.ADDRESS: 512,
    Meaning.MEMO: 32_000,
}
_MOST_HEADER_LETTERS = 64
_KINDS = {
    "": CustomerKind.PERSON,
    "個人": CustomerKind.PERSON,
    "person": CustomerKind.PERSON,
    "法人": CustomerKind.ORGANISATION,
    "企業": CustomerKind.ORGANISATION,
    "団体": CustomerKind.ORGANISATION,
    "会社": CustomerKind.ORGANISATION,
    "organisation": CustomerKind.ORGANISATION,
    "organization": CustomerKind.ORGANISATION,
    "company": CustomerKind.ORGANISATION,
}
_YES = {"1", "true", "yes", "y", "退会", "削除", "済", "○", "〇", "はい"}
_NO = {"", "0", "false", "no", "n", "×", "いいえ"}


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """A file as it was read. `people` pairs each person with the name of his company as written (or an empty text)."""

    encoding: str
    columns: tuple[tuple[str, Meaning], ...]
    ignored: tuple[str, ...]
    people: tuple[tuple[CrmCustomer, str], ...]
    bad: tuple[BadRow, ...]


def read_people(data: bytes, mapping: Sequence[tuple[str, str]]) -> PeopleFile:
    """Read a whole file: UTF-8 with or without BOM, or Shift_JIS (CP932); separated by comma, tab or semicolon.

    `mapping`: see read_columns. A record's number is that of a spreadsheet's row: the header is 1. Raises InputError
    for what is wrong with the file as a whole: "encoding", "quotes", "empty", and what read_columns says.
    """
    text, encoding = _decode(data)
    rows = _rows(text)
    headers = next(rows, None)
    if headers is None:
        raise InputError("empty")
    headers = [header.strip() for header in headers]
    columns = read_columns(headers, mapping)
    if any(len(headers[place]) > _MOST_HEADER_LETTERS for place in columns):
        raise InputError("long_header")
    people: list[tuple[CrmCustomer, str]] = []
    bad: list[BadRow] = []
    seen: set[str] = set()
    for number, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        row = _Row(number, headers, cells, columns)
        person = row.person()
        if person is not None and person.external_id in seen:
            row.refuse("doubled_id", row.header_of(Meaning.EXTERNAL_ID, Meaning.CODE))
        elif person is not None and not row.bad:
            people.append((person, row.values.get(Meaning.COMPANY, "")))
            seen.add(person.external_id)
        bad += row.bad
    return PeopleFile(
        encoding=encoding,
        columns=tuple((headers[place], target) for place, target in columns.items()),
        ignored=tuple(header for place, header in enumerate(headers) if place not in columns and header),
        people=tuple(people),
        bad=tuple(bad),
    )


def _decode(data: bytes) -> tuple[str, str]:
    for name, codec in _ENCODINGS.items():
        try:
            return data.decode(codec), name
        except UnicodeDecodeError:
            continue
    raise InputError("encoding")


def _rows(text: str) -> Iterator[list[str]]:
    first = text.partition("\n")[0]
    separator = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise InputError("quotes", line=reader.line_num) from error


class _Row:
    """One record while it is read; `bad` collects what is wrong with it."""

    def __init__(self, number: int, headers: list[str], cells: list[str], columns: dict[int, Meaning]) -> None:
        self.bad: list[BadRow] = []
        self.values: dict[Meaning, str] = {}
        self._number = number
        self._headers = headers
        self._columns = columns
        self._numbers: list[WrittenNumber] = []
        self._answers: list[WrittenAnswer] = []
        if len(cells) > len(headers):
            self.refuse("too_many_cells", "")
        for place, target in columns.items():
            cell = cells[place] if place < len(cells) else ""
            self._take(place, target, cell.replace("\r\n", "\n").replace("\r", "\n").strip())

    def refuse(self, reason: str, column: str) -> None:
        self.bad.append(BadRow(self._number, column, reason))

    def header_of(self, *targets: Meaning) -> str:
        for wanted in targets:
            for place, target in self._columns.items():
                if target is wanted:
                    return self._headers[place]
        return ""

    def _take(self, place: int, target: Meaning, value: str) -> None:
        header = self._headers[place]
        if len(value) > _MOST_LETTERS.get(target, 255):
            self.refuse("too_long", header)
        elif any(unicodedata.category(letter) == "Cc" and letter not in "\r\n\t" for letter in value):
            self.refuse("control_character", header)
        elif target is Meaning.MEMO:
            if number := number_like(value):  # all that is kept of a free text
                self._numbers.append(WrittenNumber(header, number, NUMBERS[target]))
        elif value:
            self.values[target] = " ".join(value.split()) if target is Meaning.NAME else value
            if target in NUMBERS:
                self._numbers.append(WrittenNumber(header, value, NUMBERS[target], target is Meaning.OWN_MOBILE))
            if target in ANSWERS:
                self._answers.append(WrittenAnswer(ANSWERS[target], value))

    def person(self) -> CrmCustomer | None:
        """Return the person, or None after refusing what keeps him from being one."""
        if self.bad:
            return None
        values = self.values
        code = values.get(Meaning.CODE, "")
        external_id = values.get(Meaning.EXTERNAL_ID, "" if self.header_of(Meaning.EXTERNAL_ID) else code)
        kind = _KINDS.get(values.get(Meaning.KIND, "").casefold())
        gone = values.get(Meaning.GONE, "").casefold()
        if not external_id:
            self.refuse("no_id", self.header_of(Meaning.EXTERNAL_ID, Meaning.CODE))
        if not values.get(Meaning.NAME):
            self.refuse("no_name", self.header_of(Meaning.NAME))
        if kind is None:
            self.refuse("unknown_kind", self.header_of(Meaning.KIND))
        if gone not in _YES | _NO:
            self.refuse("unreadable", self.header_of(Meaning.GONE))
        if self.bad or kind is None:
            return None
        return CrmCustomer(
            external_id=external_id,
            kind=kind,
            name=values[Meaning.NAME],
            kana=values.get(Meaning.KANA, ""),
            code=code,
            household=values.get(Meaning.HOUSEHOLD),
            numbers=tuple(self._numbers),
            answers=tuple(self._answers),
            gone=gone in _YES,
        )
