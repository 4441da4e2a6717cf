"""The reading of a name: what is heard, whatever kana, width and spaces it was typed in.

ヂ and ジ, ヅ and ズ, ヲ and オ, ヴィ and ビ sound alike and are alike. A long vowel may be written as a bar (オーノ),
but オオノ and オウノ are two names, and オノ is a third. A small kana differs from its big one (イツキ, イッキ), except
where the CRM holds the name in half width without any small kana, as old mainframes wrote, in シヨウ for ショウ and its
like, and in the vowels of foreign names (ジエームズ, ジェームズ). Family name and given name come in their order; only
what is written as foreign names are (ジョン・スミス, Hanako Yamada) may be told the other way round.
"""

import re

from plugin.core.answers.heard import without_courtesy
from plugin.core.answers.letters import DASHES, fold, katakana
from plugin.core.answers.romaji import katakana_of

_HALF_WIDTH = re.compile("[\uff66-\uff9d]")
_SMALL = str.maketrans("ァィゥェォャュョッ", "アイウエオヤユヨツ")
_SMALL_VOWELS = str.maketrans("ァィゥェォ", "アイウエオ")
_SOUND = str.maketrans("ヂヅヲヰヱヮヵヶ", "ジズオイエワカケ")
_VU = {"ア": "バ", "イ": "ビ", "エ": "ベ", "オ": "ボ", "": "ブ"}
_VU_AND_VOWEL = re.compile("ヴ([アイエオァィェォ]?)")
_VU_ROW = str.maketrans({"ヷ": "バ", "ヸ": "ビ", "ヹ": "ベ", "ヺ": "ボ"})
_NOT_HEARD = re.compile(r"[ ・･.,、。/=’'_]")
_QUOTED = re.compile("^[「『\\(](.*)[」』\\)]$")
_PARTS = re.compile(r"[ ・･,、/=]+")
_LATIN = re.compile("[A-Za-zÀ-ɏ\u0300-\u036f’'`,. -]+")
_FOREIGN = re.compile("[・･=]")  # how names are written whose given part may come first: ジョン・スミス
_TITLE = re.compile("様$| (?:サマ|サン)$")
_COMPANY = {"カ": "カブシキガイシャ", "ユ": "ユウゲンガイシャ", "ド": "ゴウドウガイシャ"}  # as bank books write them
_COMPANY_MARK = re.compile(r"^\(?([カユド])\)|\(([カユド])\)?$")
_BAR = re.compile(rf"(?<=[ァ-ヺー])(?:[{re.escape(DASHES)}~〜]|一(?![^ァ-ヺ]))")
_BIG_IN_MAINFRAMES = re.compile(
    "ッ(?![カキクケコ])|[ァィゥェォャ]|(?<![ミキチヒニ])[ュョ]|(?<=[キチヒニ])[ュョ](?=[ウンー])"
)
_BIG_AS_SMALL = re.compile("(?<=[キギシジチニヒリ])(?:[ヨユ](?=[ウンー])|ヤ)")
_AS_SMALL = str.maketrans("ヤユヨ", "ャュョ")
_REPEATED = re.compile("([ァ-ヺ])([ヽヾ])")
_ROWS = {
    "ア": "アァカガサザタダナハバパマヤャラワ",
    "イ": "イィキギシジチニヒビピミリ",
    "ウ": "ウゥクグスズツヌフブプムユュルヴ",
    "エ": "エェケゲセゼテデネヘベペメレ",
    "オ": "オォコゴソゾトドノホボポモヨョロ",
}
_VOWEL = {kana: vowel for vowel, row in _ROWS.items() for kana in row}
_LONG = {"アア", "イイ", "ウウ", "エエ", "エイ", "オオ", "オウ"}
_VOICED = str.maketrans("カキクケコサシスセソタチツテトハヒフヘホ", "ガギグゲゴザジズゼゾダジズデドバビブベボ")


def stored_forms(value: str) -> frozenset[str]:
    """Return the forms of a reading that the CRM holds; none where it is not kana, or romaji, throughout."""
    text = _written(value)
    word = _read(text)
    if not word:
        return frozenset()
    forms = {f"as is {word}", f"barred {_barred(word)}", f"vowels {word.translate(_SMALL_VOWELS)}"}
    if "ー" in word:
        forms.add(f"bar there {_barred(word)}")
    if _HALF_WIDTH.search(value) and word.translate(_SMALL) == _plain(text):
        forms.add(f"big {word.translate(_SMALL)}")
    return frozenset(forms | _in_parts(value, text))


def spoken_forms(text: str) -> frozenset[str]:
    """Return the forms of a reading that was heard; none where it is not kana, or romaji, throughout."""
    told = _written(without_courtesy(fold(text).removesuffix("さま")))
    word = _read(told)
    if not word:
        return frozenset()
    forms = {f"as is {word}", f"bar there {_barred(word)}", f"big {_big(word)}"}
    forms.add(f"vowels {word.translate(_SMALL_VOWELS)}")
    if "ー" in word:
        forms.add(f"barred {_barred(word)}")
    return frozenset(forms | _in_parts(text, told))


def _written(text: str) -> str:
    """Return a folded text without quotes; romaji in katakana, word by word."""
    folded = _QUOTED.sub(r"\1", fold(text))
    if not _LATIN.fullmatch(folded):
        return folded
    words = [katakana_of(word) for word in _PARTS.split(folded.replace(".", "")) if word]
    return " ".join(words) if all(words) else ""


def _in_parts(raw: str, text: str) -> set[str]:
    """Return the forms of a name in two parts, told in the other order too where it is written as foreign ones are."""
    parts = [_read(part) for part in _PARTS.split(_TITLE.sub("", katakana(text)))]
    if len(parts) != 2 or not all(parts):
        return set()
    orders = [parts, parts[::-1]] if _FOREIGN.search(fold(raw)) or _LATIN.fullmatch(fold(raw)) else [parts]
    return {f"parts {'|'.join(order)}" for order in orders}


def _big(word: str) -> str:
    """Return the word as mainframes without small kana wrote it; but never キヨ for キョ, or イツキ for イッキ."""
    return _BIG_IN_MAINFRAMES.sub(lambda found: found[0].translate(_SMALL), word)


def _read(text: str) -> str:
    return _BIG_AS_SMALL.sub(lambda found: found[0].translate(_AS_SMALL), _plain(text))


def _plain(text: str) -> str:
    word = _TITLE.sub("", katakana(text))
    word = _COMPANY_MARK.sub(lambda found: _COMPANY[found[1] or found[2]], word)
    word = _NOT_HEARD.sub("", _BAR.sub("ー", word))
    word = _REPEATED.sub(lambda found: found[1] + (found[1].translate(_VOICED) if found[2] == "ヾ" else found[1]), word)
    word = _VU_AND_VOWEL.sub(lambda found: _VU[found[1].translate(_SMALL_VOWELS)], word.translate(_VU_ROW))
    word = word.translate(_SOUND)
    return word if re.fullmatch("[ァ-ヴ][ァ-ヴー]*", word) else ""


def _barred(word: str) -> str:
    barred, vowel = "", None
    for kana in word:
        is_long = vowel is not None and (kana == "ー" or vowel + kana in _LONG)
        barred += "ー" if is_long else kana
        vowel = vowel if is_long else _VOWEL.get(kana)
    return barred
