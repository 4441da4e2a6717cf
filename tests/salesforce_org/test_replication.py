"""What a replica leans on: bulk jobs, deletes, merges, conversions, persons, and changes that show late."""

import csv
import io
import random
from datetime import timedelta

import pytest
import requests

from tests.kit.clock import HandClock
from tests.kit.processes import wait_for
from tests.salesforce_org import Org
from tests.salesforce_org.crowd import fill
from tests.salesforce_org.faults import Act, Fault, lost_answer
from tests.salesforce_org.visitor import Visitor

SOQL = "SELECT Id, LastName, Phone, SystemModstamp, IsDeleted FROM Contact"


def _job(visitor: Visitor, soql: str = SOQL, operation: str = "query") -> str:
    made = visitor.send("POST", "/jobs/query", {"operation": operation, "query": soql})
    assert (made.status_code, made.json()["state"]) == (200, "UploadComplete")
    return str(made.json()["id"])


def _finish(visitor: Visitor, job: str) -> dict[str, object]:
    while True:
        told: dict[str, object] = visitor.send("GET", f"/jobs/query/{job}").json()
        if told["state"] != "InProgress":
            return told


def _page(visitor: Visitor, job: str, query: str = "") -> requests.Response:
    return visitor.send("GET", f"/jobs/query/{job}/results?{query}")


def _read(page: requests.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(page.content.decode(), newline="")))


def test_a_bulk_job_is_read_page_by_page(org: Org, visitor: Visitor) -> None:
    fill(org, 1_050)
    job = _job(visitor)
    early = _page(visitor, job)
    assert (early.status_code, early.json()[0]["errorCode"]) == (412, "JOB_NOT_COMPLETE")
    states = [visitor.send("GET", f"/jobs/query/{job}").json()["state"] for _ in range(2)]
    assert states == ["InProgress", "JobComplete"]
    pages = [_page(visitor, job, "maxRecords=500")]
    while (locator := pages[-1].headers["Sforce-Locator"]) != "null":
        pages.append(_page(visitor, job, f"maxRecords=500&locator={locator}"))
    assert [page.headers["Sforce-NumberOfRecords"] for page in pages] == ["500", "500", "50"]
    ids = [row["Id"] for page in pages for row in _read(page)]
    assert ids == [str(row["Id"]) for row in org.rows("Contact")]
    again = _page(visitor, job, f"maxRecords=500&locator={pages[0].headers['Sforce-Locator']}")
    assert again.content == pages[1].content
    assert _page(visitor, job, "locator=xyz").json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


def test_a_bulk_result_is_csv_as_an_org_writes_it(org: Org, visitor: Visitor) -> None:
    org.insert("Contact", LastName='山"田, 太\n郎', Phone=None)
    job = _job(visitor)
    _finish(visitor, job)
    page = _page(visitor, job)
    assert page.headers["Content-Encoding"] == "gzip"
    assert page.text.splitlines()[0] == '"Id","LastName","Phone","SystemModstamp","IsDeleted"'
    (row,) = _read(page)
    assert (row["LastName"], row["Phone"], row["IsDeleted"]) == ('山"田, 太\n郎', "", "false")
    assert row["SystemModstamp"] == f"{org.now():%Y-%m-%dT%H:%M:%S}.000Z"


def test_columns_may_stand_in_another_order_on_each_page(org: Org, visitor: Visitor) -> None:
    fill(org, 60)
    org.jobs.shuffle = random.Random(3)
    job = _job(visitor)
    _finish(visitor, job)
    first = _page(visitor, job, "maxRecords=30")
    second = _page(visitor, job, f"maxRecords=30&locator={first.headers['Sforce-Locator']}")
    assert list(_read(first)[0]) != list(_read(second)[0])
    shown = {row["Id"]: row["LastName"] for page in (first, second) for row in _read(page)}
    assert shown == {row["Id"]: row["LastName"] for row in org.rows("Contact")}


def test_a_job_holds_what_was_there_when_it_was_made(org: Org, visitor: Visitor) -> None:
    org.insert("Contact", LastName="山田")
    job = _job(visitor)
    org.insert("Contact", LastName="佐藤")
    assert _finish(visitor, job)["numberRecordsProcessed"] == 1


def test_jobs_are_listed_aborted_deleted_and_fail(org: Org, visitor: Visitor, clock: HandClock) -> None:
    first, second = _job(visitor), _job(visitor, operation="queryAll")
    assert [one["id"] for one in visitor.send("GET", "/jobs/query").json()["records"]] == [second, first]
    assert visitor.send("PATCH", f"/jobs/query/{first}", {"state": "Aborted"}).json()["state"] == "Aborted"
    assert _page(visitor, first).status_code == 412
    assert visitor.send("DELETE", f"/jobs/query/{second}").status_code == 400
    assert visitor.send("DELETE", f"/jobs/query/{first}").status_code == 204
    assert visitor.send("GET", f"/jobs/query/{first}").status_code == 404
    org.jobs.fails_next = "InternalServerError: retry the job"
    failed = _finish(visitor, second)
    assert (failed["state"], failed["errorMessage"]) == ("Failed", "InternalServerError: retry the job")
    clock.move(days=8)
    visitor.sign_in()
    assert visitor.send("GET", f"/jobs/query/{second}").status_code == 404


