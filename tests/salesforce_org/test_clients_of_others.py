"""Clients that we did not write use the org as they would use Salesforce: what it lacks or does otherwise fails here.

simple-salesforce in this process; jsforce and Airbyte's source as programs of their own (`tox run -e clients`).
"""

import csv
import io
import json
import os
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceMoreThanOneRecord

from tests.conftest import CLIENTS
from tests.salesforce_org import Org
from tests.salesforce_org.crowd import fill
from tests.salesforce_org.objects import external_id, text

VERSION = "64.0"
JSFORCE = Path(__file__).parent / "clients" / "jsforce.mjs"


@pytest.fixture
def org() -> Iterator[Org]:
    """An org by the machine's clock, for clients that know no other."""
    with Org() as org:
        org.jobs.polls = 1
        org.add_fields("Task", external_id("Call_Key__c", 64, "Call Key"))
        yield org


@pytest.fixture
def http(org: Org) -> Iterator[requests.Session]:
    """A session that finds login.salesforce.com and the org's domain on loopback."""
    with requests.Session() as http:
        http.trust_env = False
        http.verify = org.authority
        http.proxies = {"https": org.proxy}
        yield http


@pytest.fixture
def salesforce(org: Org, http: requests.Session) -> Any:
    """simple-salesforce, signed in by its own JWT bearer flow; the org's objects are its attributes, so of any type."""
    app = org.app
    return Salesforce(
        username=app.username,
        consumer_key=app.consumer_key,
        privatekey=app.private_key_pem,
        session=http,
        version=VERSION,
    )


def test_simple_salesforce_signs_in_by_client_credentials(org: Org, http: requests.Session) -> None:
    key, secret = org.app.consumer_key, org.app.consumer_secret
    signed_in: Any = Salesforce(
        consumer_key=key, consumer_secret=secret, domain="denwaban.my", session=http, version=VERSION
    )
    assert signed_in.sf_instance == "denwaban.my.salesforce.com"
    assert signed_in.limits()["DailyApiRequests"]["Max"] == org.limits.daily
    assert signed_in.api_usage["api-usage"].total == org.limits.daily


def test_simple_salesforce_reads_and_writes_records(org: Org, salesforce: Any) -> None:
    made = salesforce.Contact.create({"LastName": "山田", "FirstName": "太郎"})
    assert salesforce.Contact.get(made["id"])["Name"] == "山田 太郎"
    assert salesforce.Contact.update(made["id"], {"Phone": "03-1234-5678"}) == 204
    assert salesforce.Task.upsert("Call_Key__c/k1", {"Subject": "件名", "WhoId": made["id"]}) == 201
    assert salesforce.Task.upsert("Call_Key__c/k1", {"Subject": "別件"}) == 200
    assert salesforce.Task.get_by_custom_id("Call_Key__c", "k1")["Subject"] == "別件"
    assert salesforce.Contact.describe()["keyPrefix"] == "003"
    assert salesforce.Contact.metadata()["objectDescribe"]["name"] == "Contact"
    assert "Task" in {one["name"] for one in (salesforce.describe() or {})["sobjects"]}
    assert salesforce.Contact.delete(made["id"]) == 204
    with pytest.raises(SalesforceMalformedRequest, match="REQUIRED_FIELD_MISSING"):
        salesforce.Contact.create({"FirstName": "太郎"})


def test_simple_salesforce_meets_an_ambiguous_external_id(org: Org, salesforce: Any) -> None:
    org.add_fields("Contact", text("Old_Key__c", 20, external_id=True))
    for name in ("山田", "佐藤"):
        org.insert("Contact", LastName=name, Old_Key__c="K1")
    with pytest.raises(SalesforceMoreThanOneRecord):
        salesforce.Contact.upsert("Old_Key__c/K1", {"Title": "x"})


def test_simple_salesforce_queries_page_by_page(org: Org, salesforce: Any) -> None:
    fill(org, 4_100)
    gone = org.insert("Contact", LastName="佐藤")
    org.remove("Contact", gone)
    records = salesforce.query_all("SELECT Id, Owner.Name FROM Contact")["records"]
    assert len({record["Id"] for record in records}) == 4_100
    assert records[0]["Owner"]["Name"] == "管理者"
    every = list(salesforce.query_all_iter("SELECT Id FROM Contact", include_deleted=True))
    assert gone in {record["Id"] for record in every}
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_FIELD"):
        salesforce.query("SELECT Shoe FROM Contact")


def test_simple_salesforce_reads_in_bulk(org: Org, salesforce: Any, tmp_path: Path) -> None:
    fill(org, 700)
    pages = list(salesforce.bulk2.Contact.query("SELECT Id, LastName FROM Contact", max_records=300, wait=0))
    rows = [row for page in pages for row in csv.DictReader(io.StringIO(page))]
    assert (len(pages), len(rows)) == (3, 700)
    assert {row["Id"]: row["LastName"] for row in rows} == {row["Id"]: row["LastName"] for row in org.rows("Contact")}
    files = salesforce.bulk2.Contact.download("SELECT Id FROM Contact", str(tmp_path), max_records=500)
    assert [file["number_of_records"] for file in files] == [500, 200]


