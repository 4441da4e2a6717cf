"""Composes the one entry of a call for the CRM: the operator's words and a gated link.

Puts in no telephone number at all, so none can leak for a caller who withheld his, and never a media URL.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from plugin.core.calls import Call, Direction, Outcome
from plugin.core.ids import CallId, RecordingId
from plugin.core.timeline import Summary, TimelineEntry
from plugin.core.timeline_words import word
from plugin.core.times import local_day, talked_s

_MOST_SUBJECT_LETTERS = 255


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What is known at this moment of a call whose summary is to reach the CRM.

    `customer_external_id` None: assigned to nobody; `crm`: the CRM that customer is known in. `recording_id` is the
    first recording of the call, in whatever state: its page says which.
    """

    call_id: CallId
    summary: Summary
    version: int
    crm: str | None
    customer_external_id: str | None
    direction: Direction
    outcome: Outcome | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    recording_id: RecordingId | None


def external_id(call_id: CallId) -> str:
    """Return the id under which every version of the call's entry is known in every CRM."""
    return f"denwaban-{call_id}"


def is_retold(before: Call, after: Call) -> bool:
    """Return whether a late fact about a call that had ended `before` changes what its entry says."""
    return before.ended_at is not None and _told_of(before) != _told_of(after)


def _told_of(call: Call) -> tuple[object, ...]:
    return call.direction, call.outcome, call.started_at, call.answered_at, call.ended_at


def compose(facts: EntryFacts, zone: ZoneInfo, public_url: str, lang: str) -> TimelineEntry:
    """Return the entry as the facts have it; `zone` names the day, `lang` (ja, en) the headings.

    The link leads to the recording's gated page where there is one, else to the call's.
    """
    summary = facts.summary
    room = f"calls/{facts.call_id}" if facts.recording_id is None else f"recordings/{facts.recording_id}"
    return TimelineEntry(
        external_id=external_id(facts.call_id),
        version=facts.version,
        customer_external_id=facts.customer_external_id,
        subject=_subject(summary, lang),
        text=_text(summary, lang),
        on=local_day(facts.started_at, zone),
        started_at=facts.started_at,
        duration_s=talked_s(facts.answered_at, facts.ended_at) or 0,
        direction=facts.direction,
        outcome=facts.outcome,
        disposition=word(summary.disposition, lang),
        author=summary.author_name,
        link=f"{public_url.rstrip('/')}/{room}",
    )


def _subject(summary: Summary, lang: str) -> str:
    parts = [word("call", lang), word(summary.topic, lang), (summary.request or summary.response).split("\n")[0]]
    subject = " / ".join(part for part in parts if part)
    return subject if len(subject) <= _MOST_SUBJECT_LETTERS else subject[: _MOST_SUBJECT_LETTERS - 1] + "…"


def _text(summary: Summary, lang: str) -> str:
    promise = summary.promise
    if summary.promise_due_on is not None:
        promise += f" ({word('due', lang)} {summary.promise_due_on.isoformat()})"
    said = {
        "request": summary.request,
        "response": summary.response,
        "promise": promise,
        "next_step": summary.next_step,
        "disposition": word(summary.disposition, lang),
    }
    marks = ("【", "】") if lang == "ja" else ("[", "]")
    return "\n".join(f"{marks[0]}{word(name, lang)}{marks[1]}\n{text}" for name, text in said.items() if text)
