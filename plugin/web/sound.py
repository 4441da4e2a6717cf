"""The sound of a recording, as browsers ask for it: whole, a range, or only how much there is.

A player asks for a range every few seconds and at every seek, so what is granted is answered here in front of Flask, by
the same services and with the same headers. Whatever is not granted, or asked in any other way, goes on to Flask, which
judges it anew and says why.
"""

import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from time import perf_counter
from typing import Any

from flask import Flask

from plugin.core.ranges import ByteRange, Unsatisfiable, is_same_version, read_range
from plugin.core.staff import Staff
from plugin.services.playback import Opened, Playback
from plugin.web import door, headers, metrics
from plugin.wiring import House

VIEW = "playback.audio"
_PLACE = re.compile(r"/recordings/([0-9A-Z]{26})/audio")
_SENDING_BYTES = 262_144

_Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer: its status, its own headers, and its bytes, which are to be closed."""

    status: HTTPStatus
    headers: list[tuple[str, str]]
    body: Iterable[bytes] = ()


def answer(playback: Playback, actor: Staff, opened: Opened, environ: dict[str, Any]) -> Sent:
    """Return the sound that a GET asks for, or the head of it; raises as Playback.play does."""
    size, is_get = opened.size_bytes, environ["REQUEST_METHOD"] == "GET"
    asked = read_range(environ.get("HTTP_RANGE"), size) if is_get else None
    if not is_same_version(environ.get("HTTP_IF_RANGE"), opened.tag):
        asked = None
    told = [
        ("Accept-Ranges", "bytes"),
        ("X-Accel-Buffering", "no"),  # a proxy would read ahead, and keep plain sound in a file
        ("ETag", f'"{opened.tag}"'),
        ("Cache-Control", "no-store"),
    ]
    if isinstance(asked, Unsatisfiable):
        told += [("Content-Range", f"bytes */{size}"), ("Content-Length", "0")]
        return Sent(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, told)
    told.append(("Content-Type", opened.content_type))
    if not is_get:
        return Sent(HTTPStatus.OK, [*told, ("Content-Length", str(size))])
    part = asked or ByteRange(0, size)
    told.append(("Content-Length", str(part.length)))
    if asked:
        told.append(("Content-Range", f"bytes {part.start}-{part.stop - 1}/{size}"))
    body = playback.play(actor, opened, part.start, part.length)
    _send_in_small_steps(environ)
    return Sent(HTTPStatus.PARTIAL_CONTENT if asked else HTTPStatus.OK, told, body)


def _send_in_small_steps(environ: dict[str, Any]) -> None:
    """Let the system hold little of what is sent: what it holds still goes out after the grant has ended."""
    line = environ.get("gunicorn.socket")
    if isinstance(line, socket.socket):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SENDING_BYTES)


class SoundDoor:
    """The way to the sound in front of an application, which serves everything else."""

    def __init__(self, app: Flask, house: House) -> None:
        self._next: _Wsgi = app.wsgi_app
        self._house = house
        is_https = house.settings.public_url.startswith("https://")
        self._session_of = _reader(door.name_of_cookie("", is_https=is_https))
        self._grant_of = _reader(door.name_of_grant(is_https=is_https))
        self._always = headers.of_sound(is_https=is_https)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer as WSGI says."""
        place = _PLACE.fullmatch(environ["PATH_INFO"])
        if place is None or environ["REQUEST_METHOD"] != "GET" or door.SESSION_HEADER_KEY in environ:
            return self._next(environ, start_response)
        begun_s = perf_counter()
        try:
            sent = self._granted(place[1], environ)
        except Exception:  # noqa: BLE001  asked again there, where errors become words
            sent = None
        if sent is None:
            return self._next(environ, start_response)
        environ["denwaban.view"] = VIEW
        metrics.note(VIEW, "GET", sent.status, perf_counter() - begun_s)
        start_response(f"{sent.status.value} {sent.status.phrase}", sent.headers + self._always)
        return sent.body

    def _granted(self, recording_id: str, environ: dict[str, Any]) -> Sent | None:
        cookies = environ.get("HTTP_COOKIE", "")
        session, grant = self._session_of(cookies), self._grant_of(cookies)
        if len(session) != 1 or len(grant) != 1:
            return None
        actor = self._house.sessions.whose(session[0], door.spelled(environ.get("REMOTE_ADDR")))
        if actor.duty:
            return None
        opened = self._house.playback.open(actor, recording_id, grant[0])
        return answer(self._house.playback, actor, opened, environ)


def _reader(name: str) -> Callable[[str], list[str]]:
    """Return what finds the values of the cookie `name`; one in quotes, or of other letters, is none of ours."""
    return re.compile(rf"(?:^|;) ?{re.escape(name)}=([A-Za-z0-9_.~-]+)(?=;|$)", re.ASCII).findall
