"""The privacy officer's pages: who may, what they show as words, and what leaves as a file."""

import csv
import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from plugin.core.audit import Act, AuditFact, Remark, RemarkName
from plugin.core.ids import new_id
from plugin.core.staff import Role, User
from plugin.store import audit as rows
from plugin.store.tables.customers import customers
from plugin.web.texts import table
from plugin.wiring import House
from tests.kit.people import Town
from tests.kit.staff import PASSWORD, app_of, browser_of, hire

HOSTILE = "＝cmd|' /C calc'!A0\r\n<script>alert(1)</script>"


@pytest.fixture
def officer(house: House) -> User:
    return hire(house, Role.PRIVACY, "ogawa", name="小川 恵")


@pytest.fixture
def browser(house: House, officer: User) -> FlaskClient:
    return browser_of(app_of(house), house, officer)


def add(house: House, act: Act = Act.LOOK_UP, **given: Any) -> int:
    with house.store.write() as connection:
        return rows.append(connection, AuditFact(act, house.clock(), **given)).seq


def typed(house: House, text: str = HOSTILE, **given: Any) -> int:
    return add(house, remarks=(Remark(RemarkName.SEARCH, text),), outcome="words 2", purpose="call_back", **given)


def export(browser: FlaskClient, form: str, **asked: str) -> str:
    assert browser.post("/prove", data={"password": PASSWORD}).status_code == 303
    answer = browser.post("/audit/export", data={"form": form, **asked})
    assert answer.status_code == 200, answer.text
    return str(answer.data, "utf-8-sig")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PRIVACY}))
@pytest.mark.parametrize("path", ["/audit", "/audit/lines/1", f"/audit/customers/{'0' * 26}"])
def test_nobody_else_may(house: House, role: Role, path: str) -> None:
    add(house)
    browser = browser_of(app_of(house), house, hire(house, role, "x"))
    assert browser.get(path).status_code == 403
    for post in ("/audit/export", "/audit/lines/1/erase"):
        assert browser.post(post, data={"form": "csv"}).status_code == 403


def test_who_is_refused_is_on_record_and_a_flood_of_it_is_counted(house: House) -> None:
    alice = hire(house, Role.OPERATOR, "alice")
    browser = browser_of(app_of(house), house, alice)
    for _ in range(40):
        assert browser.get("/audit").status_code == 403
    with house.store.read() as connection:
        said = [json.loads(line.body) for line, _ in rows.lines(connection, 0, rows.HIGHEST)]
    refused = [line for line in said if line["act"] == "rule.refused"]
    assert len(refused) == 20
    assert (refused[0]["user_id"], refused[0]["purpose"], refused[0]["outcome"]) == (alice.id, "audit.page", "role")


def test_a_line_is_said_in_words_with_what_was_typed(house: House, browser: FlaskClient, officer: User) -> None:
    typed(house, "さとう", user_id=officer.id)
    page = browser.get("/audit").text
    for words in ("お客様を検索", "小川 恵", "折り返しのお電話", "語句で検索、2件が該当", "さとう"):
        assert words in page
    assert "customer.look_up" not in page


@pytest.mark.parametrize("act", list(Act))
def test_every_act_has_words(act: Act) -> None:
    assert f"audit.act.{act.value}" in table()


def test_hostile_text_stays_text(house: House, browser: FlaskClient) -> None:
    seq = typed(house)
    for path in ("/audit", f"/audit/lines/{seq}"):
        page = browser.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    "query",
    [
        "who=x",
        "what=everything",
        "customer=%00",
        "call=..",
        "since=2026-13-40",
        "until=0001-01-01",
        "since=9999-12-31",
    ],
)
def test_a_filter_that_says_nothing_is_told(browser: FlaskClient, query: str) -> None:
    answer = browser.get(f"/audit?{query}")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize("whose", ["nobody", "\ud800", "☎\0", "x" * 500])
def test_a_customer_whom_nobody_knows_is_told(browser: FlaskClient, whose: str) -> None:
    answer = browser.post("/audit", data={"whose": whose.encode("utf-8", "surrogatepass")})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


def test_a_number_of_the_crm_stands_in_no_address(house: House, browser: FlaskClient) -> None:
    customer = Town(house.store, house.clock()).customer("C-1")
    with house.store.write() as connection:
        connection.execute(update(customers).values(code="C-1"))
    led = browser.post("/audit", data={"whose": "C-1", "what": "saw", "since": "2026-01-01"}).headers["Location"]
    assert led == f"/audit?customer={customer}&what=saw&since=2026-01-01"
    assert browser.get(led).status_code == 200


