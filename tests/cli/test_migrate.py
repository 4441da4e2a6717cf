"""`denwaban migrate-to-mysql` as administrators call it: killed in the middle, called again, switched, taken back."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, make_url, text, update

from plugin.core.access import Purpose
from plugin.core.move import Closed
from plugin.settings import load
from plugin.store import audit
from plugin.store.engine import Store
from plugin.store.moving.rows import MOVED
from plugin.store.tables.calls import calls
from plugin.store.tables.delivery import runs
from plugin.store.tables.keeping import purposes
from plugin.store.tables.staff import users
from plugin.wiring import House
from tests.kit.full import fill_all
from tests.kit.mariadb import PrivateMariadb
from tests.kit.newest import lay
from tests.kit.processes import below, is_alive, wait_for
from tests.kit.rows import rows

pytestmark = pytest.mark.needs("mariadbd")
MANY, FEW = 300, 20  # rows of each table: so many take a while to be carried
SECRET = "p%40ss-word"


class Admin:
    """A full site, an empty database with an account of its own, and a shell."""

    def __init__(self, folder: Path, server: PrivateMariadb, count: int) -> None:
        self.house = House(load(data_dir=folder / "data"))
        lay(self.house.store)
        with self.house.store.write() as connection:
            fill_all(connection, count, long_notes=2, extremes=False)
            connection.execute(update(users).values(role="operator", lang="ja"))
            connection.execute(update(runs).values(outcome="done"))
            # The register of purposes is read by whoever asks for the site's health: its own words alone.
            connection.execute(delete(purposes).where(purposes.c.purpose.not_in(list(Purpose))))
        root = make_url(server.new_database())
        store = Store(root.render_as_string(hide_password=False))
        with store.engine.connect() as connection:
            connection.execute(text("CREATE OR REPLACE USER mover@localhost IDENTIFIED BY 'p@ss-word'"))
            connection.execute(text(f"GRANT ALL ON {root.database}.* TO mover@localhost"))
        store.close()
        socket = root.query["unix_socket"]
        self.url = f"mysql+pymysql://mover:{SECRET}@localhost/{root.database}?unix_socket={socket}"
        self.said = ""

    def start(self, *words: str, **given: str) -> "subprocess.Popen[str]":
        names = {f"DENWABAN_{name.upper()}": value for name, value in given.items()}
        names["DENWABAN_DATA_DIR"] = str(self.house.settings.data_dir)
        return subprocess.Popen(
            [sys.executable, "-m", "plugin", *words],
            env=os.environ | names,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str, **given: str) -> tuple[int, str]:
        with self.start(*words, **given) as process:
            said = process.communicate()[0]
        self.said += said
        return process.returncode, said

    def all_rows(self, store: Store) -> list[object]:
        return [sorted(map(tuple, rows(store, table)), key=repr) for table in MOVED]


@pytest.fixture
def admin(request: pytest.FixtureRequest, tmp_path: Path, mariadb: PrivateMariadb) -> Iterator[Admin]:
    made = Admin(tmp_path, mariadb, getattr(request, "param", FEW))
    yield made
    made.house.close()


def _kill_in_the_middle(admin: Admin) -> None:
    with admin.start("migrate-to-mysql", move_to=admin.url) as process:
        assert process.stdout is not None
        for line in process.stdout:
            admin.said += line
            if line.startswith("moving"):
                break
        children = below(process.pid)
        commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in (process.pid, *children)]
        assert admin.house.store.closed() is Closed.MOVING
        process.kill()
    assert children, "the rows were not being carried any more"
    assert not any(b"ss-word" in command for command in commands)
    wait_for(lambda: not any(map(is_alive, children)))


@pytest.mark.parametrize("admin", [MANY], indirect=True)
def test_killed_in_the_middle_and_called_again_it_ends_right(admin: Admin) -> None:
    old = admin.house.store
    before = admin.all_rows(old)
    _kill_in_the_middle(admin)
    assert old.closed() is None
    assert admin.all_rows(old) == before
    assert "was broken off; the site runs on as before" in admin.run("doctor")[1]
    refused = admin.run("user", "list", database_url=admin.url)
    assert refused == (2, "denwaban: setting.half_moved setting=DENWABAN_DATABASE_URL\n")
    with old.write() as connection:  # nobody's work has stopped
        connection.execute(update(calls).where(calls.c.id == "calls7").values(queue="written between"))
    with old.read() as connection:
        head = audit.head(connection)

    code, said = admin.run("migrate-to-mysql", move_to=admin.url)
    assert code == 0, said
    assert f"{sum(map(len, before))} rows in {len(MOVED)} tables moved and proved the same" in said  # type: ignore[arg-type]
    assert head[1] in said
    assert old.closed() is Closed.MOVED
    assert [path.name for path in admin.house.settings.data_dir.glob("*.snapshot*")] == []
    assert admin.run("user", "list") == (2, "denwaban: setting.moved setting=DENWABAN_DATABASE_URL\n")

    new = Store(admin.url)
    assert admin.all_rows(new) == admin.all_rows(old) != before
    with new.read() as connection:
        assert audit.head(connection) == head
    new.close()
    code, said = admin.run("audit", "verify", database_url=admin.url)
    assert (code, said.splitlines()[-1]) == (0, "whole")
    assert admin.run("user", "list", database_url=admin.url)[0] == 0
    assert "ss-word" not in admin.said.replace("`", "")


def test_what_is_refused_says_so_and_the_way_back_is_open(admin: Admin) -> None:
    with admin.house.store.write() as connection:
        connection.execute(text("UPDATE calls SET queue = 'sales ' WHERE id IN ('calls1', 'calls2')"))
        connection.execute(text("UPDATE outbox SET subject_id = 'x ' WHERE id = 'outbox1'"))
    said = (
        "trailing_space: outbox.subject_id: 1 keys end with a space, which MySQL does not tell from the same without it"
    )
    for words, last in (
        (("--check",), "The site cannot be moved like this."),
        ((), "REFUSED. Nothing has changed: the site runs on in its old database."),
    ):
        code, told = admin.run("migrate-to-mysql", *words, move_to=admin.url)
        assert (code, told.splitlines()[-2:]) == (1, [said, last])
    assert admin.run("migrate-to-mysql", "--back") == (0, "There is no move to take back.\n")
    with admin.house.store.write() as connection:
        connection.execute(text("UPDATE outbox SET subject_id = 'x' WHERE id = 'outbox1'"))
    assert "can be moved as they are" in admin.run("migrate-to-mysql", "--check", move_to=admin.url)[1]


def test_it_moves_forth_by_a_file_and_back_by_a_word(admin: Admin, tmp_path: Path) -> None:
    address = tmp_path / "address"
    address.write_text(f"{admin.url}\n", "utf-8")
    code, said = admin.run("migrate-to-mysql", "--url-file", str(address))
    assert code == 0, said
    code, said = admin.run("migrate-to-mysql", "--url-file", str(address))
    assert (code, "this site has moved" in said) == (1, True)
    assert "--back" in admin.run("doctor")[1]
    code, said = admin.run("migrate-to-mysql", "--back")
    assert (code, said.startswith("The old database is open again")) == (0, True)
    assert admin.run("user", "list")[0] == 0
    with admin.house.store.write():
        assert admin.house.store.closed() is None


NOWHERE = (
    (None, "setting.missing setting=DENWABAN_MOVE_TO"),
    ("postgresql://me:p%40ss-word@host/db", "setting.not_mysql setting=DENWABAN_MOVE_TO"),
    ("mysql://me:p%40ss-word@127.0.0.1:1/db", "unavailable.target"),
)


def test_an_address_that_leads_nowhere_changes_nothing(admin: Admin) -> None:
    for address, words in NOWHERE:
        code, said = admin.run("migrate-to-mysql", **({"move_to": address} if address else {}))
        seen = (code, words in said, "Nothing has changed" in said, "ss-word" in said)
        assert seen == (1, True, True, False), (address, said)
        assert admin.house.store.sign() is None
