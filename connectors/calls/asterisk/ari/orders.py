"""What is asked of an ARI in a talk: let a supervisor hear or whisper, and record. One order, given once.

The supervisor's phone rings in our application with what to do written on it; the stage (stage.py) does it once he
takes it. So an order outlives whoever gave it, and nothing of it is kept here.
"""

import re
import secrets
from collections.abc import Sequence
from contextlib import suppress

from connectors.calls.asterisk.ari.line import AriAccount, AriLine
from connectors.calls.asterisk.ari.talk import Talk, find_talk, read_channels, read_rooms
from plugin.core.control import CallOrder, ControlAct
from plugin.core.errors import InputError, NotFound, OutsideError

PAUSED, RESUMED = "DenwabanPaused", "DenwabanResumed"
SUPERVISOR, EAR, ROOM, TAPE = "denwaban-sup-", "denwaban-ear-", "denwaban-room-", "denwaban-rec-"
_EXTENSION = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_CALL_ID = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_RING_S = 20
_LINKED = "CHANNEL(linkedid)"


def call_of_tape(name: str) -> str:
    """Return the id of the call that a recording of ours is of: its name ends with it, as those of the dialplan do."""
    return name.removeprefix(TAPE).partition("-")[2]


class AriOrders:
    """The orders to one ARI; `channel` is an operator's phone (with {extension}), `trunks` are the customers'."""

    def __init__(self, account: AriAccount, channel: str, trunks: Sequence[str]) -> None:
        self._account = account
        self._channel = channel
        self._trunks = tuple(trunks)

    def find(self, order: CallOrder) -> tuple[Talk, tuple[str, ...]]:
        """Return the talk that the order is about, and the tapes that run of it. Raises NotFound and OutsideError."""
        line = AriLine(self._account)
        try:
            channels = read_channels(line.get("channels"))
            rooms = read_rooms(line.get("bridges"))

            def linked_to(channel: str) -> str:
                try:
                    said = line.get("channels", channel, "variable", variable=_LINKED)
                except NotFound:
                    return ""
                return str(said.get("value", "")) if isinstance(said, dict) else ""

            talk = find_talk(channels, rooms, order.call_ids, order.agent, self._trunks, linked_to)
        finally:
            line.close()
        tapes = tuple(one.id for one in channels if one.id.startswith(TAPE) and one.name.startswith(_snoop_of(talk)))
        return talk, tapes

    def join(self, order: CallOrder, talk: Talk) -> None:
        """Ring the supervisor's phone; once he takes it he hears the talk, and whispers where that is ordered."""
        extension = order.extension or ""
        if not _EXTENSION.fullmatch(extension):
            raise InputError("extension")
        self._do(
            "channels",
            endpoint=self._channel.replace("{extension}", extension),
            app=self._account.app,
            appArgs=f"{order.act.value},{talk.agent.id}",
            channelId=SUPERVISOR + secrets.token_hex(8),
            callerId="Denwaban",
            timeout=str(_RING_S),
        )

    def record(self, talk: Talk, call_id: str) -> None:
        """Begin a recording of the talk of its own; the stage starts it and tells of it. InputError("call_id")."""
        if not _CALL_ID.fullmatch(call_id):
            raise InputError("call_id")
        self._do(
            *("channels", talk.agent.id, "snoop", f"{TAPE}{secrets.token_hex(8)}-{call_id}"),
            spy="both",
            whisper="none",
            app=self._account.app,
            appArgs=ControlAct.RECORD.value,
        )

    def mute(self, tape: str, *, on: bool) -> None:
        """Keep a stretch out of a recording of ours, or end the stretch.

        ARI tells nobody that a recording was muted: an event of our own tells the stage, where one hears.
        """
        line = AriLine(self._account)
        try:
            if on:
                line.post("recordings", "live", tape, "mute")
            else:
                line.delete("recordings", "live", tape, "mute")
            with suppress(NotFound):
                said = PAUSED if on else RESUMED
                line.post("events", "user", said, application=self._account.app, source=f"channel:{tape}")
        finally:
            line.close()

    def _do(self, *path: str, **asked: str) -> None:
        line = AriLine(self._account)
        try:
            line.post(*path, **asked)
        except OutsideError as error:
            if error.reason == "ari_500":  # what ARI says of a phone that nobody has
                raise InputError("extension") from error
            raise
        finally:
            line.close()


def _snoop_of(talk: Talk) -> str:
    return f"Snoop/{talk.agent.id}-"
