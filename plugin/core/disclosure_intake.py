"""What a written request for disclosure says, typed from the paper, with the name and the contact of who asks.

Refuses what does not fit the kind of case, and days that are not yet.
"""

from dataclasses import dataclass
from datetime import date

from plugin.core.cases import CaseKind
from plugin.core.disclosure import MOST_LINE, MOST_NAME, AskedBy, Way, read_words
from plugin.core.errors import InputError
from plugin.core.staff import read_word


@dataclass(frozen=True, slots=True)
class Intake:
    """What a written request says. `office`: the authority, and the number of its writing; "" for a person.

    `call_on` and the window (minutes of that day in the site's zone): when the call was, as he remembers; `number`:
    E.164, the one he rang from; `operator`: whom he says he talked to; `gist`: what about; `reason`: why he asks.
    """

    kind: CaseKind
    asked_by: AskedBy
    name: str
    contact: str
    office: str
    way: Way
    received_on: date
    call_on: date
    window: tuple[int | None, int | None]
    operator: str
    number: str | None
    gist: str
    reason: str

    def __repr__(self) -> str:
        return f"Intake(kind={self.kind.value!r})"


def read_intake(given: Intake, today: date) -> Intake:
    """Return what was typed, cleaned.

    Raises InputError with the field: "asked_by" (does not fit the kind), "name", "contact", "office", "received_on"
    or "call_on" (not yet), "operator", "gist", "reason".
    """
    of_authority = given.kind is not CaseKind.DISCLOSURE
    if of_authority is not (given.asked_by is AskedBy.AUTHORITY):
        raise InputError("asked_by")
    if given.received_on > today:
        raise InputError("received_on")
    if given.call_on > given.received_on:
        raise InputError("call_on")
    return Intake(
        kind=given.kind,
        asked_by=given.asked_by,
        name=read_word(given.name, MOST_NAME, "name"),
        contact=read_words(given.contact, "contact", 500),
        office=read_word(given.office, MOST_LINE, "office") if of_authority else "",
        way=given.way,
        received_on=given.received_on,
        call_on=given.call_on,
        window=given.window,
        operator=read_word(given.operator, MOST_NAME, "operator") if given.operator.strip() else "",
        number=given.number,
        gist=read_words(given.gist, "gist"),
        reason=read_words(given.reason, "reason"),
    )
