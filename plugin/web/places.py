"""The bar on top: which places stand in it one by one, and which wait in a menu of their subject.

What people use with a caller on the line is never in a menu. A menu of one place is that place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_FEW = 6  # so many find room side by side on every screen

# The menu that a place waits in; what is not here stands in the bar itself.
_MENUS: Mapping[str, str] = {
    "sharings.shared": "calls",
    "clips.all_of_them": "calls",
    "lock_outs.page": "identity",
    "mandates.page": "identity",
    "policy.page": "identity",
    "overrides.page": "identity",
    "cases.page": "cases",
    "harassment.page": "cases",
    "holds.page": "cases",
    "disclosures.page": "cases",
    "redactions.all_of_them": "cases",
    "purposes.page": "keeping",
    "retention.page": "keeping",
    "audit.page": "keeping",
    "listening.page": "keeping",
    "jobs.page": "site",
    "sources.page": "site",
    "crm.page": "site",
    "seats.table": "site",
}


# Rooms all of whose pages belong to one place: on a case one is still among the cases.
_WHOLE: Mapping[str, str] = {
    "cases": "cases.page",
    "evidence": "cases.page",
    "harassment": "harassment.page",
    "holds": "holds.page",
    "disclosures": "disclosures.page",
    "disclosure_answers": "disclosures.page",
    "redactions": "redactions.all_of_them",
    "clips": "clips.all_of_them",
    "purposes": "purposes.page",
    "audit": "audit.page",
    "jobs": "jobs.page",
    "checks": "checks.page",
}


@dataclass(frozen=True, slots=True)
class Stop:
    """A place in the bar, or a menu of several: `places` are endpoint and key of the name, `name` the menu's key."""

    name: str
    places: tuple[tuple[str, str], ...]

    @property
    def is_menu(self) -> bool:
        """Whether it opens."""
        return len(self.places) > 1


def bar_of(places: Iterable[tuple[str, str]]) -> tuple[Stop, ...]:
    """Return the bar for who may go to these places, in their order; a menu stands where its first place would."""
    shown = tuple(places)
    menus: dict[str, list[tuple[str, str]]] = {}
    for endpoint, name in shown:
        menu = _MENUS.get(endpoint, "") if len(shown) > _FEW else ""
        menus.setdefault(f"frame.menu.{menu}" if menu else endpoint, []).append((endpoint, name))
    return tuple(Stop(name, tuple(found)) for name, found in menus.items())


def place_of(endpoint: str | None) -> str:
    """Return the endpoint of the place to which a page belongs: itself, where it is none of a whole room."""
    return _WHOLE.get((endpoint or "").partition(".")[0], endpoint or "")
