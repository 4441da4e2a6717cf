"""What `denwaban doctor` says of a CRM: its findings in words, with how to mend them."""

from collections.abc import Iterator

from plugin.core.ports import Crm, CrmCheck, CrmFinding
from plugin.services.health import LIGHTS, Light
from plugin.web.texts import table, text

WORDS = {
    "signed_in": "signed in",
    "budget": "{n} of {what} API calls left today",
    "budget_low": "only {n} of {what} API calls left today: sync and delivery stop at `budget_percent`",
    "certificate_ends": "the certificate of our key ends in {n} days: upload a new one to the app before then",
    "certificate_ended": "the certificate of our key has ended: make a new key and upload its certificate to the app",
    "certificate_unreadable": "certificate_file or key_file is no PEM file: see docs/salesforce.md, step 4",
    "certificate_of_another_key": "certificate_file is not that of key_file: name the pair that belongs together",
    "field_missing": "Task has no field {what}, or our user may not write it: nothing can be written without it",
    "field_lacking": "Task has no field {what}, or our user may not write it: entries go without it",
    "field_short": "the field {what} holds {n} characters, fewer than we write: lengthen it",
    "not_unique": "the field {what} is not Unique: tick it, so that the org itself refuses a second Task of a call",
    "object_hidden": "our user may not see {what}: give it Read and View All",
    "app_seen": "{what}: signed in, its form and records can be read",
    "code_missing": "no field has the code {what}: see docs/kintone.md, or name its code in the options",
    "code_lacking": "no field has the code {what}: entries go without it",
    "wrong_type": "the field {what} is of a type that cannot hold it: see docs/kintone.md, step 2",
    "duplicates_allowed": "the field {what} allows duplicates: tick 値の重複を禁止する, nothing is written without it",
    "field_required": "the field {what} is required, and we do not write it: every record would be refused",
    "list_lacks": "the list {what} is not in it: such entries go without it",
    "field_hidden": "our user may not see the field {what}: check its permission",
    "number_field": "{what} is a number field, leading zeros of telephone numbers are lost: make it a text or a link",
    "no_number_field": "{what}: no field holds a telephone number, nobody will be recognised: say which in `fields`",
    "no_records": "{what}: no record can be seen: is it empty, or does the token lack レコード閲覧?",
    "fields_there": "every field of Task that we write is there",
}


def look_at_crm(crm: Crm) -> Iterator[tuple[Light, str]]:
    """Ask the CRM how it stands, where it can tell; yield each finding in words."""
    if isinstance(crm, CrmCheck):
        for finding in crm.check():
            yield LIGHTS[finding.weight], f"{finding.word}: {_said(finding)}"


def _said(finding: CrmFinding) -> str:
    if finding.word in WORDS:
        return WORDS[finding.word].format(n=f"{finding.n:,}", what=finding.what)
    key = f"crm.reason.{finding.word}"
    words = text("en", key if key in table() else "crm.reason.other")
    return f"{words} ({finding.what})" if finding.what else words
