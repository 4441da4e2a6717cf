"""An entry as a Task of the org, and back: which field holds what, cut to what the org takes.

Writes only fields that describe shows as writable at that moment: some are for creation alone. Never puts a number in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from connectors.crm.salesforce.client import Record
from connectors.crm.salesforce.options import Options, TaskFields
from connectors.crm.salesforce.shapes import ObjectShape
from plugin.core.calls import Direction, Outcome
from plugin.core.errors import InputError, OutsideError
from plugin.core.timeline import TimelineEntry
from plugin.core.times import read_instant, write_instant

_CUT = "\n[…]"
_DONE_WORDS = ("Completed", "完了", "完了済み")
_CALL_TYPES = {Direction.INBOUND: "Inbound", Direction.OUTBOUND: "Outbound", Direction.INTERNAL: "Internal"}
_FIX_RETRY_S = 300
_MOST_WITHOUT_LENGTH = 255

Value = str | int | None


@dataclass(frozen=True, slots=True)
class Target:
    """Whose Task it is: `who` a contact or lead, `what` an account; neither: nobody's."""

    who: str | None = None
    what: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A Task of ours that is there already."""

    task_id: str
    version: int


class TaskForm:
    """How this org's Tasks are filled in. Raises OutsideError where it lacks what an entry cannot do without."""

    def __init__(self, options: Options, shape: ObjectShape) -> None:
        self._own = options.task
        self._shape = shape
        lacking = [name for name in _needed(options) if name not in shape]
        if lacking:
            raise _to_fix("fields_missing", fields=",".join(lacking))
        call = shape.fields[self._own.call]
        if not call.external_id:
            raise _to_fix("not_an_external_id", fields=call.name)
        self._status = _chosen(shape, "Status", options.task_status, _DONE_WORDS)
        self._priority = _chosen(shape, "Priority", options.task_priority, ())

    @property
    def is_unique(self) -> bool:
        """Whether the org itself refuses a second Task of one call."""
        return self._shape.fields[self._own.call].unique

    def created(self, entry: TimelineEntry, target: Target) -> dict[str, Value]:
        """Return the fields of a new Task."""
        writable = {name for name, field in self._shape.fields.items() if field.createable}
        filled = self._filled(entry, target)
        return {name: value for name, value in filled.items() if name in writable and value is not None}

    def changed(self, entry: TimelineEntry, target: Target) -> dict[str, Value]:
        """Return the fields of a Task that stands there already, emptied ones included."""
        writable = {name for name, field in self._shape.fields.items() if field.updateable}
        return {name: value for name, value in self._filled(entry, target).items() if name in writable}

    def _filled(self, entry: TimelineEntry, target: Target) -> dict[str, Value]:
        own = self._own
        text = {
            "Subject": entry.subject,
            "CallDisposition": entry.disposition,
            own.call: entry.external_id,
            own.started: write_instant(entry.started_at),
            own.outcome: entry.outcome or "",
            own.author: entry.author,
        }
        fields: dict[str, Value] = {name: self._cut(name, value) or None for name, value in text.items()}
        link = entry.link if len(entry.link) <= self._length(own.link) else None
        call_type = _CALL_TYPES[entry.direction]
        fields |= {
            "Description": self._description(entry),
            "ActivityDate": entry.on.isoformat(),
            "CallDurationInSeconds": entry.duration_s,
            "Status": self._status,
            "Priority": self._priority,
            "TaskSubtype": "Call",
            "WhoId": target.who,
            "WhatId": target.what,
            own.version: entry.version,
            own.link: link,
        }
        return fields | ({"CallType": call_type} if call_type in self._listed("CallType") else {})

    def _listed(self, name: str) -> tuple[str, ...]:
        return self._shape.fields[name].values if name in self._shape else ()

    def _length(self, name: str) -> int:
        return (self._shape.fields[name].length if name in self._shape else 0) or _MOST_WITHOUT_LENGTH

    def _cut(self, name: str, text: str) -> str:
        return cut(text, self._length(name), "…")

    def _description(self, entry: TimelineEntry) -> str:
        tail = f"\n\n{entry.link}" if entry.text else entry.link
        return cut(entry.text, self._length("Description") - len(tail), _CUT) + tail

    def selected(self) -> str:
        """Return the fields that `entry_of` reads, as SOQL lists them."""
        return ", ".join(name for name in _read(self._own) if name in self._shape)

    def standing_of(self, record: Record) -> tuple[str, Standing]:
        """Return a Task of ours by the external id of its entry."""
        version = record.get(self._own.version)
        return str(record[self._own.call]), Standing(str(record["Id"]), int(version or 0))

    def entry_of(self, record: Record, customer_external_id: str) -> TimelineEntry | None:
        """Return the entry that a Task holds, or None where people have made it unreadable."""
        own = self._own
        try:
            started_at = read_instant(_text(record, own.started))
            link = _text(record, own.link)
            text = _text(record, "Description").replace("\r\n", "\n")
            outcome = _text(record, own.outcome)
            return TimelineEntry(
                external_id=_text(record, own.call),
                version=int(record.get(own.version) or 0),
                customer_external_id=customer_external_id,
                subject=_text(record, "Subject"),
                text=text.removesuffix(link).removesuffix("\n\n") if link else text,
                on=date.fromisoformat(_text(record, "ActivityDate") or started_at.date().isoformat()),
                started_at=started_at,
                duration_s=int(record.get("CallDurationInSeconds") or 0),
                direction=_direction(_text(record, "CallType")),
                outcome=Outcome(outcome) if outcome else None,
                disposition=_text(record, "CallDisposition"),
                author=_text(record, own.author),
                link=link,
            )
        except (InputError, ValueError, TypeError):
            return None


