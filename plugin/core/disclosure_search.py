"""Which call an applicant means: what he remembers, held against each call, and told why it fits.

People mistake the day, the hour and the name; so nothing that he says rules a call out, and each thing that fits
counts. What was written of a call is compared here and never shown by this room: only which words were found.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from plugin.core.ids import CallId, CustomerId
from plugin.core.times import local_day

DAYS_AROUND = 7
MINUTES_AROUND = 60
_APART = re.compile(r"[\s、。,.，．・「」『』()（）!?！？]+")
_LEAST_TERM = 2
_LONG_TERM = 6
_ENOUGH = 0.6  # of a long term's pairs of letters
_MOST_TERMS = 20


class Fit(StrEnum):
    """What fits. The order is that in which it is told."""

    NUMBER = "number"
    CUSTOMER = "customer"
    DAY = "day"
    WINDOW = "window"
    NEAR_WINDOW = "near_window"
    NEAR_DAY = "near_day"
    OPERATOR = "operator"
    WORDS = "words"


_WEIGHT = {
    Fit.NUMBER: 8,
    Fit.CUSTOMER: 8,
    Fit.DAY: 4,
    Fit.WINDOW: 4,
    Fit.NEAR_WINDOW: 2,
    Fit.NEAR_DAY: 1,
    Fit.OPERATOR: 4,
    Fit.WORDS: 5,
}


@dataclass(frozen=True, slots=True)
class Sought:
    """What the applicant knows. `window`: minutes of the day in the site's zone; `words`: the gist, in any words."""

    on: date
    window: tuple[int | None, int | None]
    operator: str
    number: str | None
    words: str
    customer_id: CustomerId | None = None

    def __repr__(self) -> str:
        return "Sought()"


@dataclass(frozen=True, slots=True)
class Heard:
    """A call as the search reads it: `text` is what was written of it, and the topic."""

    call_id: CallId
    started_at: datetime
    ended_at: datetime | None
    operators: tuple[str, ...]
    e164: str | None
    customer_id: CustomerId | None
    topic: str
    text: str
    recordings: int

    def __repr__(self) -> str:
        return f"Heard({self.call_id!r})"


@dataclass(frozen=True, slots=True)
class Found:
    """A call with what fits of it. `words`: those of the applicant's that stand in what was written."""

    call: Heard
    fits: tuple[Fit, ...]
    words: tuple[str, ...]
    weight: float


def days_sought(sought: Sought) -> tuple[date, date]:
    """Return the first and the last day that is looked at: a week around the one that he says."""
    return sought.on - timedelta(days=DAYS_AROUND), sought.on + timedelta(days=DAYS_AROUND)


def ranked(calls: list[Heard], sought: Sought, zone: ZoneInfo, most: int) -> tuple[Found, ...]:
    """Return the calls of which anything but the day's nearness fits, the best first, then the nearest in time."""
    terms = terms_of(sought.words)
    judged = (judge(call, sought, terms, zone) for call in calls)
    found = [one for one in judged if set(one.fits) - {Fit.NEAR_DAY}]
    noon = datetime.combine(sought.on, datetime.min.time(), zone) + timedelta(minutes=_middle(sought))
    found.sort(key=lambda one: (-one.weight, abs((one.call.started_at - noon).total_seconds())))
    return tuple(found[:most])


def _middle(sought: Sought) -> float:
    start, stop = sought.window
    return 720 if start is None or stop is None else (start + stop) / 2


def judge(call: Heard, sought: Sought, terms: tuple[str, ...], zone: ZoneInfo) -> Found:
    """Hold what is sought against one call."""
    fits = []
    if sought.number is not None and call.e164 == sought.number:
        fits.append(Fit.NUMBER)
    if sought.customer_id is not None and call.customer_id == sought.customer_id:
        fits.append(Fit.CUSTOMER)
    fits += _in_time(call, sought, zone)
    if sought.operator and any(_is_named(sought.operator, name) for name in call.operators):
        fits.append(Fit.OPERATOR)
    text = _plain(call.text)
    words = tuple(term for term in terms if _stands(term, text))
    weight = float(sum(_WEIGHT[fit] for fit in fits))
    if words:
        fits.append(Fit.WORDS)
        weight += _WEIGHT[Fit.WORDS] * (0.5 + 0.5 * len(words) / len(terms))
    return Found(call, tuple(fits), words, weight)


def _in_time(call: Heard, sought: Sought, zone: ZoneInfo) -> list[Fit]:
    day = local_day(call.started_at, zone)
    if day != sought.on:
        return [Fit.NEAR_DAY] if abs((day - sought.on).days) <= DAYS_AROUND else []
    start, stop = sought.window
    if start is None or stop is None:
        return [Fit.DAY]
    first = _minute(call.started_at, zone)
    ended = call.ended_at or call.started_at
    last = _minute(ended, zone) if local_day(ended, zone) == day else 24 * 60
    if first <= stop and last >= start:
        return [Fit.DAY, Fit.WINDOW]
    if first <= stop + MINUTES_AROUND and last >= start - MINUTES_AROUND:
        return [Fit.DAY, Fit.NEAR_WINDOW]
    return [Fit.DAY]


def _minute(at: datetime, zone: ZoneInfo) -> int:
    local = at.astimezone(zone)
    return local.hour * 60 + local.minute


def terms_of(words: str) -> tuple[str, ...]:
    """Return the terms of a gist, in one width and case: parts of two letters and more, 20 at the most."""
    parts = (_plain(part) for part in _APART.split(unicodedata.normalize("NFKC", words)))
    return tuple(dict.fromkeys(part for part in parts if len(part) >= _LEAST_TERM))[:_MOST_TERMS]


def _stands(term: str, text: str) -> bool:
    """Tell whether a term stands in a text; of a long one, which is half a sentence, most of its pairs of letters."""
    if term in text:
        return True
    if len(term) <= _LONG_TERM or not text:
        return False
    pairs = {term[at : at + 2] for at in range(len(term) - 1)}
    return sum(pair in text for pair in pairs) >= _ENOUGH * len(pairs)


def _is_named(said: str, name: str) -> bool:
    """Tell whether an applicant who names somebody so may mean this person: a family name stands first, or last."""
    plain, known = (_APART.sub("", _plain(each)) for each in (said, name))
    plain = plain.removesuffix("さん").removesuffix("様").removesuffix("氏")
    return len(plain) >= 1 and plain in known


def _plain(text: str) -> str:
    """Return a text in one width and case, its katakana as hiragana: he writes as he heard it."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(chr(ord(each) - 0x60) if "ァ" <= each <= "ヶ" else each for each in folded)
