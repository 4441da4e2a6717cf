"""Who does the scheduled work: one process at a time, on one host or on several.

A lease in the database decides (docs/decisions/0140). Believes no clock that somebody can set: neither the hosts' nor
the database's. On one host a lock on a file tells at once that the leader is dead, instead of after the lease's length.
"""

import fcntl
import os
import re
import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from plugin.core.jobs import Leader
from plugin.core.ports import Clock
from plugin.store import leases
from plugin.store.engine import Connection, Store
from plugin.store.leases import Beat

LASTS = timedelta(seconds=3)
_NAME = "worker"


def awake_s() -> float:
    """Return seconds since some fixed instant that nobody can set and that count while the host sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Leadership:
    """The right to do the scheduled work, as one process sees it.

    `signs` is a folder in which the processes of this one host show that they live; None where there may be several
    hosts. Used by one thread, but for `held`.
    """

    def __init__(self, store: Store, clock: Clock, signs: Path | None, tick_s: Callable[[], float] = awake_s) -> None:
        self._store = store
        self._clock = clock
        self._signs = signs
        self._tick_s = tick_s
        self._sign: int | None = None
        self._sure_until_s = 0.0
        self._watched: tuple[Beat, float] | None = None
        self.lease = (_NAME, secrets.token_hex(16))

    def take(self) -> bool:
        """Try to get it: from nobody, from a dead process, or from one that has not renewed for the lease's length."""
        self._show_sign()
        with self._store.read() as connection:
            beat = leases.seen(connection, _NAME)
        now_s = self._tick_s()  # after reading: what was read is no younger than this
        if beat is not None and beat.holder == self.lease[1]:
            return self.keep()
        dead = beat is not None and self._is_dead(beat.holder)
        if beat is not None and not dead and not self._stands_still(beat, now_s):
            return False
        asked_s = self._tick_s()
        place = f"{socket.gethostname()}:{os.getpid()}"
        if not self._store.write_again(
            lambda connection: leases.take(connection, *self.lease, place, beat, self._clock(), LASTS)
        ):
            return False
        self._sure_until_s = asked_s + LASTS.total_seconds()
        if beat is not None and dead:
            self._forget_sign(beat.holder)
        return True

    def keep(self) -> bool:
        """Renew it; False where another has it."""
        asked_s = self._tick_s()  # before asking: whoever watches us counts from no earlier
        kept = self._store.write_again(lambda connection: leases.renew(connection, *self.lease, self._clock(), LASTS))
        self._sure_until_s = asked_s + LASTS.total_seconds() if kept else 0.0
        return kept

    def held(self) -> bool:
        """Tell whether it is ours at this very moment, for certain; also after this process was stopped for a while."""
        return self._tick_s() < self._sure_until_s

    def is_ours(self, connection: Connection) -> bool:
        """Tell the same inside a writing transaction, and hold it so until that has ended."""
        return leases.is_held_by(connection, *self.lease)

    def give_back(self) -> None:
        """Let another have it at once."""
        self._sure_until_s = 0.0
        self._store.write_again(lambda connection: leases.give_back(connection, *self.lease))

    def close(self) -> None:
        """Take the sign of life away; nothing is taken after this."""
        if self._sign is not None:
            self._forget_sign(self.lease[1])
            os.close(self._sign)
            self._sign = None

    def _stands_still(self, beat: Beat, now_s: float) -> bool:
        if self._watched is None or self._watched[0] != beat:
            self._watched = (beat, now_s)
        return now_s - self._watched[1] >= LASTS.total_seconds()

    def _show_sign(self) -> None:
        if self._signs is None or self._sign is not None:
            return
        self._signs.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sign = os.open(self._signs / self.lease[1], os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._sign, fcntl.LOCK_EX)

    def _is_dead(self, holder: str) -> bool:
        if self._signs is None or not re.fullmatch("[0-9a-f]{32}", holder):
            return False
        try:
            file = os.open(self._signs / holder, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False  # not of this folder: the lease's length tells
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(file)
        return True

    def _forget_sign(self, holder: str) -> None:
        if self._signs is not None and re.fullmatch("[0-9a-f]{32}", holder):
            with suppress(FileNotFoundError):
                (self._signs / holder).unlink()


def leader(store: Store) -> Leader | None:
    """Return who leads, or led last, to be shown."""
    with store.read() as connection:
        return leases.leader(connection, _NAME, LASTS)
