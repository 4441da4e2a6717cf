"""Customers of a Salesforce org: the promises of every CRM, and what is Salesforce's own."""

import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from connectors.crm.salesforce import SalesforceCrm, customers
from plugin.core.customers import CrmCustomer, CustomerKind, NumberKind, WrittenAnswer
from plugin.core.errors import OutsideError, SettingError
from plugin.core.ports import Census, CustomerPage
from plugin.core.runs import Finding
from tests.connectors.contracts import CrmContract, CrmSite
from tests.kit.clock import HandClock
from tests.kit.salesforce import HandTempo, crm_of
from tests.kit.salesforce_people import FIELDS, People
from tests.salesforce_org import Org
from tests.salesforce_org.crowd import fill
from tests.salesforce_org.faults import Act, Fault
from tests.salesforce_org.objects import phone

NOBODY = "0035j0000000zzzAAA"


@pytest.fixture
def org(clock: HandClock) -> Iterator[Org]:
    with Org(clock=clock, tls=False) as org:
        yield org


@pytest.fixture
def time(clock: HandClock) -> HandTempo:
    return HandTempo(clock)


@pytest.fixture
def crm(org: Org, tmp_path: Path, time: HandTempo) -> SalesforceCrm:
    return crm_of(org, tmp_path, time.tempo())


class TestCustomersContract:
    """Those promises of the contract that concern customers."""

    @pytest.fixture
    def site(self, org: Org, tmp_path: Path, time: HandTempo) -> CrmSite:
        people = People(org, time.clock)

        def again() -> SalesforceCrm:
            return crm_of(org, tmp_path, time.tempo(), fields=FIELDS)

        def shut() -> None:
            org.faults.add(Fault(Act.REFUSE, times=1_000_000))

        return CrmSite(again(), people.change, again, shut, customers.PAGE, people.as_there, NOBODY)

    test_empty = CrmContract.test_an_empty_crm_has_no_customers
    test_written = CrmContract.test_people_come_over_as_they_are_written
    test_changed = CrmContract.test_what_changed_after_the_cursor_comes_and_else_only_what_came_before
    test_gone = CrmContract.test_a_customer_who_is_gone_is_told_of
    test_by_ids = CrmContract.test_people_are_read_by_their_ids_as_they_are_now
    test_resumes = CrmContract.test_resuming_at_any_cursor_loses_nothing
    test_meanwhile = CrmContract.test_a_change_while_pages_are_read_is_not_lost


def _read(crm: SalesforceCrm, cursor: str | None = None) -> tuple[dict[str, CrmCustomer], str, list[Finding]]:
    """Read on from the cursor to the end; return the last word about each customer, the cursor, and the findings."""
    found: dict[str, CrmCustomer] = {}
    findings: list[Finding] = []
    for page in crm.changed_since(cursor):
        found |= {person.external_id: person for person in page.customers}
        findings += page.findings
        cursor = page.cursor
    assert cursor is not None
    return found, cursor, findings


def _pass(time: HandTempo, **on: float) -> None:
    """Let hours and days go by, for tokens and shapes too."""
    before = time.clock.at
    time.passed += (time.clock.move(**on) - before).total_seconds()


def _drive(crm: SalesforceCrm, clock: HandClock, cursor: str, **on: float) -> tuple[dict[str, CrmCustomer], str]:
    """Let time go on, then read on."""
    clock.move(**on)
    found, cursor, _ = _read(crm, cursor)
    return found, cursor


