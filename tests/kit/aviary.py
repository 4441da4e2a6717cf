"""The secrets of one site and all that was seen of it, to be searched at the end: many a secret is known only late."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from tests.kit.canary import GZIP, Canary, Kind, Leak, Views, may_stand
from tests.kit.canary_search import Search

_BETWEEN = b"\n|\n"  # two cells of a table are not one word


@dataclass
class Aviary:
    """The secrets of one site, and what was seen of it; a secret that comes up late is looked for in all of it."""

    canaries: set[Canary] = field(default_factory=set)
    _seen: dict[str, list[bytes]] = field(default_factory=dict)
    _raw: dict[str, list[bytes]] = field(default_factory=dict)

    def add(self, kind: Kind, *values: str | bytes) -> None:
        """Know these secrets; empty ones are none."""
        self.canaries |= {Canary(kind, value) for value in values if value}

    def see(self, place: str, data: bytes | str) -> None:
        """Remember what stood in a place; the place must name no secret itself."""
        kept = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        if kept and not (place.startswith("page /static") or kept in self._seen.setdefault(place, [])):
            self._seen.setdefault(place, []).append(kept)

    def see_raw(self, place: str, data: bytes) -> None:
        """Remember pages of a file that are read as bytes alone, because there are many of them."""
        self._raw.setdefault(place, []).append(data)

    @property
    def places(self) -> set[str]:
        """Where something was seen."""
        return set(self._seen) | set(self._raw)

    def kinds_in(self, pattern: str) -> set[Kind]:
        """Return the kinds of secrets that stand in the places of this pattern, rightly or not."""
        search = Search(self.canaries)
        places = (views for place, views in self._views() if fnmatchcase(place, pattern))
        return {one.kind for views in places for one in search.among(views)}

    def leaks(self) -> list[Leak]:
        """Return every kind that stood where it may not, with the place."""
        search = Search(self.canaries)
        found = {(one.kind, place) for place, views in self._views() for one in search.among(views)}
        found |= {(one.kind, place) for place, all_ in self._raw.items() for piece in all_ for one in search.raw(piece)}
        return sorted(Leak(kind, place) for kind, place in found if not may_stand(kind, place))

    def _views(self) -> Iterator[tuple[str, Views]]:
        for place, pieces in list(self._seen.items()):
            yield place, Views(_BETWEEN.join(pieces)) if not any(GZIP in one for one in pieces) else _Many(pieces)


class _Many(Views):
    def __init__(self, pieces: list[bytes]) -> None:
        each = [Views(piece) for piece in pieces]
        self.raws = [raw for views in each for raw in views.raws]
        self.texts = [text for views in each for text in views.texts]
