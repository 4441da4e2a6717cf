"""The end of each call with a customer: a side puts down the phone, channels go, and with the last one the call.

What the end means is read in endings.py; calls whose last event never came are closing.py's.
"""

from connectors.calls.asterisk.channels import Channel
from connectors.calls.asterisk.endings import ANSWERED_ELSEWHERE, BUSY, ended_by, note_leaving, outcome_of
from connectors.calls.asterisk.journey import Journeys
from connectors.calls.asterisk.parties import Parties
from connectors.calls.asterisk.pen import Pen
from connectors.calls.asterisk.tapes import Tapes
from connectors.calls.asterisk.tracked import Moment, Tracked
from plugin.core.calls import EndedBy, EventType, Outcome


class Leaving:
    """Lets channels go, and ends calls."""

    def __init__(self, parties: Parties, journeys: Journeys, tapes: Tapes, pen: Pen) -> None:
        self._parties = parties
        self._journeys = journeys
        self._tapes = tapes
        self._pen = pen

    def ask(self, channel: Channel) -> None:
        """This side put down the phone."""
        for call in self._parties.every(channel):
            note_leaving(call, channel)

    def hang_up(self, channel: Channel, cause: str, when: Moment) -> None:
        """A channel is gone (it is dropped from the channels by the caller of this)."""
        calls = self._parties.drop(channel)
        if not calls:
            return
        call, *others = calls
        for other in others:
            self._leave(other, channel, cause, when)
        self._tapes.close(call, channel.uid, when)
        if channel.uid == call.customer:
            if cause == BUSY and not call.in_queue and not call.ending.customer_left:
                call.ending.last_dial = "BUSY"
            if call.talked or not self._parties.is_there(call.origin):
                self.end(call, when)
        elif channel.uid == call.origin and not self._parties.is_there(call.customer):
            self.end(call, when)
        else:
            self._leave(call, channel, cause, when)

    def _leave(self, call: Tracked, channel: Channel, cause: str, when: Moment) -> None:
        leg = call.legs.get(channel.uid)
        if leg is not None:
            elsewhere = cause == ANSWERED_ELSEWHERE or any(other.talked for other in call.legs.values())
            unanswered = Outcome.ANSWERED_ELSEWHERE if elsewhere else Outcome.MISSED
            self._journeys.end_leg(call, leg, when, unanswered)
            self._journeys.relink(call, when)

    def end(self, call: Tracked, when: Moment, *, lost: bool = False, by_pbx: bool = False) -> None:
        """The call is over. `lost`: no end was seen; `by_pbx`: because the exchange itself went down."""
        self._parties.dissolve(call)
        self._journeys.resolve_transfer(call, None)
        for leg in call.legs.values():
            self._journeys.end_leg(call, leg, when)
        self._tapes.close(call, None, when)
        call.ended = True
        by = (EndedBy.PBX if by_pbx else None) if lost else ended_by(call)
        outcome = Outcome.LOST if lost else outcome_of(call)
        self._pen.write(call, EventType.ENDED, when, outcome=outcome, ended_by=by)
