"""The vault's own reader gives what Tink gives, byte for byte, at any offset, and gives nothing of a damaged file."""

import io
from pathlib import Path

import pytest
import tink
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tink import proto_keyset_format, secret_key_access, streaming_aead

from plugin.core.errors import Conflict
from plugin.core.ids import RecordingId
from plugin.store.keys import Keys
from plugin.store.sealed import SEGMENT_BYTES
from plugin.store.vault import Lock, Vault
from tests.kit.disk import full_at
from tests.kit.sounds import seal

RECORDING = RecordingId("01KAPQ0000000000000000AAAA")
PLAIN = SEGMENT_BYTES - 16
FIRST = PLAIN - 40
SIZES = [0, 1, FIRST - 1, FIRST, FIRST + 1, FIRST + PLAIN - 1, FIRST + PLAIN, FIRST + PLAIN + 1, 300_000]


def _sound(size: int) -> bytes:
    return bytes((n * 31 + n // 251) & 255 for n in range(size))


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys")


@pytest.fixture
def vault(tmp_path: Path, keys: Keys) -> Vault:
    return Vault(tmp_path / "recordings", keys)


def _put(vault: Vault, sound: bytes, month: str = "2027-11") -> Lock:
    return seal(vault, RECORDING, sound, month).lock


def _file(tmp_path: Path) -> Path:
    (found,) = (tmp_path / "recordings").rglob("*.sealed")
    return found


def _by_tink(keys: Keys, lock: Lock, path: Path) -> bytes:
    streaming_aead.register()
    mark, nonce, sealed = lock.keyset[:8], lock.keyset[8:20], lock.keyset[20:]
    plain = AESGCM(keys.secret("recordings-2027-11").value).decrypt(nonce, sealed, mark + RECORDING.encode())
    handle = proto_keyset_format.parse(plain, secret_key_access.TOKEN)
    assert isinstance(handle, tink.KeysetHandle)
    opened = handle.primitive(streaming_aead.StreamingAead).new_decrypting_stream(
        io.BytesIO(path.read_bytes()), RECORDING.encode()
    )
    with opened as stream:
        return bytes(stream.read())


@pytest.mark.parametrize("size", SIZES)
def test_tink_itself_reads_what_the_vault_wrote(vault: Vault, keys: Keys, tmp_path: Path, size: int) -> None:
    lock = _put(vault, _sound(size))
    assert _by_tink(keys, lock, _file(tmp_path)) == _sound(size)
    with vault.open(RECORDING, lock) as sealed:
        assert sealed.size_bytes == size
        assert sealed.read(0, size + 1) == _sound(size)


@given(
    size=st.integers(0, 200_000),
    reads=st.lists(st.tuples(st.integers(0, 210_000), st.integers(0, 140_000)), max_size=6),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_stretch_is_the_stretch_of_the_sound(vault: Vault, size: int, reads: list[tuple[int, int]]) -> None:
    sound = _sound(size)
    lock = _put(vault, sound)
    with vault.open(RECORDING, lock) as sealed:
        for start, length in [*reads, (FIRST - 1, 2), (FIRST, 1)]:
            assert sealed.read(start, length) == sound[start : start + length]


def test_nothing_on_the_disk_holds_the_sound(vault: Vault, tmp_path: Path) -> None:
    _put(vault, b"a telling sound " * 10_000)
    files = [path for path in (tmp_path / "recordings").rglob("*") if path.is_file()]
    assert len(files) == 1
    assert b"telling" not in files[0].read_bytes()
    assert files[0].stat().st_mode & 0o777 == 0o600
    assert {folder.stat().st_mode & 0o777 for folder in (files[0].parent, files[0].parent.parent)} == {0o700}


def _all(vault: Vault, lock: Lock, recording_id: RecordingId = RECORDING) -> bytes:
    with vault.open(recording_id, lock) as sealed:
        return sealed.read(0, sealed.size_bytes)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_damage_is_found(vault: Vault, tmp_path: Path, data: st.DataObject) -> None:
    for old in (tmp_path / "recordings").rglob("*.sealed"):
        old.unlink()
    lock = _put(vault, _sound(FIRST + PLAIN + 1000))
    path = _file(tmp_path)
    sealed = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        del sealed[data.draw(st.integers(0, len(sealed) - 1)) :]
    else:
        sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(sealed)
    with pytest.raises(Conflict):
        _all(vault, lock)


@pytest.mark.parametrize("cut", [SEGMENT_BYTES, 2 * SEGMENT_BYTES, 2 * SEGMENT_BYTES + 15, 40, 39, 0])
def test_a_tail_cut_at_a_seam_is_found(vault: Vault, tmp_path: Path, cut: int) -> None:
    lock = _put(vault, _sound(3 * PLAIN))
    path = _file(tmp_path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(Conflict):
        _all(vault, lock)


def test_exchanged_segments_are_found(vault: Vault, tmp_path: Path) -> None:
    lock = _put(vault, _sound(4 * PLAIN))
    path = _file(tmp_path)
    sealed = path.read_bytes()
    one, two = sealed[SEGMENT_BYTES : 2 * SEGMENT_BYTES], sealed[2 * SEGMENT_BYTES : 3 * SEGMENT_BYTES]
    path.write_bytes(sealed[:SEGMENT_BYTES] + two + one + sealed[3 * SEGMENT_BYTES :])
    with pytest.raises(Conflict):
        _all(vault, lock)


def test_a_lock_opens_its_own_recording_only(vault: Vault, tmp_path: Path) -> None:
    other = RecordingId("01KAPQ0000000000000000BBBB")
    lock = _put(vault, _sound(10))
    path = _file(tmp_path)
    path.with_name(path.name.replace(RECORDING, other)).write_bytes(path.read_bytes())
    for keyset in (lock.keyset, lock.keyset[:20], b"", bytes(len(lock.keyset))):
        with pytest.raises(Conflict):
            _all(vault, Lock(keyset, lock.key_id), other)


def test_without_the_month_key_nothing_opens_and_no_new_key_appears(vault: Vault, tmp_path: Path) -> None:
    lock = _put(vault, _sound(10))
    (tmp_path / "keys" / "recordings-2027-11.1").unlink()
    with pytest.raises(Conflict):
        Vault(tmp_path / "recordings", Keys(tmp_path / "keys")).open(RECORDING, lock)
    assert list((tmp_path / "keys").iterdir()) == []


def test_each_month_has_a_key_of_its_own(vault: Vault, tmp_path: Path) -> None:
    months = {_put(vault, b"", month).month for month in ("2027-10", "2027-11", "2027-12")}
    assert {path.name for path in (tmp_path / "keys").iterdir()} == {f"recordings-{month}.1" for month in months}


def test_each_import_writes_a_file_of_its_own_and_the_loser_is_swept(vault: Vault, tmp_path: Path) -> None:
    first, second = _put(vault, _sound(10)), _put(vault, _sound(11))
    assert (_all(vault, first), _all(vault, second)) == (_sound(10), _sound(11))
    left = tmp_path / "recordings" / RECORDING[:4] / f"{RECORDING}-0123.part"
    left.write_bytes(b"what a killed importer leaves")
    vault.sweep(RECORDING, second)
    assert not left.exists()
    assert _all(vault, second) == _sound(11)
    with pytest.raises(Conflict):
        vault.open(RECORDING, first)
    vault.drop(RECORDING, second)
    assert list((tmp_path / "recordings").rglob("*.sealed")) == []


def test_a_disk_that_refuses_leaves_nothing_behind(vault: Vault, tmp_path: Path) -> None:
    with full_at(100_000), pytest.raises(OSError, match="too large"):
        _put(vault, _sound(300_000))
    assert [path for path in (tmp_path / "recordings").rglob("*") if path.is_file()] == []


def test_what_was_opened_before_is_opened_only_while_key_and_file_are_there(vault: Vault, tmp_path: Path) -> None:
    lock = _put(vault, _sound(FIRST + 10))
    assert _all(vault, lock) == _all(vault, lock) == _sound(FIRST + 10)
    path = _file(tmp_path)
    away = path.rename(path.with_suffix(".away"))
    with pytest.raises(Conflict, match="unreadable"):
        vault.open(RECORDING, lock)
    path.write_bytes(bytes(40) + away.read_bytes()[40:])  # another file under the name: its header tells another key
    with pytest.raises(Conflict, match="corrupt"):
        _all(vault, lock)
    away.rename(path)
    assert _all(vault, lock) == _sound(FIRST + 10)
    (tmp_path / "keys" / "recordings-2027-11.1").unlink()
    with pytest.raises(Conflict, match="key_missing"):
        vault.open(RECORDING, lock)