def test_every_phone_field_that_describe_shows_is_read(org: Org, crm: SalesforceCrm) -> None:
    org.add_fields("Contact", phone("Field_Mobile__c", "現場携帯"), phone("Fax2__c", "FAX2"), phone("Gate__c", "門"))
    contact = org.insert(
        "Contact",
        LastName="山田",
        FirstName="花子",
        Phone="03-1111-2222",
        Fax="03-1111-3333",
        HomePhone="045-111-2222",
        OtherPhone="1",
        AssistantPhone="2",
        MobilePhone="090-1111-2222",
        Field_Mobile__c="080-1111-2222",
        Fax2__c="3",
        Gate__c="4",
    )
    company = org.insert("Account", Name="みなと製作所", Phone="03-9999-0000", Fax="03-9999-0001")
    lead = org.insert("Lead", LastName="佐藤", Company="佐藤商店", MobilePhone="070-1111-2222")
    found, _, findings = _read(crm)
    assert findings == []
    assert set(found) == {contact, company, lead}
    assert {(one.field, one.raw, one.kind) for one in found[contact].numbers} == {
        ("Business Phone", "03-1111-2222", NumberKind.WORK),
        ("Business Fax", "03-1111-3333", NumberKind.FAX),
        ("Home Phone", "045-111-2222", NumberKind.HOME),
        ("Other Phone", "1", NumberKind.OTHER),
        ("Asst. Phone", "2", NumberKind.OTHER),
        ("Mobile Phone", "090-1111-2222", NumberKind.MOBILE),
        ("現場携帯", "080-1111-2222", NumberKind.MOBILE),
        ("FAX2", "3", NumberKind.FAX),
        ("門", "4", NumberKind.OTHER),
    }
    assert found[company].kind is CustomerKind.ORGANISATION
    assert [(one.raw, one.kind) for one in found[company].numbers] == [
        ("03-9999-0001", NumberKind.FAX),
        ("03-9999-0000", NumberKind.MAIN),
    ]
    assert (found[lead].name, found[lead].kind) == ("佐藤", CustomerKind.PERSON)


def test_answers_come_from_mapped_fields_joined_in_their_order(org: Org, tmp_path: Path, time: HandTempo) -> None:
    mapping = "Contact.Birthdate=birth_date; Contact.MailingState+Contact.MailingCity+Contact.MailingStreet=address"
    crm = crm_of(org, tmp_path, time.tempo(), fields=mapping)
    contact = org.insert(
        "Contact", LastName="山田", Birthdate="1959-02-20", MailingState="神奈川県", MailingStreet="中区1-2"
    )
    found, _, _ = _read(crm)
    assert found[contact].answers == (
        WrittenAnswer("birth_date", "1959-02-20"),
        WrittenAnswer("address", "神奈川県中区1-2"),
    )


@pytest.mark.parametrize(
    "mapping",
    ["Contact.X", "X=code", "User.Phone=code", "Contact.X=shoe_size", "Contact.A+Lead.B=address", "Contact.A b=code"],
)
def test_a_mapping_that_says_nothing_is_refused(org: Org, tmp_path: Path, mapping: str) -> None:
    with pytest.raises(SettingError) as error:
        crm_of(org, tmp_path, fields=mapping)
    assert error.value.facts["setting"] == "DENWABAN_CRM_OPTIONS__FIELDS"


def test_deleted_merged_and_converted_people_go_and_say_who_they_are_now(
    org: Org, crm: SalesforceCrm, clock: HandClock
) -> None:
    gone, loser, winner = (org.insert("Contact", LastName=name) for name in ("佐藤", "山田", "山田"))
    lead = org.insert("Lead", LastName="鈴木", Company="鈴木商店")
    _, cursor, _ = _read(crm)
    org.remove("Contact", gone)
    org.merge("Contact", winner, loser)
    contact = org.convert(lead)
    found, cursor = _drive(crm, clock, cursor, minutes=3)
    told = {one.external_id: (one.gone, one.merged_into) for one in found.values()}
    assert told[gone] == (True, None)
    assert told[loser] == (True, winner)
    assert told[lead] == (True, contact)
    assert told[contact] == told[winner] == (False, None)
    org.restore("Contact", gone)
    found, _ = _drive(crm, clock, cursor, minutes=3)
    assert not found[gone].gone


