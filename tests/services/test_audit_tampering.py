"""Somebody owns the database and changes it anywhere, in any way, hundreds of times: each is found, and told as it is.

He makes every hash right that he can. What he has not is the signing key and the checkpoints, but for the last test.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, text, update

from plugin.core.audit import FIRST_PREV, Act, AuditFact, AuditLine, Remark, RemarkName, chain
from plugin.core.audit_check import Damage
from plugin.core.times import to_us
from plugin.services.audit import Audit
from plugin.store import audit as rows
from plugin.store.checkpoints import Checkpoints
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.tables.audit import audit_head, audit_lines, audit_remarks
from tests.kit.clock import HandClock

LINES = 40
SIGNED = (1, 13, 26, LINES)  # the lines after which a checkpoint was signed
TRIGGERS = ("audit_lines_no_update", "audit_lines_no_delete", "audit_remarks_no_update")
TABLES = (audit_lines, audit_remarks, audit_head)
COLUMNS = ("act", "user_id", "customer_id", "call_id", "kind", "at")


@dataclass
class Site:
    """Forty lines, every third with a remark; four checkpoints; no triggers."""

    store: Store
    folder: Path
    audit: Audit

    def kinds(self) -> set[Damage]:
        return {finding.damage for finding in self.audit.verify().findings}


def fill(store: Store, folder: Path) -> Audit:
    clock = HandClock()
    audit = Audit(store, Checkpoints(folder / "checkpoints", Keys(folder / "keys")), clock)
    for seq in range(1, LINES + 1):
        clock.move(seconds=1)
        said = (Remark(RemarkName.REASON, f"理由 {seq}"),) if seq % 3 == 0 else ()
        act = list(Act)[seq % 7]
        with store.write() as connection:
            rows.append(connection, AuditFact(act, clock(), user_id=f"u{seq % 4}", outcome=f"{seq}", remarks=said))
        if seq in SIGNED:
            assert audit.checkpoint() == 1
    return audit


@pytest.fixture(scope="module")
def whole(newest_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    shutil.copyfile(newest_sqlite, folder / "denwaban.db")
    store = Store(f"sqlite:///{folder / 'denwaban.db'}")
    fill(store, folder)
    with store.write() as connection:
        for trigger in TRIGGERS:
            connection.execute(text(f"DROP TRIGGER {trigger}"))
    store.close()
    return folder


@contextmanager
def copy_of(whole: Path) -> Iterator[Site]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "site"
        shutil.copytree(whole, folder)
        store = Store(f"sqlite:///{folder / 'denwaban.db'}")
        try:
            yield Site(
                store, folder, Audit(store, Checkpoints(folder / "checkpoints", Keys(folder / "keys")), HandClock())
            )
        finally:
            store.close()


def edit_text(connection: Connection, seq: int, letter: int) -> None:
    body = connection.scalar(select(audit_lines.c.body).where(audit_lines.c.seq == seq)) or ""
    place = letter % len(body)
    other = "x" if body[place] != "x" else "y"
    changed = body[:place] + other + body[place + 1 :]
    connection.execute(update(audit_lines).where(audit_lines.c.seq == seq).values(body=changed))


def edit_and_hash(connection: Connection, seq: int) -> None:
    """Change a line and its own hash; the next line still names the old one."""
    prev = connection.scalar(select(audit_lines.c.prev).where(audit_lines.c.seq == seq)) or ""
    line = chain(AuditFact(Act.SIGN_OUT, HandClock()(), user_id="mallory"), seq, prev)
    put(connection, line)


def put(connection: Connection, line: AuditLine) -> None:
    connection.execute(delete(audit_remarks).where(audit_remarks.c.seq == line.seq))
    connection.execute(delete(audit_lines).where(audit_lines.c.seq == line.seq))
    fact = AuditFact(Act.SIGN_OUT, HandClock()(), user_id="mallory")
    values = {"act": fact.act, "user_id": fact.user_id, "kind": fact.kind, "at": to_us(fact.at)}
    connection.execute(
        insert(audit_lines).values(seq=line.seq, prev=line.prev, hash=line.hash, body=line.body, **values)
    )


def rewrite(connection: Connection, first: int, last: int) -> None:
    """Write lines `first` to `last` anew, every hash and the head made right; nothing comes after."""
    prev = connection.scalar(select(audit_lines.c.hash).where(audit_lines.c.seq == first - 1)) or FIRST_PREV
    for table in (audit_lines, audit_remarks):
        connection.execute(delete(table).where(table.c.seq >= first))
    for seq in range(first, last + 1):
        line = chain(AuditFact(Act.SIGN_OUT, HandClock()(), user_id="mallory"), seq, prev)
        put(connection, line)
        prev = line.hash
    connection.execute(update(audit_head).values(seq=last, hash=prev))


def cut(connection: Connection, left: int) -> None:
    """Cut the end off, and mend the head."""
    for table in (audit_lines, audit_remarks):
        connection.execute(delete(table).where(table.c.seq > left))
    hashed = connection.scalar(select(audit_lines.c.hash).where(audit_lines.c.seq == left)) or FIRST_PREV
    connection.execute(update(audit_head).values(seq=left, hash=hashed))


def tamper(connection: Connection, way: str, data: st.DataObject) -> set[Damage]:
    """Change one thing in this way, at a place of chance; return what has to be found."""
    seq = data.draw(st.integers(1, LINES))
    match way:
        case "edit":
            edit_text(connection, seq, data.draw(st.integers(0, 500)))
            return {Damage.EDITED}
        case "edit_and_hash":
            edit_and_hash(connection, seq)
            return {Damage.HEAD if seq == LINES else Damage.UNCHAINED}
        case "column":
            column = data.draw(st.sampled_from(COLUMNS))
            value = 1 if column == "at" else "other"
            connection.execute(update(audit_lines).where(audit_lines.c.seq == seq).values({column: value}))
            return {Damage.MISFILED}
        case "delete":
            many = data.draw(st.integers(1, LINES - 1))
            first = data.draw(st.integers(1, LINES - many))
            gone = audit_lines.c.seq.between(first, first + many - 1)
            connection.execute(delete(audit_lines).where(gone))
            connection.execute(delete(audit_remarks).where(audit_remarks.c.seq.between(first, first + many - 1)))
            return {Damage.DELETED}
        case "cut":
            cut(connection, data.draw(st.integers(0, LINES - 1)))
            return {Damage.CUT_OFF}
        case "roll back and write on":
            left = data.draw(st.integers(0, LINES - 1))
            rewrite(connection, left + 1, LINES + data.draw(st.integers(0, 9)))
            return {Damage.REWRITTEN}
        case "remark":
            seq = seq - seq % 3 or 3
            connection.execute(update(audit_remarks).where(audit_remarks.c.seq == seq).values(text="other"))
            return {Damage.REMARK}
        case "remark gone":
            seq = seq - seq % 3 or 3
            connection.execute(delete(audit_remarks).where(audit_remarks.c.seq == seq))
            return {Damage.REMARK_GONE}
        case _:
            added = {"seq": seq + 100 * data.draw(st.integers(0, 1)), "name": "case", "salt": b"s", "text": "put in"}
            connection.execute(insert(audit_remarks).values(added))
            return {Damage.REMARK}


WAYS = (
    "edit",
    "edit_and_hash",
    "column",
    "delete",
    "cut",
    "roll back and write on",
    "remark",
    "remark gone",
    "remark put in",
)
OFTEN = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def test_nothing_was_done(whole: Path) -> None:
    with copy_of(whole) as site:
        assert site.kinds() == set()


@pytest.mark.parametrize("way", WAYS)
def test_whatever_is_changed_anywhere_is_found(whole: Path, way: str) -> None:
    @OFTEN
    @given(data=st.data())
    def once(data: st.DataObject) -> None:
        with copy_of(whole) as site:
            with site.store.write() as connection:
                wanted = tamper(connection, way, data)
            assert wanted <= site.kinds()

    once()


@OFTEN
@given(data=st.data())
def test_the_database_and_newer_checkpoints_put_back_together_are_found_by_who_kept_one(
    whole: Path, data: st.DataObject
) -> None:
    """The one who has both can hide the end; somebody else's copy of any later checkpoint tells of it."""
    kept = data.draw(st.integers(2, len(SIGNED)))
    left = data.draw(st.integers(0, SIGNED[kept - 1] - 1))
    with copy_of(whole) as site:
        with site.store.write() as connection:
            cut(connection, left)
        (path,) = (site.folder / "checkpoints").glob("*.jsonl")
        lines = path.read_bytes().split(b"\n")
        path.write_bytes(b"\n".join(lines[: 1 + sum(each <= left for each in SIGNED)]))
        assert site.kinds() == set()
        path.write_bytes(b"\n".join((*lines[: 1 + sum(each <= left for each in SIGNED)], lines[kept])))
        assert Damage.CUT_OFF in site.kinds()