def test_simple_salesforce_saves_by_collections_and_composite(org: Org, salesforce: Any) -> None:
    rows = [{"attributes": {"type": "Task"}, "Call_Key__c": f"k{number}"} for number in range(200)]
    body = {"allOrNone": False, "records": rows}
    results = salesforce.restful("composite/sobjects/Task/Call_Key__c", method="PATCH", json=body)
    assert [result["success"] for result in results] == [True] * 200
    first, second = (
        {"method": "POST", "url": f"/services/data/v{VERSION}/sobjects/{name}", "referenceId": ref, "body": body}
        for name, ref, body in (
            ("Contact", "who", {"LastName": "山田"}),
            ("Task", "call", {"WhoId": "@{who.id}", "Subject": "一件"}),
        )
    )
    told = salesforce.restful("composite", method="POST", json={"allOrNone": True, "compositeRequest": [first, second]})
    assert [one["httpStatusCode"] for one in told["compositeResponse"]] == [201, 201]
    assert org.rows("Task", "\"Subject\" = '一件'")[0]["WhoId"] == told["compositeResponse"][0]["body"]["id"]
    wrong = {**first, "body": {}}
    salesforce.restful("composite", method="POST", json={"allOrNone": True, "compositeRequest": [first, wrong]})
    assert len(org.rows("Contact")) == 1
    parts = [{"method": "GET", "url": f"v{VERSION}/limits"}, {"method": "GET", "url": f"v{VERSION}/sobjects/Shoe"}]
    batch = salesforce.restful("composite/batch", method="POST", json={"batchRequests": parts})
    assert [one["statusCode"] for one in batch["results"]] == [200, 404]


def test_simple_salesforce_asks_what_was_deleted(org: Org, salesforce: Any) -> None:
    gone, kept = org.insert("Contact", LastName="山田"), org.insert("Contact", LastName="佐藤")
    org.remove("Contact", gone)
    span = [org.now() + timedelta(seconds=shift) for shift in (-3_600, 120)]
    assert [one["id"] for one in salesforce.Contact.deleted(*span)["deletedRecords"]] == [gone]
    assert salesforce.Contact.updated(*span)["ids"] == [kept]


def _run(command: list[str], org: Org, folder: Path) -> str:
    """Run a client in a folder of its own: what it leaves behind is not ours to keep."""
    quiet = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    trust = {"NODE_EXTRA_CA_CERTS": org.authority, "REQUESTS_CA_BUNDLE": org.authority, "HTTPS_PROXY": org.proxy}
    done = subprocess.run(
        command, cwd=folder, env=quiet | trust, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
    return done.stdout


@pytest.mark.needs("jsforce")
@pytest.mark.lets_stand("crm_token", "crm address")  # jsforce's way to sign out, not ours
def test_jsforce_does_its_whole_round(org: Org, tmp_path: Path) -> None:
    fill(org, 4_100)
    contact = org.insert("Contact", LastName="電話")
    gone = org.insert("Contact", LastName="佐藤")
    org.remove("Contact", gone)
    said = {"url": org.url, "version": VERSION, "key": org.app.consumer_key, "secret": org.app.consumer_secret}
    said_all = json.dumps(said | {"contact": {"Id": contact, "LastName": "電話"}})
    told = json.loads(_run([f"{CLIENTS}/bin/node", str(JSFORCE), CLIENTS, said_all], org, tmp_path))
    living = list(org.living("Contact"))
    assert told["identity"]["username"] == org.app.username
    assert told["queried"] == [row["Id"] for row in living]
    assert [record["Id"] for record in told["found"]] == [contact]
    assert told["bulk"] == [[row["Id"], row["LastName"]] for row in living]
    assert [told["created"]["success"], told["updated"]["success"], told["destroyed"]["success"]] == [True] * 3
    assert told["upserted"]["created"] is True
    assert [one["success"] for one in told["many"]] == [True, True, False]
    assert told["many"][2]["errors"][0]["statusCode"] == "STRING_TOO_LONG"
    assert told["retrieved"]["Subject"] == "二件"
    assert [one["id"] for one in told["deleted"]["deletedRecords"]] == [gone]
    assert (told["field"], told["gone"], told["missing"]) == (
        "INVALID_FIELD",
        "ENTITY_IS_DELETED",
        "REQUIRED_FIELD_MISSING",
    )
    left = {row["Call_Key__c"]: row["Subject"] for row in org.rows("Task", '"IsDeleted" = 0')}
    assert left == {"js-1": "四件", "js-2": "五件"}


@pytest.mark.needs("airbyte")
def test_airbytes_source_reads_the_whole_of_an_object(org: Org, tmp_path: Path) -> None:
    fill(org, 1_200)
    gone = org.insert("Contact", LastName="佐藤")
    org.remove("Contact", gone)
    org.jobs.page_rows = 500
    source = f"{CLIENTS}/bin/source-salesforce"
    config, catalog = tmp_path / "config.json", tmp_path / "catalog.json"
    app = {"client_id": org.app.consumer_key, "client_secret": org.app.consumer_secret}
    more = {"auth_type": "Client", "refresh_token": org.app.refresh_token, "force_use_bulk_api": True}
    config.write_text(json.dumps(app | more))
    stream = {"name": "Contact", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    mode = {"sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}
    catalog.write_text(json.dumps({"streams": [{"stream": stream, **mode}]}))
    out = _run([source, "read", "--config", str(config), "--catalog", str(catalog)], org, tmp_path)
    told = [json.loads(line) for line in out.splitlines()]
    read = {one["record"]["data"]["Id"]: one["record"]["data"] for one in told if one["type"] == "RECORD"}
    rows = {row["Id"]: row for row in org.rows("Contact")}
    assert {key: (data["LastName"], data["IsDeleted"]) for key, data in read.items()} == {
        key: (row["LastName"], bool(row["IsDeleted"])) for key, row in rows.items()
    }
    assert read[gone]["IsDeleted"] is True
    assert org.limits.counts["bulk_results"] == 3
