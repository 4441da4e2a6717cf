"""A recorder's file as the house knows it: no name, no number, only when and at which telephone it was made."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FileState(StrEnum):
    """What became of a file: given to its call, left for somebody to say, or said to be no call's."""

    MATCHED = "matched"
    UNMATCHED = "unmatched"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class UnmatchedFile:
    """A file that fits no call, or several."""

    source: str
    key: str
    began_at: datetime
    ended_at: datetime | None
    extension: str | None
