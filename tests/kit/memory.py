"""The folder for what a test need not keep: in memory where the machine gives it enough, else on the disk.

A database that is sure of every commit waits some milliseconds for the disk, thousands of times a run. In memory it
asks for the same and has it at once; what a kill leaves behind is the same too, for only a power cut reaches the disk.
"""

import shutil
from pathlib import Path

_SHARED = Path("/dev/shm")
_ENOUGH_BYTES = 3 << 30  # a container often has 64 MB of it


def memory() -> Path | None:
    """Return a folder in memory; None where there is none, or where a run would fill it."""
    return _SHARED if _SHARED.is_dir() and shutil.disk_usage(_SHARED).free >= _ENOUGH_BYTES else None
