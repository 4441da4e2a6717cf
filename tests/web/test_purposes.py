"""The pages of the register, of the rules of recording, and what stands on the pop of notices and wishes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from plugin.core.access import Purpose
from plugin.core.staff import Role, Staff
from plugin.store.tables.consents import wishes
from plugin.web.texts import text
from tests.kit.clock import HandClock
from tests.kit.desk import Office, seat
from tests.kit.listening import bring_in
from tests.kit.rows import count
from tests.kit.site import SOURCE, Place
from tests.kit.sounds import tone
from tests.kit.staff import app_of, browser_of

FORM = {
    "applies": "every_call",
    "notice_ja": "応対品質の向上",
    "notice_en": "improving our service",
    "audio_days": "200",
    "text_days": "",
    "roles": ["supervisor"],
    "review_on": "2027-06-30",
}


class Room:
    """An office with the people who keep the register, and a browser for each."""

    def __init__(self, office: Office) -> None:
        self.office, self.house = office, office.house
        self.app = app_of(self.house)
        self.officer = seat(office.place.staff("officer", "個人 情報", role=Role.PRIVACY))

    def browser(self, staff: Staff, lang: str = "ja") -> FlaskClient:
        self.house.accounts.set_lang(staff, lang)
        user = self.house.accounts.find(staff.login)
        assert user is not None
        return browser_of(self.app, self.house, user)


@pytest.fixture
def room(tmp_path: Path, clock: HandClock) -> Iterator[Room]:
    with Place(tmp_path, clock, sources={SOURCE: {"kind": "webhook", "notice": "events"}}) as place:
        yield Room(Office(place, clock))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_purpose_has_its_page_and_its_line_in_both_languages(room: Room, lang: str) -> None:
    browser = room.browser(room.officer, lang)
    register, rules = browser.get("/purposes"), browser.get(f"/recording-rules?lang={lang}")
    assert (register.status_code, rules.status_code) == (200, 200)
    for purpose in Purpose:
        name = text(lang, f"purposes.name.{purpose}")
        assert name in register.text
        assert name in rules.text
        page = browser.get(f"/purposes/{purpose}")
        assert page.status_code == 200
        assert name in page.text
    assert browser.get("/purposes/anything").status_code == 404
    assert f'lang="{lang}"' in rules.text


def test_a_draft_is_written_read_and_put_in_force_and_everybody_asked_to_read_the_rules(room: Room) -> None:
    officer, tanaka = room.browser(room.officer), room.browser(room.office.tanaka)
    reminder = text("ja", "rules.unread")
    assert reminder not in tanaka.get("/").text
    wrong = officer.post("/purposes/quality", data=FORM | {"audio_days": "many"})
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.text
    page = officer.post("/purposes/quality", data=FORM, follow_redirects=True)
    assert "183日（約6か月） → 200日" in page.text
    done = officer.post("/purposes/quality/in-force", data={"version": "1"}, follow_redirects=True)
    assert text("ja", "purposes.said.in_force") in done.text
    assert reminder in tanaka.get("/").text
    edition = room.house.keeping.rules.view(room.office.tanaka).edition
    assert tanaka.post("/recording-rules", data={"edition": "x"}).status_code == 422
    known = tanaka.post("/recording-rules", data={"edition": edition}, follow_redirects=True)
    assert text("ja", "rules.known") in known.text
    assert text("ja", "rules.readers") not in known.text
    assert reminder not in tanaka.get("/").text
    assert reminder in officer.get("/audit").text


def test_a_cut_goes_to_a_second_person_with_what_it_does(room: Room) -> None:
    officer = room.browser(room.officer)
    officer.post("/purposes/quality", data=FORM | {"audio_days": "30"})
    assert officer.post("/purposes/quality/in-force", data={"version": "1"}).status_code == 422, "without a reason"
    asked = officer.post("/purposes/quality/in-force", data={"version": "1", "reason": "短くする"})
    assert asked.status_code == 303
    other = seat(room.office.place.staff("second", "二人 目", role=Role.PRIVACY))
    board = room.browser(other).get("/approvals").text
    for words in ("録音の利用目的の変更", "応対品質の確認", "183", "スーパーバイザー", "聞けなくなる"):
        assert words in board
    assert text("ja", "purposes.waiting") in officer.get("/purposes/quality").text


def test_the_pop_says_who_declines_and_takes_his_word_with_one_button(room: Room) -> None:
    office, browser = room.office, room.browser(room.office.tanaka)
    phone = office.phone("09012345678").ring().answer()
    room.house.desk.choose(office.tanaka, phone.call_id, office.hanako)
    shown = browser.get("/").text
    assert text("ja", "consent.notice.not_played") in shown
    assert 'data-key="p"' in shown
    path = f"/desk/calls/{phone.call_id}"
    assert browser.post(f"{path}/wish", data={"declined": "perhaps"}).status_code == 400
    told = browser.post(f"{path}/told", follow_redirects=True)
    assert text("ja", "consent.notice.told") in told.text
    browser.post(f"{path}/wish", data={"declined": "1"})
    assert "consent-declined" in browser.get("/").text
    assert count(room.house.store, wishes) == 1
    assert text("ja", "consent.declined") in browser.get(f"/calls/{phone.call_id}").text
    phone.end()
    again = office.phone("09012345678").ring()
    assert "佐藤 花子様は録音を希望されていません" in browser.get("/").text
    again.answer()


def test_what_was_recorded_without_notice_waits_in_the_inbox_of_the_manager(room: Room) -> None:
    office, mori = room.office, room.browser(room.office.mori)
    phone = office.phone("09012345678").ring().answer().record().end()
    bring_in(room.house, phone.call_id, tone(1))
    assert "/notices" in mori.get("/inbox").text
    assert "/notices" not in room.browser(office.tanaka).get("/inbox").text
    assert phone.call_id in mori.get("/notices").text
    assert mori.post(f"/notices/{phone.call_id}", data={"reason": ""}).status_code == 422
    done = mori.post(f"/notices/{phone.call_id}", data={"reason": "口頭で案内済み"}, follow_redirects=True)
    assert text("ja", "consent.accepted") in done.text
    assert mori.post(f"/notices/{phone.call_id}", data={"reason": "もう一度"}).status_code == 422
    assert "/notices" not in mori.get("/inbox").text
