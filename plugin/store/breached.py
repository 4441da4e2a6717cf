"""Passwords that others lost, in a file that the site keeps: SHA-1 in hex, sorted, one a line, a count behind a colon.

That is the form in which Have I Been Pwned gives its list away. Looks a password up by halves, however long the file;
asks nobody outside. Refuses to say that a password is not in a file that cannot be read.
"""

import hashlib
import os
from pathlib import Path

from plugin.core.errors import SettingError

_DIGITS = 40
_MOST_LINE_BYTES = 128


class BreachedList:
    """The passwords in the file at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def holds(self, password: str) -> bool:
        """Tell whether the file has it. Raises SettingError("breached_passwords") where it cannot be read."""
        wanted = hashlib.sha1(password.encode("utf-8", "replace"), usedforsecurity=False).hexdigest().encode()
        try:
            with self._path.open("rb") as file:
                # Lines that begin before `low` are smaller; the wanted one begins before `high`, if it is there.
                low, high = 0, os.fstat(file.fileno()).st_size
                while low < high:
                    middle = (low + high) // 2
                    file.seek(max(middle - 1, 0))
                    if middle:
                        file.readline(_MOST_LINE_BYTES)  # up to where the next line begins
                    found = file.readline(_MOST_LINE_BYTES)
                    if found and (read := _hash_of(found)) < wanted:
                        low = file.tell()
                    elif found and read == wanted:
                        return True
                    else:
                        high = middle
        except (OSError, ValueError) as error:
            raise SettingError(
                "breached_passwords",
                setting="DENWABAN_BREACHED_PASSWORDS",
                problem="must be a file of SHA-1 in hex, sorted, one a line",
            ) from error
        return False


def _hash_of(line: bytes) -> bytes:
    told = line.strip().partition(b":")[0].lower()
    if len(told) != _DIGITS:
        raise ValueError("no SHA-1")
    bytes.fromhex(told.decode("ascii"))
    return told
