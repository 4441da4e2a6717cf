"""After a break: the exchange lists what it knows, and what we knew is measured against it.

A channel that the list does not name ended unheard, unless it still speaks: the list may overtake events that were
waiting to be sent, so nothing is decided before the next answer, which they precede. Hold is not in any list.
"""

from connectors.calls.asterisk.beside import Beside
from connectors.calls.asterisk.channels import Channel, Channels, pool_agent
from connectors.calls.asterisk.closing import Closing
from connectors.calls.asterisk.journey import Journeys
from connectors.calls.asterisk.parties import Parties, agent_of
from connectors.calls.asterisk.placing import Placing, asked_of, called_number, outside_number
from connectors.calls.asterisk.tracked import Moment
from connectors.calls.asterisk.wire import BANNER, Message, clip

MOST_QUEUE = 64
LISTED = {"FullyBooted", "Shutdown", "CoreShowChannel", "CoreShowChannelsComplete", "QueueEntry"}


class Resync:
    """Reads greetings, boots and lists."""

    def __init__(
        self,
        channels: Channels,
        parties: Parties,
        journeys: Journeys,
        placing: Placing,
        closing: Closing,
        beside: Beside,
    ) -> None:
        self._channels = channels
        self._parties = parties
        self._journeys = journeys
        self._placing = placing
        self._closing = closing
        self._beside = beside
        self._listed: dict[str, Message] = {}
        self._complete = False  # the list is whole; what follows begins another
        self._doubted: set[str] = set()
        self._asked_with: set[str] = set()
        self._old: set[str] = set()  # the channels of the session before
        self._uptime_s: int | None = None
        self._booted = False  # this session has said that the exchange is up
        self._restarted = False

    def heard(self, uid: str) -> None:
        """A channel spoke: it is there."""
        self._doubted.discard(uid)

    def take(self, message: Message, when: Moment) -> None:
        """Read one message that is about no single channel's call."""
        match message.get("Event"):
            case "" if BANNER in message:
                self._listed, self._doubted, self._complete, self._booted = {}, set(), False, False
                self._old = {channel.uid for channel in self._channels}
            case "":
                self.decide(when)
                if message.get("EventList") == "start":  # what begins from now on need not be listed
                    self._asked_with = {channel.uid for channel in self._channels}
            case "FullyBooted":
                self._boot(message)
            case "Shutdown":
                self._restarted = True
            case "CoreShowChannel":
                self._complete = False
                self._listed[message.get("Uniqueid")] = message
            case "CoreShowChannelsComplete" if not self._complete or message.get("ListItems") == "0":
                self._compare(message, when)
            case "QueueEntry":
                channel = self._channels.get(message.get("Uniqueid"))
                if channel is not None:
                    self._wait(channel, message.get("Queue"), when)

    def _boot(self, message: Message) -> None:
        text = message.get("Uptime")
        uptime_s = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
        if uptime_s is not None:
            self._restarted = self._restarted or (self._uptime_s is not None and uptime_s < self._uptime_s)
            self._uptime_s = uptime_s
        self._booted = True
        if self._restarted:  # nothing outlives that, whether the lists arrive or not
            self._doubted, self._complete = set(self._old), True
            self._channels.begin_anew()

    def _compare(self, message: Message, when: Moment) -> None:
        listed, self._listed, self._complete = self._listed, {}, True
        if message.get("ListItems") == str(len(listed)):  # else some of it was lost on the way
            self._doubted |= {uid for uid in self._asked_with if uid not in listed}
        # customers first: what belongs to them is found from them
        known = [channel for one in listed.values() if (channel := self._meet(one, listed, when)) is not None]
        for channel in known:
            call = self._parties.of(channel)
            if call is not None and channel.uid == call.customer:
                self._journeys.settle(call)
                # Whoever a queue led on is said to be in it still, wherever he was sent since.
                led_on = channel.bridge is not None and call.transfer is not None
                if listed[channel.uid].get("Application") == "Queue" and not led_on:
                    self._wait(channel, listed[channel.uid].get("ApplicationData").partition(",")[0], when)
                self._ring(channel, known, when)
                self._journeys.relink(call, when)
        for channel in known:
            if listed[channel.uid].get("Application") == "ChanSpy":
                self._beside.overheard(channel, listed[channel.uid].get("ApplicationData").partition(",")[0], when)

    def _meet(self, message: Message, listed: dict[str, Message], when: Moment) -> Channel | None:
        channel = self._channels.see(message)
        if channel is None:
            return None
        channel.pool_agent = pool_agent(message.get("Application"), message.get("ApplicationData"))
        if channel.name.trunk and not channel.incoming:
            channel.called = channel.called or self._number_of(channel, listed)
        bridge = message.get("BridgeId") or message.get("BridgeID")
        if bridge:
            self._channels.enter(channel, bridge, conference=message.get("Application") == "ConfBridge")
        else:
            self._channels.leave(channel)
        if self._parties.of(channel) is None and channel.name.trunk:
            if channel.incoming:
                self._journeys.arrive(channel, when)
            elif self._parties.of(self._channels.get(channel.linked)) is None:
                origin = self._channels.get(channel.linked)
                self._placing.place(origin, channel, channel.called, message.get("ConnectedLineNum"), when)
        return channel

    def _number_of(self, trunk: Channel, listed: dict[str, Message]) -> str:
        dialling = [one for one in listed.values() if one.get("Linkedid") == trunk.linked]
        asked = (asked_of(one.get("ApplicationData"), trunk) for one in dialling if one.get("Application") == "Dial")
        return outside_number(called_number(trunk.number), next(filter(None, asked), ""))

    def _ring(self, customer: Channel, known: list[Channel], when: Moment) -> None:
        call = self._parties.of(customer)
        for channel in known:
            dialled = channel.state == "Ringing" and channel.linked == customer.linked and channel.name.real
            if call is not None and dialled and self._parties.of(channel) is None:
                self._journeys.ring(call, channel, agent_of(channel), when)

    def _wait(self, channel: Channel, queue: str, when: Moment) -> None:
        call = self._parties.offering(channel)
        if call is not None and queue and not call.in_queue and not call.talking:
            self._journeys.enqueue(call, clip(queue, MOST_QUEUE), when)

    def decide(self, when: Moment) -> None:
        """Whatever waited to be sent has come: what is doubted still is gone."""
        if not self._complete:
            return
        doubted, self._doubted = self._doubted, set()
        gone = [channel for uid in sorted(doubted) if (channel := self._channels.drop(uid)) is not None]
        restarted = self._restarted or (self._uptime_s is not None and not self._booted)
        for channel in gone:
            call = self._parties.of(channel)
            if call is not None and channel.uid == call.customer:
                self._closing.end_unlisted(call, when, by_pbx=restarted)
        for channel in gone:
            found = self._parties.leg(channel)
            if found is not None:
                call, leg = found
                self._journeys.end_leg(call, leg, when)
            self._parties.forget(channel)
        self._restarted = False
