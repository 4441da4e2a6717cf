"""The pages of a closed case say when what is written in it goes, and that it went."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from plugin.core.access import Purpose
from plugin.core.disclosure import Decision, Delivered
from plugin.core.harassment import Conduct, Findings
from plugin.core.ids import new_id
from plugin.core.staff import Role, User
from plugin.core.times import local_day, to_us
from plugin.services.harassment import Verdict
from plugin.store.staff import user_by_login
from plugin.store.tables.keeping import purposes
from plugin.web.texts import text
from tests.kit.clock import HandClock
from tests.kit.desk import Office
from tests.kit.disclosures import NAME, SENDER, Bureau
from tests.kit.people import Town
from tests.kit.site import Place
from tests.kit.staff import app_of, browser_of


@pytest.fixture
def bureau(tmp_path: Path, clock: HandClock) -> Iterator[Bureau]:
    with Place(tmp_path, clock, **SENDER, purge_brake_percent=50) as place:
        yield Bureau(place, Office(place, clock))


def test_a_closed_case_says_when_its_words_go_and_then_that_they_went(bureau: Bureau) -> None:
    house, clock, tanaka = bureau.house, bureau.office.clock, bureau.office.tanaka
    keep(bureau, Purpose.DISCLOSURE, 3)
    keep(bureau, Purpose.HARASSMENT, 5)
    case_id = bureau.decided(Decision.PARTIAL)
    bureau.answers.issue(bureau.hara, case_id, "ja")
    for what in (Delivered.LETTER, Delivered.TEXT):
        bureau.deliver(case_id, what)
    kacho = Town(house.store, clock()).staff("kacho", Role.SUPERVISOR, tanaka.team)
    report = house.keeping.harassment.report(tanaka, bureau.past, Conduct.ABUSE, "大声を出された")
    found = Findings(is_fair=False, is_bearable=False, harms=True)
    verdict = Verdict(found, "認めました", "脅しの件", bureau.today + timedelta(days=30), True, True, False)
    harassed = house.keeping.harassment.confirm(kacho, report.id, verdict)
    app = app_of(house)

    def page(path: str, login: str = "hara") -> tuple[int, str]:
        browser = browser_of(app, house, _user(bureau, login))
        answer = browser.get(path)
        return answer.status_code, answer.text

    assert 'id="words-go"' not in page(f"/disclosures/{case_id}")[1], "an open one keeps them"
    bureau.answers.close(bureau.hara, case_id)
    house.keeping.harassment.close(kacho, harassed.id)
    last = local_day(clock() + timedelta(days=3), house.settings.tz)
    of_case = page(f"/disclosures/{case_id}")[1]
    assert 'id="words-go"' in of_case
    assert f"{last.month}/{last.day}(" in of_case.partition('id="words-go"')[2][:200]
    assert 'id="words-go"' in page(f"/cases/{harassed.id}", "kacho")[1]
    assert page(f"/disclosures/{case_id}/letter")[0] == 200
    for _ in range(3):
        bureau.open()
    clock.move(days=4)
    assert house.keeping.retention.run() == 1
    status, gone = page(f"/disclosures/{case_id}")
    assert status == 200
    assert 'id="words-gone"' in gone
    assert "開示の請求・警察や裁判所への対応" in gone
    assert NAME not in gone
    assert text("ja", "disclosures.identified") not in gone, "nobody can say so any more"
    assert f"/disclosures/{case_id}/letter" not in gone
    for path in ("letter", "notice"):
        status, refused = page(f"/disclosures/{case_id}/{path}")
        assert (status, text("ja", "disclosures.wrong.erased") in refused) == (422, True), path
    assert page(f"/disclosures/{case_id}/letter.txt")[0] == 409
    clock.move(days=2)
    assert house.keeping.retention.run() == 1
    assert 'id="words-gone"' in page(f"/cases/{harassed.id}", "kacho")[1]
    assert "大声" not in page(f"/cases/{harassed.id}", "kacho")[1]
    assert "終えた案件の記載の保存" in page("/purposes")[1]
    assert ">1<" in page("/retention")[1]


def keep(bureau: Bureau, purpose: Purpose, days: int) -> None:
    """Let a version be in force by which words of cases stay so many days."""
    at = bureau.office.clock()
    said = {"purpose": purpose, "version": 1, "applies": "by_case", "audio_days": 1, "case_days": days, "roles": ""}
    said |= {"notice_ja": "-", "notice_en": "-", "review_on": "", "in_force_at": to_us(at), "written_at": to_us(at)}
    with bureau.house.store.write() as connection:
        connection.execute(insert(purposes).values(id=new_id(at), **said))


def _user(bureau: Bureau, login: str) -> User:
    with bureau.house.store.read() as connection:
        found = user_by_login(connection, login)
    assert found is not None
    return found
