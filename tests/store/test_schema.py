"""The numbered steps make the tables that the store speaks of, and the chain's triggers stand."""

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

import migrations
from plugin.core.audit import Act, AuditFact
from plugin.store import audit
from plugin.store.engine import Store
from plugin.store.schema import current_step, newest_step, upgrade
from plugin.store.tables import metadata
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.customers import customer_numbers, customers
from plugin.store.tables.delivery import leases
from tests.kit.clock import HandClock
from tests.kit.replica import held


def test_steps_make_the_tables_of_the_store(store: Store) -> None:
    assert current_step(store) == newest_step()
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_upgrading_twice_changes_nothing(store: Store) -> None:
    upgrade(store)
    assert current_step(store) == newest_step()


def test_text_keys_are_compared_to_the_letter(store: Store) -> None:
    with store.write() as connection:
        for name in ("は", "ハ", "abc", "ABC", "é", "e"):
            connection.execute(insert(leases).values(name=name, holder="x", until=0))
    with store.read() as connection:
        assert connection.scalar(select(leases.c.name).where(leases.c.name == "ハ")) == "ハ"


def test_an_audit_line_cannot_be_changed_or_deleted(store: Store, clock: HandClock) -> None:
    with store.write() as connection:
        audit.append(connection, AuditFact(Act.SIGN_IN, clock()))
    for change in (update(audit_lines).values(body="other"), delete(audit_lines)):
        with pytest.raises(DBAPIError), store.write() as connection:
            connection.execute(change)


def test_an_error_rolls_the_whole_transaction_back(store: Store) -> None:
    def fail_half_way() -> None:
        with store.write() as connection:
            connection.execute(insert(leases).values(name="a", holder="x", until=0))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    with store.read() as connection:
        assert connection.execute(select(leases)).all() == []


def test_transactions_never_nest(store: Store) -> None:
    with store.read(), pytest.raises(RuntimeError), store.write():
        pass


def test_the_newest_step_is_the_head_of_the_steps() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert newest_step() == ScriptDirectory.from_config(config).get_current_head()


def test_several_that_upgrade_at_once_wait_for_each_other(empty_url: str) -> None:
    failed: list[BaseException] = []

    def start() -> None:
        store = Store(empty_url)
        try:
            upgrade(store)
        except BaseException as error:  # noqa: BLE001  handed to the test
            failed.append(error)
        finally:
            store.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_numbers_from_before_the_index_are_put_into_it(empty_url: str) -> None:
    store = Store(empty_url)
    upgrade(store, "0016")
    person = {"crm": "local", "kind": "person", "name": "", "kana": "", "code": "", "updated_at": 0}
    number = {"place": "0", "raw": "-", "valid": 1, "kind": "other", "personal": 0, "changed_at": 0}
    with store.write() as connection:
        for name, place, field, e164 in (
            ("a", 5, "x", "+81312345678"),
            ("b", 6, "x", None),
            ("c", 7, "x", "+81312345679"),
        ):
            connection.execute(insert(customers).values(id=name, external_id=name, place=place, **person))
            connection.execute(insert(customer_numbers).values(customer_id=name, field=field, e164=e164, **number))
        connection.execute(insert(customer_numbers).values(customer_id="a", field="y", e164="+81312345678", **number))
    upgrade(store)
    assert held(store) == {("+81312345678", 5), ("+81312345679", 7)}
    store.close()


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.needs("mariadbd"))])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("mariadb").new_database()
    return url
