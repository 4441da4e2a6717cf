"""The exchange's channels and bridges as the events tell of them, and who can hear whom. Knows nothing of calls.

Bounded: channels that were hung up are remembered only so long that a late or doubled word of them revives none.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from connectors.calls.asterisk.caller import UNKNOWN, is_hidden, read_presentation
from connectors.calls.asterisk.names import ChannelName, extension_of, read_name
from connectors.calls.asterisk.wire import Message, clip

MOST_ID_CHARACTERS = 150
_MOST_GONE = 5_000
_MOST_NAME = 64
_DIALLED = ("Down", "Ringing")  # states of a channel that the exchange dials, and nobody has answered


@dataclass(slots=True, eq=False)
class Channel:
    """One channel. `number` and `caller_name` are as first seen; `presentation` stays hidden once it was.

    `whole`: heard of since it began. `called` is the number that a trunk was asked for; `queue` is where it waits,
    `asked_queue` where it asked to; `pool_agent` is the one whose standing line it is (AgentLogin); `dials_by` what it
    gave to Dial.
    """

    uid: str
    linked: str
    name: ChannelName
    number: str
    caller_name: str
    extension: str
    incoming: bool
    exten: str
    state: str = ""
    presentation: str | None = None
    bridge: str | None = None
    queue: str | None = None
    did: str = ""
    called: str = ""
    asked_queue: str = ""
    pool_agent: str = ""
    dials_by: str = ""
    whole: bool = False
    dials: set[str] = field(default_factory=set)
    files: list["File"] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class File:
    """A recording that runs on a channel: its native path, when it began (µs), whether somebody began it in a talk."""

    path: str
    began_us: int
    by_hand: bool = False


class Channels:
    """All channels of one exchange."""

    def __init__(self, trunks: Sequence[str]) -> None:
        self._trunks = tuple(trunks)
        self._by_uid: dict[str, Channel] = {}
        self._by_name: dict[str, str] = {}
        self._bridges: dict[str, set[str]] = {}
        self._conferences: set[str] = set()
        self._gone: OrderedDict[str, None] = OrderedDict()

    def __iter__(self) -> Iterator[Channel]:
        return iter(list(self._by_uid.values()))

    def get(self, uid: str) -> Channel | None:
        """Return the channel of that unique id, None where there is none (any more)."""
        return self._by_uid.get(uid)

    def named(self, name: str) -> Channel | None:
        """Return the channel of that name."""
        return self._by_uid.get(self._by_name.get(name, ""))

    def see(self, message: Message, prefix: str = "", *, new: bool = False) -> Channel | None:
        """Return the channel that the fields under `prefix` describe, made known or brought up to date.

        None where they describe none, where the id is no id, or where the channel was hung up before. `new`: the
        message is its first, so its caller id is still the exchange's own.
        """
        uid, name = message.get(f"{prefix}Uniqueid"), message.get(f"{prefix}Channel")
        if not uid or not name or len(uid) > MOST_ID_CHARACTERS or uid in self._gone:
            return None
        state = message.get(f"{prefix}ChannelStateDesc")
        channel = self._by_uid.get(uid)
        if channel is None:
            channel = self._add(message, prefix, read_name(name, self._trunks), new=new)
        elif channel.name.text != name:
            self.rename(channel, name)
        channel.state = state or channel.state
        variables = message.all(f"{prefix}ChanVariable")
        if variables:
            presentation = read_presentation(variables)
            if not is_hidden(channel.presentation):
                channel.presentation = presentation or channel.presentation
            channel.did = channel.did or _did(variables)
        return channel

    def _add(self, message: Message, prefix: str, name: ChannelName, *, new: bool) -> Channel:
        uid = message.get(f"{prefix}Uniqueid")
        state = message.get(f"{prefix}ChannelStateDesc")
        linked = clip(message.get(f"{prefix}Linkedid"), MOST_ID_CHARACTERS) or uid
        number = message.get(f"{prefix}CallerIDNum").replace(UNKNOWN, "")
        channel = self._by_uid[uid] = Channel(
            uid,
            linked,
            name,
            number,
            clip(message.get(f"{prefix}CallerIDName").replace(UNKNOWN, ""), _MOST_NAME),
            extension_of(name, number),
            # an exchange creates what it dials in state Down; one that we meet later began its own call or did not
            whole=new,
            incoming=state not in _DIALLED and (new or linked == uid),
            exten=message.get(f"{prefix}Exten") if new else _did(message.all(f"{prefix}ChanVariable")),
        )
        self._by_name[name.text] = uid
        return channel

    def rename(self, channel: Channel, name: str) -> None:
        """Give the channel another name, as a masquerade does."""
        if self._by_name.get(channel.name.text) == channel.uid:
            del self._by_name[channel.name.text]
        channel.name = read_name(name, self._trunks)
        self._by_name[name] = channel.uid

    def enter(self, channel: Channel, bridge: str, *, conference: bool = False) -> None:
        """Put the channel into a bridge, out of any other. `conference`: people come and go there, each by himself."""
        self.leave(channel)
        channel.bridge = bridge
        if conference:
            self._conferences.add(bridge)
        self._bridges.setdefault(bridge, set()).add(channel.uid)

    def leave(self, channel: Channel, bridge: str | None = None) -> None:
        """Take the channel out of its bridge; where `bridge` is named, only out of that one."""
        if channel.bridge is None or bridge not in (None, channel.bridge):
            return
        members = self._bridges.get(channel.bridge, set())
        members.discard(channel.uid)
        if not members:
            self._bridges.pop(channel.bridge, None)
            self._conferences.discard(channel.bridge)
        channel.bridge = None

    def drop(self, uid: str) -> Channel | None:
        """Forget a channel that was hung up, and return it."""
        self._gone[uid] = None
        if len(self._gone) > _MOST_GONE:
            self._gone.popitem(last=False)
        channel = self._by_uid.pop(uid, None)
        if channel is not None:
            self.leave(channel)
            if self._by_name.get(channel.name.text) == uid:
                del self._by_name[channel.name.text]
        return channel

    def begin_anew(self) -> None:
        """The exchange was started again: it may give ids that it gave before."""
        self._gone.clear()

    def partner(self, channel: Channel) -> Channel | None:
        """Return the other half of a Local pair."""
        return None if channel.name.partner is None else self.named(channel.name.partner)

    def beside(self, channel: Channel) -> list[Channel]:
        """Return the other channels of its bridge."""
        members = self._bridges.get(channel.bridge or "", set())
        return [self._by_uid[uid] for uid in sorted(members) if uid != channel.uid and uid in self._by_uid]

    def confer(self, channel: Channel, other: Channel) -> bool:
        """Whether both are in one conference."""
        return channel.bridge in self._conferences and channel.bridge == other.bridge

    def reaches(self, channel: Channel, uid: str) -> bool:
        """Whether the channel dialled that one, or is with it in a bridge."""
        return uid in channel.dials or any(one.uid == uid for one in self.beside(channel))

    def hear(self, channel: Channel) -> list[Channel]:
        """Return every channel that hears this one: through its bridge, and through Local pairs into other bridges."""
        found: dict[str, Channel] = {channel.uid: channel}
        ahead = [channel]
        while ahead:
            here = ahead.pop()
            partner = self.partner(here)
            for other in (*self.beside(here), *((partner,) if partner is not None else ())):
                if other.uid not in found:
                    found[other.uid] = other
                    ahead.append(other)
        del found[channel.uid]
        return list(found.values())

    def summoned(self, channel: Channel) -> list[Channel]:
        """Return every device that is dialled for whoever hears `channel`: by a Local, or by Locals that it dials."""
        found: dict[str, Channel] = {}
        ahead, seen = [channel, *self.hear(channel)], {channel.uid}
        while ahead:
            here = ahead.pop()
            if here.name.half != "2":
                continue
            for other in (one for uid in sorted(here.dials) if (one := self.get(uid)) is not None):
                if other.name.real:
                    found[other.uid] = other
                elif other.uid not in seen:
                    seen.add(other.uid)
                    ahead += self.hear(other)
        return list(found.values())


def pool_agent(application: str, words: str) -> str:
    """Return the agent of a pool whose standing line runs this step of the dialplan, the empty text where none does."""
    return clip(words.partition(",")[0], _MOST_NAME) if application.casefold() == "agentlogin" else ""


def _did(variables: list[str]) -> str:
    for text in variables:
        name, equals, value = text.partition("=")
        if equals and name == "FROM_DID":
            return value
    return ""