@pytest.mark.needs("mariadbd")
def test_it_is_found_on_the_other_database_too(newest_mariadb: str, tmp_path: Path) -> None:
    store = Store(newest_mariadb)
    site = Site(store, tmp_path, fill(store, tmp_path))
    refusal = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'"
    try:
        with store.write() as connection:
            for trigger in TRIGGERS:
                connection.execute(text(f"DROP TRIGGER {trigger}"))
        assert site.kinds() == set()

        @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
        @given(way=st.sampled_from(WAYS), data=st.data())
        def once(way: str, data: st.DataObject) -> None:
            with store.engine.connect() as connection:
                kept = {table: connection.execute(select(table)).all() for table in TABLES}
            with store.write() as connection:
                wanted = tamper(connection, way, data)
            found = site.kinds()
            with store.write() as connection:
                for table, old in kept.items():
                    connection.execute(delete(table))
                    connection.execute(insert(table), [row._asdict() for row in old])
            assert wanted <= found

        once()
        assert site.kinds() == set()
    finally:
        with store.engine.connect() as connection:
            for trigger in TRIGGERS:
                table, _, act = trigger.partition("_no_")
                connection.execute(text(f"CREATE TRIGGER {trigger} BEFORE {act} ON {table} FOR EACH ROW {refusal}"))
            for name in ("audit_lines", "audit_remarks", "audit_head"):
                connection.execute(text(f"TRUNCATE {name}"))
            connection.execute(insert(audit_head).values(id=1, seq=0, hash=FIRST_PREV))
            connection.commit()
        store.close()
