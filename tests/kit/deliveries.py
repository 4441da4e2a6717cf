"""Deliveries of phone systems as files that people can read: tests/connectors/deliveries/*.txt.

A line `+7 form` (or `json`) begins a delivery seven seconds after the file's first; the lines behind it are its body,
of a form one field a line, as written by hand. Lines that begin with # are remarks.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

FOLDER = Path(__file__).parents[1] / "connectors" / "deliveries"
TYPES = {"form": "application/x-www-form-urlencoded", "json": "application/json"}


@dataclass(frozen=True, slots=True)
class Said:
    """One delivery as its sender means it: when, as a form or JSON, and the bytes."""

    after_s: float
    kind: str
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """The headers that every sender sends."""
        return {"content-type": TYPES[self.kind]}


def read_story(name: str) -> list[Said]:
    """Return the deliveries of a file in order."""
    story: list[Said] = []
    for part in (FOLDER / f"{name}.txt").read_text("utf-8").split("\n+"):
        head, *lines = [line for line in part.splitlines() if line and not line.startswith("#")] or [""]
        if not head:
            continue
        after, kind = head.lstrip("+").split()
        pairs = [(name, value) for name, _, value in (line.partition("=") for line in lines)]
        body = urlencode(pairs) if kind == "form" else json.dumps(json.loads("\n".join(lines)), ensure_ascii=False)
        story.append(Said(float(after), kind, body.encode()))
    return story