def test_a_person_account_is_one_customer_and_is_its_contact(clock: HandClock, tmp_path: Path, time: HandTempo) -> None:
    with Org(clock=clock, tls=False, person_accounts=True) as org:
        crm = crm_of(org, tmp_path, time.tempo())
        first, second = (
            org.insert("Account", LastName=name, Phone="03-1111-2222", PersonMobilePhone="090-1111-2222")
            for name in ("山田", "山田")
        )
        org.insert("Account", Name="みなと製作所")
        contact = {str(row["AccountId"]): str(row["Id"]) for row in org.rows("Contact")}
        found, cursor, _ = _read(crm)
        present = {one.external_id: one for one in found.values() if not one.gone}
        assert set(present) - {contact[first], contact[second]} == {
            str(row["Id"]) for row in org.rows("Account", '"IsPersonAccount" = 0')
        }
        person = present[contact[first]]
        assert (person.kind, person.organisation) == (CustomerKind.PERSON, None)
        assert {(one.raw, one.kind) for one in person.numbers} == {
            ("03-1111-2222", NumberKind.OTHER),
            ("090-1111-2222", NumberKind.MOBILE),
        }
        assert crm.of_ids([contact[first], first]) == (person,)
        org.merge("Account", first, second)
        found, _ = _drive(crm, clock, cursor, minutes=3)
        assert (found[contact[second]].gone, found[contact[second]].merged_into) == (True, contact[first])
        assert not found[contact[first]].gone


def test_columns_may_stand_in_another_order_on_each_page(org: Org, crm: SalesforceCrm) -> None:
    fill(org, 250)
    org.jobs.page_rows = 100
    org.jobs.shuffle = random.Random(7)
    found, _, _ = _read(crm)
    assert {one.external_id: one.name for one in found.values()} == {
        str(row["Id"]): row["Name"] for row in org.rows("Contact")
    }


def test_a_quiet_cycle_takes_no_more_than_six_calls(
    org: Org, crm: SalesforceCrm, clock: HandClock, time: HandTempo
) -> None:
    fill(org, 20)
    _, cursor, _ = _read(crm)
    before = org.limits.used
    found, cursor = _drive(crm, clock, cursor, minutes=30)
    assert (found, org.limits.used - before) == ({}, 3)
    time.passed += 3_601.0  # the shapes are asked for anew
    before = org.limits.used
    found, cursor = _drive(crm, clock, cursor, minutes=5)
    assert (found, org.limits.used - before) == ({}, 6)


def test_a_change_that_shows_late_is_not_lost(org: Org, crm: SalesforceCrm, clock: HandClock) -> None:
    _, cursor, _ = _read(crm)
    org.commit_lag_s = lambda: 899.0
    late = org.insert("Contact", LastName="山田")
    org.commit_lag_s = None
    for _ in range(3):
        found, cursor = _drive(crm, clock, cursor, minutes=4)
        assert found == {}
    found, cursor = _drive(crm, clock, cursor, minutes=4)
    assert set(found) == {late}


def test_more_than_a_window_holds_is_read_by_a_bulk_job(org: Org, crm: SalesforceCrm, clock: HandClock) -> None:
    _, cursor, _ = _read(crm)
    fill(org, customers.PAGE * customers.MOST_PAGES + 7)
    clock.move(hours=1)
    with org.lock:
        org.tables.rows('UPDATE "Contact" SET "SystemModstamp" = ?', (org.stamp(),))
    made = org.jobs.made
    found, cursor = _drive(crm, clock, cursor, minutes=5)
    assert len(found) == customers.PAGE * customers.MOST_PAGES + 7
    assert org.jobs.made == made + 1
    _, cursor = _drive(crm, clock, cursor, minutes=30)  # the overlap brings them once more
    assert _drive(crm, clock, cursor, minutes=5)[0] == {}
    assert org.jobs.made == made + 2


def _interrupted(crm: SalesforceCrm, pages: int) -> tuple[str | None, dict[str, CrmCustomer]]:
    """Read so many pages, then die; return the cursor that was kept, and who was stored."""
    cursor: str | None = None
    stored: dict[str, CrmCustomer] = {}
    reading = crm.changed_since(None)
    for _ in range(pages):
        page = next(reading)
        cursor = page.cursor
        stored |= {one.external_id: one for one in page.customers}
    return cursor, stored


