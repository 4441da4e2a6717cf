"""SOQL: what it finds, page by page, and in which words an org refuses it."""

import random

import pytest

from tests.kit.clock import HandClock
from tests.salesforce_org import Org
from tests.salesforce_org.crowd import fill
from tests.salesforce_org.visitor import Visitor


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Id FROM Nothing", "INVALID_TYPE"),
        ("SELECT Shoe FROM Contact", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Shoe = '1'", "INVALID_FIELD"),
        ("SELECT Shoe.Name FROM Contact", "INVALID_FIELD"),
        ("SELECT Who.Phone FROM Task", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Name = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE SystemModstamp > '2026-01-01T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE IsDeleted = 'false'", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Id = 'abc'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Contact WHERE AccountId IN ('001')", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT FROM Contact", "MALFORMED_QUERY"),
        ("SELECT Id", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Name = 'x", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Name = 'O'Brien'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Name = 'a' AND Phone = 'b' OR Phone = 'c'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact LIMIT x", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact; DROP TABLE Contact", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Name = 'a\\q'", "MALFORMED_QUERY"),
        (f"SELECT Id FROM Contact WHERE Name = '{'x' * 4_001}'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Name IN ('x'" + ", 'x'" * 25_000 + ")", "API_ERROR"),
        ("SELECT FIELDS(ALL) FROM Contact", "MALFORMED_QUERY"),
        ("SELECT Id, (SELECT Id FROM Tasks) FROM Contact", "SIMULATOR_DOES_NOT_MODEL"),
    ],
)
def test_what_is_refused(visitor: Visitor, soql: str, code: str) -> None:
    if code == "API_ERROR":  # too long for a URL
        answer = visitor.send("POST", "/jobs/query", {"operation": "query", "query": soql})
    else:
        answer = visitor.send("GET", f"/query?q={soql}")
    assert answer.status_code == (501 if code == "SIMULATOR_DOES_NOT_MODEL" else 400)
    assert answer.json()[0]["errorCode"] == code


def test_a_url_has_an_end(org: Org, visitor: Visitor) -> None:
    assert visitor.send("GET", "/query?q=" + "x" * 17_000).status_code == 414
    assert visitor.send("GET", "/query?q=" + "x" * 9_000, None, Why="x" * 9_000).status_code == 431


def _names(visitor: Visitor, where: str) -> list[str]:
    answer = visitor.query(f"SELECT LastName FROM Contact {where}")
    return [record["LastName"] for record in answer["records"]]


def test_conditions(org: Org, visitor: Visitor, clock: HandClock) -> None:
    account = org.insert("Account", Name="Acme")
    clock.move(days=1)
    visitor.sign_in()
    for last, more in (("Ono", {"Phone": "03-1"}), ("ONODA", {"AccountId": account}), ("O'Neil", {"Title": "50%"})):
        org.insert("Contact", LastName=last, **more)
    assert _names(visitor, "WHERE LastName = 'ono'") == ["Ono"]
    assert _names(visitor, "WHERE LastName LIKE 'ono%'") == ["Ono", "ONODA"]
    assert _names(visitor, r"WHERE LastName = 'O\'Neil'") == ["O'Neil"]
    assert _names(visitor, r"WHERE Title LIKE '%\%'") == ["O'Neil"]
    assert _names(visitor, "WHERE Phone = null") == ["ONODA", "O'Neil"]
    assert _names(visitor, "WHERE Phone != '03-2'") == ["Ono", "ONODA", "O'Neil"]
    assert _names(visitor, "WHERE NOT (Phone = '03-1')") == ["ONODA", "O'Neil"]
    assert _names(visitor, f"WHERE AccountId = '{account[:15]}'") == ["ONODA"]
    assert _names(visitor, f"WHERE AccountId NOT IN ('{account}')") == ["Ono", "O'Neil"]
    assert _names(visitor, "WHERE Account.Name = 'acme'") == ["ONODA"]
    assert _names(visitor, "WHERE (Phone = '03-1' OR Title = '50%') AND CreatedDate = TODAY") == ["Ono", "O'Neil"]
    assert _names(visitor, "WHERE CreatedDate < TODAY") == []
    assert _names(visitor, "ORDER BY LastName DESC LIMIT 2") == ["Ono", "ONODA"]
    assert _names(visitor, "ORDER BY Phone NULLS LAST LIMIT 1") == ["Ono"]
    assert _names(visitor, "LIMIT 1 OFFSET 1") == ["ONODA"]
    after = f"{org.now():%Y-%m-%dT%H:%M:%S}%2B00:00"
    shown = visitor.send("GET", f"/query?q=SELECT Id FROM Contact WHERE SystemModstamp >= {after}").json()
    assert shown["totalSize"] == 3
    assert visitor.query("SELECT Name FROM Account WHERE SystemModstamp < YESTERDAY")["totalSize"] == 0


def test_aggregates(org: Org, visitor: Visitor) -> None:
    for last in ("佐藤", "佐藤", "鈴木"):
        org.insert("Contact", LastName=last)
    assert visitor.query("SELECT COUNT() FROM Contact")["totalSize"] == 3
    groups = visitor.query("SELECT LastName, COUNT(Id) n FROM Contact GROUP BY LastName ORDER BY LastName")["records"]
    assert [(group["LastName"], group["n"]) for group in groups] == [("佐藤", 2), ("鈴木", 1)]
    (most,) = visitor.query("SELECT MAX(SystemModstamp) FROM Contact")["records"]
    assert most["expr0"] == f"{org.now():%Y-%m-%dT%H:%M:%S}.000+0000"


def test_pages_follow_one_another(org: Org, visitor: Visitor) -> None:
    fill(org, 4_500)
    first = visitor.query("SELECT Id, Name FROM Contact")
    assert (first["totalSize"], first["done"], len(first["records"])) == (4_500, False, 2_000)
    seen = [record["Id"] for record in first["records"]]
    url = first["nextRecordsUrl"]
    while url:
        page = visitor.http.get(org.url + url, timeout=30).json()
        seen += [record["Id"] for record in page["records"]]
        url = page.get("nextRecordsUrl")
    assert seen == sorted(str(row["Id"]) for row in org.rows("Contact"))
    small = visitor.http.get(
        visitor.root + "/query",
        params={"q": "SELECT Id FROM Contact"},
        headers={"Sforce-Query-Options": "batchSize=200"},
        timeout=30,
    ).json()
    assert len(small["records"]) == 200
    org.queries.expire()
    late = visitor.http.get(org.url + small["nextRecordsUrl"], timeout=30)
    assert (late.status_code, late.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_a_page_may_have_fewer_records_and_ends_after_two_days(org: Org, visitor: Visitor, clock: HandClock) -> None:
    fill(org, 3_000)
    org.queries.thin = random.Random(2)
    seen, url = [], "/services/data/v64.0/query?q=SELECT Id FROM Contact"
    sizes = []
    while url:
        page = visitor.http.get(org.url + url, timeout=30).json()
        seen += [record["Id"] for record in page["records"]]
        sizes.append(len(page["records"]))
        url = page.get("nextRecordsUrl")
    assert sizes[0] < 2_000
    assert len(set(seen)) == len(seen) == 3_000
    again = visitor.query("SELECT Id FROM Contact")
    clock.move(days=2, minutes=1)
    visitor.sign_in()
    assert visitor.http.get(org.url + again["nextRecordsUrl"], timeout=30).status_code == 400


def test_query_all_sees_the_recycle_bin(org: Org, visitor: Visitor) -> None:
    kept, gone = org.insert("Contact", LastName="山田"), org.insert("Contact", LastName="佐藤")
    org.remove("Contact", gone)
    soql = "q=SELECT Id, IsDeleted FROM Contact"
    assert [one["Id"] for one in visitor.send("GET", f"/query?{soql}").json()["records"]] == [kept]
    every = visitor.send("GET", f"/queryAll?{soql}").json()["records"]
    assert {one["Id"]: one["IsDeleted"] for one in every} == {kept: False, gone: True}


def test_describe_tells_what_may_be_written(org: Org, visitor: Visitor) -> None:
    fields = {one["name"]: one for one in visitor.send("GET", "/sobjects/task/describe").json()["fields"]}
    assert (fields["TaskSubtype"]["createable"], fields["TaskSubtype"]["updateable"]) == (True, False)
    assert fields["WhoId"]["referenceTo"] == ["Contact", "Lead"]
    assert (fields["Subject"]["length"], fields["Description"]["length"]) == (255, 32_000)
    assert (fields["Call_Key__c"]["externalId"], fields["Call_Key__c"]["idLookup"]) == (True, True)
    assert [one["value"] for one in fields["CallType"]["picklistValues"]] == ["Internal", "Inbound", "Outbound"]
    assert visitor.send("GET", "/sobjects/Nothing/describe").json()[0]["errorCode"] == "NOT_FOUND"
    names = [one["name"] for one in visitor.send("GET", "/sobjects").json()["sobjects"]]
    assert {"Account", "Contact", "Lead", "Task", "User"} <= set(names)


def test_a_field_may_go_or_be_renamed(org: Org, visitor: Visitor) -> None:
    org.insert("Contact", LastName="山田", OtherPhone="03-1", HomePhone="03-2")
    org.drop_field("Contact", "OtherPhone")
    org.rename_field("Contact", "HomePhone", "House__c")
    assert visitor.query("SELECT OtherPhone FROM Contact")[0]["errorCode"] == "INVALID_FIELD"
    assert visitor.query("SELECT HomePhone FROM Contact")[0]["errorCode"] == "INVALID_FIELD"
    assert visitor.query("SELECT House__c FROM Contact")["records"][0]["House__c"] == "03-2"
