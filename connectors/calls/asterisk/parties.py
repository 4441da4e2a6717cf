"""Who is party to which call: a channel is in one as its customer, its origin, a leg or a Local on the way.

It says nothing of what became of a call, and writes none of its events; journey.py and leaving.py do.
"""

from connectors.calls.asterisk.channels import Channel, Channels
from connectors.calls.asterisk.tracked import Leg, Tracked
from plugin.core.calls import AgentRef


def agent_of(channel: Channel) -> AgentRef:
    """Return the agent at a device of the house; of a colleague who sits outside, the number that was called."""
    if channel.name.trunk:
        return AgentRef(extension=channel.called or None)
    return AgentRef(extension=channel.extension, name=channel.caller_name or None)


class Parties:
    """The channels of one exchange that are in calls, by their unique ids."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._calls: dict[str, Tracked] = {}
        self._also: dict[str, list[Tracked]] = {}  # the other calls of those who confer with several customers

    @property
    def open(self) -> list[Tracked]:
        """Every call that has not ended."""
        return list({call.id: call for call in self._calls.values()}.values())

    def itself(self, channel: Channel | None) -> Tracked | None:
        """Return the call that the channel itself is in."""
        return None if channel is None else self._calls.get(channel.uid)

    def of(self, channel: Channel | None) -> Tracked | None:
        """Return the call that the channel is in, itself or through its Local pair."""
        found = self.itself(channel)
        return found if found is not None or channel is None else self.itself(self._channels.partner(channel))

    def every(self, channel: Channel) -> list[Tracked]:
        """Return every call that the channel itself is in, the one that it was in first before the others."""
        first = self._calls.get(channel.uid)
        return [] if first is None else [first, *self._also.get(channel.uid, ())]

    def customer_of(self, uid: str) -> Tracked | None:
        """Return the call whose customer this channel is."""
        call = self._calls.get(uid)
        return call if call is not None and call.customer == uid else None

    def leg(self, channel: Channel | None) -> tuple[Tracked, Leg] | None:
        """Return the call in which the channel is an agent's, with that leg."""
        call = self.itself(channel)
        leg = None if call is None or channel is None else call.legs.get(channel.uid)
        return None if call is None or leg is None else (call, leg)

    def legs(self, channel: Channel) -> list[tuple[Tracked, Leg]]:
        """Return every leg for which the channel speaks; a Local, by which an agent reaches him, for all who talk."""
        calls = self.every(channel)
        if channel.name.half is not None:  # a feature code of an agent behind it holds the customer on the Local
            return [(call, leg) for call in calls for leg in call.legs.values() if leg.talking or leg.held]
        return [(call, call.legs[channel.uid]) for call in calls if channel.uid in call.legs]

    def is_there(self, uid: str | None) -> bool:
        """Whether a channel of this id is in a call."""
        return uid in self._calls

    def offering(self, channel: Channel) -> Tracked | None:
        """Return the call whose customer's side this channel dials for; an agent's own dialling is none of it.

        That is he, the far half of a Local that is dialled for him, or the near half of one by which a dialler had him
        called before anybody else: there the dialplan goes on for him.
        """
        own = self.customer_of(channel.uid)
        partner = self._channels.partner(channel)
        if own is not None or partner is None or channel.name.half is None:
            return own
        call = self._calls.get(partner.uid)
        if call is None or channel.name.half == "2":
            return call
        return call if call.origin is None and self._channels.reaches(partner, call.customer) else None

    # ── coming and going

    def take(self, call: Tracked, channel: Channel) -> None:
        """The channel is in this call, whatever it was in before."""
        self._calls[channel.uid] = call

    def admit(self, call: Tracked, channel: Channel) -> bool:
        """The channel is in this call unless it is in another; return whether it is."""
        return self._calls.setdefault(channel.uid, call) is call

    def join(self, call: Tracked, channel: Channel) -> None:
        """The channel is in this call, too, where it is in another."""
        if not self.admit(call, channel):
            self._also.setdefault(channel.uid, []).append(call)

    def merge(self, other: Tracked, call: Tracked) -> None:
        """Whoever was in `other` is in `call`."""
        for uid in [uid for uid, known in self._calls.items() if known is other]:
            self._calls[uid] = call

    def drop(self, channel: Channel) -> list[Tracked]:
        """The channel is gone: return every call that it was in, in the order of `every`."""
        calls = self.every(channel)
        self._calls.pop(channel.uid, None)
        self._also.pop(channel.uid, None)
        return calls

    def forget(self, channel: Channel) -> None:
        """The channel is gone without a word, and what that means was said."""
        self._calls.pop(channel.uid, None)

    def dissolve(self, call: Tracked) -> None:
        """The call is over: nobody is in it; who talks with another customer, too, is in that call now."""
        for uid in [uid for uid, known in self._calls.items() if known is call]:
            others = self._also.get(uid)
            if others:
                self._calls[uid] = others.pop(0)
            else:
                del self._calls[uid]
        self._also = {uid: left for uid, calls in self._also.items() if (left := [o for o in calls if o is not call])}
