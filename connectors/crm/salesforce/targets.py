"""Whose Task an entry becomes: from the id that the house knows a customer by to the record that may own a Task.

A person account is its contact; a merged record is what it was merged into; a converted lead is the contact it became.
Refuses an id that is none of an account, a contact or a lead.
"""

import re
import threading
from collections.abc import Iterable, Sequence

from connectors.crm.salesforce.client import Record, Session
from connectors.crm.salesforce.tasks import Target
from plugin.core.errors import OutsideError

_ID = re.compile(r"[A-Za-z0-9]{18}")
_OBJECTS = {"001": "Account", "003": "Contact", "00Q": "Lead"}
_MOST_HOPS = 5
_MOST_KNOWN = 100_000
_MOST_IDS_A_QUERY = 300


class Targets:
    """What is known of the org's customers as owners of Tasks. Used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._contact_of: dict[str, str | None] = {}

    def of(self, session: Session, customers: Iterable[str]) -> dict[str, Target | OutsideError]:
        """Return the target of each customer id; an id that can be none has its permanent error instead.

        Asks the org only about accounts it has not asked about before, and only where persons may be accounts.
        """
        found: dict[str, Target | OutsideError] = {}
        accounts = set()
        for customer in set(customers):
            kind = _OBJECTS.get(customer[:3]) if _ID.fullmatch(customer) else None
            if kind is None:
                found[customer] = OutsideError("malformed_id", permanent=True)
            elif kind == "Account":
                accounts.add(customer)
            else:
                found[customer] = Target(who=customer)
        contacts = self._contacts(session, accounts)
        for account in accounts:
            contact = contacts.get(account)
            found[account] = Target(what=account) if contact is None else Target(who=contact)
        return found

    def _contacts(self, session: Session, accounts: set[str]) -> dict[str, str | None]:
        if not accounts or "PersonContactId" not in session.describe("Account"):
            return {}
        with self._lock:
            known = {one: self._contact_of[one] for one in accounts if one in self._contact_of}
        asked = sorted(accounts - set(known))
        told: dict[str, str | None] = {
            str(record["Id"]): record.get("PersonContactId")
            for record in _records(session, "Id, PersonContactId", "Account", asked)
        }
        with self._lock:
            if len(self._contact_of) + len(told) > _MOST_KNOWN:
                self._contact_of.clear()
            self._contact_of |= told
        return known | told

    def again(self, session: Session, targets: Iterable[Target]) -> dict[Target, Target | None]:
        """Return what took the place of each target: itself where it is alive, None where nothing did.

        Follows merges (MasterRecordId) and conversions (ConvertedContactId) over several hops.
        """
        wanted = {target: target.who or target.what for target in targets}
        now_at: dict[str, str | None] = {first: first for first in wanted.values() if first}
        open_ids = set(now_at)
        for _ in range(_MOST_HOPS):
            if not open_ids:
                break
            moved = self._hop(session, sorted(open_ids))
            now_at = {first: moved.get(last, last) if last else None for first, last in now_at.items()}
            open_ids = {new for old, new in moved.items() if new is not None and new != old}
        return {target: _same_kind(now_at.get(first or "")) for target, first in wanted.items()}

    def _hop(self, session: Session, ids: Sequence[str]) -> dict[str, str | None]:
        """Return for each id where it went: itself (alive), another id, or None (gone, or not to be seen)."""
        moved: dict[str, str | None] = dict.fromkeys(ids)
        for prefix, name in _OBJECTS.items():
            some = [one for one in ids if one.startswith(prefix)]
            if not some:
                continue
            fields = "Id, IsDeleted, MasterRecordId"
            fields += ", IsConverted, ConvertedContactId, ConvertedAccountId" if name == "Lead" else ""
            for record in _records(session, fields, name, some):
                moved[str(record["Id"])] = _went_to(record)
        return moved


def _went_to(record: Record) -> str | None:
    if record.get("IsDeleted"):
        return record.get("MasterRecordId") or None
    if record.get("IsConverted"):
        return record.get("ConvertedContactId") or record.get("ConvertedAccountId") or None
    return str(record["Id"])


def _same_kind(record_id: str | None) -> Target | None:
    if record_id is None:
        return None
    return Target(what=record_id) if record_id.startswith("001") else Target(who=record_id)


def _records(session: Session, fields: str, name: str, ids: Sequence[str]) -> Iterable[Record]:
    for start in range(0, len(ids), _MOST_IDS_A_QUERY):
        listed = ", ".join(f"'{one}'" for one in ids[start : start + _MOST_IDS_A_QUERY])
        soql = f"SELECT {fields} FROM {name} WHERE Id IN ({listed})"  # noqa: S608  ids of eighteen letters and digits
        for page in session.query(soql, gone_too=True):
            yield from page
