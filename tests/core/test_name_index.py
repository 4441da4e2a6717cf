"""Folding letter by letter is the same as folding the whole, wherever it is done."""

from hypothesis import given
from hypothesis import strategies as st

from plugin.core import name_index
from plugin.core.name_index import fold, pairs_of

JAPANESE = st.text(
    st.one_of(
        st.characters(min_codepoint=0x20, max_codepoint=0x7E),
        st.characters(min_codepoint=0x3000, max_codepoint=0x3100),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
        st.characters(min_codepoint=0xFF00, max_codepoint=0xFFEF),
        st.sampled_from("髙﨑邉々ー゛゜ﾞﾟ゙゚́İßﬁ"),
    )
)


@given(st.one_of(JAPANESE, st.text()))
def test_the_quick_way_folds_as_the_slow_one(text: str) -> None:
    assert fold(text) == name_index._fold_whole(text)


def test_every_letter_of_the_quick_way_stands_for_itself() -> None:
    for code in range(0x110000):
        letter = chr(code)
        if name_index._BY_LETTER.fullmatch(letter):
            assert fold(f"か{letter}A") == name_index._fold_whole(f"か{letter}A"), hex(code)


@given(st.lists(JAPANESE, max_size=3))
def test_pairs_are_neighbours_and_last_letters(fields: list[str]) -> None:
    expected = {folded[place : place + 2] for folded in map(fold, fields) for place in range(len(folded))}
    assert pairs_of(fields) == expected
