"""The less plain ways in which people in Japan type one number, each put as a plainer text. Reads no number.

Guesses nothing: whoever asks takes a plainer text only where it is, as a whole, a number that the plan knows. A letter
O for a zero is not among them, nor a number that a spreadsheet rounded: what was typed is lost there.
"""

import re
from collections.abc import Iterator

from plugin.core.number_words import CLOSE, OPEN

_MOST = 255
_CIRCLED = re.compile(r"[①-⑳❶-❿➀-➓⓵-⓾㊀-㊉](?=[\s:：.．)）、-]*[0０+＋(（〇])")
_LEFT_OVER = (("&nbsp;", " "), ("%20", " "), ("%2d", "-"), ("%28", "("), ("%29", ")"))
_SCHEME = re.compile(r"(?:callto|whatsapp|sms|smsto|fax|phone):/{0,2}")
_HEAD = re.compile(
    rf'\s*(?:=\s*"?|[※◎●■◆◇□○◯★☆▲△▼▽◉►▶→⇒>*・]+(?=[^0-9]*[0+])|[{OPEN}]?[1-9][.){CLOSE}]\s*(?=[0+(])'
    r"|(?:電話|お電話|携帯|自宅|連絡先|番号|電話番号|携帯番号|携帯電話|連絡先番号)は\s*)"
)
_TAIL = re.compile(r'\s*(?:です|でございます|になります|となります|宛|"|[。、.,;:!*])+\s*$')
_ARROW = re.compile(r"\s*[→⇒⇨➡:]\s*(?=[0+])")
_EXTENSION_WORD = re.compile(r"内|ext|x|#")
_BETWEEN = re.compile(r"(?<=[0-9])\s*(?:[のノ,、:='’|→]|&|\*)\s*(?=[0-9])")
# 〇 and its look-alikes; 一 between digits of another kind is a hyphen drawn by hand.
_DRAWN = re.compile(r"(?<=[0-9])\s*[一丨⸺⸻]\s*(?=[0-9])")
_KANJI = str.maketrans("〇○◯零一二三四五六七八九", "0000123456789")
_HAS_KANJI = re.compile(r"[〇○◯零一二三四五六七八九]")
# What one dialled to choose a carrier, before 010 for abroad or before a national number.
_CARRIER = re.compile(r"(?:001|002[0-9]|0033|0041|0046|0061|0077|0088|009[0-9]{2})[-\s]*(?=0)")
_ABROAD = re.compile(r"\+?\s*010[-\s]*\+?[-\s]*(?=[1-9])")
# The word that a free number spells, behind it: 0120-117117（いいないいな）
_SPELT = re.compile(r"(?P<number>\s*0(?:120|800|570)[^ぁ-ヶ]*[0-9])[\s(]*[ぁ-んァ-ヶー・]+\s*[)]?\s*")
# What a telephone's own address book keeps for "wait, then dial".
_PAUSED = re.compile(r"(?P<number>.*[0-9])\s*(?:,{2,}|[pw]+)\s*(?P<extension>[0-9]{1,7})#?")


def bare(raw: str) -> str:
    """Return `raw` without a circled number in front of the number itself: 携帯① 090-…"""
    return _CIRCLED.sub(" ", raw) if len(raw) <= _MOST else raw


def plainer(text: str) -> Iterator[str]:
    """Yield plainer texts for `text` (folded as numbers.py folds), none of which is `text` itself, each once."""
    seen = {text}
    for form in _forms(text):
        if form not in seen and len(form) <= _MOST:
            seen.add(form)
            yield form


def _forms(text: str) -> Iterator[str]:
    for left_over, meant in _LEFT_OVER:
        text = text.replace(left_over, meant)
    text = _TAIL.sub("", _HEAD.sub("", _SCHEME.sub("", text, count=1), count=1))
    text = _ARROW.sub(" ", text, count=1).strip()
    yield text
    if spelt := _SPELT.fullmatch(text):
        yield spelt["number"]
    if paused := _PAUSED.fullmatch(text):
        yield f"{paused['number']} ext {paused['extension']}"
    for form in _with_digits(text):
        yield form
        if not _EXTENSION_WORD.search(form):
            yield _BETWEEN.sub("-", form)
        yield from _dialled_on(form)


def _with_digits(text: str) -> Iterator[str]:
    yield text
    if _HAS_KANJI.search(text):
        yield _DRAWN.sub("-", text)
        yield text.translate(_KANJI)


def _dialled_on(text: str) -> Iterator[str]:
    without = _CARRIER.sub("", text, count=1) if _CARRIER.match(text) else text
    yield without
    if _ABROAD.match(without):
        yield _ABROAD.sub("+", without, count=1)
