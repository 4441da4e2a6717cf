"""The desk inside another site's page, on the wire: who may frame what, and what a session in a header opens."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from plugin.core.staff import Role, User
from plugin.web.door import BY_HEADER, SESSION_HEADER
from plugin.web.embed import RETURN_COOKIE
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.desk import Office
from tests.kit.doors import OPEN, SOME_ID, token_of
from tests.kit.embed import ORG, OTHER_ORG, Framed
from tests.kit.site import Place
from tests.kit.staff import PASSWORD, app_of, browser_of, hire

JSON = {"Accept": "application/json"}


@pytest.fixture
def inside(house: House) -> House:
    """A site whose desk two other sites may show."""
    house.settings.embed_origins.extend([ORG, OTHER_ORG])
    return house


@pytest.fixture
def app(inside: House) -> Flask:
    return app_of(inside)


@pytest.fixture
def tanaka(inside: House) -> User:
    return hire(inside, extension="101")


@pytest.fixture
def window(app: Flask, inside: House, tanaka: User) -> FlaskClient:
    """tanaka's own window."""
    return browser_of(app, inside, tanaka)


@pytest.fixture
def frame(app: Flask, window: FlaskClient) -> Framed:
    """A frame that is signed in as tanaka."""
    opened = Framed(app)
    assert opened.enter(opened.start_of(window)) == 200
    return opened


def test_without_a_named_site_there_is_nothing(house: House) -> None:
    app = app_of(house)
    browser = browser_of(app, house, hire(house))
    for path in ("/embed", f"/embed?origin={ORG}", f"/embed/sign-in?origin={ORG}&challenge={'x' * 43}"):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_the_frames_page_and_it_alone_may_be_framed_by_the_named_sites(app: Flask, window: FlaskClient) -> None:
    answer = app.test_client().get(f"/embed?origin={ORG}")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.endswith(f"frame-ancestors {ORG} {OTHER_ORG}")
    assert "unsafe" not in policy
    assert "X-Frame-Options" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    for path in ("/embed?origin=https://evil.example", "/", "/account", "/sign-in", "/embed/sign-in", "/nowhere"):
        other = window.get(path)
        assert other.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'"), path
        assert other.headers["X-Frame-Options"] == "DENY", path


