"""The captures of a real Asterisk: their bytes, their single messages, and what really happened in them.

EXPECTED are whole sessions; OF_RULES are many short ones, a rule of the exchange each, with only the classes of events
that a site's filters would let through.
"""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "connectors" / "captures"
EXPECTED: dict[str, list[dict[str, Any]]] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
RULES = FOLDER / "rules"
RECORDS = FOLDER / "records"  # what the exchange itself wrote down of some of the sessions of RULES
OF_RULES: dict[str, list[dict[str, Any]]] = json.loads((RULES / "expected.json").read_text("utf-8"))
ONLY_WHERE_TRUE = ("recordings", "recorded", "notice_played", "alert")  # absent from expected.json where there is none


def raw(name: str) -> bytes:
    """Return the bytes of one capture."""
    if name in OF_RULES:
        return gzip.decompress((RULES / f"{name}.ami.gz").read_bytes())
    return (FOLDER / f"{name}.ami").read_bytes()


def blocks(name: str) -> list[bytes]:
    """Return a capture message by message."""
    return [block + b"\r\n\r\n" for block in raw(name).split(b"\r\n\r\n") if block.strip()]


def differences(name: str, told: list[dict[str, Any]]) -> list[str]:
    """Return what `told` (in the fields of expected.json) gets wrong of the capture."""
    told = json.loads(json.dumps(told))
    wanted = EXPECTED.get(name) or OF_RULES.get(name, [])
    found = [] if len(told) == len(wanted) else [f"{len(told)} calls instead of {len(wanted)}"]
    for call, want in zip(told, wanted, strict=False):
        found += [
            f"{key}: {call.get(key)!r}, not {want[key]!r}"
            for key in want
            if key != "note" and call.get(key) != want[key]
        ]
        found += [f"{key}: {call[key]!r}, not absent" for key in ONLY_WHERE_TRUE if key in call and key not in want]
    return found


def as_told_to(
    name: str, *, read: str = "all", filtered: Iterable[str] = (), variables: str | None = None
) -> list[bytes]:
    """Return a capture as an account hears it: classes in `read`, events that a filter keeps, names in channelvars.

    By the privilege that the exchange itself wrote into each event.
    """
    classes, kept = set(read.split(",")), []
    for block in blocks(name):
        lines = block.split(b"\r\n")
        told = dict(line.partition(b": ")[::2] for line in lines)
        privilege = set(told.get(b"Privilege", b"all").decode().split(","))
        if not privilege & classes or told.get(b"Event", b"").decode() in filtered:
            continue
        if variables is not None:
            lines = [one for one in lines if not one.startswith(b"ChanVariable: ") or variables.encode() in one]
        kept.append(b"\r\n".join(lines))
    return kept
