"""Customers as the CRM knows them, and the numbers they are reached at."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from plugin.core.ids import CustomerId


class CustomerKind(StrEnum):
    """A human being, or a company."""

    PERSON = "person"
    ORGANISATION = "organisation"


class NumberKind(StrEnum):
    """What a number is to its customer. MENTIONED: a free text of his record holds it; whose it is, is not said."""

    MOBILE = "mobile"
    HOME = "home"
    WORK = "work"
    MAIN = "main"
    FAX = "fax"
    OTHER = "other"
    MENTIONED = "mentioned"


class WrittenNumber(NamedTuple):
    """A number as typed in the CRM: its field's name there, what it is, and whether it is marked as his alone.

    Of kind MENTIONED, `raw` is a whole free text; of that, the numbers in it alone are kept.
    """

    field: str
    raw: str
    kind: NumberKind = NumberKind.OTHER
    personal: bool = False


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """A value that may prove identity: the item's name (plugin/core/identity.py) and the value as the CRM holds it.

    Lives only between the connector and the keyed hash; it is never stored, shown or logged.
    """

    item: str
    value: str

    def __repr__(self) -> str:
        return f"WrittenAnswer(item={self.item!r})"


@dataclass(frozen=True, slots=True)
class CrmCustomer:
    """A customer as a CRM connector hands him over. `external_id` is unique within the CRM, compared to the letter.

    `household` is a word that members of one household share; `organisation` is the external id of his company.
    `gone`: deleted, merged or no longer visible there; `merged_into` is then the external id of who he is now, where
    somebody is. `stamp` (at most 40 letters) is a word for the state he was read in: another state, another stamp.
    """

    external_id: str
    kind: CustomerKind = CustomerKind.PERSON
    name: str = ""
    kana: str = ""
    code: str = ""
    household: str | None = None
    organisation: str | None = None
    numbers: tuple[WrittenNumber, ...] = ()
    answers: tuple[WrittenAnswer, ...] = ()
    gone: bool = False
    merged_into: str | None = None
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class BadRow:
    """Why a row of a customer list could not be read: its number in a spreadsheet, the column's header, a stable word.

    Never the value.
    """

    number: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import read and did (or, with `dry`, would do). With a bad row nothing is stored at all.

    `columns` pairs each used header with what it was taken for; `unlinked` counts people whose company is not, or not
    only once, among the customers.
    """

    encoding: str
    columns: tuple[tuple[str, str], ...]
    ignored: tuple[str, ...]
    new: int
    changed: int
    same: int
    unlinked: int
    bad: tuple[BadRow, ...]
    dry: bool


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer in our replica."""

    id: CustomerId
    crm: str
    external_id: str
    kind: CustomerKind
    name: str
    kana: str
    code: str
    household: str | None
    organisation_id: CustomerId | None
    organisation_name: str | None
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class NumberHolder:
    """One customer found under a number: through which field, of what kind, with which extension behind it."""

    customer: Customer
    field: str
    kind: NumberKind
    extension: str | None
    personal: bool


@dataclass(frozen=True, slots=True)
class HeldNumber:
    """One number of one customer as we read it; `e164` None: written, but unreadable or internal.

    `changed_at`: when he got it in place of another, or it was marked anew; the epoch where it came with himself.
    Retyping the same number in another form changes nothing.
    """

    field: str
    raw: str
    e164: str | None
    valid: bool
    extension: str | None
    kind: NumberKind
    personal: bool
    changed_at: datetime


class LookUpReason(StrEnum):
    """Why a customer is looked up by hand; stands in the audit."""

    WITHHELD = "withheld"  # the caller shows no number
    UNKNOWN_NUMBER = "unknown_number"  # the caller's number is nobody's
    OTHER_PERSON = "other_person"  # the caller is none of the candidates
    CALL_BACK = "call_back"  # to ring somebody back
    CORRECTION = "correction"  # a call was given to the wrong customer
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Found:
    """What a look-up found, the best first; `more`: there are others beyond these."""

    customers: tuple[Customer, ...]
    more: bool
