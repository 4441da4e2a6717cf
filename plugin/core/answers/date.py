"""Dates of birth: 西暦 and 和暦 in every writing; a date that the calendar or the era does not hold is none.

Two figures for a year without an era, and day and month in unknown order, are refused: they could mean two dates. Era
bounds: the days of accession (改元の政令・詔書); before 1873 Japan counted by the moon, so 明治 begins there.
"""

import re
from datetime import date

from plugin.core.answers.heard import with_numerals, without_courtesy, without_label
from plugin.core.answers.letters import DASHES, fold, katakana, with_digits

_ERAS = {
    "M": (1868, date(1873, 1, 1), date(1912, 7, 30)),
    "T": (1912, date(1912, 7, 30), date(1926, 12, 25)),
    "S": (1926, date(1926, 12, 25), date(1989, 1, 7)),
    "H": (1989, date(1989, 1, 8), date(2019, 4, 30)),
    "R": (2019, date(2019, 5, 1), date(2117, 12, 31)),
}
_WORDS = {
    "明治": "M", "メイジ": "M", "大正": "T", "タイショウ": "T", "昭和": "S", "ショウワ": "S",
    "平成": "H", "ヘイセイ": "H", "令和": "R", "レイワ": "R", "西暦": "", "セイレキ": "",
    "ガンネン": "元年", "ネン": "年", "ガツ": "月", "ニチ": "日", "ウマレ": "生", "生マレ": "生", "生レ": "生",
    "ツイタチ": "一日", "フツカ": "二日", "ミッカ": "三日", "ヨッカ": "四日", "イツカ": "五日", "ムイカ": "六日",
    "ナノカ": "七日", "ナヌカ": "七日", "ヨウカ": "八日", "ココノカ": "九日", "トオカ": "十日", "ハツカ": "二十日",
    "SHOWA": "S", "HEISEI": "H", "REIWA": "R", "TAISHO": "T", "MEIJI": "M",
    "元日": "1月1日", "元旦": "1月1日", "大晦日": "12月31日",
}  # fmt: skip
_WORD = re.compile("|".join(_WORDS))
_DAY_TOLD = re.compile("(?<=[0-9])カ(?= |$|生)")  # 14か
_FIRST_YEAR = re.compile("([MTSHR][. ]?)元")
_SHORT_ERA = re.compile("^[明大昭平令](?=[. ]?[0-9元])")
_MONTHS = (
    "JAN(?:UARY)?|FEB(?:RUARY)?|MAR(?:CH)?|APR(?:IL)?|MAY|JUNE?|JULY?|AUG(?:UST)?|SEPT?(?:EMBER)?"
    "|OCT(?:OBER)?|NOV(?:EMBER)?|DEC(?:EMBER)?"
)
_MONTH_STARTS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = "月火水木金土日"

_TAIL = re.compile(
    r"(?: ?T?0?0:00(?::00(?:\.0+)?)?(?:Z|[+-][0-9:]{4,6})?)?"
    r"(?: ?\(?(?P<weekday>[月火水木金土日])(?:曜日?)?\)?)?(?: ?\((?P<after>[0-9]{4})年?\))?(?: ?生)?(?:デス)?[。.]?$"
)
_GAP = rf"(?: ?[/.・,、ーノ{re.escape(DASHES)}] ?| )"
_PLAIN = re.compile(
    rf"(?P<year>[MTSHR]?[. ]?[0-9]+)(?: ?年? ?\((?P<also>[MTSHR]?[. ]?[0-9]+) ?年?\))?(?: ?年[ 、ノ]?|{_GAP}|(?<=\)) ?)"
    rf"(?P<month>[0-9]{{1,2}})(?: ?月[ 、ノ]?|{_GAP})(?P<day>[0-9]{{1,2}}) ?日?(?P<rest>.*)"
)
_CLOSED = re.compile(
    r"(?P<year>[0-9]{4}|[MTSHR][. ]?[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?P<rest>(?![0-9]).*)"
)
_YEAR_FIRST = re.compile(
    rf"(?P<year>[0-9]{{4}})[ ,.-] ?(?P<month>{_MONTHS})\.?[ -](?P<day>[0-9]{{1,2}})(?:ST|ND|RD|TH)?(?P<rest>)$"
)
_DAY_FIRST = re.compile(
    rf"(?:THE )?(?P<day>[0-9]{{1,2}})(?:ST|ND|RD|TH)?(?: OF)? ?-?(?P<month>{_MONTHS})"
    r"\.?,? ?-?(?P<year>[0-9]{4})(?P<rest>)$"
)
_MONTH_FIRST = re.compile(
    rf"(?P<month>{_MONTHS})\.? ?(?P<day>[0-9]{{1,2}})(?:ST|ND|RD|TH)?,? (?P<year>[0-9]{{4}})(?P<rest>)$"
)


def stored_forms(value: str) -> frozenset[str]:
    """Return the one date that `value` means, as YYYY-MM-DD, or nothing."""
    text = katakana(without_label(without_courtesy(fold(value)), "生年月日|誕生日|西暦")).upper()
    text = with_numerals(_WORD.sub(lambda found: _WORDS[found[0]], text)).strip(" ノ")
    text = _SHORT_ERA.sub(lambda found: "MTSHR"["明大昭平令".index(found[0])], text)
    text = _DAY_TOLD.sub("日", with_digits(_FIRST_YEAR.sub(r"\g<1>1", text)))
    for shape in (_CLOSED, _PLAIN, _YEAR_FIRST, _DAY_FIRST, _MONTH_FIRST):
        found = shape.fullmatch(text)
        if found is not None:
            return _checked(found)
    return frozenset()


spoken_forms = stored_forms


def _checked(found: re.Match[str]) -> frozenset[str]:
    said = found.groupdict()
    tail = _TAIL.fullmatch(said["rest"])
    read = _date(said["year"], said["month"], said["day"])
    if read is None or tail is None:
        return frozenset()
    if said.get("also") and _date(said["also"], said["month"], said["day"]) != read:
        return frozenset()
    if tail["after"] and _date(tail["after"], said["month"], said["day"]) != read:
        return frozenset()
    weekday = tail["weekday"]
    if weekday and _WEEKDAYS[read.weekday()] != weekday:
        return frozenset()
    return frozenset({read.isoformat()})


def _date(year: str, month: str, day: str) -> date | None:
    month_number = _MONTH_STARTS.index(month[:3]) + 1 if month.isalpha() else int(month)
    figures = year.lstrip("MTSHR. ")
    try:
        if year[0] not in _ERAS:
            known = len(figures) == 4 and "1868" < figures < "2118"
            return date(int(figures), month_number, int(day)) if known else None
        if len(figures) > 2 or int(figures) == 0:
            return None
        first, begins, ends = _ERAS[year[0]]
        read = date(first + int(figures) - 1, month_number, int(day))
    except ValueError:
        return None
    return read if begins <= read <= ends else None
