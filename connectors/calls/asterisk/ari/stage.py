"""Where a supervisor meets a talk: our application in the exchange, which brings his phone, an ear and a room together.

It keeps nothing: the names of one order share a token (`denwaban-sup-…`, `-ear-`, `-room-`; a tape ends with its call),
so what stands in the exchange tells after a break or a restart what belongs together, and what is left alone is ended.
"""

import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from connectors.calls.asterisk.ari.line import AriAccount, AriLine
from connectors.calls.asterisk.ari.orders import EAR, PAUSED, RESUMED, ROOM, SUPERVISOR, TAPE, call_of_tape
from connectors.calls.asterisk.ari.talk import read_channels
from plugin.core.calls import CallEvent, EventType, RecordingFact, RecordingKind
from plugin.core.control import ControlAct
from plugin.core.errors import DenwabanError, NotFound, OutsideError, Unavailable
from plugin.core.ports import Clock, StreamReport

_MOST_BYTES = 1 << 20
_OPEN_S = 5.0
_QUIET_S = 0.5
_ANSWER_S = 8.0  # nobody's page waits for the stage
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_WHISPERS = {ControlAct.LISTEN.value: "none", ControlAct.WHISPER.value: "out"}
_PAUSES = {PAUSED: EventType.RECORDING_PAUSED, RESUMED: EventType.RECORDING_RESUMED}

Take = Callable[[list[CallEvent]], None]