@pytest.mark.parametrize("before", ["x", "1.x", "9" * 40])
def test_a_place_that_is_none_is_refused(browser: FlaskClient, before: str) -> None:
    assert browser.get(f"/audit?before={before}").status_code == 400


@pytest.mark.parametrize("seq", ["0", "x", "-1", "１", "9" * 30, "1e3"])
def test_a_line_that_is_not_there_is_not_found(browser: FlaskClient, seq: str) -> None:
    assert browser.get(f"/audit/lines/{seq}").status_code == 404


def test_the_filter_goes_along_to_older_lines(house: House, browser: FlaskClient, officer: User) -> None:
    for _ in range(60):
        add(house, user_id=officer.id)
    page = browser.get(f"/audit?who={officer.id}&what=saw").text
    assert f"who={officer.id}" in page.split("さらに前の記録")[0].rsplit("href=", 1)[1]
    assert page.count('class="line"') == 50


def test_an_export_asks_for_the_password_first(house: House, browser: FlaskClient) -> None:
    house.clock.move(hours=2)  # type: ignore[attr-defined]
    add(house)
    refused = browser.post("/audit/export", data={"form": "csv"})
    assert refused.status_code == 303
    assert refused.headers["Location"].startswith("/prove")
    assert "audit.exported" not in export(browser, "csv")  # only what stood there before


def test_a_csv_has_no_cell_that_runs(house: House, browser: FlaskClient) -> None:
    typed(house)
    add(house, Act.SIGN_IN, outcome="-1", address="@SUM(1)", subject="\t=1")
    read = list(csv.reader(io.StringIO(export(browser, "csv"), newline=""), strict=True))
    assert read[0][0] == "番号"
    cells = [cell for row in read[1:] for cell in row if cell]
    assert "'-1" in cells
    assert "'@SUM(1)" in cells
    assert "'\t=1" in cells
    assert not [cell for cell in cells if cell.lstrip()[:1] in "=+-@＝"]


def test_json_lines_say_everything_as_it_is(house: House, browser: FlaskClient) -> None:
    typed(house)
    (line,) = [json.loads(one) for one in export(browser, "jsonl", what="saw").splitlines()]
    assert line["remarks"] == {"search": HOSTILE}
    assert (line["act"], line["kind"], line["outcome"]) == ("customer.look_up", "saw", "words 2")


@pytest.mark.parametrize("form", ["", "xlsx", "csv\x00"])
def test_another_form_is_refused(browser: FlaskClient, form: str) -> None:
    browser.post("/prove", data={"password": PASSWORD})
    assert browser.post("/audit/export", data={"form": form}).status_code == 400


def test_an_export_of_a_wrong_filter_leaves_nothing(house: House, browser: FlaskClient) -> None:
    browser.post("/prove", data={"password": PASSWORD})
    assert browser.post("/audit/export", data={"form": "csv", "who": "nobody"}).status_code == 400
    with house.store.read() as connection:
        acts = [line.act for line, _ in rows.lines(connection, 0, rows.HIGHEST)]
    assert "audit.exported" not in acts


def test_a_text_is_erased_by_two(house: House, browser: FlaskClient) -> None:
    seq = typed(house, "佐藤 花子の電話番号")
    browser.post("/prove", data={"password": PASSWORD})
    form = {"remark": "search", "ground": "request", "reason": "本人の求め"}
    assert browser.post(f"/audit/lines/{seq}/erase", data=form).headers["Location"].endswith("?done=asked")
    assert "佐藤 花子の電話番号" in browser.get(f"/audit/lines/{seq}").text
    second = browser_of(app_of(house), house, hire(house, Role.ADMIN, "second"))
    second.post("/prove", data={"password": PASSWORD})
    page = second.get("/approvals").text
    assert "検索した語" in page or "検索" in page
    asked = page.split('name="approval" value="')[1].split('"')[0]
    seen = page.split('name="seen" value="')[1].split('"')[0]
    answer = {"approval": asked, "seen": seen, "reason": "確認した", "answer": "approve"}
    assert second.post("/approvals", data=answer).status_code == 303
    after = browser.get(f"/audit/lines/{seq}").text
    assert "佐藤 花子の電話番号" not in after
    assert "（消去済み）" in after
    assert house.audits.whole.verify().findings == ()
    again = browser.post(f"/audit/lines/{seq}/erase", data=form)
    assert again.status_code == 404


def test_the_sheet_of_a_customer_who_is_not_there(browser: FlaskClient, house: House) -> None:
    assert browser.get(f"/audit/customers/{new_id(house.clock())}").status_code == 404
    assert browser.get("/audit/customers/x").status_code == 404


def test_the_privacy_officer_comes_to_the_audit(browser: FlaskClient) -> None:
    assert browser.get("/").headers["Location"] == "/audit"
