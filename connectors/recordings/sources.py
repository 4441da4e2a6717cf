"""Where one phone system's recordings are: in a folder, behind addresses, or both. Decides by the form of the name."""

from collections.abc import Mapping
from pathlib import Path

from connectors.recordings.folder import FolderSource
from connectors.recordings.recorder import RecorderFolder
from connectors.recordings.remote import Login, RemoteSource
from plugin.core.ports import RecordedFile
from plugin.core.recorders import read_uri
from plugin.core.recordings import is_address

BY_HAND = "ari:/"  # how the name of such a recording begins (connectors/calls/asterisk/ari/stage.py)


class Sources:
    """The folder, if there is one, and the hosts that may be asked, with how each knows us.

    `by_hand`: the folder of what was recorded on an order of ours, where that is another one; `recorders`: those that
    were fitted beside the phone system, by name.
    """

    def __init__(
        self,
        folder: Path | None,
        logins: Mapping[str, Login],
        by_hand: Path | None = None,
        recorders: Mapping[str, RecorderFolder] | None = None,
    ) -> None:
        self._recorders = dict(recorders or {})
        self._folder = FolderSource(folder) if folder else None
        self._by_hand = FolderSource(by_hand) if by_hand else None
        self._remote = RemoteSource(logins)

    def open(self, uri: str) -> RecordedFile | None:
        """Open what `uri` names, as the folder or the hosts say."""
        if (recorded := read_uri(uri)) is not None:
            recorder = self._recorders.get(recorded[0])
            return recorder.open(recorded[1]) if recorder else None
        if is_address(uri):
            return self._remote.open(uri)
        if uri.startswith(BY_HAND):
            return self._by_hand.open(uri.removeprefix(BY_HAND)) if self._by_hand else None
        return self._folder.open(uri) if self._folder else None
