"""Customers of a Salesforce org: the promises of every CRM, and what is Salesforce's own."""

import random
from pathlib import Path

import pytest

from connectors.crm.salesforce import SalesforceCrm, customers
from plugin.core.customers import CustomerKind, NumberKind, WrittenAnswer
from plugin.core.errors import SettingError
from tests.kit.clock import HandClock
from tests.kit.salesforce import crm_of
from tests.kit.salesforce_people import drive, read_on
from tests.kit.tempo import HandTempo
from tests.salesforce_org import Org, query
from tests.salesforce_org.crowd import fill
from tests.salesforce_org.objects import phone

NOBODY = "0035j0000000zzzAAA"


@pytest.fixture
def crm(org: Org, tmp_path: Path, time: HandTempo) -> SalesforceCrm:
    return crm_of(org, tmp_path, time.tempo())


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
    found, _, findings = read_on(crm)
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
    found, _, _ = read_on(crm)
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
    _, cursor, _ = read_on(crm)
    org.remove("Contact", gone)
    org.merge("Contact", winner, loser)
    contact = org.convert(lead)
    found, cursor = drive(crm, clock, cursor, minutes=3)
    told = {one.external_id: (one.gone, one.merged_into) for one in found.values()}
    assert told[gone] == (True, None)
    assert told[loser] == (True, winner)
    assert told[lead] == (True, contact)
    assert told[contact] == told[winner] == (False, None)
    org.restore("Contact", gone)
    found, _ = drive(crm, clock, cursor, minutes=3)
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
        found, cursor, _ = read_on(crm)
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
        found, _ = drive(crm, clock, cursor, minutes=3)
        assert (found[contact[second]].gone, found[contact[second]].merged_into) == (True, contact[first])
        assert not found[contact[first]].gone


def test_columns_may_stand_in_another_order_on_each_page(org: Org, crm: SalesforceCrm) -> None:
    fill(org, 250)
    org.jobs.page_rows = 100
    org.jobs.shuffle = random.Random(7)
    found, _, _ = read_on(crm)
    assert {one.external_id: one.name for one in found.values()} == {
        str(row["Id"]): row["Name"] for row in org.rows("Contact")
    }


def test_a_quiet_cycle_takes_no_more_than_six_calls(
    org: Org, crm: SalesforceCrm, clock: HandClock, time: HandTempo
) -> None:
    fill(org, 20)
    _, cursor, _ = read_on(crm)
    before = org.limits.used
    found, cursor = drive(crm, clock, cursor, minutes=30)
    assert (found, org.limits.used - before) == ({}, 3)
    time.passed += 3_601.0  # the shapes are asked for anew
    before = org.limits.used
    found, cursor = drive(crm, clock, cursor, minutes=5)
    assert (found, org.limits.used - before) == ({}, 6)


def test_a_change_that_shows_late_is_not_lost(org: Org, crm: SalesforceCrm, clock: HandClock) -> None:
    _, cursor, _ = read_on(crm)
    org.commit_lag_s = lambda: 899.0
    late = org.insert("Contact", LastName="山田")
    org.commit_lag_s = None
    for _ in range(3):
        found, cursor = drive(crm, clock, cursor, minutes=4)
        assert found == {}
    found, cursor = drive(crm, clock, cursor, minutes=4)
    assert set(found) == {late}


def test_more_than_a_window_holds_is_read_by_a_bulk_job(org: Org, crm: SalesforceCrm, clock: HandClock) -> None:
    _, cursor, _ = read_on(crm)
    fill(org, query.PAGE * customers.MOST_PAGES + 7)
    clock.move(hours=1)
    with org.lock:
        org.tables.rows('UPDATE "Contact" SET "SystemModstamp" = ?', (org.stamp(),))
    made = org.jobs.made
    found, cursor = drive(crm, clock, cursor, minutes=5)
    assert len(found) == query.PAGE * customers.MOST_PAGES + 7
    assert org.jobs.made == made + 1
    _, cursor = drive(crm, clock, cursor, minutes=30)  # the overlap brings them once more
    assert drive(crm, clock, cursor, minutes=5)[0] == {}
    assert org.jobs.made == made + 2
