"""From what the manager interface says to canonical events: each native event is read here, and decided in journey.py.

Takes whole sessions: a greeting begins a new one, and its lists of channels are compared with what was known before
(resync.py). Whatever comes is read or left aside; nothing is raised.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.calls.asterisk.beside import Beside
from connectors.calls.asterisk.channels import Channel, Channels, File, pool_agent
from connectors.calls.asterisk.closing import Closing
from connectors.calls.asterisk.findings import Finding
from connectors.calls.asterisk.journey import Journeys
from connectors.calls.asterisk.lacks import Lacks
from connectors.calls.asterisk.leaving import Leaving
from connectors.calls.asterisk.parties import Parties, agent_of
from connectors.calls.asterisk.pen import Pen
from connectors.calls.asterisk.placing import Placing, dialled_number
from connectors.calls.asterisk.resync import LISTED, MOST_QUEUE, Resync
from connectors.calls.asterisk.tapes import Tapes
from connectors.calls.asterisk.tracked import Member, Moment, Tracked
from connectors.calls.asterisk.transfers import Transfers
from connectors.calls.asterisk.wire import BANNER, Message, clip
from plugin.core.calls import CallEvent
from plugin.core.times import to_us

_MOST_WORDS = 200
_YEAR_2200_US = 7_258_118_400_000_000
# A step of the dialplan itself: by now the presentation is what it will be.
_STEPS = {"Newexten", "DialBegin", "AgentCalled", "QueueCallerJoin", "BridgeEnter", "UserEvent", "MixMonitorStart"}
_PLAIN = {"Newstate", "NewCallerid", "MixMonitorStart"}  # they tell only what every event tells


@dataclass(frozen=True, slots=True)
class Said:
    """One native event about a channel."""

    message: Message
    when: Moment
    channel: Channel


class Tracker:
    """Follows the calls of one exchange. `trunks` are channel patterns; `clock` dates an event that has no time."""

    def __init__(self, source: str, trunks: Sequence[str], clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._now_us = 0
        self._lacks = Lacks()
        self._pen = Pen(source)
        self._channels = Channels(trunks)
        self._parties = Parties(self._channels)
        tapes = Tapes(self._pen)
        self._journeys = Journeys(self._channels, self._parties, tapes, self._pen)
        self._leaving = Leaving(self._parties, self._journeys, tapes, self._pen)
        self._transfers = Transfers(self._channels, self._parties, self._journeys, self._pen)
        self._placing = Placing(self._channels, self._parties, self._journeys, self._pen)
        self._beside = Beside(self._channels, self._parties, self._pen)
        self._closing = Closing(self._channels, self._parties, self._leaving)
        self._resync = Resync(self._channels, self._parties, self._journeys, self._placing, self._closing, self._beside)
        self.presentation_arrives: bool | None = None  # None: no customer's channel was seen yet
        self.times_arrive: bool | None = None
        self._readers: dict[str, Callable[[Message, Moment], None]] = {
            "Newchannel": self._newchannel,
            "DialBegin": self._dial_begin,
            "DialState": self._dial_begin,  # says all that DialBegin said, which may have been lost
            "DialEnd": self._dial_end,
            "Hangup": self._hangup,
            "Pickup": self._pickup,
            "BlindTransfer": self._transfers.blind,
            "AttendedTransfer": self._transfers.attended,
            "ChanSpyStart": self._beside.spy,
            "ChanSpyStop": self._beside.spy,
            "UserEvent": self._user_event,
            "Rename": self._rename,
        }
        self._channel_readers: dict[str, Callable[[Said], None]] = {
            "Newexten": self._newexten,
            "VarSet": self._varset,
            "AgentCalled": self._agent_called,
            "QueueCallerJoin": self._queue_join,
            "QueueCallerLeave": self._queue_leave,
            "QueueCallerAbandon": self._queue_abandon,
            "BridgeEnter": self._bridge_enter,
            "BridgeLeave": self._bridge_leave,
            "Hold": self._hold,
            "Unhold": self._unhold,
            "HangupRequest": self._hangup_request,
            "SoftHangupRequest": self._soft_hangup,
            "MixMonitorStop": self._recording_stop,
            "MixMonitorMute": self._recording_mute,
        }

    def take(self, message: Message) -> list[CallEvent]:
        """Read one message and return the events that follow from it."""
        event = message.get("Event")
        when = self._moment(message, event)
        if BANNER in message:
            self._lacks.begin()
        self._lacks.hear(event, message, None)
        if event in self._readers:
            self._readers[event](message, when)
        elif event in self._channel_readers or event in _PLAIN:
            channel = self._about(message, when)
            if channel is not None and event in self._channel_readers:
                self._channel_readers[event](Said(message, when, channel))
        elif event in LISTED or "Response" in message or BANNER in message:
            self._resync.take(message, when)
        self._beside.follow(when)
        self._closing.end_silent(when)
        return self._pen.take()

    def finish(self) -> list[CallEvent]:
        """The stream is at its end, and what its last lists did not name is gone: return what follows."""
        end = Moment("End", self._now_us)
        self._resync.decide(end)
        self._closing.end_silent(end, at_once=True)
        return self._pen.take()

    @property
    def lacks(self) -> frozenset[Finding] | None:
        """What the exchange keeps from us; None until a whole call was heard."""
        return self._lacks.found

    # ── what every event tells

    def _moment(self, message: Message, event: str) -> Moment:
        at_us = _read_time(message.get("Timestamp"))
        if event in self._channel_readers:
            self.times_arrive = at_us is not None
        if at_us is None:
            at_us = max(self._now_us, to_us(self._clock()))
        self._now_us = at_us
        return Moment(event, at_us)

    def _about(self, message: Message, when: Moment) -> Channel | None:
        """Return the channel that the event is about, with all that every event tells of it taken in."""
        channel = self._channels.see(message)
        if channel is None:
            return None
        self._resync.heard(channel.uid)
        self._closing.heard(channel, when, step=when.native in _STEPS and message.get("Exten") != "h")
        call = self._parties.of(channel)
        if call is None and channel.name.trunk and channel.incoming:
            call = self._journeys.arrive(channel, when)  # we came while it was under way
        if call is not None and call.customer == channel.uid:
            self._check(channel)
            self._lacks.hear(when.native, message, channel)
            if when.native in _STEPS or (when.native == "Newstate" and channel.state == "Up"):
                self._journeys.settle(call)
            self._journeys.learn(call, channel, when)
        return channel

    def _check(self, channel: Channel) -> None:
        if channel.presentation is not None or self.presentation_arrives is None:
            self.presentation_arrives = channel.presentation is not None

    # ── one method for each native event

    def _newchannel(self, message: Message, when: Moment) -> None:
        channel = self._channels.see(message, new=True)
        if channel is not None and channel.name.trunk and channel.incoming and self._parties.of(channel) is None:
            self._journeys.arrive(channel, when)

    def _newexten(self, said: Said) -> None:
        application, words = said.message.get("Application"), said.message.get("AppData")
        if application.casefold() == "queue":
            said.channel.asked_queue = clip(words.partition(",")[0], MOST_QUEUE)
        if application.casefold() == "agentrequest":
            self._request_agent(said, words.partition(",")[0])
        said.channel.pool_agent = pool_agent(application, words)
        said.channel.dials_by = words if application == "Dial" else ""
        call = self._parties.offering(said.channel)
        if call is not None and "h" not in (said.message.get("Exten"), said.message.get("Extension")):
            call.ending.step(application)

    def _request_agent(self, said: Said, pool_agent: str) -> None:
        # He is on his standing line already: no phone of his is dialled.
        call, local = self._parties.offering(said.channel), self._channels.partner(said.channel)
        agents = [one for one in self._channels if one.pool_agent and one.pool_agent == pool_agent]
        if call is not None and local is not None and agents:
            self._journeys.ring(call, local, agent_of(agents[0]), said.when)

    def _varset(self, said: Said) -> None:
        value, files = said.message.get("Value"), said.channel.files
        match said.message.get("Variable"):
            case "MIXMONITOR_FILENAME" if value and all(file.path != value for file in files):
                files.append(File(value, said.when.at_us))
                self._journeys.record(said.channel, said.when)
            case "DIALSTATUS":
                self._journeys.dial_over(said.channel, value)
            case "QUEUESTATUS" if value:
                self._journeys.leave_queue(said.channel, said.when)
            case "VMSTATUS" if (call := self._parties.offering(said.channel)) is not None:
                call.ending.hear_mailbox(value)

    def _dial_begin(self, message: Message, when: Moment) -> None:
        channel = self._about(message, when)
        dialled = self._channels.see(message, "Dest")
        if dialled is None or self._parties.of(dialled) is not None:
            return
        call = None if channel is None else self._parties.offering(channel)
        if dialled.name.trunk:
            number = dialled_number(message, channel, dialled, onward=call is not None)
            dialled.called = number if message.get("DialString") else dialled.called or number
        if channel is not None:
            channel.dials.add(dialled.uid)
        if call is not None:
            self._offer(call, dialled, channel, when)
        elif dialled.name.trunk and not self._is_consultation(dialled):
            self._placing.dialled(channel, dialled, message, when)
        elif channel is None and dialled.name.real:
            self._transfers.recall(dialled, when)
            self._journeys.ring_for_waiting(dialled, when)

    def _is_consultation(self, dialled: Channel) -> bool:
        # An agent in talk has the exchange call somebody for him: that channel shares the ids of the customer's.
        linked = self._channels.get(dialled.linked)
        call = self._parties.of(linked)
        return call is not None and linked is not None and linked.uid == call.customer

    def _offer(self, call: Tracked, dialled: Channel, by: Channel | None, when: Moment) -> None:
        self._journeys.settle(call)
        if dialled.name.real:
            agent = agent_of(dialled)
            local = None if by is None else self._channels.partner(by)
            member = None if local is None else call.members.get(local.uid)
            if local is not None and member is not None:  # phones behind Locals ring in any order
                call.members[local.uid] = replace(member, called=None)
                agent, when = replace(agent, name=agent.name or member.name), member.called or when
            self._journeys.resolve_transfer(call, agent.key)
            self._journeys.ring(call, dialled, agent, when)
        else:
            self._journeys.pass_on(call, dialled, when)

    def _dial_end(self, message: Message, when: Moment) -> None:
        channel = self._about(message, when)
        self._dial_begin(message, when)
        dialled = self._channels.see(message, "Dest")
        call = self._parties.of(dialled)
        if channel is not None and dialled is not None and message.get("DialStatus") != "ANSWER":
            channel.dials.discard(dialled.uid)
        if call is not None and dialled is not None:
            self._journeys.refuse(call, dialled, message.get("DialStatus"), when)

    def _agent_called(self, said: Said) -> None:
        dialled = self._channels.see(said.message, "Dest")
        call = self._parties.offering(said.channel)
        if call is None or dialled is None:
            return
        self._journeys.settle(call)
        if dialled.name.half is not None:  # which phone rings for it, DialBegin tells
            name = clip(said.message.get("MemberName"), _MOST_WORDS) or None
            self._journeys.pass_on(call, dialled, said.when, Member(name, said.when))

    def _queue_join(self, said: Said) -> None:
        queue = clip(said.message.get("Queue"), MOST_QUEUE)
        said.channel.queue = queue or None
        call = self._parties.offering(said.channel)
        if call is not None and queue:
            self._journeys.enqueue(call, queue, said.when)

    def _queue_leave(self, said: Said) -> None:
        said.channel.queue = None
        call = self._parties.offering(said.channel)
        if call is not None:
            call.in_queue = False

    def _queue_abandon(self, said: Said) -> None:
        # Told of whom the queue gives up, too: a QUEUESTATUS or a next step of the dialplan takes it back.
        call = self._parties.offering(said.channel)
        if call is not None:
            call.ending.left_queue = True

    def _bridge_enter(self, said: Said) -> None:
        bridge = said.message.get("BridgeUniqueid")
        if bridge:
            softmix = said.message.get("BridgeTechnology") == "softmix"
            conference = softmix and said.message.get("BridgeType") != "basic"  # basic: two, and a third by a key
            self._channels.enter(said.channel, bridge, conference=conference)
            self._journeys.take_line(said.channel)
            self._relink([said.channel, *self._channels.hear(said.channel)], said.when)
            self._beside.snoop(said.channel, said.when)

    def _bridge_leave(self, said: Said) -> None:
        company = [said.channel, *self._channels.hear(said.channel)]
        self._channels.leave(said.channel, said.message.get("BridgeUniqueid"))
        self._beside.leave(said.channel, said.when)
        self._relink(company, said.when)

    def _relink(self, company: list[Channel], when: Moment) -> None:
        for channel in company:
            call = self._parties.of(channel)
            if call is not None and channel.uid == call.customer:
                self._journeys.relink(call, when)

    def _hold(self, said: Said) -> None:
        self._journeys.hold(said.channel, said.when)

    def _unhold(self, said: Said) -> None:
        self._journeys.resume(said.channel, said.when)

    def _hangup_request(self, said: Said) -> None:
        self._leaving.ask(said.channel)
        self._closing.asked(said.channel, said.message.get("Cause"), said.when)

    def _soft_hangup(self, said: Said) -> None:
        self._closing.asked(said.channel, said.message.get("Cause"), said.when)

    def _recording_stop(self, said: Said) -> None:
        self._journeys.stop_recording(said.channel, said.when)

    def _recording_mute(self, said: Said) -> None:
        direction, on = said.message.get("Direction"), said.message.get("State") == "1"
        self._journeys.mute_recording(said.channel, direction, said.when, on=on)

    def _hangup(self, message: Message, when: Moment) -> None:
        uid = message.get("Uniqueid")
        channel = self._channels.see(message) if self._channels.get(uid) is not None else None
        if channel is not None:
            self._resync.heard(uid)
            self._channels.drop(uid)
            call = self._parties.itself(channel)
            self._beside.leave(channel, when)
            self._leaving.hang_up(channel, message.get("Cause"), when)
            self._closing.left(call, when)
            if call is not None and call.customer == uid:
                self._lacks.judge(call, channel)

    def _pickup(self, message: Message, when: Moment) -> None:
        self._about(message, when)
        taken = self._channels.see(message, "Target")
        if taken is not None:
            for channel in self._channels:
                channel.dials.discard(taken.uid)  # that phone is rung for nobody any more

    def _rename(self, message: Message, when: Moment) -> None:
        known = self._channels.get(message.get("Uniqueid"))
        if known is not None and message.get("Newname"):
            self._channels.rename(known, message.get("Newname"))
            self._relink([known, *self._channels.hear(known)], when)

    def _user_event(self, message: Message, when: Moment) -> None:
        self._beside.user_event(message, self._about(message, when), when)


def _read_time(text: str) -> int | None:
    seconds, _, fraction = text.partition(".")
    if not seconds.isascii() or not seconds.isdigit() or not (fraction or "0").isascii() or len(seconds) > 11:
        return None
    if fraction and not fraction.isdigit():
        return None
    at_us = int(seconds) * 1_000_000 + int((fraction + "000000")[:6])
    return at_us if at_us < _YEAR_2200_US else None
