"""Any path, method, bytes and headers at the real application: a documented answer, never a 500."""

import io
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymysql.err import IntegrityError as MysqlError
from sqlalchemy.exc import IntegrityError
from werkzeug.test import EnvironBuilder, run_wsgi_app

from plugin.core.staff import Role, User
from plugin.web.call_pages import gated_path
from plugin.wiring import House
from tests.kit.staff import app_of, browser_of, hire

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "X" * 40]
HEADERS = [
    *("Accept", "Accept-Language", "Authorization", "Cookie", "Host", "Origin", "Referer", "Range", "If-Range"),
    *("Content-Type", "Content-Length", "Transfer-Encoding", "X-Forwarded-For", "X-Forwarded-Host", "X-Form-Token"),
    *("Sec-Fetch-Site", "User-Agent", "If-None-Match", "If-Modified-Since", "webhook-id", "webhook-signature"),
]
# Where the site's address takes no passkeys, as that of these tests: a setting that is to be mended, said in words.
NO_PASSKEYS = {"/sign-in/passkey/begin", "/account/factors/passkeys/begin"}
SMOOTH = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
latin = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60)
words = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "\0", "../..", "%00", "%ff%fe", "0" * 400, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "𠮷", "\ud800", "' OR 1=1"]
    ),
)
headers = st.dictionaries(st.sampled_from(HEADERS), latin, max_size=5)


def paths(app: Flask) -> st.SearchStrategy[str]:
    rules = sorted({rule.rule for rule in app.url_map.iter_rules()})
    real = st.builds(_fill, st.sampled_from(rules), st.lists(words, min_size=3, max_size=3))
    return st.one_of(real, words.map("/".__add__))


def _fill(rule: str, given_words: list[str]) -> str:
    path = rule
    while "<" in path:
        head, _, rest = path.partition("<")
        path = head + given_words.pop() + rest.partition(">")[2] if given_words else head
    return path


def send(browser: FlaskClient, path: str, method: str, given_headers: dict[str, str], body: bytes) -> int:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path.encode("utf-8", "surrogatepass").decode("latin-1"),
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
    }
    for name, value in given_headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    with browser.open(environ_overrides=environ) as answer:
        return int(answer.status_code)


@pytest.fixture
def app(house: House) -> Flask:
    return app_of(house)


@SMOOTH
@given(data=st.data())
def test_strangers_cannot_break_anything(app: Flask, data: st.DataObject) -> None:
    path = data.draw(paths(app))
    method = data.draw(st.sampled_from(METHODS))
    status = send(app.test_client(), path, method, data.draw(headers), data.draw(st.binary(max_size=200)))
    assert status < 500


def test_a_signed_in_person_cannot_break_anything(app: Flask, house: House) -> None:
    people = [hire(house, role, role.value) for role in (Role.ADMIN, Role.OPERATOR, Role.SUPERVISOR)]
    forms = st.dictionaries(
        st.sampled_from(
            ["login", "name", "role", "team", "extension", "password", "active", "session", "lang", "theme"]
        )
        | words,
        words,
        max_size=6,
    )

    @SMOOTH
    @given(path=paths(app), form=forms, user=st.sampled_from(people), method=st.sampled_from(["GET", "POST"]))
    def try_it(path: str, form: dict[str, str], user: User, method: str) -> None:
        browser = browser_of(app, house, user)  # anew: some of these posts end the session
        typed = urlencode(form, errors="replace")
        as_form = {"Content-Type": "application/x-www-form-urlencoded"}
        status = send(browser, path, method, as_form, typed.encode())
        assert status < 500 or (status == 503 and path in NO_PASSKEYS)

    try_it()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=", b"--\r\n"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'),
        ("multipart/form-data", b"\xff\xfe"),
        ("application/x-www-form-urlencoded; charset=nonsense", b"login=%ff"),
        ("application/x-www-form-urlencoded", b"&" * 5000),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 2_000_000),
        ("application/json", b"{"),
    ],
)
def test_broken_forms_are_refused(app: Flask, content_type: str, body: bytes) -> None:
    browser = app.test_client()
    assert browser.post("/sign-in", data=body, content_type=content_type).status_code in {400, 403, 413}


def test_a_length_that_lies_is_no_crash(app: Flask) -> None:
    for length in ("-1", "x", "99999999999", ""):
        assert send(app.test_client(), "/sign-in", "POST", {"Content-Length": length}, b"login=a") < 500


@pytest.mark.parametrize("host", ["..", ".a", "a..b:80", "a" * 64 + ".jp"])
def test_a_host_that_no_name_can_be_is_refused_in_words(app: Flask, host: str) -> None:
    asked = EnvironBuilder("/sign-in", headers=[("Accept-Language", "en")]).get_environ()
    asked["HTTP_HOST"] = host  # the test client itself stumbles over such a name
    pieces, status, answered = run_wsgi_app(app, asked)
    page = b"".join(pieces)
    assert status == "400 BAD REQUEST"
    assert b"<h1>" in page
    assert host.encode() not in page
    assert answered["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "link", ["http://[", "//[::1", "", "/calls/1", "http://127.0.0.1:8787.evil/calls/1", "{}?a", "{}#a"]
)
def test_what_a_timeline_of_the_crm_calls_a_link_leads_to_gated_pages_alone(app: Flask, link: str) -> None:
    call = "http://127.0.0.1:8787/calls/1"
    with app.app_context():
        assert gated_path(link.format(call)) == ""
        assert gated_path(call) == "/calls/1"


def test_who_was_outrun_by_another_is_told_so_and_what_ours_did_wrong_is_not(app: Flask) -> None:
    for code, status in ((1062, 409), (1048, 500)):
        lost = IntegrityError("INSERT", None, MysqlError(code, "0312345678"))
        with app.test_request_context("/numbers"):
            answer = app.make_response(app.handle_user_exception(lost))
            assert answer.status_code == status
            assert "0312345678" not in answer.get_data(as_text=True)


def test_nothing_is_traced(app: Flask) -> None:
    for path in ("/", "/sign-in", "/static/tokens.css", "/nowhere"):
        assert send(app.test_client(), path, "TRACE", {"Cookie": "a=b"}, b"") in {404, 405}
