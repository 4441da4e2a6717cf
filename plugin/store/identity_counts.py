"""How many customers could ever be verified, counted by the database from the names of the items that are stored.

What Policy.level_of decides of one customer is said here over all of them; a test holds the two against each other.
"""

from datetime import datetime

from sqlalchemy import Connection, bindparam, text

from plugin.core.identity import OF_THE_MOBILE, Factor, Item, Policy, Proof
from plugin.core.policy_effect import Coverage
from plugin.core.times import to_us

_COUNT = text(
    "SELECT COUNT(*),"
    " SUM(things >= :items AND own >= :persons AND classes >= :classes),"
    " SUM(things >= :items + :further AND own >= :persons + :further AND classes >= :classes),"
    " SUM((things + mobile >= :items AND own + mobile >= :persons AND by_phone >= :classes)"
    "  OR (mobile * :call_back = 1 AND house >= :call_back_items)),"
    " SUM((things + mobile >= :items + :further AND own + mobile >= :persons + :further AND by_phone >= :classes"
    "   AND own + mobile * :code_counts >= :further)"
    "  OR (mobile * :call_back = 1 AND house >= :call_back_items AND own >= :further))"
    " FROM (SELECT things, own, house, mobile, (own > 0) + (house > 0) + (public > 0) AS classes,"
    "  (own + mobile > 0) + (house > 0) + (public > 0) AS by_phone"
    "  FROM (SELECT COALESCE(h.things, 0) AS things, COALESCE(h.own, 0) AS own, COALESCE(h.house, 0) AS house,"
    "   COALESCE(h.public, 0) AS public, :offered * EXISTS (SELECT 1 FROM customer_numbers n WHERE n.customer_id = c.id"
    "    AND n.personal = 1 AND n.valid = 1 AND n.changed_at <= :settled) AS mobile"
    "   FROM customers c LEFT JOIN (SELECT customer_id,"
    "     COUNT(DISTINCT CASE item WHEN 'name' THEN 'name_kana' ELSE item END) AS things,"
    "     SUM(item IN :own_items) AS own, SUM(item IN :house_items) AS house, SUM(item IN :public_items) AS public"
    "     FROM identity_items WHERE item IN :asked AND changed_at <= :settled GROUP BY customer_id) h"
    "    ON h.customer_id = c.id WHERE c.gone_at IS NULL AND c.kind = 'person') each_one) counted"
).bindparams(*(bindparam(name, expanding=True) for name in ("own_items", "house_items", "public_items", "asked")))


def count(connection: Connection, policy: Policy, offered: frozenset[Proof], settled_by: datetime) -> Coverage:
    """Count the persons who reach each level; `offered`: the proofs that the site can establish.

    Reads every customer: seconds for a million of them.
    """
    mobile = offered & OF_THE_MOBILE
    given = {
        "items": policy.items,
        "classes": policy.classes,
        "persons": policy.persons,
        "further": policy.further,
        "call_back_items": policy.call_back_items,
        "call_back": int(policy.call_back_items > 0 and Proof.CALL_BACK_PERSONAL_MOBILE in mobile),
        "code_counts": int(bool(mobile & policy.further_proofs)),
        "offered": int(bool(mobile)),
        "settled": to_us(settled_by),
        "asked": _names(policy.asked),
        "own_items": _names({item for item in Item if item.factor is Factor.PERSON}),
        "house_items": _names({item for item in Item if item.factor is Factor.HOUSEHOLD}),
        "public_items": _names({item for item in Item if item.factor is Factor.PUBLIC}),
    }
    return Coverage(*(int(number or 0) for number in connection.execute(_COUNT, given).one()))


def _names(items: frozenset[Item] | set[Item]) -> list[str]:
    return sorted(item.value for item in items)
