"""What the house asks of the outside. Each connector implements one of these; each promise here holds for all of them.

Errors: InputError where what came cannot be read, NotSignedIn where its proof is wrong, OutsideError where the other
side failed (`permanent` says whether trying again helps). Nothing else leaves a connector.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from plugin.core.calls import CallEvent
from plugin.core.customers import CrmCustomer, ImportReport
from plugin.core.deliveries import Delivery, MessageReport, Taken
from plugin.core.errors import OutsideError
from plugin.core.provider import ProviderAsk, ProviderEnd, ProviderPerson
from plugin.core.runs import Finding
from plugin.core.timeline import TimelineEntry

Clock = Callable[[], datetime]


class CallHook(Protocol):
    """A phone system that posts to us. Its class is called so: `Class(site)`, with a SourceSite."""

    def read(self, delivery: Delivery, now: datetime) -> Taken:
        """Prove and read one delivery, `now` for time windows and for events that tell no time.

        Returns its events (possibly none) and the answer. Raises InputError or NotSignedIn, whatever the bytes; never
        anything else. Keeps nothing between two deliveries: they come to several processes, in any order.
        """
        ...


class CallStream(Protocol):
    """A phone system that we connect to. `run` returns only when `stop()` says so."""

    def run(self, take: Callable[[list[CallEvent]], None], stop: Callable[[], bool]) -> None:
        """Stay connected, reconnect with back-off, resync after a gap, and hand on events in batches.

        `take` returns only when the events are durable; where it raises Unavailable the same batch is handed on again,
        for the last time after `stop()` says so.
        """
        ...


class CallJournal(Protocol):
    """What a phone system wrote down of its calls by itself: for those that nobody heard."""

    def calls(self, since: datetime, until: datetime) -> list[list[CallEvent]]:
        """Return the events of each call with a customer that ended in the period, the end last.

        Reading again gives the same events. A number whose presentation the records do not tell is left out.
        Raises OutsideError where they cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class StreamReport:
    """What a stream tells of itself: `connected`, `lost` (`reason`: why), or `finding` (`reason`: what is missing).

    `judged`: after a whole call, all that the phone system keeps from us, with commas between; for `denwaban doctor`.

    Told on a change only, so that an outage is logged once and its end once.
    """

    source: str
    word: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Census:
    """Everybody whom the CRM has with an id after `after` and up to `up_to`, ids compared letter by letter (Unicode).

    `stamps` are pairs of an id and that customer's stamp (CrmCustomer.stamp). Whoever is not named is gone. `of` names
    the kind of record in the CRM's own words.
    """

    of: str
    after: str
    up_to: str
    stamps: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Some customers, and the cursor that continues after them (opaque to us, stored with the page).

    A page without anybody is a sign of life, or moves the cursor alone. `findings` say what is wrong over there.
    `coming`: how many customers this page and those after it hold, where the CRM knows that for all of them.
    """

    customers: tuple[CrmCustomer, ...]
    cursor: str
    census: Census | None = None
    findings: tuple[Finding, ...] = ()
    coming: int | None = None


class Crm(Protocol):
    """A CRM: customers in, timeline entries out. Used by several threads at once."""

    def changed_since(self, cursor: str | None) -> Iterator[CustomerPage]:
        """Yield pages of everything that changed after `cursor` (None: everything), gone customers included.

        A change is reported at least once; resuming at any yielded cursor loses nothing. A CRM that does not tell of
        everybody who went yields a census now and then, whose range `of_ids` can read.
        """
        ...

    def of_ids(self, external_ids: Sequence[str]) -> tuple[CrmCustomer, ...]:
        """Read these customers as they are now; who is gone, or was never there, is left out."""
        ...

    def put(self, entries: Sequence[TimelineEntry]) -> list[str | OutsideError]:
        """Make each entry stand on its customer's timeline exactly once; return, in their order, the CRM's id of each.

        Known by `external_id`, of which a batch holds each once: a repeat changes nothing, a higher version replaces,
        a lower one is ignored, another customer moves the entry, none at all takes it off every timeline. An entry
        that the CRM refuses has its OutsideError in the list instead and keeps none of the others back.

        Raises OutsideError where nothing is known of any of them: each may or may not stand, and a repeat is safe. Its
        fact `retry_after_s`, where given, asks to be left alone so long. Gives up within 30 seconds.
        """
        ...

    def timeline_of(self, customer_external_id: str, most: int) -> tuple[TimelineEntry, ...]:
        """Return the newest `most` entries of ours on that customer's timeline, newest first."""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """Calls to the CRM's API in its running day: `used` of `most`, as the CRM told at `told_at`."""

    used: int
    most: int
    told_at: datetime


@runtime_checkable
class Budgeted(Protocol):
    """A CRM that allows only so many calls a day, and tells."""

    def budget(self) -> Budget | None:
        """Return what the CRM told last in this process, without asking it; None where it told nothing yet."""
        ...


@runtime_checkable
class Witness(Protocol):
    """A CRM that keeps what the audit was signed to, where those who run our machine cannot take it back."""

    def bear(self, key: str, text: str) -> str:
        """Keep `text` (at most 1,000 letters) under `key` (at most 64) for good; return the CRM's id of it.

        The same key again changes nothing, whatever the text. On nobody's timeline, and no activity of anybody's.
        Raises OutsideError where it does not stand there, or that is not known; a repeat is safe.
        """
        ...

    def borne(self) -> Iterator[str]:
        """Yield every text that stands there, in no order. Raises OutsideError."""
        ...


class Weight(StrEnum):
    """How much a finding matters: nothing to do, worth a look, or to be mended before it works."""

    FINE = "fine"
    LOOK = "look"
    MEND = "mend"


@dataclass(frozen=True, slots=True)
class CrmFinding:
    """One thing seen at a CRM: a stable word (snake_case), what it is about (a name of theirs), and a count."""

    weight: Weight
    word: str
    what: str = ""
    n: int = 0


@runtime_checkable
class CrmCheck(Protocol):
    """A CRM that can tell whether it is set up as we need it."""

    def check(self) -> tuple[CrmFinding, ...]:
        """Look at everything: sign-in, permissions, fields, allowance. Changes nothing there; raises nothing."""
        ...


@runtime_checkable
class CrmPapers(Protocol):
    """A CRM that is signed in to with papers of ours, which end on a day."""

    def papers(self) -> CrmFinding | None:
        """Return how they stand (`n`: days left), by files of this host alone; None: the site names none.

        Asks nobody and raises nothing: it is looked at on a page, with a database and a CRM that may be away.
        """
        ...


@dataclass(frozen=True, slots=True)
class Audio:
    """A recording made ready for browsers: 16-bit PCM WAV or another playable type, and what was measured on it.

    The playable file is `head` and then all that was written while it was read. `codec` is that of the file as it came.
    `peaks` are the loudest sample of equal slices, 0-255 each, one channel after the other; `channels` 1 or 2;
    `length_ms` of sound.
    """

    head: bytes
    content_type: str
    codec: str
    channels: int
    length_ms: int
    peaks: bytes


@runtime_checkable
class PeopleImport(Protocol):
    """A CRM that takes customer lists from a file."""

    def take_file(self, data: bytes, mapping: Sequence[tuple[str, str]], *, dry: bool) -> ImportReport:
        """Read a CSV file and store its people, all of them or, where a row is bad or with `dry`, none.

        `mapping` holds (target, header) pairs that win over what is guessed from the headers. The same file again
        changes nothing; what has no column in the file stays as it is. Raises InputError where the file as a whole
        cannot be read, OutsideError where the CRM fails.
        """
        ...


class RecordedFile(Protocol):
    """A recorded file, open at its beginning."""

    @property
    def size_bytes(self) -> int | None:
        """How long it is now; None where it is whole as soon as it is there, as over HTTP."""
        ...

    def read(self, most_bytes: int) -> bytes:
        """Return the next bytes, b"" at the end. Raises OSError or OutsideError where they cannot be had now."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class RecordingSource(Protocol):
    """Where a phone system leaves its recordings."""

    def open(self, uri: str) -> RecordedFile | None:
        """Open the file that `uri` (of a RecordingFact) names, or return None while it is not there.

        Raises InputError where the name may not be followed (it leads out of what belongs to the source, or can be no
        name), OutsideError where it cannot be had: for ever (`permanent`), or now.
        """
        ...


