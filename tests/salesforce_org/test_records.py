"""What an org saves and what it refuses, record by record and 200 at a time."""

import pytest

from tests.salesforce_org import Org
from tests.salesforce_org.faults import locked_row, raced_row
from tests.salesforce_org.ids import checksum, full_id, make_id
from tests.salesforce_org.objects import text
from tests.salesforce_org.visitor import Visitor


def test_ids_have_two_forms_of_one_record() -> None:
    assert checksum("001A000000006Mu") == "IAI"  # a pair that Salesforce's own documents show
    assert full_id("001A000000006Mu") == full_id("001A000000006MuIAI") == "001A000000006MuIAI"
    assert full_id("001a000000006muIAI") is None
    assert make_id("003", 1) != make_id("003", 62)
    assert len(make_id("003", 10**9)) == 18


@pytest.mark.parametrize(
    ("payload", "code", "fields"),
    [
        ({"FirstName": "太郎"}, "REQUIRED_FIELD_MISSING", ["LastName"]),
        ({"LastName": ""}, "REQUIRED_FIELD_MISSING", ["LastName"]),
        ({"LastName": "山" * 81}, "STRING_TOO_LONG", ["LastName"]),
        ({"LastName": "𠮷" * 41}, "STRING_TOO_LONG", ["LastName"]),
        ({"LastName": "山田", "Nickname": "x"}, "INVALID_FIELD", []),
        ({"LastName": "山田", "CreatedById": "005"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["CreatedById"]),
        ({"LastName": "山田", "AccountId": "abc"}, "MALFORMED_ID", ["AccountId"]),
        ({"LastName": "山田", "AccountId": make_id("003", 7)}, "MALFORMED_ID", ["AccountId"]),
        ({"LastName": "山田", "AccountId": make_id("001", 7)}, "INVALID_CROSS_REFERENCE_KEY", ["AccountId"]),
        ({"LastName": "山田", "Birthdate": "yesterday"}, "JSON_PARSER_ERROR", ["Birthdate"]),
        ({"LastName": "山田", "Email": "here"}, "INVALID_EMAIL_ADDRESS", ["Email"]),
    ],
)
def test_what_a_contact_may_not_be(
    org: Org, visitor: Visitor, payload: dict[str, str], code: str, fields: list[str]
) -> None:
    answer = visitor.send("POST", "/sobjects/Contact", payload)
    assert answer.status_code == 400
    assert (answer.json()[0]["errorCode"], answer.json()[0]["fields"]) == (code, fields)
    assert org.rows("Contact") == []


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"CallType": "Sideways"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"TaskSubtype": "Dance"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"CallDurationInSeconds": "long"}, "JSON_PARSER_ERROR"),
        ({"Description": "x" * 32_001}, "STRING_TOO_LONG"),
        ({"WhoId": make_id("001", 1)}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"WhatId": make_id("003", 1)}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"WhoId": make_id("003", 1)}, "INVALID_CROSS_REFERENCE_KEY"),
    ],
)
def test_what_a_task_may_not_be(org: Org, visitor: Visitor, payload: dict[str, str], code: str) -> None:
    answer = visitor.send("POST", "/sobjects/Task", payload)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_a_task_is_filled_in_by_the_org(org: Org, visitor: Visitor) -> None:
    account = org.insert("Account", Name="電話番商事")
    contact = org.insert("Contact", LastName="山田", FirstName="太郎", AccountId=account)
    made = visitor.send("POST", "/sobjects/Task", {"WhoId": contact[:15], "TaskSubtype": "Call", "Status": "Completed"})
    assert (made.status_code, made.json()["success"]) == (201, True)
    (task,) = org.rows("Task")
    assert (task["WhoId"], task["AccountId"], task["IsClosed"]) == (contact, account, 1)
    assert (task["Priority"], task["OwnerId"]) == ("Normal", org.user_id)
    answer = visitor.query("SELECT Who.Name, Who.Type, Account.Name FROM Task")
    (shown,) = answer["records"]
    assert (shown["Who"]["Name"], shown["Who"]["Type"]) == ("山田 太郎", "Contact")
    assert shown["Account"]["Name"] == "電話番商事"


