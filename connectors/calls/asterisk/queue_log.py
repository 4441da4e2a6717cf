"""Asterisk's queue_log: who waited where, who took him, who ended it. Its times are seconds since 1970, in no zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from connectors.calls.asterisk.channels import MOST_ID_CHARACTERS

_MOST_LINE = 4_000
_READ = {
    "ENTERQUEUE",
    "CONNECT",
    "COMPLETECALLER",
    "COMPLETEAGENT",
    "ABANDON",
    "EXITWITHTIMEOUT",
    "EXITWITHKEY",
    "EXITEMPTY",
    "RINGNOANSWER",
    "BLINDTRANSFER",
    "ATTENDEDTRANSFER",
    "QUEUESTART",
}
NOBODY = "NONE"  # stands where a line is about no caller


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `uid` is the caller's channel; `data` what else stands in it."""

    at: datetime
    uid: str
    queue: str
    agent: str
    event: str
    data: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Line({self.event!r})"  # ENTERQUEUE holds the caller's number


def read_lines(path: Path, since: datetime) -> list[Line]:
    """Return the lines that tell of calls, from `since` on. Raises OSError where the file cannot be read."""
    with path.open("r", encoding="utf-8", errors="replace") as opened:
        return list(_read(opened, since))


def restarts_of(lines: list[Line]) -> list[datetime]:
    """Return when the queues began anew: whatever went on before was over then."""
    return sorted(line.at for line in lines if line.event == "QUEUESTART")


def _read(texts: Iterator[str], since: datetime) -> Iterator[Line]:
    for text in texts:
        seconds, *cells = text[:_MOST_LINE].rstrip("\n").split("|")
        if len(cells) < 4 or cells[3] not in _READ or not (seconds.isascii() and seconds.isdigit()):
            continue
        if len(seconds) > 10 or not 0 < len(cells[0]) <= MOST_ID_CHARACTERS:
            continue
        at = datetime.fromtimestamp(int(seconds), UTC)
        if at >= since:
            yield Line(at, cells[0], cells[1], cells[2], cells[3], tuple(cells[4:]))
