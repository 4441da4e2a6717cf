"""After-call work that is done leaves the desk: so long after its note was saved, unless its writer goes on writing.

A call without a saved note stays until he closes it; so does one with a draft. What left stands among his latest calls.
"""

from collections.abc import Callable
from datetime import timedelta

from plugin.core.ids import CallId, UserId
from plugin.core.ports import Clock, Publisher
from plugin.services.telling import tell
from plugin.store import pops
from plugin.store.engine import Connection, Store

_AT_ONCE = 100


class WrapUp:
    """`lasts`: so long after the note was saved, or the call ended; zero: never."""

    def __init__(self, store: Store, clock: Clock, bus: Publisher, lasts: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._bus = bus
        self._lasts = lasts

    def run(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Take what is done off the desks, until nothing is left or `stop()`; return how many calls went."""
        done = 0
        while self._lasts and not stop():
            gone = self._store.write_again(self._close_some)
            tell(self._bus, {user_id for _, user_id in gone})
            done += len(gone)
            if len(gone) < _AT_ONCE:
                break
        return done

    def _close_some(self, connection: Connection) -> list[tuple[CallId, UserId]]:
        now = self._clock()
        found = pops.wrapped_up(connection, now - self._lasts, _AT_ONCE)
        return [one for one in found if pops.close(connection, *one, now)]
