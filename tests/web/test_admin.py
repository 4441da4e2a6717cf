"""The administrator's pages, and that nobody else gets to them."""

import re

import pytest
from flask.testing import FlaskClient

from plugin.core.staff import Role, Staff, User
from plugin.services.accounts import NewUser
from plugin.services.staff import SignedIn
from plugin.wiring import House
from plugin.worker import jobs_of
from tests.kit.clock import HandClock
from tests.kit.staff import PASSWORD, app_of, browser_of, hire

NEW = {
    "login": "sato",
    "name": "佐藤 一郎",
    "role": "operator",
    "team": "受付",
    "extension": "205",
    "password": PASSWORD,
}


@pytest.fixture
def admin(house: House) -> FlaskClient:
    return browser_of(app_of(house), house, hire(house, Role.ADMIN, "admin"))


def id_of(admin: FlaskClient, login: str) -> str:
    row = next(row for row in admin.get("/admin/users").text.split("<tr")[2:] if f">{login}</td>" in row)
    found = re.search(r"/admin/users/([0-9A-Z]{26})", row)
    assert found
    return found[1]


def test_an_account_is_added_changed_closed_and_opened(house: House, admin: FlaskClient) -> None:
    assert admin.post("/admin/users", data=NEW).headers["Location"] == "/admin/users?done=added"
    sato = id_of(admin, "sato")
    changed = admin.post(
        f"/admin/users/{sato}", data={"name": "佐藤 次郎", "role": "operator", "team": "", "extension": ""}
    )
    assert changed.status_code == 303
    user = house.accounts.find("sato")
    assert (user.name, user.role, user.team, user.extension) == ("佐藤 次郎", Role.OPERATOR, "", None)
    assert admin.post(f"/admin/users/{sato}/password", data={"password": "another long password"}).status_code == 303
    assert isinstance(house.sessions.begin("sato", "another long password", "127.0.0.1", "test"), SignedIn)
    assert admin.post(f"/admin/users/{sato}/active", data={"active": "0"}).status_code == 303
    assert not house.accounts.find("sato").active
    assert admin.post(f"/admin/users/{sato}/active", data={"active": "1"}).status_code == 303
    assert house.accounts.find("sato").active


def approve(house: House, by: User) -> None:
    staff = Staff(by.id, by.login, by.name, by.role, by.team, None, "ja", "s", "127.0.0.1")
    for filed in house.approvals.board(staff).waiting:
        house.approvals.approve(filed.approval.id, filed.approval.content_hash, "確認した", staff)


def test_what_gives_weight_waits_for_a_second_person(house: House, admin: FlaskClient) -> None:
    supervisor = hire(house, Role.SUPERVISOR, "supervisor")
    new = {**NEW, "role": "service"}
    assert "申請の理由を" in admin.post("/admin/users", data=new).text
    assert admin.post("/admin/users", data={**new, "reason": "増員"}).headers["Location"].endswith("added_waits")
    assert not house.accounts.find("sato").active
    sato = f"/admin/users/{id_of(admin, 'sato')}"
    approve(house, supervisor)
    assert house.accounts.find("sato").active
    change = {"name": "佐藤 次郎", "role": "supervisor", "team": "受付", "extension": "205", "reason": "昇格"}
    assert admin.post(sato, data=change).headers["Location"].endswith("done=waits")
    assert (house.accounts.find("sato").name, house.accounts.find("sato").role) == ("佐藤 次郎", Role.SERVICE)
    approve(house, supervisor)
    assert house.accounts.find("sato").role is Role.SUPERVISOR
    password = {"password": "another long password"}
    assert "まず申請してください" in admin.post(f"{sato}/password", data=password).text
    asked = admin.post(f"{sato}/recovery", data={"what": "password", "reason": "失念"})
    assert asked.headers["Location"].endswith("done=asked")
    approve(house, supervisor)
    assert admin.post(f"{sato}/password", data=password).status_code == 303
    assert admin.post(f"{sato}/password", data=password).status_code == 422  # approved once, used once
    assert admin.post(f"{sato}/active", data={"active": "0"}).headers["Location"].endswith("done=closed")
    assert admin.post(f"{sato}/active", data={"active": "1"}).status_code == 422
    reopened = admin.post(f"{sato}/active", data={"active": "1", "reason": "復帰"})
    assert reopened.headers["Location"].endswith("done=waits")


