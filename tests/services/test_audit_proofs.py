"""One line proved without the database; and whatever is changed in a proof, by a byte, proves nothing."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.core.audit import Act, AuditFact, Remark, RemarkName
from plugin.core.audit_proof import Proof, read_proof, write_proof
from plugin.core.errors import Conflict, InputError, NotFound
from plugin.services.audit import Audit, is_proved
from plugin.store import audit as rows
from plugin.store.checkpoints import Checkpoints
from plugin.store.engine import Store
from plugin.store.keys import Keys
from tests.kit.clock import HandClock

LINES = 21
NAMES = ("format", "line", "path", "checkpoint", "remarks", "seq", "root", "hash", "at", "signature")


def site(store: Store, folder: Path, clock: HandClock, name: str = "") -> Audit:
    return Audit(store, Checkpoints(folder / f"checkpoints{name}", Keys(folder / f"keys{name}")), clock)


def fill(store: Store, clock: HandClock, count: int = LINES) -> None:
    for place in range(count):
        said = (Remark(RemarkName.SEARCH, f"髙橋\u3000{place}"),) if place % 3 == 0 else ()
        fact = AuditFact(Act.LOOK_UP, clock(), user_id="u" * 26, outcome=f"words {place}", remarks=said)
        with store.write() as connection:
            rows.append(connection, fact)
        clock.move(seconds=1)


def is_good(data: bytes, public_key: str) -> bool:
    try:
        return is_proved(read_proof(data), public_key)
    except InputError:
        return False


def test_every_line_is_proved_by_every_later_checkpoint(store: Store, tmp_path: Path, clock: HandClock) -> None:
    audit = site(store, tmp_path, clock)
    for signed in (1, 4, 7, LINES):
        fill(store, clock, signed - len(_numbers(store)))
        assert audit.checkpoint() == 1
    for seq in range(1, LINES + 1):
        proof = audit.prove(seq)
        assert proof.checkpoint.seq == min(each for each in (1, 4, 7, LINES) if each >= seq)
        data = write_proof(proof)
        assert read_proof(data) == proof
        assert is_proved(proof, audit.public_key())
        assert proof.seq == seq


def _numbers(store: Store) -> list[int]:
    with store.read() as connection:
        return [seq for seq, _ in rows.bodies(connection, 0, rows.HIGHEST)]


def test_what_was_typed_is_in_a_proof_only_where_asked(store: Store, tmp_path: Path, clock: HandClock) -> None:
    audit = site(store, tmp_path, clock)
    fill(store, clock, 2)
    audit.checkpoint()
    assert "髙橋".encode() not in write_proof(audit.prove(1))
    opened = audit.prove(1, opened=True)
    assert [one.text for one in opened.remarks] == ["髙橋\u30000"]
    assert is_good(write_proof(opened), audit.public_key())
    other = replace(opened, remarks=(opened.remarks[0]._replace(text="高橋\u30000"),))
    assert not is_good(write_proof(other), audit.public_key())
    foreign = replace(audit.prove(2), remarks=opened.remarks)  # a text of another line
    assert not is_good(write_proof(foreign), audit.public_key())


def test_what_nobody_signed_is_not_proved(store: Store, tmp_path: Path, clock: HandClock) -> None:
    audit = site(store, tmp_path, clock)
    fill(store, clock, 3)
    with pytest.raises(Conflict, match="not_signed_yet"):
        audit.prove(2)
    audit.checkpoint()
    for seq in (0, 4, -1):
        with pytest.raises(NotFound):
            audit.prove(seq)
    other = site(store, tmp_path, clock, "other")
    assert not is_proved(audit.prove(2), other.public_key())


def _without_a_checkpoint_for(change: Callable[[Proof], Proof], proof: Proof, key: str) -> None:
    assert not is_good(write_proof(change(proof)), key)


def test_parts_of_other_proofs_prove_nothing(store: Store, tmp_path: Path, clock: HandClock) -> None:
    audit = site(store, tmp_path, clock)
    fill(store, clock, 5)
    audit.checkpoint()
    fill(store, clock, 5)
    audit.checkpoint()
    key, one, two, late = audit.public_key(), audit.prove(2), audit.prove(3), audit.prove(8)
    for change in (
        lambda proof: replace(proof, body=two.body),
        lambda proof: replace(proof, path=two.path),
        lambda proof: replace(proof, path=late.path),
        lambda proof: replace(proof, checkpoint=late.checkpoint, signature=late.signature),
        lambda proof: replace(proof, signature=late.signature),
        lambda proof: replace(proof, checkpoint=replace(proof.checkpoint, at_us=proof.checkpoint.at_us - 1)),
    ):
        _without_a_checkpoint_for(change, one, key)


@pytest.fixture(scope="module")
def proofs(newest_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[bytes], str]:
    """Proofs of several lines, opened and not, as files; and the key."""
    folder = tmp_path_factory.mktemp("proofs")
    (folder / "denwaban.db").write_bytes(newest_sqlite.read_bytes())
    store, clock = Store(f"sqlite:///{folder / 'denwaban.db'}"), HandClock()
    audit = site(store, folder, clock)
    fill(store, clock)
    audit.checkpoint()
    made = [write_proof(audit.prove(seq, opened=True)) for seq in (1, 2, 16, LINES)]
    store.close()
    return made, audit.public_key()


@settings(max_examples=600, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_proof_with_one_other_byte_proves_nothing(proofs: tuple[list[bytes], str], data: st.DataObject) -> None:
    files, key = proofs
    good = data.draw(st.sampled_from(files))
    assert is_good(good, key)
    place = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != good[place]))
    assert not is_good(good[:place] + bytes([byte]) + good[place + 1 :], key)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_proof_cut_or_grown_proves_nothing(proofs: tuple[list[bytes], str], data: st.DataObject) -> None:
    files, key = proofs
    good = data.draw(st.sampled_from(files))
    place = data.draw(st.integers(0, len(good) - 1))
    assert not is_good(good[:place], key)
    assert not is_good(good[:place] + data.draw(st.binary(min_size=1, max_size=9)) + good[place:], key)


def test_every_byte_of_a_proof_counts(proofs: tuple[list[bytes], str]) -> None:
    files, key = proofs
    good = files[1]
    for place in range(len(good)):
        for flip in (0x01, 0x20):  # another digit; another case
            assert not is_good(good[:place] + bytes([good[place] ^ flip]) + good[place + 1 :], key)


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_rubbish_is_no_proof(data: bytes) -> None:
    with pytest.raises(InputError):
        read_proof(data)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
        max_leaves=12,
    )
)
def test_other_json_is_no_proof(said: object) -> None:
    with pytest.raises(InputError):
        read_proof(json.dumps(said).encode())
