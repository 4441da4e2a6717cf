"""Codes and amounts: member and contract numbers, the last digits of a card, what was last paid. Every zero counts."""

import re

from plugin.core.answers.letters import DASHES, fold, katakana, number

_LEFT_OUT = re.compile(rf"[ ,./・_*•●¥\\:#{re.escape(DASHES)}ー]")
_BETWEEN = re.compile("(?<=[0-9A-Z])ノ(?=[0-9A-Z])")
_TITLE = re.compile("^(?:下4桁|末尾4桁|NO\\. ?(?=[0-9])|金(?=.*円))")
_ENDING = re.compile("(?:円?也?)(?:デス)?$")
_GREAT = re.compile("(?:(?P<oku>[0-9千百十]+)億)?(?:(?P<man>[0-9千百十]+)万)?(?P<rest>[0-9千百十]*)")
_SMALL = re.compile("(?:([1-9]?)千)?(?:([1-9]?)百)?(?:([1-9]?)十)?([0-9]?)")
_DIGITS = str.maketrans("一二三四五六七八九壱弐参拾", "123456789123十")


def stored_forms(value: str) -> frozenset[str]:
    """Return the letters and digits without what separates them; none where anything else is among them.

    An amount is its number, in digits or by units (1万2千8百円).
    """
    plain = _ENDING.sub("", _TITLE.sub("", katakana(fold(value)).upper()))
    text = _BETWEEN.sub("", _LEFT_OUT.sub("", plain))
    text = number(text) or _amount(text) or text
    return frozenset({text}) if text.isalnum() else frozenset()


def _amount(text: str) -> str | None:
    found = _GREAT.fullmatch(text.translate(_DIGITS))
    if found is None or not (found["oku"] or found["man"]):
        return None
    parts = [_thousands(found[part] or "0") for part in ("oku", "man", "rest")]
    total = 0
    for part in parts:
        if part is None:
            return None
        total = total * 10_000 + part
    return str(total)


def _thousands(text: str) -> int | None:
    if text.isdecimal():
        return int(text) if len(text) <= 4 else None
    found = _SMALL.fullmatch(text)
    if found is None:
        return None
    units = zip(found.groups(), (1000, 100, 10, 1), "千百十", strict=False)
    return sum(int(count or "1") * worth for count, worth, unit in units if unit in text) + int(found[4] or "0")


spoken_forms = stored_forms
