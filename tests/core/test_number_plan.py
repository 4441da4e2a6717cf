"""The fast path through the Japanese plan says what phonenumbers says, validity included, and is really taken."""

import subprocess
import sys

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plugin.core.number_plan import common
from plugin.core.numbers import External, read_number

_HEADS = ["0", "+81", "+81 ", "+81-", "+81 (0)", "+81(0)", "+810", "(0", "０", "＋８１"]
_GAPS = ["", "-", " ", ") ", "(", ")", "ー", "－", "ｰ", "−", "　", ") (", "- "]


@st.composite
def _written(draw: st.DrawFn) -> str:
    digits = draw(st.text(alphabet="0123456789", min_size=7, max_size=12))
    # Half of them from the crowded parts of the plan, where validity hangs on the third and fourth digit.
    start = draw(
        st.sampled_from(["", "", "", "3", "90", "80", "70", "60", "50", "120", "800", "570", "20", "4", "9", "1"])
    )
    body = (start + digits)[: draw(st.sampled_from([8, 9, 9, 9, 10, 10, 10, 11]))]
    if draw(st.booleans()):
        body = body.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    for place in sorted(draw(st.sets(st.integers(1, 9), max_size=3)), reverse=True):
        body = body[:place] + draw(st.sampled_from(_GAPS)) + body[place:]
    return draw(st.sampled_from(_HEADS)) + body


def _by_the_library(text: str) -> tuple[str, bool] | None:
    try:
        # The half-width katakana hyphen is the one sign of these shapes that the library stops at.
        number = phonenumbers.parse(text.replace("ｰ", "-"), "JP")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return e164, phonenumbers.is_valid_number(number)


def _agree(text: str) -> None:
    quick = common(text)
    if quick is not None:
        assert (quick.e164, quick.valid) == _by_the_library(text), text
        slow = f" {text}"  # the leading space is not of a common shape
        assert common(slow) is None
        assert read_number(slow, "JP") == External(slow, quick.e164, quick.valid)


@given(_written())
@example("0312345678")
@example("01-01000000")
@example("+81 (0)1040219000")
@example("01012345678")
@example("+8101012345678")
@settings(max_examples=500)
def test_fast_path_agrees_with_the_library(text: str) -> None:
    _agree(text)


@pytest.mark.soak
@given(_written())
@settings(max_examples=200_000)
def test_fast_path_agrees_with_the_library_at_length(text: str) -> None:
    _agree(text)


@pytest.mark.soak
def test_every_range_of_the_plan_agrees() -> None:
    """Every first five digits of nine- and ten-digit national numbers, once."""
    for head in range(10_000, 100_000):
        for tail in ("2345", "23456"):
            text = f"0{head}{tail}"
            if (quick := common(text)) is not None:
                assert (quick.e164, quick.valid) == _by_the_library(text), text


@pytest.mark.parametrize(
    "raw", ["0312345678", "03-1234-5678", "(03)1234-5678", "+81 90-1234-5678", "０３－１２３４－５６７８"]
)
def test_common_shapes_take_the_fast_path(raw: str) -> None:
    assert common(raw) is not None


@pytest.mark.parametrize("raw", ["010-81-3-1234-5678", "00777-112", "03-1234-567", "03-1234-5678#1", "81312345678"])
def test_other_shapes_do_not(raw: str) -> None:
    assert common(raw) is None


def test_reading_numbers_never_loads_the_geocoder() -> None:
    program = (
        "import sys; from plugin.core.numbers import read_number; read_number('+1 212 555 0100 x3', 'JP');"
        "print([name for name in sys.modules if name.startswith('phonenumbers.') and 'geo' in name])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
