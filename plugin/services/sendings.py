"""How much is asked of the outside: for one customer, to one number, by one person, in 24 hours. Sends nothing.

Whoever could make us ring and text without end would run up the bill, and wear a customer down. A sending counts before
it is made; only one that certainly was none is given back.
"""

from datetime import datetime

from plugin.core.codes import SEND_WINDOW
from plugin.core.errors import LimitReached
from plugin.store import codes
from plugin.store.engine import Connection

_BY_ONE = 10  # so many times what one customer may get, one person may send in all


class Sendings:
    """The counters of one kind (`code`, `call_back`). `most`: for one customer, and to one number."""

    def __init__(self, kind: str, most: int) -> None:
        self._kind = kind
        self._most = most

    def take(
        self, connection: Connection, customer_id: str, number_mark: str, user_id: str, now: datetime
    ) -> LimitReached | None:
        """Count one more, or return the refusal, and then nothing is counted."""
        limits = {
            f"{self._kind}:c:{customer_id}": self._most,
            f"{self._kind}:n:{number_mark[:60]}": self._most,
            f"{self._kind}:u:{user_id}": self._most * _BY_ONE,
        }
        taken: list[str] = []
        for about, most in limits.items():
            if not codes.take_send(connection, about, most, now, now - SEND_WINDOW):
                for one in taken:
                    codes.give_back_send(connection, one)
                return LimitReached(f"{self._kind}_limit", retry_after_s=int(SEND_WINDOW.total_seconds()))
            taken.append(about)
        return None

    def give_back(self, connection: Connection, customer_id: str, number_mark: str) -> None:
        """It certainly was none: it no longer counts for customer and number; for the person it goes on counting."""
        codes.give_back_send(connection, f"{self._kind}:c:{customer_id}")
        codes.give_back_send(connection, f"{self._kind}:n:{number_mark[:60]}")