def cut(text: str, most: int, marker: str) -> str:
    """Return `text`, or as much of it as leaves room for `marker` within `most` UTF-16 units.

    Salesforce counts as Java does, where an emoji is two; no letter is ever cut in half. What is no letter at all (half
    of a pair) becomes a question mark: one of them would spoil a whole request.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    if _units(text) <= most:
        return text
    room = most - _units(marker)
    kept = text.encode("utf-16-le")[: max(0, room) * 2].decode("utf-16-le", "ignore")
    return kept.rstrip() + marker


def lacking(options: Options, shape: ObjectShape) -> Iterator[tuple[str, bool]]:
    """Yield what the org's Task lacks of what we write, and whether no entry can be written without it."""
    needed = _needed(options)
    for name in (*needed, *_wanted(options)):
        if name not in shape or not shape.fields[name].createable:
            yield name, name in needed


def _needed(options: Options) -> tuple[str, ...]:
    own = options.task
    return (own.call, own.version, own.started, "Subject", "Description", "ActivityDate", "WhoId", "WhatId", "Status")


def _wanted(options: Options) -> tuple[str, ...]:
    own = options.task
    standard = ("TaskSubtype", "CallType", "CallDurationInSeconds", "CallDisposition", "Priority")
    return (own.outcome, own.author, own.link, *standard)


def _read(own: TaskFields) -> tuple[str, ...]:
    mine = (own.call, own.version, own.started, own.outcome, own.author, own.link)
    standard = ("Id", "Subject", "Description", "ActivityDate")
    return (*standard, "CallType", "CallDurationInSeconds", "CallDisposition", *mine)


def _chosen(shape: ObjectShape, name: str, wanted: str, usual: tuple[str, ...]) -> str | None:
    """Return the word of the org's list: the site's own choice, else the first usual one, else the list's default."""
    if name not in shape:
        return None
    field = shape.fields[name]
    if wanted and wanted not in field.values:
        raise _to_fix("not_in_list", fields=name)
    found = wanted or next((word for word in usual if word in field.values), "")
    if not found and usual:
        raise _to_fix("no_done_status", fields=name)
    return found or field.default or None


def _to_fix(reason: str, fields: str) -> OutsideError:
    return OutsideError(reason, permanent=True, retry_after_s=_FIX_RETRY_S, fields=fields)


def _units(text: str) -> int:
    return len(text) + sum(letter > "\uffff" for letter in text)


def _text(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def _direction(call_type: str) -> Direction:
    return next((direction for direction, word in _CALL_TYPES.items() if word == call_type), Direction.INBOUND)
