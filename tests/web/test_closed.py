"""While a site is being moved its pages are read on and say so, what would be stored is refused, and nobody is lost."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin.core.call_json import write_event
from plugin.settings import load
from plugin.store.sign import Holder, path_of
from plugin.store.tables.calls import call_events
from plugin.web.app import create_app
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.desk import Office
from tests.kit.events import answered_call
from tests.kit.hooks import SECRET, signed
from tests.kit.newest import lay
from tests.kit.rows import rows
from tests.kit.site import Place
from tests.kit.staff import app_of, browser_of

JSON = {"Accept": "application/json"}
SAID = {"ja": "データベースを移行しています", "en": "The site is being moved"}


def _close(house: House) -> Holder:
    return Holder(path_of(str(house.store.engine.url.database)), "db/new", house.clock())


@pytest.fixture
def office(tmp_path: Path, clock: HandClock) -> Iterator[Office]:
    with Place(tmp_path, clock) as place:
        yield Office(place, clock)


@pytest.mark.parametrize("lang", SAID)
def test_the_desk_is_read_on_and_says_what_is_the_matter(office: Office, lang: str) -> None:
    office.speak(office.tanaka, lang)
    browser = browser_of(app_of(office.house), office.house, office.house.accounts.find("tanaka"))
    phone = office.phone("09012345678").ring()
    assert SAID[lang] not in browser.get("/").text
    holder = _close(office.house)
    office.clock.move(minutes=5)  # that he came would be noted with his session
    page = browser.get("/").text
    assert f"call-{phone.call_id}" in page
    assert SAID[lang] in page
    assert browser.get("/desk/state").get_json()["order"] == [phone.call_id]
    holder.end()
    assert SAID[lang] not in browser.get("/").text


def test_what_would_be_stored_is_refused_in_words_and_can_be_sent_again(office: Office) -> None:
    browser = browser_of(app_of(office.house), office.house, office.house.accounts.find("tanaka"))
    phone = office.phone("09012345678").ring().answer()
    holder = _close(office.house)
    note = {"topic": "billing", "disposition": "solved", "request": "請求書", "version": "0"}
    for path, sent in ((f"/desk/calls/{phone.call_id}/note", note), (f"/desk/calls/{phone.call_id}/draft", note)):
        refused = browser.post(path, data=sent, headers=JSON)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        told = refused.get_json()
        assert (told["code"], told["reason"], told["title"]) == ("unavailable", "moving", "データベースの移行中です")
    page = browser.get(f"/customers/{office.hanako}", headers={"Accept": "text/html"})
    assert (page.status_code, "閲覧の記録が必要" in page.text) == (503, True)  # no look without its audit line
    holder.seal()
    assert "再起動するまで" in browser.post(f"/desk/calls/{phone.call_id}/note", data=note).text
    holder.end()
    holder = _close(office.house)
    holder.end()
    assert browser.post(f"/desk/calls/{phone.call_id}/note", data=note, headers=JSON).status_code == 200


def test_nobody_is_signed_in_or_out_and_no_try_is_counted(office: Office) -> None:
    app = app_of(office.house)
    holder = _close(office.house)
    stranger = app.test_client()
    page = stranger.get("/sign-in")
    assert (page.status_code, SAID["ja"] in page.text) == (200, True)
    holder.end()


def test_a_hook_answers_503_and_keeps_nothing_until_the_site_is_open_again(tmp_path: Path, clock: HandClock) -> None:
    sources = {"pbx1": {"kind": "webhook", "secrets": [SECRET]}}
    house = House(load(data_dir=tmp_path, sources=sources), clock)
    lay(house.store)
    sender = create_app(house).test_client()
    body = write_event(answered_call().events[0]).encode()

    def post() -> tuple[int, str | None]:
        answer = sender.post("/hooks/pbx1", data=body, headers=signed(body, clock()))
        return answer.status_code, answer.headers.get("Retry-After")

    holder = _close(house)
    assert post() == (503, "5")
    assert rows(house.store, call_events) == []
    holder.end()
    assert post() == (204, None)
    assert len(rows(house.store, call_events)) == 1
    house.close()


def test_machines_are_told_that_it_is_ready_to_be_read_until_it_has_moved(house: House) -> None:
    probe = app_of(house).test_client()
    holder = _close(house)
    assert probe.get("/readyz").get_json() == {"ready": True}
    ground = house.health.look()[0]
    assert (ground.word, ground.light) == ("moving", "amber")
    holder.seal()
    assert probe.get("/readyz").get_json() == {"ready": False, "reason": "moved"}
    holder.end()


def test_an_open_desk_is_told_at_its_next_heartbeat(office: Office) -> None:
    app = app_of(office.house)
    app.config["HEARTBEAT_S"] = 0.05
    browser = browser_of(app, office.house, office.house.accounts.find("tanaka"))
    with browser.get("/desk/stream", buffered=False) as stream:
        told = stream.iter_encoded()
        next(told)
        holder = _close(office.house)
        kind, data = next(told).decode().split("\n")[:2]
        assert kind == "event: beat"
        assert SAID["ja"] in json.loads(data.removeprefix("data: "))["closed"]
        holder.end()
