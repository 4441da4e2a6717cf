"""Who calls, as far as he lets himself be known: the number he shows, or why he shows none.

A trusted trunk hands over the number of a caller who withheld it; only the presentation tells
(docs/connectors.md). Where it does not arrive, nobody can tell, and no number is believed.
"""

import re
from dataclasses import dataclass

from connectors.calls.asterisk.wire import clip
from plugin.core.numbers import WithheldReason

PRESENTATION = "CALLERID(num-pres)"
UNKNOWN = "<unknown>"
_MOST_CHARACTERS = 64
_HAS_NUMBER = re.compile(r"\d{3}")
_WORDS = {  # the four reasons of the Japanese networks, as names
    "anonymous": WithheldReason.REFUSED,
    "private": WithheldReason.REFUSED,
    "restricted": WithheldReason.REFUSED,
    "withheld": WithheldReason.REFUSED,
    "coin line/payphone": WithheldReason.PAYPHONE,
    "payphone": WithheldReason.PAYPHONE,
    "interaction with other service": WithheldReason.SERVICE_CONFLICT,
    "unavailable": WithheldReason.UNAVAILABLE,
}
_LETTERS = {  # … and as the letters that Japanese devices send for them
    "p": WithheldReason.REFUSED,
    "c": WithheldReason.PAYPHONE,
    "s": WithheldReason.SERVICE_CONFLICT,
    "o": WithheldReason.UNAVAILABLE,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """A number as received, or the reason why there is none; never both."""

    number: str | None
    withheld: WithheldReason | None

    def __repr__(self) -> str:
        return f"Caller(withheld={self.withheld!r})"


def read_presentation(variables: list[str]) -> str | None:
    """Return the presentation among the `NAME=value` texts of ChanVariable, None where it did not arrive."""
    for text in variables:
        name, equals, value = text.partition("=")
        if equals and name == PRESENTATION and value:
            return value
    return None


def is_hidden(presentation: str | None) -> bool:
    """Tell whether a presentation forbids showing the number. None is not yet an answer: see read_caller."""
    return presentation is not None and not presentation.startswith("allowed")


def read_caller(number: str, name: str, presentation: str | None) -> Caller:
    """Return who calls, from the number and name as the exchange gave them and the settled presentation."""
    number, name = number.strip(), name.strip()
    reason = _WORDS.get(name.casefold())
    if presentation is None:
        return Caller(None, reason or WithheldReason.UNKNOWN)
    if is_hidden(presentation):
        fallback = WithheldReason.UNAVAILABLE if presentation == "unavailable" else WithheldReason.REFUSED
        return Caller(None, reason or _LETTERS.get(name.casefold()) or fallback)
    if reason not in (None, WithheldReason.UNAVAILABLE):  # abroad, "Unavailable" says that only the name is
        return Caller(None, reason)
    if _HAS_NUMBER.search(number):
        return Caller(clip(number, _MOST_CHARACTERS), None)
    letter = _LETTERS.get(name.casefold()) or _LETTERS.get(number.casefold())
    return Caller(None, reason or letter or _WORDS.get(number.casefold()) or WithheldReason.UNKNOWN)
