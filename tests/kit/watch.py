"""What the suite's own secrets are and where they were seen: the ears of the watch over every test.

Factories of the kit say what they mint (`know`), stand-ins of the outside what they are told (`heard`); the plugin
beside it (watch_plugin.py) says the rest, and asks after each test what stood where it may not. Where the kit is used
outside of the suite nobody asks.
"""

import threading
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from tests.kit.canary import Canary, Kind, Leak, Views, may_stand
from tests.kit.canary_search import Search

ROOT = Path(__file__).parent.parent.parent
_BETWEEN = b"\n|\n"  # two things seen are not one word
_RANDOM = {
    Kind.SESSION,
    Kind.GRANT,
    Kind.START,
    Kind.FORM,
    Kind.KEY,
    Kind.TOTP,
    Kind.RECOVERY,
    Kind.SOUND,
    Kind.CODE,
    Kind.PROVIDER,
}
_LOOKED_AT_BYTES = 4096
_COUNTED = "01234567890123456789"
_LEAST_LETTERS = {True: 8, False: 4}  # shorter words stand everywhere; by whether they are ASCII
_OF_FIELDS = {
    "password": Kind.PASSWORD,
    "current": Kind.PASSWORD,
    "new": Kind.PASSWORD,
    "request": Kind.SUMMARY,
    "response": Kind.SUMMARY,
    "promise": Kind.SUMMARY,
    "next_step": Kind.SUMMARY,
    "reason": Kind.TYPED,
    "question": Kind.TYPED,
    "words": Kind.TYPED,
    "answer": Kind.TYPED,
    "query": Kind.TYPED,
}


class Scope(StrEnum):
    """How long a secret lives: as pytest's fixtures do."""

    FUNCTION = "function"
    MODULE = "module"
    SESSION = "session"


class Watch:
    """What is known and what was seen in one test; what a fixture of a module or the run mints is known as long."""

    def __init__(self) -> None:
        self.scope = Scope.FUNCTION  # how long what is minted now lives
        self._lock = threading.Lock()
        self._module = ""
        self._known: dict[Scope, set[Canary]] = {scope: set() for scope in Scope}
        self._seen: dict[str, dict[bytes, None]] = {}
        self._raw: dict[str, list[bytes]] = {}

    def begin(self, module: str = "") -> None:
        """Forget the test before, and with the last test of a module what was minted for all of it."""
        with self._lock:
            self._known[Scope.FUNCTION] = set()
            if module != self._module:
                self._module, self._known[Scope.MODULE] = module, set()
            self._seen, self._raw = {}, {}

    def know(self, kind: Kind, *values: str | bytes, lasting: bool = False) -> None:
        """Know these secrets, where they are such that finding them would prove something; `lasting`: in all tests."""
        telling = {_canary(kind, value) for value in values if value and (kind in _RANDOM or _tells(value))}
        with self._lock:
            self._known[Scope.SESSION if lasting else self.scope] |= telling

    def posted(self, fields: Mapping[str, str]) -> None:
        """Know what a person typed into these fields of a form."""
        for name, value in fields.items():
            if not any(letter.isalpha() for letter in value):
                continue  # a number: it is known as one, or proves nothing
            if name.startswith("answer-"):
                self.know(Kind.NAME if name == "answer-name_kana" else Kind.WRONG_ANSWER, value)
            elif kind := _OF_FIELDS.get(name):
                self.know(kind, value)

    def see(self, place: str, data: bytes | str) -> None:
        """Remember what stood in a place."""
        kept = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        if b"\0" in kept[:_LOOKED_AT_BYTES]:  # no text, or one in UTF-16, which is found as bytes
            self.see_raw(place, kept)
        elif kept:
            with self._lock:
                self._seen.setdefault(place, {})[kept] = None

    def see_raw(self, place: str, data: bytes) -> None:
        """Remember pages of a file, which are read as bytes alone."""
        with self._lock:
            self._raw.setdefault(place, []).append(data)

    def leaks(self) -> list[Leak]:
        """Return every kind that stood where it may not, with the place."""
        with self._lock:
            known = set().union(*self._known.values())
            seen = {place: _BETWEEN.join(pieces) for place, pieces in self._seen.items()}
            raw = {place: _BETWEEN.join(pieces) for place, pieces in self._raw.items()}
        return sorted(set(_leaks(known, seen, raw))) if known and (seen or raw) else []


def _leaks(known: set[Canary], seen: dict[str, bytes], raw: dict[str, bytes]) -> Iterator[Leak]:
    search = Search(known)
    for place, data in seen.items():
        yield from (Leak(one.kind, place) for one in search.among(Views(data)) if not may_stand(one.kind, place))
    for place, data in raw.items():
        yield from (Leak(one.kind, place) for one in search.raw(data) if not may_stand(one.kind, place))


@lru_cache(maxsize=1024)
def _canary(kind: Kind, value: str | bytes) -> Canary:
    return Canary(kind, value)  # keeps its spellings


@lru_cache(maxsize=4096)
def _tells(value: str | bytes) -> bool:
    """Tell whether a find of it would prove anything: it is no short word, and no word of the product's own texts."""
    if isinstance(value, bytes):
        return len(value) >= 16
    word = Canary(Kind.TYPED, value).word.strip()
    digits = "".join(letter for letter in word if letter.isdigit())
    if len(digits) >= 6 and digits in _COUNTED:  # the peaks of a sound that grows do so too
        return False
    return len(word) >= _LEAST_LETTERS[word.isascii()] and word not in _own_words()


@lru_cache(maxsize=1)
def _own_words() -> str:
    files = (path for room in ("plugin", "connectors", "migrations") for path in (ROOT / room).rglob("*"))
    texts = (path.read_text("utf-8") for path in files if path.suffix in (".py", ".html", ".js", ".mjs", ".css"))
    return "\n".join(texts).casefold()


WATCH = Watch()


def know(kind: Kind, *values: str | bytes, lasting: bool = False) -> None:
    """Tell the watch of this run what is a secret in it."""
    WATCH.know(kind, *values, lasting=lasting)


def heard_ask(whom: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
    """Tell the watch of this run what a stand-in was asked over HTTP."""
    heard(f"{whom} address", target)
    for name, value in headers.items():
        heard(f"{whom} head {name}", value)
    heard(whom, body)


def heard(place: str, data: bytes | str) -> None:
    """Tell the watch of this run what came out to a stand-in of the outside."""
    WATCH.see(place, data)
