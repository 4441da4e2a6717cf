"""What all types of answers do first: fold the width of letters, and refuse text that no person wrote.

Japanese numerals are read here too: 五十 and 五〇 and 一九七五. It never guesses: 五十三十 is no number.
"""

import re
import unicodedata

from kanjize import kanji2number, number2kanji

LONGEST = 256
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
_REFUSED = {"Cc", "Cs", "Co", "Cn"}
DASHES = "-‐‑‒–—―−－ｰ─━"
_OLD_DIGITS = str.maketrans(
    {**dict(zip("零○◯壱弐参伍拾", "〇〇〇一二三五十", strict=True)), "廿": "二十", "卅": "三十", "卌": "四十"}
)
_PLAIN_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
_KATAKANA = {letter: letter + 0x60 for letter in range(ord("ぁ"), ord("ゟ")) if chr(letter) not in "゗゘゙゚゛゜"}
NUMERAL = "[〇零○◯一二三四五六七八九十百千壱弐参伍拾廿卅卌]"
# What keyboards and copied documents leave: marks of voice on their own, and radicals that NFKC does not know.
_LEFT_BEHIND = str.maketrans("゛゜⻑⻘⻄⺠⻲⻤⻯⻩⻫⻭⻝⻨⺟⻆〻", "\u3099\u309a長青西民亀鬼竜黄斉歯食麦母角々")
_NUMERALS = re.compile(f"{NUMERAL}+")


def fold(text: str) -> str:
    """Return `text` in one width, without variation selectors, each run of white space a single space.

    Empty where it is longer than LONGEST or holds control, private or unpaired characters.
    """
    if len(text) > LONGEST:
        return ""
    if any(unicodedata.category(letter) == "No" for letter in text):
        return ""  # ① and ² would become other digits
    shown = _SELECTORS.sub("", _INVISIBLE.sub("", " ".join(text.translate(_LEFT_BEHIND).split())))
    folded = " ".join(unicodedata.normalize("NFKC", shown).split())
    return "" if any(unicodedata.category(letter) in _REFUSED for letter in folded) else folded


def katakana(text: str) -> str:
    """Return `text` with hiragana as katakana."""
    return text.translate(_KATAKANA)


def number(numeral: str) -> str | None:
    """Return what Japanese numerals mean, in digits: one by one (五〇, zeros kept) or by units (五十); else None."""
    plain = numeral.translate(_OLD_DIGITS)
    if not _NUMERALS.fullmatch(plain):
        return None
    digits = plain.translate(_PLAIN_DIGITS)
    if digits.isascii():
        return digits
    rest = plain.lstrip("〇")  # 〇〇二十三, as codes are told: the zeros stay
    try:
        value = kanji2number(rest)
    except ValueError:
        return None
    known = rest in (number2kanji(value), f"一{number2kanji(value)}")
    return f"{'0' * (len(plain) - len(rest))}{value}" if known else None


def with_digits(text: str) -> str:
    """Return `text` with every Japanese numeral that can be read as digits."""
    return _NUMERALS.sub(lambda found: number(found[0]) or found[0], text)
