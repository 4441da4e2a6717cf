"""Who uses a number together: what calls from it taught, and what people say of it. Decides nobody's identity.

A number that several different persons called from points to none of them alone, however many of them the CRM knows
under it. What a person of the house says counts more than what was learned, and stays until somebody says otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from plugin.core.customers import Customer, CustomerKind


class SharingKind(StrEnum):
    """How a number is used. PERSONAL: by one person; SHARED: by several who have no more in common."""

    PERSONAL = "personal"
    HOUSEHOLD = "household"
    COMPANY_LINE = "company_line"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Sharing:
    """How a number is used. `by` is the name of who said so, None where calls taught it: those of `persons` persons."""

    kind: SharingKind
    persons: int
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class SharingChange:
    """One line of a number's history. `kind` None: nothing special any more; `by` None: calls taught it."""

    kind: SharingKind | None
    persons: int
    by: str | None
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SharedNumber:
    """A number that has such a use, and its newest call, by which one gets to it."""

    e164: str
    sharing: Sharing
    call_id: str | None


def learned(callers: Sequence[Customer], least: int) -> SharingKind | None:
    """Return what the persons to whom calls from a number were given say of it; None for fewer than `least` persons."""
    persons = [one for one in callers if one.kind is CustomerKind.PERSON]
    if len(persons) < least:
        return None
    if _one({one.household for one in persons}):
        return SharingKind.HOUSEHOLD
    if _one({one.organisation_id for one in persons}):
        return SharingKind.COMPANY_LINE
    return SharingKind.SHARED


def _one(words: set[str | None]) -> bool:
    return len(words) == 1 and not words & {None, ""}
