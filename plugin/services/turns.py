"""Turns: what a person, a login or an address may do so many times within a window, counted over all processes.

Takes one and says the refusal; what a turn is for, and who gets it back, is the caller's. Judges nothing else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.core.errors import LimitReached
from plugin.store import staff
from plugin.store.engine import Connection


@dataclass(frozen=True, slots=True)
class Turns:
    """At most `most` of each subject within `window`; `reason` is the refusal's word."""

    reason: str
    most: int
    window: timedelta

    def take(self, connection: Connection, subject: str, now: datetime) -> None:
        """Use up a turn of `subject` in the caller's transaction. Raises LimitReached, and leaves no trace then."""
        refused = self.refusal(connection, subject, now)
        if refused is not None:
            raise refused

    def refusal(self, connection: Connection, subject: str, now: datetime) -> LimitReached | None:
        """Do as `take`, but return the refusal: a turn that was not granted counts too once the caller commits.

        For turns that are given back: raised within the transaction, the refused one would be no part of the count.
        """
        window_us = self.window // timedelta(microseconds=1)
        wait_us = staff.take_try(connection, subject, self.most, window_us, now)
        return None if wait_us is None else LimitReached(self.reason, retry_after_s=wait_us // 1_000_000 + 1)
