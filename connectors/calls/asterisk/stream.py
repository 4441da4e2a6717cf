"""Stays connected to one Asterisk: reconnects with back-off, measures what it knew after each gap, hands events on.

Tells an outage once and its end once, by way of `report`. Nothing that was read is lost while the house cannot take
it, up to a bound; beyond, the exchange is left waiting.
"""

import random
import time
from collections.abc import Callable, Sequence

from connectors.calls.asterisk.client import Account, Patience, Session
from connectors.calls.asterisk.findings import Finding
from connectors.calls.asterisk.tracker import Tracker
from plugin.core.calls import CallEvent
from plugin.core.errors import OutsideError, Unavailable
from plugin.core.ports import Clock, StreamReport

MOST_WAITING = 20_000
MOST_A_BATCH = 500
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_REFUSED_PAUSE_S = 60.0
_SLICE_S = 0.5
_UNAVAILABLE_S = 1.0
_LIST_AGAIN_S = 300.0

Take = Callable[[list[CallEvent]], None]


class AsteriskStream:
    """One Asterisk as a stream of events (CallStream of plugin/core/ports.py).

    `clock` dates events that carry no time, `ticks` counts seconds, `wait` waits so many, `chance` is 0 to 1.
    """

    def __init__(
        self,
        source: str,
        account: Account,
        trunks: Sequence[str],
        clock: Clock,
        report: Callable[[StreamReport], None],
        *,
        patience: Patience | None = None,
        ticks: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._source = source
        self._account = account
        self._patience = patience or Patience()
        self._ticks = ticks
        self._wait = wait
        self._chance = chance
        self._report = report
        self._tracker = Tracker(source, trunks, clock)
        self._waiting: list[CallEvent] = []
        self._try_again_at = 0.0
        self._told: bool | None = None  # whether the last report was of a connection
        self._found: set[Finding] = set()
        self._judged: frozenset[Finding] | None = None  # as it was last reported

    def run(self, take: Take, stop: Callable[[], bool]) -> None:
        """Stay connected until `stop()`; hand on events in batches, each again until it is taken."""
        failures = 0
        while not stop():
            try:
                session = Session(self._account, self._patience, self._ticks)
            except OutsideError as error:
                failures += 1
                self._tell(up=False, reason=error.reason)
                self._pause(_REFUSED_PAUSE_S if error.permanent else self._back_off(failures), take, stop)
                continue
            failures = 0
            self._tell(up=True)
            try:
                self._listen(session, take, stop)
            except OutsideError as error:
                failures = 1
                self._tell(up=False, reason=error.reason)
                self._pause(self._back_off(failures), take, stop)
            finally:
                session.close()
        self._try_again_at = self._ticks()  # the last word: who takes them knows that nothing comes after it
        self._hand_on(take)

    def _listen(self, session: Session, take: Take, stop: Callable[[], bool]) -> None:
        lists, listed_at = "", 0.0
        while not stop():
            if not lists or self._ticks() - listed_at > _LIST_AGAIN_S:  # again: an event may have been lost
                lists, listed_at = self._ask_for_lists(session), self._ticks()
            for message in session.hear():
                self._waiting += self._tracker.take(message)
                if message.get("ActionID") == lists and message.get("Response") == "Error":
                    self._find(Finding.NO_LISTS)
            self._look_at_settings()
            self._hand_on(take)
            while len(self._waiting) > MOST_WAITING and not stop():
                self._wait(_SLICE_S)
                self._hand_on(take)

    def _ask_for_lists(self, session: Session) -> str:
        lists = session.say("CoreShowChannels")
        session.say("QueueStatus")
        session.say("Ping")  # its answer comes after every event that was waiting when the lists were made
        return lists

    def _hand_on(self, take: Take) -> None:
        while self._waiting and self._ticks() >= self._try_again_at:
            batch = self._waiting[:MOST_A_BATCH]
            try:
                take(batch)
            except Unavailable as error:
                self._try_again_at = self._ticks() + float(error.facts.get("retry_after_s", _UNAVAILABLE_S))
                return
            del self._waiting[: len(batch)]

    def _look_at_settings(self) -> None:
        if self._tracker.presentation_arrives is False:
            self._find(Finding.NO_PRESENTATION)
        if self._tracker.times_arrive is False:
            self._find(Finding.NO_TIMES)
        lacks = self._tracker.lacks
        for lack in sorted(lacks or ()):
            self._find(lack)
        if lacks is not None and lacks != self._judged:
            self._judged = lacks
            self._report(StreamReport(self._source, "judged", ",".join(sorted(lacks))))

    def _find(self, finding: Finding) -> None:
        if finding not in self._found:
            self._found.add(finding)
            self._report(StreamReport(self._source, "finding", finding))

    def _tell(self, *, up: bool, reason: str = "") -> None:
        if self._told != up:
            self._told = up
            self._found.clear()
            self._report(StreamReport(self._source, "connected" if up else "lost", reason))

    def _back_off(self, failures: int) -> float:
        longest: float = min(_FIRST_PAUSE_S * 2 ** min(failures - 1, 10), _LONGEST_PAUSE_S)
        return longest * (0.5 + self._chance() / 2)

    def _pause(self, pause_s: float, take: Take, stop: Callable[[], bool]) -> None:
        until = self._ticks() + pause_s
        while not stop() and (left := until - self._ticks()) > 0:
            self._hand_on(take)
            self._wait(min(left, _SLICE_S))
