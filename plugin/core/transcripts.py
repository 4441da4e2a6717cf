"""What stands beside a recording in words: the transcript of what was said, and notes at places of it."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from plugin.core.errors import InputError
from plugin.core.ids import UserId

MOST_MARKER_LETTERS = 200
MOST_MARKERS = 200


class Speaker(StrEnum):
    """Whose words they are; UNKNOWN where whoever wrote them down did not tell."""

    CALLER = "caller"
    OPERATOR = "operator"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Segment:
    """What one person said in one go, in milliseconds of the recording."""

    from_ms: int
    to_ms: int
    speaker: Speaker
    words: str


@dataclass(frozen=True, slots=True)
class Marker:
    """A listener's note at a place of the recording; whoever may hear the place may read it."""

    id: str
    at_ms: int
    words: str
    author_id: UserId
    author: str
    set_at: datetime


def read_marker(raw: str) -> str:
    """Return a note as it is kept: 1 to 200 letters in one line. Raises InputError("marker")."""
    words = raw.strip()
    if not 0 < len(words) <= MOST_MARKER_LETTERS:
        raise InputError("marker", field="words")
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in words):
        raise InputError("marker", field="words")
    return words
