"""An exchange's manager interface on a real TCP port of loopback: greets, signs in, answers lists and pings, then plays
sessions byte for byte as they were captured.
"""

import hashlib
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
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
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)  # closing alone wakes nobody who waits at it
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
            line.sendall(_answered(action, play))
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


class Exchange:
    """An exchange that dials: whoever listens hears of the call that an order to dial makes, as an Asterisk tells it.

    `answers`: whether the customer takes the call; it stays up until `hang_up`. Any number of sessions at once.
    """

    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers
        self.said: list[dict[str, str]] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.settimeout(120)
        self.account = Account("127.0.0.1", self._door.getsockname()[1], USER, SECRET)
        self._lines: list[socket.socket] = []
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._serve)]
        self._last: Dialled | None = None

    def __enter__(self) -> "Exchange":
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        with self._lock:
            for line in self._lines:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(120)

    def hang_up(self) -> None:
        """The customer puts down the phone."""
        assert self._last is not None
        self._tell(self._last.ended())

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            with self._lock:
                self._lines.append(line)
            thread = threading.Thread(target=self._talk, args=(line,))
            self._threads.append(thread)
            thread.start()

    def _talk(self, line: socket.socket) -> None:
        play = Play(b"")
        with line, line.makefile("rb") as heard, suppress(OSError):
            line.sendall(play.greeting)
            while (action := _read_action(heard)) is not None:
                self.said.append(action)
                with self._lock:
                    line.sendall(_answered(action, play))
                if action["Action"] == "Originate":
                    self._last = Dialled(action["Channel"], action["Exten"])
                    self._tell(self._last.placed() + (self._last.answered() if self.answers else b""))
        with self._lock:
            self._lines.remove(line)

    def _tell(self, events: bytes) -> None:
        with self._lock:
            for line in self._lines:
                with suppress(OSError):
                    line.sendall(events)


class Dialled:
    """The events of a call that an order to dial makes, in the words of the outgoing call that was captured.

    The operator's channel is created Down, rung, and taken, as an exchange does with what it calls itself.
    """

    def __init__(self, channel: str, number: str) -> None:
        self.mine = {"Channel": f"{channel}-000000a2", "Uniqueid": "pbx1-1795388410.461", "Context": "from-internal"}
        self.his = {"Channel": "PJSIP/trunk-000000a3", "Uniqueid": "pbx1-1795388410.462", "Context": "from-pstn"}
        self.number = number
        for one in (self.mine, self.his):
            one["Linkedid"] = self.mine["Uniqueid"]
            one["ChanVariable"] = "CALLERID(num-pres)=allowed_not_screened"

    def placed(self) -> bytes:
        """The operator takes his phone, and it dials."""
        dest = {f"Dest{name}": value for name, value in self.his.items()} | {"DestChannelStateDesc": "Down"}
        return b"".join(
            (
                _event("Newchannel", self.mine, ChannelStateDesc="Down", CallerIDNum="", Exten=self.number),
                _event("Newstate", self.mine, ChannelStateDesc="Ringing"),
                _event("Newstate", self.mine, ChannelStateDesc="Up"),
                _event("Newchannel", self.his, ChannelStateDesc="Down", CallerIDNum="<unknown>", Exten="s"),
                _event(
                    "DialBegin",
                    self.mine | dest,
                    ChannelStateDesc="Up",
                    CallerIDNum="0300000101",
                    DestCallerIDNum=self.number,
                    DialString=f"{self.number}@trunk",
                ),
            )
        )

    def answered(self) -> bytes:
        """The customer takes his phone; both stand in one bridge."""
        dest = {f"Dest{name}": value for name, value in self.his.items()}
        bridge = "e1c34bae-c659-4486-be5e-a6be24162900"
        return b"".join(
            (
                _event("Newstate", self.his, ChannelStateDesc="Up"),
                _event("DialEnd", self.mine | dest, DialStatus="ANSWER"),
                _event("BridgeEnter", self.his, BridgeUniqueid=bridge, ChannelStateDesc="Up"),
                _event("BridgeEnter", self.mine, BridgeUniqueid=bridge, ChannelStateDesc="Up"),
            )
        )

    def ended(self) -> bytes:
        """The customer puts down the phone."""
        return b"".join(
            (
                _event("HangupRequest", self.his, Cause="16"),
                _event("Hangup", self.his, Cause="16"),
                _event("Hangup", self.mine, Cause="16"),
            )
        )


def _event(name: str, about: dict[str, str], **more: str) -> bytes:
    lines = {"Event": name, **about, **more}
    return "".join(f"{key}: {value}\r\n" for key, value in lines.items()).encode() + b"\r\n"


def _answered(action: dict[str, str], play: Play) -> bytes:
    if play.proxy:
        return b"Response: Success\r\nMessage: Authentication accepted\r\n\r\n"
    match action["Action"]:
        case "Challenge" if play.challenge:
            return _response(action, "Success", Challenge=CHALLENGE)
        case "Login":
            booted = b"" if play.uptime_s is None else f"Event: FullyBooted\r\nUptime: {play.uptime_s}\r\n\r\n".encode()
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
        case "Originate" | "Redirect" | "MixMonitorMute":
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
