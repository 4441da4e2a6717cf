"""What the pages of a call, of a customer and of the inbox show, as values; and the course of a call in steps.

As on the desk: what is masked is not in a view at all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from plugin.core.calls import Call, Direction, EndedBy, Outcome
from plugin.core.checks import Check
from plugin.core.customers import Customer, HeldNumber
from plugin.core.desk import CallerView, CandidateView, PastLine, PromiseLine
from plugin.core.heard import Hearing
from plugin.core.identity import Level, Standing
from plugin.core.ids import CallId, RecordingId
from plugin.core.matching import Assignment
from plugin.core.note import Note, Words
from plugin.core.recordings import Recording
from plugin.core.retention import TextStone
from plugin.core.timeline import TimelineEntry


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened in a call: a stable `word`, and the name of who or what it concerns."""

    at: datetime
    word: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class CallView:
    """One call. `customer` None: nobody's. `words` None: masked (`is_masked`), or nothing was written (no `author`).

    `text_gone`: what was written was erased in turn. `is_mine`: he may say whose call it is. `decided`: each decision,
    with the name of the customer it was about; `adopted`: with whom it stands since, because the number is his alone.
    `audible`: the recordings that he may ask to hear; `checkable`: those of which he may ask a supervisor what they
    say; `checks`: what was asked; `hearings`: who listened.
    """

    call_id: CallId
    direction: Direction | None
    started_at: datetime
    ended_at: datetime | None
    talk_s: int | None
    outcome: Outcome | None
    ended_by: EndedBy | None
    our_number: str | None
    queue: str | None
    ivr_path: str | None
    course: tuple[Step, ...]
    customer: Customer | None
    caller: CallerView
    decided: tuple[tuple[Assignment, str], ...]
    adopted: "Adopted | None"
    recordings: tuple[Recording, ...]
    audible: frozenset[RecordingId]
    checkable: tuple[RecordingId, ...]
    checks: tuple[Check, ...]
    hearings: tuple[Hearing, ...]
    topic: str
    disposition: str
    author: str
    words: Words | None
    text_gone: TextStone | None
    due_on: date | None
    note: Note
    is_masked: bool
    may_give_reason: bool
    is_other_teams: bool
    may_write: bool
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Adopted:
    """A call that nobody was given stands with a customer since `at`, by its number alone (services/adoption.py)."""

    customer: Customer
    at: datetime


@dataclass(frozen=True, slots=True)
class CustomerView:
    """One customer. `call_id`: the call on the desk through which he is seen; `is_open`: nothing is masked.

    `entries` None: the CRM could not be asked.
    """

    customer: Customer
    call_id: CallId | None
    level: Level
    standing: Standing | None
    is_open: bool
    may_give_reason: bool
    is_other_teams: bool
    numbers: tuple[HeldNumber, ...]
    promises: tuple[PromiseLine, ...]
    calls: tuple[PastLine, ...]
    older: bool
    is_first_page: bool
    entries: tuple[TimelineEntry, ...] | None


@dataclass(frozen=True, slots=True)
class LooseCall:
    """A call that is nobody's: its line, and who may have called; proposals only, to who may say whose it was.

    `proposed` are the likeliest; `more`: there are others, on the call's own page. `caller` None: he may not say.
    """

    line: PastLine
    caller: CallerView | None
    proposed: tuple[CandidateView, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class InboxView:
    """What waits for somebody: promises, and calls that are nobody's. Those that nobody took: core/missed.py.

    `keepable`: the calls whose promise he may mark as kept. `older`: there are more calls behind these.
    """

    promises: tuple[PromiseLine, ...]
    keepable: frozenset[CallId]
    unassigned: tuple[LooseCall, ...]
    older: bool
    is_first_page: bool


def course_of(call: Call, name_of: Callable[[str], str]) -> tuple[Step, ...]:
    """Return what happened in the call, in order of time; `name_of` turns an agent's key into a name."""
    steps = [Step(call.started_at, "started")]
    for offer in call.offers:
        name = name_of(offer.agent)
        steps.append(Step(offer.rang_at, "rang", name))
        if offer.answered_at is not None:
            steps.append(Step(offer.answered_at, "answered", name))
        if offer.ended_at is not None and offer.answered_at is not None:
            steps.append(Step(offer.ended_at, "left", name))
    for hold in call.holds:
        steps.append(Step(hold.started_at, "held"))
        if hold.ended_at is not None:
            steps.append(Step(hold.ended_at, "resumed"))
    if call.notice_at is not None:
        steps.append(Step(call.notice_at, "notice"))
    if call.ended_at is not None:
        steps.append(Step(call.ended_at, "ended"))
    return tuple(sorted(steps, key=lambda step: step.at))
