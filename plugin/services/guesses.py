"""What slows down guessing at the way in: tries of a login and of an address, counted over all processes and restarts.

Counts what was not granted too; what turned out to be no guess is given back.
"""

import hashlib
import ipaddress
from datetime import timedelta

from plugin.core.errors import LimitReached
from plugin.core.ports import Clock
from plugin.store import staff as rows
from plugin.store.engine import Connection, Store

_WINDOW = timedelta(minutes=15)
_TRIES_A_LOGIN = 8
_TRIES_AN_ADDRESS = 100  # failures only: a call centre signs in from one address at nine o'clock


class Guesses:
    """The counters of the way in."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def take(self, login: str, address: str) -> None:
        """Use up a try of the login and of the address, before anything is judged. Raises LimitReached."""
        self.take_address(address)
        self._take(_of_login(login), _TRIES_A_LOGIN)

    def take_address(self, address: str) -> None:
        """Use up one of the address's tries. Raises LimitReached."""
        self._take(_of_address(address), _TRIES_AN_ADDRESS)

    def give_back(self, connection: Connection, address: str) -> None:
        """Undo one `take_address` that was no failure, in the transaction that opens a session."""
        rows.give_back_try(connection, _of_address(address))

    def forgive(self, connection: Connection, login: str, address: str) -> None:
        """Begin anew for a login whose password was right, and give the address its try back."""
        rows.forget_tries(connection, _of_login(login))
        self.give_back(connection, address)

    def _take(self, subject: str, most: int) -> None:
        window_us = _WINDOW // timedelta(microseconds=1)
        wait_us = self._store.write_again(
            lambda connection: rows.take_try(connection, subject, most, window_us, self._clock())
        )
        if wait_us is not None:
            raise LimitReached("sign_in", retry_after_s=wait_us // 1_000_000 + 1)


def _of_login(login: str) -> str:
    return "login:" + hashlib.sha256(login.encode()).hexdigest()


def _of_address(address: str) -> str:
    # One subscriber holds a whole /64 of IPv6: he is counted as one.
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return "address:unknown"
    if read.version == 6:
        return f"address:{ipaddress.ip_network((read, 64), strict=False)}"
    return f"address:{read}"
