"""Over HTTP: what the player draws and keeps, and who ends whose listening; nothing of it without the grant."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from plugin.core.access import Purpose
from plugin.core.staff import Role
from plugin.store.tables.recordings import recordings
from tests.kit.office import SECONDS, Office, granted


@pytest.fixture
def listener(office: Office) -> FlaskClient:
    browser, _ = office.person(Role.SUPERVISOR)
    granted(office, browser, Purpose.COMPLAINT)
    return browser


def test_the_drawing_has_lane_heard_stretches_and_markers(office: Office, listener: FlaskClient) -> None:
    office.gate.pause(office.call, (6, 8))
    with listener.get(f"{office.path}/audio", headers={"Range": "bytes=0-99999"}):
        pass
    assert listener.post(f"{office.path}/heard", data={"from_ms": "0", "to_ms": "5000"}).status_code == 204
    marked = listener.post(f"{office.path}/markers", data={"at_ms": "1500", "words": "<b>合図</b> {{7*7}}"})
    answer = listener.get(f"{office.path}/drawing")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    drawn = answer.get_json()
    assert drawn["gaps"] == [[6_000, 8_000]]
    assert drawn["length_ms"] == SECONDS * 1000
    assert [(each["speaker"], bool(each["peaks"])) for each in drawn["lanes"]] == [("unknown", True)]
    assert drawn["heard"] == [[0, 5000]]
    assert drawn["markers"] == marked.get_json()
    (marker,) = drawn["markers"]
    assert (marker["at_ms"], marker["words"], marker["is_own"]) == (1500, "<b>合図</b> {{7*7}}", True)
    assert listener.post(f"{office.path}/markers/{marker['id']}/off").get_json() == []
    assert listener.get(f"{office.path}/drawing").get_json()["markers"] == []


def test_the_page_of_the_call_names_pauses_and_who_began_the_recording(office: Office) -> None:
    office.gate.pause(office.call, (6, 8))
    supervisor, _ = office.person(Role.SUPERVISOR)
    page = supervisor.get(f"/calls/{office.call}").text
    assert "操作による録音" not in page
    assert "0:06–0:08 は録音停止中" in page
    with office.house.store.write() as connection:
        connection.execute(update(recordings).values(kind="triggered"))
    assert "操作による録音" in supervisor.get(f"/calls/{office.call}").text


@pytest.mark.parametrize(
    ("at_ms", "words"),
    [
        ("", "x"),
        ("-1", "x"),
        ("1e3", "x"),
        ("9" * 13, "x"),
        (str(SECONDS * 1000 + 1), "x"),
        ("1", ""),
        ("1", "あ" * 201),
    ],
)
def test_a_marker_that_is_none_is_a_clear_400(office: Office, listener: FlaskClient, at_ms: str, words: str) -> None:
    answer = listener.post(f"{office.path}/markers", data={"at_ms": at_ms, "words": words})
    assert answer.status_code == 400
    assert listener.get(f"{office.path}/drawing").get_json()["markers"] == []


def test_a_colleague_takes_no_marker_of_mine_off(office: Office, listener: FlaskClient) -> None:
    (mine,) = listener.post(f"{office.path}/markers", data={"at_ms": "5", "words": "ここ"}).get_json()
    other, _ = office.person(Role.SUPERVISOR, "other")
    off = f"{office.path}/markers/{mine['id']}/off"
    assert other.post(off).status_code == 404  # without a grant there is nothing
    granted(office, other, Purpose.QUALITY)
    assert [each["is_own"] for each in other.get(f"{office.path}/drawing").get_json()["markers"]] == [False]
    assert other.post(off).status_code in {403, 404}
    assert listener.get(f"{office.path}/drawing").get_json()["markers"] == [mine]


@pytest.mark.parametrize("asked", ["get drawing", "get grant", "post markers", "post markers/x/off", "post heard"])
def test_without_the_grant_nothing_opens(office: Office, listener: FlaskClient, asked: str) -> None:
    method, place = asked.split()
    told = {"at_ms": "1", "words": "x", "from_ms": "0", "to_ms": "1"}
    stranger, _ = office.person(Role.SUPERVISOR, "stranger")
    assert stranger.open(f"{office.path}/{place}", method=method, data=told).status_code == 404
    nobody = office.app.test_client()
    assert nobody.open(f"{office.path}/{place}", method=method, data=told).status_code in {303, 401, 403}
    listener.post(f"{office.path}/stop")
    assert listener.open(f"{office.path}/{place}", method=method, data=told).status_code in {403, 404}


def test_the_privacy_officer_sees_who_listens_and_ends_it(office: Office, listener: FlaskClient) -> None:
    officer, _ = office.person(Role.PRIVACY, "officer")
    page = officer.get("/listening").text
    assert "person 太郎" in page
    for hidden in ("山田", "+81", office.recording):
        assert hidden not in page
    grant = page.split('name="grant" value="')[1].split('"')[0]
    assert officer.post("/listening/end", data={"grant": "0" * 64}).status_code == 404
    ended = officer.post("/listening/end", data={"grant": grant})
    assert (ended.status_code, ended.headers["Location"]) == (303, "/listening?done=ended")
    with listener.get(f"{office.path}/audio", headers={"Range": "bytes=0-9"}) as answer:
        assert answer.status_code == 403
    assert grant not in officer.get("/listening").text
    assert officer.post("/listening/end", data={"grant": grant}).status_code == 404


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.PRIVACY])
def test_nobody_else_watches_over_listening(office: Office, role: Role) -> None:
    browser, _ = office.person(role, "curious")
    assert browser.get("/listening").status_code == 403
    assert browser.post("/listening/end", data={"grant": "0" * 64}).status_code == 403