def test_every_other_page_stays_out_of_frames(app: Flask, window: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in ("embed.frame", "desk.stream"):
            continue
        with window.get(re.sub(r"<[^>]*>", SOME_ID, rule.rule)) as answer:
            assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'"), rule.rule


def test_the_window_keeps_its_opener_and_no_other_page_does(window: FlaskClient) -> None:
    asked = {"origin": ORG, "challenge": "x" * 43}
    assert window.get("/embed/sign-in", query_string=asked).headers["Cross-Origin-Opener-Policy"] == "unsafe-none"
    assert window.get("/sign-in").headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_signing_in_in_the_window_hands_over_and_signs_in_there_too(app: Flask, tanaka: User) -> None:
    frame, browser = Framed(app), app.test_client()
    page = browser.get("/embed/sign-in", query_string=frame.asked())
    assert ORG in page.text
    form = frame.asked() | {"form_token": token_of(page.text), "login": "tanaka"}
    wrong = browser.post("/embed/sign-in", data=form | {"password": "wrong"})
    assert (wrong.status_code, "data-start" in wrong.text) == (401, False)
    right = browser.post("/embed/sign-in", data=form | {"password": PASSWORD})
    start = re.search(r'data-start="([\w-]+)"', right.text)
    assert start
    assert right.headers["Cache-Control"] == "no-store"
    assert frame.enter(start[1]) == 200
    assert browser.get("/account").status_code == 200


def test_the_window_asks_for_the_form_token(window: FlaskClient, app: Flask) -> None:
    window.environ_base.pop("HTTP_X_FORM_TOKEN")
    assert window.post("/embed/sign-in", data=Framed(app).asked()).status_code == 403


def test_the_session_comes_in_a_header_and_the_cookie_returns_it_alone(frame: Framed) -> None:
    assert frame.ask("/desk/state")[0] == 200
    kept = frame.wire.get_cookie(RETURN_COOKIE)
    assert kept
    assert (kept.secure, kept.http_only, kept.same_site, kept.path) == (True, True, "None", "/")
    assert frame.wire.get("/desk/state", headers=JSON).status_code == 401
    assert frame.wire.get("/account").status_code == 303


def test_the_cookie_is_partitioned(app: Flask, window: FlaskClient) -> None:
    frame = Framed(app)
    given = {"token": frame.start_of(window), "origin": ORG, "verifier": frame.verifier}
    said = frame.wire.post("/embed/enter", data=given).headers["Set-Cookie"]
    assert "Partitioned" in said
    assert "SameSite=None" in said


def _resume(frame: Framed, origin: str, **headers: str) -> TestResponse:
    """Ask for the session back as a browser does that kept the cookie; over http this client hides a Secure one."""
    kept = frame.wire.get_cookie(RETURN_COOKIE)
    assert kept
    sent = {"Cookie": f"{RETURN_COOKIE}={kept.value}", **JSON, **headers}
    return frame.wire.post("/embed/resume", data={"origin": origin}, headers=sent)


def test_a_frame_that_is_loaded_again_gets_its_session_back_on_the_same_site_alone(frame: Framed) -> None:
    assert _resume(frame, ORG).get_json() == {"session": frame.session}
    assert _resume(frame, OTHER_ORG).status_code == 401
    assert _resume(frame, ORG, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert _resume(frame, ORG, Origin=ORG).status_code == 403


def test_what_a_script_sees_is_not_what_the_cookie_holds(frame: Framed) -> None:
    kept = frame.wire.get_cookie(RETURN_COOKIE)
    assert kept
    assert kept.value not in frame.session
    sent = {"Cookie": f"{RETURN_COOKIE}={frame.session}", **JSON}
    elsewhere = frame.wire.application.test_client()
    assert elsewhere.post("/embed/resume", data={"origin": ORG}, headers=sent).status_code == 401
    assert frame.wire.get("/desk/state", headers={**JSON, SESSION_HEADER: kept.value}).status_code == 401


def test_a_session_in_a_header_opens_the_desk_and_nothing_else(app: Flask, frame: Framed, window: FlaskClient) -> None:
    let_in = set()
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if (method, rule.endpoint) in OPEN or rule.endpoint == "desk.stream":
                continue
            status, text = frame.ask(re.sub(r"<[^>]*>", SOME_ID, rule.rule), method)
            led_to_sign_in = status == 303 and 'href="/sign-in"' in text  # by a telephone's address, from a frame
            if not (status == 401 or led_to_sign_in):
                let_in.add(rule.endpoint)
    assert let_in == BY_HEADER - {"desk.stream", "embed.leave"}
    assert window.get("/account").status_code == 200


@pytest.mark.parametrize("path", ["/recordings/{id}", "/recordings/{id}/audio", "/recordings/{id}/grant", "/prove"])
def test_a_header_opens_no_recording_not_even_beside_a_good_cookie(
    frame: Framed, window: FlaskClient, path: str
) -> None:
    address = path.format(id=SOME_ID)
    assert frame.ask(address)[0] == 401
    beside = window.get(address, headers={SESSION_HEADER: frame.session})
    assert beside.status_code == 401


def test_a_cookies_session_is_none_in_a_header(app: Flask, window: FlaskClient) -> None:
    own = window.get_cookie("denwaban")
    assert own
    stranger = app.test_client()
    assert stranger.get("/desk/state", headers={SESSION_HEADER: own.value}).status_code == 401


def test_a_frames_session_is_none_in_a_cookie(app: Flask, frame: Framed) -> None:
    browser = app.test_client()
    browser.set_cookie("denwaban", frame.session)
    assert browser.get("/account").status_code == 303


def test_a_post_by_header_needs_no_form_token_and_comes_from_our_page_alone(frame: Framed) -> None:
    assert frame.ask("/embed/leave", "POST")[0] == 200
    cross = frame.wire.post("/embed/leave", headers={SESSION_HEADER: frame.session, "Origin": ORG})
    assert cross.status_code == 403


def test_leaving_ends_the_session(frame: Framed) -> None:
    assert frame.ask("/embed/leave", "POST")[0] == 200
    assert frame.ask("/desk/state")[0] == 401


def test_a_start_token_opens_once(app: Flask, window: FlaskClient, clock: HandClock) -> None:
    frame = Framed(app)
    start = frame.start_of(window)
    assert start not in window.get("/account").text
    assert frame.enter(start) == 200
    assert frame.enter(start) == 401
    late = frame.start_of(window)
    clock.move(seconds=61)
    assert frame.enter(late) == 401
    assert frame.enter("") == frame.enter("x" * 5000) == 401


def test_the_account_page_lists_the_frame_and_ends_it(frame: Framed, window: FlaskClient) -> None:
    page = window.get("/account").text
    assert f"{ORG} の画面内" in page
    session = re.search(r'name="session" value="(\w+)"', page)
    assert session
    assert window.post("/account/sessions/end", data={"session": session[1]}).status_code == 303
    assert frame.ask("/desk/state")[0] == 401


def test_who_has_no_desk_cannot_show_one(app: Flask, inside: House) -> None:
    browser = browser_of(app, inside, hire(inside, Role.ADMIN, "kanri"))
    asked = Framed(app).asked()
    assert browser.get("/embed/sign-in", query_string=asked).status_code == 403
    assert browser.post("/embed/sign-in", data=asked).status_code == 403


def test_the_record_is_told_to_a_frame_alone_and_for_who_is_chosen_or_the_only_one(tmp_path: Path) -> None:
    with Place(tmp_path, embed_origins=[ORG]) as place:
        office = Office(place)
        app = app_of(place.house)
        user = place.house.accounts.find("tanaka")
        window, frame = browser_of(app, place.house, user), Framed(app)
        assert frame.enter(frame.start_of(window)) == 200

        def told() -> list[tuple[str, str]]:
            return re.findall(r'data-record=\\?"(\w+)\\?" data-by=\\?"(\w+)', frame.ask("/desk/state")[1])

        household = office.phone("0312345678").ring()
        assert told() == []
        office.house.desk.choose(office.tanaka, household.call_id, office.taro)
        assert told() == [("2", "choice")]
        household.end()
        office.house.desk.close(office.tanaka, household.call_id)
        alone = office.phone("09012345678").ring()
        assert told() == [("1", "only_candidate")]
        assert "data-record" not in window.get("/desk/state").text
        office.house.desk.choose(office.tanaka, alone.call_id, None)
        assert told() == []
