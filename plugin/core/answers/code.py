"""Codes and amounts: member and contract numbers, the last digits of a card, what was last paid. Every zero counts."""

import re

from plugin.core.answers.heard import (
    digits_of,
    letters_of,
    with_hyphens,
    with_numerals,
    without_courtesy,
    without_label,
)
from plugin.core.answers.letters import DASHES, fold, katakana, number, with_digits

_LEFT_OUT = re.compile(rf"[ ,./・·_*•●¥\\:#{re.escape(DASHES)}ー]")
_BETWEEN = re.compile("(?<=[0-9A-Z])ノ(?=[0-9A-Z])")
_LABELS = "(?:[ァ-ヶー一-龠]{1,6}番号|番号|カード番号の)?(?:下|末尾|最後の)[4四]桁|末尾|[ァ-ヶー一-龠]{1,6}番号|番号"
_TITLE = re.compile("^(?:NO\\. ?(?=[0-9])|(?:金|税込 ?|JPY ?)(?=[¥0-9〇一二三四五六七八九十百千万億]))")
_ENDING = re.compile("円?也?$")
_YEN_TOLD = re.compile("(?:エン|(?<=[0-9]) ?YEN)$")
_UNIT_TOLD = re.compile("ジュウ|[ヒビピ]ャク|[セゼ]ン|マン|オク")
_COUNTED = re.compile("(?<=[0-9])番$")
_GREAT = re.compile("(?:(?P<oku>[0-9千百十]+)億)?(?:(?P<man>[0-9千百十]+)万)?(?P<rest>[0-9千百十]*)")
_SMALL = re.compile("(?:([1-9]?)千)?(?:([1-9]?)百)?(?:([1-9]?)十)?([0-9]?)")
_THOUSANDS_AND_DIGITS = re.compile("([1-9])千([0-9]{3})")  # 3千480
_DIGITS = str.maketrans("一二三四五六七八九壱弐参拾", "123456789123十")


def stored_forms(value: str) -> frozenset[str]:
    """Return the letters and digits without what separates them; none where anything else is among them.

    An amount is its number, in digits or by units (1万2千8百円).
    """
    return _forms(_plain(fold(value)))


def spoken_forms(text: str) -> frozenset[str]:
    """Return the same of what was heard, and what it means where digits or letters were told by their names."""
    plain = _plain(without_label(without_courtesy(with_hyphens(fold(text))), _LABELS))
    amount = _YEN_TOLD.sub("", plain)
    named = digits_of(plain) or letters_of(plain) or (with_numerals(amount) if _UNIT_TOLD.search(amount) else amount)
    return _forms(plain) | _forms(_COUNTED.sub("", with_digits(named)))


def _plain(folded: str) -> str:
    return _ENDING.sub("", _TITLE.sub("", katakana(folded).upper()))


def _forms(plain: str) -> frozenset[str]:
    text = _BETWEEN.sub("", _LEFT_OUT.sub("", plain))
    text = number(text) or _amount(text) or text
    return frozenset({text}) if text.isalnum() else frozenset()


def _amount(text: str) -> str | None:
    found = _GREAT.fullmatch(text.translate(_DIGITS))
    if found is None or not (found["oku"] or found["man"] or "千" in text):
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
    if both := _THOUSANDS_AND_DIGITS.fullmatch(text):
        return int(both[1] + both[2])
    found = _SMALL.fullmatch(text)
    if found is None:
        return None
    units = zip(found.groups(), (1000, 100, 10, 1), "千百十", strict=False)
    return sum(int(count or "1") * worth for count, worth, unit in units if unit in text) + int(found[4] or "0")
