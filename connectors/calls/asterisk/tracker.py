"""From what the manager interface says to canonical events: each native event is read here, and decided in journey.py.

Takes whole sessions: a greeting begins a new one, and its lists of channels are compared with what was known before
(resync.py). Whatever comes is read or left aside; nothing is raised.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.calls.asterisk.channels import Channel, Channels, File
from connectors.calls.asterisk.journey import Journeys, agent_of
from connectors.calls.asterisk.pen import Moment, Pen, Tracked
from connectors.calls.asterisk.resync import LISTED, MOST_QUEUE, Resync
from connectors.calls.asterisk.transfers import Transfers
from connectors.calls.asterisk.wire import BANNER, Message, clip
from plugin.core.calls import AgentRef, CallEvent, EventType
from plugin.core.times import to_us

_MOST_WORDS = 200
_MOST_NUMBER = 64
_YEAR_2200_US = 7_258_118_400_000_000
_NO_NUMBER = "<unknown>"
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
        self._pen = Pen(source)
        self._channels = Channels(trunks)
        self._journeys = Journeys(self._channels, self._pen)
        self._transfers = Transfers(self._channels, self._journeys, self._pen)
        self._resync = Resync(self._channels, self._journeys)
        self.presentation_arrives: bool | None = None  # None: no customer's channel was seen yet
        self.times_arrive: bool | None = None
        self._readers: dict[str, Callable[[Message, Moment], None]] = {
            "Newchannel": self._newchannel,
            "DialBegin": self._dial_begin,
            "DialEnd": self._dial_end,
            "Hangup": self._hangup,
            "BlindTransfer": self._transfers.blind,
            "AttendedTransfer": self._transfers.attended,
            "ChanSpyStart": self._spy,
            "ChanSpyStop": self._spy,
            "UserEvent": self._user_event,
            "Rename": self._rename,
        }
        self._channel_readers: dict[str, Callable[[Said], None]] = {
            "Newexten": self._newexten,
            "VarSet": self._varset,
            "AgentCalled": self._agent_called,
            "QueueCallerJoin": self._queue_join,
            "QueueCallerLeave": self._queue_leave,
            "QueueCallerAbandon": self._hangup_request,
            "BridgeEnter": self._bridge_enter,
            "BridgeLeave": self._bridge_leave,
            "Hold": self._hold,
            "Unhold": self._unhold,
            "HangupRequest": self._hangup_request,
            "MixMonitorStop": self._recording_stop,
        }

    def take(self, message: Message) -> list[CallEvent]:
        """Read one message and return the events that follow from it."""
        event = message.get("Event")
        when = self._moment(message, event)
        if event in self._readers:
            self._readers[event](message, when)
        elif event in self._channel_readers or event in _PLAIN:
            channel = self._about(message, when)
            if channel is not None and event in self._channel_readers:
                self._channel_readers[event](Said(message, when, channel))
        elif event in LISTED or "Response" in message or BANNER in message:
            self._resync.take(message, when)
        return self._pen.take()

    def finish(self) -> list[CallEvent]:
        """The stream is at its end, and what its last lists did not name is gone: return what follows."""
        self._resync.decide(Moment("End", self._now_us))
        return self._pen.take()

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
        call = self._journeys.of(channel)
        if call is None and channel.name.trunk and channel.incoming:
            call = self._journeys.arrive(channel, when)  # we came while it was under way
        if call is not None and call.customer == channel.uid:
            self._check(channel)
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
        if channel is not None and channel.name.trunk and channel.incoming and self._journeys.of(channel) is None:
            self._journeys.arrive(channel, when)

    def _newexten(self, said: Said) -> None:
        call = self._journeys.of(said.channel)
        if call is not None and said.channel.uid == call.customer and said.message.get("Exten") != "h":
            call.moved_on = call.agent_left is not None  # the agent left, and the customer was led on

    def _varset(self, said: Said) -> None:
        value, files = said.message.get("Value"), said.channel.files
        match said.message.get("Variable"):
            case "MIXMONITOR_FILENAME" if value and all(file.path != value for file in files):
                files.append(File(value, said.when.at_us))
                self._journeys.record(said.channel, said.when)
            case "DIALSTATUS":
                self._journeys.dial_over(said.channel, value)

    def _dial_begin(self, message: Message, when: Moment) -> None:
        channel = self._about(message, when)
        dialled = self._channels.see(message, "Dest")
        if dialled is None or self._journeys.of(dialled) is not None:
            return
        call = None if channel is None else self._journeys.offering(channel)
        if call is not None:
            self._offer(call, dialled, message, when)
        elif dialled.name.trunk and not self._is_consultation(dialled):
            number, cli = _dialled_number(message), message.get("CallerIDNum")
            self._journeys.place(channel, dialled, number, cli, when)
        if channel is not None:
            channel.dials.add(dialled.uid)

    def _is_consultation(self, dialled: Channel) -> bool:
        # An agent in talk has the exchange call somebody for him: that channel shares the ids of the customer's.
        linked = self._channels.get(dialled.linked)
        call = self._journeys.of(linked)
        return call is not None and linked is not None and linked.uid == call.customer

    def _offer(self, call: Tracked, dialled: Channel, message: Message, when: Moment) -> None:
        self._journeys.settle(call)
        if dialled.name.real:
            agent = AgentRef(extension=_dialled_number(message) or None) if dialled.name.trunk else agent_of(dialled)
            self._journeys.resolve_transfer(call, agent.extension)
            self._journeys.ring(call, dialled, agent, when)
        else:
            self._journeys.pass_on(call, dialled)

    def _dial_end(self, message: Message, when: Moment) -> None:
        channel = self._about(message, when)
        dialled = self._channels.see(message, "Dest")
        call = self._journeys.of(dialled)
        if channel is not None and dialled is not None and message.get("DialStatus") != "ANSWER":
            channel.dials.discard(dialled.uid)
        if call is not None and dialled is not None:
            self._journeys.refuse(call, dialled, message.get("DialStatus"), when)

    def _agent_called(self, said: Said) -> None:
        dialled = self._channels.see(said.message, "Dest")
        call = self._journeys.offering(said.channel)
        if call is None or dialled is None or dialled.name.half is None:
            return  # a device of his own says so itself, by DialBegin
        self._journeys.settle(call)
        name = clip(said.message.get("MemberName"), _MOST_WORDS) or None
        self._journeys.ring(call, dialled, AgentRef(extension=dialled.name.endpoint, name=name), said.when)

    def _queue_join(self, said: Said) -> None:
        queue = clip(said.message.get("Queue"), MOST_QUEUE)
        said.channel.queue = queue or None
        call = self._journeys.offering(said.channel)
        if call is not None and queue:
            self._journeys.enqueue(call, queue, said.when)

    def _queue_leave(self, said: Said) -> None:
        call = self._journeys.offering(said.channel)
        if call is not None:
            call.in_queue = False

    def _bridge_enter(self, said: Said) -> None:
        bridge = said.message.get("BridgeUniqueid")
        if bridge:
            self._channels.enter(said.channel, bridge)
            self._relink([said.channel, *self._channels.hear(said.channel)], said.when)
            self._snoop(said.channel, said.when)

    def _bridge_leave(self, said: Said) -> None:
        company = [said.channel, *self._channels.hear(said.channel)]
        self._channels.leave(said.channel, said.message.get("BridgeUniqueid"))
        self._relink(company, said.when)

    def _relink(self, company: list[Channel], when: Moment) -> None:
        for channel in company:
            call = self._journeys.of(channel)
            if call is not None and channel.uid == call.customer:
                self._journeys.relink(call, when)

    def _hold(self, said: Said) -> None:
        self._journeys.hold(said.channel, said.when)

    def _unhold(self, said: Said) -> None:
        self._journeys.resume(said.channel, said.when)

    def _hangup_request(self, said: Said) -> None:
        self._journeys.ask_to_leave(said.channel)

    def _recording_stop(self, said: Said) -> None:
        self._journeys.stop_recording(said.channel, said.when)

    def _hangup(self, message: Message, when: Moment) -> None:
        uid = message.get("Uniqueid")
        channel = self._channels.see(message) if self._channels.get(uid) is not None else None
        if channel is not None:
            self._resync.heard(uid)
            self._channels.drop(uid)
            self._journeys.hang_up(channel, message.get("Cause"), when)

    def _rename(self, message: Message, when: Moment) -> None:
        known = self._channels.get(message.get("Uniqueid"))
        if known is not None and message.get("Newname"):
            self._channels.rename(known, message.get("Newname"))
            self._relink([known, *self._channels.hear(known)], when)

    # ── beside the conversation

    def _user_event(self, message: Message, when: Moment) -> None:
        channel = self._about(message, when)
        word = message.get("UserEvent").casefold()
        if word == "denwabanrecordingnotice":
            call = self._journeys.of(channel)
            if call is not None:
                self._pen.write(call, EventType.NOTICE_PLAYED, when)
        elif word == "denwabanalert":
            self._alert(message, when, channel)

    def _alert(self, message: Message, when: Moment, channel: Channel | None) -> None:
        extension = clip(message.get("Agent"), _MOST_NUMBER) or None
        named = [self._channels.named(name) for name in message.all("Channel")]
        found = [call for one in (channel, *named) if (call := self._journeys.of(one)) is not None]
        legs = ((call, leg) for call in self._journeys.open for leg in call.talking)
        found += [call for call, leg in legs if extension is not None and leg.agent.key == extension]
        if found:
            reason = clip(message.get("Reason"), _MOST_WORDS) or None
            agent = None if extension is None else AgentRef(extension=extension)
            self._pen.write(found[0], EventType.ALERT_RAISED, when, agent=agent, reason=reason)

    def _spy(self, message: Message, when: Moment) -> None:
        spyer = self._channels.see(message, "Spyer")
        call = self._journeys.of(self._channels.see(message, "Spyee"))
        started = when.native == "ChanSpyStart"
        if spyer is None:
            return
        if call is None and not started:
            call = next((one for one in self._journeys.open if spyer.uid in one.watchers), None)
        self._watch(call, spyer, when, started=started)

    def _snoop(self, channel: Channel, when: Moment) -> None:
        """A supervisor who listens by way of ARI stands in a bridge with the snoop of a channel."""
        company = (channel, *self._channels.beside(channel))
        for snoop in company:
            heard = self._channels.get(snoop.name.spied or "")
            for other in company if heard is not None else ():
                if other.name.real and not other.name.trunk:
                    self._watch(self._journeys.of(heard), other, when, started=True)

    def _watch(self, call: Tracked | None, spyer: Channel, when: Moment, *, started: bool) -> None:
        if call is None or started == (spyer.uid in call.watchers):
            return
        (call.watchers.add if started else call.watchers.discard)(spyer.uid)
        type_ = EventType.SUPERVISOR_STARTED if started else EventType.SUPERVISOR_ENDED
        self._pen.write(call, type_, when, leg=spyer.uid, agent=agent_of(spyer))


def _read_time(text: str) -> int | None:
    seconds, _, fraction = text.partition(".")
    if not seconds.isascii() or not seconds.isdigit() or not (fraction or "0").isascii() or len(seconds) > 11:
        return None
    if fraction and not fraction.isdigit():
        return None
    at_us = int(seconds) * 1_000_000 + int((fraction + "000000")[:6])
    return at_us if at_us < _YEAR_2200_US else None


def _dialled_number(message: Message) -> str:
    """Return the number that a trunk was asked for: the caller id it was given, else what the dial string holds."""
    given = message.get("DestCallerIDNum")
    if given and given != _NO_NUMBER:
        return clip(given, _MOST_NUMBER)
    dialled = message.get("DialString")
    named = dialled.partition("@")[0] if "@" in dialled else dialled
    return clip(named.rpartition("/")[2].removeprefix("sip:"), _MOST_NUMBER)