@pytest.mark.parametrize(
    "soql", ["SELECT COUNT() FROM Contact", "SELECT Id FROM Contact OFFSET 5", "SELECT Foo FROM Lead"]
)
def test_what_a_bulk_job_does_not_take(visitor: Visitor, soql: str) -> None:
    refused = visitor.send("POST", "/jobs/query", {"operation": "query", "query": soql})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "API_ERROR")


def test_a_result_is_read_by_the_version_that_made_the_job(org: Org, visitor: Visitor) -> None:
    job = _job(visitor)
    _finish(visitor, job)
    other = visitor.http.get(f"{org.url}/services/data/v60.0/jobs/query/{job}/results", timeout=30)
    assert other.status_code == 409


def _deleted(visitor: Visitor, org: Org, **back: float) -> requests.Response:
    start, end = org.now() - timedelta(**back), org.now() + timedelta(minutes=1)
    query = f"start={start:%Y-%m-%dT%H:%M:%SZ}&end={end:%Y-%m-%dT%H:%M:%SZ}"
    return visitor.send("GET", f"/sobjects/Contact/deleted/?{query}")


def test_deleted_records_are_told_for_fifteen_days(org: Org, visitor: Visitor, clock: HandClock) -> None:
    gone = org.insert("Contact", LastName="山田")
    org.remove("Contact", gone)
    clock.move(days=14)
    visitor.sign_in()
    assert [one["id"] for one in _deleted(visitor, org, days=14.5).json()["deletedRecords"]] == [gone]
    refused = _deleted(visitor, org, days=16)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "INVALID_REPLICATION_DATE")


def test_what_was_emptied_out_of_the_bin_is_told_no_more(org: Org, visitor: Visitor, clock: HandClock) -> None:
    gone = org.insert("Contact", LastName="山田")
    org.remove("Contact", gone)
    clock.move(minutes=10)
    org.empty_bin()
    assert _deleted(visitor, org, minutes=20).json()[0]["errorCode"] == "INVALID_REPLICATION_DATE"
    assert _deleted(visitor, org, minutes=5).json()["deletedRecords"] == []
    assert org.rows("Contact") == []


def test_a_span_must_be_longer_than_a_minute(org: Org, visitor: Visitor) -> None:
    assert _deleted(visitor, org, seconds=-60).json()[0]["errorCode"] == "INVALID_REPLICATION_DATE"


def test_updated_records_are_told(org: Org, visitor: Visitor, clock: HandClock) -> None:
    org.insert("Contact", LastName="山田")
    clock.move(hours=1)
    fresh = org.insert("Contact", LastName="佐藤")
    clock.move(minutes=2)
    query = f"start={org.now() - timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}&end={org.now():%Y-%m-%dT%H:%M:%SZ}"
    assert visitor.send("GET", f"/sobjects/Contact/updated/?{query}").json()["ids"] == [fresh]


def test_a_merge_leaves_a_pointer_and_moves_what_named_the_loser(org: Org, visitor: Visitor) -> None:
    master, loser = (org.insert("Contact", LastName=name) for name in ("山田", "山田"))
    task = org.insert("Task", WhoId=loser)
    org.merge("Contact", master, loser)
    rows = {row["Id"]: row for row in org.rows("Contact")}
    assert (rows[loser]["IsDeleted"], rows[loser]["MasterRecordId"]) == (1, master)
    assert org.rows("Task", f"\"Id\" = '{task}'")[0]["WhoId"] == master
    assert visitor.send("POST", "/sobjects/Task", {"WhoId": loser}).json()[0]["errorCode"] == "ENTITY_IS_DELETED"
    assert [one["id"] for one in _deleted(visitor, org, minutes=5).json()["deletedRecords"]] == [loser]


def test_a_converted_lead_names_its_contact_and_is_closed(org: Org, visitor: Visitor) -> None:
    lead = org.insert("Lead", LastName="佐藤", Company="佐藤商店", Phone="03-1111-2222")
    task = org.insert("Task", WhoId=lead)
    contact = org.convert(lead)
    (row,) = visitor.query("SELECT IsConverted, ConvertedContactId, Status FROM Lead")["records"]
    assert (row["IsConverted"], row["ConvertedContactId"]) == (True, contact)
    assert org.rows("Contact")[0]["Phone"] == "03-1111-2222"
    assert org.rows("Task", f"\"Id\" = '{task}'")[0]["WhoId"] == contact
    refused = visitor.send("POST", "/sobjects/Task", {"WhoId": lead})
    assert refused.json()[0]["errorCode"] == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_a_person_account_is_one_human_in_two_records(clock: HandClock) -> None:
    with Org(clock=clock, person_accounts=True) as org, Visitor(org) as visitor:
        visitor.sign_in()
        account = org.insert("Account", LastName="山田", FirstName="花子", PersonMobilePhone="090-1111-2222")
        soql = "SELECT IsPersonAccount, PersonContactId, Name FROM Account"
        (person,) = visitor.query(soql)["records"]
        assert (person["IsPersonAccount"], person["Name"]) == (True, "山田 花子")
        (contact,) = org.rows("Contact")
        assert (contact["Id"], contact["AccountId"]) == (person["PersonContactId"], account)
        assert (contact["MobilePhone"], contact["IsPersonAccount"]) == ("090-1111-2222", 1)
        org.edit("Account", account, PersonMobilePhone="090-3333-4444")
        assert org.rows("Contact")[0]["MobilePhone"] == "090-3333-4444"
        refused = visitor.send("PATCH", f"/sobjects/Contact/{contact['Id']}", {"MobilePhone": "0"})
        assert refused.status_code == 400
        org.remove("Account", account)
        assert org.rows("Contact")[0]["IsDeleted"] == 1
        company = org.insert("Account", Name="電話番商事")
        assert org.rows("Account", f"\"Id\" = '{company}'")[0]["IsPersonAccount"] == 0


