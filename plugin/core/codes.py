"""One-time codes: how long they are and last, how many may be sent, and where one is.

Makes none: chance is not pure. What is compared is a keyed hash, and nobody but the customer ever reads a code.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from plugin.core.deliveries import Arrival
from plugin.core.errors import InputError
from plugin.core.ids import CustomerId, VerificationId
from plugin.core.ports import MessageWay

DIGITS = 6
LASTS = timedelta(minutes=5)
MOST_A_VERIFICATION = 3
SEND_WINDOW = timedelta(hours=24)
_CODE = re.compile(rf"[0-9]{{{DIGITS}}}")
_APART = str.maketrans("", "", " -‐−ー・")


class CodeState(StrEnum):
    """Where a code is. DOUBTFUL: it may have gone out; nobody knows. REPLACED: a newer one took its place."""

    SENDING = "sending"
    SENT = "sent"
    DOUBTFUL = "doubtful"
    REFUSED = "refused"  # it certainly did not go out
    USED = "used"
    REPLACED = "replaced"


# What the customer may hold in his hand: a code whose sending was broken off counts as sent.
TELLABLE = frozenset({CodeState.SENDING, CodeState.SENT, CodeState.DOUBTFUL})


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """A code that was made for one verification of one customer and one of his numbers.

    `number_mark` and `code_mark` are keyed hashes in hex under the key `key_id`; `tail`: the number's last two digits;
    `why`: a stable word, where it could not be sent; `missed`: how often another one was told. `arrival`: what the
    carrier told of it, `arrival_why` the word for why it failed.
    """

    id: str
    verification_id: VerificationId
    customer_id: CustomerId
    number_mark: str
    tail: str
    way: MessageWay
    code_mark: str
    key_id: str
    state: CodeState
    asked_at: datetime
    expires_at: datetime
    why: str | None = None
    missed: int = 0
    arrival: Arrival | None = None
    arrival_why: str | None = None

    def is_tellable(self, now: datetime) -> bool:
        """Tell whether the caller may still tell it."""
        return self.state in TELLABLE and now < self.expires_at


def read_code(raw: str) -> str:
    """Return the six digits that the caller told, whatever their width and what stands between them.

    Raises InputError("code") for anything else: it uses up no try.
    """
    text = unicodedata.normalize("NFKC", raw[:64]).strip().translate(_APART)
    if not _CODE.fullmatch(text):
        raise InputError("code")
    return text
