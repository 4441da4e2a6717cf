"""The audit as the privacy officer reads it: which lines, where in them one is, and a line with its people's names."""

import re
from dataclasses import dataclass
from datetime import datetime

from plugin.core.audit import Kind
from plugin.core.errors import InputError
from plugin.core.times import to_us

_PLACE = re.compile(r"([0-9]{1,17})\.([0-9]{1,15})")


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which lines: of this person's acts, about this customer, this call, of this sort, from `since` before `until`."""

    user_id: str = ""
    customer_id: str = ""
    call_id: str = ""
    kind: Kind | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the audit one is: behind the line of this instant (µs) and number."""

    at_us: int
    seq: int

    def __str__(self) -> str:
        return f"{self.at_us}.{self.seq}"


def read_place(raw: str) -> Place | None:
    """Return the place that `raw` names, None for none. Raises InputError("place")."""
    if not raw:
        return None
    found = _PLACE.fullmatch(raw)
    if found is None:
        raise InputError("place")
    return Place(int(found[1]), int(found[2]))


@dataclass(frozen=True, slots=True)
class SeenRemark:
    """A text beside a line; None where it was erased."""

    name: str
    text: str | None


@dataclass(frozen=True, slots=True)
class SeenLine:
    """A line with what its ids mean at this moment; `user` and `customer` are names, "" where none is known."""

    seq: int
    at: datetime
    act: str
    kind: Kind
    user_id: str | None
    user: str
    customer_id: str | None
    customer: str
    call_id: str | None
    subject: str | None
    purpose: str | None
    outcome: str | None
    address: str | None
    remarks: tuple[SeenRemark, ...]
    hash: str

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(to_us(self.at), self.seq)


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the whole audit came to: how many lines, up to which a checkpoint proves them, what was found."""

    at: datetime
    lines: int
    proved_to: int
    findings: int
    took_us: int


@dataclass(frozen=True, slots=True)
class ChainState:
    """How the chain stands: its lines, the newest checkpoint (line, instant), the newest look at all of it."""

    lines: int
    signed_to: int
    signed_at: datetime | None
    look: Look | None
    is_cut_off: bool
