"""One session with the manager interface: connect, sign in, ask, hear. It keeps no state of calls and never reconnects.

Fails with OutsideError and nothing else: unreachable, closed, silent, not_asterisk, bad_stream, login_refused
and bad_account (permanent: the account must be mended first).
"""

import hashlib
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from connectors.calls.asterisk.wire import GREETING, Message, Reader, write_action
from plugin.core.errors import InputError, OutsideError

_CHUNK_BYTES = 65_536
_SIGNED_IN = "Authentication accepted"


@dataclass(frozen=True, slots=True)
class Account:
    """Where the manager interface is, and who we are there."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long we wait, in seconds: for a connection or an answer, before a ping, for its answer, for one read."""

    answer_s: float = 10.0
    ping_s: float = 20.0
    pong_s: float = 10.0
    read_s: float = 0.5


class Session:
    """A connection that is signed in. `ticks` counts seconds, never backwards."""

    def __init__(self, account: Account, patience: Patience, ticks: Callable[[], float]) -> None:
        self._patience = patience
        self._ticks = ticks
        self._reader = Reader()
        self._ahead: deque[Message] = deque()
        self._asked = 0
        self._pinged_at: float | None = None
        try:
            self._socket = socket.create_connection((account.host, account.port), timeout=patience.answer_s)
        except OSError as error:
            raise OutsideError("unreachable") from error
        try:
            self._socket.settimeout(patience.read_s)
            self._heard_at = ticks()
            self._greet()
            self._sign_in(account)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Put down."""
        self._socket.close()

    def say(self, action: str, **fields: str) -> str:
        """Send an action and return the ActionID under which it will be answered."""
        self._asked += 1
        action_id = f"denwaban-{self._asked}"
        try:
            self._socket.sendall(write_action(action, ActionID=action_id, **fields))
        except InputError as error:
            raise OutsideError("bad_account", permanent=True) from error
        except OSError as error:
            raise OutsideError("closed") from error
        return action_id

    def ask(self, action: str, **fields: str) -> Message:
        """Send an action and return the response to it; whatever else comes meanwhile is heard later.

        A response without an ActionID, as proxies of the interface give, is taken for the one that is waited for.
        """
        known = ("", self.say(action, **fields))
        return self._await(lambda one: "Response" in one and one.get("ActionID") in known)

    def hear(self) -> list[Message]:
        """Return the next messages, none where it is quiet for a moment; pings an exchange that says nothing."""
        if self._ahead:
            waiting = list(self._ahead)
            self._ahead.clear()
            return waiting
        messages = self._read()
        now = self._ticks()
        if messages:
            self._heard_at, self._pinged_at = now, None
        elif self._pinged_at is not None:
            if now - self._pinged_at > self._patience.pong_s:
                raise OutsideError("silent")
        elif now - self._heard_at > self._patience.ping_s:
            self.say("Ping")
            self._pinged_at = now
        return messages

    def _read(self) -> list[Message]:
        try:
            return self._reader.feed(self._receive())
        except InputError as error:
            raise OutsideError("bad_stream") from error

    def _receive(self) -> bytes:
        """Return the next bytes, none where it is quiet for a moment."""
        try:
            data = self._socket.recv(_CHUNK_BYTES)
        except TimeoutError:
            return b""
        except OSError as error:
            raise OutsideError("closed") from error
        if not data:
            raise OutsideError("closed")
        return data

    def _await(self, wanted: Callable[[Message], bool]) -> Message:
        deadline = self._ticks() + self._patience.answer_s
        while True:
            messages = deque(self._read())
            while messages:
                message = messages.popleft()
                if wanted(message):
                    self._ahead.extend(messages)
                    return message
                self._ahead.append(message)
            if self._ticks() > deadline:
                raise OutsideError("silent")

    def _greet(self) -> None:
        said, deadline = b"", self._ticks() + self._patience.answer_s
        while len(said) < len(GREETING):
            said += self._receive()
            if said[: len(GREETING)] != GREETING[: len(said)] or self._ticks() > deadline:
                raise OutsideError("not_asterisk")
        self._ahead.extend(self._reader.feed(said))

    def _sign_in(self, account: Account) -> None:
        """By challenge, so that the secret never travels; plainly where the exchange knows no challenge."""
        challenge = self.ask("Challenge", AuthType="MD5")
        if challenge.get("Response") == "Success" and challenge.get("Challenge"):
            proof = hashlib.md5(f"{challenge.get('Challenge')}{account.password}".encode(), usedforsecurity=False)
            key = proof.hexdigest()  # the protocol knows no other digest
            answer = self.ask("Login", AuthType="MD5", Username=account.username, Key=key)
        elif challenge.get("Message") == _SIGNED_IN:
            return  # a proxy has signed in for us
        else:
            answer = self.ask("Login", Username=account.username, Secret=account.password)
        if answer.get("Response") != "Success":
            raise OutsideError("login_refused", permanent=True)
