"""The verification panel: what it shows in each state, and that it never shows which answer was wrong."""

import re

import pytest

from plugin.core.identity import FAILURE_WINDOW, Item, Level
from plugin.core.ids import new_id
from plugin.core.staff import Role
from plugin.store import failures
from plugin.web.texts import text
from plugin.wiring import House
from tests.kit.callers import FURTHER, RIGHT, STORED, WRONG, keep
from tests.kit.clock import HandClock
from tests.kit.panel import PARTIAL, Desk, desk_of
from tests.kit.people import Town
from tests.kit.staff import app_of, browser_of, hire


@pytest.fixture
def desk(house: House) -> Desk:
    return desk_of(house)


def _state(page: str) -> str:
    found = re.search(r'data-state="(\w+)"', page)
    assert found
    return found[1]


def _same(page: str) -> str:
    """Return the page without ids and times, which differ between any two pages."""
    return re.sub(r"[0-9A-Z]{26}|[0-9a-f]{64}|\d\d:\d\d|ends-in=\"\d+\"", "", page)


def test_from_locked_to_listening(desk: Desk) -> None:
    assert _state(desk.browser.get(desk.at, headers=PARTIAL).text) == "locked"
    page = desk.begin()
    assert _state(page) == "in_progress"
    assert re.findall(r'name="answer-(\w+)"', page) == [item.value for item in STORED]
    status, page = desk.say(page, RIGHT)
    assert (status, _state(page)) == (200, "verified")
    assert "髙橋 美咲 様" in page
    assert re.findall(r'name="answer-(\w+)"', page) == ["passphrase"]
    status, page = desk.say(page, FURTHER)
    assert (status, _state(page)) == (200, "verified")
    assert text("ja", "identity.said.level_2") in page
    assert "answer-" not in page


def test_pages_of_two_wrong_answers_are_the_same(house: House, desk: Desk) -> None:
    pages = []
    for item in RIGHT:
        town = Town(house.store, house.clock())
        customer = town.customer(item, "髙橋 美咲")
        with house.store.write() as connection:
            keep(house.answers, connection, customer, STORED, house.clock())
        one = Desk(house, desk.browser, desk.call, customer, f"/calls/{desk.call}/customers/{customer}/identity")
        status, page = one.say(one.begin(), RIGHT | {item: "まったく違う"})
        assert status == 200
        pages.append(_same(page))
    assert len(set(pages)) == 1


def test_nothing_that_was_typed_or_stored_comes_back(desk: Desk) -> None:
    page = desk.begin()
    shown = page
    for said in ({Item.NAME_KANA: "たかはし みさき"}, WRONG, RIGHT):
        shown += desk.say(page, said)[1]
    values = {*STORED.values(), *RIGHT.values(), *WRONG.values()}
    assert [value for value in values if value in shown] == []


def test_hints_are_nobodys_data(desk: Desk) -> None:
    given = r'(name="(?:form_token|role|number|way|why|by_hand)") value="[^"]*"'  # what is chosen, never what is stored
    assert 'value="' not in re.sub(given, "", desk.begin())


def test_too_few_items_are_said_and_cost_nothing(desk: Desk) -> None:
    page = desk.begin()
    status, answer = desk.say(page, {Item.NAME_KANA: "たかはし みさき"})
    assert status == 422
    assert text("ja", "identity.too_few", n=3, own=1) in answer
    assert desk.say(page, RIGHT)[0] == 200


def test_failed_then_locked_out(desk: Desk) -> None:
    page = desk.begin()
    status, answer = desk.say(page, WRONG)
    assert (status, _state(answer)) == (200, "in_progress")
    assert text("ja", "identity.missed", n=1) in answer
    assert text("ja", "identity.script.again") in answer
    assert _state(desk.say(page, WRONG)[1]) == "failed"
    status, answer = desk.say(page, RIGHT)
    assert (status, _state(answer)) == (409, "failed")
    assert desk.browser.post(desk.at, data={"role": "self"}, headers=PARTIAL).status_code == 409


def test_a_family_gets_a_script_and_no_field(desk: Desk) -> None:
    page = desk.begin("family")
    assert _state(page) == "family"
    assert text("ja", "identity.script.family") in page
    assert "answer-" not in page
    assert "髙橋" not in page


def test_the_protesting_caller_is_answered(desk: Desk) -> None:
    assert text("ja", "identity.script.protest") in desk.browser.get(desk.at).text


def test_it_works_as_a_page_without_a_script(desk: Desk) -> None:
    answer = desk.browser.post(desk.at, data={"role": "self"})
    assert (answer.status_code, answer.headers["Location"]) == (303, desk.at)
    page = desk.browser.get(desk.at).text
    action = re.search(r'action="([^"]+/judge)"', page)
    assert action
    form = {f"answer-{item.value}": value for item, value in RIGHT.items()}
    assert desk.browser.post(action[1], data=form).status_code == 303
    assert _state(desk.browser.get(desk.at).text) == "verified"


def test_it_expires(house: House, desk: Desk) -> None:
    desk.say(desk.begin(), RIGHT)
    house.clock.move(hours=2)  # type: ignore[attr-defined]  # the tests' clock
    assert _state(desk.browser.get(desk.at).text) == "expired"


