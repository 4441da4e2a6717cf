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
    assert len(LEGITIMATE) > 1500
    assert len(NEAR_MISSES) > 1000
    for pairs in (LEGITIMATE, NEAR_MISSES):
        assert {kind for kind, _, _ in pairs} == set(AnswerType)


@pytest.mark.parametrize("kind", AnswerType)
def test_what_is_legitimate_is_accepted(kind: AnswerType) -> None:
    refused = [pair for pair in LEGITIMATE if pair[0] is kind and not same(*pair, "JP")]
    assert refused == []


@pytest.mark.parametrize("kind", AnswerType)
def test_a_near_miss_is_refused(kind: AnswerType) -> None:
    accepted = [pair for pair in NEAR_MISSES if pair[0] is kind and same(*pair, "JP")]
    assert accepted == []


@pytest.mark.parametrize("kind", AnswerType)
def test_an_answer_leaves_few_marks(kind: AnswerType) -> None:
    stored = {pair[1] for pair in LEGITIMATE if pair[0] is kind}
    assert max(len(stored_forms(kind, each, "JP")) for each in stored) <= 40
