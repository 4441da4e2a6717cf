"""The standard objects that a call centre's sidecar meets, with the fields and properties of the Object Reference.

Fields that no client here reads are left out; what is here keeps its documented length, kind and property.
"""

from dataclasses import replace

from tests.salesforce_org.schema import Field, Kind, Thing

PREFIXES = {"Organization": "00D", "User": "005", "Account": "001", "Contact": "003", "Lead": "00Q", "Task": "00T"}
PREFIXES |= {"Opportunity": "006", "Event": "00U", "RecordType": "012"}


def text(name: str, length: int, label: str = "", **more: bool | str | tuple[str, ...]) -> Field:
    """Return a text field of the most `length` characters."""
    return replace(Field(name, Kind.STRING, label or name, length), **more)  # type: ignore[arg-type]


def phone(name: str, label: str = "") -> Field:
    """Return a phone field: 40 characters, any text."""
    return Field(name, Kind.PHONE, label or name, 40)


def reference(name: str, *to: str, relationship: str | None = None, label: str = "", **more: bool) -> Field:
    """Return a lookup to records of the objects `to`."""
    back = relationship or name.removesuffix("Id")
    return replace(
        Field(name, Kind.REFERENCE, label or name.removesuffix("Id") + " ID", 18, refers_to=to, relationship=back),
        **more,  # type: ignore[arg-type]
    )


def picklist(name: str, *values: str, restricted: bool = False, default: str | None = None, label: str = "") -> Field:
    """Return a picklist; only a restricted one refuses a value that is not listed."""
    return Field(name, Kind.PICKLIST, label or name, 255, values=values, restricted=restricted, default=default)


def flag(name: str, *, update: bool = True, create: bool = True) -> Field:
    """Return a checkbox, never empty."""
    return Field(name, Kind.BOOLEAN, name, create=create, update=update, nillable=False, defaulted=True, default=False)


def computed(one: Field) -> Field:
    """Return the field as one that only the org writes."""
    return replace(one, create=False, update=False, defaulted=False)


def external_id(name: str, length: int, label: str = "") -> Field:
    """Return a custom text field that is an external id and unique, case-sensitive as ours is set up."""
    return replace(text(name, length, label), external_id=True, unique=True, case_sensitive=True)


def _system(owned: bool) -> list[Field]:
    fields = [
        Field("Id", Kind.ID, "Record ID", 18, create=False, update=False, nillable=False, defaulted=True),
        computed(flag("IsDeleted")),
        computed(Field("CreatedDate", Kind.DATETIME, "Created Date", nillable=False)),
        computed(reference("CreatedById", "User", nillable=False)),
        computed(Field("LastModifiedDate", Kind.DATETIME, "Last Modified Date", nillable=False)),
        computed(reference("LastModifiedById", "User", nillable=False)),
        computed(Field("SystemModstamp", Kind.DATETIME, "System Modstamp", nillable=False)),
    ]
    if owned:
        fields.append(reference("OwnerId", "User", nillable=False, defaulted=True))
    return fields


def _thing(name: str, label: str, *fields: Field, owned: bool = True, writable: bool = True) -> Thing:
    made = Thing(name, PREFIXES[name], label, create=writable, update=writable, delete=writable)
    made.add(*_system(owned), *fields)
    return made


def custom(name: str, prefix: str, label: str, *fields: Field, writable_once: bool = False) -> Thing:
    """Return an object that an admin made; `writable_once`: the integration user may create and read it alone."""
    made = Thing(name, prefix, label, update=not writable_once, delete=not writable_once)
    made.add(*_system(owned=True), computed(text("Name", 80, "Name", is_name=True)), *fields)
    return made


def _person_name(last: int = 80) -> list[Field]:
    return [
        text("LastName", last, "Last Name", nillable=False),
        text("FirstName", 40, "First Name"),
        picklist("Salutation", "Mr.", "Ms.", "Mrs.", "Dr.", "Prof."),
        replace(computed(text("Name", 121, "Full Name", is_name=True)), nillable=False),
    ]


def _master(name: str) -> Field:
    return computed(reference("MasterRecordId", name))


def account() -> Thing:
    """Return Account, without what Person Accounts add."""
    return _thing(
        "Account",
        "Account",
        _master("Account"),
        text("Name", 255, "Account Name", nillable=False, is_name=True),
        picklist("Type", "Prospect", "Customer", "Partner", "Other", label="Account Type"),
        reference("ParentId", "Account", label="Parent Account ID"),
        phone("Phone", "Account Phone"),
        phone("Fax", "Account Fax"),
        Field("Website", Kind.URL, "Website", 255),
        text("AccountNumber", 40, "Account Number"),
        text("BillingStreet", 255, "Billing Street"),
        text("BillingCity", 40, "Billing City"),
        text("BillingState", 80, "Billing State/Province"),
        text("BillingPostalCode", 20, "Billing Zip/Postal Code"),
        text("BillingCountry", 80, "Billing Country"),
        Field("Description", Kind.TEXTAREA, "Account Description", 32_000, filterable=False),
    )


