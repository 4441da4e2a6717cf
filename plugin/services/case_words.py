"""Until when what is written in a closed case stays, and what is left once it went; for the pages of cases.

Erases nothing: that is plugin/services/letting_go.py. Judges nobody's right to see the case; its own journey has.
"""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from plugin.core.cases import Case
from plugin.core.purposes import Register
from plugin.core.retention import CaseStone
from plugin.core.retention_ends import case_end
from plugin.core.times import local_day
from plugin.store import case_erasure, purposes
from plugin.store.engine import Store


@dataclass(frozen=True, slots=True)
class WordsEnd:
    """What is to be said of a closed case's words: `gone`, or that they go after the day `goes_on` (None: never).

    `is_held`: a hold keeps them beyond that.
    """

    gone: CaseStone | None
    goes_on: date | None
    is_held: bool


class CaseWords:
    """Asks the register and the tombstones. `begun`: the register that the site began with; `zone`: whose days."""

    def __init__(self, store: Store, begun: Register, zone: ZoneInfo) -> None:
        self._store = store
        self._begun = begun
        self._zone = zone

    def of(self, case: Case) -> WordsEnd | None:
        """Return when the words of a closed case go or went; None of an open one: it keeps all of them."""
        if case.closed_at is None:
            return None
        with self._store.read() as connection:
            gone = case_erasure.of_case(connection, case.id)
            held = any(one.is_held for one in case_erasure.of_ids(connection, [case.id]))
            register = purposes.in_force_now(connection, self._begun)
        end = case_end(case.kind, case.closed_at, register)
        return WordsEnd(gone, None if end is None else local_day(end.at, self._zone), held)
