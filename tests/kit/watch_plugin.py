"""Watches every test of the suite for secrets that stand where they may not; a find fails the test that made it.

It sees each answer of every application in this process, what is written to standard output and error, what stand-ins
of the outside are told, and the databases and files that the test left. SECRETS_WATCH=off switches it off.
"""

import os
import sqlite3
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g, request, request_finished
from flask.wrappers import Response
from sqlalchemy import Engine, event

from tests.kit.canary import Kind, Leak
from tests.kit.watch import WATCH, Scope, Watch
from tests.kit.watch_mariadb import RedoLogs
from tests.kit.watch_rest import AtRest

_FIGURES = {"/metrics", "/healthz", "/readyz"}
_TOKENS = {"denwaban": Kind.SESSION, "denwaban-grant": Kind.GRANT, "denwaban-embed": Kind.SESSION}
_OUTPUTS = ("Captured stdout", "Captured stderr")
_SCOPES = {"function": Scope.FUNCTION, "session": Scope.SESSION}
_NOWHERE = Path("/nowhere")
_MOST_KEPT_BYTES = 256 * 1024


class Answers:
    """What an application answered."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def see(self, sender: Flask, response: Response, **_: Any) -> None:
        """See all of an answer: its lines, its cookies, its body."""
        if "denwaban" not in sender.extensions or request.endpoint == "static":
            return
        rule = request.url_rule.rule if request.url_rule else "nothing of ours"
        word = "figures" if rule in _FIGURES else _word_of(response.status_code)
        staff = g.get("staff")
        place = f"{word} {rule} to {staff.role if staff else 'nobody'}"
        if "form" in request.__dict__:  # read by the view, and good
            self._watch.posted(request.form)
        for name, value in response.headers.items():
            if name.lower() == "set-cookie":
                self._see_cookie(rule, value)
            else:
                self._watch.see(f"head {rule}", f"{name}: {value}")
        if response.is_streamed:
            response.response = _Heard(response.response, self._watch, place)
        else:
            self._watch.see(place, response.get_data())

    def _see_cookie(self, rule: str, value: str) -> None:
        cookie, _, rest = value.partition("=")
        given, _, attributes = rest.partition(";")
        kind = _TOKENS.get(cookie.removeprefix("__Host-"))
        name = cookie.removeprefix("__Host-").removeprefix("denwaban-") if kind else "other"
        self._watch.see(f"cookie {'session' if name == 'denwaban' else name}", given)
        self._watch.see(f"head {rule}", f"{cookie}; {attributes}")
        if kind and given:
            self._watch.know(kind, given)


def _word_of(status: int) -> str:
    if status in (409, 422):  # the page once more, with what is wrong beside the form
        return "again"
    return "page" if status < 400 else "error"


class _Heard:
    """A stream that is listened to as it goes by."""

    def __init__(self, pieces: Iterable[Any], watch: Watch, place: str) -> None:
        self._pieces, self._watch, self._place = pieces, watch, place

    def __iter__(self) -> Iterator[Any]:
        kept = bytearray()
        try:
            for piece in self._pieces:
                if len(kept) < _MOST_KEPT_BYTES:
                    kept += piece.encode() if isinstance(piece, str) else piece
                yield piece
        finally:
            self._watch.see(self._place, bytes(kept))

    def close(self) -> None:
        """End the stream itself."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()


class Plugin:
    """The hooks."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._rest = AtRest(watch)
        self._redo = RedoLogs(watch)
        self._answers = Answers(watch)
        request_finished.connect(self._answers.see)
        event.listen(Engine, "connect", self._connected)

    def _connected(self, raw: Any, _record: Any) -> None:
        if socket := getattr(raw, "unix_socket", None):
            self._redo.note(socket)
        if isinstance(raw, sqlite3.Connection):
            _, _, path = raw.execute("PRAGMA database_list").fetchone()
            if path:
                self._rest.note(Path(path))

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: "pytest.FixtureDef[Any]") -> Generator[None, Any, Any]:
        before, self._watch.scope = self._watch.scope, _SCOPES.get(fixturedef.scope, Scope.MODULE)
        try:
            return (yield)
        finally:
            self._watch.scope = before

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, location: tuple[str, int | None, str]) -> None:
        self._watch.begin(location[0])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        own = getattr(item, "funcargs", {}).get("tmp_path", _NOWHERE)
        self._rest.look()
        self._redo.look()
        yield
        self._rest.close(own)

    def pytest_sessionfinish(self) -> None:
        self._redo.close()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.when == "teardown":
            for name, content in report.sections:
                if name.startswith(_OUTPUTS):
                    self._watch.see("log", content)
            allowed = [mark.args for mark in item.iter_markers("lets_stand")]
            found = [leak for leak in self._watch.leaks() if (leak.kind.name.lower(), leak.place) not in allowed]
            if found:
                other = f"{report.longrepr}\n" if report.failed else ""
                report.outcome, report.longrepr = "failed", other + in_words(found)
        return report


def in_words(found: list[Leak]) -> str:
    """Return what somebody who never heard of the watch should read."""
    lines = [f"  {leak.kind}, in: {leak.place}" for leak in found]
    return "\n".join(
        [
            "Secrets of this test stand where they may not (docs/security.md, How it is proved):",
            *lines,
            "Where a kind of secret may stand says MAY_STAND in tests/kit/canary.py. If the product is right to put it",
            "there, write the place down there; if it is what the test itself is about, mark the test",
            '@pytest.mark.lets_stand("KIND", "PLACE").',
        ]
    )


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("SECRETS_WATCH") != "off":
        config.pluginmanager.register(Plugin(WATCH), "watch")