def contact() -> Thing:
    """Return Contact."""
    return _thing(
        "Contact",
        "Contact",
        _master("Contact"),
        reference("AccountId", "Account"),
        *_person_name(),
        phone("Phone", "Business Phone"),
        phone("Fax", "Business Fax"),
        phone("MobilePhone", "Mobile Phone"),
        phone("HomePhone", "Home Phone"),
        phone("OtherPhone", "Other Phone"),
        phone("AssistantPhone", "Asst. Phone"),
        reference("ReportsToId", "Contact", label="Reports To ID"),
        Field("Email", Kind.EMAIL, "Email", 80),
        text("Title", 128),
        text("Department", 80),
        text("MailingStreet", 255, "Mailing Street"),
        text("MailingCity", 40, "Mailing City"),
        text("MailingState", 80, "Mailing State/Province"),
        text("MailingPostalCode", 20, "Mailing Zip/Postal Code"),
        text("MailingCountry", 80, "Mailing Country"),
        Field("Birthdate", Kind.DATE, "Birthdate"),
        Field("Description", Kind.TEXTAREA, "Contact Description", 32_000, filterable=False),
    )


def lead() -> Thing:
    """Return Lead, with what conversion writes."""
    return _thing(
        "Lead",
        "Lead",
        _master("Lead"),
        *_person_name(),
        text("Company", 255, nillable=False),
        text("Title", 128),
        phone("Phone"),
        phone("MobilePhone", "Mobile Phone"),
        phone("Fax"),
        Field("Email", Kind.EMAIL, "Email", 80),
        picklist("LeadSource", "Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"),
        replace(
            picklist("Status", "Open - Not Contacted", "Working - Contacted", "Closed - Converted"),
            nillable=False,
            defaulted=True,
            default="Open - Not Contacted",
        ),
        computed(flag("IsConverted")),
        computed(Field("ConvertedDate", Kind.DATE, "Converted Date")),
        computed(reference("ConvertedAccountId", "Account")),
        computed(reference("ConvertedContactId", "Contact")),
        computed(reference("ConvertedOpportunityId", "Opportunity")),
        Field("Description", Kind.TEXTAREA, "Description", 32_000, filterable=False),
    )


def task() -> Thing:
    """Return Task: TaskSubtype only at creation, CallType restricted, Status and Priority from the org's lists."""
    return _thing(
        "Task",
        "Task",
        reference("WhoId", "Contact", "Lead", label="Name ID"),
        reference("WhatId", "Account", "Opportunity", label="Related To ID"),
        computed(reference("AccountId", "Account")),
        Field("Subject", Kind.STRING, "Subject", 255, is_name=True),
        Field("ActivityDate", Kind.DATE, "Due Date Only"),
        replace(
            picklist("Status", "Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred"),
            nillable=False,
            defaulted=True,
            default="Not Started",
        ),
        replace(picklist("Priority", "High", "Normal", "Low"), nillable=False, defaulted=True, default="Normal"),
        computed(flag("IsHighPriority")),
        computed(flag("IsClosed")),
        computed(flag("IsArchived")),
        Field("Description", Kind.TEXTAREA, "Description", 32_000, filterable=False),
        replace(
            picklist("TaskSubtype", "Task", "Email", "ListEmail", "Cadence", "Call", "LinkedIn", restricted=True),
            update=False,
            defaulted=True,
            default="Task",
        ),
        picklist("CallType", "Internal", "Inbound", "Outbound", restricted=True, label="Call Type"),
        Field("CallDurationInSeconds", Kind.INT, "Call Duration"),
        text("CallDisposition", 255, "Call Result"),
        text("CallObject", 255, "Call Object Identifier"),
        computed(Field("CompletedDateTime", Kind.DATETIME, "Completed Date/Time")),
    )


def standard() -> dict[str, Thing]:
    """Return the objects of an org without Person Accounts, by lower-case name."""
    things = [
        _thing("Organization", "Organization", text("Name", 80), flag("IsSandbox"), owned=False, writable=False),
        _thing(
            "User",
            "User",
            text("Username", 80, nillable=False),
            *_person_name(),
            Field("Email", Kind.EMAIL, "Email", 128, nillable=False),
            flag("IsActive"),
            phone("Phone"),
            phone("MobilePhone", "Mobile"),
            text("Extension", 40),
            text("EmployeeNumber", 20, "Employee Number"),
            owned=False,
        ),
        account(),
        contact(),
        lead(),
        _thing(
            "Opportunity",
            "Opportunity",
            reference("AccountId", "Account"),
            text("Name", 120, nillable=False, is_name=True),
            text("StageName", 255, "Stage", nillable=False),
            Field("CloseDate", Kind.DATE, "Close Date", nillable=False),
        ),
        task(),
        _thing("RecordType", "Record Type", text("Name", 80, is_name=True), text("SobjectType", 40), owned=False),
    ]
    return {thing.name.lower(): thing for thing in things}


def add_person_accounts(things: dict[str, Thing]) -> None:
    """Turn Person Accounts on: an Account can then be a person, with a Contact beside it for the same human."""
    things["account"].add(
        computed(flag("IsPersonAccount")),
        computed(reference("PersonContactId", "Contact", relationship="PersonContact")),
        text("LastName", 80, "Last Name"),
        text("FirstName", 40, "First Name"),
        picklist("Salutation", "Mr.", "Ms.", "Mrs.", "Dr.", "Prof."),
        phone("PersonMobilePhone", "Mobile"),
        phone("PersonHomePhone", "Home Phone"),
        phone("PersonOtherPhone", "Other Phone"),
        phone("PersonAssistantPhone", "Asst. Phone"),
        Field("PersonEmail", Kind.EMAIL, "Email", 80),
        Field("PersonBirthdate", Kind.DATE, "Birthdate"),
    )
    things["contact"].add(computed(flag("IsPersonAccount")))
