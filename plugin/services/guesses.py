"""What slows down guessing, and flooding, at the way in: counted over all processes and restarts.

Counts what was not granted too; what turned out to be no guess is given back.
"""

import hashlib
import ipaddress
from datetime import timedelta

from plugin.core.errors import LimitReached
from plugin.core.ports import Clock
from plugin.services.turns import Turns
from plugin.store import factors as steps
from plugin.store import staff as rows
from plugin.store.engine import Connection, Store
from plugin.store.factors import Step

_WINDOW = timedelta(minutes=15)
_OF_A_LOGIN = Turns("sign_in", 8, _WINDOW)
_OF_AN_ADDRESS = Turns("sign_in", 100, _WINDOW)  # failures only: all of a call centre sign in from one at nine o'clock
_BEGUN = Turns("sign_in", 600, _WINDOW)  # of an address: the same call centre, each person twice
_MOST_BEGUN = 5_000  # at a time, by whomever: each is a row for a few minutes
_FULL_S = 30


class Guesses:
    """The counters of the way in."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def take(self, login: str, address: str) -> None:
        """Use up a try of the login and of the address, before anything is judged. Raises LimitReached."""
        self.take_address(address)
        self._take(_OF_A_LOGIN, _of_login(login))

    def take_address(self, address: str) -> None:
        """Use up one of the address's tries. Raises LimitReached."""
        self._take(_OF_AN_ADDRESS, _of_address(address))

    def begin(self, connection: Connection, token_hash: str, step: Step, address: str) -> LimitReached | None:
        """Keep a step that is half way, unless the address, or all who are not signed in, have too many already.

        Returns None where it is kept, else the refusal; then nothing is stored but that it was tried.
        """
        now = self._clock()
        refused = _BEGUN.refusal(connection, f"begin:{_of_address(address)}", now)
        if refused is not None:
            return refused
        if not step.owner and steps.count_of_nobody(connection, now) >= _MOST_BEGUN:
            return LimitReached("sign_in", retry_after_s=_FULL_S)
        steps.begin_step(connection, token_hash, step, now)
        return None

    def give_back(self, connection: Connection, address: str) -> None:
        """Undo one `take_address` that was no failure, in the transaction that opens a session."""
        rows.give_back_try(connection, _of_address(address))

    def forgive(self, connection: Connection, login: str, address: str) -> None:
        """Begin anew for a login whose password was right, and give the address its try back."""
        rows.forget_tries(connection, _of_login(login))
        self.give_back(connection, address)

    def _take(self, turns: Turns, subject: str) -> None:
        refused = self._store.write_again(lambda connection: turns.refusal(connection, subject, self._clock()))
        if refused is not None:
            raise refused


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
