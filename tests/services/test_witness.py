"""The CRM as witness: it stands there once whatever fails, and tells of a roll-back that took the folder along."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.crm.local import LocalCrm
from plugin.core.audit import Act, AuditFact
from plugin.core.audit_check import Damage, Finding
from plugin.core.errors import OutsideError, SettingError
from plugin.core.ports import Crm, Witness
from plugin.services.audit import Audit
from plugin.services.witnessing import Witnessing, key_of
from plugin.store import audit as rows
from plugin.store.checkpoints import Checkpoints
from plugin.store.engine import Store
from plugin.store.keys import Keys
from tests.kit.clock import HandClock
from tests.kit.salesforce import crm_of, dress, dress_witness
from tests.kit.tempo import HandTempo
from tests.salesforce_org import Org
from tests.salesforce_org.faults import Act as OrgAct
from tests.salesforce_org.faults import Fault

OBJECT = "Denwaban_Checkpoint__c"


@pytest.fixture
def org(clock: HandClock) -> Iterator[Org]:
    with Org(clock=clock, tls=False) as made:
        dress(made)
        dress_witness(made)
        yield made


class Bench:
    """A site's audit whose checkpoints an org witnesses. SQLite, so that files can be put back."""

    def __init__(self, store: Store, folder: Path, clock: HandClock, org: Org) -> None:
        self.store, self.folder, self.clock, self.org = store, folder, clock, org
        self.checkpoints = Checkpoints(folder / "checkpoints", Keys(folder / "keys"))
        self.audit = Audit(store, self.checkpoints, clock)
        self.witnessing = self.worker()

    def worker(self) -> Witnessing:
        crm: Crm = crm_of(self.org, self.folder / "crm", HandTempo(self.clock).tempo())
        return Witnessing(self.checkpoints, lambda: crm)

    def append(self, count: int) -> None:
        for _ in range(count):
            self.clock.move(seconds=1)
            with self.store.write() as connection:
                rows.append(connection, AuditFact(Act.LOOK_UP, self.clock(), user_id="u"))
        assert self.audit.checkpoint() == 1

    def stands(self) -> int:
        return len(list(self.org.living(OBJECT)))

    def found(self) -> set[Finding]:
        return set(self.audit.verify(witnessed=self.witnessing.read()).findings)


@pytest.fixture
def bench(sqlite_store: Store, tmp_path: Path, clock: HandClock, org: Org) -> Bench:
    return Bench(sqlite_store, tmp_path, clock, org)


def test_the_newest_checkpoint_stands_there_once(bench: Bench) -> None:
    assert bench.witnessing.run() == 0  # nothing is signed yet
    bench.append(3)
    assert bench.witnessing.run() == 1
    assert bench.witnessing.run() == 0
    assert bench.worker().run() == 1  # another process does not know; the org does
    assert bench.stands() == 1
    bench.append(2)
    bench.append(2)
    assert bench.witnessing.run() == 1
    assert bench.stands() == 2
    assert bench.found() == set()
    assert [signed.checkpoint.seq for signed in bench.witnessing.read()] == [3, 7]


def test_it_is_no_activity_and_holds_nothing_personal(bench: Bench) -> None:
    bench.append(1)
    bench.witnessing.run()
    assert list(bench.org.living("Task")) == []
    (record,) = bench.org.living(OBJECT)
    said = json.loads(str(record["Denwaban_Text__c"]))
    assert set(said) == {"seq", "hash", "root", "at", "key_id", "signature"}


def test_a_database_and_folder_put_back_together_are_found(bench: Bench, tmp_path: Path) -> None:
    bench.append(5)
    bench.store.close()
    kept = tmp_path / "kept"
    shutil.copytree(tmp_path / "checkpoints", kept / "checkpoints")
    shutil.copyfile(tmp_path / "denwaban.db", kept / "denwaban.db")
    bench.append(5)
    bench.witnessing.run()
    bench.store.close()
    for rest in ("denwaban.db-wal", "denwaban.db-shm"):
        (tmp_path / rest).unlink(missing_ok=True)
    shutil.copyfile(kept / "denwaban.db", tmp_path / "denwaban.db")
    shutil.rmtree(tmp_path / "checkpoints")
    shutil.copytree(kept / "checkpoints", tmp_path / "checkpoints")
    assert bench.audit.verify().findings == ()  # without the witness nobody sees it
    assert bench.found() == {Finding(Damage.CUT_OFF, 6)}
    bench.append(8)
    assert bench.audit.verify().findings == ()
    assert bench.found() == {Finding(Damage.REWRITTEN, 10)}
    assert bench.worker().run() == 1  # and the new one does not hide the old one
    assert bench.stands() == 2
    assert bench.found() == {Finding(Damage.REWRITTEN, 10)}


@pytest.mark.parametrize("act", [OrgAct.LOSE, OrgAct.CUT])
def test_an_answer_that_was_lost_makes_no_second_one(bench: Bench, act: OrgAct) -> None:
    bench.append(1)
    bench.org.faults.add(Fault(act, on="collections_create"))
    bench.witnessing.run()
    assert bench.stands() == 1


def test_an_org_without_the_object_is_told(sqlite_store: Store, tmp_path: Path, clock: HandClock) -> None:
    with Org(clock=clock, tls=False) as bare:
        dress(bare)
        bench = Bench(sqlite_store, tmp_path, clock, bare)
        bench.append(1)
        with pytest.raises(OutsideError):
            bench.witnessing.run()
        with pytest.raises(OutsideError):
            bench.witnessing.read()


def test_what_others_put_there_is_an_accusation_or_nothing(bench: Bench) -> None:
    bench.append(2)
    bench.witnessing.run()
    (record,) = bench.org.living(OBJECT)
    forged = json.loads(str(record["Denwaban_Text__c"])) | {"seq": 1}
    bench.org.insert(OBJECT, Denwaban_Key__c="x", Denwaban_Text__c=json.dumps(forged))
    bench.org.insert(OBJECT, Denwaban_Key__c="y", Denwaban_Text__c="no checkpoint")
    bench.org.insert(OBJECT, Denwaban_Key__c="z", Denwaban_Text__c="")
    assert bench.found() == {Finding(Damage.FORGED, 1)}


def test_a_crm_that_cannot_says_so(bench: Bench, tmp_path: Path) -> None:
    bench.append(1)
    crm = LocalCrm(tmp_path / "local", {})
    assert not isinstance(crm, Witness)
    witnessing = Witnessing(bench.checkpoints, lambda: crm)
    for ask in (witnessing.run, witnessing.read):
        with pytest.raises(SettingError, match="crm_cannot_witness"):
            ask()


def test_the_longest_checkpoint_fits(bench: Bench) -> None:
    bench.append(1)
    newest = bench.checkpoints.newest()
    assert newest is not None
    assert len(key_of(newest[0])) + 19 <= 64
