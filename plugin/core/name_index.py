"""How customers are found by words: the folded letters of name, reading and code, and their pairs of neighbours.

Pairs of letters find the two-letter words that Japanese is full of (解約, 佐藤) on any database. Folding makes widths,
cases, hiragana and katakana, and old and printed forms of a character one; it is for finding, never for proving.
"""

import unicodedata
from collections.abc import Iterable

from plugin.core.answers.letters import katakana
from plugin.core.answers.name import modern

LONGEST_SEARCH = 100


def fold(text: str) -> str:
    """Return the letters and digits of `text` in one width, case, kana and form; nothing else is left."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(letter for letter in wide if letter.isalnum() or letter in "ー々")
    return modern(katakana(kept))


def words_of(text: str) -> tuple[str, ...]:
    """Return the folded words of a search, in their order, each once."""
    return tuple(dict.fromkeys(word for word in map(fold, text.split()) if word))


def pairs_of(fields: Iterable[str]) -> frozenset[str]:
    """Return every two neighbouring letters of each field, and its last letter alone, so that one letter finds too."""
    pairs: set[str] = set()
    for field in fields:
        folded = fold(field)
        pairs.update(folded[place : place + 2] for place in range(len(folded)))
    return frozenset(pairs)


def sought_pairs(word: str) -> tuple[str, ...]:
    """Return the pairs that everything containing the folded `word` (two letters at least) has, in their order."""
    return tuple(dict.fromkeys(word[place : place + 2] for place in range(len(word) - 1)))


def holds(fields: Iterable[str], words: Iterable[str]) -> bool:
    """Tell whether each of the folded `words` stands in one of the fields."""
    folded = [fold(field) for field in fields]
    return all(any(word in field for field in folded) for word in words)
