"""Messages as files in a folder: for the demo, for tests, and for a site that tries the rules before it has a carrier.

Sends nothing to anybody. A file holds the number and the words, so the folder is the service's own (0700, files 0600).
"""

import os
import secrets
import stat
import time
from collections.abc import Mapping
from pathlib import Path

from connectors.given import Given
from plugin.core.errors import OutsideError
from plugin.core.ports import MessageWay, ShortMessage


class FolderSender:
    """Writes to `folder` (an option; else `messages` in `data_dir`), one file a message, named in order of time."""

    def __init__(self, data_dir: Path, options: Mapping[str, str]) -> None:
        told = Given(options, "messages_options")
        self._folder = Path(told.text("folder") or data_dir / "messages")
        told.end()

    @property
    def ways(self) -> frozenset[MessageWay]:
        """Both: a file is as good as the other."""
        return frozenset(MessageWay)

    def send(self, message: ShortMessage) -> str:
        """Write the message whole, or not at all, and return the name of its file. Raises OutsideError("folder")."""
        name = f"{time.time_ns():020d}-{secrets.token_hex(4)}.txt"
        written = self._folder / name
        draft = self._folder / f".{name}"
        words = f"{message.way.value}\n{message.to}\n{message.lang}\n{message.lasts_s}\n\n{message.text}\n"
        try:
            self._open()
            file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                with os.fdopen(file, "wb") as opened:
                    opened.write(words.encode())
                draft.rename(written)
            except OSError:
                draft.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise OutsideError("folder", permanent=True, problem=type(error).__name__) from None
        return name

    def _open(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = self._folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077 or found.st_uid != os.geteuid():
            raise OutsideError("folder", permanent=True, problem="mode")
