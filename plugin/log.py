"""What the processes of a site write down: one JSON object a line on standard error, an event's name and its fields.

Refuses the text of errors, whoever raised them: it may hold what a caller sent. Their kind and place is kept.
"""

import json
import logging
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog

Line = MutableMapping[str, Any]


def set_up() -> None:
    """Write to standard error, from level info; what other libraries say from level warning. Safe to call again."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _without_text_of_error,
            structlog.processors.JSONRenderer(serializer=_write),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=_Out,
    )
    root = logging.getLogger()
    if not any(isinstance(handler, _OthersOut) for handler in root.handlers):
        root.addHandler(_OthersOut())
    root.setLevel(logging.WARNING)


class _Out:
    """Writes a whole line at once, so that the lines of threads and processes never mix."""

    def msg(self, line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    debug = info = warning = error = critical = msg


class _OthersOut(logging.Handler):
    """Writes another library's line by its template alone: the values in it are not ours to know."""

    def emit(self, record: logging.LogRecord) -> None:
        line: Line = {
            "event": str(record.msg),
            "library": record.name,
            "level": record.levelname.lower(),
            "at": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "exc_info": record.exc_info,
        }
        _Out().msg(_write(_without_text_of_error(None, "", line)))


def place_of(error: BaseException, most: int = 8) -> list[str]:
    """Return the innermost `most` places that the error came through, each as room.py:line."""
    frames = traceback.extract_tb(error.__traceback__)
    return ["/".join(frame.filename.rsplit("/", 2)[1:]) + f":{frame.lineno}" for frame in frames][-most:]


def _without_text_of_error(_logger: Any, _method: str, line: Line) -> Line:
    given = line.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        line["kind"] = type(error).__name__
        line["where"] = place_of(error)
    return line


def _write(line: Line, **_: Any) -> str:
    return json.dumps(line, ensure_ascii=False, default=lambda value: type(value).__name__)
