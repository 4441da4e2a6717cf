"""A purge killed anywhere: nothing is half gone, the next run goes on, and the proof lists each."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from plugin.core.errors import Conflict
from plugin.core.ids import RecordingId
from plugin.core.retention import PurgeState
from plugin.store import purge_proofs
from tests.kit.clock import HandClock
from tests.kit.retention import Attic, attic
from tests.kit.workers import ROOT

WORK = """
import sys
import time
from datetime import datetime
from pathlib import Path
from plugin.services.retention import Retention
from plugin.services.retention_plans import Planner
from plugin.settings import load
from plugin.store.purge_proofs import PurgeProofs
from plugin.store.checkpoints import Signer
from plugin.wiring import House
from tests.kit.clock import HandClock

folder, now = sys.argv[1:]
clock = HandClock()
clock.at = datetime.fromisoformat(now)
house = House(load(data_dir=Path(folder)), clock)
planner = Planner(house.store, clock, house.keeping.begun, house.settings.tz)
proofs = PurgeProofs(Path(folder) / "checkpoints" / "purges", Signer(house.keys))
parts = (planner, house.keeping.letting_go, proofs, house.approvals)

def pause():
    print("step", flush=True)
    assert sys.stdin.readline()

Retention(house.store, clock, *parts, 5, pause).run()
print("done", flush=True)
"""


def _work(site: Attic, now: datetime) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-c", WORK, str(site.folder), now.isoformat()]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ})


def _let(worker: "subprocess.Popen[bytes]", steps: int) -> None:
    """Let it go on for so many batches, and one more that is under way when this returns; or to its end."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    for _ in range(steps):
        if worker.stdout.readline() != b"step\n":
            return
        worker.stdin.write(b"\n")
        worker.stdin.flush()


def _left(site: Attic) -> int:
    return sum(len(files) for _, _, files in os.walk(site.folder / "recordings"))


def _check_nothing_is_half_gone(site: Attic, made: set[RecordingId]) -> None:
    states, files, stones = site.states(), site.files(), site.stones()
    for name in made:
        if states[name] == "ready":
            assert name in files
            assert name not in stones
        else:
            assert states[name] == "expired"
            assert name in stones  # its file goes at the latest with the next run
    assert made - files <= stones & site.outside()  # no file goes before its tombstone stands outside


def _live(folder: Path, clock: HandClock, count: int, kills: int) -> None:
    dice = random.Random(kills)
    with attic(folder, clock) as site:
        hara, mori = site.people()
        made = {one.id for one in site.fill(count, timedelta(days=400))}
        kept = site.fill(3, timedelta(days=400))
        site.hold(hara, *(one.call_id for one in kept))
        with pytest.raises(Conflict, match="purge_brake"):
            site.house.keeping.retention.run()
        site.allow(hara, mori)
        for _ in range(kills):
            with _work(site, clock()) as worker:
                _let(worker, dice.randrange(1, max(2, count // 50 // kills)))
                time.sleep(dice.random() * 0.03)  # somewhere in the next batch, which waits for us at its end
                worker.send_signal(signal.SIGKILL)
            _check_nothing_is_half_gone(site, made)
        assert _left(site) > len(kept)
        with _work(site, clock()) as worker:
            _let(worker, count)
        assert worker.returncode == 0
        held = {one.id for one in kept}
        assert site.files() == held
        assert site.stones() == site.outside() == made
        (run,) = site.runs(PurgeState.DONE)
        assert run.purged.count == count
        with (site.folder / "checkpoints" / "purges" / f"purge-{run.id}.jsonl").open("rb") as proof:
            said = purge_proofs.check(proof, site.house.audits.whole.public_key())
            assert said is not None
            assert said.recordings == count
            proof.seek(0)
            assert sum(b'"recording":' in line for line in proof) == count
        assert site.house.audits.whole.verify().findings == ()
        assert site.house.keeping.retention.run() == 0


def test_a_purge_that_is_killed_leaves_nothing_half_gone(tmp_path: Path, clock: HandClock) -> None:
    _live(tmp_path, clock, 300, 2)


@pytest.mark.soak
def test_a_purge_of_a_hundred_thousand_that_is_killed(tmp_path: Path, clock: HandClock) -> None:
    _live(tmp_path, clock, 100_000, 12)
