"""What the stand-in takes and what it refuses: as strict as kintone, told by a client that knows nothing of ours."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.kintone_site import KintoneSite
from tests.kintone_site.apps import App
from tests.kintone_site.faults import Act, Fault, too_many
from tests.kintone_site.fields import Field
from tests.kit.clock import HandClock

APP = 5
FIELDS = (
    Field("コード", unique=True, required=True),
    Field("題名", most_letters=5),
    Field("本文", "MULTI_LINE_TEXT"),
    Field("数", "NUMBER"),
    Field("日時", "DATETIME"),
    Field("種別", "DROP_DOWN", options=("甲", "乙")),
    Field("印", "CHECK_BOX", options=("済",)),
    Field("住所", "LINK"),
)


class Client:
    """Somebody with a token, and the documentation."""

    def __init__(self, site: KintoneSite, token: str) -> None:
        self.site = site
        self.headers = {"X-Cybozu-API-Token": token}

    def ask(self, method: str, path: str, body: dict[str, Any], **headers: str) -> tuple[int, dict[str, Any]]:
        answer = requests.request(
            method, f"{self.site.url}/k/v1/{path}", json=body, headers=self.headers | headers, timeout=10
        )
        return answer.status_code, answer.json()

    def add(self, *records: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        told = [{code: {"value": value} for code, value in record.items()} for record in records]
        return self.ask("POST", "records.json", {"app": APP, "records": told})

    def find(self, query: str, fields: list[str] | None = None) -> tuple[int, dict[str, Any]]:
        body = {"app": str(APP), "query": query, "fields": fields or []}
        return self.ask("POST", "records.json", body, **{"X-HTTP-Method-Override": "GET"})

    def ids(self, query: str) -> list[str]:
        status, told = self.find(query, ["$id"])
        assert status == 200, told
        return [one["$id"]["value"] for one in told["records"]]


@pytest.fixture
def site(clock: HandClock) -> Iterator[KintoneSite]:
    with KintoneSite(clock) as site:
        site.app(APP, FIELDS, code="APP")
        yield site


@pytest.fixture
def app(site: KintoneSite) -> App:
    return site.apps[APP]


@pytest.fixture
def client(site: KintoneSite) -> Client:
    return Client(site, site.token(APP, "view", "add", "edit"))


def test_records_are_added_all_or_none_and_the_bad_ones_are_named(client: Client, app: App) -> None:
    assert client.add({"コード": "a"}, {"コード": "b"}) == (200, {"ids": ["1", "2"], "revisions": ["1", "1"]})
    status, told = client.add(
        {"コード": "c"}, {"コード": "a"}, {"題名": "長い題名です"}, {"コード": "c"}, {"コード": ""}
    )
    assert (status, told["code"]) == (400, "CB_VA01")
    assert {key: one["messages"][0] for key, one in told["errors"].items()} == {
        "records[1].コード.value": "値がほかのレコードと重複しています。",
        "records[2].コード.value": "必須です。",
        "records[2].題名.value": "6文字より短くなければなりません。",
        "records[3].コード.value": "値がほかのレコードと重複しています。",
        "records[4].コード.value": "必須です。",
    }
    assert len(app.rows) == 2


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"数": "一"}, "数字でなければなりません。"),
        ({"種別": "丙"}, '"丙"は選択肢にありません。'),
        ({"印": ["未"]}, '"未"は選択肢にありません。'),
        ({"住所": "javascript:alert(1)"}, "URLの形式が正しくありません。"),
        ({"日時": "きのう"}, "日時が正しくありません。"),
    ],
)
def test_each_type_takes_only_its_own(client: Client, values: dict[str, Any], message: str) -> None:
    status, told = client.add({"コード": "a"} | values)
    ((key, one),) = told["errors"].items()
    assert (status, key, one["messages"]) == (400, f"records[0].{next(iter(values))}.value", [message])


def test_values_are_texts_and_kept_as_kintone_keeps_them(client: Client) -> None:
    assert client.add({"コード": "a", "数": 5})[1]["code"] == "CB_IJ01"
    assert client.ask("POST", "records.json", {"app": APP, "records": [{"コード": "a"}]})[1]["code"] == "CB_IJ01"
    client.add({"コード": "a", "数": "0901", "日時": "2026-11-23T08:59:59Z", "知らない": "x"})
    _, told = client.find("")
    (record,) = told["records"]
    assert record["数"] == {"type": "NUMBER", "value": "901"}
    assert record["日時"]["value"] == "2026-11-23T08:59:00Z"
    assert record["更新日時"]["value"] == "2026-11-22T23:00:00Z"
    assert record["レコード番号"]["value"] == "APP-1"
    assert (record["種別"]["value"], record["印"]["value"], record["題名"]["value"]) == (None, [], "")
    assert "知らない" not in record  # passed over, without a word
    assert told["totalCount"] is None
    asked = {"app": APP, "query": "limit 1", "totalCount": True}
    assert client.ask("GET", "records.json", asked)[1]["totalCount"] == "1"


def test_an_update_is_for_the_revision_that_it_names(client: Client, app: App) -> None:
    client.add({"コード": "a"}, {"コード": "b"})

    def update(*records: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return client.ask("PUT", "records.json", {"app": APP, "records": list(records)})

    value = {"題名": {"value": "新"}}
    assert update({"id": 1, "revision": "1", "record": value}) == (200, {"records": [{"id": "1", "revision": "2"}]})
    conflict = update({"id": "2", "record": value}, {"id": "1", "revision": 1, "record": value})
    assert (conflict[0], conflict[1]["code"]) == (409, "GAIA_CO02")
    assert app.rows[2].revision == 1
    assert update({"id": "9", "record": value})[1]["code"] == "GAIA_RE01"
    assert update({"id": "2", "record": {"コード": {"value": "a"}}})[1]["code"] == "CB_VA01"
    assert update({"id": "2", "record": {"コード": {"value": "b"}}})[0] == 200  # its own value is no double


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_hundred_at_once_and_no_more(client: Client, method: str) -> None:
    records = [{"コード": {"value": str(number)}} for number in range(101)]
    status, told = client.ask(method, "records.json", {"app": APP, "records": records})
    assert (status, list(told["errors"])) == (400, ["records"])
    assert "100件まで" in told["errors"]["records"]["messages"][0]


def test_queries_find_and_sort(client: Client, clock: HandClock) -> None:
    for number, code in enumerate(("b", "a", "c", 'q"\\')):
        client.add({"コード": code, "数": str(10 - number), "種別": "甲" if number % 2 else "乙"})
        clock.move(minutes=1)
    assert client.ids("") == ["4", "3", "2", "1"]  # the newest first
    assert client.ids("order by コード asc") == ["2", "1", "3", "4"]
    assert client.ids("数 > 8 order by 数 asc") == ["2", "1"]
    assert client.ids('$id in ("1", 3) or (種別 in ("甲") and $id < 4) order by $id asc') == ["1", "2", "3"]
    assert client.ids('コード = "q\\"\\\\"') == ["4"]
    assert client.ids('更新日時 >= "2026-11-22T23:02:00Z" order by 更新日時 desc, $id asc limit 1') == ["4"]
    assert client.ids('コード != "a" order by $id asc limit 2 offset 1') == ["3", "4"]
    assert client.ids('コード like "a"') == ["2"]
    assert client.ids('種別 not in ("甲") order by $id asc') == ["1", "3"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit 501", "GAIA_QU01"),
        ("limit 10 offset 10001", "GAIA_QU02"),
        ('本文 = "x"', "GAIA_IQ03"),
        ('種別 = "甲"', "GAIA_IQ03"),
        ('コード > "a"', "GAIA_IQ03"),
        ('電話 = "x"', "GAIA_IQ11"),
        ("order by 本文 asc", "GAIA_IQ07"),
        ("コード = a", "CB_VA01"),
        ("コード = 'a'", "CB_VA01"),
        ('コード = "a" コード = "b"', "CB_VA01"),
        ('コード in "a"', "CB_VA01"),
        ('(コード = "a"', "CB_VA01"),
        ("limit many", "CB_VA01"),
        ("order コード", "CB_VA01"),
    ],
)
def test_a_query_that_kintone_would_refuse_is_refused(client: Client, query: str, code: str) -> None:
    status, told = client.find(query)
    assert (status, told["code"]) == (400, code)


def test_who_may_not_is_refused(site: KintoneSite, client: Client) -> None:
    weak = Client(site, site.token(APP, "view"))
    assert weak.add({"コード": "a"})[1]["code"] == "GAIA_NO01"
    assert Client(site, "nonsense").find("")[1]["code"] == "GAIA_IA02"
    assert Client(site, "").find("")[1]["code"] == "CB_AU01"
    assert Client(site, ",".join(["a"] * 10)).find("")[1]["code"] == "CB_IL02"
    wrong = {"X-Cybozu-Authorization": "c2F0bzp4"}
    assert requests.get(f"{site.url}/k/v1/records.json?app=5", headers=wrong, timeout=10).status_code == 401
    assert client.ask("POST", "records.json", {"records": []})[1]["errors"].keys() == {"app"}
    assert client.ask("DELETE", "records.json", {"app": APP, "ids": [1]})[0] == 501
    assert client.ask("POST", "records/cursor.json", {"app": APP})[0] == 501


def test_addresses_work_too_up_to_their_length(site: KintoneSite, client: Client) -> None:
    client.add({"コード": "a"})
    address = f"{site.url}/k/v1/records.json"
    asked = {"app": "5", "query": "limit 1", "fields[0]": "コード"}
    told = requests.get(address, asked, headers=client.headers, timeout=10)
    assert told.json()["records"] == [{"コード": {"type": "SINGLE_LINE_TEXT", "value": "a"}}]
    assert told.headers["X-ConcurrencyLimit-Limit"] == "100"
    assert told.headers["Date"] == "Sun, 22 Nov 2026 23:00:00 GMT"
    assert requests.get(address, {"query": "x" * 9_000}, headers=client.headers, timeout=10).status_code == 414


def test_the_form_tells_what_the_connector_asks_of_it(client: Client) -> None:
    _, told = client.ask("POST", "app/form/fields.json", {"app": APP}, **{"X-HTTP-Method-Override": "GET"})
    form = told["properties"]
    assert (form["コード"]["unique"], form["コード"]["required"], form["コード"]["maxLength"]) == (True, True, "")
    assert (form["題名"]["maxLength"], form["更新日時"]["type"]) == ("5", "UPDATED_TIME")
    assert list(form["種別"]["options"]) == ["甲", "乙"]


def test_faults_strike_as_often_as_they_were_told(site: KintoneSite, client: Client, app: App) -> None:
    site.faults.add(too_many(), Fault(Act.PAGE, status=503), Fault(Act.CUT, "records_add"))
    answer = client.find("")
    assert (answer[0], answer[1]["code"]) == (429, "GAIA_TO04")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        client.find("")
    with pytest.raises(requests.RequestException):
        client.add({"コード": "a"})
    assert len(app.rows) == 1  # done, and half told
    assert client.ids("") == ["1"]
