"""A Merkle tree over the audit's lines as RFC 6962 §2.1 hashes it: many lines in one root, one line proved by a few.

Keeps only the roots of full subtrees (a few dozen hashes for any number of lines). Knows bytes, no lines and no files.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from itertools import islice

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf(data: bytes) -> bytes:
    """Return the hash of one entry."""
    return hashlib.sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees side by side."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows by one leaf at a time. `size` counts its leaves, `peaks` are its full subtrees from the left.

    Raises ValueError where the peaks given are not those of a tree of that size.
    """

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if len(peaks) != size.bit_count() or any(len(peak) != HASH_BYTES for peak in peaks):
            raise ValueError("not the peaks of a tree of this size")
        self.size = size
        self.peaks = list(peaks)

    def add(self, leaf_hash: bytes) -> None:
        """Put one more leaf at the right."""
        size, peaks, top = self.size, self.peaks, leaf_hash
        while size & 1:
            top = hashlib.sha256(b"\x01" + peaks.pop() + top).digest()
            size >>= 1
        peaks.append(top)
        self.size += 1

    def root(self) -> bytes:
        """Return the hash over all leaves (the RFC's MTH)."""
        return _over(self.peaks) if self.peaks else EMPTY_ROOT


def audit_paths(places: Collection[int], leaves: Iterable[bytes], size: int) -> dict[int, tuple[bytes, ...]]:
    """Return the paths of several leaves of one tree, by their places.

    Reads the leaves once, in order, and keeps none. Raises ValueError where there are fewer, or a place is not there.
    """
    paths = {place: _siblings(place, 0, size) for place in places}
    wanted = {span for spans in paths.values() for span in spans}
    found: dict[tuple[int, int], bytes] = {}
    peaks: list[tuple[int, bytes]] = []  # of the leaves so far: where each full subtree begins, and its root
    count = 0
    for top in islice(leaves, size):
        start, at, count = count, count, count + 1
        if (start, count) in wanted:
            found[start, count] = top
        while at & 1:
            start, left = peaks.pop()
            top, at = node(left, top), at >> 1
            if (start, count) in wanted:
                found[start, count] = top
        peaks.append((start, top))
    if count < size:
        raise ValueError("fewer leaves than the tree has")
    for start, stop in wanted - found.keys():  # up to the ragged edge: no full subtree, but several
        found[start, stop] = _over([root for begin, root in peaks if begin >= start])
    return {place: tuple(found[span] for span in spans) for place, spans in paths.items()}


def _over(roots: Sequence[bytes]) -> bytes:
    top = roots[-1]
    for root in reversed(roots[:-1]):
        top = node(root, top)
    return top


def _siblings(place: int, start: int, size: int) -> list[tuple[int, int]]:
    """Return which leaves (from, before) each hash of the path is over, the lowest first."""
    if not 0 <= place < size:
        raise ValueError("no such leaf")
    if size == 1:
        return []
    left = 1 << ((size - 1).bit_length() - 1)  # the largest power of two below the size
    if place < left:
        return [*_siblings(place, start, left), (start + left, start + size)]
    return [*_siblings(place - left, start + left, size - left), (start, start + left)]


def root_by_path(leaf_hash: bytes, place: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that the path leads to from this leaf, None where a path there has another length.

    The steps of RFC 9162 §2.1.3.2.
    """
    if not 0 <= place < size:
        return None
    at, last, top = place, size - 1, leaf_hash
    for step in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            top = node(step, top)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            top = node(top, step)
        at, last = at >> 1, last >> 1
    return top if last == 0 else None
