"""What passes between a door and a connector that is posted to: the delivery, what was read of it, what is answered.

Holds secrets and numbers, and shows neither: the parts that may are left out of every repr.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from plugin.core.calls import CallEvent

_MOST_AHEAD = timedelta(days=3)  # clocks of phone systems were seen two days off


def is_ahead(at: datetime, now: datetime) -> bool:
    """Whether `at` lies further ahead of our clock than any source's clock may be: then it is no instant."""
    return at > now + _MOST_AHEAD


def tells_ahead(event: CallEvent, now: datetime) -> bool:
    """Whether any instant of the event `is_ahead`, those of its recording too."""
    fact = event.recording
    of_recording = () if fact is None else (fact.started_at, fact.ended_at, *(gap.started_at for gap in fact.gaps))
    ends = () if fact is None else (gap.ended_at for gap in fact.gaps)
    return any(at is not None and is_ahead(at, now) for at in (event.occurred_at, *of_recording, *ends))


def dated(event: CallEvent, now: datetime) -> CallEvent:
    """Return an event of a source whose clock `tells_ahead` as if it told no time: it is of the moment it arrives.

    For sources that we connect to: refused, their calls would ring on no desk.
    """
    if not tells_ahead(event, now):
        return event
    at = now if is_ahead(event.occurred_at, now) else event.occurred_at
    bare = None if event.recording is None else replace(event.recording, started_at=None, ended_at=None, gaps=())
    return replace(event, occurred_at=at, recording=bare)


class SourceKind(StrEnum):
    """How we hear of a source: it posts to us, or we connect to it."""

    HOOK = "hook"
    STREAM = "stream"
    FOLDER = "folder"  # it only leaves files
    ADDRESS = "address"  # it opens an address of ours in somebody's browser


@dataclass(frozen=True, slots=True)
class SourceSite:
    """What a source's connector is told: its `name` (path and id), `secrets` (newest first), `zone` of its instants.

    `address` is that of its hook as the world reaches it (`https://desk.example.jp/hooks/pbx1`), without a token;
    `options` are the site's own words to this kind of source.
    """

    name: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    zone: ZoneInfo | None = None
    address: str = ""
    options: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class AddressTold:
    """What an opened address says: the caller's `number` ("": none), which line and queue. It proves nothing."""

    number: str = field(repr=False)
    line: str | None = None
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One post: raw `body`, `headers` with lower-case names, `token` behind the source's name in the path ("": none).

    `query` is what stood behind the question mark, as it was sent.
    """

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    token: str = field(default="", repr=False)
    query: str = field(default="", repr=False)


class Arrival(StrEnum):
    """What the carrier told of a message afterwards. DELIVERED and FAILED are the end of it."""

    SENT = "sent"  # handed to the network that it goes to
    DELIVERED = "delivered"  # on the telephone; of a voice: somebody, or a voice mail, answered
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class MessageReport:
    """A carrier's word about the message that we named `about`. `arrival` None: nothing new; `why`: a stable word."""

    about: str
    arrival: Arrival | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the sender wants to read once its events are durable; an empty one is 204."""

    text: str = field(default="", repr=False)
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a delivery said. `past`: it tells of calls that were over when it was sent; they never pop."""

    events: tuple[CallEvent, ...]
    reply: Reply = Reply()
    past: bool = False