class AudioReader(Protocol):
    """Reads a recorded file into something a browser plays, piece by piece: neither end needs it whole in memory."""

    @property
    def head_bytes(self) -> int:
        """How long the head of what it makes is."""
        ...

    def read(self, file: RecordedFile, write: Callable[[bytes], None]) -> Audio:
        """Read `file` to its end, and hand the playable sound to `write` in order; return what was measured.

        Raises InputError("empty") where it holds no sound at all, InputError("damaged") where it cannot be read,
        InputError("too_long"), and OutsideError where a program that is needed is missing or was stopped at its limits.
        What `file` and `write` raise goes through.
        """
        ...


class MessageWay(StrEnum):
    """How a short message reaches a person: as text, or read out by a voice that rings him up."""

    SMS = "sms"
    VOICE = "voice"


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """A few words to one number (`to`, E.164), of no use after `lasts_s`. `text` is in `lang` (ja, en).

    `about` is our own id of it, by which a carrier may tell what became of it.
    """

    way: MessageWay
    to: str
    text: str
    lang: str
    lasts_s: int
    about: str = ""

    def __repr__(self) -> str:
        return f"ShortMessage(way={self.way.value!r})"


class MessageSender(Protocol):
    """Who carries short messages. Used by several threads at once."""

    @property
    def ways(self) -> frozenset[MessageWay]:
        """The ways that the site has set up."""
        ...

    def send(self, message: ShortMessage) -> str:
        """Hand the message over and return the carrier's id of it; whether it arrives, nobody here knows.

        It goes out once at the most: what may have gone out is never sent again. Raises OutsideError; its fact
        `perhaps` says that it may have gone out, else it certainly did not. Gives up within 10 seconds.
        """
        ...


