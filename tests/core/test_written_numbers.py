"""Two numbers in one field are two only where that is plain."""

import pytest

from plugin.core.numbers import External, Unreadable
from plugin.core.written_numbers import LONGEST_TEXT, MOST_MENTIONED, mentioned_in, read_field


@pytest.mark.parametrize(
    "raw",
    [
        "03-1234-5678 / 090-1234-5678",
        "03-1234-5678、090-1234-5678",
        "03-1234-5678,090-1234-5678",
        "03-1234-5678\n090-1234-5678",
        "TEL:03-1234-5678；携帯:090-1234-5678",
        "03-1234-5678 または 090-1234-5678",
        "03-1234-5678 or 090-1234-5678",
        "03-1234-5678 090-1234-5678",
        "03-1234-5678　090-1234-5678",
        "03-1234-5678(090-1234-5678)",
        "03-1234-5678・090-1234-5678",
        "03-1234-5678と090-1234-5678",
        "03-1234-5678と携帯090-1234-5678",
        "03-1234-5678もしくは０９０ー１２３４ー５６７８",
        "03-1234-5678＆090-1234-5678",
        "自宅03-1234-5678 携帯090-1234-5678",
        "03-1234-5678(代) 090-1234-5678(携帯)",
        "03-1234-5678 090-1234-5678 03-1234-5678",
    ],
)
def test_plainly_two(raw: str) -> None:
    found = read_field(raw, "JP")
    assert [reading.e164 for reading in found if isinstance(reading, External)] == ["+81312345678", "+819012345678"]


@pytest.mark.parametrize(
    "raw",
    [
        "03-1234-5678/5679",
        "03-1234-5678 内線12 内線13",
        "山田 03-1234-5678 / 鈴木 090-1234-5678",
        "03-1234-5678 旧 090-1234-5678",
        "03-1234-5678 090-1234-56",
        "03-1234-5678~9",
        "03-1234-5678 / 山田まで",
        "03-1234-5678 / 000-0000-0000",
        "/",
        "0312345678/" * 10,
    ],
)
def test_not_plainly_two(raw: str) -> None:
    assert [type(reading) for reading in read_field(raw, "JP")] == [Unreadable]


def test_slashes_inside_one_number() -> None:
    assert len(read_field("03/1234/5678", "JP")) == 1
    assert isinstance(read_field("03/1234/5678", "JP")[0], External)


def test_numbers_that_a_text_mentions() -> None:
    text = "11/22 奥様の携帯０９０－１２３４－５６７８に連絡。旧 03-1234-5678 内線12、9012345678、03/04/2026 12:34"
    found = mentioned_in(text, "JP")
    assert [(one.e164, one.extension) for one in found] == [("+819012345678", None), ("+81312345678", "12")]
    assert "奥様" not in "".join(one.raw for one in found)


def test_a_text_is_looked_through_within_bounds() -> None:
    many = " ".join(f"090-1234-{n:04}、" for n in range(200))
    assert len(mentioned_in(many, "JP")) == MOST_MENTIONED
    assert mentioned_in(" " * LONGEST_TEXT + "090-1234-5678", "JP") == ()
    assert mentioned_in("0-1 " * 10_000, "JP") == ()
