"""Reading an org to the end, whatever happens on the way: processes that die, jobs that fail, fields that go."""

from itertools import pairwise
from pathlib import Path

import pytest

from connectors.crm.salesforce import SalesforceCrm
from plugin.core.customers import CrmCustomer
from plugin.core.errors import OutsideError
from plugin.core.ports import Census, CustomerPage
from plugin.core.runs import Finding
from tests.kit.clock import HandClock
from tests.kit.salesforce import crm_of
from tests.kit.salesforce_people import FIELDS, People, let_pass, read_on
from tests.kit.tempo import HandTempo
from tests.salesforce_org import Org
from tests.salesforce_org.crowd import fill
from tests.salesforce_org.faults import Act, Fault
from tests.salesforce_org.objects import phone


@pytest.fixture
def crm(org: Org, tmp_path: Path, time: HandTempo) -> SalesforceCrm:
    return crm_of(org, tmp_path, time.tempo())


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
        rest, _, _ = read_on(crm_of(org, tmp_path, time.tempo()), cursor)
        assert stored.keys() | rest.keys() == everybody
        assert org.jobs.made - made == 3  # one for each object
        assert org.limits.counts["bulk_results"] - read <= 2 + 5 + 1


def test_a_load_says_how_many_are_still_to_come(org: Org, tmp_path: Path, time: HandTempo) -> None:
    org.jobs.page_rows = 100
    fill(org, 250)
    for number in range(3):
        org.insert("Lead", LastName=f"見込{number}", Company="商店")
    crm = crm_of(org, tmp_path, time.tempo())
    pages = list(crm.changed_since(None))
    still = len(org.rows("Account")) + 250 + 3
    told = []
    for page in pages:
        if page.coming is not None:
            told.append((page.coming, still))
        still -= len(page.customers)
    assert len(told) == 3  # once an object
    assert [coming for coming, _ in told] == [still for _, still in told]
    full = next(page for page in pages if len(page.customers) == 100)
    coming = [page.coming for page in crm_of(org, tmp_path, time.tempo()).changed_since(full.cursor)]
    assert [one for one in coming if one is not None] == [150 + 3, 3]
    assert [page.coming for page in crm.changed_since(pages[-1].cursor) if page.coming is not None] == []


def test_an_org_that_counts_nothing_is_loaded_all_the_same(org: Org, tmp_path: Path, time: HandTempo) -> None:
    fill(org, 5)
    org.faults.add(Fault(Act.REFUSE, "query", status=400, code="QUERY_TOO_COMPLICATED"))
    pages = list(crm_of(org, tmp_path, time.tempo()).changed_since(None))
    assert [page.coming for page in pages if page.coming is not None] == [5, 0]  # of accounts nothing was said
    assert sum(len(page.customers) for page in pages) >= 5


def test_a_job_that_was_asked_for_by_who_died_before_he_knew_its_id_is_found(
    org: Org, tmp_path: Path, time: HandTempo
) -> None:
    fill(org, 5)
    reading = crm_of(org, tmp_path, time.tempo()).changed_since(None)
    asked = next(reading).cursor
    next(reading)  # the job is there now, and its id is lost
    assert org.jobs.made == 1
    found, _, _ = read_on(crm_of(org, tmp_path, time.tempo()), asked)
    assert len(found) == 5
    assert org.jobs.made == 3


def test_a_job_that_failed_or_is_no_more_is_asked_for_anew(org: Org, tmp_path: Path, time: HandTempo) -> None:
    fill(org, 5)
    org.jobs.fails_next = "InternalServerError"
    found, _, findings = read_on(crm_of(org, tmp_path, time.tempo()))
    assert (len(found), findings) == (5, [Finding("job_failed", "Account")])
    reading = crm_of(org, tmp_path, time.tempo()).changed_since(None)
    kept = [next(reading).cursor for _ in range(3)][-1]
    let_pass(time, days=8)
    found, _, findings = read_on(crm_of(org, tmp_path, time.tempo()), kept)
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
    _, cursor, _ = read_on(crm)
    let_pass(time, hours=23)
    told, cursor = _census(crm, cursor)
    assert told == []
    let_pass(time, hours=2)
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
    _, cursor, _ = read_on(crm_of(org, tmp_path, time.tempo()))
    let_pass(time, hours=25)
    whole = sum(1 for _ in crm_of(org, tmp_path, time.tempo()).changed_since(cursor))
    for pages in range(1, whole):
        let_pass(time, hours=1)
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
    found, cursor, findings = read_on(crm)
    assert (len(found[contact].numbers), len(found[contact].answers), findings) == (2, 1, [])
    org.drop_field("Contact", "HomePhone")
    org.rename_field("Contact", "Word__c", "Password__c")
    clock.move(minutes=5)
    found, cursor, findings = read_on(crm, cursor)  # the shapes of an hour ago do not fit any more
    assert [one.field for one in found[contact].numbers] == ["Mobile Phone"]
    assert found[contact].answers == ()
    assert set(findings) == {Finding("field_missing", "Contact.HomePhone"), Finding("field_missing", "Contact.Word__c")}
    let_pass(time, days=8)
    _, cursor, findings = read_on(crm, cursor)
    assert findings == [Finding("field_missing", "Contact.Word__c")]  # it is mapped: told until it is mended
    assert people.ids == {}


def test_a_new_phone_field_is_read_for_everybody(
    org: Org, crm: SalesforceCrm, time: HandTempo, clock: HandClock
) -> None:
    contact = org.insert("Contact", LastName="山田")
    _, cursor, _ = read_on(crm)
    org.add_fields("Contact", phone("Gate__c", "門"))
    with org.lock:
        org.tables.rows('UPDATE "Contact" SET "Gate__c" = ?', ("090-1111-2222",))
    let_pass(time, hours=2)
    found, _, findings = read_on(crm, cursor)
    assert [(one.field, one.raw) for one in found[contact].numbers] == [("門", "090-1111-2222")]
    assert findings == []


def test_an_object_out_of_sight_is_told_and_the_others_are_read(org: Org, crm: SalesforceCrm) -> None:
    del org.things["lead"]
    contact = org.insert("Contact", LastName="山田")
    found, _, findings = read_on(crm)
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
    found, _, _ = read_on(crm, pages[-1].cursor if pages else None)
    assert len(seen | found.keys()) == 50


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "{}", '{"v":1}', '{"v":1,"org":"ORG","things":[],"census":{}}', "null"]
)
def test_a_cursor_of_another_making_begins_at_the_beginning(org: Org, crm: SalesforceCrm, text: str) -> None:
    fill(org, 3)
    assert len(read_on(crm, text.replace("ORG", org.url))[0]) == 3


def test_a_cursor_of_another_org_begins_at_the_beginning(org: Org, crm: SalesforceCrm) -> None:
    fill(org, 3)
    _, cursor, _ = read_on(crm)
    assert len(read_on(crm, cursor.replace(org.url, "https://other.my.salesforce.com"))[0]) == 3
