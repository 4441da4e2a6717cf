"""How customers are found by words: the folded letters of name, reading and code, and their pairs of neighbours.

Pairs of letters find the two-letter words that Japanese is full of (解約, 佐藤) on any database. Folding makes widths,
cases, hiragana and katakana, and old and printed forms of a character one; it is for finding, never for proving.
"""

import re
import unicodedata
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from operator import add

from plugin.core.answers.letters import katakana
from plugin.core.answers.name import modern

LONGEST_SEARCH = 100


class _Letters(dict[int, str]):
    """What each letter folds to, worked out at its first use."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_whole(chr(code))
        return folded


_letters = _Letters()
# Letters that fold each by itself, whatever stands beside them: no half-width kana, no marks that join the one before.
_BY_LETTER = re.compile("[ -~\u3000-\u3020\u3041-\u3096\u30a1-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e]*")


def fold(text: str) -> str:
    """Return the letters and digits of `text` in one width, case, kana and form; nothing else is left."""
    return text.translate(_letters) if _BY_LETTER.fullmatch(text) else _fold_whole(text)


def _fold_whole(text: str) -> str:
    wide = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(letter for letter in wide if letter.isalnum() or letter in "ー々")
    return modern(katakana(kept))


def words_of(text: str) -> tuple[str, ...]:
    """Return the folded words of a search, in their order, each once."""
    return tuple(dict.fromkeys(word for word in map(fold, text.split()) if word))


def pairs_of(fields: Iterable[str]) -> AbstractSet[str]:
    """Return every two neighbouring letters of each field, and its last letter alone, so that one letter finds too."""
    pairs: set[str] = set()
    for field in fields:
        if field and (folded := fold(field)):
            pairs.update(map(add, folded, folded[1:]))
            pairs.add(folded[-1])
    return pairs


def sought_pairs(word: str) -> tuple[str, ...]:
    """Return the pairs that everything containing the folded `word` (two letters at least) has, in their order."""
    return tuple(dict.fromkeys(word[place : place + 2] for place in range(len(word) - 1)))


def holds(fields: Iterable[str], words: Iterable[str]) -> bool:
    """Tell whether each of the folded `words` stands in one of the fields."""
    folded = [fold(field) for field in fields]
    return all(any(word in field for field in folded) for word in words)
