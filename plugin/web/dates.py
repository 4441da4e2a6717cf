"""Instants, days and lengths as people write them: 11/22(日) 14:05 and 3分12秒, Sun 22 Nov 14:05 and 3 min 12 s."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

_JA_DAYS = "月火水木金土日"
_EN_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_EN_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def write_day(day: date, lang: str, today: date) -> str:
    """Return the day with its weekday, and with its year where that is not the year of `today`."""
    if lang == "en":
        year = "" if day.year == today.year else f" {day.year}"
        return f"{_EN_DAYS[day.weekday()]} {day.day} {_EN_MONTHS[day.month - 1]}{year}"
    year = "" if day.year == today.year else f"{day.year}/"
    return f"{year}{day.month}/{day.day}({_JA_DAYS[day.weekday()]})"


def write_time(at: datetime, zone: ZoneInfo) -> str:
    """Return hours and minutes of the instant in `zone`."""
    return at.astimezone(zone).strftime("%H:%M")


def write_when(at: datetime, lang: str, zone: ZoneInfo, now: datetime) -> str:
    """Return day and time of the instant `at` in `zone`."""
    return f"{write_day(at.astimezone(zone).date(), lang, now.astimezone(zone).date())} {write_time(at, zone)}"


def write_length(seconds: float, lang: str) -> str:
    """Return a length of time in hours, minutes and seconds; a part that is nought is left out, 0 s is 0 s."""
    whole = max(0, int(seconds))
    parts = ((whole // 3600, "時間", "h"), (whole // 60 % 60, "分", "min"), (whole % 60, "秒", "s"))
    said = [part for part in parts if part[0]] or [parts[2]]
    if lang == "en":
        return " ".join(f"{count} {unit}" for count, _, unit in said)
    return "".join(f"{count}{unit}" for count, unit, _ in said)
