"""Every way of tampering with the audit is seeded by hand, and found."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update

from plugin.core.access import Purpose
from plugin.core.audit import Act, AuditFact, AuditLine, chain
from plugin.core.audit_check import Damage, Finding
from plugin.core.errors import Conflict, Denied
from plugin.core.merkle import Tree, leaf
from plugin.core.staff import Role
from plugin.services.audit import Audit
from plugin.store import audit as rows
from plugin.store.checkpoints import Checkpoints
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.tables.audit import audit_head, audit_lines
from tests.kit.clock import HandClock
from tests.kit.listening import Gate
from tests.kit.people import Town

LINES = 20


class Chain:
    """Twenty lines, checkpoints at the tenth and at the last, and somebody who owns the database."""

    def __init__(self, store: Store, folder: Path, clock: HandClock) -> None:
        self.store, self.folder, self.clock = store, folder / "checkpoints", clock
        self.audit = Audit(store, Checkpoints(self.folder, Keys(folder / "keys")), clock)
        self.append(10)
        assert self.audit.checkpoint() == 1
        self.append(10)
        assert self.audit.checkpoint() == 1

    def append(self, count: int) -> None:
        for _ in range(count):
            with self.store.write() as connection:
                rows.append(connection, AuditFact(Act.LOOK_UP, self.clock(), user_id="u" * 26, outcome="done"))
            self.clock.move(seconds=7)

    def tamper(self, by: Callable[[Connection], object]) -> None:
        with self.store.write() as connection:
            by(connection)

    def findings(self, public_key: str = "") -> set[Finding]:
        return set(self.audit.verify(public_key).findings)

    def rewrite(self, connection: Connection, first: int, last: int) -> None:
        """Write the lines anew with a changed outcome, every hash made right."""
        prev = connection.execute(select(audit_lines.c.hash).where(audit_lines.c.seq == first - 1)).scalar() or "0" * 64
        connection.execute(delete(audit_lines).where(audit_lines.c.seq >= first))
        line = AuditLine(0, "", prev, "")
        for seq in range(first, last + 1):
            fact = AuditFact(Act.LOOK_UP, self.clock() + timedelta(days=1), user_id="v" * 26, outcome="other")
            line = chain(fact, seq, line.hash)
            _insert(connection, line, fact)
        connection.execute(update(audit_head).values(seq=last, hash=line.hash))


def _insert(connection: Connection, line: AuditLine, fact: AuditFact) -> None:
    at = json.loads(line.body)["at"]
    values = {"act": fact.act, "user_id": fact.user_id, "customer_id": None, "at": at, "kind": fact.kind}
    connection.execute(
        insert(audit_lines).values(seq=line.seq, prev=line.prev, hash=line.hash, body=line.body, **values)
    )


@pytest.fixture
def whole(store: Store, tmp_path: Path, clock: HandClock) -> Iterator[Chain]:
    """A whole chain; who owns the database takes the triggers away that refuse changes."""
    with store.write() as connection:
        for act in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER audit_lines_no_{act}"))
    yield Chain(store, tmp_path, clock)
    if not store.is_sqlite:  # tests share that database
        for act in ("update", "delete"):
            refusal = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the audit is append-only'"
            trigger = f"CREATE TRIGGER audit_lines_no_{act} BEFORE {act} ON audit_lines FOR EACH ROW {refusal}"
            with store.write() as connection:
                connection.execute(text(trigger))


def test_an_untouched_chain_is_whole(whole: Chain) -> None:
    verdict = whole.audit.verify()
    assert verdict.findings == ()
    assert (verdict.lines, verdict.checkpoints, verdict.proved_to) == (LINES, 2, LINES)
    whole.append(3)
    assert whole.findings() == set()
    assert whole.findings(whole.audit.public_key()) == set()


@pytest.mark.parametrize("seq", [1, 5, 10, LINES])
def test_an_edited_text_is_found(whole: Chain, seq: int) -> None:
    def edit(connection: Connection) -> None:
        body = connection.execute(select(audit_lines.c.body).where(audit_lines.c.seq == seq)).scalar_one()
        changed = body.replace("done", "gone")
        assert changed != body
        connection.execute(update(audit_lines).where(audit_lines.c.seq == seq).values(body=changed))

    whole.tamper(edit)
    assert whole.findings() == {Finding(Damage.EDITED, seq)}


@pytest.mark.parametrize(
    "change",
    [
        {"act": "staff.sign_in"},
        {"user_id": None},
        {"user_id": "w" * 26},
        {"customer_id": "c" * 26},
        {"call_id": "c" * 26},
        {"kind": "heard"},
        {"kind": None},
        {"at": 1},
    ],
)
def test_a_changed_column_is_found(whole: Chain, change: dict[str, object]) -> None:
    whole.tamper(
        lambda connection: connection.execute(update(audit_lines).where(audit_lines.c.seq == 4).values(change))
    )
    assert whole.findings() == {Finding(Damage.MISFILED, 4)}


@pytest.mark.parametrize("seq", [1, 7, 10])
def test_a_line_taken_out_of_the_middle_is_found(whole: Chain, seq: int) -> None:
    whole.tamper(lambda connection: connection.execute(delete(audit_lines).where(audit_lines.c.seq == seq)))
    assert whole.findings() == {Finding(Damage.DELETED, seq + 1)}


def test_a_line_put_in_is_found(whole: Chain) -> None:
    def put_in(connection: Connection) -> None:
        connection.execute(delete(audit_lines).where(audit_lines.c.seq == 7))
        prev = connection.execute(select(audit_lines.c.hash).where(audit_lines.c.seq == 6)).scalar_one()
        fact = AuditFact(Act.SIGN_IN, whole.clock())
        _insert(connection, chain(fact, 7, prev), fact)

    whole.tamper(put_in)
    assert whole.findings() == {Finding(Damage.UNCHAINED, 8)}


@pytest.mark.parametrize(("left", "is_head_mended"), [(19, True), (12, True), (12, False), (5, True), (0, True)])
def test_a_tail_cut_off_is_found(whole: Chain, left: int, is_head_mended: bool) -> None:
    def cut(connection: Connection) -> None:
        connection.execute(delete(audit_lines).where(audit_lines.c.seq > left))
        hashed = connection.execute(select(audit_lines.c.hash).where(audit_lines.c.seq == left)).scalar() or "0" * 64
        if is_head_mended:
            connection.execute(update(audit_head).values(seq=left, hash=hashed))

    whole.tamper(cut)
    head = set() if is_head_mended else {Finding(Damage.HEAD, LINES)}
    assert whole.findings() == {Finding(Damage.CUT_OFF, left + 1)} | head
    if is_head_mended:  # the worker sees it too, at its next checkpoint
        with pytest.raises(Conflict, match="audit_cut_off"):
            whole.audit.checkpoint()


def test_an_old_copy_put_back_and_written_on_is_found(whole: Chain) -> None:
    whole.tamper(lambda connection: whole.rewrite(connection, 12, 12))
    whole.append(20)
    assert whole.findings() == {Finding(Damage.REWRITTEN, LINES)}


def test_a_chain_made_right_from_the_first_line_is_found(whole: Chain) -> None:
    whole.tamper(lambda connection: whole.rewrite(connection, 1, LINES))
    assert whole.findings() == {Finding(Damage.REWRITTEN, 10), Finding(Damage.REWRITTEN, LINES)}


def test_a_head_that_lies_is_found(whole: Chain) -> None:
    whole.tamper(lambda connection: connection.execute(update(audit_head).values(hash="f" * 64)))
    assert whole.findings() == {Finding(Damage.HEAD, LINES)}


def _file(whole: Chain) -> Path:
    (found,) = whole.folder.glob("*.jsonl")
    return found


def test_a_checkpoint_that_others_made_is_found(whole: Chain) -> None:
    path = _file(whole)
    path.write_text(path.read_text().replace('"seq": 20', '"seq": 19'))
    assert whole.findings() == {Finding(Damage.FORGED, 19)}


def test_a_checkpoint_signed_with_another_key_is_found(whole: Chain, tmp_path: Path, store: Store) -> None:
    other = Checkpoints(whole.folder, Keys(tmp_path / "other keys"))
    tree = Tree()
    for _ in range(LINES):
        tree.add(leaf(b"other"))
    other.write(other.sign("a" * 64, tree, whole.clock()), tree, whole.clock())
    assert whole.findings() == {Finding(Damage.FORGED, LINES)}
    kept = whole.audit.public_key()
    assert whole.findings(kept) == {Finding(Damage.FORGED, LINES)}
    assert Finding(Damage.FORGED, 10) in whole.findings(other.public_key())


def test_a_torn_checkpoint_is_no_false_alarm(whole: Chain) -> None:
    path = _file(whole)
    path.write_bytes(path.read_bytes()[:-20])
    assert whole.findings() == set()
    assert whole.audit.verify().proved_to == 10
    assert whole.audit.checkpoint() == 1
    assert whole.audit.verify().proved_to == LINES
    for rubbish in (
        b"\n\xff\xfe",
        b'\n{"seq": "x"}',
        b"\n[]",
        b'\n{"seq":1,"hash":2,"at":3,"key_id":4,"signature":""}',
    ):
        path.write_bytes(path.read_bytes() + rubbish)
    assert whole.findings() == set()


def test_nothing_new_is_signed_once(whole: Chain) -> None:
    assert whole.audit.checkpoint() == 0
    whole.append(1)
    assert whole.audit.checkpoint() == 1
    whole.clock.move(days=31)
    assert whole.audit.checkpoint() == 0
    whole.append(1)
    assert whole.audit.checkpoint() == 1
    assert len(list(whole.folder.glob("*.jsonl"))) == 2


def test_an_operator_sees_who_listened_to_the_own_calls(store: Store, tmp_path: Path, clock: HandClock) -> None:
    town = Town(store, clock())
    alice, carol, bob = town.staff("alice"), town.staff("carol"), town.staff("bob", Role.SUPERVISOR)
    gate = Gate(store, tmp_path, clock)
    audit = Audit(store, Checkpoints(tmp_path / "checkpoints", Keys(tmp_path / "keys")), clock)
    call_id = town.call(town.customer("C-1"), taken_by=alice, rang_at=carol)
    recording = gate.record(call_id, 5)
    token = gate.grants.ask(bob, recording, Purpose.QUALITY, "CASE-12").token
    assert audit.listenings_to(alice) == ()
    gate.play(bob, recording, token)
    gate.playback.heard(bob, recording, token, 0, 2000)
    own = gate.grants.ask(alice, recording, Purpose.AFTER_CALL_WORK).token
    gate.play(alice, recording, own)
    (seen,) = audit.listenings_to(alice)
    assert (seen.call_id, seen.listener, seen.purpose, seen.heard_ms) == (call_id, "bobさん", "quality", 2000)
    assert audit.listenings_to(carol) == ()
    with pytest.raises(Denied):
        audit.listenings_to(town.staff("root", Role.ADMIN))
