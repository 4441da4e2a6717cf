"""Who holds which number: the index that a ring looks into, kept apart from the numbers themselves.

Numbers come from a CRM in no order of theirs, and each new one would change a page of a large index by itself. Those of
new customers are therefore put in together, in the index's own order, when all of their page is stored
(docs/decisions/0170). Knows customers by their place; judges nothing.

An entry may be out of date for a moment: whoever looks in asks the numbers themselves too.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from plugin.core.ids import CustomerId
from plugin.store.prepared import ManyRows, NewRows, Prepared

Holding = tuple[str, int]  # the number in E.164, and the place of a customer who has it

_ADD = "INSERT INTO number_holders (e164, place)"
_HOLD = {
    True: NewRows(_ADD, 2, "ON CONFLICT (e164, place) DO NOTHING"),
    False: NewRows(_ADD, 2, "ON DUPLICATE KEY UPDATE place = place"),
}
_RELEASE = ManyRows("DELETE FROM number_holders WHERE e164 = ? AND place = ?")
_SHARED = Prepared(
    "SELECT n.e164 FROM customer_numbers n WHERE n.customer_id = :customer AND n.e164 IS NOT NULL"
    " AND n.kind <> 'mentioned' AND EXISTS (SELECT 1 FROM number_holders h JOIN customers c ON c.place = h.place"
    " JOIN customer_numbers o ON o.customer_id = c.id AND o.e164 = h.e164"
    " WHERE h.e164 = n.e164 AND c.id <> n.customer_id AND c.gone_at IS NULL AND o.kind <> 'mentioned')"
)


def hold(connection: Connection, holdings: Iterable[Holding]) -> None:
    """Let each number be found with its customer; what stands there already stays."""
    _HOLD[connection.dialect.name == "sqlite"].run(connection, sorted(holdings))


def release(connection: Connection, holdings: Iterable[Holding]) -> None:
    """Let each number be found with its customer no more."""
    _RELEASE.run(connection, sorted(holdings))


def shared_with_others(connection: Connection, customer_id: CustomerId) -> frozenset[str]:
    """Return those of the customer's numbers that somebody else, who is not gone, has too.

    A number that a free text merely mentions is nobody's there. Whom a load has brought, and not yet let be found by
    his numbers, is nobody yet.
    """
    return frozenset(e164 for (e164,) in _SHARED.rows(connection, customer=customer_id))
