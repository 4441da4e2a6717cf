"""The reading of a name: what is heard, whatever kana, width and spaces it was typed in.

ヂ and ジ, ヅ and ズ, ヲ and オ, ヴィ and ビ sound alike and are alike. A long vowel may be written as a bar (オーノ),
but オオノ and オウノ are two names, and オノ is a third. A small kana differs from its big one (イツキ, イッキ), except
where the CRM holds the name in half width without any small kana, as old mainframes wrote, in シヨウ for ショウ and its
like, and in the vowels of foreign names (ジエームズ, ジェームズ).
"""

import re

from plugin.core.answers.letters import DASHES, fold, katakana

_HALF_WIDTH = re.compile("[\uff66-\uff9d]")
_SMALL = str.maketrans("ァィゥェォャュョッ", "アイウエオヤユヨツ")
_SMALL_VOWELS = str.maketrans("ァィゥェォ", "アイウエオ")
_SOUND = str.maketrans("ヂヅヲヰヱヮヵヶ", "ジズオイエワカケ")
_VU = {"ア": "バ", "イ": "ビ", "エ": "ベ", "オ": "ボ", "": "ブ"}
_VU_AND_VOWEL = re.compile("ヴ([アイエオァィェォ]?)")
_VU_ROW = str.maketrans({"ヷ": "バ", "ヸ": "ビ", "ヹ": "ベ", "ヺ": "ボ"})
_NOT_HEARD = re.compile(r"[ ・･.,、/=’'_]")
_TITLE = re.compile("様$| (?:サマ|サン)$")
_COMPANY = {"カ": "カブシキガイシャ", "ユ": "ユウゲンガイシャ", "ド": "ゴウドウガイシャ"}  # as bank books write them
_COMPANY_MARK = re.compile(r"^\(?([カユド])\)|\(([カユド])\)?$")
_BAR = re.compile(rf"(?<=[ァ-ヺー])(?:[{re.escape(DASHES)}~〜]|一(?![^ァ-ヺ]))")
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
    """Return the forms of a reading that the CRM holds; none where it is not kana throughout."""
    word = _read(value)
    if not word:
        return frozenset()
    forms = {f"as is {word}", f"barred {_barred(word)}", f"vowels {word.translate(_SMALL_VOWELS)}"}
    if "ー" in word:
        forms.add(f"bar there {_barred(word)}")
    if _HALF_WIDTH.search(value) and word.translate(_SMALL) == _plain(value):
        forms.add(f"big {word.translate(_SMALL)}")
    return frozenset(forms)


def spoken_forms(text: str) -> frozenset[str]:
    """Return the forms of a reading that was heard; none where it is not kana throughout."""
    word = _read(text.removesuffix("です").removesuffix("さま"))
    if not word:
        return frozenset()
    forms = {f"as is {word}", f"bar there {_barred(word)}", f"big {word.translate(_SMALL)}"}
    forms.add(f"vowels {word.translate(_SMALL_VOWELS)}")
    if "ー" in word:
        forms.add(f"barred {_barred(word)}")
    return frozenset(forms)


def _read(text: str) -> str:
    return _BIG_AS_SMALL.sub(lambda found: found[0].translate(_AS_SMALL), _plain(text))


def _plain(text: str) -> str:
    word = _TITLE.sub("", katakana(fold(text)))
    word = _COMPANY_MARK.sub(lambda found: _COMPANY[found[1] or found[2]], word)
    word = _NOT_HEARD.sub("", _BAR.sub("ー", word))
    word = _REPEATED.sub(lambda found: found[1] + (found[1].translate(_VOICED) if found[2] == "ヾ" else found[1]), word)
    word = _VU_AND_VOWEL.sub(lambda found: _VU[found[1].translate(_SMALL_VOWELS)], word.translate(_VU_ROW))
    word = word.translate(_SOUND)
    return word if re.fullmatch("[ァ-ヴ][ァ-ヴー]*", word) else ""


def _barred(word: str) -> str:
    barred = ""
    for kana in word:
        before = _VOWEL.get(barred[-1]) if barred else None
        barred += "ー" if before is not None and before + kana in _LONG else kana
    return barred
