"""What the operator writes after a call, and what lands on the CRM's timeline: one entry a call, no media in it.

Refuses texts that are too long, hold control characters, or name a topic or disposition that the site does not have.
"""

import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime

from plugin.core.calls import Direction, Outcome
from plugin.core.errors import InputError
from plugin.core.ids import CallId, CustomerId

MOST_LETTERS = 4_000  # of each text of a summary; five of them stay below the 32,000 of the narrowest CRM
MOST_DRAFT_LETTERS = 32_000
TOPICS = ("order", "delivery", "billing", "product", "return", "claim", "cancel", "address", "account", "other")
DISPOSITIONS = ("solved", "informed", "follow_up", "escalated", "unreachable", "wrong_number")


@dataclass(frozen=True, slots=True)
class SummaryForm:
    """What a person typed. `version` is that of the summary he saw (0: there was none)."""

    topic: str = ""
    disposition: str = ""
    request: str = ""
    response: str = ""
    promise: str = ""
    next_step: str = ""
    promise_due_on: date | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """What the operator wrote after the call: 用件, 対応, 約束, 次回, and how it ended in a word of the site's list."""

    call_id: CallId
    topic: str
    disposition: str
    request: str
    response: str
    promise: str
    next_step: str
    promise_due_on: date | None
    author_id: str
    author_name: str
    saved_at: datetime
    version: int
    promise_done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as its page last kept it: opaque text, of one person for one call."""

    body: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """Something promised to a caller and not done yet; `due_on` a day at the site, `customer_id` None: unassigned."""

    call_id: CallId
    customer_id: CustomerId | None
    text: str
    due_on: date | None
    author_id: str
    author_name: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One activity. `external_id` is ours and the same for every version of the entry; a CRM keeps one per id.

    `customer_external_id` None takes an entry back: it stands on nobody's timeline until a person picks again.
    `on` is the calendar day at the site; `duration_s` whole seconds of talk; `link` the gated page, never a media URL.
    """

    external_id: str
    version: int
    customer_external_id: str | None
    subject: str
    text: str
    on: date
    started_at: datetime
    duration_s: int
    direction: Direction
    outcome: Outcome | None
    disposition: str
    author: str
    link: str


def read_form(form: SummaryForm, topics: tuple[str, ...], dispositions: tuple[str, ...]) -> SummaryForm:
    """Return `form` tidied: ends stripped, line ends one kind.

    Raises InputError, fact `field` naming the place: "too_long" (more than MOST_LETTERS), "control_character",
    "not_in_list", "empty" (nothing was written at all), "due_without_promise".
    """
    if form.topic and form.topic not in topics:
        raise InputError("not_in_list", field="topic")
    if form.disposition and form.disposition not in dispositions:
        raise InputError("not_in_list", field="disposition")
    tidy = replace(
        form,
        request=_tidy("request", form.request),
        response=_tidy("response", form.response),
        promise=_tidy("promise", form.promise),
        next_step=_tidy("next_step", form.next_step),
    )
    if not (tidy.topic or tidy.disposition or tidy.request or tidy.response or tidy.promise or tidy.next_step):
        raise InputError("empty", field="request")
    if tidy.promise_due_on is not None and not tidy.promise:
        raise InputError("due_without_promise", field="promise")
    return tidy


def _tidy(field: str, text: str) -> str:
    tidy = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(tidy) > MOST_LETTERS:
        raise InputError("too_long", field=field, most=MOST_LETTERS)
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t" for letter in tidy):
        raise InputError("control_character", field=field)
    return tidy
