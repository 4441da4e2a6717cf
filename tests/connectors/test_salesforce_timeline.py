"""One Task a call in a Salesforce org: the promises of every CRM, and what is Salesforce's own."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.crm.salesforce import SalesforceCrm
from connectors.crm.salesforce.tasks import cut
from plugin.core.errors import OutsideError
from plugin.core.timeline import TimelineEntry
from tests.connectors.contracts import ENTRY
from tests.kit.clock import HandClock
from tests.kit.salesforce import crm_of, dress
from tests.kit.tempo import HandTempo
from tests.salesforce_org import Org
from tests.salesforce_org.faults import Act, Fault, locked_row, lost_answer
from tests.salesforce_org.objects import external_id, text
from tests.salesforce_org.schema import Kind


@pytest.fixture
def crm(org: Org, tmp_path: Path, time: HandTempo) -> SalesforceCrm:
    return crm_of(org, tmp_path, time.tempo())


def _entries(count: int, customer: str) -> list[TimelineEntry]:
    return [
        replace(ENTRY, external_id=f"denwaban-{number:05}", customer_external_id=customer) for number in range(count)
    ]


def _tasks(org: Org) -> list[str]:
    return sorted(str(row["Denwaban_Call__c"]) for row in org.living("Task"))


def _refusal(answer: str | OutsideError) -> OutsideError:
    assert isinstance(answer, OutsideError)
    return answer


def test_a_backlog_goes_two_hundred_a_call(org: Org, crm: SalesforceCrm) -> None:
    contact = org.insert("Contact", LastName="山田")
    entries = _entries(450, contact)
    answers = crm.put(entries)
    assert len(set(map(str, answers))) == 450
    assert _tasks(org) == [entry.external_id for entry in entries]
    assert org.limits.counts["collections_create"] == 3
    assert org.limits.calls == 4  # and one describe


def test_poison_rows_keep_nothing_back_and_cost_no_call(org: Org, crm: SalesforceCrm) -> None:
    contact = org.insert("Contact", LastName="山田")
    entries = _entries(60, contact)
    org.add_fields("Task", replace(text("Denwaban_Outcome__c", 32), kind=Kind.PICKLIST, restricted=True, values=("x",)))
    for place in (0, 31, 59):
        entries[place] = replace(entries[place], customer_external_id="not an id")
    for place in range(1, 59, 2):
        entries[place] = replace(entries[place], outcome=None)
    answers = crm.put(entries)
    refused = {place: _refusal(answer) for place, answer in enumerate(answers) if not isinstance(answer, str)}
    assert {error.reason for error in refused.values()} == {"malformed_id", "invalid_or_null_for_restricted_picklist"}
    assert all(error.permanent for error in refused.values())
    assert len(_tasks(org)) == 60 - len(refused) == 28
    assert org.limits.counts["collections_create"] == 1


def test_a_time_out_after_commit_makes_no_second_task(org: Org, crm: SalesforceCrm, time: HandTempo) -> None:
    contact = org.insert("Contact", LastName="山田")
    org.faults.add(Fault(Act.CUT, "collections_create", 2))
    answers = crm.put(_entries(5, contact))
    assert all(isinstance(answer, str) for answer in answers)
    assert len(_tasks(org)) == 5
    assert sorted(map(str, answers)) == sorted(str(row["Id"]) for row in org.living("Task"))
    assert time.pauses


def test_an_answer_that_never_comes_is_an_error_and_the_repeat_adopts(
    org: Org, tmp_path: Path, time: HandTempo
) -> None:
    crm = crm_of(org, tmp_path, time.tempo(), read_timeout_s="2")
    contact = org.insert("Contact", LastName="山田")
    crm.timeline_of(contact, 1)  # what is described stays known
    org.faults.add(lost_answer("collections_create", 3))
    with pytest.raises(OutsideError) as lost:
        crm.put(_entries(3, contact))
    assert not lost.value.permanent
    org.faults.clear()
    assert all(isinstance(answer, str) for answer in crm.put(_entries(3, contact)))
    assert len(_tasks(org)) == 3


@pytest.mark.parametrize("kind", ["collections_create", "collections_update"])
def test_http_300_adopts_what_stands(org: Org, crm: SalesforceCrm, kind: str) -> None:
    contact = org.insert("Contact", LastName="山田")
    entries = _entries(3, contact)
    first = crm.put(entries)
    org.faults.add(Fault(Act.REFUSE, kind, status=300, code="MULTIPLE_CHOICES"))
    version = 1 if kind == "collections_create" else 2
    assert crm.put([replace(entry, version=version, text="neu") for entry in entries]) == first
    assert len(_tasks(org)) == 3
    if version == 2:
        assert {entry.text for entry in crm.timeline_of(contact, 9)} == {"neu"}


def test_a_field_that_is_not_unique_is_looked_up_first(org: Org, crm: SalesforceCrm) -> None:
    org.add_fields("Task", replace(external_id("Denwaban_Call__c", 64), unique=False))
    contact = org.insert("Contact", LastName="山田")
    entries = _entries(3, contact)
    org.faults.add(Fault(Act.CUT, "collections_create"))
    with pytest.raises(OutsideError) as lost:
        crm.put(entries)
    assert not lost.value.permanent
    first = crm.put(entries)
    assert org.limits.counts["collections_create"] == 1
    assert crm.put([replace(entry, text="other") for entry in entries]) == first
    assert len(_tasks(org)) == 3
    assert {entry.text for entry in crm.timeline_of(contact, 9)} == {ENTRY.text}


def test_a_locked_row_goes_alone_and_the_others_are_not_held_up(org: Org, crm: SalesforceCrm) -> None:
    contact = org.insert("Contact", LastName="山田")
    org.faults.add(locked_row(1, on="collections", times=1))
    answers = crm.put(_entries(4, contact))
    assert all(isinstance(answer, str) for answer in answers)
    assert org.limits.counts["collections_create"] == 2
    org.faults.add(locked_row(on="collections", times=9))
    refused = _refusal(crm.put([replace(ENTRY, external_id="denwaban-x", customer_external_id=contact)])[0])
    assert (refused.reason, refused.permanent) == ("unable_to_lock_row", False)


def test_many_locked_rows_do_not_cost_a_request_each(org: Org, crm: SalesforceCrm) -> None:
    contact = org.insert("Contact", LastName="山田")
    org.faults.add(locked_row(on="collections", times=50))
    answers = crm.put(_entries(50, contact))
    assert org.limits.counts["collections_create"] == 1 + 5
    assert [isinstance(answer, str) for answer in answers].count(True) == 5
    assert {_refusal(answer).reason for answer in answers if not isinstance(answer, str)} == {"unable_to_lock_row"}


@pytest.mark.parametrize("code", ["INSUFFICIENT_ACCESS_OR_READONLY", "STORAGE_LIMIT_EXCEEDED"])
def test_a_row_that_may_not_be_written_is_told_from_an_org_that_may_not(
    org: Org, crm: SalesforceCrm, code: str
) -> None:
    contact = org.insert("Contact", LastName="山田")
    bad = Fault(Act.LOCK_ROW, "collections", 1, code=code, row=1)
    org.faults.add(bad)
    if code == "STORAGE_LIMIT_EXCEEDED":
        with pytest.raises(OutsideError) as stopped:
            crm.put(_entries(3, contact))
        assert stopped.value.facts["retry_after_s"] >= 60
    else:
        answers = crm.put(_entries(3, contact))
        assert _refusal(answers[1]).permanent
        assert isinstance(answers[0], str)
        assert isinstance(answers[2], str)
        org.faults.add(replace(bad, times=3, row=None))
        with pytest.raises(OutsideError):  # not one row came through: it is not the rows
            crm.put([replace(entry, external_id=f"{entry.external_id}-2") for entry in _entries(3, contact)])


def test_a_task_that_we_may_not_see_is_a_dead_letter(org: Org, crm: SalesforceCrm) -> None:
    contact = org.insert("Contact", LastName="山田")
    (first,) = crm.put(_entries(1, contact))
    org.tables.hide("Task", str(first))
    (answer,) = crm.put(_entries(1, contact))
    assert (_refusal(answer).reason, _refusal(answer).permanent) == ("duplicate_value", True)
    assert len(org.rows("Task")) == 1


def test_a_merged_customer_s_entry_goes_to_whom_he_was_merged_into(org: Org, crm: SalesforceCrm) -> None:
    first, second, last = (org.insert("Contact", LastName=name) for name in ("山田", "田中", "佐藤"))
    _merge(org, "Contact", first, second)
    _merge(org, "Contact", second, last)
    (answer,) = crm.put([replace(ENTRY, customer_external_id=first)])
    assert isinstance(answer, str)
    assert [entry.external_id for entry in crm.timeline_of(last, 9)] == [ENTRY.external_id]


def test_a_converted_lead_s_entry_goes_to_the_contact(org: Org, crm: SalesforceCrm) -> None:
    lead = org.insert("Lead", LastName="山田", Company="個人")
    contact = org.insert("Contact", LastName="山田")
    entry = replace(ENTRY, customer_external_id=lead)
    crm.put([entry])
    assert crm.timeline_of(lead, 9) == (entry,)
    _write(org, "Lead", lead, IsConverted=1, ConvertedContactId=contact)
    other = replace(entry, external_id="denwaban-2")
    (answer,) = crm.put([other])
    assert isinstance(answer, str)
    assert crm.timeline_of(contact, 9) == (replace(other, customer_external_id=contact),)


def test_a_person_account_s_entry_is_its_contact_s(clock: HandClock, tmp_path: Path, time: HandTempo) -> None:
    with Org(clock=clock, tls=False, person_accounts=True) as org:
        dress(org)
        crm = crm_of(org, tmp_path, time.tempo())
        person, company = org.insert("Account", Name="山田"), org.insert("Account", Name="会社")
        contact = org.insert("Contact", LastName="山田")
        _write(org, "Account", person, IsPersonAccount=1, PersonContactId=contact)
        entries = [
            replace(ENTRY, customer_external_id=person),
            replace(ENTRY, external_id="denwaban-2", customer_external_id=company),
        ]
        for _ in range(2):
            assert all(isinstance(answer, str) for answer in crm.put(entries))
        assert crm.timeline_of(person, 9) == (entries[0],)
        assert crm.timeline_of(company, 9) == (entries[1],)
        assert {row["WhoId"] for row in org.living("Task")} == {contact, None}


def test_a_task_that_people_deleted_is_made_anew_by_the_next_version(org: Org, crm: SalesforceCrm) -> None:
    contact = org.insert("Contact", LastName="山田")
    entry = replace(ENTRY, customer_external_id=contact)
    (first,) = crm.put([entry])
    org.remove("Task", str(first))
    (second,) = crm.put([replace(entry, version=2)])
    assert first != second
    assert len(_tasks(org)) == 1


def test_long_texts_are_cut_with_a_mark_and_keep_their_link(org: Org, crm: SalesforceCrm) -> None:
    contact = org.insert("Contact", LastName="山田")
    long = "😀" * 20_000
    entry = replace(ENTRY, customer_external_id=contact, text=long, subject=long, author=long, disposition=long)
    (answer,) = crm.put([entry])
    assert isinstance(answer, str)
    (row,) = org.living("Task")
    description = str(row["Description"])
    assert len(description.encode("utf-16-le")) // 2 in (31_999, 32_000)
    assert description.endswith(f"[…]\n\n{ENTRY.link}")
    assert str(row["Subject"]).endswith("…")
    assert [entry.external_id for entry in crm.timeline_of(contact, 1)] == [ENTRY.external_id]


@given(st.text(st.characters() | st.sampled_from("\ud800\udfff😀"), max_size=60), st.integers(8, 50))
def test_a_cut_text_fits_and_no_letter_is_halved(text: str, most: int) -> None:
    cut_text = cut(text, most, "…")
    text = text.encode("utf-8", "replace").decode()
    assert len(cut_text.encode("utf-16-le")) // 2 <= most
    assert cut_text == text or text.startswith(cut_text.removesuffix("…"))


def test_the_task_says_what_an_admin_looks_for(org: Org, crm: SalesforceCrm) -> None:
    lead = org.insert("Lead", LastName="山田", Company="個人")
    crm.put([replace(ENTRY, customer_external_id=lead)])
    (row,) = org.living("Task")
    assert (row["Status"], row["Priority"], row["TaskSubtype"], row["CallType"]) == (
        "Completed",
        "Normal",
        "Call",
        "Inbound",
    )
    assert (row["ActivityDate"], row["CallDurationInSeconds"], row["CallDisposition"]) == (
        "2026-11-23",
        187,
        "解決済み",
    )
    assert (row["WhoId"], row["WhatId"]) == (lead, None)


def test_what_the_org_lacks_is_told_by_name(org: Org, crm: SalesforceCrm) -> None:
    org.drop_field("Task", "Denwaban_Started__c")
    with pytest.raises(OutsideError) as refused:
        crm.put([replace(ENTRY, customer_external_id=org.insert("Contact", LastName="山田"))])
    assert (refused.value.reason, refused.value.facts["fields"]) == ("fields_missing", "Denwaban_Started__c")
    assert refused.value.permanent
    assert refused.value.facts["retry_after_s"] >= 60


def test_a_field_that_vanishes_is_told_once_and_then_done_without(org: Org, crm: SalesforceCrm) -> None:
    contact = org.insert("Contact", LastName="山田")
    crm.put([replace(ENTRY, customer_external_id=contact)])
    org.drop_field("Task", "Denwaban_Author__c")
    entries = [replace(ENTRY, external_id=f"denwaban-{number}", customer_external_id=contact) for number in range(2)]
    with pytest.raises(OutsideError) as refused:
        crm.put(entries)
    assert (refused.value.permanent, refused.value.reason) == (True, "invalid_field")
    assert all(isinstance(answer, str) for answer in crm.put(entries))  # without its author


def _merge(org: Org, thing: str, loser: str, winner: str) -> None:
    _write(org, thing, loser, MasterRecordId=winner, IsDeleted=1)


def _write(org: Org, thing: str, record_id: str, **values: str | int) -> None:
    """Write what only the org itself can."""
    with org.lock:
        row = org.tables.get(thing, record_id)
        assert row is not None
        row.update(values)
        org.tables.put(thing, row)
