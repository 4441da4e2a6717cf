"""Lines a second of `denwaban audit verify`, beside reading the same rows and hashing their texts with nothing else."""

import hashlib
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, update

from plugin.core.audit import FIRST_PREV, Act, AuditFact, chain
from plugin.core.ids import new_id
from plugin.core.times import to_us
from plugin.services.audit import Audit
from plugin.store.checkpoints import Checkpoints
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.schema import upgrade
from plugin.store.tables.audit import audit_head, audit_lines
from plugin.wiring import now
from tests.bench import Row

_RUNS = 3
_AT_ONCE = 10_000


def rows(sizes: Sequence[int]) -> list[Row]:
    """Measure chains of so many lines on SQLite."""
    found: list[Row] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            store = Store(f"sqlite:///{folder / 'bench.db'}")
            upgrade(store)
            _fill(store, size)
            audit = Audit(store, Checkpoints(folder / "checkpoints", Keys(folder / "keys")), now)
            audit.checkpoint()
            ours, bare = [], []
            for _ in range(_RUNS):
                began = time.perf_counter()
                assert audit.verify().findings == ()
                ours.append(size / (time.perf_counter() - began))
                bare.append(size / _hashed_only(folder / "bench.db"))
            store.close()
        lines_s = statistics.median(ours)
        found.append({"lines": size, "lines_s": round(lines_s), "to_bare": lines_s / statistics.median(bare)})
    return found


def _hashed_only(path: Path) -> float:
    began = time.perf_counter()
    with sqlite3.connect(path) as connection:
        for body, hashed in connection.execute("SELECT body, hash FROM audit_lines ORDER BY seq"):
            assert hashlib.sha256(body.encode()).hexdigest() == hashed
    connection.close()
    return time.perf_counter() - began


def _fill(store: Store, size: int) -> None:
    at, prev = now(), FIRST_PREV
    user, customer, call, recording = (new_id(at) for _ in range(4))
    for start in range(0, size, _AT_ONCE):
        batch = []
        for seq in range(start + 1, min(start + _AT_ONCE, size) + 1):
            fact = AuditFact(
                Act.LISTEN_HEARD,
                at + timedelta(seconds=seq),
                user,
                customer,
                call,
                recording,
                "quality",
                "0-9999",
                "::1",
            )
            line = chain(fact, seq, prev)
            prev = line.hash
            batch.append(
                {
                    "seq": seq,
                    "prev": line.prev,
                    "hash": line.hash,
                    "body": line.body,
                    "act": fact.act,
                    "user_id": user,
                    "customer_id": customer,
                    "call_id": call,
                    "kind": fact.kind,
                    "at": to_us(fact.at),
                }
            )
        with store.write() as connection:
            connection.execute(insert(audit_lines), batch)
            connection.execute(update(audit_head).values(seq=batch[-1]["seq"], hash=prev))
