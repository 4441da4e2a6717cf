"""Whatever we write is its owner's alone, however careless the folder and the umask that an administrator gives us."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from plugin.store.engine import Store

ROOT = Path(__file__).parent.parent.parent
PEOPLE = "id,name,kana,phone\nC-1,山田 花子,ヤマダ ハナコ,03-1234-5678\n"


def _open_to_others(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if stat.S_IMODE(path.lstat().st_mode) & 0o077]


def test_nobody_else_reads_a_file_of_ours(tmp_path: Path) -> None:
    folder, people = tmp_path / "data", tmp_path / "people.csv"
    folder.mkdir()
    folder.chmod(0o777)
    people.write_text(PEOPLE, "utf-8")
    env = {**os.environ, "DENWABAN_DATA_DIR": str(folder)}
    library = "import sys, plugin.__main__ as way_in; way_in.cli = lambda **_: open(sys.argv[1], 'w'); way_in.main()"
    for command in (
        [sys.executable, "-m", "plugin", "customers", "import", str(people)],
        [sys.executable, "-m", "plugin", "keys", "rotate"],
        [sys.executable, "-c", library, str(folder / "by-a-library")],
    ):
        subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, umask=0)
    assert (folder / "denwaban.db").exists()
    assert (folder / "by-a-library").exists()
    assert _open_to_others(folder) == []


def test_the_database_is_private_beside_an_open_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = Store(f"sqlite:///{tmp_path / 'denwaban.db'}")
        with store.write() as connection:
            connection.execute(text("CREATE TABLE t (x TEXT)"))
            assert _open_to_others(tmp_path) == []
        store.close()
        again = Store(f"sqlite:///{tmp_path / 'denwaban.db'}")
        with again.read() as connection:
            assert connection.execute(text("SELECT COUNT(*) FROM t")).scalar() == 0
        again.close()
    finally:
        os.umask(before)


def test_an_error_of_the_database_tells_no_value(store: Store) -> None:
    with pytest.raises(DBAPIError) as failed, store.write() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:number)"), {"number": "+819012345678"})
    assert "9012345678" not in str(failed.value)
