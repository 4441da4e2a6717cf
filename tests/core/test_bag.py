"""A bag that others open: the Library of Congress's own program finds it whole, and finds what was changed."""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import bagit
import pytest

from plugin.core.bag import Bag

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def packed(files: dict[str, list[bytes]]) -> bytes:
    bag = Bag("evidence-1", AT)
    out: list[bytes] = []
    for path, pieces in files.items():
        out += bag.file(path, pieces)
    out += bag.end({"External-Identifier": "H-2026-0001", "Source-Organization": "さくら\n通販"})
    return b"".join(out)


FILES = {"audio/a.ogg": [b"sound" * 1000, b"more"], "calls/c.json": ["記録".encode()], "empty.txt": []}


def unpacked(data: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(data)) as packed_bag:
        assert packed_bag.testzip() is None
        packed_bag.extractall(folder)
    return folder / "evidence-1"


def test_another_program_finds_it_whole(tmp_path: Path) -> None:
    bag = bagit.Bag(str(unpacked(packed(FILES), tmp_path)))
    bag.validate()
    assert bag.info["External-Identifier"] == "H-2026-0001"
    assert bag.info["Source-Organization"] == "さくら 通販"
    assert set(bag.payload_entries()) == {f"data/{path}" for path in FILES}
    assert bag.algorithms == ["sha256", "sha512"] or set(bag.algorithms) == {"sha256", "sha512"}


@pytest.mark.parametrize("path", ["data/audio/a.ogg", "manifest-sha256.txt", "bag-info.txt"])
def test_another_program_finds_what_was_changed(tmp_path: Path, path: str) -> None:
    folder = unpacked(packed(FILES), tmp_path)
    changed = folder / path
    changed.write_bytes(changed.read_bytes().replace(b"o", b"0", 1))
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(folder)).validate()


def test_it_goes_out_piece_by_piece() -> None:
    bag, held = Bag("b", AT), 0

    def sound() -> object:
        for _ in range(50):
            yield b"x" * 100_000

    for piece in bag.file("audio/a.wav", sound()):  # type: ignore[arg-type]
        held = max(held, len(piece))
    assert held <= 200_000


def test_names_that_lead_elsewhere_or_come_twice_are_refused() -> None:
    bag = Bag("b", AT)
    for wrong in ("../x", "/x", "a//b", "名前.txt", "a\nb", ""):
        with pytest.raises(ValueError, match="named"):
            list(bag.file(wrong, []))
    list(bag.file("x", []))
    with pytest.raises(ValueError, match="in the bag"):
        list(bag.file("x", []))
