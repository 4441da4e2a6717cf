"""Reads a list of past calls, as phone systems export them: a CSV file in, the events of each row out, row by row.

Never guesses at a row: what cannot be read is told by line, column and reason, without a value. A row that stands twice
is one call: it is known by its id or, without one, by all that it says.
"""

import codecs
import csv
import re
import stat
import unicodedata
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar
from zoneinfo import ZoneInfo

from connectors.calls.past_columns import Column, read_columns
from connectors.calls.reading import event_id
from plugin.core.call_json import key_text
from plugin.core.calls import AgentRef, CallEvent, Direction, EventType, Outcome
from plugin.core.deliveries import is_ahead
from plugin.core.errors import InputError
from plugin.core.numbers import Unreadable, read_number
from plugin.core.past_calls import BadLine, PastList, PastRow
from plugin.core.times import read_instant, to_us

if TYPE_CHECKING:
    import _csv

W = TypeVar("W", Direction, Outcome)

ENCODINGS = ("utf-8-sig", "cp932")
_CHUNK_BYTES = 1 << 20
_MOST_HEADER_LETTERS = 64
_MOST_COLUMNS = 200
_MOST_LENGTH = timedelta(days=7)
_WRITTEN = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?\s*(?:\([月火水木金土日]\))?"
    r"(?:[T\s]*(午前|午後)?\s*(\d{1,2})\s*[:時]\s*(\d{1,2})\s*(?:[:分]\s*(?:(\d{1,2})(?:\.\d+)?\s*秒?)?)?)?"
)
_CLOCK = re.compile(r"\d{1,2}[:時].*")
_LENGTH = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{2})|(?:(\d+)時間)?(?:(\d+)分)?(?:(\d+)秒)?|(\d+)(?:\.\d+)?")
_D = Direction
_DIRECTIONS = {
    word: direction
    for direction, words in {
        _D.INBOUND: "着信 受信 着 内線着信 外線着信 in inbound incoming 受電 入電 インバウンド received"
        " incomingcall inboundcall",
        _D.OUTBOUND: "発信 発 外線発信 out outbound outgoing 架電 アウトバウンド placed outgoingcall outboundcall",
        _D.INTERNAL: "内線 内線通話 internal 社内",
    }.items()
    for word in words.split()
}
_O = Outcome
_OUTCOMES = {
    word: outcome
    for outcome, words in {
        _O.ANSWERED: "応答 応答あり 通話 成立 接続 成功 応答済 応答済み 対応済 対応済み 完了 answered answer"
        " completed success connected",
        _O.MISSED: "不在 不応答 応答なし 不在着信 未応答 無応答 不出 着信拒否 拒否 時間外 rejected"
        " missed noanswer unanswered no-answer",
        _O.ABANDONED: "放棄 途中切断 途中放棄 放棄呼 キャンセル abandoned canceled cancelled cancel",
        _O.BUSY: "話中 通話中 ビジー busy",
        _O.FAILED: "失敗 エラー 接続失敗 failed failure congestion error",
        _O.VOICEMAIL: "留守電 留守番電話 voicemail",
    }.items()
    for word in words.split()
}


class _BadCellError(Exception):
    """A cell that cannot be read; `column` and `reason` are all that is known of it."""

    def __init__(self, column: Column, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


def open_list(
    file: Path,
    source: str,
    zone: ZoneInfo,
    region: str,
    now: datetime,
    mapping: Sequence[tuple[str, str]] = (),
    encoding: str | None = None,
) -> PastList:
    """Return the list in `file`, whose columns are known; its rows are read when they are asked for.

    `source`: whose calls they become; `zone`: of instants without offset; `encoding`: one of ENCODINGS, None to find
    out. Raises InputError for the whole file: no_plain_file (it is read twice, which no pipe lets one), empty,
    long_header, too_many_columns, the reasons of read_columns, and with the `line` encoding, quotes, long_cell; while
    rows are read also changed: the file is no longer what was looked through. OSError.
    """
    seen = _state_of(file)
    chosen = _encoding_of(file, (encoding,) if encoding else ENCODINGS)
    headers, mark = _head(file, chosen)
    columns = read_columns(headers, mapping)
    reader = _Reader(source, zone, region, now, columns, headers, seen)
    known = {place: column for column, place in columns.items()}
    shown = tuple((header, known[place].value) for place, header in enumerate(headers) if place in known)
    ignored = tuple(header for place, header in enumerate(headers) if place not in known)
    return PastList(chosen, shown, ignored, lambda: reader.rows(file, chosen, mark))


def _state_of(file: Path) -> tuple[int, ...]:
    """Return what is another as soon as somebody writes to the file, or exchanges it."""
    now = file.stat()
    if not stat.S_ISREG(now.st_mode):
        raise InputError("no_plain_file")
    return now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns


def _encoding_of(file: Path, allowed: Sequence[str]) -> str:
    """Return the first encoding that the whole file is in. Raises InputError("encoding") with the furthest `line`."""
    with file.open("rb") as raw:
        marked = raw.read(2) in (BOM_UTF16_LE, BOM_UTF16_BE)  # as spreadsheets save "Unicode text"
    lines = []
    for encoding in ("utf-16",) if marked and len(allowed) > 1 else allowed:
        line = _broken_line(file, encoding)
        if line is None:
            return encoding
        lines.append(line)
    raise InputError("encoding", line=max(lines))


def _broken_line(file: Path, encoding: str) -> int | None:
    """Return the line where the file is not of this encoding, None where all of it is."""
    decoder, line, is_end = codecs.getincrementaldecoder(encoding)(), 1, False
    with file.open("rb") as raw:
        while not is_end:
            piece = raw.read(_CHUNK_BYTES)
            is_end = not piece
            try:
                line += decoder.decode(piece, final=is_end).count("\n")
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].decode(error.encoding, "ignore").count("\n")
    return None


