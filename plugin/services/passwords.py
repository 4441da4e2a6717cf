"""Hashing and checking passwords, a few at a time: each takes 64 MiB, and a flood must not take the machine.

Refuses to keep one that is short, common, made of the site's own words, or known to be breached.
"""

import secrets
import threading
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from plugin.core.errors import InputError
from plugin.core.passwords import MOST_LETTERS, check_password
from plugin.store.breached import BreachedList

_AT_ONCE = 4


class Passwords:
    """argon2id at the library's parameters (RFC 9106, the second recommended set) unless others are given.

    `words`: what no password here may be made of; `breached`: those that others lost.
    """

    def __init__(
        self,
        hasher: PasswordHasher | None = None,
        words: frozenset[str] = frozenset(),
        breached: BreachedList | None = None,
    ) -> None:
        self._hasher = hasher or PasswordHasher()
        self._words = words
        self._breached = breached
        self._turn = threading.BoundedSemaphore(_AT_ONCE)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(16))

    def check(self, password: str, login: str) -> None:
        """Raise InputError with why it is not taken for `login`, SettingError where the breached cannot be read."""
        check_password(password, login, self._words)
        if self._breached is not None and self._breached.holds(password):
            raise InputError("password_breached")

    def hash(self, password: str) -> str:
        """Return what is kept of the password."""
        with self._turn:
            return self._hasher.hash(password)

    def fits(self, stored: str | None, password: str) -> bool:
        """Tell whether `stored` was made of `password`; without one it takes as long, and is False."""
        with self._turn:
            try:
                self._hasher.verify(stored or self._nobodys, password[: MOST_LETTERS + 1])
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    def renewed(self, stored: str, password: str) -> str | None:
        """Return a new hash where `stored` was made with weaker parameters than today's, else None."""
        return self.hash(password) if self._hasher.check_needs_rehash(stored) else None
