"""Recording checks: an operator who may not hear asks a supervisor a question about a recording, in words.

A check is settled once, by whoever took it. Decides nothing about who may: that is plugin/core/access.py alone.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from plugin.core.errors import InputError
from plugin.core.ids import CallId, CheckId, CustomerId, RecordingId, UserId

MOST_LETTERS = 1000
TAKEN_FOR = timedelta(hours=1)  # a check whose taker did nothing with it for so long may be taken by another
_BREAKS = "\n\t"


class CheckState(StrEnum):
    """How far a check has come. OPEN and TAKEN are live; the others are ends."""

    OPEN = "open"  # asked, nobody has taken it
    TAKEN = "taken"  # a supervisor is at it
    ANSWERED = "answered"  # in words
    REFUSED = "refused"  # with a reason in words
    APPROVED = "approved"  # who asked may listen himself, for a while
    EXPIRED = "expired"  # nobody settled it in time, or the call turned out to be somebody else's


LIVE = frozenset({CheckState.OPEN, CheckState.TAKEN})


@dataclass(frozen=True, slots=True)
class Check:
    """A check at rest. `customer_id`: whose call it was when it was asked; `answer`: also the reason of a refusal.

    `approved_until`: until when who asked may listen himself; `read_at`: when he put the outcome away.
    """

    id: CheckId
    recording_id: RecordingId
    call_id: CallId
    customer_id: CustomerId | None
    asked_by: UserId
    asker: str
    question: str
    state: CheckState
    asked_at: datetime
    expires_at: datetime
    taken_by: UserId | None = None
    taker: str = ""
    taken_at: datetime | None = None
    answer: str = ""
    settled_at: datetime | None = None
    approved_until: datetime | None = None
    read_at: datetime | None = None

    def state_at(self, now: datetime) -> CheckState:
        """Return the state at `now`: a live check whose time is over has expired, written down yet or not."""
        return CheckState.EXPIRED if self.state in LIVE and now >= self.expires_at else self.state

    def is_free_at(self, now: datetime) -> bool:
        """Tell whether somebody may take it: it is open, or its taker has left it lying."""
        state = self.state_at(now)
        left = self.taken_at is not None and now >= self.taken_at + TAKEN_FOR
        return state is CheckState.OPEN or (state is CheckState.TAKEN and left)


def is_whose(asked_for: CustomerId | None, customer_id: CustomerId | None) -> bool:
    """Tell whether a call is still the customer's whose it was, or was nobody's, when the right to it was given."""
    return asked_for is None or asked_for == customer_id


def read_words(raw: str, field: str) -> str:
    """Return a question or an answer as it is kept: 1 to 1000 letters, lines allowed. Raises InputError(field)."""
    words = raw.replace("\r\n", "\n").strip()
    if not words or len(words) > MOST_LETTERS:
        raise InputError(field, field=field)
    if any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in _BREAKS for letter in words):
        raise InputError(field, field=field)
    return words


def read_minutes(raw: str, most: int) -> timedelta:
    """Return for how long somebody may listen: whole minutes, 1 to `most`. Raises InputError("minutes")."""
    if not (raw.isascii() and raw.isdecimal() and len(raw) <= 4 and 1 <= int(raw) <= most):
        raise InputError("minutes", field="minutes")
    return timedelta(minutes=int(raw))
