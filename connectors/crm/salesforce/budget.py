"""How much of the org's daily calls is spent, read from every reply; background work stops at the site's share.

Counts nothing itself: other programs spend from the same purse, and only the org knows.
"""

import re
import threading
from collections.abc import Mapping

from connectors.crm.tempo import Tempo
from plugin.core import ports
from plugin.core.errors import OutsideError

_USAGE = re.compile(r"(?:^|[;,\s])api-usage=(\d{1,12})/(\d{1,12})")
_PROBE_S = 900.0


class Budget:
    """The org's allowance as last told, and how long nothing may be asked at all."""

    def __init__(self, percent: int, tempo: Tempo) -> None:
        self._percent = percent
        self._tempo = tempo
        self._lock = threading.Lock()
        self._used = 0
        self._most = 0
        self._told_at_s = -_PROBE_S
        self._told_at = tempo.now()
        self._shut_until_s = 0.0
        self._shut_by: OutsideError | None = None

    @property
    def told(self) -> ports.Budget | None:
        """What the org last said of its 24 hours; None before its first reply."""
        with self._lock:
            return ports.Budget(self._used, self._most, self._told_at) if self._most else None

    def read(self, headers: Mapping[str, str]) -> None:
        """Take over what a reply says in its Sforce-Limit-Info."""
        found = _USAGE.search(headers.get("Sforce-Limit-Info", ""))
        if found:
            with self._lock:
                self._used, self._most = int(found[1]), int(found[2])
                self._told_at_s, self._told_at = self._tempo.passed_s(), self._tempo.now()

    def shut(self, error: OutsideError) -> None:
        """Ask nothing more for the `retry_after_s` of `error`, which says that the org's own limit is reached."""
        with self._lock:
            self._shut_until_s = self._tempo.passed_s() + float(error.facts["retry_after_s"])
            self._shut_by = error

    def spend(self, *, background: bool) -> None:
        """Agree to one more call.

        Raises OutsideError, with `retry_after_s`: the error that shut it; or, for `background` work, "api_budget" once
        the share is used up. The share is of a rolling day, so one call in a quarter of an hour asks how it stands.
        """
        with self._lock:
            now_s = self._tempo.passed_s()
            if self._shut_by is not None and now_s < self._shut_until_s:
                raise OutsideError(
                    self._shut_by.reason,
                    **(self._shut_by.facts | {"retry_after_s": _whole(self._shut_until_s - now_s)}),
                )
            if not background or self._used * 100 < self._most * self._percent or not self._most:
                return
            known_for_s = now_s - self._told_at_s
            if known_for_s < _PROBE_S:
                raise OutsideError("api_budget", retry_after_s=_whole(_PROBE_S - known_for_s))
            self._told_at_s = now_s  # this call asks; the others wait for its answer


def _whole(seconds: float) -> int:
    return max(1, int(seconds + 0.999))
