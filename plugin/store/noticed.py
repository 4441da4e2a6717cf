"""What listeners noticed of phone systems, in a file each, for a doctor who looks by when no call goes by."""

import os
import secrets
from pathlib import Path

from plugin.core.ports import StreamReport

FOLDER = "noticed"  # in the data folder


class Noticed:
    """The folder `folder`, made when it is needed (mode 0700). It holds words of ours and no facts about calls."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, told: StreamReport) -> None:
        """Keep what a stream found after a whole call, in place of what it found before; other reports are not kept."""
        if told.word != "judged":
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._folder / f".{secrets.token_hex(8)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(told.reason.encode())
        draft.rename(self._folder / f"{told.source}.txt")

    def of(self, source: str) -> tuple[str, ...]:
        """Return what was last found of the phone system; nothing where no whole call was heard, or all is well."""
        try:
            words = (self._folder / f"{source}.txt").read_text("utf-8")
        except OSError:
            return ()
        return tuple(word for word in words.split(",") if word)
