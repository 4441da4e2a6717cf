"""Recorders that only leave files: what a file's name says, and which call it can be of. Guesses neither.

A recorder that was fitted beside a phone system names its files by a pattern of its own, with a clock of its own. A
file is a call's only where time and telephone (or number) agree and no other call fits; all else a person says.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from plugin.core.calls import Call, Direction
from plugin.core.errors import InputError
from plugin.core.ids import CallId
from plugin.core.numbers import External, read_number
from plugin.core.times import read_instant

_PLACE = re.compile(r"\{([a-z]+)(?::([^{}]*))?\}")
_CODES = {"Y": r"\d{4}", "m": r"\d{2}", "d": r"\d{2}", "H": r"\d{2}", "M": r"\d{2}", "S": r"\d{2}", "y": r"\d{2}"}
_TEXTS = {"number": r"[^/]*?", "extension": r"[0-9A-Za-z*#+]{1,32}", "direction": r"[^/\d]{1,12}?", "any": r"[^/]*?"}
_TIMES = ("start", "end")
_DIRECTIONS = {
    word: direction
    for direction, words in {
        Direction.INBOUND: "in i inbound incoming rx 着信 着",
        Direction.OUTBOUND: "out o outbound outgoing tx 発信 発",
        Direction.INTERNAL: "int internal 内線",
    }.items()
    for word in words.split()
}
_URI = re.compile(r"recorder:([A-Za-z0-9_-]{1,64}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class RecordedName:
    """What a file's name says. `e164`: None where it says no public number; `has_number`: it says one at all."""

    start: datetime
    end: datetime | None = None
    extension: str | None = None
    direction: Direction | None = None
    e164: str | None = None


@dataclass(frozen=True, slots=True)
class NamePattern:
    """How a recorder names its files; see `read_pattern`."""

    shape: re.Pattern[str]
    formats: dict[str, str]
    whole_path: bool

    def read(self, path: str, zone: ZoneInfo, region: str, ahead: timedelta) -> RecordedName | None:
        """Return what the path below the folder says, None where it is not of this pattern.

        `zone` is that of its times, `ahead` by how much the recorder's clock is fast.
        """
        found = self.shape.fullmatch(path if self.whole_path else path.rpartition("/")[2])
        if found is None:
            return None
        said = found.groupdict()
        try:
            times = {name: _instant(said[name], form, zone) - ahead for name, form in self.formats.items()}
        except (ValueError, OverflowError, InputError):
            return None
        number = read_number(said.get("number") or "", region)
        end = times.get("end")
        return RecordedName(
            start=times["start"],
            end=end if end is None or end >= times["start"] else None,
            extension=said.get("extension"),
            direction=_DIRECTIONS.get((said.get("direction") or "").casefold()),
            e164=number.e164 if isinstance(number, External) else None,
        )


def read_pattern(text: str) -> NamePattern:
    """Read a pattern such as `{start:%Y%m%d-%H%M%S}_{number}_{extension}.wav`.

    Places: {start:…} (needed) and {end:…} with %Y %y %m %d %H %M %S, {number}, {extension}, {direction}, {any}. A
    pattern with a slash is of the path below the folder. Raises InputError("pattern") with the fact `problem`.
    """
    shape, formats, at = "", {}, 0
    for place in _PLACE.finditer(text):
        name, form = place[1], place[2]
        shape += re.escape(text[at : place.start()])
        at = place.end()
        if name != "any" and f"(?P<{name}>" in shape:
            raise InputError("pattern", problem=f"{{{name}}} stands twice")
        if name in _TIMES:
            shape += f"(?P<{name}>{_shape_of(form or '')})"
            formats[name] = form or ""
        elif name in _TEXTS and form is None:
            shape += _TEXTS[name] if name == "any" else f"(?P<{name}>{_TEXTS[name]})"
        else:
            raise InputError("pattern", problem=f"{{{name}}} is no place, or takes no format")
    shape += re.escape(text[at:])
    if "{" in text[at:] or "start" not in formats:
        raise InputError("pattern", problem="{start:…} must stand in it, and every { be closed")
    if "(?P<number>" not in shape and "(?P<extension>" not in shape:
        raise InputError("pattern", problem="{number} or {extension} must stand in it: time alone proves no call")
    return NamePattern(re.compile(shape, re.IGNORECASE), formats, "/" in text)


def _shape_of(form: str) -> str:
    parts = re.split(r"%(.)", form)
    codes = parts[1::2]
    if any(code not in _CODES for code in codes) or len(set(codes)) != len(codes):
        raise InputError("pattern", problem="a time is made of %Y %y %m %d %H %M %S, each once")
    if not {"m", "d", "H", "M"} <= set(codes) or not {"Y", "y"} & set(codes):
        raise InputError("pattern", problem="a time must say year, month, day, hour and minute")
    return "".join(_CODES[part] if place % 2 else re.escape(part) for place, part in enumerate(parts))


def _instant(text: str, form: str, zone: ZoneInfo) -> datetime:
    return read_instant(datetime.strptime(text, form).replace(tzinfo=zone).isoformat())


def fits(name: RecordedName, call: Call, e164: str | None, tolerance: timedelta, now: datetime) -> bool:
    """Tell whether the file can be of the call: in its time, and by its telephone or its number.

    Where both say a telephone, or both a number, these must agree; one of the two must. A withheld caller's number is
    not compared, so there the telephone decides.
    """
    ended = call.ended_at or now
    if not call.started_at - tolerance <= name.start <= ended + tolerance:
        return False
    if name.end is not None and name.end > ended + tolerance:
        return False
    if name.direction is not None and call.direction not in (None, name.direction):
        return False
    agents = {offer.agent for offer in call.offers} | {call.placed_by} | {*call.answered_by}
    by_telephone = name.extension in agents if name.extension is not None else None
    by_number = name.e164 == e164 if name.e164 is not None and call.withheld is None else None
    return False not in (by_telephone, by_number) and True in (by_telephone, by_number)


def key_of(path: str) -> str:
    """Return what a file is known by: the sha-256 (hex) of its path below the folder, which itself is kept nowhere."""
    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()


def uri_of(source: str, key: str) -> str:
    """Return the name by which a recorder's file is fetched; no number can be read from it."""
    return f"recorder:{source}:{key}"


def read_uri(uri: str) -> tuple[str, str] | None:
    """Return the recorder and the key of the file, None where the name is of another kind."""
    found = _URI.fullmatch(uri)
    return None if found is None else (found[1], found[2])


def only(found: Iterable[CallId]) -> CallId | None:
    """Return the only one; None where there is none, or several."""
    ids = list(dict.fromkeys(found))
    return ids[0] if len(ids) == 1 else None
