"""The call records that Asterisk itself writes: Master.csv of cdr_csv, read from its end backwards.

Rows carry no zone, but their unique id carries the second in which the channel began: that decides which of two equal
hours of an autumn night is meant. A row without a unique id is left out; whatever else stands in a file, nothing is
raised but OSError.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.calls.asterisk.channels import MOST_ID_CHARACTERS

_BLOCK_BYTES = 1 << 20
_MOST_BYTES = 1 << 28
_COLUMNS = 17  # up to the unique id; the linked id follows where newcdrcolumns is on
_LINKED = 19
_EPOCH = re.compile(r"(?:.*-)?(\d{9,11})\.\d+")
_EARLY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `number` is the caller's as the exchange has it, whether he showed it or not."""

    number: str
    dialled: str
    caller_name: str
    channel: str
    dialled_channel: str
    application: str
    words: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    disposition: str
    uid: str
    linked: str

    def __repr__(self) -> str:
        return f"Row({self.uid!r})"  # its values are personal


def read_rows(path: Path, since: datetime, zone: ZoneInfo) -> list[Row]:
    """Return the rows of a file, or of every file of a folder, whose calls ended at or after `since`.

    Raises OSError where it cannot be read.
    """
    files = sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
    return [row for file in files for row in _rows_of(file, since, zone)]


def _rows_of(file: Path, since: datetime, zone: ZoneInfo) -> list[Row]:
    found: list[Row] = []
    for cells in csv.reader(_lines_from_end(file, since.astimezone(zone) - timedelta(days=1))):
        row = _row(cells, zone)
        if row is not None and row.ended_at >= since:
            found.append(row)
    return found


def _lines_from_end(file: Path, since: datetime) -> Iterator[str]:
    """Yield the last lines of the file, from somewhere before those of `since` on. Calls end in the order of lines."""
    wanted = since.strftime("%Y-%m-%d %H:%M:%S")
    with file.open("rb") as opened:
        size = opened.seek(0, 2)
        length = min(_BLOCK_BYTES, size)
        while True:
            opened.seek(size - length)
            first, *lines = opened.read(length).replace(b"\0", b"").decode("utf-8", "replace").splitlines() or [""]
            ends = re.findall(r'"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"', lines[0] if lines else "")
            if length >= min(size, _MOST_BYTES) or (ends and ends[-1] < wanted):
                break
            length = min(size, length * 4)
    yield from [first, *lines] if length == size else lines


def _row(cells: list[str], zone: ZoneInfo) -> Row | None:
    if len(cells) < _COLUMNS or not 0 < len(cells[16]) <= MOST_ID_CHARACTERS:
        return None
    try:
        duration, billed = timedelta(seconds=int(cells[12])), timedelta(seconds=int(cells[13]))
        started_at = _instant(cells[9], cells[16], zone)
        lasted = started_at + max(duration, timedelta(0))  # whole seconds, cut off
        ended_at = max(lasted, min(_instants(cells[11], zone), key=lambda end: abs(end - lasted)))
    except (ValueError, OverflowError):
        return None
    if not 1970 < started_at.year < 2199:
        return None
    linked = cells[_LINKED] if len(cells) > _LINKED else ""
    return Row(
        number=cells[1],
        dialled=cells[2],
        caller_name=cells[4].partition("<")[0].strip(' "'),
        channel=cells[5],
        dialled_channel=cells[6],
        application=cells[7],
        words=cells[8],
        started_at=started_at,
        answered_at=max(started_at, ended_at - max(billed, timedelta(0))) if cells[10] else None,
        ended_at=ended_at,
        disposition=cells[14],
        uid=cells[16],
        linked=linked if 0 < len(linked) <= MOST_ID_CHARACTERS else cells[16],
    )


def _instant(text: str, uid: str, zone: ZoneInfo) -> datetime:
    """Return the instant of a local time; of two equal ones, the first that is not before the channel began."""
    first, second = _instants(text, zone)
    began = _EPOCH.fullmatch(uid)
    if first != second and began is not None and first < datetime.fromtimestamp(int(began[1]), UTC) - _EARLY:
        return second
    return first


def _instants(text: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the instants at which a clock of the zone shows that time, the same twice on all but one night a year."""
    local = datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007  the zone comes next
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, second
