"""What is made in a folder, or removed from it, on the disk. It writes no file; who writes one sees to its bytes."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Return once what was made in or removed from the folder is on the disk. Raises OSError."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
