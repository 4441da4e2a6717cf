"""The page of approvals: what waits for whom, in words with its hash, and the two answers."""

from datetime import timedelta

from plugin.core.approvals import Approval, ApprovalKind
from plugin.core.staff import Role, Staff
from plugin.wiring import House
from tests.kit.staff import app_of, browser_of, hire


def ask(house: House, login: str = "first") -> tuple[Approval, Staff]:
    user = hire(house, Role.PRIVACY, login)
    by = Staff(user.id, login, login, Role.PRIVACY, "", None, "ja", "s", "127.0.0.1")
    reason = "<b>保存期間</b>が過ぎたため"
    return house.approvals.ask(ApprovalKind.KEY_SHRED, "2026-11", {"month": "2026-11"}, reason, by), by


def form(asked: Approval, answer: str = "approve", **other: str) -> dict[str, str]:
    return {"approval": asked.id, "seen": asked.content_hash, "reason": "確認した", "answer": answer} | other


def test_the_second_person_reads_exactly_what_is_asked_and_approves(house: House) -> None:
    asked, _ = ask(house)
    browser = browser_of(app_of(house), house, hire(house, Role.ADMIN, "second"))
    page = browser.get("/approvals").text
    assert asked.content_hash in page
    assert "録音の鍵の廃棄" in page
    assert "2026-11" in page
    assert "&lt;b&gt;保存期間" in page
    assert browser.post("/approvals", data=form(asked)).headers["Location"] == "/approvals?done=approved"
    again = browser.post("/approvals", data=form(asked, "refuse"))
    assert again.status_code == 422
    assert "すでに判断" in again.text
    assert "承認済み・未実行" in again.text


def test_who_asked_sees_it_and_only_takes_it_back(house: House) -> None:
    asked, by = ask(house)
    app = app_of(house)
    user = house.accounts.user(by.user_id, None)
    browser = browser_of(app, house, user)
    page = browser.get("/approvals").text
    assert "判断を待っている申請はありません" in page
    assert "取り下げる" in page
    answer = browser.post("/approvals", data=form(asked))
    assert answer.status_code == 422
    assert "ご自身の申請は判断できません" in answer.text
    assert browser.post("/approvals", data=form(asked, "withdraw")).headers["Location"] == "/approvals?done=withdrawn"
    assert browser.post("/approvals", data=form(asked, "withdraw")).status_code == 404


def test_a_stale_hash_no_reason_or_a_role_without_say_change_nothing(house: House) -> None:
    asked, _ = ask(house)
    app = app_of(house)
    second = browser_of(app, house, hire(house, Role.ADMIN, "second"))
    assert "一致しません" in second.post("/approvals", data=form(asked, seen="0" * 64)).text
    assert "理由を" in second.post("/approvals", data=form(asked, reason="")).text
    assert second.post("/approvals", data=form(asked, "perhaps")).status_code == 400
    assert second.post("/approvals", data=form(asked, approval="x' OR 1")).status_code == 404
    operator = browser_of(app, house, hire(house, Role.OPERATOR, "operator"))
    assert asked.content_hash not in operator.get("/approvals").text
    assert operator.post("/approvals", data=form(asked)).status_code == 422
    assert second.post("/approvals", data=form(asked)).status_code == 303  # it still waited


def test_a_decision_asks_for_the_password_again(house: House) -> None:
    asked, _ = ask(house)
    browser = browser_of(app_of(house), house, hire(house, Role.ADMIN, "second"), proved_ago=timedelta(hours=2))
    answer = browser.post("/approvals", data=form(asked))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/prove?next=/approvals")