def test_a_change_shows_only_when_it_is_committed(org: Org, visitor: Visitor, clock: HandClock) -> None:
    org.commit_lag_s = lambda: 600.0
    late = org.insert("Contact", LastName="山田")
    stamped = org.now()
    assert visitor.query("SELECT Id FROM Contact")["totalSize"] == 0
    clock.move(minutes=5)
    org.commit_lag_s = None
    early = org.insert("Contact", LastName="佐藤")
    assert [one["Id"] for one in visitor.query("SELECT Id FROM Contact")["records"]] == [early]
    clock.move(minutes=6)
    shown = {one["Id"]: one["SystemModstamp"] for one in visitor.query(SOQL)["records"]}
    assert shown[late] == f"{stamped:%Y-%m-%dT%H:%M:%S}.000+0000" < shown[early]


def test_a_row_that_is_being_committed_is_locked(org: Org, visitor: Visitor, clock: HandClock) -> None:
    contact = org.insert("Contact", LastName="山田")
    org.commit_lag_s = lambda: 600.0
    org.edit("Contact", contact, Phone="03-1")
    org.edit("Contact", contact, Title="部長")
    refused = visitor.send("PATCH", f"/sobjects/Contact/{contact}", {"Fax": "03-2"})
    assert refused.json()[0]["errorCode"] == "UNABLE_TO_LOCK_ROW"
    assert org.rows("Contact")[0]["Phone"] is None
    clock.move(minutes=11)
    (row,) = org.rows("Contact")
    assert (row["Phone"], row["Title"]) == ("03-1", "部長")


def test_the_reach_of_deletes_ends_where_something_is_being_committed(
    org: Org, visitor: Visitor, clock: HandClock
) -> None:
    contact = org.insert("Contact", LastName="山田")
    org.commit_lag_s = lambda: 3_600.0
    org.remove("Contact", contact)
    begun = org.now()
    clock.move(minutes=10)
    told = _deleted(visitor, org, minutes=20).json()
    assert told["deletedRecords"] == []
    assert told["latestDateCovered"] == f"{begun:%Y-%m-%dT%H:%M:%S}.000+0000"


def test_what_is_hidden_or_purged_leaves_no_trace(org: Org, visitor: Visitor) -> None:
    hidden, purged = org.insert("Contact", LastName="山田"), org.insert("Contact", LastName="佐藤")
    org.hide("Contact", hidden)
    org.purge("Contact", purged)
    assert visitor.send("GET", f"/queryAll?q={SOQL}").json()["totalSize"] == 0
    assert _deleted(visitor, org, minutes=5).json()["deletedRecords"] == []
    assert visitor.send("GET", f"/sobjects/Contact/{hidden}").status_code == 404
    assert visitor.send("PATCH", f"/sobjects/Contact/{hidden}", {"Title": "x"}).status_code == 404
    refused = visitor.send("POST", "/sobjects/Task", {"WhoId": hidden}).json()[0]
    assert refused["errorCode"] == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
    row = {"attributes": {"type": "Contact"}, "id": hidden, "Title": "x"}
    (result,) = visitor.send("PATCH", "/composite/sobjects", {"records": [row]}).json()
    assert result["errors"][0]["statusCode"] == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"


def test_an_answer_may_get_lost_after_the_commit(org: Org, visitor: Visitor) -> None:
    org.faults.add(lost_answer("create"))
    with pytest.raises(requests.exceptions.ReadTimeout):
        visitor.http.post(visitor.root + "/sobjects/Contact", json={"LastName": "山田"}, timeout=(30, 0.2))
    wait_for(lambda: [row["LastName"] for row in org.rows("Contact")] == ["山田"])


def test_a_body_may_be_cut(org: Org, visitor: Visitor) -> None:
    org.faults.add(Fault(Act.CUT, "describe"))
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        visitor.send("GET", "/sobjects/Contact/describe")
    assert visitor.send("GET", "/sobjects/Contact/describe").status_code == 200


def test_a_maintenance_page_looks_like_success(org: Org, visitor: Visitor) -> None:
    org.faults.add(Fault(Act.MAINTENANCE, "query", status=200))
    answer = visitor.send("GET", "/query?q=SELECT Id FROM Contact")
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/html")
