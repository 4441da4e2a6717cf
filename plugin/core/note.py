"""The note of a call as its page has it: saved, or only a draft, and how far the CRM has it. Checks no right."""

import json
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from enum import StrEnum

from plugin.core.outbox import MessageState, Sending
from plugin.core.timeline import Draft, Summary


@dataclass(frozen=True, slots=True)
class Words:
    """The free text of a summary: 用件, 対応, 約束, 次回. It is only ever built for eyes that may read it."""

    request: str = ""
    response: str = ""
    promise: str = ""
    next_step: str = ""

    def __bool__(self) -> bool:
        return bool(self.request or self.response or self.promise or self.next_step)


class Sent(StrEnum):
    """Where a saved note is on its way to the CRM."""

    NOWHERE = ""
    UNASSIGNED = "unassigned"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    CLOSED = "closed"  # refused, and not to be sent


@dataclass(frozen=True, slots=True)
class Fields:
    """A form as it is typed, finished or not: every value is the text that stands in the field."""

    topic: str = ""
    disposition: str = ""
    request: str = ""
    response: str = ""
    promise: str = ""
    promise_due_on: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """The form and its badge. `version` is that of the saved summary (0: none); `draft_at` None: no unsaved draft."""

    fields: Fields = Fields()
    version: int = 0
    saved_at: datetime | None = None
    draft_at: datetime | None = None
    sent: Sent = Sent.NOWHERE
    sent_error: str = ""


def words_of(summary: Summary) -> Words:
    """Return the free text of a summary."""
    return Words(summary.request, summary.response, summary.promise, summary.next_step)


def note_of(summary: Summary | None, draft: Draft | None, sending: Sending | None) -> Note:
    """Return the note of a call as its writer sees it: his draft stands over what was saved before it."""
    shown = Fields() if summary is None else _fields_of(summary)
    if draft is not None:
        shown = read_draft(draft.body)
    sent, error = (Sent.NOWHERE, "") if sending is None else _sent(sending)
    return Note(
        fields=shown,
        version=0 if summary is None else summary.version,
        saved_at=None if summary is None else summary.saved_at,
        draft_at=None if draft is None else draft.saved_at,
        sent=sent,
        sent_error=error,
    )


def write_draft(typed: Fields) -> str:
    """Return a form as the text that a draft is kept as."""
    return json.dumps(asdict(typed), ensure_ascii=False)


def read_draft(body: str) -> Fields:
    """Return the form that `write_draft` wrote; what is not of that form is an empty field."""
    try:
        read = json.loads(body)
    except ValueError:
        return Fields()
    if not isinstance(read, dict):
        return Fields()
    names = [field.name for field in fields(Fields)]
    return Fields(**{name: read[name] for name in names if isinstance(read.get(name), str)})


def _fields_of(summary: Summary) -> Fields:
    return Fields(
        topic=summary.topic,
        disposition=summary.disposition,
        request=summary.request,
        response=summary.response,
        promise=summary.promise,
        promise_due_on=_day(summary.promise_due_on),
        next_step=summary.next_step,
    )


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _sent(sending: Sending) -> tuple[Sent, str]:
    message = sending.message
    if message is None:
        return (Sent.SENT if sending.sent_at else Sent.NOWHERE), ""
    match message.state:
        case MessageState.UNASSIGNED:
            return Sent.UNASSIGNED, ""
        case MessageState.WAITING | MessageState.LEASED:
            return Sent.SENDING, ""
        case MessageState.DEAD:
            return Sent.REFUSED, message.error or ""
        case MessageState.CLOSED:
            return Sent.CLOSED, ""
        case MessageState.DONE | MessageState.SUPERSEDED:
            return Sent.SENT, ""
