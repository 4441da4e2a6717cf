"""How many typed numbers a second are read, beside phonenumbers on the same texts in the same run."""

import random
import statistics
import time
from collections.abc import Callable, Sequence

import phonenumbers

from plugin.core.numbers import External, read_number
from tests.bench import Row
from tests.bench.japan import people, typed

_RUNS = 5


def rows(sizes: Sequence[int]) -> list[Row]:
    """Measure with so many numbers: as people type them, and in the commonest shape alone."""
    found: list[Row] = []
    for size in sizes:
        chance = random.Random(2)
        nationals = [someone.national for someone in people(size)]
        found.append(_row("as typed", [typed(national, chance) for national in nationals]))
        found.append(_row("E.164", [f"+81{national}" for national in nationals]))
    return found


def _row(what: str, texts: Sequence[str]) -> Row:
    ours_s, library_s = [], []
    for _ in range(_RUNS):  # taken in turns, so that a busy moment of the machine falls on both
        ours_s.append(_cpu_s(_ours, texts))
        library_s.append(_cpu_s(_library, texts))
    ours = statistics.median(ours_s) / len(texts)
    library = statistics.median(library_s) / len(texts)
    return {
        "texts": what,
        "numbers": len(texts),
        "read_per_s": round(1 / ours),
        "phonenumbers_per_s": round(1 / library),
        "ratio": round(library / ours, 2),
        "read": sum(isinstance(read_number(text, "JP"), External) for text in texts),
        "disagreements": sum(_ours(text) != _library(text) for text in texts if "内線" not in text),
    }


def _cpu_s(read: Callable[[str], object], texts: Sequence[str]) -> float:
    start = time.process_time()
    for text in texts:
        read(text)
    return time.process_time() - start


def _ours(text: str) -> tuple[str, bool] | None:
    reading = read_number(text, "JP")
    return (reading.e164, reading.valid) if isinstance(reading, External) else None


def _library(text: str) -> tuple[str, bool] | None:
    try:
        number = phonenumbers.parse(text, "JP")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return e164, phonenumbers.is_valid_number(number)
