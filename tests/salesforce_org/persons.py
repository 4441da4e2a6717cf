"""Person Accounts: one human who is an Account and a Contact at once, the Contact following the Account.

The Contact is changed through its Account only, as Salesforce's documents say.
"""

from tests.salesforce_org.tables import Row

# field of the Account → field of its Contact
SHARED = {
    "LastName": "LastName",
    "FirstName": "FirstName",
    "Salutation": "Salutation",
    "Phone": "Phone",
    "Fax": "Fax",
    "PersonMobilePhone": "MobilePhone",
    "PersonHomePhone": "HomePhone",
    "PersonOtherPhone": "OtherPhone",
    "PersonAssistantPhone": "AssistantPhone",
    "PersonEmail": "Email",
    "PersonBirthdate": "Birthdate",
    "OwnerId": "OwnerId",
    "IsDeleted": "IsDeleted",
}


def contact_of(account: Row, contact: Row | None) -> Row:
    """Return the Contact as its Account has it now."""
    made: Row = dict(contact or {"Id": account["PersonContactId"], "CreatedDate": account["CreatedDate"]})
    made |= {theirs: account.get(ours) for ours, theirs in SHARED.items()}
    made |= {"AccountId": account["Id"], "IsPersonAccount": 1, "CreatedById": account["CreatedById"]}
    return made
