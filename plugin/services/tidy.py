"""Forgets what nobody needs any more: old runs, counts and sessions, messages long in the CRM, answers long over.

Cuts the database's log of writes, too, in which earlier states stand. In steps that hold nobody up. Never forgets what
still waits, nor the only trace of a message that may have arrived.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from plugin.core.codes import SEND_WINDOW
from plugin.core.ports import Clock
from plugin.core.runs import KEPT, MOST_KEPT
from plugin.services.mandates import end_of_gone
from plugin.store import codes, mandates, outbox, runs, staff
from plugin.store.engine import Connection, Store

_AT_ONCE = 200
_TRIES_TO_CUT = 100
_TRIES_KEPT = timedelta(days=1)  # far longer than any window that counts them
_SESSIONS_KEPT = timedelta(days=90)  # for the question who was signed in when


class Tidy:
    """The forgetting of a site. `outbox_kept`: how long a message is kept once it is over."""

    def __init__(self, store: Store, clock: Clock, outbox_kept: timedelta, pause: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._outbox_kept = outbox_kept
        self._pause = pause

    def run(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Forget all that is old, or until `stop()`; return how many rows went."""
        now = self._clock()
        with self._store.read() as connection:
            jobs = runs.known_jobs(connection)
        steps: list[Callable[[Connection], int]] = [
            lambda connection: outbox.forget(connection, now - self._outbox_kept, _AT_ONCE),
            lambda connection: end_of_gone(connection, now, _AT_ONCE),
            lambda connection: mandates.forget_answers(connection, now, _AT_ONCE),
            lambda connection: codes.forget_sends(connection, now - SEND_WINDOW, _AT_ONCE),
            lambda connection: staff.forget_windows(connection, now - _TRIES_KEPT, _AT_ONCE),
            lambda connection: staff.forget_sessions(connection, now - _SESSIONS_KEPT, _AT_ONCE),
            *(partial(runs.forget, job=job, before=now - KEPT, kept=MOST_KEPT, most=_AT_ONCE) for job in jobs),
        ]
        return sum(self._forget(step, stop) for step in steps)

    def cut_log(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Leave nothing of what was erased or changed in SQLite's log of writes; return 1 if it was cut.

        Tried some times between other people's reads, of which each may put it off; else at the next turn.
        """
        for _ in range(_TRIES_TO_CUT):
            if stop() or not self._store.log_bytes():
                break
            if self._store.cut_log():
                return 1
            self._pause()
        return 0

    def _forget(self, step: Callable[[Connection], int], stop: Callable[[], bool]) -> int:
        gone = 0
        while not stop():
            some = self._store.write_again(step)
            gone += some
            if some < _AT_ONCE:
                break
            self._pause()
        return gone
