"""Instants, days and their texts. Inside the house an instant is an aware UTC datetime; at rest it is whole µs."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from plugin.core.errors import InputError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(at: datetime) -> int:
    """Return `at` (aware) as whole microseconds since 1970-01-01 UTC."""
    return (at - _EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """Return the aware UTC datetime of `us` microseconds since 1970-01-01 UTC."""
    return _EPOCH + us * _MICROSECOND


def maybe_us(at: datetime | None) -> int | None:
    """Return `to_us(at)`, or None where there is no instant."""
    return None if at is None else to_us(at)


def maybe_at(us: int | None) -> datetime | None:
    """Return `from_us(us)`, or None where nothing is stored."""
    return None if us is None else from_us(us)


def talked_s(answered_at: datetime | None, ended_at: datetime | None) -> int | None:
    """Return the whole seconds from answer to end; None where nobody talked, or they still do."""
    if answered_at is None or ended_at is None:
        return None
    return max(0, int((ended_at - answered_at).total_seconds()))


def read_instant(text: str, zone: ZoneInfo | None = None) -> datetime:
    """Return the UTC instant of an RFC 3339 `text`; `zone` stands in where a source sends no offset.

    Raises InputError("time") where the text is no instant, lies outside 1970-2199, or has no offset and no zone is
    given.
    """
    try:
        read = datetime.fromisoformat(text)
        if read.tzinfo is None:
            if zone is None:
                raise InputError("time")
            read = read.replace(tzinfo=zone)
        at = read.astimezone(UTC)
    except (ValueError, OverflowError, TypeError) as error:
        raise InputError("time") from error
    if not 1970 <= at.year < 2200:
        raise InputError("time")
    return at


def write_instant(at: datetime) -> str:
    """Return `at` as RFC 3339 in UTC with microseconds, the one form we write."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day of the instant `at` as people in `zone` name it."""
    return at.astimezone(zone).date()