@pytest.mark.parametrize(
    "path",
    [
        "/calls/x/customers/y/identity",
        "/calls/{call}/customers/y/identity",
        "/calls/{other}/customers/{customer}/identity",
    ],
)
def test_what_is_not_there_is_not_found(desk: Desk, path: str) -> None:
    at = path.format(call=desk.call, customer=desk.customer, other=desk.customer)
    assert desk.browser.get(at).status_code == 404
    assert desk.browser.post(at, data={"role": "self"}).status_code == 404
    assert desk.browser.post(f"{desk.at}/{'0' * 26}/judge", data={}).status_code == 404
    assert desk.browser.post(f"{desk.at}/☎/judge", data={}).status_code == 404


@pytest.mark.parametrize("role", ["", "manager", "self\0", "x" * 10_000])
def test_a_strange_role_is_refused(desk: Desk, role: str) -> None:
    assert desk.browser.post(desk.at, data={"role": role}).status_code == 400


def test_strangers_and_other_roles_see_nothing(house: House, desk: Desk) -> None:
    app = app_of(house)
    assert app.test_client().get(desk.at).status_code == 303
    nowhere = desk.at.replace(desk.call, new_id(house.clock()))
    for role in (Role.OPERATOR, Role.SERVICE, Role.ADMIN, Role.REVIEWER, Role.TRAINER, Role.PRIVACY):
        browser = browser_of(app, house, hire(house, role, f"other-{role}"))
        status = 404 if role in (Role.OPERATOR, Role.SERVICE) else 403
        for at in (desk.at, nowhere):  # which calls there are is told to nobody
            assert browser.get(at).status_code == status
            assert browser.post(at, data={"role": "self"}).status_code == status
        assert _same(browser.get(desk.at).text) == _same(browser.get(nowhere).text)


def test_every_item_has_its_words() -> None:
    for item in Item:
        assert text("ja", f"identity.item.{item.value}")
        assert text("ja", f"identity.hint.{item.value}")
    for level in (Level.HISTORY, Level.LISTEN):
        assert text("ja", f"identity.said.level_{int(level)}")


def test_more_time_is_asked_for_while_the_call_lasts(house: House, desk: Desk, clock: HandClock) -> None:
    page = desk.begin()
    action = re.search(r'action="([^"]+/extend)"', page)
    assert action
    ends = re.search(r'data-ends-in="(\d+)"', page)
    clock.move(minutes=5)
    answer = desk.browser.post(action[1], headers=PARTIAL)
    assert (answer.status_code, re.search(r'data-ends-in="(\d+)"', answer.text)[1]) == (200, ends[1])  # type: ignore[index]
    assert re.findall(r'id="(identity-[^"]+)"', answer.text)[0] == re.findall(r'id="(identity-[^"]+)"', page)[0]
    clock.move(hours=1)
    late = desk.browser.post(action[1], headers=PARTIAL)
    assert (late.status_code, _state(late.text)) == (409, "expired")
    assert "/extend" not in late.text
    for strange in (action[1].replace(desk.call, "x"), re.sub(r"[0-9A-Z]{26}/extend", "☎/extend", action[1])):
        assert desk.browser.post(strange).status_code == 404


def test_where_too_little_is_on_record_the_panel_leads_to_two_people(desk: Desk) -> None:
    with desk.house.store.write() as connection:
        keep(desk.house.answers, connection, desk.customer, {}, desk.house.clock())
    page = desk.browser.get(desk.at, headers=PARTIAL).text
    assert _state(page) == "impossible"
    assert re.search(r'<details class="fallback" open id="override-', page)
    assert 'value="record" checked' in page
    wrong = desk.browser.post(f"{desk.at}/override", data={"why": "record", "words": " "}, headers=PARTIAL)
    assert (wrong.status_code, text("ja", "fallback.wrong.reason") in wrong.text) == (422, True)
    told = {"why": "record", "words": "登録の変更が間に合っていない"}
    asked = desk.browser.post(f"{desk.at}/override", data=told, headers=PARTIAL)
    assert (asked.status_code, _state(asked.text)) == (200, "impossible")
    assert "スーパーバイザーの承認を待っています" in asked.text
    assert "override-" not in asked.text
    lead = browser_of(app_of(desk.house), desk.house, hire(desk.house, Role.SUPERVISOR, "lead"))
    page = lead.get("/approvals").text
    request, seen = (re.findall(rf'name="{name}" value="([^"]+)"', page)[0] for name in ("approval", "seen"))
    lead.post("/approvals", data={"approval": request, "seen": seen, "reason": "確認した", "answer": "approve"})
    assert _state(desk.browser.get(desk.at, headers=PARTIAL).text) == "verified"


def test_whom_family_asks_about_gets_its_script_in_each_state(desk: Desk) -> None:
    script = text("ja", "identity.script.family")
    page = desk.begin()
    for _ in range(2):
        _, page = desk.say(page, WRONG)
    assert (_state(page), script in page) == ("failed", True)
    with desk.house.store.write() as connection:
        for _ in range(5):
            failures.take_failure(connection, desk.customer, 5, desk.house.clock() - FAILURE_WINDOW)
        failures.note_failure(connection, desk.customer, desk.house.clock())
    page = desk.browser.get(desk.at, headers=PARTIAL).text
    assert (_state(page), script in page) == ("locked_out", True)
