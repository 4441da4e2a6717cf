"""Any text at all has forms or none: nothing raises, and nothing that cannot be read matches anything."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plugin.core.answers import same, spoken_forms, stored_forms
from plugin.core.identity import AnswerType

# Letters that the rooms know, so that texts come near to what they read.
NEAR = st.text(
    "昭平令和イチニジュウサンゼロエムnohk'字S50元年月日一二三十百千〇０１9-ー－のノ 　"
    "丁目番地号室階区市町村都郡第A(）/.・ｼﾞﾖ髙﨑々ヶヾ〒+",
    max_size=40,
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


ONE_WAY = [
    AnswerType.KANA,
    AnswerType.ADDRESS,
    AnswerType.CODE,
]  # what one side leaves out the other may tell, never the reverse


@pytest.mark.parametrize("kind", [kind for kind in AnswerType if kind not in ONE_WAY])
@given(one=st.text(max_size=40) | NEAR, other=NEAR)
def test_who_said_it_does_not_matter(kind: AnswerType, one: str, other: str) -> None:
    assert stored_forms(kind, one, "JP") == spoken_forms(kind, one, "JP")
    assert same(kind, one, other, "JP") == same(kind, other, one, "JP")


@pytest.mark.parametrize("kind", AnswerType)
@given(text=st.text(min_size=257, max_size=12_000) | st.text("1-一丁目市区カー", min_size=257, max_size=10_000))
def test_what_is_longer_than_any_answer_is_not_even_looked_at(kind: AnswerType, text: str) -> None:
    assert stored_forms(kind, text, "JP") == spoken_forms(kind, text, "JP") == frozenset()


PARTS = ["1-", "1 ", "一", "十", "1丁目", "市", "区", "郡町", "1市", "カー", "ー", "・", "ケ", "上ル"]
PARTS += ["1月", "A1", "イチ", "ニイ", "字", "a", "n'", "oh", "は", "(", "万"]


@pytest.mark.parametrize("kind", AnswerType)
def test_no_repetition_keeps_it_busy(kind: AnswerType) -> None:
    endings = ("", "1-2-3", "x")  # a pattern that tries every way would never come back
    texts = [(part * 250)[:250] + ending for part in PARTS for ending in endings]
    assert [text for text in texts if len(stored_forms(kind, text, "JP")) > 60] == []


@pytest.mark.parametrize("kind", AnswerType)
@given(text=st.text(max_size=60) | NEAR)
def test_a_text_that_can_be_read_is_the_same_as_itself(kind: AnswerType, text: str) -> None:
    assert same(kind, text, text, "JP") == bool(stored_forms(kind, text, "JP"))


NOTHING = ("", " ", "　", "\n", "。", "\ufe00", "\U000e0100", "外" * 257, "\ue000", "①②③④")


@pytest.mark.parametrize("kind", AnswerType)
def test_nothing_matches_nothing(kind: AnswerType) -> None:
    nothing = [text for text in NOTHING if (kind, text) != (AnswerType.SECRET, "。")]  # may be any signs
    assert [text for text in nothing if stored_forms(kind, text, "JP") or spoken_forms(kind, text, "JP")] == []
