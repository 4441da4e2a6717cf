"""Looks for many secrets at once: one pass over what was seen, however many there are.

It finds exactly what `Canary.is_in` finds, and a test holds them together.
"""

from collections.abc import Callable, Iterable

from ahocorasick_rs import BytesAhoCorasick, Implementation

from tests.kit.canary import Canary, Views


class _Pass:
    """The spellings of all secrets in one automaton."""

    def __init__(self, canaries: Iterable[Canary], spellings: Callable[[Canary], Iterable[bytes]]) -> None:
        self._whose: dict[bytes, list[Canary]] = {}
        for one in canaries:
            for spelling in spellings(one):
                self._whose.setdefault(spelling, []).append(one)
        self._words = list(self._whose)
        how = Implementation.ContiguousNFA  # made thirty times as fast as the one that is chosen for few words
        self._automaton = BytesAhoCorasick(self._words, implementation=how) if self._words else None

    def over(self, data: bytes) -> set[Canary]:
        """Return those that stand there."""
        if self._automaton is None:
            return set()
        found = {at for at, _, _ in self._automaton.find_matches_as_indexes(data, overlapping=True)}
        return {one for at in found for one in self._whose[self._words[at]]}


class Search:
    """A set of secrets, ready to be looked for."""

    def __init__(self, canaries: Iterable[Canary]) -> None:
        known = list(canaries)
        self._raw = _Pass(known, lambda one: one.patterns)
        self._text = _Pass(known, lambda one: [one.word.encode("utf-8", "surrogatepass")] if one.word else [])
        self._apart = _Pass(known, lambda one: [one.apart.encode("utf-8", "surrogatepass")] if one.apart else [])

    def raw(self, data: bytes) -> set[Canary]:
        """Return those that stand there in some encoding, read as bytes alone."""
        return self._raw.over(data)

    def among(self, views: Views) -> set[Canary]:
        """Return those that stand there in any of the ways."""
        found: set[Canary] = set()
        for raw in views.raws:
            found |= self._raw.over(raw)
        for text in views.texts:
            seen = self._text.over(text.encode("utf-8", "surrogatepass"))
            found |= {one for one in seen if not one.must_stand_alone or one.stands_alone_in(text)}
        for text in views.apart:
            found |= self._apart.over(text.encode("utf-8", "surrogatepass"))
        return found
