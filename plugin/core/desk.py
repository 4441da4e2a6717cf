"""What a person sees on the desk, as values. Knows no page, no language and no database.

Nothing that is masked is in a view at all: a door cannot show by mistake what it was never given.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from plugin.core.access import HistoryView
from plugin.core.calls import Direction, Outcome
from plugin.core.consent import ConsentView
from plugin.core.customers import Customer
from plugin.core.identity import Level, Standing
from plugin.core.ids import CallId, CustomerId, RecordingId
from plugin.core.matching import Certainty, MatchKind, Reason
from plugin.core.note import Note, Words
from plugin.core.numbers import WithheldReason
from plugin.core.phase import Part, Phase
from plugin.core.recordings import RecordingState
from plugin.core.sharing import Sharing


@dataclass(frozen=True, slots=True)
class PastLine:
    """One line of history. `talk_s` None: nobody talked; `words` None: masked, or nothing was written.

    `is_loose`: nobody said whose call this was, only the number is the same; `is_overridden`: two people believed a
    caller in it who had proved nothing (said in the full view alone).
    """

    call_id: CallId
    started_at: datetime
    direction: Direction | None
    talk_s: int | None
    outcome: Outcome | None
    topic: str
    disposition: str
    operator: str
    audio: RecordingState
    queue: str | None
    is_loose: bool
    words: Words | None = None
    is_overridden: bool = False


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """Something that was promised and is not yet done. `text` None: masked."""

    call_id: CallId
    due_on: date | None
    topic: str
    operator: str
    made_on: date
    is_late: bool
    text: str | None = None
    customer_name: str = ""


@dataclass(frozen=True, slots=True)
class JustNow:
    """The number's call before, that ended `minutes` before this one began. `operator` None: masked, or nobody."""

    call_id: CallId
    minutes: int
    talked: bool
    operator: str | None


@dataclass(frozen=True, slots=True)
class CandidateView:
    """One customer who may be calling; `place` is the key that chooses him, `standing` what was proved of him.

    `certainty` None: a person chose him, no number led to him. `older`: there are more calls than the lines shown.
    """

    place: int
    customer: Customer
    certainty: Certainty | None
    reasons: tuple[Reason, ...]
    is_chosen: bool
    standing: Standing | None
    promises: tuple[PromiseLine, ...]
    calls: tuple[PastLine, ...]
    older: bool

    @property
    def level(self) -> Level:
        """How far the caller has come as this customer."""
        return Level.NONE if self.standing is None else self.standing.level


@dataclass(frozen=True, slots=True)
class CallerView:
    """Who may be calling. `number` is E.164, None where none is known; `is_settled`: somebody said whose call it is,
    or that it is nobody's yet. `loose_calls` are earlier calls from the number that nobody was given; `just_now`: one
    that ended a moment before; `sharing`: how the number is used, where that is known.
    """

    number: str | None
    extension: str | None
    withheld: WithheldReason | None
    match: MatchKind
    more: bool
    candidates: tuple[CandidateView, ...]
    loose_calls: tuple[PastLine, ...]
    is_settled: bool
    just_now: JustNow | None = None
    sharing: Sharing | None = None

    @property
    def chosen(self) -> CandidateView | None:
        """The customer whose call this is by a person's word, if somebody said so."""
        return next((each for each in self.candidates if each.is_chosen), None)

    def candidate(self, customer_id: CustomerId | None) -> CandidateView | None:
        """Return the customer among the candidates, or None."""
        return next((each for each in self.candidates if each.customer.id == customer_id), None)


@dataclass(frozen=True, slots=True)
class PopView:
    """One call as one person sees it on his desk; `leaves_at`: it goes from there by itself then.

    `detail` is what shows of candidates who proved nothing.

    `recording_id`: he may hear this call now, to write his note; `is_alerted`: somebody asked for help in it;
    `claimed`: only an opened address tells of it, so nothing in it is his yet. `consent`: what the caller was told of
    being recorded, and said to it; None inside the house, and where it is not his.
    """

    call_id: CallId
    part: Part
    direction: Direction | None
    our_number: str | None
    queue: str | None
    ivr_path: str | None
    caller: CallerView
    detail: HistoryView
    note: Note
    recording_id: RecordingId | None
    leaves_at: datetime | None
    source: str
    is_alerted: bool = False
    claimed: bool = False
    consent: ConsentView | None = None

    @property
    def phase(self) -> Phase:
        """Where his part of the call stands."""
        return self.part.phase

    @property
    def is_live(self) -> bool:
        """Whether he is on this call or may still take it."""
        return self.phase in (Phase.RINGING, Phase.TALKING, Phase.HELD)

    @property
    def record(self) -> CandidateView | None:
        """Whose record a CRM may open beside the call: who was chosen, else the only one whom the number points to.

        Nobody while several may be calling, once a person said it is somebody else, and where the call is not his.
        """
        caller = self.caller
        sure = caller.match is MatchKind.ONE and not caller.more and not caller.is_settled
        found = caller.chosen or (caller.candidates[0] if sure and len(caller.candidates) == 1 else None)
        return found if found and self.is_mine and found.customer.gone_at is None else None

    @property
    def is_mine(self) -> bool:
        """Whether he rings or took the call, so that choosing, verifying and writing are his."""
        return not self.claimed and (self.is_live or self.phase in (Phase.WRAP_UP, Phase.TRANSFERRED))


@dataclass(frozen=True, slots=True)
class QuietView:
    """What stands on a desk while nothing rings: his own promises and his own latest calls."""

    promises: tuple[PromiseLine, ...]
    calls: tuple[PastLine, ...]


_AUDIO_ORDER = (
    RecordingState.READY,
    RecordingState.RECORDING,
    RecordingState.PROCESSING,
    RecordingState.PENDING,
    RecordingState.EXPIRED,
    RecordingState.DECLINED,
    RecordingState.CORRUPT,
    RecordingState.MISSING,
    RecordingState.WAITING_ONLY,
    RecordingState.EMPTY,
)


def audio_of(states: Iterable[str]) -> RecordingState:
    """Return the one state that a line shows for a call's recordings: the most that there is to hear."""
    known = set(states)
    return next((state for state in _AUDIO_ORDER if state in known), RecordingState.NONE)
