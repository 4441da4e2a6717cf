"""Any text at all has forms or none: nothing raises, and nothing that cannot be read matches anything."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plugin.core.answers import same, spoken_forms, stored_forms
from plugin.core.identity import AnswerType

# Letters that the rooms know, so that texts come near to what they read.
NEAR = st.text(
    "昭平令和S50元年月日一二三十百千〇０1９-ー－のノ 　丁目番地号室階区市町村都郡第A(）/.・ｼﾞﾖ髙﨑々ヶヾ〒+", max_size=40
)


@pytest.mark.parametrize("kind", AnswerType)
@given(text=st.text(max_size=300) | NEAR)
@example(text="\ud800")
@example(text="\x00")
@example(text="九" * 200)
@example(text="S99999999999999999999999.1.1")
def test_no_text_raises(kind: AnswerType, text: str) -> None:
    for form in stored_forms(kind, text, "JP") | spoken_forms(kind, text, "JP"):
        assert form.encode()


@pytest.mark.parametrize("kind", AnswerType)
@given(text=st.text(max_size=60) | NEAR)
def test_a_text_that_can_be_read_is_the_same_as_itself(kind: AnswerType, text: str) -> None:
    assert same(kind, text, text, "JP") == bool(stored_forms(kind, text, "JP"))


@pytest.mark.parametrize("kind", AnswerType)
@pytest.mark.parametrize("nothing", ["", " ", "　", "\n", "。", "\ufe00", "\U000e0100", "外" * 257, "\ue000", "①②③④"])
def test_nothing_matches_nothing(kind: AnswerType, nothing: str) -> None:
    if kind is AnswerType.SECRET and nothing == "。":
        return  # a passphrase may be anything that is written
    assert stored_forms(kind, nothing, "JP") == frozenset()
    assert spoken_forms(kind, nothing, "JP") == frozenset()
