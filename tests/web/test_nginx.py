"""The nginx text of docs/operations.md, run by a real nginx in front of the real application."""

import http.client
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from flask import Response, request
from werkzeug.serving import make_server

from plugin.settings import load
from plugin.web import door
from plugin.wiring import House
from tests.kit.processes import own_port, wait_for
from tests.kit.staff import app_of

pytestmark = pytest.mark.needs("nginx")
DOCS = Path(__file__).parent.parent.parent / "docs"
SOUND = bytes(range(256)) * 400


def documented(folder: Path, port: int, upstream: int) -> str:
    """Return the documented text as a whole configuration, at these ports and without TLS."""
    said = (DOCS / "operations.md").read_text("utf-8").split("```nginx\n")[1].split("```")[0]
    kept = "\n".join(line for line in said.splitlines() if "ssl_certificate" not in line)
    for old, new in (
        ("127.0.0.1:8787", f"127.0.0.1:{upstream}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port}"),
        ("/var/log/nginx/denwaban.log", str(folder / "access.log")),
    ):
        assert old in kept
        kept = kept.replace(old, new)
    places = "\n".join(
        f"{name}_temp_path {folder / name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"pid {folder / 'pid'}; error_log {folder / 'error.log'}; events {{}} http {{ {places}\n{kept} }}"


class Front:
    """nginx at `port` in front of the application; `more` lets a stream go on."""

    def __init__(self, port: int, more: threading.Event, folder: Path) -> None:
        self.port, self.more, self.folder = port, more, folder
        self.open = ExitStack()

    def ask(self, path: str, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.open.callback(connection.close)
        connection.request("GET", path, headers=headers)
        return self.open.enter_context(connection.getresponse())


@pytest.fixture
def front(house: House, tmp_path: Path) -> Iterator[Front]:
    house.settings = load(data_dir=house.settings.data_dir, proxies=1)
    app, more = app_of(house), threading.Event()

    @app.get("/test/stream")
    def stream() -> Response:
        def events() -> Iterator[str]:
            yield "data: first\n\n"
            more.wait(60)
            yield "data: second\n\n"

        return Response(events(), content_type="text/event-stream")

    @app.get("/test/sound")
    def sound() -> Response:
        answer = Response(SOUND, content_type="audio/wav")
        answer.make_conditional(request, accept_ranges=True, complete_length=len(SOUND))
        return answer

    @app.get("/test/address")
    def address() -> str:
        return f"{door.address()} {request.host} {request.scheme}"

    upstream = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=upstream.serve_forever)
    thread.start()
    try:
        with own_port() as port, _nginx(tmp_path, documented(tmp_path, port, upstream.server_port)):
            asked = Front(port, more, tmp_path)
            with asked.open:
                yield asked
            more.set()
    finally:
        upstream.shutdown()
        thread.join()
        upstream.server_close()


@contextmanager
def _nginx(folder: Path, text: str) -> Iterator[None]:
    (folder / "nginx.conf").write_text(text)
    command = ["/usr/sbin/nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    nginx = subprocess.Popen(command)
    try:
        wait_for((folder / "pid").exists)
        yield
    finally:
        nginx.terminate()
        nginx.wait(60)


def test_an_event_arrives_while_the_stream_is_open(front: Front) -> None:
    answer = front.ask("/test/stream")
    assert answer.read1(100) == b"data: first\n\n"  # the second is not sent before this one was read
    front.more.set()
    assert answer.read() == b"data: second\n\n"


def test_a_range_stays_a_range(front: Front) -> None:
    answer = front.ask("/test/sound", Range="bytes=1000-1999")
    assert (answer.status, answer.read()) == (206, SOUND[1000:2000])
    assert answer.getheader("Content-Range") == f"bytes 1000-1999/{len(SOUND)}"


def test_the_visitor_is_who_nginx_says_and_not_who_he_says(front: Front) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example", "Host": "desk.example.jp"}
    assert front.ask("/test/address", **headers).read().decode() == "127.0.0.1 desk.example.jp http"


def test_figures_stay_inside_and_the_log_has_no_query(front: Front) -> None:
    assert front.ask("/metrics").status == 404
    assert front.ask("/sign-in?tel=09012345678").status == 200
    wait_for(lambda: "/sign-in" in (front.folder / "access.log").read_text())
    assert "09012345678" not in (front.folder / "access.log").read_text()
