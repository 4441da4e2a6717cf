"""Call-backs: we ring a number that is registered for the customer, and he answers. What of a call shows that.

Refuses to take anybody's word: only what the phone system says of the call counts (docs/privacy.md).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from plugin.core.calls import CUSTOMER, Call, CallState, Direction
from plugin.core.identity import Proof
from plugin.core.ids import CallId, CustomerId, UserId, VerificationId

LASTS = timedelta(minutes=15)
CLOCKS_APART = timedelta(minutes=1)  # a phone system's clock may be a little behind ours


class CallBackState(StrEnum):
    """Where a call-back is. DOUBTFUL: the phone system may dial or not; its events will tell."""

    ASKED = "asked"  # to be dialled, by the phone system or by hand
    DIALLED = "dialled"
    DOUBTFUL = "doubtful"
    REFUSED = "refused"  # the phone system certainly does not dial
    COUNTED = "counted"


HOPEFUL = frozenset({CallBackState.ASKED, CallBackState.DIALLED, CallBackState.DOUBTFUL})


@dataclass(frozen=True, slots=True)
class CallBack:
    """A call-back that somebody asked for while he verified the caller of another call, and meant to make himself.

    `number_mark` is a keyed hash in hex under the key `key_id`, `tail` the number's last two digits; `proof`: what it
    will prove; `call_id`: the call of ours that counted; `why`: a stable word, where it was not dialled.
    """

    id: str
    verification_id: VerificationId
    customer_id: CustomerId
    user_id: UserId
    number_mark: str
    tail: str
    key_id: str
    proof: Proof
    state: CallBackState
    asked_at: datetime
    expires_at: datetime
    call_id: CallId | None = None
    why: str | None = None

    def is_hopeful(self, now: datetime) -> bool:
        """Tell whether it may still come about."""
        return self.state in HOPEFUL and now < self.expires_at

    def is_in_time(self, call: Call) -> bool:
        """Tell whether the call was placed because of it, as far as time tells."""
        return self.asked_at - CLOCKS_APART <= call.started_at < self.expires_at


class Line(StrEnum):
    """How a call of ours to the customer's number stands."""

    RINGING = "ringing"
    TALKING = "talking"  # the customer answered, and who placed it talks with him
    OTHER = "other"  # not ours, handed on, on hold, over


def line_of(call: Call, mine: Collection[str]) -> Line:
    """Return how the call stands for the person whose agent keys `mine` are in it.

    TALKING only where he placed it himself, the customer's side answered, and nobody has put it on hold, handed it on
    or ended it.
    """
    if call.direction is not Direction.OUTBOUND or call.placed_by not in mine or call.withheld is not None:
        return Line.OTHER
    if call.ended_at is not None or call.transfers:
        return Line.OTHER
    if CUSTOMER not in call.answered_by or call.answered_at is None:
        return Line.RINGING
    return Line.TALKING if call.state is CallState.TALKING else Line.OTHER