@runtime_checkable
class ReportReader(Protocol):
    """A carrier of messages that tells afterwards what became of each, by a post to us."""

    def read_report(self, delivery: Delivery) -> MessageReport:
        """Return what a delivery says. Raises NotFound("carrier") where none are asked for, NotSignedIn, InputError."""
        ...


ANYTHING = ""


class Publisher(Protocol):
    """Sends the word "this changed for this person" to every web worker of the site."""

    def publish(self, topics: tuple[str, ...], about: str = ANYTHING) -> None:
        """Tell all listeners of each topic (a user id) what changed: a call, by its id, or anything.

        Best effort; never raises, never waits. A word that comes late may say ANYTHING in place of the call.
        """
        ...


class Bus(Publisher, Protocol):
    """Carries the word to whoever listens."""

    def listen(self, topic: str) -> "Listener":
        """Begin to listen; whatever is published after this returns is heard."""
        ...

    def tell_all(self) -> None:
        """Tell every listener of this process that anything may have changed."""
        ...


class Listener(Protocol):
    """One listener's ear on the bus."""

    def wait(self, timeout_s: float) -> frozenset[str]:
        """Return what was told since the last call (ids of calls, ANYTHING), as soon as there is something.

        Empty after `timeout_s` without a word.
        """
        ...

    def close(self) -> None:
        """Stop listening."""
        ...


class IdentityProvider(Protocol):
    """The company's identity provider (OpenID Connect), by which staff sign in."""

    def way(self, ask: ProviderAsk) -> str:
        """Return the address to which the browser is sent. Raises OutsideError where the provider is away."""
        ...

    def redeem(self, ask: ProviderAsk, code: str, issuer: str | None) -> ProviderPerson:
        """Change the code that the browser brought back for the person; `issuer`: who says it sent it, if it says.

        Raises NotSignedIn("provider") where anything does not fit, OutsideError where the provider is away.
        """
        ...

    def end(self, token: str) -> ProviderEnd:
        """Read a token by which the provider says that a session there has ended. Raises as `redeem`."""
        ...
