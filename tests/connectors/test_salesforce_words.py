"""Every reason for which an admin must act has words on the page and a row in the docs."""

import re
from pathlib import Path

from connectors.crm.salesforce.refusals import _KINDS, Kind
from plugin.web.texts import table

DOCS = Path(__file__).parent.parent.parent / "docs" / "errors.md"


def test_every_reason_of_a_dead_letter_is_explained_on_the_page() -> None:
    rare = {"field_filter_validation_exception", "invalid_type_on_field_in_record"}
    codes = {code.lower() for kind in (Kind.QUARANTINE, Kind.RETARGET) for code in _KINDS[kind].split()}
    assert codes - rare - {key.removeprefix("crm.reason.") for key in table()} == set()


def test_the_docs_know_every_reason_that_the_page_knows() -> None:
    chapter = DOCS.read_text("utf-8").split("## Reasons of a CRM")[1]
    named = set(re.findall(r"`([a-z0-9_]+…?)`", chapter))
    stems = tuple(name[:-1] for name in named if name.endswith("…"))
    reasons = {key.removeprefix("crm.reason.") for key in table() if key.startswith("crm.reason.")} - {"other"}
    assert {reason for reason in reasons if reason not in named and not reason.startswith(stems)} == set()
