"""The one way in which a journey tells desks to draw themselves anew: who is told what, once each.

Refuses to bother the bus for nobody: such a word would wake every process of the site, to say nothing.
"""

from collections.abc import Iterable

from plugin.core.ids import UserId
from plugin.core.ports import ANYTHING, Publisher


def tell(bus: Publisher, people: Iterable[UserId], about: str = ANYTHING) -> None:
    """Tell the people's desks what changed (a call, by its id, or anything); nothing is said where there is nobody."""
    if topics := tuple(sorted(set(people))):
        bus.publish(topics, about)
