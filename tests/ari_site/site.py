"""The interface itself: HTTP with Basic authentication, and the WebSocket of events.

The WebSocket is written to RFC 6455 by hand, so that the client's library is not its own judge.
"""

import base64
import hashlib
import json
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.ari_site.exchange import Event, Exchange, Refused, told
from tests.kit.loopback import Line, LoopbackConnection, LoopbackServer, OnLine

USER, SECRET = "denwaban", "s3cret/with@signs"
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class AriSite(OnLine):
    """`with AriSite() as site:`; `site.exchange` is what is behind it, `site.asked` what was asked, in order."""

    def __init__(self) -> None:
        self.exchange = Exchange()
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.silent = False
        self.answer: tuple[int, bytes] | None = None  # what everything is answered with, where a test says so
        server = _Server(("127.0.0.1", 0), _Connection)
        server.site = self
        self._line = Line(server)
        self.url = f"{self._line.url}/ari"

    def cut(self) -> None:
        """Break every line, also that of events."""
        server = self._line._server
        server.hang_up()
        server.closing.clear()


class _Server(LoopbackServer):
    site: AriSite


class _Connection(LoopbackConnection):
    server: _Server

    def do_GET(self) -> None:  # noqa: N802  http.server's name
        self._do()

    def do_POST(self) -> None:  # noqa: N802  http.server's name
        self._do()

    def do_DELETE(self) -> None:  # noqa: N802  http.server's name
        self._do()

    def _do(self) -> None:
        ask, site = self.asked(), self.server.site
        place = urlsplit(ask.target)
        given = dict(parse_qsl(place.query, keep_blank_values=True, strict_parsing=bool(place.query)))
        token = base64.b64encode(f"{USER}:{SECRET}".encode()).decode()
        if ask.headers.get("authorization") != f"Basic {token}":
            return self._say(401, {"message": "Authentication required"})
        parts = tuple(unquote(part) for part in place.path.split("/")[2:])
        if parts == ("events",) and ask.headers.get("upgrade", "").lower() == "websocket":
            return self._events(ask.headers["sec-websocket-key"], given["app"])
        site.asked.append((ask.method, "/".join(parts), given))
        if site.silent:
            return self.server.keep_silent(self)
        if site.answer is not None:
            return self.reply(*site.answer, {"Content-Type": "application/json"})
        try:
            status, said = _act(site.exchange, ask.method, parts, given)
        except Refused as error:
            status, said = error.status, {"message": error.message}
        return self._say(status, said)

    def _say(self, status: int, said: Any) -> None:
        body = b"" if said is None else json.dumps(said).encode()
        self.reply(status, body, {"Content-Type": "application/json"})

    def _events(self, key: str, app: str) -> None:
        accept = base64.b64encode(hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest()).decode()
        self.close_connection = True
        self.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)):
            self.send_header(name, value)
        self.end_headers()
        lock = threading.Lock()

        def write(opcode: int, data: bytes) -> None:
            head = struct.pack("!BB", 0x80 | opcode, len(data)) if len(data) < 126 else None
            with lock:
                self.wfile.write((head or struct.pack("!BBH", 0x80 | opcode, 126, len(data))) + data)

        def hear(event: Event) -> None:
            try:
                write(_TEXT, json.dumps(event).encode())
            except OSError:
                return

        leave = self.server.site.exchange.listen(app, hear)
        try:
            self._hear_client(write)
        except (OSError, struct.error):
            return
        finally:
            leave()

    def _hear_client(self, write: Callable[[int, bytes], None]) -> None:
        self.request.settimeout(None)
        while True:
            first, second = struct.unpack("!BB", self.rfile.read(2))
            length = second & 0x7F
            if length == 126:
                (length,) = struct.unpack("!H", self.rfile.read(2))
            mask = self.rfile.read(4)
            data = bytes(byte ^ mask[place % 4] for place, byte in enumerate(self.rfile.read(length)))
            if first & 0x0F == _CLOSE:
                write(_CLOSE, data)
                self.request.shutdown(socket.SHUT_WR)
                return
            if first & 0x0F == _PING:
                write(_PONG, data)