class AriStage:
    """One exchange's stage (CallStream of plugin/core/ports.py): its events are the recordings that were ordered."""

    def __init__(
        self,
        source: str,
        account: AriAccount,
        clock: Clock,
        report: Callable[[StreamReport], None],
        *,
        wait: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._source = source
        self._account = account
        self._clock = clock
        self._report = report
        self._wait = wait
        self._chance = chance
        self._told: bool | None = None
        self._waiting: list[CallEvent] = []

    def run(self, take: Take, stop: Callable[[], bool]) -> None:
        """Stay connected until `stop()`, do what those who come in were called for, and tell of recordings."""
        failures = 0
        while not stop():
            try:
                left_alone = self._alone()
                with self._open() as line:
                    failures = 0
                    self._tell(up=True)
                    self._tidy(left_alone)
                    self._listen(line, take, stop)
            except (OSError, WebSocketException, OutsideError, NotFound) as error:
                failures += 1
                self._tell(up=False, reason=_reason(error))
                self._pause(failures, stop)
        self._hand_on(take)

    def _open(self) -> ClientConnection:
        place = urlsplit(self._account.url)
        scheme = "wss" if place.scheme == "https" else "ws"
        path = f"{place.path.rstrip('/')}/events?app={quote(self._account.app, safe='')}"
        who = f"{quote(self._account.username, safe='')}:{quote(self._account.password, safe='')}"
        return connect(
            f"{scheme}://{who}@{place.netloc}{path}",
            open_timeout=_OPEN_S,
            max_size=_MOST_BYTES,
            proxy=None,
        )

    def _listen(self, line: ClientConnection, take: Take, stop: Callable[[], bool]) -> None:
        while not stop():
            with suppress(TimeoutError):
                self._waiting += self._hear(line.recv(timeout=_QUIET_S))
            self._hand_on(take)

    def _hand_on(self, take: Take) -> None:
        if self._waiting:
            try:
                take(list(self._waiting))
            except Unavailable:
                return  # the same events again after a moment
            self._waiting.clear()

    def _hear(self, said: str | bytes) -> list[CallEvent]:
        """Do what one message asks for; what cannot be read, or is not about us, asks for nothing."""
        try:
            message = json.loads(said)
            kind = message["type"]
            if kind == "StasisStart":
                self._enter(message["channel"]["id"], [str(one) for one in message["args"]])
            elif kind in ("StasisEnd", "ChannelDestroyed"):
                self._leave(message["channel"]["id"])
            elif kind in ("RecordingStarted", "RecordingFinished", "RecordingFailed"):
                return self._tape(kind, message["recording"], message["timestamp"])
            elif kind == "ChannelUserevent" and message["eventname"] in _PAUSES:
                return self._pause_of(message["channel"]["id"], message["eventname"], message["timestamp"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return []
        return []

    def _enter(self, channel: str, args: list[str]) -> None:
        if channel.startswith(SUPERVISOR):
            self._or_hang_up(channel, lambda line: self._lend_ear(line, channel, args))
        elif channel.startswith(EAR):
            self._or_hang_up(channel, lambda line: self._bring_together(line, channel))
        elif channel.startswith(TAPE):
            self._or_hang_up(channel, lambda line: self._roll(line, channel))

    def _lend_ear(self, line: AriLine, supervisor: str, args: list[str]) -> None:
        act, target = args
        token = supervisor.removeprefix(SUPERVISOR)
        asked = {"spy": "both", "whisper": _WHISPERS[act], "app": self._account.app, "appArgs": "ear"}
        line.post("channels", target, "snoop", EAR + token, **asked)

    def _bring_together(self, line: AriLine, ear: str) -> None:
        token = ear.removeprefix(EAR)
        line.post("bridges", ROOM + token, type="mixing")
        line.post("bridges", ROOM + token, "addChannel", channel=f"{SUPERVISOR + token},{ear}")

    def _roll(self, line: AriLine, tape: str) -> None:
        line.post("channels", tape, "record", name=tape, format="wav", ifExists="fail")

    def _or_hang_up(self, channel: str, work: Callable[[AriLine], None]) -> None:
        line = AriLine(self._account, step_s=_ANSWER_S)
        try:
            work(line)
        except (DenwabanError, ValueError, KeyError):
            self._leave(channel)  # nobody waits in silence for what cannot come about
            self._end(line, channel)
        finally:
            line.close()

    def _leave(self, channel: str) -> None:
        """End what stood there for this one alone."""
        for prefix, other in ((SUPERVISOR, EAR), (EAR, SUPERVISOR)):
            if channel.startswith(prefix):
                token = channel.removeprefix(prefix)
                line = AriLine(self._account, step_s=_ANSWER_S)
                try:
                    self._end(line, other + token)
                    line.delete("bridges", ROOM + token)
                except OutsideError:
                    continue  # it is looked at again after the next connection
                finally:
                    line.close()

    @staticmethod
    def _end(line: AriLine, channel: str) -> None:
        try:
            line.delete("channels", channel)
        except OutsideError:
            return

    def _tidy(self, left_alone: set[str]) -> None:
        """End what was left alone while nobody stood on the stage: an ear without a phone, a phone without an ear.

        `left_alone` is who stood so before we could hear: nobody will tell us of them again. Whoever came in since is
        told of, and waits for his turn; a phone that rings has not come in yet.
        """
        line = AriLine(self._account, step_s=_ANSWER_S)
        try:
            for channel in left_alone & self._alone():
                self._end(line, channel)
            for room, inside in _rooms(line).items():
                if room.startswith(ROOM) and not inside:
                    line.delete("bridges", room)
        finally:
            line.close()

    def _alone(self) -> set[str]:
        """Return the phones that were taken, and the ears, that share a room with nobody."""
        line = AriLine(self._account, step_s=_ANSWER_S)
        try:
            ours = {one.id for one in read_channels(line.get("channels")) if one.is_up}
            rooms = _rooms(line)
        finally:
            line.close()
        return {
            channel
            for channel in ours
            for prefix in (SUPERVISOR, EAR)
            if channel.startswith(prefix) and len(rooms.get(ROOM + channel.removeprefix(prefix), ())) < 2
        }

    def _tape(self, kind: str, told: Any, timestamp: str) -> list[CallEvent]:
        name = str(told["name"])
        if not name.startswith(TAPE):
            return []
        call_id = call_of_tape(name)
        at = _read_time(timestamp, self._clock)
        type_ = {
            "RecordingStarted": EventType.RECORDING_STARTED,
            "RecordingFinished": EventType.RECORDING_READY,
        }.get(kind, EventType.RECORDING_FAILED)
        length = timedelta(seconds=int(told.get("duration") or 0)) if kind == "RecordingFinished" else None
        fact = RecordingFact(
            id=name,
            uri=f"ari:/{name}.wav",
            kind=RecordingKind.TRIGGERED,
            started_at=at if length is None else at - length,
            ended_at=None if type_ is EventType.RECORDING_STARTED else at,
        )
        return [CallEvent(f"{name}/{type_.value}", self._source, type_, at, (call_id,), recording=fact)]

    def _pause_of(self, name: str, word: str, timestamp: str) -> list[CallEvent]:
        if not name.startswith(TAPE):
            return []
        at = _read_time(timestamp, self._clock)
        type_ = _PAUSES[word]
        fact = RecordingFact(name, kind=RecordingKind.TRIGGERED)
        key = f"{name}/{type_.value}/{at.isoformat()}"
        return [CallEvent(key, self._source, type_, at, (call_of_tape(name),), recording=fact)]

    def _tell(self, *, up: bool, reason: str = "") -> None:
        if self._told != up:
            self._told = up
            self._report(StreamReport(self._source, "stage_connected" if up else "stage_lost", reason))

    def _pause(self, failures: int, stop: Callable[[], bool]) -> None:
        longest = min(_FIRST_PAUSE_S * 2.0 ** min(failures - 1, 10), _LONGEST_PAUSE_S)
        left_s = longest * (0.5 + self._chance() / 2)
        while left_s > 0 and not stop():
            self._wait(min(left_s, _QUIET_S))
            left_s -= _QUIET_S


def _rooms(line: AriLine) -> dict[str, set[str]]:
    try:
        return {str(one["id"]): {str(channel) for channel in one["channels"]} for one in line.get("bridges")}
    except (KeyError, TypeError) as error:
        raise OutsideError("bad_answer") from error


def _reason(error: Exception) -> str:
    if isinstance(error, OutsideError):
        return error.reason
    if isinstance(error, InvalidStatus):
        return "login_refused" if error.response.status_code in (401, 403) else "not_ari"
    if isinstance(error, InvalidHandshake | NotFound):
        return "not_ari"
    return "unreachable" if isinstance(error, OSError) else "closed"


def _read_time(text: str, clock: Clock) -> datetime:
    try:
        read = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
    except ValueError:
        return clock()
    return read.astimezone(clock().tzinfo)
