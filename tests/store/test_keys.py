"""Key files: made once, readable by their owner only, found again by their id."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from plugin.core.errors import NotFound, SettingError
from plugin.store.keys import KEY_BYTES, Keys


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    first = Keys(tmp_path / "keys").secret("answers")
    assert len(first.value) == KEY_BYTES
    assert len(first.id) <= 16
    assert Keys(tmp_path / "keys").secret("answers") == first
    assert Keys(tmp_path / "keys").secret("audit") != first
    assert first.value.hex() not in repr(first)


def test_only_the_owner_may_open_folder_and_files(tmp_path: Path) -> None:
    Keys(tmp_path / "keys").secret("answers")
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    files = list((tmp_path / "keys").iterdir())
    assert [(file.name, stat.S_IMODE(file.stat().st_mode)) for file in files] == [("answers.1", 0o600)]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_open_is_refused(tmp_path: Path, mode: int) -> None:
    Keys(tmp_path / "keys").secret("answers")
    (tmp_path / "keys" / "answers.1").chmod(mode)
    with pytest.raises(SettingError, match="key_file"):
        Keys(tmp_path / "keys").secret("answers")


def test_a_folder_that_others_may_open_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o755)
    with pytest.raises(SettingError, match="key_folder"):
        Keys(tmp_path / "keys").secret("answers")


def test_a_linked_or_cut_file_is_refused(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    Keys(keys).secret("answers")
    (keys / "audit.1").symlink_to(keys / "answers.1")
    (keys / "short.1").touch(mode=0o600)
    for name in ("audit", "short"):
        with pytest.raises(SettingError, match="key_file"):
            Keys(keys).secret(name)


def test_forty_at_once_get_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(40) as pool:
        made = set(pool.map(lambda _: Keys(tmp_path / "keys").secret("answers").value, range(40)))
    assert len(made) == 1


def test_an_older_key_is_found_by_its_id(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    old = keys.secret("answers")
    new = keys.rotate("answers")
    assert keys.secret("answers") == new != old
    assert Keys(tmp_path / "keys").secret_by_id("answers", old.id) == old


@pytest.mark.parametrize("key_id", ["", "1", "1-00000000", "2-00000000", "../answers", "1-zzzzzzzz"])
def test_an_unknown_id_is_not_found(tmp_path: Path, key_id: str) -> None:
    keys = Keys(tmp_path / "keys")
    keys.secret("answers")
    with pytest.raises(NotFound):
        keys.secret_by_id("answers", key_id)


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "a.b"])
def test_a_name_cannot_lead_outside(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        Keys(tmp_path / "keys").secret(name)


SECRET = "0123456789abcdef0123456789abcdef"


def test_a_sealed_key_needs_folder_and_secret(tmp_path: Path) -> None:
    made = Keys(tmp_path / "keys", SECRET).secret("answers")
    (path,) = (tmp_path / "keys").iterdir()
    assert made.value not in path.read_bytes()
    assert Keys(tmp_path / "keys", SECRET).secret("answers") == made
    for other in ("", SECRET[::-1]):
        keys = Keys(tmp_path / "keys", other)
        with pytest.raises(SettingError, match="keys_secret"):
            keys.secret("answers")
        assert not keys.has("answers", made.id)
    path.rename(path.with_name("audit.1"))  # a key for the one thing is none for the other
    with pytest.raises(SettingError, match="keys_secret"):
        Keys(tmp_path / "keys", SECRET).secret("audit")


def test_keys_from_before_the_secret_are_read_and_exchanged(tmp_path: Path) -> None:
    old = Keys(tmp_path / "keys").secret("answers")
    keys = Keys(tmp_path / "keys", SECRET)
    assert keys.secret("answers") == old
    new = keys.rotate("answers")
    assert [len((tmp_path / "keys" / f"answers.{n}").read_bytes()) for n in (1, 2)] == [32, 60]
    assert [one.id for _, one in keys.all()] == [old.id, new.id]
    assert keys.destroy("answers") == 2
    assert list((tmp_path / "keys").iterdir()) == []
