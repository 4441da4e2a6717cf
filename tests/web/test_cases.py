"""The page of a case over the web: opened with a call, grown, held, due, closed; a disclosure has its own."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from plugin.core.staff import Role
from plugin.services.health import Light
from plugin.web.texts import text
from tests.kit.clock import HandClock
from tests.kit.desk import Office
from tests.kit.disclosures import Bureau
from tests.kit.site import Place
from tests.kit.staff import app_of, browser_of, hire


@pytest.fixture
def bureau(tmp_path: Path, clock: HandClock) -> Iterator[Bureau]:
    with Place(tmp_path, clock) as place:
        yield Bureau(place, Office(place, clock))


def _browser(bureau: Bureau, login: str) -> FlaskClient:
    return browser_of(app_of(bureau.house), bureau.house, bureau.house.accounts.find(login))


def test_who_opens_the_list_sees_first_what_is_due_of_every_kind(bureau: Bureau) -> None:
    boss, officer = _browser(bureau, "mori"), _browser(bureau, "hara")
    told = {"kind": "legal", "reason": "受任通知が届いた", "call": bureau.past}
    for title, days in (("近い件", 16), ("遠い件", 40)):
        assert boss.post("/cases/new", data=told | {"title": title, "due_on": _in(bureau, days)}).status_code == 303
    asked = bureau.open()
    head, house = text("ja", "cases.urgent"), bureau.house
    assert head not in officer.get("/cases").text
    bureau.office.clock.move(days=13)  # the answer is due tomorrow, the matter in three days
    boss, officer = _browser(bureau, "mori"), _browser(bureau, "hara")
    first, _, others = officer.get("/cases").text.partition(text("ja", "cases.others"))
    assert first.index(asked) < first.index("近い件")
    assert ("遠い件" in first, "遠い件" in others, "近い件" in others) == (False, True, False)
    of_boss = boss.get("/cases").text
    assert (head in of_boss, asked in of_boss) == (True, False)
    bureau.office.clock.move(days=2)
    vitals = [(one.light, one.word, one.n) for one in house.health.look() if one.subject == "cases"]
    assert vitals == [(Light.AMBER, "overdue", 1), (Light.AMBER, "soon", 1)]
    assert (
        text("ja", "health.cases.overdue", n=1)
        in browser_of(app_of(house), house, hire(house, Role.ADMIN, "kanri")).get("/admin/health").text
    )
    figures = officer.get("/metrics").text
    assert 'denwaban_cases{word="overdue"} 1.0' in figures
    assert 'denwaban_cases{word="unjudged"} 0.0' in figures


def test_a_matter_is_opened_with_a_call_grows_is_held_and_closed(bureau: Bureau) -> None:
    boss, officer, day = _browser(bureau, "mori"), _browser(bureau, "hara"), bureau.today.isoformat()
    recording, second = bureau.record(), bureau.office.past_call("09012345678", bureau.office.hanako)
    (way,) = re.findall(r'href="(/cases/new[^"]+)"', boss.get(f"/calls/{bureau.past}").text)
    assert f'value="{bureau.past}"' in boss.get(way).text
    told = {"kind": "legal", "title": "返品の争い", "reason": "受任通知が届いた", "due_on": day, "call": bureau.past}
    wrong = boss.post("/cases/new", data=told | {"title": ""})
    assert (wrong.status_code, text("ja", "cases.wrong.title") in wrong.text) == (422, True)
    assert boss.post("/cases/new", data=told | {"kind": "police"}).status_code == 422
    opened = boss.post("/cases/new", data=told).headers["Location"]
    at = opened.partition("?")[0]
    page = boss.get(opened).text
    for said in (
        "L-2026-0001",
        "返品の争い",
        "受任通知が届いた",
        "森",
        text("ja", "cases.said.opened"),
        f"{at}/evidence",
    ):
        assert said in page
    assert "/redaction" not in page  # a supervisor cuts nothing for cases
    found = boss.post(f"{at}/search", data={"on": day, "number": "090-1234-5678"})
    assert f'value="{second}"' in found.text
    assert boss.post(f"{at}/search", data={"on": day, "number": "x"}).status_code == 422
    for form, done in (
        ({"act": "add", "call": second, "reason": "同じ件"}, "added"),
        ({"act": "hold", "reason": "訴訟", "asked_by": "法務部", "review_on": _in(bureau, 3)}, "held"),
        ({"act": "due", "due_on": _in(bureau, 9)}, "due"),
        ({"act": "take_out", "call": bureau.past}, "taken_out"),
        ({"act": "add", "call": bureau.past, "reason": "やはり同じ件"}, "added"),
    ):
        assert boss.post(at, data=form).headers["Location"] == f"{at}?done={done}"
    for form, status in (
        ({"act": "add"}, 422),
        ({"act": "renew", "until": day}, 422),  # of harassment alone
        ({"act": "due", "due_on": "x"}, 422),
        ({"act": "take_out", "call": "x"}, 404),
        ({}, 422),
    ):
        assert boss.post(at, data=form).status_code == status
    seen = officer.get(at).text
    assert (f"/recordings/{recording}/redaction" in seen, "法務部" in seen) == (True, True)
    assert at in boss.get("/cases").text
    assert boss.post(at, data={"act": "close"}).headers["Location"] == f"{at}?done=closed"
    assert f"/recordings/{recording}" not in officer.get(at).text
    late = boss.post(at, data={"act": "close"})
    assert (late.status_code, text("ja", "cases.wrong.closed") in late.text) == (422, True)


def test_a_disclosures_number_leads_to_its_own_page_and_to_nobody_else(bureau: Bureau) -> None:
    case_id = bureau.found()
    officer, boss = _browser(bureau, "hara"), _browser(bureau, "mori")
    assert officer.get(f"/cases/{case_id}").headers["Location"] == f"/disclosures/{case_id}"
    assert officer.post(f"/cases/{case_id}", data={"act": "close"}).status_code == 404
    assert officer.post(f"/cases/{case_id}/search", data={"on": "2026-01-01"}).status_code == 404
    assert [boss.get(f"/cases/{case_id}").status_code, boss.get("/cases/x").status_code] == [404, 404]


def _in(bureau: Bureau, days: int) -> str:
    return (bureau.today + timedelta(days=days)).isoformat()
