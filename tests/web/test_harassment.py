"""The pages of harassment and holds: from an operator's report to the warning on the next pop, and a hold's release."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from plugin.core.cases import CaseKind
from plugin.core.staff import Role
from plugin.core.times import local_day
from plugin.web.texts import text
from tests.kit.clock import HandClock
from tests.kit.desk import seat
from tests.kit.site import Phone, Place
from tests.kit.staff import app_of, browser_of

BAD = {"fair": "no", "bearable": "no", "harms": "yes"}


class Town:
    """An operator, his supervisor and a privacy officer at their browsers."""

    def __init__(self, place: Place) -> None:
        self.place, app = place, app_of(place.house)
        hired = {
            "operator": place.staff("tanaka", "田中", "101"),
            "boss": place.staff("mori", "森", role=Role.SUPERVISOR),
            "privacy": place.staff("hara", "原", role=Role.PRIVACY),
            "second": place.staff("kubo", "久保", role=Role.PRIVACY),
            "admin": place.staff("kanri", "管理", role=Role.ADMIN),
            "stranger": place.staff("kato", "加藤", role=Role.SUPERVISOR, team="sales"),
        }
        self.who = {name: seat(user) for name, user in hired.items()}
        self.at: dict[str, FlaskClient] = {name: browser_of(app, place.house, user) for name, user in hired.items()}

    def day(self, ahead: int) -> str:
        house = self.place.house
        return (local_day(house.clock(), house.settings.tz) + timedelta(days=ahead)).isoformat()

    def report(self, call: str) -> str:
        told = {"conduct": "threat", "words": "「家に行くぞ」と言われた"}
        answer = self.at["operator"].post(f"/calls/{call}/harassment", data=told)
        assert answer.headers["Location"].endswith("?done=reported")
        (wanted,) = re.findall(r'href="(/harassment/reports/[^"]+)"', self.at["boss"].get("/harassment").text)
        return str(wanted)


@pytest.fixture
def town(tmp_path: Path, clock: HandClock) -> Iterator[Town]:
    with Place(tmp_path, clock) as place:
        yield Town(place)


def test_a_reported_threat_warns_at_the_next_ring_of_the_number(town: Town) -> None:
    call = Phone(town.place, "09012345678").ring().answer()
    desk = town.at["operator"].get("/").text
    assert f"/calls/{call.call_id}/harassment" in desk
    assert text("ja", "harassment.warn") not in desk
    call.end()
    judging = town.report(call.call_id)
    verdict = BAD | {"answer": "confirm", "words": "共有ありがとう", "title": "脅迫", "until": town.day(30)}
    refused = town.at["boss"].post(judging, data=verdict | {"harms": "no"})
    assert refused.status_code == 422
    assert text("ja", "harassment.wrong.ordinary_complaint") in refused.text
    opened = town.at["boss"].post(judging, data=verdict | {"marks_number": "1", "hold": "1"}).headers["Location"]
    page = town.at["boss"].get(opened).text
    assert "H-2026-0001" in page
    assert "090-1234-5678" in page
    assert "共有ありがとう" in town.at["operator"].get(f"/calls/{call.call_id}/harassment").text
    Phone(town.place, "09012345678").ring()
    warned = town.at["operator"].get("/").text
    assert text("ja", "harassment.warn") in warned
    assert "「家に行くぞ」" not in warned  # the kind of conduct alone
    late = {"act": "hold", "reason": "訴訟の準備", "asked_by": "法務部", "review_on": town.day(15)}
    missed = town.at["boss"].post(opened.partition("?")[0], data=late)
    assert missed.status_code == 422
    assert all(f'value="{typed}"' in missed.text for typed in ("訴訟の準備", "法務部", town.day(15)))
    assert missed.text.count('role="alert"') == 1
    town.at["boss"].post(opened.partition("?")[0], data={"act": "close"})
    assert text("ja", "harassment.warn") not in town.at["operator"].get("/").text


def test_a_hold_is_looked_at_again_and_let_go_by_two(town: Town) -> None:
    call = Phone(town.place, "09012345678").ring().answer().end()
    verdict = BAD | {"answer": "confirm", "words": "確認", "title": "脅迫", "until": town.day(30), "hold": "1"}
    opened = town.at["boss"].post(town.report(call.call_id), data=verdict).headers["Location"].partition("?")[0]
    assert "H-2026-0001" in town.at["boss"].get(f"/calls/{call.call_id}").text
    assert "H-2026-0001" not in town.at["operator"].get(f"/calls/{call.call_id}").text
    page = town.at["privacy"].get("/holds").text
    assert "H-2026-0001" in page
    (at,) = set(re.findall(r'action="(/holds/[^"]+)"', page))
    wrong = town.at["privacy"].post(at, data={"act": "review", "review_on": town.day(0)})
    assert (wrong.status_code, text("ja", "holds.wrong.review_on") in wrong.text) == (422, True)
    assert town.at["privacy"].post(at, data={"act": "review", "review_on": town.day(300)}).status_code == 303
    asked = town.at["privacy"].post(at, data={"act": "release", "reason": "和解した"})
    assert asked.headers["Location"] == "/holds?done=asked"
    waiting = town.at["privacy"].get("/holds").text
    assert text("ja", "holds.leaving") in waiting
    assert 'value="release"' not in waiting
    waits = town.at["admin"].get("/approvals").text
    assert "/holds#hold-" not in waits  # he may not look at it
    (request,) = re.findall(r'name="approval" value="([^"]+)"', waits)
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', waits)
    told = {"approval": request, "seen": seen, "reason": "確認した", "answer": "approve"}
    assert town.at["admin"].post("/approvals", data=told).headers["Location"] == "/approvals?done=approved"
    assert text("ja", "holds.none") in town.at["privacy"].get("/holds").text
    assert text("ja", "holds.released", at="").strip() in town.at["privacy"].get(opened).text


def test_of_a_police_inquiry_a_supervisor_reads_that_his_teams_call_is_kept_and_no_more(town: Town) -> None:
    call = Phone(town.place, "09012345678").ring().answer().end().call_id
    keeping, privacy = town.place.house.keeping, town.who["privacy"]
    with town.place.house.store.write() as connection:
        case = keeping.cases.open_in(connection, CaseKind.POLICE, "特殊詐欺の照会", privacy)
        keeping.cases.add_calls_in(connection, case, [call], "日時が合う", privacy)
    day = local_day(town.place.house.clock(), town.place.house.settings.tz) + timedelta(days=30)
    hold = keeping.holds.place(privacy, case.id, "捜査に協力するため", "港警察署", day)
    keeping.holds.ask_release(town.who["second"], hold.id, "照会が終わった")
    assert f"/holds#hold-{hold.id}" in town.at["privacy"].get("/approvals").text
    secret = re.compile(f"P-2026|特殊詐欺|捜査に協力|港警察署|{case.id}|{hold.id}")
    pages = ("/holds", "/harassment", "/approvals", f"/calls/{call}", f"/cases/{case.id}/evidence", "/")
    for name, browser in town.at.items():
        shown = {path: browser.get(path, follow_redirects=True).text for path in pages}
        told = [path for path in pages if secret.search(shown[path])]
        assert ("/holds" in told) if name in ("privacy", "second") else not told, name
        assert (text("ja", "holds.others") in shown[f"/calls/{call}"]) == (name == "boss")
    for name in ("boss", "stranger"):
        for act in ("review", "release"):
            tried = town.at[name].post(
                f"/holds/{hold.id}", data={"act": act, "review_on": town.day(3), "reason": "不要"}
            )
            assert tried.status_code == 404
            assert not secret.search(tried.text)
