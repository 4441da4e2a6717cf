"""Over HTTP: who gets how many bytes, what a refused person sees, ranges, and a token that no script can read."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from plugin.core.access import INTERNAL_PURPOSES, Purpose
from plugin.core.identity import Level
from plugin.core.staff import Role
from plugin.core.times import to_us
from plugin.store.tables.recordings import listens, recordings
from plugin.web.texts import text
from tests.kit.clock import HandClock
from tests.kit.office import SECONDS, SOUND, Office, granted
from tests.kit.staff import PASSWORD, browser_of, hire


def _bytes_got(office: Office, browser: FlaskClient) -> int:
    got = 0
    for headers in ({}, {"Range": "bytes=0-99"}, {"Range": "bytes=-1"}):
        with browser.get(f"{office.path}/audio", headers=headers) as answer:
            if answer.status_code < 300:
                got += len(answer.data)
            else:
                assert b"RIFF" not in answer.data
                assert answer.status_code in {303, 401, 403, 404}
    return got


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("basis", ["number", "level 1", "level 2", "level 2 of another", "own call"])
def test_bytes_flow_for_three_bases_and_no_other(office: Office, role: Role, basis: str) -> None:
    user = hire(office.house, role, "person")
    browser = browser_of(office.app, office.house, user)
    actor = office.signed_in(browser)
    if basis == "own call":
        office.call = office.town.call(office.hanako, taken_by=actor)
        office.recording = office.gate.record(office.call, SECONDS)
        office.path = f"/recordings/{office.recording}"
    levels = {"number": Level.NONE, "level 1": Level.HISTORY}
    who = office.town.customer("C-2") if basis == "level 2 of another" else office.hanako
    office.gate.verify(actor, who, levels.get(basis, Level.LISTEN))
    if basis == "own call":
        office.gate.end_verifications()
    for purpose in Purpose:
        before = office.acts().count("listen.started")
        answer = browser.post(office.path, data={"purpose": purpose, "case": "CS-1"})
        got = _bytes_got(office, browser)
        is_open = (
            (role is Role.SUPERVISOR and purpose in INTERNAL_PURPOSES)
            or (role is Role.SERVICE and basis == "level 2" and purpose is Purpose.CALLER_REQUEST)
            or (role in (Role.OPERATOR, Role.SERVICE) and basis == "own call" and purpose is Purpose.AFTER_CALL_WORK)
        )
        assert (answer.status_code == 303) is is_open
        assert got == (len(SOUND) + 101 if is_open else 0)
        assert office.acts().count("listen.started") - before == int(is_open)
        browser.delete_cookie("denwaban-grant", path=office.path)


def test_without_a_session_there_is_nothing(office: Office) -> None:
    stranger = office.app.test_client()
    assert _bytes_got(office, stranger) == 0
    assert stranger.get(office.path).headers["Location"].startswith("/sign-in?next=/recordings/")
    assert stranger.post(office.path, data={"purpose": "quality"}).status_code == 403


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SERVICE, Role.ADMIN, Role.PRIVACY])
def test_refused_and_not_there_read_the_same(office: Office, role: Role) -> None:
    browser, _ = office.person(role)
    pages = []
    for recording in (office.recording, "01KAPQ0000000000000000AAAA", "x", "%00", "..%5cetc", "あ"):
        path = f"/recordings/{recording}"
        for answer in (
            browser.get(path),
            browser.post(path, data={"purpose": "quality", "case": "CS-1"}),
            browser.get(f"{path}/audio"),
            browser.get(f"{path}/grant"),
            browser.post(f"{path}/heard", data={"from_ms": "0", "to_ms": "1"}),
            browser.post(f"{path}/stop"),
        ):
            assert answer.status_code == 404
            pages.append(answer.text[answer.text.index("<main") :])
    assert len(set(pages)) == 1
    assert "録音を開けません" in pages[0]


def test_the_written_record_and_the_question_stand_before_the_player(office: Office) -> None:
    browser, _ = office.person(Role.SUPERVISOR)
    page = browser.get(office.path)
    assert page.status_code == 200
    assert page.text.index("応対記録") < page.text.index("再生の目的")
    assert "data-player" not in page.text
    assert "CS-2026" not in page.text
    granted(office, browser, Purpose.COMPLAINT)
    page = browser.get(office.path)
    assert "data-player" in page.text
    assert "苦情・お申し出への対応" in page.text
    assert office.acts().count("history.shown") == 2


def test_english_is_complete(office: Office) -> None:
    browser, _ = office.person(Role.SUPERVISOR)
    browser.post("/preferences", data={"lang": "en"})
    assert "Why do you listen?" in browser.get(office.path).text
    granted(office, browser, Purpose.QUALITY)
    page = browser.get(office.path).text
    main = page[page.index("<main") :]
    assert not re.search(r"[ぁ-んァ-ヶ一-龥]", main)


def test_the_token_stands_in_a_cookie_of_this_recording_alone(office: Office) -> None:
    browser, _ = office.person(Role.SUPERVISOR)
    answer = browser.post(office.path, data={"purpose": "quality", "case": "CS-1"})
    cookie = answer.headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", f"Path={office.path}"))
    token = cookie.partition("=")[2].partition(";")[0]
    assert len(token) >= 22
    assert token not in answer.headers["Location"]
    assert token not in browser.get(office.path).text


@pytest.mark.parametrize("case", ["", "山田様の件", "a b"])
def test_a_missing_case_is_asked_for_again(office: Office, case: str) -> None:
    browser, _ = office.person(Role.SUPERVISOR)
    answer = browser.post(office.path, data={"purpose": "complaint", "case": case})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert re.search(r'value="complaint" required checked', answer.text)


@pytest.mark.parametrize("purpose", ["", "fun", "QUALITY", "caller_request"])
def test_a_purpose_that_is_none_is_refused(office: Office, purpose: str) -> None:
    browser, _ = office.person(Role.SUPERVISOR)
    assert browser.post(office.path, data={"purpose": purpose, "case": "CS-1"}).status_code in {400, 403}


def test_an_old_password_is_asked_again(office: Office, clock: HandClock) -> None:
    browser, _ = office.person(Role.SUPERVISOR)
    clock.move(minutes=61)
    assert browser.get(office.path).headers["Location"] == f"/prove?next={office.path}"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, None),
        ("bytes=100-199", 100, 200),
        ("bytes=65000-66000", 65_000, 66_001),
        ("bytes=-500", -500, None),
        ("bytes=150000-", 150_000, None),
        (f"bytes=0-{10**17}", 0, None),
        (f"bytes=-{10**17}", 0, None),
        ("BYTES = 5-6", 5, 7),
    ],
)
def test_a_range_is_sent_as_206(
    office: Office, listener: FlaskClient, asked: str, start: int, stop: int | None
) -> None:
    with listener.get(f"{office.path}/audio", headers={"Range": asked}) as answer:
        part = SOUND[start:stop]
        first = start % len(SOUND)
        assert answer.status_code == 206
        assert answer.headers["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(SOUND)}"
        assert answer.headers["Content-Length"] == str(len(part))
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.content_type == "audio/wav"
        assert answer.data == part


@pytest.mark.parametrize("asked", [f"bytes={len(SOUND)}-", "bytes=-0", f"bytes={10**17}-"])
def test_a_range_behind_the_end_is_416(office: Office, listener: FlaskClient, asked: str) -> None:
    answer = listener.get(f"{office.path}/audio", headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(SOUND)}"
    assert "listen.started" not in office.acts()


@pytest.mark.parametrize(
    "asked", ["", "bytes", "bytes=", "bytes=a-b", "bytes=5-4", "bytes=0-1,3-4", "items=0-1", "bytes=１-２", "bytes=--1"]
)
def test_a_range_that_cannot_be_read_is_ignored(office: Office, listener: FlaskClient, asked: str) -> None:
    with listener.get(f"{office.path}/audio", headers={"Range": asked.encode().decode("latin-1")}) as answer:
        assert answer.status_code == 200
        assert answer.data == SOUND


def test_if_range_sends_the_part_of_the_same_version_only(office: Office, listener: FlaskClient) -> None:
    audio = f"{office.path}/audio"
    tag = listener.head(audio).headers["ETag"]
    for given, status in ((tag, 206), ('"other"', 200), (f"W/{tag}", 200), ("Mon, 23 Nov 2026 00:00:00 GMT", 200)):
        with listener.get(audio, headers={"Range": "bytes=0-9", "If-Range": given}) as answer:
            assert answer.status_code == status
            assert answer.data == (SOUND[:10] if status == 206 else SOUND)


def test_head_tells_the_size_and_starts_nothing(office: Office, listener: FlaskClient) -> None:
    answer = listener.head(f"{office.path}/audio", headers={"Range": "bytes=0-9"})
    assert answer.status_code == 200
    assert answer.headers["Content-Length"] == str(len(SOUND))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.data == b""
    assert "listen.started" not in office.acts()


def test_the_player_tells_what_was_heard(office: Office, listener: FlaskClient) -> None:
    def told(start: object, stop: object) -> int:
        data = {"from_ms": str(start), "to_ms": str(stop)}
        return listener.post(f"{office.path}/heard", data=data).status_code

    assert told(0, 1000) == 404  # nothing was played
    with listener.get(f"{office.path}/audio", headers={"Range": "bytes=0-9"}):
        pass
    assert told(0, 1000) == 204
    for start, stop in (("", ""), (-1, 5), (5, 1), ("１", 5), (0, "9" * 13), ("0x1", 2), (0, SECONDS * 1000 + 1001)):
        assert told(start, stop) == 400
    with office.house.store.read() as connection:
        assert len(connection.execute(select(listens)).all()) == 1


def test_finishing_ends_the_grant(office: Office, listener: FlaskClient) -> None:
    assert listener.get(f"{office.path}/grant").get_json()["until"] == "2026-11-23T00:00:01.000000Z"
    cookie = listener.get_cookie("denwaban-grant", path=office.path)
    assert cookie
    assert listener.post(f"{office.path}/stop").status_code == 303
    listener.set_cookie("denwaban-grant", cookie.value, path=office.path)
    answer = listener.get(f"{office.path}/grant", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["reason"]) == (403, "over")
    assert _bytes_got(office, listener) == 0
    assert "data-player" not in listener.get(office.path).text


def test_signing_out_ends_it_too(office: Office, listener: FlaskClient) -> None:
    assert _bytes_got(office, listener) > 0
    listener.post("/sign-out")
    assert _bytes_got(office, listener) == 0


@pytest.mark.parametrize("state", ["pending", "missing", "corrupt", "waiting_only", "empty", "expired", "processing"])
def test_each_state_says_itself_in_words(office: Office, state: str) -> None:
    browser, _ = office.person(Role.SUPERVISOR)
    with office.house.store.write() as connection:
        connection.execute(update(recordings).values(state=state))
    page = browser.get(office.path)
    assert page.status_code == 200
    assert 'role="status"' in page.text
    assert 'name="purpose"' not in page.text
    assert "応対記録はありません" in page.text
    assert "応対記録は残って" not in page.text
    answer = browser.post(office.path, data={"purpose": "quality", "case": "CS-1"})
    assert answer.status_code == 409


def test_what_expired_says_when_and_what_is_in_the_way_is_said(office: Office) -> None:
    browser, _ = office.person(Role.SUPERVISOR)
    at = to_us(datetime(2026, 11, 20, 3, 4, tzinfo=UTC))
    for values, said in (
        ({"state": "expired", "reason": "key_shredded", "expired_at": at}, "11/20(金) 12:04 に音声を消去しました"),
        ({"state": "pending", "reason": "not_allowed"}, "接続を認めていない"),
    ):
        with office.house.store.write() as connection:
            connection.execute(update(recordings).values(values))
        assert said in browser.get(office.path).text


def test_the_own_call_plays_from_the_desk_for_half_an_hour(office: Office, clock: HandClock) -> None:
    browser = office.answerers_browser()
    granted(office, browser, Purpose.AFTER_CALL_WORK)
    assert _bytes_got(office, browser) == len(SOUND) + 101
    clock.move(minutes=30)
    assert _bytes_got(office, browser) == 0
    assert browser.get(office.path).status_code == 404


def test_listening_asks_for_the_password_again_after_an_hour(office: Office) -> None:
    browser = browser_of(office.app, office.house, hire(office.house, Role.SUPERVISOR), proved_ago=timedelta(hours=2))
    asked = {"purpose": Purpose.QUALITY, "case": "CS-2026-118"}
    answer = browser.post(office.path, data=asked)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/prove?next={office.path}")
    assert _bytes_got(office, browser) == 0
    assert browser.post("/prove", data={"password": PASSWORD, "next": office.path}).headers["Location"] == office.path
    assert browser.post(office.path, data=asked).headers["Location"] == office.path
    assert _bytes_got(office, browser) > 0


def test_whose_call_it_was_reads_on_the_account_page_who_listened_and_why(
    office: Office, listener: FlaskClient
) -> None:
    own = office.answerers_browser()
    assert text("ja", "account.listeners.none") in own.get("/account").text
    listener.get(f"{office.path}/audio")
    listener.post(f"{office.path}/heard", data={"from_ms": "0", "to_ms": "9000"})
    page = own.get("/account").text
    for said in ("person 太郎", text("ja", "role.supervisor"), text("ja", "listen.purpose.quality"), "9秒"):
        assert said in page
    for hidden in ("山田", office.recording, office.call, "CS-2026-118"):
        assert hidden not in page
    assert text("ja", "account.listeners.none") in listener.get("/account").text
    admin, _ = office.person(Role.ADMIN, "kanri")
    assert text("ja", "account.listeners") not in admin.get("/account").text


def test_no_proxy_keeps_what_is_sent(office: Office, listener: FlaskClient) -> None:
    answer = listener.get(f"{office.path}/audio", headers={"Range": "bytes=0-99"})
    assert (answer.headers["X-Accel-Buffering"], answer.headers["Cache-Control"]) == ("no", "no-store")
