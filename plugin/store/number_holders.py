"""Who holds which number: the index that a ring looks into, kept apart from the numbers themselves.

Numbers come from a CRM in no order of theirs, and each new one would change a page of a large index by itself. Those of
new customers are therefore put in together, in the index's own order, when all of their page is stored
(docs/decisions/0170). Knows customers by their place; judges nothing.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from plugin.store.prepared import ManyRows, NewRows

Holding = tuple[str, int]  # the number in E.164, and the place of a customer who has it

_ADD = "INSERT INTO number_holders (e164, place)"
_HOLD = {
    True: NewRows(_ADD, 2, "ON CONFLICT (e164, place) DO NOTHING"),
    False: NewRows(_ADD, 2, "ON DUPLICATE KEY UPDATE place = place"),
}
_RELEASE = ManyRows("DELETE FROM number_holders WHERE e164 = ? AND place = ?")


def hold(connection: Connection, holdings: Iterable[Holding]) -> None:
    """Let each number be found with its customer; what stands there already stays."""
    _HOLD[connection.dialect.name == "sqlite"].run(connection, sorted(holdings))


def release(connection: Connection, holdings: Iterable[Holding]) -> None:
    """Let each number be found with its customer no more."""
    _RELEASE.run(connection, sorted(holdings))
