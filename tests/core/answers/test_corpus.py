"""What people legitimately say or write for the same answer is accepted; what is merely alike is refused."""

from pathlib import Path

import pytest

from plugin.core.answers import same, stored_forms
from plugin.core.identity import AnswerType

Pair = tuple[AnswerType, str, str]


def _read() -> tuple[list[Pair], list[Pair]]:
    """Return the legitimate pairs and the near misses of corpus/<type>.txt: `= stored`, then `+` and `-` spoken."""
    pairs: dict[str, list[Pair]] = {"+": [], "-": []}
    for kind in AnswerType:
        stored = ""
        for line in (Path(__file__).parent / "corpus" / f"{kind}.txt").read_text("utf-8").split("\n")[:-1]:
            mark, said = line[0], line[2:]
            if mark == "=":
                stored = said
            else:
                pairs[mark].append((kind, stored, said))
    return pairs["+"], pairs["-"]


LEGITIMATE, NEAR_MISSES = _read()


def test_the_corpus_is_wide() -> None:
    assert len(LEGITIMATE) > 700
    assert len(NEAR_MISSES) > 300
    for pairs in (LEGITIMATE, NEAR_MISSES):
        assert {kind for kind, _, _ in pairs} == set(AnswerType)


@pytest.mark.parametrize(("kind", "stored", "spoken"), LEGITIMATE)
def test_a_legitimate_answer_is_accepted(kind: AnswerType, stored: str, spoken: str) -> None:
    assert same(kind, stored, spoken, "JP")


@pytest.mark.parametrize(("kind", "stored", "spoken"), NEAR_MISSES)
def test_a_near_miss_is_refused(kind: AnswerType, stored: str, spoken: str) -> None:
    assert not same(kind, stored, spoken, "JP")


@pytest.mark.parametrize(("kind", "stored", "spoken"), LEGITIMATE)
def test_an_answer_leaves_few_marks(kind: AnswerType, stored: str, spoken: str) -> None:
    assert len(stored_forms(kind, stored, "JP")) <= 40
