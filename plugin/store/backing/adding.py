"""Files that are only appended to, checkpoints and tombstones, brought together from two places: no line is lost."""

import os
from pathlib import Path


def add_lines(source: Path, target: Path) -> int:
    """Append the lines of `source` that `target` does not have; return how many. On the disk when this returns.

    Where the one goes on where the other ends, the result is the longer one, byte by byte.
    """
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    given = source.read_bytes()
    there = target.read_bytes() if target.exists() else b""
    if there.startswith(given):
        return 0
    if given.startswith(there):
        missing = given[len(there) :]
    else:
        known = set(there.split(b"\n"))
        missing = b"".join(b"\n" + line for line in given.split(b"\n") if line.strip() and line not in known)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(missing)
        file.flush()
        os.fsync(file.fileno())
    return sum(bool(line.strip()) for line in missing.split(b"\n"))
