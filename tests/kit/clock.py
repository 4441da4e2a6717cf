"""A clock that tests set by hand."""

from datetime import UTC, datetime, timedelta


class HandClock:
    """Stands at 2026-11-23 08:00 in Tokyo until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> datetime:
        """Go forward by timedelta(**by) and return the new instant."""
        self.at += timedelta(**by)
        return self.at
