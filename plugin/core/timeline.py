"""What lands on the CRM's timeline: one entry a call, known by its external id, with a gated link and no media."""

from dataclasses import dataclass
from datetime import date, datetime

from plugin.core.calls import Direction, Outcome
from plugin.core.ids import CallId


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


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One activity. `external_id` is ours and the same for every version of the entry; a CRM keeps one per id.

    `on` is the calendar day at the site; `duration_s` whole seconds of talk; `link` the gated page, never a media URL.
    """

    external_id: str
    version: int
    customer_external_id: str
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
