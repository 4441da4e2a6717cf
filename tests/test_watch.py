"""The watch over the suite can fail: a leak made on purpose is found at each place that it looks at."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Response, request_finished
from sqlalchemy import insert

from plugin.core.staff import Role
from plugin.store.engine import Store
from plugin.store.tables.audit import setting_marks
from plugin.wiring import House
from tests.kit.canary import Kind, Leak
from tests.kit.staff import app_of, browser_of, hire
from tests.kit.watch import ROOT, Scope, Watch
from tests.kit.watch_mariadb import RedoLog
from tests.kit.watch_plugin import Answers
from tests.kit.watch_rest import AtRest


@pytest.fixture
def word() -> str:
    """A secret that the watch of this run knows nothing of."""
    return secrets.token_urlsafe(16)


@pytest.fixture
def watch(word: str) -> Watch:
    made = Watch()
    made.know(Kind.ANSWER, word)
    return made


def _in_body(response: Response, word: str) -> None:
    response.set_data(f"<p>{word}</p>")


def _in_stream(response: Response, word: str) -> None:
    response.response = (piece for piece in (word[:5].encode(), word[5:].encode()))


def _in_head(response: Response, word: str) -> None:
    response.headers["X-Asked"] = word


def _in_address(response: Response, word: str) -> None:
    response.headers["Location"] = f"/sign-in?next=/calls%3Fq%3D{word}"


def _in_cookie(response: Response, word: str) -> None:
    response.set_cookie("other", word)


@pytest.mark.parametrize(
    ("role", "method", "path", "tell", "place"),
    [
        (Role.OPERATOR, "GET", "/", _in_body, "page / to operator"),
        (Role.OPERATOR, "GET", "/desk/stream", _in_stream, "page /desk/stream to operator"),
        (Role.OPERATOR, "GET", "/audit", _in_body, "error /audit to operator"),
        (Role.OPERATOR, "GET", "/nowhere", _in_body, "error nothing of ours to operator"),
        (Role.PRIVACY, "POST", "/audit/export", _in_stream, "page /audit/export to privacy"),
        (Role.ADMIN, "GET", "/metrics", _in_body, "figures /metrics to nobody"),
        (Role.ADMIN, "GET", "/account", _in_head, "head /account"),
        (Role.ADMIN, "GET", "/account", _in_address, "head /account"),
        (Role.ADMIN, "GET", "/account", _in_cookie, "cookie other"),
    ],
)
def test_an_answer_that_tells_is_found(
    house: House,
    watch: Watch,
    word: str,
    role: Role,
    method: str,
    path: str,
    tell: Callable[[Response, str], None],
    place: str,
) -> None:
    app = app_of(house)

    @app.after_request
    def leak(response: Response) -> Response:
        tell(response, word)
        return response

    answers = Answers(watch)
    with request_finished.connected_to(answers.see):
        browser_of(app, house, hire(house, role)).open(path, method=method, data={"form": "csv"}).get_data()
    assert watch.leaks() == [Leak(Kind.ANSWER, place)]


def test_who_may_not_see_a_kind_is_told_from_who_may(watch: Watch) -> None:
    watch.know(Kind.NAME, "鼷鼾 鼆鼓")
    for role in ("operator", "admin", "nobody"):
        watch.see(f"page /calls/<call_id> to {role}", "鼷鼾鼆鼓")
    assert [leak.place for leak in watch.leaks()] == [f"page /calls/<call_id> to {who}" for who in ("admin", "nobody")]


def test_what_is_posted_as_an_answer_is_a_secret(house: House) -> None:
    watch = Watch()
    answers = Answers(watch)
    with request_finished.connected_to(answers.see):
        app_of(house).test_client().post("/sign-in", data={"login": "x", "password": "the horse of nobody"})
    watch.see("log", '{"event": "the%20horse%20of%20nobody"}')
    assert watch.leaks() == [Leak(Kind.PASSWORD, "log")]


def test_what_a_module_mints_is_known_as_long_as_the_module(word: str) -> None:
    watch = Watch()
    found = []
    watch.begin("a")
    watch.scope = Scope.MODULE
    watch.know(Kind.ANSWER, word)
    for module in ("a", "b"):
        watch.begin(module)
        watch.see("log", word)
        found.append(watch.leaks())
    assert found == [[Leak(Kind.ANSWER, "log")], []]


def _write(store: Store, word: str) -> None:
    with store.write() as connection:
        connection.execute(insert(setting_marks).values(name="x", mark=word))


def test_a_row_is_found_in_its_column_in_the_log_and_in_the_pages(sqlite_store: Store, watch: Watch, word: str) -> None:
    rest = AtRest(watch)
    path = Path(str(sqlite_store.engine.url.database))
    rest.note(path)
    _write(sqlite_store, word)
    rest.look()
    assert [leak.place for leak in watch.leaks()] == ["raw denwaban.db-wal", "table setting_marks.mark"]
    watch.begin()
    watch.know(Kind.ANSWER, word)
    sqlite_store.close()
    rest.look()
    rest.close(path.parent)
    assert [leak.place for leak in watch.leaks()] == ["raw denwaban.db", "table setting_marks.mark"]


def test_a_file_beside_the_database_is_found(sqlite_store: Store, watch: Watch, word: str) -> None:
    rest = AtRest(watch)
    path = Path(str(sqlite_store.engine.url.database))
    rest.note(path)
    (path.parent / "spool").mkdir()
    (path.parent / "spool" / "half.part").write_bytes(word.encode("utf-16"))
    _write(sqlite_store, "nothing")
    rest.look()
    sqlite_store.close()
    rest.close(path.parent)
    assert watch.leaks() == [Leak(Kind.ANSWER, "file spool/.part")]


@pytest.mark.needs("mariadbd")
def test_a_row_that_is_gone_again_is_found_in_the_log_of_mariadb(mariadb_store: Store, watch: Watch, word: str) -> None:
    log = RedoLog(str(mariadb_store.engine.url.query["unix_socket"]))
    _write(mariadb_store, word)
    with mariadb_store.write() as connection:
        connection.execute(setting_marks.delete())
    log.look(watch)
    log.close()
    assert watch.leaks() == [Leak(Kind.ANSWER, "raw mariadb")]


LEAKY = """
import sys
import pytest
from tests.kit.canary import Kind
from tests.kit.command import Runner
from tests.kit.sounds import HeardBus
from tests.kit.watch import heard_ask, know
import click

