"""The wire of the Asterisk Manager Interface: bytes in any chunking become messages, actions become bytes.

Refuses lines and messages beyond a bound with TooLarge and broken actions with InputError; nothing else is raised,
whatever the bytes. It knows no meaning of any event.
"""

import re
from collections.abc import Iterable

from plugin.core.errors import InputError, TooLarge

BANNER = "Banner"  # our key for the greeting line of a session, which has none
MOST_LINE_BYTES = 65_536
MOST_LINES = 4_096
GREETING = b"Asterisk Call Manager/"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Message:
    """One event, response or greeting: its header lines in order. Keys may repeat (ChanVariable does)."""

    __slots__ = ("_first", "pairs")

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = tuple(pairs)
        self._first = dict(reversed(self.pairs))

    def get(self, key: str) -> str:
        """Return the first value of `key`, or the empty text."""
        return self._first.get(key, "")

    def all(self, key: str) -> list[str]:
        """Return every value of `key`, in order."""
        return [value for name, value in self.pairs if name == key]

    def __contains__(self, key: str) -> bool:
        return key in self._first

    def __repr__(self) -> str:
        return f"Message({self.get('Event') or self.get('Response') or self.get(BANNER)!r})"  # values may be personal


class Reader:
    """Takes bytes as they come and gives whole messages. After TooLarge the connection is of no more use."""

    def __init__(self) -> None:
        self._rest = b""
        self._pairs: list[tuple[str, str]] = []

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages that `data` completes.

        Raises TooLarge where a line or a message passes its bound.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MOST_LINE_BYTES:
            raise TooLarge("line")
        done: list[Message] = []
        for line in lines:
            if len(line) > MOST_LINE_BYTES:
                raise TooLarge("line")
            text = line.rstrip(b"\r").decode("utf-8", "replace")
            if not text:
                if self._pairs:
                    done.append(Message(self._pairs))
                    self._pairs = []
            elif line.startswith(GREETING):
                self._pairs = []  # what the session before left unfinished is lost with it
                done.append(Message([(BANNER, text)]))
            else:
                self._line(text)
        return done

    def _line(self, text: str) -> None:
        key, colon, value = text.partition(":")
        if not colon:
            return  # output of a command, a marker in a capture: nothing that we read
        if len(self._pairs) >= MOST_LINES:
            raise TooLarge("message")
        self._pairs.append((key, value.strip() if value.isprintable() else _CONTROLS.sub(" ", value).strip()))


def clip(text: str, most: int) -> str:
    """Return at most `most` characters of a value, with no space at either end."""
    return text[:most].strip()


def write_action(name: str, **fields: str) -> bytes:
    """Return the bytes of one action.

    Raises InputError("action") where a value would break out of its line.
    """
    lines = [f"{key}: {value}" for key, value in (("Action", name), *fields.items())]
    if any("\r" in line or "\n" in line or "\0" in line for line in lines):
        raise InputError("action")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
