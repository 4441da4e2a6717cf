"""How long sound goes on after its grant ends, for each way of ending: the last byte of a stream, and of ranges.

One connection reads the whole recording at a steady pace with a small buffer, another asks 64 KiB ranges one after the
other, as a player does; then the grant ends, and the clock runs until the last byte that either of them got.
"""

import random
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from sqlalchemy import update

from connectors.recordings import wave
from plugin.core.access import Purpose
from plugin.core.ids import CallId, CustomerId
from plugin.core.staff import Role, Staff
from plugin.store.tables.calls import calls
from plugin.store.tables.recordings import grants
from plugin.store.tables.staff import sessions, users
from plugin.wiring import House
from tests.bench import Row
from tests.bench.playback import imported
from tests.bench.site import BenchSite
from tests.kit.people import Town

_PACE_BYTES_S = 2_000_000
_PIECE_BYTES = 32_768
_RANGE_BYTES = 65_536
_BUFFER_BYTES = 65_536
_BEFORE_S = 1.0
_LONGEST_S = 25.0


@dataclass(frozen=True, slots=True)
class _Scene:
    """One listener with a running grant."""

    house: House
    staff: Staff
    recording: str
    token: str
    call: CallId
    taro: CustomerId


def _sign_out(scene: _Scene) -> None:
    scene.house.sessions.sign_out(scene.staff)


def _role(scene: _Scene) -> None:
    _set(scene, update(users).where(users.c.id == scene.staff.user_id).values(role=Role.ADMIN))


def _disabled(scene: _Scene) -> None:
    _set(scene, update(users).where(users.c.id == scene.staff.user_id).values(active=0))


def _session_over(scene: _Scene) -> None:
    _set(scene, update(sessions).where(sessions.c.token_hash == scene.staff.session_hash).values(expires_at=1))


def _revoked(scene: _Scene) -> None:
    scene.house.grants.revoke(scene.staff, scene.recording, scene.token)


def _expired(scene: _Scene) -> None:
    _set(scene, update(grants).where(grants.c.user_id == scene.staff.user_id).values(expires_at=1))


def _whose(scene: _Scene) -> None:
    _set(scene, update(calls).where(calls.c.id == scene.call).values(customer_id=scene.taro))


def _by_officer(scene: _Scene) -> None:
    officer = Town(scene.house.store, scene.house.clock()).staff(f"p-{time.monotonic_ns()}", Role.PRIVACY)
    mine = [each for each in scene.house.listening.live(officer) if each.sound_id == scene.recording]
    scene.house.listening.end(officer, mine[0].hash)


_ENDINGS: dict[str, Callable[[_Scene], None]] = {
    "signed out": _sign_out,
    "role changed": _role,
    "account closed": _disabled,
    "session over": _session_over,
    "revoked by himself": _revoked,
    "ended by the privacy officer": _by_officer,
    "grant expired": _expired,
    "call given to another": _whose,
}


def rows_of(sizes: Sequence[int]) -> list[Row]:
    """Measure each ending so many times; the worst counts."""
    sound = wave.head_of(60 * 60 * 16_000, 1, 8000) + random.Random(1).randbytes(60 * 60 * 16_000)
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        site = BenchSite(Path(folder), operators=len(_ENDINGS) * sizes[0])
        tokens = iter(site.tokens)
        with site:
            for name, end in _ENDINGS.items():
                runs = [_one(site, next(tokens), sound, end) for _ in range(sizes[0])]
                stream, ranges = (max(run[place] for run in runs) for place in (0, 1))
                found.append(
                    {"ending": name, "times": sizes[0], "stream_ms": round(stream), "ranges_ms": round(ranges)}
                )
    return found


def _one(site: BenchSite, token: str, sound: bytes, end: Callable[[_Scene], None]) -> tuple[float, float]:
    house = site.house
    user_id = house.sessions.whose(token, "127.0.0.1").user_id
    with house.store.write() as connection:
        connection.execute(update(users).where(users.c.id == user_id).values(role=Role.SUPERVISOR))
    staff = house.sessions.whose(token, "127.0.0.1")
    town, name = Town(house.store, house.clock()), str(time.monotonic_ns())
    call = town.call(town.customer(f"H-{name}"))
    recording = imported(house, sound, call)
    grant = house.grants.ask(staff, recording, Purpose.COMPLAINT, "BENCH-1")
    scene = _Scene(house, staff, recording, grant.token, call, town.customer(f"T-{name}"))
    last: dict[str, float] = {}
    headers = {"Cookie": f"denwaban={token}; denwaban-grant={grant.token}"}
    path = f"/recordings/{recording}/audio"
    readers = [
        threading.Thread(target=_stream, args=(site.port, path, headers, last)),
        threading.Thread(target=_ranges, args=(site.port, path, headers, len(sound), last)),
    ]
    for reader in readers:
        reader.start()
    until_s = time.monotonic() + _LONGEST_S
    while set(last) != {"stream", "ranges"} and time.monotonic() < until_s:
        time.sleep(0.05)
    time.sleep(_BEFORE_S)
    if set(last) != {"stream", "ranges"} or not all(reader.is_alive() for reader in readers):
        raise RuntimeError("nothing plays")
    ended_s = time.monotonic()
    end(scene)
    for reader in readers:
        reader.join(_LONGEST_S + 5)
    return tuple(max(0.0, (last[way] - ended_s) * 1000) for way in ("stream", "ranges"))  # type: ignore[return-value]


def _stream(port: int, path: str, headers: dict[str, str], last: dict[str, float]) -> None:
    request = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
    line.settimeout(_LONGEST_S)
    with line:
        line.connect(("127.0.0.1", port))
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n{request}\r\n".encode())
        until_s = time.monotonic() + _LONGEST_S
        while time.monotonic() < until_s and line.recv(_PIECE_BYTES):
            last["stream"] = time.monotonic()
            time.sleep(_PIECE_BYTES / _PACE_BYTES_S)


def _ranges(port: int, path: str, headers: dict[str, str], size: int, last: dict[str, float]) -> None:
    places, line = random.Random(7), HTTPConnection("127.0.0.1", port, timeout=_LONGEST_S)
    until_s = time.monotonic() + _LONGEST_S
    while time.monotonic() < until_s:
        start = places.randrange(size - _RANGE_BYTES)
        line.request("GET", path, headers=headers | {"Range": f"bytes={start}-{start + _RANGE_BYTES - 1}"})
        answer = line.getresponse()
        answer.read()
        if answer.status != 206:
            return
        last["ranges"] = time.monotonic()
        time.sleep(0.02)


def _set(scene: _Scene, statement: object) -> None:
    with scene.house.store.write() as connection:
        connection.execute(statement)  # type: ignore[call-overload]
