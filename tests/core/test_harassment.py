"""What is more than a complaint, and what of a report can be read."""

from datetime import date
from itertools import product

import pytest

from plugin.core.errors import InputError
from plugin.core.harassment import MOST_WORDS, Findings, read_conduct, read_findings, read_last_day, read_words


def test_only_what_harms_and_is_unacceptable_in_demand_or_manner_is_harassment() -> None:
    found = {answers for answers in product((True, False), repeat=3) if Findings(*answers).is_harassment}
    assert found == {(False, False, True), (False, True, True), (True, False, True)}


def test_each_question_must_be_answered() -> None:
    assert read_findings("yes", "no", "yes") == Findings(is_fair=True, is_bearable=False, harms=True)
    for answers in (("", "no", "yes"), ("yes", "maybe", "yes"), ("yes", "no", "YES")):
        with pytest.raises(InputError, match="findings"):
            read_findings(*answers)


def test_words_keep_their_lines_and_lose_what_nobody_typed() -> None:
    assert read_words(" 一行目\r\n二行目\x00\u202e ") == "一行目\n二行目"
    for wrong in ("", " \n", "あ" * (MOST_WORDS + 1)):
        with pytest.raises(InputError, match="words"):
            read_words(wrong)


def test_a_mark_ends_on_a_day_within_a_year() -> None:
    today = date(2026, 11, 23)
    assert read_last_day(date(2027, 11, 24), today) == date(2027, 11, 24)
    for wrong in (today, date(2027, 11, 25)):
        with pytest.raises(InputError, match="until"):
            read_last_day(wrong, today)
    with pytest.raises(InputError, match="conduct"):
        read_conduct("rudeness")
