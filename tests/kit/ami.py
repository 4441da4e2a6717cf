"""An exchange's manager interface on a real TCP port of loopback: greets, signs in, answers lists and pings, then plays
sessions byte for byte as they were captured.
"""

import hashlib
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO

from connectors.calls.asterisk import Account

USER, SECRET, CHALLENGE = "denwaban", "s3cret", "148012345"
MARKERS = (b"### CONNECTION LOST (real break)", b"### EOF from PBX")


@dataclass(frozen=True)
class Play:
    """One session: its bytes, the sizes in which they are sent (in turn), whether it answers lists by itself."""

    data: bytes
    sizes: Sequence[int] = (1 << 20,)
    lists: bool = True
    pings: bool = True
    challenge: bool = True
    closes: bool = True
    greeting: bytes = b"Asterisk Call Manager/11.0.0\r\n"
    allows_lists: bool = True
    uptime_s: int | None = None
    proxy: bool = False  # answers everything as one who has signed in for us, and names no action
    dials: str = "Success"  # what an order to dial is answered; nothing: no answer at all
    listed: bytes = b"Event: CoreShowChannelsComplete\r\nEventList: Complete\r\nListItems: 0\r\n\r\n"


def sessions_of(data: bytes, sizes: Sequence[int] = (1 << 20,)) -> list[Play]:
    """Return a capture as the sessions that it holds, without their own greetings and log-ins."""
    for marker in MARKERS:
        data = data.replace(marker, MARKERS[0])
    parts = data.split(MARKERS[0])
    trimmed = [part.strip().partition(b"\r\n\r\n")[2] + b"\r\n\r\n" for part in parts]
    return [Play(part, sizes, lists=number == 0) for number, part in enumerate(trimmed)]


class FakeAmi:
    """Serves the plays, one connection each; later connections are refused by a closed door."""

    def __init__(self, plays: Sequence[Play]) -> None:
        self._plays = list(plays)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.settimeout(120)  # a process that is to connect may have to be started first
        self.account = Account("127.0.0.1", self._door.getsockname()[1], USER, SECRET)
        self.said: list[dict[str, str]] = []
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> "FakeAmi":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._door.close()
        self._thread.join(120)

    def _serve(self) -> None:
        for play in self._plays:
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            with line, line.makefile("rb") as heard:
                try:
                    self._play(line, heard, play)
                except OSError:
                    continue
        self._door.close()

    def _play(self, line: socket.socket, heard: BinaryIO, play: Play) -> None:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.settimeout(120)
        line.sendall(play.greeting)
        played = False
        while (action := _read_action(heard)) is not None:
            self.said.append(action)
            line.sendall(self._answer(action, play))
            if action["Action"] == "Ping" and not played:
                played = True
                self._send(line, play)
                if play.closes:
                    return

    def _send(self, line: socket.socket, play: Play) -> None:
        start, turn = 0, 0
        while start < len(play.data):
            size = play.sizes[turn % len(play.sizes)]
            line.sendall(play.data[start : start + size])
            start, turn = start + size, turn + 1

    def _answer(self, action: dict[str, str], play: Play) -> bytes:
        if play.proxy:
            return b"Response: Success\r\nMessage: Authentication accepted\r\n\r\n"
        match action["Action"]:
            case "Challenge" if play.challenge:
                return _response(action, "Success", Challenge=CHALLENGE)
            case "Login":
                booted = (
                    b"" if play.uptime_s is None else f"Event: FullyBooted\r\nUptime: {play.uptime_s}\r\n\r\n".encode()
                )
                return _response(action, "Success" if _is_right(action) else "Error", Message="said") + booted
            case "CoreShowChannels" if not play.allows_lists:
                return _response(action, "Error", Message="Permission denied")
            case "CoreShowChannels" if play.lists:
                return _response(action, "Success", EventList="start") + play.listed
            case "CoreShowChannels" | "QueueStatus":
                return b""
            case "Ping" if not play.pings and action["ActionID"] != "denwaban-5":
                return b""
            case "Ping":
                return _response(action, "Success", Ping="Pong")
            case "Originate":
                return _response(action, play.dials, Message="said") if play.dials else b""
        return _response(action, "Error", Message="Invalid/unknown command")


def _is_right(action: dict[str, str]) -> bool:
    key = hashlib.md5(f"{CHALLENGE}{SECRET}".encode(), usedforsecurity=False).hexdigest()
    return action["Username"] == USER and (action.get("Key") == key or action.get("Secret") == SECRET)


def _response(action: dict[str, str], word: str, **fields: str) -> bytes:
    pairs = {"Response": word, "ActionID": action["ActionID"], **fields}
    return "".join(f"{key}: {value}\r\n" for key, value in pairs.items()).encode() + b"\r\n"


def _read_action(heard: BinaryIO) -> dict[str, str] | None:
    lines: list[tuple[str, str]] = []
    while (line := heard.readline().rstrip(b"\r\n")) or not lines:
        if not line:
            return None
        key, _, value = line.decode().partition(": ")
        lines.append((key, value))
    return dict(lines)
