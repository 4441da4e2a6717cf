"""The folder of a recorder that tells of nothing: which files lie in it, what their names say, and their sound.

Names hold telephone numbers, so none leaves this room: a file is known by the hash of its path. Follows no link out of
the folder, and looks at regular files alone.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from heapq import nlargest
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.given import Given
from connectors.recordings.folder import FolderFile, FolderSource
from plugin.core.deliveries import SourceSite
from plugin.core.errors import InputError, OutsideError
from plugin.core.recorders import NamePattern, RecordedName, key_of, read_pattern

_MOST_FILES = 200_000
_MOST_DEEP = 6


@dataclass(frozen=True, slots=True)
class Options:
    """How a site describes a recorder. `tolerance`: how far apart its times and the calls' may be; `days`: how old a
    file may be to be looked at; `calls_of`: the source whose calls it records, "" for any.
    """

    pattern: NamePattern
    tolerance: timedelta
    ahead: timedelta
    days: timedelta
    calls_of: str


def read_options(site: SourceSite) -> Options:
    """Return the options of the source. Raises SettingError for a missing, unknown or wrong one."""
    told = Given(site.options, f"sources__{site.name}__options")
    try:
        pattern = read_pattern(told.needed("pattern"))
    except InputError as error:
        told.invalid("pattern", str(error.facts["problem"]))
    options = Options(
        pattern,
        timedelta(seconds=told.number("tolerance_s", 5, 0, 300)),
        timedelta(seconds=told.number("clock_ahead_s", 0, -259_200, 259_200)),
        timedelta(days=told.number("days", 7, 1, 3650)),
        told.text("calls_of"),
    )
    told.end()
    return options


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file as it lies there: its `key`, what its name says, and when it was last written (seconds since 1970)."""

    key: str
    told: RecordedName
    written_s: float


class RecorderFolder:
    """The folder of one recorder, whose times are in `zone` and whose numbers follow the plan of `region`.

    `most_files`: how many it gives at once; how many older ones lie there is no matter.
    """

    def __init__(
        self, folder: Path, options: Options, zone: ZoneInfo, region: str, most_files: int = _MOST_FILES
    ) -> None:
        self._folder = folder
        self._most_files = most_files
        self._options = options
        self._zone = zone
        self._region = region
        self._source = FolderSource(folder)
        self._paths: dict[str, str] = {}

    @property
    def options(self) -> Options:
        """What the site says of it."""
        return self._options

    def files(self, since_s: float) -> Iterator[FoundFile]:
        """Yield the files written since then whose names are of the pattern. Raises OSError where it cannot be read."""
        of_the_time = ((path, written_s) for path, written_s in self._walk() if written_s >= since_s)
        for path, written_s in islice(of_the_time, self._most_files):
            told = self._options.pattern.read(path, self._zone, self._region, self._options.ahead)
            if told is not None:
                key = key_of(path)
                self._paths[key] = path
                yield FoundFile(key, told, written_s)

    def sample(self, most: int) -> tuple[int, int]:
        """Return how many of the newest `most` files there are, and how many of them are of the pattern."""
        newest = nlargest(most, self._walk(), key=lambda found: found[1])
        read = self._options.pattern.read
        fit = sum(read(path, self._zone, self._region, self._options.ahead) is not None for path, _ in newest)
        return len(newest), fit

    def open(self, key: str) -> FolderFile | None:
        """Open the file with this key, None where it is no longer there. Raises as FolderSource.open does."""
        path = self._paths.get(key)
        if path is None:
            try:
                path = next((path for path, _ in self._walk() if key_of(path) == key), None)
            except OSError as error:
                raise OutsideError("folder_unreadable") from error
            if path is None:
                return None
            self._paths[key] = path
        return self._source.open_path(path)

    def _walk(self) -> Iterator[tuple[str, float]]:
        """Yield path below the folder and instant of writing of every regular file.

        What goes away meanwhile, and folders in it that may not be read (a disk's lost+found), are passed over.
        """
        waiting = [("", 0)]
        while waiting:
            below, deep = waiting.pop()
            try:
                entries = os.scandir(self._folder / below)
            except OSError:
                if not below:
                    raise
                continue
            with entries:
                for entry in entries:
                    path = f"{below}/{entry.name}" if below else entry.name
                    if entry.is_dir(follow_symlinks=False) and deep < _MOST_DEEP:
                        waiting.append((path, deep + 1))
                        continue
                    written_s = _written_s(entry)
                    if written_s is not None:
                        yield path, written_s


def _written_s(entry: "os.DirEntry[str]") -> float | None:
    """Return when the file was last written; None for what is no plain file, is hidden, or is gone."""
    try:
        state = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return state.st_mtime if stat.S_ISREG(state.st_mode) and not entry.name.startswith(".") else None