def test_a_load_cut_off_at_any_page_goes_on_with_the_same_job(org: Org, tmp_path: Path, time: HandTempo) -> None:
    org.jobs.page_rows = 100
    fill(org, 450)
    everybody = {str(row["Id"]) for row in org.rows("Contact")}
    whole = sum(1 for _ in crm_of(org, tmp_path, time.tempo()).changed_since(None))
    for pages in range(1, whole):
        time.clock.move(hours=1)
        made, read = org.jobs.made, org.limits.counts["bulk_results"]
        cursor, stored = _interrupted(crm_of(org, tmp_path, time.tempo()), pages)
        rest, _, _ = _read(crm_of(org, tmp_path, time.tempo()), cursor)
        assert stored.keys() | rest.keys() == everybody
        assert org.jobs.made - made == 3  # one for each object
        assert org.limits.counts["bulk_results"] - read <= 2 + 5 + 1


def test_a_job_that_was_asked_for_by_who_died_before_he_knew_its_id_is_found(
    org: Org, tmp_path: Path, time: HandTempo
) -> None:
    fill(org, 5)
    reading = crm_of(org, tmp_path, time.tempo()).changed_since(None)
    asked = next(reading).cursor
    next(reading)  # the job is there now, and its id is lost
    assert org.jobs.made == 1
    found, _, _ = _read(crm_of(org, tmp_path, time.tempo()), asked)
    assert len(found) == 5
    assert org.jobs.made == 3


def test_a_job_that_failed_or_is_no_more_is_asked_for_anew(org: Org, tmp_path: Path, time: HandTempo) -> None:
    fill(org, 5)
    org.jobs.fails_next = "InternalServerError"
    found, _, findings = _read(crm_of(org, tmp_path, time.tempo()))
    assert (len(found), findings) == (5, [Finding("job_failed", "Account")])
    reading = crm_of(org, tmp_path, time.tempo()).changed_since(None)
    kept = [next(reading).cursor for _ in range(3)][-1]
    _pass(time, days=8)
    found, _, findings = _read(crm_of(org, tmp_path, time.tempo()), kept)
    assert (len(found), findings) == (5, [Finding("job_failed", "Account")])


def _census(crm: SalesforceCrm, cursor: str) -> tuple[list[Census], str]:
    told = []
    for page in crm.changed_since(cursor):
        cursor = page.cursor
        if page.census is not None:
            told.append(page.census)
    return told, cursor


def test_a_census_names_everybody_once_a_day(org: Org, crm: SalesforceCrm, time: HandTempo) -> None:
    fill(org, 11_000)
    lead = org.insert("Lead", LastName="佐藤", Company="佐藤商店")
    _, cursor, _ = _read(crm)
    _pass(time, hours=23)
    told, cursor = _census(crm, cursor)
    assert told == []
    _pass(time, hours=2)
    made = org.jobs.made
    told, cursor = _census(crm, cursor)
    assert org.jobs.made - made == 3
    assert _census(crm, cursor)[0] == []
    expected = {
        str(row["Id"]): str(row["SystemModstamp"])[:23] for thing in ("Contact", "Lead") for row in org.rows(thing)
    }
    assert {one: stamp for census in told for one, stamp in census.stamps} == expected
    _covers(told, [*expected, lead])


def _covers(told: list[Census], ids: list[str]) -> None:
    """Assert that the ranges follow one another, and that each id lies in exactly one, the one that names it."""
    for before, after in pairwise(told):
        assert before.up_to == after.after or before.up_to < after.after
    named = [{name for name, _ in census.stamps} for census in told]
    for one in ids:
        (within,) = (place for place, census in enumerate(told) if census.after < one <= census.up_to)
        assert one in named[within]


