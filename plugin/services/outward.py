"""Asks something of the outside for a person who waits: in a thread of its own, and for so long at the most.

A name that does not resolve, or an answer that comes a letter at a time, keeps no web thread; what comes of it later is
noted later. Takes no more at once than it has threads, and says so at once.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from enum import StrEnum
from threading import BoundedSemaphore
from typing import TypeVar

from plugin.core.errors import InputError, OutsideError, Unavailable

T = TypeVar("T")


class Came(StrEnum):
    """What came of asking the outside once."""

    DONE = "done"
    REFUSED = "refused"  # certainly nothing happened
    DOUBTFUL = "doubtful"  # it may have


def attempt(act: Callable[[], object]) -> tuple[Came, str | None]:
    """Ask once; return what came of it, and the word for why it was not done. Raises nothing."""
    try:
        act()
    except (InputError, OutsideError) as error:
        return Came.DOUBTFUL if error.facts.get("perhaps") else Came.REFUSED, error.reason[:32]
    except Exception:  # noqa: BLE001  a connector of somebody else's that breaks its promise: it may have happened
        return Came.DOUBTFUL, "defect"
    return Came.DONE, None


class Outward:
    """`most` things at once; `bound_s`: how long anybody waits for one; `leave` closes what a thread holds open."""

    def __init__(self, leave: Callable[[], None], most: int = 8, bound_s: float = 12.0) -> None:
        self._leave = leave
        self._bound_s = bound_s
        self._free = BoundedSemaphore(most)
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="outward")

    def through(self, write_down: Callable[[], tuple[T, Callable[[], None] | None]]) -> T:
        """Run `write_down`, then what it returns beside its result, and wait for that as long as the bound allows.

        A place is taken before anything is written down: what is promised can be begun. None: nothing is to be asked of
        the outside. What is run raises nothing. Raises Unavailable("outward_busy"), and whatever `write_down` raises.
        """
        if not self._free.acquire(blocking=False):
            raise Unavailable("outward_busy", retry_after_s=5)
        try:
            made, work = write_down()
        except BaseException:
            self._free.release()
            raise
        if work is None:
            self._free.release()
        else:
            self._do(work)
        return made

    def _do(self, work: Callable[[], None]) -> None:
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