def _head(file: Path, encoding: str) -> tuple[list[str], str]:
    with file.open("r", encoding=encoding, newline="") as opened:
        first = opened.readline(_CHUNK_BYTES)
        mark = max(",\t;", key=first.count)
        opened.seek(0)
        rows = _lines(csv.reader(opened, delimiter=mark, strict=True))
        headers = [header.strip() for header in next(rows, (1, []))[1]]
    if not any(headers):
        raise InputError("empty")
    if len(headers) > _MOST_COLUMNS:
        raise InputError("too_many_columns")
    if any(len(header) > _MOST_HEADER_LETTERS for header in headers):
        raise InputError("long_header")
    return headers, mark


def _lines(reader: "_csv.Reader") -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line that it ends on. Raises InputError with the line that a broken one begins on."""
    before = 0
    try:
        for cells in reader:
            before = reader.line_num
            yield before, cells
    except csv.Error as error:
        reason = "long_cell" if "field limit" in str(error) else "quotes"
        raise InputError(reason, line=before + 1) from None
    except UnicodeDecodeError:  # it was of this encoding a moment ago
        raise InputError("changed") from None


@dataclass(frozen=True, slots=True)
class _Span:
    began: datetime
    answered: datetime | None
    ended: datetime


def _steps(call: CallEvent, span: _Span, agent: AgentRef | None, outcome: Outcome | None) -> tuple[CallEvent, ...]:
    """Return the events of one call: `call` holds what all of them say."""
    outbound = call.direction is Direction.OUTBOUND
    steps: list[tuple[EventType, datetime | None, AgentRef | None]] = [
        (EventType.OFFERED, span.began, agent if outbound else None),
        (EventType.RINGING, None if outbound or agent is None else span.began, agent),
        (EventType.ANSWERED, span.answered, None if outbound else agent),
        (EventType.ENDED, span.ended, None),
    ]
    return tuple(
        replace(
            call,
            id=event_id(call.source_call_ids[0], "past", kind),
            type=kind,
            occurred_at=at,
            sequence=place,
            agent=by,
            outcome=outcome if kind is EventType.ENDED else None,
        )
        for place, (kind, at, by) in enumerate(steps)
        if at is not None
    )


class _Reader:
    def __init__(
        self,
        source: str,
        zone: ZoneInfo,
        region: str,
        now: datetime,
        columns: dict[Column, int],
        headers: Sequence[str],
        seen: tuple[int, ...],
    ) -> None:
        self._source, self._zone, self._region, self._now = source, zone, region, now
        self._columns = columns
        self._headers = headers
        self._seen = seen

    def rows(self, file: Path, encoding: str, mark: str) -> Iterator[PastRow | BadLine]:
        """Yield each row behind the header; empty lines are none. Raises InputError as `open_list` says."""
        self._must_be_as_seen(file)
        with file.open("r", encoding=encoding, newline="") as opened:
            lines = _lines(csv.reader(opened, delimiter=mark, strict=True))
            next(lines, None)
            for line, cells in lines:
                if not any(cell.strip() for cell in cells):
                    continue
                try:
                    yield PastRow(line, self._events(cells))
                except _BadCellError as bad:
                    place = self._columns.get(bad.column)
                    column = self._headers[place] if place is not None else bad.column.value
                    yield BadLine(line, column, bad.reason)
        self._must_be_as_seen(file)

    def _must_be_as_seen(self, file: Path) -> None:
        if _state_of(file) != self._seen:
            raise InputError("changed")

    def _events(self, cells: list[str]) -> tuple[CallEvent, ...]:
        if len(cells) > len(self._headers):
            raise _BadCellError(Column.STARTED, "too_many_cells")
        told = {column: self._cell(cells, column) for column in self._columns}
        direction = _word(told[Column.DIRECTION], Column.DIRECTION, _DIRECTIONS)
        outcome = _word(told[Column.RESULT], Column.RESULT, _OUTCOMES) if told.get(Column.RESULT) else None
        span = self._span(told, outcome)
        number, line = self._ends(told, direction)
        agent = told.get(Column.AGENT) or ""
        said = (str(to_us(span.began)), str(to_us(span.ended)), direction, number or "", line or "", agent)
        call = CallEvent(
            id="",
            source=self._source,
            type=EventType.OFFERED,
            occurred_at=span.began,
            source_call_ids=(told.get(Column.ID) or f"row-{event_id(*said)}",),
            direction=direction,
            customer_number=number,
            our_number=line,
            queue=told.get(Column.QUEUE) or None,
        )
        return _steps(call, span, AgentRef(extension=agent) if agent else None, outcome)

    def _span(self, told: dict[Column, str], outcome: Outcome | None) -> "_Span":
        """Return when it began, was answered and ended, as far as the row says; no length of time is negative."""
        began = self._instant(told, Column.STARTED)
        assert began is not None, "an empty one is bad"
        answered = self._instant(told, Column.ANSWERED, began)
        ended = self._instant(told, Column.ENDED, answered or began)
        whole, talk = self._length(told, Column.LENGTH), self._length(told, Column.TALK)
        if ended is None:
            ended = began + whole if whole else (answered or began) + (talk or timedelta(0))
        if answered is None and (talk or outcome is Outcome.ANSWERED):
            answered = ended - talk if talk else began
        if not began <= (answered or began) <= ended or ended - began > _MOST_LENGTH:
            raise _BadCellError(Column.ENDED if Column.ENDED in self._columns else Column.STARTED, "time_order")
        return _Span(began, answered, ended)

    def _cell(self, cells: list[str], column: Column) -> str:
        place = self._columns[column]
        text = unicodedata.normalize("NFKC", cells[place]).strip() if place < len(cells) else ""
        if not text:
            if column in (Column.STARTED, Column.DIRECTION):
                raise _BadCellError(column, "empty")
            return ""
        try:
            return key_text(text, 128 if column is Column.ID else 64, column.value)
        except InputError as error:
            raise _BadCellError(column, error.reason) from None

    def _ends(self, told: dict[Column, str], direction: Direction) -> tuple[str | None, str | None]:
        """Return the customer's number and ours; a word for a withheld one stays, the service reads it as such."""
        ours_is_to = direction is Direction.INBOUND
        column = Column.NUMBER if told.get(Column.NUMBER) else Column.FROM if ours_is_to else Column.TO
        number = told.get(column) or None
        if number is not None and isinstance(read_number(number, self._region), Unreadable):
            raise _BadCellError(column, "unreadable")
        line = told.get(Column.LINE) or told.get(Column.TO if ours_is_to else Column.FROM) or None
        return (None if direction is Direction.INTERNAL else number), line

    def _instant(self, told: dict[Column, str], column: Column, after: datetime | None = None) -> datetime | None:
        """Return the instant; of a time of day that came twice the later one, where only that is not before `after`."""
        text = told.get(column)
        if not text:
            return None
        if _CLOCK.fullmatch(text) and told.get(Column.DATE):
            text = f"{told[Column.DATE]} {text}"
        at = self._read(text, column, 0)
        if after is not None and at < after:
            at = self._read(text, column, 1)
        if is_ahead(at, self._now):
            raise _BadCellError(column, "future")
        return at

    def _read(self, text: str, column: Column, fold: int) -> datetime:
        if found := _WRITTEN.fullmatch(text):
            half = found[4]
            year, month, day, hour, minute, second = (int(part or 0) for part in found.group(1, 2, 3, 5, 6, 7))
            if half is not None and hour > 12:
                _bad(column, "time")
            hour = hour % 12 + 12 if half == "午後" else hour % 12 if half else hour
            try:
                local = datetime(year, month, day, hour, minute, second, tzinfo=self._zone, fold=fold)
                at = read_instant(local.astimezone(UTC).isoformat())
            except (ValueError, OverflowError, InputError):
                _bad(column, "time")
            if at.astimezone(self._zone).replace(tzinfo=None) != local.replace(tzinfo=None):
                _bad(column, "no_such_time")  # the clocks were put on past it
            return at
        try:
            return read_instant(text, self._zone)
        except InputError:
            _bad(column, "time")

    def _length(self, told: dict[Column, str], column: Column) -> timedelta | None:
        text = told.get(column)
        if not text:
            return None
        found = _LENGTH.fullmatch(text.replace(" ", ""))
        if found is None:
            raise _BadCellError(column, "length")
        hours, minutes, seconds, h, m, s, plain = (int(part or 0) for part in found.groups())
        try:
            length = timedelta(hours=hours + h, minutes=minutes + m, seconds=seconds + s + plain)
        except OverflowError:
            raise _BadCellError(column, "length") from None
        if length > _MOST_LENGTH:
            raise _BadCellError(column, "length")
        return length


def _word(text: str, column: Column, words: Mapping[str, W]) -> W:
    found = words.get(text.casefold().replace(" ", "").replace("_", ""))
    if found is None:
        raise _BadCellError(column, "unknown_word")
    return found


def _bad(column: Column, reason: str) -> NoReturn:
    raise _BadCellError(column, reason) from None
