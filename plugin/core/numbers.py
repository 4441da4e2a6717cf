"""What a written telephone number says. Reading never raises; what cannot be read is a value of its own."""

from dataclasses import dataclass
from enum import StrEnum


class WithheldReason(StrEnum):
    """Why a caller shows no number; the names follow the Japanese networks' four reasons."""

    REFUSED = "refused"
    PAYPHONE = "payphone"
    SERVICE_CONFLICT = "service_conflict"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class External:
    """A number of the public network. `e164` starts with +; `valid`: the numbering plan knows it."""

    raw: str
    e164: str
    valid: bool
    extension: str | None = None


@dataclass(frozen=True, slots=True)
class Internal:
    """An extension of the house: its own namespace, never a customer's number."""

    raw: str
    extension: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """The caller shows no number, for a stated reason."""

    raw: str
    reason: WithheldReason


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Text that is no number (or more than one)."""

    raw: str


NumberReading = External | Internal | Withheld | Unreadable
