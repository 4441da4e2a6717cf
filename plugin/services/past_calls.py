"""Takes past calls from a list into the house: calls that are over, that never pop, and that stand in every history.

All of them or, where a row is bad, none, unless bad rows are to be skipped. The same list again changes nothing, and a
call that a phone system told of under the same id stays as it is. Small steps and pauses keep no ring waiting.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from plugin.core.audit import Act, AuditFact
from plugin.core.past_calls import BadLine, PastList, PastReport, PastRow
from plugin.core.ports import Clock
from plugin.services.calls import Calls
from plugin.store import audit
from plugin.store import calls as rows
from plugin.store.engine import Store

T = TypeVar("T")
_AT_ONCE = 50
_SHOWN = 50


class PastCalls:
    """`pause` is waited between two steps."""

    def __init__(self, store: Store, clock: Clock, calls: Calls, pause: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._calls = calls
        self._pause = pause

    def take(
        self, found: PastList, *, dry: bool, skip_bad: bool, tell: Callable[[str, int], None] = lambda *_: None
    ) -> PastReport:
        """Look through the list, then keep its calls; `tell` hears the step ("read", "kept") and the rows so far.

        Raises InputError where the file cannot be read on, and Unavailable; what was kept until then stays, and the
        same list may be taken again.
        """
        good = bad = 0
        first: list[BadLine] = []
        for place, row in enumerate(found.rows(), start=1):
            if isinstance(row, BadLine):
                bad += 1
                first += [row] if len(first) < _SHOWN else []
            else:
                good += 1
            tell("read", place)
        if dry or (bad and not skip_bad):
            return PastReport(good, 0, bad, tuple(first))
        new = same = 0
        whole = (row for row in found.rows() if isinstance(row, PastRow))
        for step in _steps(whole, _AT_ONCE):
            fresh = self._unknown(step)
            self._calls.take([event for row in fresh for event in row.events], past=True)
            new, same = new + len(fresh), same + len(step) - len(fresh)
            tell("kept", new + same)
            self._pause()
        with self._store.write() as connection:
            audit.append(connection, AuditFact(Act.CALLS_IMPORTED, self._clock(), outcome=f"new {new} same {same}"))
        return PastReport(new, same, bad, tuple(first))

    def _unknown(self, step: list[PastRow]) -> list[PastRow]:
        """Return those of the rows whose call is not known yet, each once."""
        by_native = {row.events[0].source_call_ids[0]: row for row in step}
        with self._store.read() as connection:
            known = rows.known(connection, step[0].events[0].source, by_native)
        return [row for native, row in by_native.items() if native not in known]


def _steps(told: Iterable[T], size: int) -> Iterator[list[T]]:
    running = iter(told)
    while step := list(islice(running, size)):
        yield step
