"""A call with a customer as far as the stream has told it, with its agents and its recordings; and when it was told.

Values that the rooms beside read and write: journey.py says what becomes of them, endings.py what they mean at the end.
"""

from dataclasses import dataclass, field

from plugin.core.call_json import MOST_NATIVE_IDS
from plugin.core.calls import AgentRef, CallEvent, Direction, RecordingKind, TransferFact
from plugin.core.numbers import WithheldReason

_NO_MESSAGE = ("USEREXIT", "FAILED")  # VMSTATUS


@dataclass(frozen=True, slots=True)
class Moment:
    """The native event that is read: its name, and when it happened (µs since 1970 UTC)."""

    native: str
    at_us: int


@dataclass(slots=True, eq=False)
class Leg:
    """An agent's channel in a call. `origin`: he placed the call; `said`: the DialStatus of its ringing."""

    uid: str
    agent: AgentRef
    origin: bool = False
    talking: bool = False
    talked: bool = False
    over: bool = False
    held: bool = False
    said: str = ""

    @property
    def ringing(self) -> bool:
        """Whether this device rings for the customer."""
        return not (self.origin or self.over or self.talked)


@dataclass(frozen=True, slots=True)
class Member:
    """Whom a queue called by a Local: his name there, and when, until a phone rings for it."""

    name: str | None
    called: Moment | None


@dataclass(slots=True, eq=False)
class Tape:
    """A recording of a call: what it is called outside, and whether a conversation was heard while it ran.

    `muted`: the directions (read, write) that are kept out of it now.
    """

    channel: str
    id: str
    uri: str | None
    began_us: int
    kind: RecordingKind
    talk: bool = False
    closed: bool = False
    muted: set[str] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Ending:
    """What the end of a call is read from, whenever it comes: what its sides and its dialplan did last.

    `agent_left`: the leg of the agent who put down the phone; `moved_on`: the dialplan led the customer on since;
    `left_queue`: he is said to have left it of his own; `last_dial`: a DialStatus.
    """

    customer_left: bool = False
    agent_left: str | None = None
    moved_on: bool = False
    left_queue: bool = False
    voicemail: bool = False
    last_dial: str = ""

    def begin_anew(self) -> None:
        """An agent talks with the customer: that another one left before ends nothing."""
        self.agent_left, self.moved_on = None, False

    def step(self, application: str) -> None:
        """The dialplan leads the customer on: he did not leave the queue of his own, and not with the agent."""
        self.moved_on = self.agent_left is not None
        self.left_queue = False
        self.voicemail = application.casefold() == "voicemail"

    def hear_mailbox(self, status: str) -> None:
        """The mailbox tells whether a message was left (VMSTATUS)."""
        self.voicemail = self.voicemail and status not in _NO_MESSAGE


@dataclass(slots=True, eq=False)
class Tracked:
    """A call with a customer, as far as the stream has told it.

    `customer` is the unique id of his channel, `origin` that of the agent who placed the call (`placed_by`). Until it
    is `settled`, its events are `waiting`. `transfer`: a blind one of which nobody knows yet whom it reached;
    `handed_by`: who gave the customer away to a phone that nobody has answered. `watchers`: the channels of listeners.
    """

    id: str
    direction: Direction
    customer: str
    began: Moment
    ids: list[str] = field(default_factory=list)
    settled: bool = False
    waiting: list[CallEvent] = field(default_factory=list)
    number: str | None = None
    withheld: WithheldReason | None = None
    our_number: str | None = None
    queue: str | None = None
    legs: dict[str, Leg] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)  # by the Local that stands for each
    tapes: list[Tape] = field(default_factory=list)
    origin: str | None = None
    placed_by: AgentRef | None = None
    in_queue: bool = False
    ending: Ending = field(default_factory=Ending)
    transfer: tuple[TransferFact, Moment] | None = None
    handed_by: str | None = None
    watchers: set[str] = field(default_factory=set)
    ended: bool = False

    @property
    def talking(self) -> list[Leg]:
        """The agents who talk with the customer now."""
        return [leg for leg in self.legs.values() if leg.talking]

    @property
    def busy(self) -> bool:
        """Whether an agent talks with the customer, or a phone rings for him."""
        return any(leg.talking or leg.ringing for leg in self.legs.values())

    @property
    def talked(self) -> bool:
        """Whether anybody ever talked with the customer."""
        return any(leg.talked for leg in self.legs.values())

    def know(self, native_id: str) -> None:
        """Take one more id that this call is known by."""
        if native_id not in self.ids and len(self.ids) < MOST_NATIVE_IDS:
            self.ids.append(native_id)
