"""The desk's door: what it shows to whom, what it takes, what its stream tells, and what it refuses."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin.core.ids import new_id
from plugin.core.staff import Role, Staff
from plugin.core.timeline import SummaryForm
from plugin.services.accounts import Change
from tests.kit.clock import HandClock
from tests.kit.desk import HANAKO, Office
from tests.kit.site import Place
from tests.kit.staff import app_of, browser_of

JSON = {"Accept": "application/json"}


@pytest.fixture
def office(tmp_path: Path, clock: HandClock) -> Iterator[Office]:
    with Place(tmp_path, clock) as place:
        yield Office(place, clock)


@pytest.fixture
def app(office: Office) -> Flask:
    return app_of(office.house)


def _visit(app: Flask, office: Office, staff: Staff) -> FlaskClient:
    return browser_of(app, office.house, office.house.accounts.find(staff.login))


@pytest.fixture
def tanaka(app: Flask, office: Office) -> FlaskClient:
    return _visit(app, office, office.tanaka)


def _events(stream: Iterator[bytes]) -> Iterator[tuple[str, Any]]:
    for piece in stream:
        head, data = piece.decode().split("\n")[:2]
        yield head.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_nobody_sees_a_desk_without_signing_in(app: Flask) -> None:
    stranger = app.test_client()
    assert stranger.get("/").status_code == 303
    for path in ("/desk/stream", "/desk/state"):
        assert stranger.get(path, headers=JSON).status_code == 401


def test_a_role_without_a_desk_gets_none(app: Flask, office: Office) -> None:
    office.place.staff("kanri", "管理 者", role=Role.ADMIN)
    admin = browser_of(app, office.house, office.house.accounts.find("kanri"))
    assert admin.get("/").headers["Location"] == "/admin/users"
    for path in ("/desk/stream", "/desk/state", "/inbox", "/look-up"):
        assert admin.get(path).status_code == 403


def test_the_page_holds_the_ringing_call_in_the_order_in_which_it_is_read(office: Office, tanaka: FlaskClient) -> None:
    office.past_call("0312345678", office.hanako, SummaryForm("delivery", "solved", "秘密", promise="内緒の約束"))
    office.phone("0312345678").ring()
    page = tanaka.get("/").get_data(as_text=True)
    places = [page.index(mark) for mark in ("着信中", "お電話の方", "未確認", "お約束", "過去の通話", "応対メモ")]
    assert places == sorted(places)
    assert "秘密" not in page
    assert "内緒の約束" not in page


def test_the_stream_begins_with_everything_and_then_tells_what_changed(
    app: Flask, office: Office, tanaka: FlaskClient
) -> None:
    phone = office.phone("0312345678").ring()
    with app.app_context():
        answer = tanaka.get("/desk/stream", buffered=False)
    assert answer.mimetype == "text/event-stream"
    told = _events(answer.iter_encoded())
    kind, first = next(told)
    assert (kind, first["order"], list(first["pops"])) == ("desk", [phone.call_id], [phone.call_id])
    office.house.desk.choose(office.tanaka, phone.call_id, office.taro)
    kind, second = next(told)
    assert (kind, second["pops"]) == ("desk", {})
    assert f"who-{phone.call_id}" in second["parts"]
    assert f"state-{phone.call_id}" not in second["parts"]
    answer.close()


def test_a_word_about_a_call_draws_that_call_alone(app: Flask, office: Office, tanaka: FlaskClient) -> None:
    other = office.phone("09012345678").ring()
    phone = office.phone("0312345678").ring()
    answer = tanaka.get("/desk/stream", buffered=False)
    told = _events(answer.iter_encoded())
    next(told)
    office.house.customers.confirm(office.tanaka, other.call_id, office.taro)  # which tells no desk
    phone.answer()
    _, news = next(told)
    assert {name.rpartition("-")[2] for name in news["parts"]} == {phone.call_id}
    office.house.bus.publish((office.tanaka.user_id,))
    _, news = next(told)
    assert {name.rpartition("-")[2] for name in news["parts"]} == {other.call_id}
    answer.close()


def test_a_call_of_somebody_else_is_never_in_the_stream(app: Flask, office: Office) -> None:
    office.phone("0312345678").ring()
    suzuki = _visit(app, office, office.suzuki)
    assert suzuki.get("/desk/state").get_json()["order"] == []


def test_the_stream_ends_with_the_session(app: Flask, office: Office, tanaka: FlaskClient) -> None:
    answer = tanaka.get("/desk/stream", buffered=False)
    told = _events(answer.iter_encoded())
    next(told)
    user = office.house.accounts.find("tanaka")
    (session,) = office.house.sessions.own(_as_staff(user, office))
    office.house.sessions.end(_as_staff(user, office), session.hash)
    office.house.bus.publish((user.id,))
    assert [kind for kind, _ in told] == ["bye"]
    answer.close()


def test_the_stream_ends_with_the_right_to_a_desk(app: Flask, office: Office, tanaka: FlaskClient) -> None:
    answer = tanaka.get("/desk/stream", buffered=False)
    told = _events(answer.iter_encoded())
    next(told)
    office.house.accounts.change(office.tanaka.user_id, Change(role=Role.TRAINER), None)
    office.phone("09012345678").ring()
    assert next(told)[0] == "bye"
    answer.close()


def _as_staff(user: Any, office: Office) -> Staff:
    assert user.id == office.tanaka.user_id
    return office.tanaka


def test_choosing_answers_with_the_new_state(office: Office, tanaka: FlaskClient) -> None:
    phone = office.phone("0312345678").ring()
    answer = tanaka.post(f"/desk/calls/{phone.call_id}/choose", data={"customer_id": office.taro}, headers=JSON)
    assert answer.status_code == 200
    assert "選択中" in answer.get_json()["pops"][phone.call_id]


def test_without_a_script_choosing_leads_back_to_the_desk(office: Office, tanaka: FlaskClient) -> None:
    phone = office.phone("0312345678").ring()
    answer = tanaka.post(f"/desk/calls/{phone.call_id}/choose", data={"customer_id": office.taro, "next": "//evil"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_a_post_that_no_page_of_ours_made_is_refused(app: Flask, office: Office) -> None:
    phone = office.phone("0312345678").ring()
    browser = _visit(app, office, office.tanaka)
    browser.environ_base.pop("HTTP_X_FORM_TOKEN")
    answer = browser.post(f"/desk/calls/{phone.call_id}/choose", data={"customer_id": office.taro}, headers=JSON)
    assert answer.status_code == 403


def test_a_draft_is_kept_as_typed_and_the_note_is_saved_in_either_language(office: Office, tanaka: FlaskClient) -> None:
    phone = office.phone("09012345678").ring().answer()
    at = f"/desk/calls/{phone.call_id}"
    assert tanaka.post(f"{at}/draft", data={"topic": "配", "request": "途中"}).get_json() == {"time": "08:00"}
    assert "途中" in tanaka.get("/").get_data(as_text=True)
    typed = {"topic": "Delivery", "disposition": "解決済み", "request": "届かない", "version": "0"}
    saved = tanaka.post(f"{at}/note", data=typed, headers=JSON)
    assert (saved.status_code, saved.get_json()["version"]) == (200, "1")
    summary = office.house.timeline.summary_of(phone.call_id)
    assert summary is not None
    assert (summary.topic, summary.disposition, summary.request) == ("delivery", "solved", "届かない")


@pytest.mark.parametrize(
    ("typed", "status", "field"),
    [
        ({"topic": "ないもの", "request": "x"}, 400, "topic"),
        ({"disposition": "ないもの", "request": "x"}, 400, "disposition"),
        ({}, 400, "request"),
        ({"request": "x", "promise_due_on": "2026-11-24"}, 400, "promise"),
        ({"request": "x", "promise": "y", "promise_due_on": "明日"}, 400, "promise_due_on"),
        ({"request": "x", "version": "-1"}, 400, "version"),
        ({"request": "x", "version": "٣"}, 400, "version"),
        ({"request": "x" * 4001}, 400, "request"),
        ({"request": "a\x00b"}, 400, "request"),
        ({"request": "x", "version": "7"}, 409, None),
    ],
)
def test_a_note_that_cannot_be_saved_says_which_field_and_stores_nothing(
    office: Office, tanaka: FlaskClient, typed: dict[str, str], status: int, field: str | None
) -> None:
    phone = office.phone("09012345678").ring().answer()
    answer = tanaka.post(f"/desk/calls/{phone.call_id}/note", data=typed, headers=JSON)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.get_json().get("field") == field
    assert office.house.timeline.summary_of(phone.call_id) is None


POSTS = ("/desk/calls/{}/choose", "/desk/calls/{}/close", "/desk/calls/{}/draft", "/desk/calls/{}/note")


@pytest.mark.parametrize("path", [*POSTS, "/calls/{}/customer", "/calls/{}/promise-done"])
@pytest.mark.parametrize("wrong", ["x", "%00", "..%2f..", "01JD" + "Z" * 22, "あ", "' OR 1=1 --"])
def test_a_wrong_id_is_a_plain_not_found(tanaka: FlaskClient, path: str, wrong: str) -> None:
    answer = tanaka.post(path.format(wrong), data={"request": "x"}, headers=JSON)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_another_operators_call_is_refused_at_every_door(app: Flask, office: Office) -> None:
    phone = office.phone("09012345678").ring().answer()
    suzuki = _visit(app, office, office.suzuki)
    for path in (*POSTS, "/calls/{}/customer"):
        data = {"customer_id": office.taro, "request": "x"}
        answer = suzuki.post(path.format(phone.call_id), data=data, headers=JSON)
        assert answer.status_code in (403, 404), path
    assert suzuki.get(f"/calls/{phone.call_id}").status_code == 404


def test_a_customer_id_that_is_none_is_not_found(office: Office, tanaka: FlaskClient) -> None:
    phone = office.phone("09012345678").ring()
    for wrong in ("x", new_id(office.clock())):
        answer = tanaka.post(f"/desk/calls/{phone.call_id}/choose", data={"customer_id": wrong}, headers=JSON)
        assert answer.status_code == 404


def test_closing_takes_the_call_off_the_desk(office: Office, tanaka: FlaskClient) -> None:
    phone = office.phone("09012345678").ring().answer()
    phone.end()
    answer = tanaka.post(f"/desk/calls/{phone.call_id}/close", headers=JSON)
    assert answer.get_json()["order"] == []


def test_a_call_of_nobody_is_given_to_a_proposed_customer_from_the_inbox(office: Office, tanaka: FlaskClient) -> None:
    call_id = office.past_call("09012345678", None)
    shown = tanaka.get("/inbox").text
    assert "佐藤 花子" in shown
    assert "090-1234-5678" in shown
    answer = tanaka.post(f"/calls/{call_id}/customer", data={"customer_id": office.hanako, "from_inbox": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/inbox#loose")
    assert "佐藤 花子" not in tanaka.get("/inbox").text
    assert tanaka.get(f"/inbox?after=9-{call_id}").status_code == 200
    for wrong in ("x", "1", "-1-x", f"{'9' * 18}-{call_id}", "1-../../etc"):
        assert tanaka.get("/inbox", query_string={"after": wrong}).status_code in (400, 422)


def test_hostile_names_are_text(office: Office, tanaka: FlaskClient) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    office.place.customers(replace(HANAKO, name=evil, kana=evil))
    phone = office.phone("09012345678").ring()
    page = tanaka.get("/").get_data(as_text=True)
    state = tanaka.get("/desk/state").get_json()
    for html in (page, state["pops"][phone.call_id], state["tabs"][phone.call_id]):
        assert "<script>alert" not in html
        assert "<img" not in html.replace('<img class="mark"', "")


def test_the_fields_of_a_note_that_changed_are_told_in_words(app: Flask, office: Office, tanaka: FlaskClient) -> None:
    phone = office.phone("09012345678").ring().answer()
    answer = tanaka.get("/desk/stream", buffered=False)
    told = _events(answer.iter_encoded())
    next(told)
    form = SummaryForm("delivery", "solved", "届かない")
    office.house.timeline.save(office.tanaka, phone.call_id, form)
    _, news = next(told)
    note = news["notes"][phone.call_id]
    assert (note["topic"], note["request"], note["version"]) == ("配送", "届かない", "1")
    answer.close()


def test_a_message_says_when_it_was_read(office: Office, tanaka: FlaskClient) -> None:
    first = tanaka.get("/desk/state").get_json()["at"]
    office.clock.move(seconds=1)
    assert tanaka.get("/desk/state").get_json()["at"] == first + 1_000_000


def test_a_phone_that_still_rings_for_a_call_that_a_colleague_took_does_not_break_the_desk(
    office: Office, tanaka: FlaskClient
) -> None:
    phone = office.phone("0312345678").ring()
    phone.take_away("102")  # the word that ours stopped ringing is still on its way
    office.house.desk.choose(office.suzuki, phone.call_id, office.hanako)
    state = tanaka.get("/desk/state")
    assert (state.status_code, state.get_json()["order"]) == (200, [phone.call_id])
    assert "data-identity" not in state.get_json()["pops"][phone.call_id]


def test_a_supervisor_at_a_phone_has_a_desk_like_others(app: Flask, office: Office) -> None:
    office.place.staff("boss", "責任 者", "109", Role.SUPERVISOR)
    boss = browser_of(app, office.house, office.house.accounts.find("boss"))
    phone = office.phone("0312345678", "109").ring().answer()
    answer = boss.post(f"/desk/calls/{phone.call_id}/choose", data={"customer_id": office.hanako}, headers=JSON)
    assert answer.status_code == 200
    assert boss.get("/").status_code == 200
