"""A disk that is full: files of this process grow to so many bytes, and no further."""

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def full_at(most_bytes: int) -> Iterator[None]:
    """Let no file of this process grow beyond `most_bytes` meanwhile.

    No module's compiled form is kept meanwhile: Python would keep half of it, and fail for whoever imports it next.
    """
    before, keeps = resource.getrlimit(resource.RLIMIT_FSIZE), sys.dont_write_bytecode
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = keeps
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
