"""A case: why several calls belong together and are kept, heard or given out; its number, its kind, its time.

What a kind of case needs beyond that stands with its own subject. Whose business one is: plugin/core/access.py.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from plugin.core.errors import InputError
from plugin.core.ids import CaseId, UserId
from plugin.core.staff import Role, read_word

MOST_TITLE = 120
MOST_CALLS = 500
LONGEST_UNTIL_DUE = timedelta(days=1_096)
_NUMBER = re.compile(r"([A-Z])-([0-9]{4})-([0-9]{4,6})")


class CaseKind(StrEnum):
    """What a case is about. The letter begins its number."""

    DISCLOSURE = "disclosure"  # the person himself, or his proxy, asks for what is kept about him
    POLICE = "police"  # an inquiry that binds nobody (捜査関係事項照会)
    COURT = "court"  # a warrant or an order that binds
    HARASSMENT = "harassment"
    LEGAL = "legal"
    COMPLAINT = "complaint"

    @property
    def letter(self) -> str:
        """The letter that its numbers begin with."""
        return _LETTERS[self]


_LETTERS = {
    CaseKind.DISCLOSURE: "D",
    CaseKind.POLICE: "P",
    CaseKind.COURT: "W",
    CaseKind.HARASSMENT: "H",
    CaseKind.LEGAL: "L",
    CaseKind.COMPLAINT: "C",
}


BY_HAND = (CaseKind.LEGAL, CaseKind.COMPLAINT)  # somebody opens one; of the others each has a way that leads to it


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `number`: what people call it (`D-2026-0012`); `due_at`: by when it has to be answered, if by any time.

    `opener_role`, `opener_team`: what `opened_by` is now; `reporter_teams`: where those work now whose reports of
    harassment it stands on; "" is the team of who has none. `calls`: how many belong to it. `why`: in words, of
    one that was opened by hand. Open until `closed_at`.
    """

    id: CaseId
    number: str
    kind: CaseKind
    title: str
    opened_by: UserId
    opened_at: datetime
    opener_role: Role
    opener_team: str
    reporter_teams: frozenset[str] = frozenset()
    due_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: UserId | None = None
    calls: int = 0
    opener_name: str = ""
    why: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed it yet."""
        return self.closed_at is None


def case_number(kind: CaseKind, year: int, count: int) -> str:
    """Return the number of the `count`-th case of its kind in a year of the site's zone."""
    return f"{kind.letter}-{year:04}-{count:04}"


def kind_of(number: str) -> CaseKind | None:
    """Return which kind of case the number is of; None for what has not the form of one."""
    found = _NUMBER.fullmatch(number)
    return next((kind for kind in CaseKind if found and kind.letter == found[1]), None)


def read_title(raw: str) -> str:
    """Return what a case is called: 1 to 120 letters on one line. Raises InputError("title")."""
    return read_word(raw, MOST_TITLE, "title")


def read_due(raw: date, today: date) -> date:
    """Return the last day of a case: today or later, within three years. Raises InputError("due_on")."""
    if not today <= raw <= today + LONGEST_UNTIL_DUE:
        raise InputError("due_on")
    return raw


def read_kind(raw: str) -> CaseKind:
    """Return the kind that `raw` names. Raises InputError("case_kind")."""
    if raw not in set(CaseKind):
        raise InputError("case_kind")
    return CaseKind(raw)
