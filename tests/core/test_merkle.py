"""The tree is the one of RFC 6962 to the byte, and a path proves its own leaf, in its own place, alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.merkle import EMPTY_ROOT, Tree, audit_paths, leaf, node, root_by_path

# The eight entries and the roots over the first 1 to 8 of them that implementations of RFC 6962 agree on.
ENTRIES = [
    bytes.fromhex(each)
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
SIZES = st.integers(1, 70)


def grown(leaves: list[bytes]) -> Tree:
    tree = Tree()
    for each in leaves:
        tree.add(each)
    return tree


def by_the_book(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, as it is written there."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return node(by_the_book(leaves[:middle]), by_the_book(leaves[middle:]))


def numbered(size: int) -> list[bytes]:
    return [leaf(str(each).encode()) for each in range(size)]


def test_the_roots_are_those_that_others_compute() -> None:
    assert Tree().root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for size, wanted in enumerate(ROOTS, start=1):
        assert grown([leaf(entry) for entry in ENTRIES[:size]]).root().hex() == wanted


@given(SIZES)
def test_growing_is_the_same_as_hashing_all_at_once(size: int) -> None:
    leaves = numbered(size)
    assert grown(leaves).root() == by_the_book(leaves)


@given(SIZES, st.integers(0, 70))
def test_a_tree_is_gone_on_with_from_its_peaks(size: int, more: int) -> None:
    leaves = numbered(size + more)
    kept = grown(leaves[:size])
    again = Tree(kept.size, kept.peaks)
    for each in leaves[size:]:
        again.add(each)
    assert again.root() == by_the_book(leaves)


@given(SIZES, st.data())
def test_a_path_leads_to_the_root_from_its_leaf_in_its_place_alone(size: int, data: st.DataObject) -> None:
    leaves = numbered(size)
    place = data.draw(st.integers(0, size - 1))
    path = audit_paths((place,), leaves, size)[place]
    root = by_the_book(leaves)
    assert len(path) <= (size - 1).bit_length()
    assert root_by_path(leaves[place], place, size, path) == root
    for other in range(size):
        if other != place:
            assert root_by_path(leaves[place], other, size, path) != root
            assert root_by_path(leaves[other], place, size, path) != root


@given(SIZES, st.data())
def test_a_path_that_is_longer_or_shorter_leads_nowhere(size: int, data: st.DataObject) -> None:
    leaves = numbered(size)
    place = data.draw(st.integers(0, size - 1))
    path = audit_paths((place,), leaves, size)[place]
    assert root_by_path(leaves[place], place, size, (*path, leaves[0])) is None
    if path:
        assert root_by_path(leaves[place], place, size, path[:-1]) is None


@pytest.mark.parametrize(("place", "size"), [(-1, 4), (4, 4), (0, 0)])
def test_a_leaf_that_is_not_there_has_no_path(place: int, size: int) -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        audit_paths((place,), numbered(max(size, 1)), size)
    assert root_by_path(leaf(b""), place, size, ()) is None


def test_too_few_leaves_are_said() -> None:
    with pytest.raises(ValueError, match="fewer"):
        audit_paths((0,), numbered(3), 4)


@pytest.mark.parametrize(("size", "peaks"), [(1, []), (2, [b"x" * 32, b"y" * 32]), (3, [b"x" * 32, b"y"])])
def test_peaks_of_no_tree_are_refused(size: int, peaks: list[bytes]) -> None:
    with pytest.raises(ValueError, match="peaks"):
        Tree(size, peaks)


@given(SIZES, st.data())
def test_the_paths_of_several_leaves_are_those_of_each_alone(size: int, data: st.DataObject) -> None:
    leaves = numbered(size)
    places = data.draw(st.sets(st.integers(0, size - 1)))
    paths, root = audit_paths(places, leaves, size), grown(leaves).root()
    assert paths == {place: audit_paths((place,), leaves, size)[place] for place in places}
    for place, path in paths.items():
        assert root_by_path(leaves[place], place, size, path) == root
