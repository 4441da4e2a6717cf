"""Asks something of the outside for a person who waits: in a thread of its own, and for so long at the most.

A name that does not resolve, or an answer that comes a letter at a time, keeps no web thread; what comes of it later is
noted later. Takes no more at once than it has threads, and says so at once.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import BoundedSemaphore

from plugin.core.errors import Unavailable


class Outward:
    """`most` things at once; `bound_s`: how long anybody waits for one; `leave` closes what a thread holds open."""

    def __init__(self, leave: Callable[[], None], most: int = 8, bound_s: float = 12.0) -> None:
        self._leave = leave
        self._bound_s = bound_s
        self._free = BoundedSemaphore(most)
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="outward")

    def reserve(self) -> None:
        """Take a place, to be used by `do` or given up by `give_up`. Raises Unavailable("outward_busy")."""
        if not self._free.acquire(blocking=False):
            raise Unavailable("outward_busy", retry_after_s=5)

    def give_up(self) -> None:
        """Give a reserved place up."""
        self._free.release()

    def do(self, work: Callable[[], None]) -> None:
        """Run `work` in the reserved place, and wait for its end as long as the bound allows. `work` raises nothing."""

        def run() -> None:
            try:
                work()
            finally:
                self._free.release()
                self._leave()

        future = self._pool.submit(run)
        with suppress(TimeoutError):
            future.result(self._bound_s)

    def close(self) -> None:
        """Wait for what is under way, and take nothing more."""
        self._pool.shutdown(wait=True)
