"""What people in the org do that no single record's save does: merge, convert a lead, empty the bin, share no more.

It works past the API, as the org's own pages do.
"""

from typing import TYPE_CHECKING

from tests.salesforce_org.answers import stamp
from tests.salesforce_org.records import Moment
from tests.salesforce_org.schema import Kind, Thing
from tests.salesforce_org.tables import Row

if TYPE_CHECKING:
    from tests.salesforce_org.org import Org

MOST_MERGED = 2


def merge(org: "Org", name: str, master_id: str, loser_ids: tuple[str, ...], moment: Moment) -> None:
    """Merge up to two records into the master: what named them names it, they lie in the bin and point to it."""
    assert len(loser_ids) <= MOST_MERGED, "an org merges at most three records at a time"
    thing = org.thing(name)
    master = _living(org, thing, master_id)
    for loser_id in loser_ids:
        loser = _living(org, thing, loser_id)
        _point_elsewhere(org, thing, loser_id, master_id, moment)
        if loser.get("IsPersonAccount") and thing.name == "Account":
            merge(org, "Contact", str(master["PersonContactId"]), (str(loser["PersonContactId"]),), moment)
        org.records.write(thing, loser | {"IsDeleted": 1, "MasterRecordId": master_id}, moment)
    org.records.write(thing, _living(org, thing, master_id), moment)


def convert(org: "Org", lead_id: str, moment: Moment, account_id: str | None = None) -> str:
    """Convert a lead into a contact, of a new account or of `account_id`; return the contact's id."""
    lead = _living(org, org.thing("Lead"), lead_id)
    assert not lead.get("IsConverted"), "a lead is converted once"
    if account_id is None:
        account_id = org.records.create(org.thing("Account"), {"Name": lead["Company"]}, moment).id
    kept = ("LastName", "FirstName", "Salutation", "Phone", "MobilePhone", "Fax", "Email", "Title")
    values: dict[str, object] = {key: lead[key] for key in kept if lead.get(key) is not None}
    contact_id = org.records.create(org.thing("Contact"), values | {"AccountId": account_id}, moment).id
    assert contact_id is not None, "what was a lead is a contact"
    assert account_id is not None, "a lead has a company"
    done: Row = {"IsConverted": 1, "ConvertedDate": stamp(moment.now)[:10], "Status": "Closed - Converted"}
    done |= {"ConvertedAccountId": account_id, "ConvertedContactId": contact_id}
    org.records.write(org.thing("Lead"), lead | done, moment)
    _point_elsewhere(org, org.thing("Lead"), lead_id, contact_id, moment)
    return contact_id


def restore(org: "Org", name: str, record_id: str, moment: Moment) -> None:
    """Take a record out of the recycle bin again."""
    thing = org.thing(name)
    row = org.tables.get(thing.name, record_id)
    assert row is not None, "what was emptied out of the bin does not come back"
    org.records.write(thing, row | {"IsDeleted": 0, "MasterRecordId": None}, moment)


def _living(org: "Org", thing: Thing, record_id: str) -> Row:
    row = org.tables.get(thing.name, record_id)
    assert row is not None and not row["IsDeleted"], "there is such a record"  # noqa: PT018
    return row


def _point_elsewhere(org: "Org", thing: Thing, old_id: str, new_id: str, moment: Moment) -> None:
    """Let every record that names the old id name the new one, but for what the org itself wrote."""
    for other in org.things.values():
        for one in other:
            if one.kind is Kind.REFERENCE and thing.name in one.refers_to and one.create:
                for row in org.tables.naming(other.name, one.name, old_id):
                    org.records.write(other, row | {one.name: new_id}, moment)
