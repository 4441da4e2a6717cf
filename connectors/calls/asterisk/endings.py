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
_NO_MESSAGE = ("USEREXIT", "FAILED")  # VMSTATUS


def note_leaving(call: Tracked, channel: Channel) -> None:
    """This side put down the phone; whoever does so first ends the call."""
    if channel.uid == call.customer:
        # The exchange that refuses a caller, and a customer who refuses our call, ask to hang up too: nobody left.
        refused = channel.state == "Busy" or (call.direction is Direction.OUTBOUND and channel.state != "Up")
        if not refused:  # in a conference he is still there once all agents are gone
            alone = channel.bridge is not None
            call.customer_left = call.customer_left or call.agent_left is None or call.moved_on or alone
        return
    leg = call.legs.get(channel.uid)
    others = any(other is not leg for other in call.talking)
    if leg is not None and (leg.talked or leg.origin) and not others and not call.customer_left:
        call.agent_left = call.agent_left or leg.uid


def note_step(call: Tracked, application: str) -> None:
    """The dialplan leads the customer on: he did not leave the queue of his own, and not with the agent."""
    call.moved_on = call.agent_left is not None
    call.left_queue = False
    call.voicemail = application.casefold() == "voicemail"


def note_queue_status(call: Tracked) -> None:
    """The queue itself let the customer go (QUEUESTATUS): time out, full, empty, a key. He did not hang up."""
    call.left_queue = False


def note_voicemail(call: Tracked, status: str) -> None:
    """The mailbox tells whether a message was left (VMSTATUS)."""
    call.voicemail = call.voicemail and status not in _NO_MESSAGE


def ended_by(call: Tracked) -> EndedBy | None:
    """Return who ended the call; None where nobody talked and nobody left."""
    if call.customer_left or call.left_queue:
        return EndedBy.CUSTOMER
    if call.agent_left is not None:
        return EndedBy.AGENT
    return EndedBy.PBX if call.talked else None


def outcome_of(call: Tracked) -> Outcome | None:
    """Return the outcome where the fold cannot know it from the rounds alone."""
    if call.talked:
        return None
    if call.voicemail:
        return Outcome.VOICEMAIL
    if call.in_queue:
        return None
    return REFUSALS.get(call.last_dial) if call.last_dial in _REFUSED else None
