"""Which registered numbers one may ring or text, and what that proves; and how a code is read and worded."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.code_words import words_of
from plugin.core.codes import read_code
from plugin.core.customers import HeldNumber, NumberKind
from plugin.core.errors import InputError
from plugin.core.identity import Policy, Proof
from plugin.core.ports import MessageWay
from plugin.core.reach import Reach, Unfit, all_of, reach_of

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=100)
MOBILE, FIXED = "+819012345678", "+81312345678"


def held(
    e164: str | None,
    kind: NumberKind = NumberKind.MOBILE,
    *,
    personal: bool = True,
    changed_at: datetime = LONG_AGO,
    extension: str | None = None,
    valid: bool = True,
) -> HeldNumber:
    return HeldNumber("field", "raw", e164, valid, extension, kind, personal, changed_at)


def fit(
    number: HeldNumber, shared: frozenset[str] = frozenset(), regions: frozenset[str] = frozenset({"JP"})
) -> object:
    return reach_of(number, shared, Policy(), regions, NOW)


def test_a_personal_mobile_takes_codes_and_a_fixed_line_does_not() -> None:
    assert fit(held(MOBILE)) == Reach(MOBILE, Proof.CALL_BACK_PERSONAL_MOBILE, code=True)
    assert fit(held(FIXED, NumberKind.HOME, personal=False)) == Reach(FIXED, Proof.CALL_BACK_HOME, code=False)
    assert fit(held(FIXED, NumberKind.MOBILE)) == Reach(FIXED, Proof.CALL_BACK_HOME, code=False)  # in the wrong field


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (held("+815031234567"), Unfit.KIND),
        (held("+81120444113"), Unfit.KIND),
        (held("+81570001234"), Unfit.KIND),
        (held(MOBILE, personal=False), Unfit.KIND),
        (held(MOBILE, NumberKind.WORK), Unfit.KIND),
        (held(FIXED, NumberKind.WORK), Unfit.KIND),
        (held(FIXED, NumberKind.FAX), Unfit.KIND),
        (held(FIXED, NumberKind.MAIN), Unfit.KIND),
        (held(None), Unfit.UNREADABLE),
        (held(MOBILE, extension="12"), Unfit.UNREADABLE),
        (held(MOBILE, valid=False), Unfit.UNREADABLE),
        (held(MOBILE, changed_at=NOW - timedelta(days=6)), Unfit.CHANGED),
        (held(MOBILE, changed_at=NOW + timedelta(days=1)), Unfit.CHANGED),
        (held("+447400123456"), Unfit.REGION),
    ],
)
def test_what_proves_nothing(number: HeldNumber, why: Unfit) -> None:
    assert fit(number) is why


def test_a_mobile_that_two_have_is_nobodys_alone() -> None:
    assert fit(held(MOBILE), shared=frozenset({MOBILE})) is Unfit.SHARED
    home = held(FIXED, NumberKind.HOME)
    assert isinstance(fit(home, shared=frozenset({FIXED})), Reach)  # a household has one line


def test_each_number_stands_once_and_mobiles_come_first() -> None:
    numbers = [held(FIXED, NumberKind.HOME), held(MOBILE), held(MOBILE, NumberKind.OTHER), held("+815031234567")]
    found = all_of(numbers, frozenset(), Policy(), frozenset({"JP"}), NOW)
    assert [one.e164 for one in found] == [MOBILE, FIXED]
    assert [one.tail for one in found] == ["78", "78"]


@pytest.mark.parametrize("raw", ["012345", "０１２３４５", " 012 345 ", "012-345", "012ー345", "0 1 2 3 4 5"])
def test_a_code_is_six_digits_however_typed(raw: str) -> None:
    assert read_code(raw) == "012345"


@given(st.text())
def test_anything_else_is_no_code(raw: str) -> None:
    try:
        code = read_code(raw)
    except InputError:
        return
    assert re.fullmatch("[0-9]{6}", code)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_words_hold_the_code_and_are_short(lang: str) -> None:
    text = words_of(MessageWay.SMS, lang, "012345", "みなと通販")
    assert "012345" in text
    assert "みなと通販" in text
    assert len(text) <= (134 if lang == "ja" else 306)
    said = words_of(MessageWay.VOICE, lang, "012345", "")
    assert said.count("0、1、2、3、4、5" if lang == "ja" else "0, 1, 2, 3, 4, 5") == 2
    assert "{" not in said + text
