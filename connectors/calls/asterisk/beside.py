"""What happens beside a conversation: supervisors who listen, alerts, announcements. None of it is a leg."""

from connectors.calls.asterisk.channels import Channel, Channels
from connectors.calls.asterisk.parties import Parties, agent_of
from connectors.calls.asterisk.pen import Pen
from connectors.calls.asterisk.tracked import Moment, Tracked
from connectors.calls.asterisk.wire import Message, clip
from plugin.core.calls import AgentRef, EventType

_MOST_WORDS = 200
_MOST_NUMBER = 64


class Beside:
    """Reads ChanSpy, snoops and the events of the site's own."""

    def __init__(self, channels: Channels, parties: Parties, pen: Pen) -> None:
        self._channels = channels
        self._parties = parties
        self._pen = pen
        self._ears: dict[str, str] = {}  # unique ids: who listens by ChanSpy, and to whom

    def user_event(self, message: Message, channel: Channel | None, when: Moment) -> None:
        """The dialplan, or a program, tells of something that Asterisk itself knows no event for."""
        word = message.get("UserEvent").casefold()
        if word == "denwabanrecordingnotice":
            call = self._parties.of(channel)
            if call is not None:
                self._pen.write(call, EventType.NOTICE_PLAYED, when)
        elif word == "denwabanalert":
            self._alert(message, when, channel)

    def _alert(self, message: Message, when: Moment, channel: Channel | None) -> None:
        extension = clip(message.get("Agent"), _MOST_NUMBER) or None
        named = [self._channels.named(name) for name in message.all("Channel")]
        found = [call for one in (channel, *named) if (call := self._parties.of(one)) is not None]
        legs = ((call, leg) for call in self._parties.open for leg in call.talking)
        found += [call for call, leg in legs if extension is not None and leg.agent.key == extension]
        if found:
            reason = clip(message.get("Reason"), _MOST_WORDS) or None
            agent = None if extension is None else AgentRef(extension=extension)
            self._pen.write(found[0], EventType.ALERT_RAISED, when, agent=agent, reason=reason)

    def spy(self, message: Message, when: Moment) -> None:
        """A supervisor begins or ends to listen (ChanSpy), whether he whispers or not."""
        spyer = self._channels.see(message, "Spyer")
        spyee = self._channels.see(message, "Spyee")
        call = self._parties.of(spyee)
        started = when.native == "ChanSpyStart"
        if spyer is None or spyer.name.spied is not None:
            return  # a snoop of ARI's hears for somebody else, or for a recording: `snoop` tells who
        self._ears.pop(spyer.uid, None)
        if started and spyee is not None:
            self._ears[spyer.uid] = spyee.uid
        if call is None and not started:
            call = self._watched_by(spyer)
        self._watch(call, spyer, when, started=started)

    def overheard(self, spyer: Channel, names: str, when: Moment) -> None:
        """A list says that somebody listens to channels whose names begin so; told where that is in one call only."""
        heard = [one for one in self._channels if names and one.name.text.startswith(names)]
        calls = {call.id: one.uid for one in heard if (call := self._parties.itself(one)) is not None and call.talking}
        if len(calls) == 1 and spyer.uid not in self._ears:
            (self._ears[spyer.uid],) = calls.values()
            self.follow(when)

    def follow(self, when: Moment) -> None:
        """Whoever listens to a colleague who was only asked hears the customer once that one has him."""
        for uid, heard in self._ears.items():
            spyer, call = self._channels.get(uid), self._parties.itself(self._channels.get(heard))
            if spyer is not None and call is not None and not call.ended:
                self._watch(call, spyer, when, started=True)

    def snoop(self, channel: Channel, when: Moment) -> None:
        """A supervisor who listens by way of ARI stands in a bridge with the snoop of a channel."""
        company = (channel, *self._channels.beside(channel))
        for snoop in company:
            heard = self._channels.get(snoop.name.spied or "")
            for other in company if heard is not None else ():
                if other.name.real and not other.name.trunk:
                    self._watch(self._parties.of(heard), other, when, started=True)

    def leave(self, channel: Channel, when: Moment) -> None:
        """Whoever leaves the bridge in which he heard a snoop, or puts down his phone, listens no more."""
        self._ears.pop(channel.uid, None)
        self._watch(self._watched_by(channel), channel, when, started=False)

    def _watched_by(self, channel: Channel) -> Tracked | None:
        return next((one for one in self._parties.open if channel.uid in one.watchers), None)

    def _watch(self, call: Tracked | None, spyer: Channel, when: Moment, *, started: bool) -> None:
        if call is None or started == (spyer.uid in call.watchers):
            return
        (call.watchers.add if started else call.watchers.discard)(spyer.uid)
        type_ = EventType.SUPERVISOR_STARTED if started else EventType.SUPERVISOR_ENDED
        self._pen.write(call, type_, when, leg=spyer.uid, agent=agent_of(spyer))
