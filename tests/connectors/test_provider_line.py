"""What an identity provider may do to us that answers without end, slowly, elsewhere, or to many at once."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import pytest

from connectors.sign_in.kept import Kept
from connectors.sign_in.line import Answer, Line
from plugin.core.errors import OutsideError
from tests.kit.clock import HandClock

Talk = Callable[[socket.socket], None]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


class Talker:
    """A server that does to each connection what `talk` says."""

    def __init__(self) -> None:
        self.talk: Talk = lambda line: None
        self.over = threading.Event()
        self.asked = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._server.accept()
                self.asked += 1
                self._threads.append(threading.Thread(target=self._speak, args=(line,)))
                self._threads[-1].start()

    def _speak(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            line.recv(65_536)
            self.talk(line)

    def close(self) -> None:
        self.over.set()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join()


@pytest.fixture
def talker() -> Iterator[Talker]:
    server = Talker()
    yield server
    server.close()


def ask(talker: Talker, whole_s: float = 60) -> Answer:
    return Line(talker.url, frozenset(), whole_s).get(f"{talker.url}/keys")


def say(*parts: bytes) -> Talk:
    return lambda line: line.sendall(b"".join(parts))


def test_an_answer_is_read_as_json_or_as_nothing(talker: Talker) -> None:
    talker.talk = say(HEAD, b'\r\n{"keys": []}')
    assert ask(talker) == Answer(200, {"keys": []})
    for body in (b"[]", b"not json", b"[" * 100_000, b"\xff"):
        talker.talk = say(HEAD, b"\r\n" + body)
        assert ask(talker) == Answer(200, None)


@pytest.mark.parametrize("head", [HEAD, b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n"], ids=["200", "302"])
def test_an_answer_without_end_ends(talker: Talker, head: bytes) -> None:
    def go_on(line: socket.socket) -> None:
        line.sendall(head + b"\r\n")
        while not talker.over.is_set():
            line.sendall(b" " * 65_536)

    talker.talk = go_on
    with pytest.raises(OutsideError, match="provider"):
        ask(talker)


@pytest.mark.parametrize("begun", [b"", HEAD, HEAD + b"\r\n{"], ids=["at once", "in its head", "in its body"])
def test_an_answer_that_drips_ends_with_the_time_of_the_whole(talker: Talker, begun: bytes) -> None:
    def drip(line: socket.socket) -> None:
        line.sendall(begun)
        while not talker.over.wait(0.05):
            line.sendall(b"X")

    talker.talk = drip
    with pytest.raises(OutsideError, match="provider"):
        ask(talker, whole_s=0.5)
    assert not talker.over.is_set()  # it was we who hung up


def test_no_redirect_is_followed_and_nothing_packed_is_unpacked(talker: Talker) -> None:
    talker.talk = say(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 2\r\n\r\n{}")
    assert ask(talker) == Answer(302, {})
    assert talker.asked == 1
    talker.talk = say(HEAD, b"Content-Encoding: gzip\r\n\r\n\x1f\x8b")
    with pytest.raises(OutsideError):
        ask(talker)


@pytest.mark.parametrize(
    ("issuer", "address", "may"),
    [
        ("https://idp.example", "https://idp.example/keys", True),
        ("https://idp.example:8443", "https://idp.example:8443/keys", True),
        ("https://idp.example", "https://idp.example:8443/keys", False),
        ("https://idp.example", "https://keys.example/keys", True),
        ("https://idp.example", "https://keys.example:8443/keys", False),
        ("https://idp.example", "http://keys.example/keys", False),
        ("https://idp.example", "http://idp.example/keys", False),
        ("https://idp.example", "https://other.example/keys", False),
        ("https://idp.example", "https://169.254.169.254/keys", False),
        ("https://idp.example", "http://127.0.0.1/keys", False),
        ("https://idp.example", "https://me@idp.example/keys", False),
        ("https://idp.example", "https://idp.example:99999/keys", False),
        ("https://idp.example", "https://[::1/keys", False),
        ("https://idp.example", "file:///etc/passwd", False),
        ("https://idp.example", None, False),
        ("http://127.0.0.1:9", "http://127.0.0.1:9/keys", True),
        ("http://127.0.0.1:9", "http://127.0.0.1:10/keys", False),
    ],
)
def test_the_issuers_host_and_those_that_the_site_names_are_asked(issuer: str, address: object, may: bool) -> None:
    line = Line(issuer, frozenset({"keys.example"}))
    if may:
        assert line.check(address) == address
    else:
        with pytest.raises(OutsideError, match="provider_endpoint"):
            line.check(address)


def test_many_who_come_at_once_ask_once_and_hold_nobody_who_needs_less(clock: HandClock) -> None:
    asked, go = [], threading.Event()

    def answer() -> int:
        asked.append(1)
        assert go.wait(60)
        return len(asked)

    kept = Kept(answer, clock, timedelta(hours=1))
    got: list[int] = []
    threads = [threading.Thread(target=lambda: got.append(kept.get())) for _ in range(8)]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join()
    assert (got, len(asked)) == ([1] * 8, 1)
    clock.move(minutes=2)
    go.clear()
    slow = threading.Thread(target=lambda: got.append(kept.get(timedelta(minutes=1))))
    slow.start()
    while len(asked) < 2:
        time.sleep(0.01)
    assert kept.get() == 1  # no lock is held while it is asked for anew: what is fresh enough is had at once
    go.set()
    slow.join()
    assert kept.get() == 2


def test_after_a_failure_it_rests_and_then_asks_again(clock: HandClock) -> None:
    asked: list[int] = []

    def answer() -> int:
        asked.append(1)
        if len(asked) == 1:
            raise OutsideError("provider", permanent=False)
        return 7

    kept = Kept(answer, clock, timedelta(hours=1))
    for _ in range(5):
        with pytest.raises(OutsideError, match="provider"):
            kept.get()
    assert len(asked) == 1
    clock.move(seconds=5)
    assert kept.get() == 7
