"""Every day since 1873 in every writing is that day and no other."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from kanjize import number2kanji

from plugin.core.answers import same
from plugin.core.identity import AnswerType

ERAS = [
    ("令和", "R", date(2019, 5, 1)),
    ("平成", "H", date(1989, 1, 8)),
    ("昭和", "S", date(1926, 12, 25)),
    ("大正", "T", date(1912, 7, 30)),
    ("明治", "M", date(1868, 1, 25)),
]
days = st.dates(date(1873, 1, 1), date(2099, 12, 31))


def writings(day: date) -> list[str]:
    era, letter, begins = next(each for each in ERAS if day >= each[2])
    year = day.year - begins.year + 1
    said = "元" if year == 1 else str(year)
    kanji = "元" if year == 1 else number2kanji(year)
    return [
        f"{day.year}/{day.month}/{day.day}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{era}{said}年{day.month}月{day.day}日",
        f"{letter}{year}.{day.month}.{day.day}",
        f"{letter}{year:02}{day:%m%d}",
        f"{era}{kanji}年{number2kanji(day.month)}月{number2kanji(day.day)}日",
    ]


@given(days)
def test_every_writing_of_a_day_is_that_day(day: date) -> None:
    for said in writings(day):
        assert same(AnswerType.DATE, day.isoformat(), said, "JP"), said


@given(days, st.integers(-400, 400).filter(bool))
def test_no_writing_of_another_day_is(day: date, away: int) -> None:
    for said in writings(day):
        assert not same(AnswerType.DATE, (day + timedelta(days=away)).isoformat(), said, "JP"), said
