"""Every shape of our corpus is read as it says, every shape around every kind of number too, and nothing raises."""

import json
from itertools import product
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plugin.core.numbers import External, Internal, NumberReading, Unreadable, Withheld, read_number

CORPUS = Path(__file__).with_name("numbers_in_japan.txt")


def _said(reading: NumberReading) -> str:
    match reading:
        case External(_, e164, valid, extension):
            return ("" if valid else "?") + e164 + (f" x{extension}" if extension else "")
        case Internal(_, extension):
            return f"internal {extension}"
        case Withheld(_, reason):
            return f"withheld {reason.value}"
        case Unreadable():
            return "unreadable"


def _corpus() -> list[tuple[str, str]]:
    lines = [line for line in CORPUS.read_text("utf-8").split("\n") if line and not line.startswith("# ")]
    pairs = [line.split(" => ") for line in lines]
    return [(_unescape(raw), expected) for raw, expected in pairs]


def _unescape(raw: str) -> str:
    found = json.loads('"' + raw.replace('"', '\\"') + '"')
    assert isinstance(found, str)
    return found


def test_shapes_of_the_corpus() -> None:
    readings = [(raw, read_number(raw, "JP"), expected) for raw, expected in _corpus()]
    assert len(readings) > 300
    said = [(raw, _said(reading), expected) for raw, reading, expected in readings]
    assert [line for line in said if line[1] != line[2]] == []
    assert [raw for raw, reading, _ in readings if reading.raw != raw] == []


NUMBERS = [("03", "1234", "5678"), ("090", "1234", "5678"), ("0120", "444", "444"), ("0284", "22", "1234")]
NUMBERS += [("0570", "000", "123"), ("050", "1234", "5678"), ("04992", "2", "1234")]
HYPHENS = [
    "-",
    "‐",
    "‑",
    "‒",
    "–",
    "—",
    "―",
    "−",
    "－",
    "ー",
    "ｰ",
    "~",
    "〜",
    "～",
    "/",
    "／",
    ".",
    "・",
    "･",
    "_",
    "\u3000",
]
AROUND = [
    "{}",
    "TEL:{}",
    "℡{}",
    "({})",
    "携帯 {}",
    "{}（携帯）",
    "{}(代)",
    "FAX：{}",
    "184-{}",
    "*31#{}",
    "\u202a{}\u202c",
]
EXTENSIONS = ["", " 内線12", "(内線12)", "（内12）", " ext.12", "x12", "#12", " Ｘ１２"]


def test_any_hyphen_any_label_any_extension() -> None:
    wrong = []
    for around, extension, number, hyphen in product(AROUND, EXTENSIONS, NUMBERS, HYPHENS):
        raw = around.format(hyphen.join(number)) + extension
        said = _said(read_number(raw, "JP"))
        if said != "+81" + "".join(number)[1:] + (" x12" if extension else ""):
            wrong.append((raw, said))
    assert wrong == []


@given(st.text(max_size=300), st.text(max_size=3))
@example("9" * 400, "JP")
@example("\udc80", "JP")
@example("ﷺ" * 255, "JP")
@example("tel:;phone-context=+", "JP")
@example("sip:%", "")
def test_nothing_raises(raw: str, region: str) -> None:
    assert read_number(raw, region).raw == raw


@given(st.text(alphabet="0123456789+-ー()（）*#/~ 　内線代x;:=,.、<>", max_size=40))
def test_what_looks_like_a_number_is_read_or_refused(raw: str) -> None:
    reading = read_number(raw, "JP")
    if isinstance(reading, External):
        assert reading.e164[0] == "+"
        assert reading.e164[1:].isascii()
        assert reading.e164[1:].isdigit()
        assert len(reading.e164) <= 21


def test_a_very_long_text_is_refused() -> None:
    assert isinstance(read_number("0" * 1_000_000, "JP"), Unreadable)


@pytest.mark.parametrize(
    ("raw", "region", "expected"),
    [
        ("020 7946 0958", "GB", "+442079460958"),
        ("(212) 555-0100", "US", "+12125550100"),
        ("00 81 3 1234 5678", "DE", "+81312345678"),
        ("011 81 3 1234 5678", "us", "+81312345678"),
        ("555-0100", "US", "unreadable"),  # local, its area unknown
        ("1001", "DE", "internal 1001"),
        ("911", "US", "unreadable"),
        ("184030901820", "DE", "?+49184030901820"),  # no prefix there
        ("112", "DE", "unreadable"),
        ("4002", "NU", "+6834002"),  # a country whose numbers are as short as our extensions
        ("+81312345678", "", "+81312345678"),
        ("0312345678", "", "unreadable"),
        ("0312345678", "ZZ", "unreadable"),
    ],
)
def test_other_regions(raw: str, region: str, expected: str) -> None:
    assert _said(read_number(raw, region)) == expected