def test_a_census_cut_off_at_any_page_goes_on_with_the_same_jobs(org: Org, tmp_path: Path, time: HandTempo) -> None:
    fill(org, 11_000)
    ids = [str(row["Id"]) for row in org.rows("Contact")]
    _, cursor, _ = _read(crm_of(org, tmp_path, time.tempo()))
    _pass(time, hours=25)
    whole = sum(1 for _ in crm_of(org, tmp_path, time.tempo()).changed_since(cursor))
    for pages in range(1, whole):
        _pass(time, hours=1)
        made = org.jobs.made
        told: list[Census] = []
        reading = crm_of(org, tmp_path, time.tempo()).changed_since(cursor)
        kept = cursor
        for _ in range(pages):
            page = next(reading)
            kept = page.cursor
            told += [page.census] if page.census else []
        rest, _ = _census(crm_of(org, tmp_path, time.tempo()), kept)
        _covers(told + rest, ids)
        assert org.jobs.made - made == 3


def test_a_field_that_goes_is_told_and_the_rest_is_read_on(
    org: Org, tmp_path: Path, time: HandTempo, clock: HandClock
) -> None:
    people = People(org, clock)
    crm = crm_of(org, tmp_path, time.tempo(), fields=FIELDS)
    contact = org.insert("Contact", LastName="山田", MobilePhone="090-1111-2222", HomePhone="045-1", Word__c="あさがお")
    found, cursor, findings = _read(crm)
    assert (len(found[contact].numbers), len(found[contact].answers), findings) == (2, 1, [])
    org.drop_field("Contact", "HomePhone")
    org.rename_field("Contact", "Word__c", "Password__c")
    clock.move(minutes=5)
    found, cursor, findings = _read(crm, cursor)  # the shapes of an hour ago do not fit any more
    assert [one.field for one in found[contact].numbers] == ["Mobile Phone"]
    assert found[contact].answers == ()
    assert set(findings) == {Finding("field_missing", "Contact.HomePhone"), Finding("field_missing", "Contact.Word__c")}
    _pass(time, days=8)
    _, cursor, findings = _read(crm, cursor)
    assert findings == [Finding("field_missing", "Contact.Word__c")]  # it is mapped: told until it is mended
    assert people.ids == {}


def test_a_new_phone_field_is_read_for_everybody(
    org: Org, crm: SalesforceCrm, time: HandTempo, clock: HandClock
) -> None:
    contact = org.insert("Contact", LastName="山田")
    _, cursor, _ = _read(crm)
    org.add_fields("Contact", phone("Gate__c", "門"))
    with org.lock:
        org.tables.rows('UPDATE "Contact" SET "Gate__c" = ?', ("090-1111-2222",))
    _pass(time, hours=2)
    found, _, findings = _read(crm, cursor)
    assert [(one.field, one.raw) for one in found[contact].numbers] == [("門", "090-1111-2222")]
    assert findings == []


def test_an_object_out_of_sight_is_told_and_the_others_are_read(org: Org, crm: SalesforceCrm) -> None:
    del org.things["lead"]
    contact = org.insert("Contact", LastName="山田")
    found, _, findings = _read(crm)
    assert (set(found), findings) == ({contact}, [Finding("object_missing", "Lead")])


def test_a_page_cut_in_the_middle_is_no_page(org: Org, crm: SalesforceCrm) -> None:
    fill(org, 50)
    org.jobs.compresses = False
    org.faults.add(Fault(Act.CUT, "bulk_results", skip=1))
    pages: list[CustomerPage] = []
    with pytest.raises(OutsideError) as error:
        pages.extend(crm.changed_since(None))
    assert not error.value.permanent
    seen = {one.external_id for page in pages for one in page.customers}
    found, _, _ = _read(crm, pages[-1].cursor if pages else None)
    assert len(seen | found.keys()) == 50


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "{}", '{"v":1}', '{"v":1,"org":"ORG","things":[],"census":{}}', "null"]
)
def test_a_cursor_of_another_making_begins_at_the_beginning(org: Org, crm: SalesforceCrm, text: str) -> None:
    fill(org, 3)
    assert len(_read(crm, text.replace("ORG", org.url))[0]) == 3


def test_a_cursor_of_another_org_begins_at_the_beginning(org: Org, crm: SalesforceCrm) -> None:
    fill(org, 3)
    _, cursor, _ = _read(crm)
    assert len(_read(crm, cursor.replace(org.url, "https://other.my.salesforce.com"))[0]) == 3
