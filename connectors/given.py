"""What a site gives a connector to go by: the texts of one table of options, each read once, checked and named.

Never shows a value. A secret lies in a file of its own that nobody else on the machine may read.
"""

import math
import re
import stat
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import NoReturn, TypeVar
from urllib.parse import urlsplit

from plugin.core.errors import SettingError

T = TypeVar("T")

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Given:
    """The options of one connector (name → text); `table` is the setting that they stand in (`crm_options`).

    Whatever is asked for and not there is "". `end` refuses what nothing has asked for.
    """

    def __init__(self, given: Mapping[str, str], table: str) -> None:
        self._given = {name: value.strip() for name, value in given.items()}
        self._prefix = f"DENWABAN_{table.upper()}__"
        self._asked: set[str] = set()

    def text(self, name: str, default: str = "") -> str:
        """Return the text of an option."""
        self._asked.add(name)
        return self._given.get(name, "") or default

    def needed(self, name: str) -> str:
        """Return the text of an option that must be there. Raises SettingError("missing")."""
        return self.text(name) or self.missing(name)

    def shaped(self, name: str, shape: re.Pattern[str], problem: str, default: str = "") -> str:
        """Return a text of that shape, "" where neither it nor `default` is there. Raises SettingError("invalid")."""
        text = self.text(name, default)
        return text if not text or shape.fullmatch(text) else self.invalid(name, problem)

    def read(self, name: str, reader: Callable[[str], T]) -> T:
        """Return what `reader` makes of a text; what its ValueError says is the problem of SettingError("invalid")."""
        try:
            return reader(self.text(name))
        except ValueError as error:
            problem = str(error)
        return self.invalid(name, problem)

    def number(self, name: str, default: float, least: float, most: float) -> float:
        """Return a number within these bounds. Raises SettingError("invalid")."""
        text = self.text(name)
        try:
            number = float(text) if text else default
        except ValueError:
            number = math.nan
        return number if least <= number <= most else self.invalid(name, f"not a number from {least:g} to {most:g}")

    def address(self, name: str, example: str, default: str = "", paths: Container[str] = ("",)) -> str:
        """Return scheme and host of an https address, or of an http one of this very machine; https may be left out.

        Raises SettingError: "missing", and "invalid" where it holds more than one of `paths`.
        """
        text = self.text(name, default) or self.missing(name)
        try:
            parts = urlsplit(text if "//" in text else f"https://{text}")
            host = parts.hostname if parts.port != 0 else ""  # a port that is none raises too
        except ValueError:
            parts, host = urlsplit(""), ""
        if not host or parts.path.rstrip("/") not in paths or parts.query or parts.fragment or parts.username:
            self.invalid(name, f"not {example}")
        if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
            self.invalid(name, "not https")
        return f"{parts.scheme}://{parts.netloc}"

    def file(self, name: str) -> Path | None:
        """Return the path of a file; None where none is named. Raises SettingError("invalid")."""
        text = self.text(name)
        if not text:
            return None
        path = Path(text)
        try:
            is_there = path.is_file()
        except OSError:
            is_there = False
        return path if is_there else self.invalid(name, "no such file")

    def secret_file(self, name: str) -> Path | None:
        """Return the same of a file that its owner alone may open. Raises SettingError("open_to_others") too."""
        path = self.file(name)
        if path is not None and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SettingError("open_to_others", setting=self._named(name), problem="chmod 600 it")
        return path

    def secret(self, name: str) -> str:
        """Return what such a file holds; "" where none is named. Raises SettingError, also where it is empty."""
        path = self.secret_file(name)
        if path is None:
            return ""
        try:
            secret = path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            secret = None
        if secret is None:
            self.invalid(name, "cannot be read")
        return secret or self.invalid(name, "it is empty")

    def end(self) -> None:
        """Raise SettingError("unknown") for the first option that nothing has asked for."""
        for name in self._given:
            if name not in self._asked:
                raise SettingError("unknown", setting=self._named(name))

    def missing(self, name: str, problem: str = "") -> NoReturn:
        """Raise SettingError("missing"); `problem`: what may be there in its place."""
        more = {"problem": problem} if problem else {}
        raise SettingError("missing", setting=self._named(name), **more)

    def invalid(self, name: str, problem: str) -> NoReturn:
        """Raise SettingError("invalid"); `problem` shows no value."""
        raise SettingError("invalid", setting=self._named(name), problem=problem)

    def _named(self, name: str) -> str:
        return f"{self._prefix}{name.upper()}"
