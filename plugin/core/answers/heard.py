"""Answers as they are heard and typed down: numbers in kana, the letters' names, and the words around an answer.

Reads whole words only, and never guesses: キュー is nine among digits, and nothing where letters are told too (Q).
"""

import re

_DIGITS = {
    "ゼロ": "〇", "レイ": "〇", "マル": "〇", "イチ": "一", "ヒト": "一", "ニイ": "二", "ニー": "二", "ニ": "二",
    "フタ": "二", "サン": "三", "ヨン": "四", "シ": "四", "ゴー": "五", "ゴ": "五", "ロク": "六", "ナナ": "七",
    "シチ": "七", "ハチ": "八", "キュウ": "九", "キュー": "九", "ク": "九",
}  # fmt: skip
_UNITS = {
    "ジュウ": "十", "ジュッ": "十", "ヒャク": "百", "ビャク": "百", "ピャク": "百", "セン": "千", "ゼン": "千",
    "マン": "万", "オク": "億", "イッ": "一", "ロッ": "六", "ハッ": "八", "ヨ": "四",
}  # fmt: skip
_LETTERS = {
    "エー": "A", "エイ": "A", "ビー": "B", "シー": "C", "ディー": "D", "デー": "D", "イー": "E", "エフ": "F",
    "ジー": "G", "エイチ": "H", "エッチ": "H", "アイ": "I", "ジェー": "J", "ジェイ": "J", "ケー": "K", "ケイ": "K",
    "エル": "L",
    "エム": "M", "エヌ": "N", "オー": "O", "ピー": "P", "アール": "R", "エス": "S", "ティー": "T", "テー": "T",
    "ユー": "U", "ブイ": "V", "ヴイ": "V", "ダブリュー": "W", "ダブル": "W", "エックス": "X", "ワイ": "Y",
    "ゼット": "Z",
}  # fmt: skip


def _either(words: dict[str, str]) -> str:
    found = "|".join(sorted(words, key=len, reverse=True))
    return found.replace("ニイ", "ニイ(?!チ)")  # ニイチ is 2 1


_NUMERALS = _DIGITS | _UNITS
_DIGIT = re.compile(_either(_DIGITS))
_NUMERAL = re.compile(_either(_NUMERALS))
_NUMERAL_RUN = re.compile(f"(?:{_either(_NUMERALS)})+")
_LETTER_OR_DIGIT = re.compile(_either(_LETTERS | _DIGITS))
_BETWEEN = "(?:ノ|[ 、,。・-])"
_FIGURE = "[0-9〇一二三四五六七八九]ー?"  # a bar behind kana is a long vowel: シー is no シ
_LONG_DIGITS = {word: digit for word, digit in _DIGITS.items() if len(word) > 1}
_ALL_DIGITS = re.compile(rf"(?:(?:{_either(_DIGITS)}){_BETWEEN}*)+")
_DIGITS_AND_FIGURES = re.compile(rf"(?:(?:{_either(_LONG_DIGITS)}|{_FIGURE}){_BETWEEN}*)+")  # シ-123 is no 4123
_ALL_LETTERS = re.compile(rf"(?:(?:{_either(_LETTERS | _DIGITS)}){_BETWEEN}*)+")
_LETTERS_AND_FIGURES = re.compile(rf"(?:(?:{_either(_LETTERS | _LONG_DIGITS)}|{_FIGURE}|[A-Z]){_BETWEEN}*)+")
_KANJI_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
_LEAD = re.compile("^(?:えーと|えっと|ええと|えー|あのー|あの|はい)[、,。 ]+")
_END = re.compile(
    "[、,。 ]*(?:です|でございます|になります|と申します|といいます|と言います)(?:ね|が|けど)?[。 ]*$|[。 ]+$"
)
_HYPHEN_SAID = re.compile(" ?(?:ハイフン|はいふん) ?")


def without_courtesy(text: str) -> str:
    """Return a folded text without what people say around an answer: えーと、 before it, です or と申します behind."""
    return _END.sub("", _LEAD.sub("", text))


def without_label(text: str, words: str) -> str:
    """Return the text without a label before it, one of `words` (a pattern), with は or a colon: 郵便番号は …"""
    return re.sub(rf"^(?:[おご]?(?:{words}))(?:は|ハ|:|ノ|の)? ?[:、,]? ?(?=.)", "", text)


def with_hyphens(text: str) -> str:
    """Return the text with a hyphen where one was told: 2ハイフン8."""
    return _HYPHEN_SAID.sub("-", text)


def digits_of(text: str) -> str | None:
    """Return the digits that katakana tell one by one (ゼロキューゼロ); None where anything else is told."""
    if not _DIGIT.search(text) or not (_ALL_DIGITS.fullmatch(text) or _DIGITS_AND_FIGURES.fullmatch(text)):
        return None
    return _told(_DIGIT.sub(lambda found: _DIGITS[found[0]], text))


def letters_of(text: str) -> str | None:
    """Return the letters and digits that katakana name one by one (エムビーニゼロ); None where that is not plain."""
    if not _LETTER_OR_DIGIT.search(text) or not (_ALL_LETTERS.fullmatch(text) or _LETTERS_AND_FIGURES.fullmatch(text)):
        return None
    if "キュー" in text:  # 9, or Q
        return None
    return _told(_LETTER_OR_DIGIT.sub(lambda found: _LETTERS.get(found[0]) or _DIGITS[found[0]], text))


def with_numerals(text: str) -> str:
    """Return the text with each number told in katakana (サンジュウサン, センキュウヒャク) in Japanese numerals."""
    return _NUMERAL_RUN.sub(lambda run: _NUMERAL.sub(lambda word: _NUMERALS[word[0]], run[0]), text)


def _told(text: str) -> str:
    return re.sub(f"{_BETWEEN}|ー", "", text).translate(_KANJI_DIGITS)