WORD = {word!r}

@pytest.fixture(autouse=True)
def known():
    know(Kind.ANSWER, WORD)

def test_log():
    sys.stderr.write(f"x {{WORD}} x")

def test_bus():
    HeardBus().publish((f"call:{{WORD}}",))

def test_crm():
    heard_ask("crm", "/query", {{"authorization": "x"}}, WORD.encode())

def test_output():
    Runner().invoke(click.Command("tell", callback=lambda: click.echo(WORD)))

@pytest.mark.lets_stand("answer", "log")
def test_allowed():
    sys.stderr.write(WORD)

def test_quiet():
    assert WORD
"""


def test_a_find_fails_the_test_that_made_it_and_tells_no_secret(tmp_path: Path, word: str) -> None:
    (tmp_path / "test_leaky.py").write_text(LEAKY.format(word=word))
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = lets_stand(kind, place): x\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.kit.watch_plugin"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run([*command, str(tmp_path)], cwd=tmp_path, env=environment, capture_output=True, text=True)
    for name, place in (("log", "log"), ("bus", "bus"), ("crm", "crm"), ("output", "output tell")):
        assert f"  answer, in: {place}\n" in ran.stdout, ran.stdout + ran.stderr
        assert f"ERROR test_leaky.py::test_{name}" in ran.stdout
    assert "6 passed, 4 errors" in ran.stdout
    assert not [line for line in ran.stdout.splitlines() if ", in: " in line and word in line]