def test_the_subtype_is_set_only_at_creation(org: Org, visitor: Visitor) -> None:
    task = org.insert("Task", TaskSubtype="Call")
    refused = visitor.send("PATCH", f"/sobjects/Task/{task}", {"TaskSubtype": "Task"})
    assert refused.json()[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert visitor.send("PATCH", f"/sobjects/Task/{task}", {"Subject": "折り返し"}).status_code == 204


def test_a_lead_stands_alone_on_a_task(org: Org, visitor: Visitor) -> None:
    account, lead = org.insert("Account", Name="A"), org.insert("Lead", LastName="佐藤", Company="B")
    refused = visitor.send("POST", "/sobjects/Task", {"WhoId": lead, "WhatId": account})
    assert refused.json()[0]["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
    assert visitor.send("POST", "/sobjects/Task", {"WhoId": lead}).status_code == 201


def test_who_is_in_the_recycle_bin_takes_no_task(org: Org, visitor: Visitor) -> None:
    contact = org.insert("Contact", LastName="山田")
    org.remove("Contact", contact)
    assert visitor.send("POST", "/sobjects/Task", {"WhoId": contact}).json()[0]["errorCode"] == "ENTITY_IS_DELETED"
    gone = visitor.send("PATCH", f"/sobjects/Contact/{contact}", {"LastName": "鈴木"})
    assert (gone.status_code, gone.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")


def test_upsert_by_external_id(org: Org, visitor: Visitor) -> None:
    path = "/sobjects/Task/Call_Key__c/one%2Ftwo"
    first = visitor.send("PATCH", path, {"Subject": "一"})
    again = visitor.send("PATCH", path, {"Subject": "二"})
    assert (first.status_code, first.json()["created"]) == (201, True)
    assert (again.status_code, again.json()["created"]) == (200, False)
    (task,) = org.rows("Task")
    assert (task["Subject"], task["Call_Key__c"]) == ("二", "one/two")
    taken = visitor.send("POST", "/sobjects/Task", {"Call_Key__c": "one/two"})
    assert taken.json()[0]["errorCode"] == "DUPLICATE_VALUE"
    inside = visitor.send("PATCH", path, {"Call_Key__c": "one/two"})
    assert inside.json()[0]["errorCode"] == "INVALID_FIELD"
    assert visitor.send("PATCH", "/sobjects/Task/Subject/x", {}).status_code == 404
    assert visitor.send("PATCH", "/sobjects/Task/Call_Key__c/none?updateOnly=true", {}).status_code == 404
    assert visitor.send("HEAD", path).status_code == 200


def test_an_external_id_that_is_not_unique_names_several(org: Org, visitor: Visitor) -> None:
    org.add_fields("Contact", text("Old_Key__c", 20, external_id=True))
    pair = [org.insert("Contact", LastName=name, Old_Key__c="K1") for name in ("山田", "佐藤")]
    several = visitor.send("PATCH", "/sobjects/Contact/Old_Key__c/k1", {"Title": "x"})
    assert several.status_code == 300
    assert several.json() == [f"/services/data/v64.0/sobjects/Contact/{one}" for one in pair]


def _rows(*keys: str, **more: str) -> dict[str, object]:
    return {"records": [{"attributes": {"type": "Task"}, "Call_Key__c": key, **more} for key in keys]}


def test_each_row_of_a_collection_has_its_own_result(org: Org, visitor: Visitor) -> None:
    body = _rows("a", "b", "c", Subject="件名")
    body["records"][1]["Subject"] = "x" * 256  # type: ignore[index]
    org.faults.add(locked_row(2, on="collections_upsert"))
    path = "/composite/sobjects/Task/Call_Key__c"
    results = visitor.send("PATCH", path, body).json()
    assert [result["success"] for result in results] == [True, False, False]
    assert results[1]["errors"][0]["statusCode"] == "STRING_TOO_LONG"
    assert results[2]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    assert [result.get("created") for result in visitor.send("PATCH", path, _rows("a", "c")).json()] == [False, True]
    assert sorted(str(row["Call_Key__c"]) for row in org.rows("Task")) == ["a", "c"]


def test_an_external_id_twice_in_one_collection_saves_neither(org: Org, visitor: Visitor) -> None:
    results = visitor.send("PATCH", "/composite/sobjects/Task/Call_Key__c", _rows("a", "b", "a")).json()
    assert [result["success"] for result in results] == [False, True, False]
    assert results[0]["errors"][0] == {
        "statusCode": "DUPLICATE_VALUE",
        "message": "Duplicate external id specified: a",
        "fields": ["Call_Key__c"],
    }
    assert [row["Call_Key__c"] for row in org.rows("Task")] == ["b"]


def test_an_upsert_beside_another_of_the_same_key_meets_what_that_one_made(org: Org, visitor: Visitor) -> None:
    org.faults.add(raced_row(1, on="collections_upsert"))
    path = "/composite/sobjects/Task/Call_Key__c"
    results = visitor.send("PATCH", path, _rows("a", "b")).json()
    assert results[1]["errors"][0]["statusCode"] == "DUPLICATE_VALUE"
    assert [result["success"] for result in visitor.send("PATCH", path, _rows("a", "b")).json()] == [True, True]


def test_all_or_none(org: Org, visitor: Visitor) -> None:
    body = _rows("a", "b") | {"allOrNone": True}
    body["records"][1]["Subject"] = "x" * 256  # type: ignore[index]
    results = visitor.send("PATCH", "/composite/sobjects/Task/Call_Key__c", body).json()
    assert [result["success"] for result in results] == [False, False]
    assert results[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert org.rows("Task") == []


def test_a_collection_has_at_most_200_rows(org: Org, visitor: Visitor) -> None:
    path = "/composite/sobjects/Task/Call_Key__c"
    over = visitor.send("PATCH", path, _rows(*(f"k{number}" for number in range(201))))
    assert over.status_code == 400
    assert org.rows("Task") == []
    full = visitor.send("PATCH", path, _rows(*(f"k{number}" for number in range(200))))
    assert len(full.json()) == len(org.rows("Task")) == 200
