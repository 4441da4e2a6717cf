"""How a call ended, from what its sides were last heard to do. It reads no event; leaving.py asks at the end."""

from connectors.calls.asterisk.channels import Channel
from connectors.calls.asterisk.tracked import Tracked
from plugin.core.calls import Direction, EndedBy, Outcome

REFUSALS = {  # DialStatus
    "BUSY": Outcome.BUSY,
    "NOANSWER": Outcome.MISSED,
    "CONGESTION": Outcome.FAILED,
    "CHANUNAVAIL": Outcome.FAILED,
}
ANSWERED_ELSEWHERE = "26"  # causes of a Hangup
BUSY = "17"
_REFUSED = ("BUSY", "CONGESTION", "CHANUNAVAIL")


def note_leaving(call: Tracked, channel: Channel) -> None:
    """This side put down the phone; whoever does so first ends the call."""
    ending = call.ending
    if channel.uid == call.customer:
        # The exchange that refuses a caller, and a customer who refuses our call, ask to hang up too: nobody left.
        refused = channel.state == "Busy" or (call.direction is Direction.OUTBOUND and channel.state != "Up")
        if not refused:  # in a conference he is still there once all agents are gone
            alone = channel.bridge is not None
            ending.customer_left = ending.customer_left or ending.agent_left is None or ending.moved_on or alone
        return
    leg = call.legs.get(channel.uid)
    others = any(other is not leg for other in call.talking)
    if leg is not None and (leg.talked or leg.origin) and not others and not ending.customer_left:
        ending.agent_left = ending.agent_left or leg.uid


def ended_by(call: Tracked) -> EndedBy | None:
    """Return who ended the call; None where nobody talked and nobody left."""
    if call.ending.customer_left or call.ending.left_queue:
        return EndedBy.CUSTOMER
    if call.ending.agent_left is not None:
        return EndedBy.AGENT
    return EndedBy.PBX if call.talked else None


def outcome_of(call: Tracked) -> Outcome | None:
    """Return the outcome where the fold cannot know it from the rounds alone."""
    if call.talked:
        return None
    if call.ending.voicemail:
        return Outcome.VOICEMAIL
    if call.in_queue:
        return None
    return REFUSALS.get(call.ending.last_dial) if call.ending.last_dial in _REFUSED else None