def _act(pbx: Exchange, method: str, parts: tuple[str, ...], given: dict[str, str]) -> tuple[int, Any]:
    """Do what a request asks; a parameter that nothing takes is refused."""
    for wanted, act in _ROUTES.items():
        names = wanted.split("/")
        if names[0] == method and len(names) == len(parts) + 1:
            pairs = list(zip(names[1:], parts, strict=True))
            if all(name == part or name.startswith("<") for name, part in pairs):
                with pbx.changed:
                    return act(pbx, *(part for name, part in pairs if name.startswith("<")), **given)
    raise Refused(404, "Resource not found")


def _only(given: dict[str, str], **names: str) -> dict[str, str]:
    if unknown := given.keys() - names.keys():
        raise Refused(400, f"unknown parameters: {sorted(unknown)}")
    return {names[name]: value for name, value in given.items()}


def _channels(pbx: Exchange) -> tuple[int, Any]:
    return 200, [told(one) for one in pbx.channels.values()]


def _bridges(pbx: Exchange) -> tuple[int, Any]:
    return 200, [{"id": id_, "channels": sorted(inside)} for id_, inside in pbx.bridges.items()]


def _variable(pbx: Exchange, id_: str, **given: str) -> tuple[int, Any]:
    if id_ not in pbx.channels:
        raise Refused(404, "Channel not found")
    variable = _only(given, variable="name")["name"]
    return 200, {"value": pbx.channels[id_].linkedid if variable == "CHANNEL(linkedid)" else ""}


def _originate(pbx: Exchange, **given: str) -> tuple[int, Any]:
    known = {"endpoint", "app", "appArgs", "channelId", "callerId", "timeout"}
    if given.keys() != known or not given["timeout"].isdigit():
        raise Refused(400, "unknown parameters")
    return 200, told(pbx.originate(given["endpoint"], given["app"], given["appArgs"], given["channelId"]))


def _snoop(pbx: Exchange, id_: str, snoop: str, **given: str) -> tuple[int, Any]:
    known = {"spy": "spy", "whisper": "whisper", "app": "app", "appArgs": "args"}
    return 200, told(pbx.snoop(id_, snoop, **_only(given, **known)))


def _record(pbx: Exchange, id_: str, **given: str) -> tuple[int, Any]:
    known = {"name": "name", "format": "format_", "ifExists": "if_exists"}
    return 201, {"name": pbx.record(id_, **_only(given, **known)).name}


def _hang_up(pbx: Exchange, id_: str) -> tuple[int, Any]:
    if id_ not in pbx.channels:
        raise Refused(404, "Channel not found")
    pbx.hang_up(id_)
    return 204, None


def _make_bridge(pbx: Exchange, id_: str, **given: str) -> tuple[int, Any]:
    pbx.make_bridge(id_, **_only(given, type="kind"))
    return 200, {"id": id_, "channels": []}


def _add(pbx: Exchange, id_: str, **given: str) -> tuple[int, Any]:
    pbx.add(id_, _only(given, channel="ids")["ids"].split(","))
    return 204, None


def _drop_bridge(pbx: Exchange, id_: str) -> tuple[int, Any]:
    pbx.drop_bridge(id_)
    return 204, None


def _mute(pbx: Exchange, name: str) -> tuple[int, Any]:
    pbx.mute(name, on=True)
    return 204, None


def _unmute(pbx: Exchange, name: str) -> tuple[int, Any]:
    pbx.mute(name, on=False)
    return 204, None


def _tell(pbx: Exchange, word: str, **given: str) -> tuple[int, Any]:
    pbx.tell(word, **_only(given, application="app", source="source"))
    return 204, None


def _applications(pbx: Exchange) -> tuple[int, Any]:
    return 200, [{"name": "denwaban", "channel_ids": []}] if pbx.is_heard() else []


_ROUTES: dict[str, Callable[..., tuple[int, Any]]] = {
    "GET/applications": _applications,
    "GET/channels": _channels,
    "GET/bridges": _bridges,
    "GET/channels/<id>/variable": _variable,
    "POST/channels": _originate,
    "POST/channels/<id>/snoop/<snoop>": _snoop,
    "POST/channels/<id>/record": _record,
    "DELETE/channels/<id>": _hang_up,
    "POST/bridges/<id>": _make_bridge,
    "POST/bridges/<id>/addChannel": _add,
    "DELETE/bridges/<id>": _drop_bridge,
    "POST/events/user/<word>": _tell,
    "POST/recordings/live/<name>/mute": _mute,
    "DELETE/recordings/live/<name>/mute": _unmute,
}
