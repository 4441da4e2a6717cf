"""Past calls find the customer who appeared later: in the background, a bounded piece at a time.

A call that nobody was given stands with a person once its number is his alone, from before it was; the pages say that
the number alone says so. It is undone when he is gone, his number another, or somebody else has it too. Gives no call
to anybody: that is a person's word (customers.py).
"""

from collections.abc import Callable
from datetime import datetime

from plugin.core.customers import CustomerKind, NumberKind
from plugin.core.ids import CustomerId, made_at
from plugin.core.sharing import SharingKind
from plugin.store import adoptions, customers, sharings
from plugin.store.engine import Connection, Store

_MOST_TURNS = 500  # of one run; the next goes on
_MOST_HOLDERS = 20
_HIS = frozenset(NumberKind) - {NumberKind.FAX, NumberKind.MENTIONED, NumberKind.MAIN}


class Adoption:
    """Looks after calls whose number changed hands: `at_once` calls in one transaction, then `pause()`, which gives
    others their turn at the database.
    """

    def __init__(self, store: Store, pause: Callable[[], None], at_once: int = 200) -> None:
        self._store = store
        self._pause = pause
        self._at_once = at_once

    def run(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Look at numbers that were asked for until none waits, or `stop()`; return how many calls changed."""
        changed = 0
        for _ in range(_MOST_TURNS):
            if stop():
                break
            turn = self._store.write_again(self._turn)
            if turn is None:
                break
            changed += turn
            self._pause()
        return changed

    def _turn(self, connection: Connection) -> int | None:
        asked = adoptions.next_asked(connection)
        if asked is None:
            return None
        holder = _alone(connection, asked.e164)
        changed = adoptions.take_from_others(connection, asked.e164, holder and holder[0], self._at_once)
        if changed == self._at_once:
            return changed
        more = False
        if holder is not None:
            adopted, more = adoptions.adopt(connection, asked, *holder, self._at_once)
            changed += adopted
        if not more:
            adoptions.done(connection, asked)
        return changed


def _alone(connection: Connection, e164: str) -> tuple[CustomerId, datetime] | None:
    """Return the one person whose number it is, and since when; None where it is nobody's, or several people's."""
    held = [one for one in customers.holders(connection, e164, _MOST_HOLDERS) if one.kind is not NumberKind.MENTIONED]
    persons = {one.customer.id for one in held}
    sharing = sharings.of_number(connection, e164)
    if len(persons) != 1 or (sharing is not None and sharing.kind is not SharingKind.PERSONAL):
        return None
    fit = [one for one in held if one.kind in _HIS and one.extension is None]
    if not fit or fit[0].customer.kind is not CustomerKind.PERSON:
        return None
    customer_id = fit[0].customer.id
    since = [one.changed_at for one in customers.numbers_of(connection, customer_id) if one.e164 == e164]
    return customer_id, max(made_at(customer_id), min(since))