def test_what_the_command_line_gave_is_shown_to_those_who_decide(house: House, admin: FlaskClient) -> None:
    house.accounts.add(NewUser("honsha", "本社 花子", Role.SUPERVISOR), PASSWORD, None, is_chosen=True)
    house.accounts.add(NewUser("uketsuke", "受付 一郎", Role.OPERATOR), PASSWORD, None, is_chosen=True)
    page = admin.get("/approvals").text
    assert "追加（スーパーバイザー）" in page
    assert "本社 花子" in page
    assert "受付 一郎" not in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("login", "佐藤", "ログインIDは"),
        ("login", "admin", "すでに使われています"),
        ("name", "", "氏名を"),
        ("role", "king", "権限を選んで"),
        ("password", "short", "12文字以上"),
        ("extension", "9" * 65, "内線番号は"),
    ],
)
def test_what_cannot_be_taken_is_said_and_what_was_typed_stays(
    admin: FlaskClient, field: str, value: str, said: str
) -> None:
    answer = admin.post("/admin/users", data={**NEW, field: value})
    assert answer.status_code == 422
    assert said in answer.text
    assert PASSWORD not in answer.text
    if field != "team":
        assert 'value="受付"' in answer.text


def test_the_last_administrator_cannot_close_himself(admin: FlaskClient) -> None:
    me = id_of(admin, "admin")
    answer = admin.post(f"/admin/users/{me}/active", data={"active": "0"})
    assert answer.status_code == 422
    assert "最後のシステム管理者" in answer.text
    assert admin.post(f"/admin/users/{me}", data={"role": "operator"}).status_code == 422


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_nobody_else_sees_or_changes_anything(house: House, role: Role) -> None:
    browser = browser_of(app_of(house), house, hire(house, role))
    for path in ("/admin/users", "/admin/health", "/admin/users/01ARZ3NDEKTSV4RRFFQ69G5FAV"):
        assert browser.get(path).status_code == 403
        assert path.removesuffix("/01ARZ3NDEKTSV4RRFFQ69G5FAV") not in browser.get("/account").text
    assert browser.post("/admin/users", data=NEW).status_code == 403
    assert [user.login for user in house.accounts.all(None)] == ["tanaka"]


def test_an_unknown_person_is_not_found(admin: FlaskClient) -> None:
    for user_id in ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "x", "0" * 300):
        assert admin.get(f"/admin/users/{user_id}").status_code == 404
        assert admin.post(f"/admin/users/{user_id}", data={"name": "x"}).status_code == 404


def test_health_says_the_next_step(admin: FlaskClient) -> None:
    page = admin.get("/admin/health").text
    assert "対応が必要な問題があります" in page
    assert "denwaban serve の稼働" in page  # no worker ever ran here
    assert "電話システムが設定されていません" in page


def test_health_names_every_job_in_words(house: House, admin: FlaskClient, clock: HandClock) -> None:
    names = [job.name for job in jobs_of(house)]
    for name in names:
        house.ledger.record(name, clock(), 3, None)
    house.ledger.record("job of a plug-in", clock(), 0, "outside.refused")
    page = admin.get("/admin/health").text
    assert [name for name in names if f">{name}<" in page] == []
    heads = re.findall(r'<p class="strong small">(.+?)</p>\s*<p class="soft small">(.+?)</p>', page)
    said = dict(heads)
    assert said["CRMとの同期"].startswith("最終実行")
    assert said["job of a plug-in"].startswith("11/23(月) 08:00 の実行に失敗しました")
    clock.move(hours=1)
    assert "から実行されていません" in admin.get("/admin/health").text
