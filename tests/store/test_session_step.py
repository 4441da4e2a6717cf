"""Sessions from before a token could change go on by the one they have."""

from datetime import timedelta

from sqlalchemy import text

from plugin.core.times import to_us
from plugin.core.tokens import hash_of
from plugin.store import staff as rows
from plugin.store.engine import Store
from plugin.store.schema import run_steps, upgrade
from tests.kit.clock import HandClock

OWN = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def test_a_session_from_before_the_step_goes_on(empty_store: Store, clock: HandClock) -> None:
    store, now = empty_store, clock()
    run_steps(store, "0026")
    with store.write() as connection:
        connection.execute(
            text(
                "INSERT INTO users (id, login, name, password_hash, role, team, lang, active, created_at)"
                f" VALUES ('{OWN}', 'tanaka', '田中', 'x', 'operator', '', 'ja', 1, 0)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO sessions (token_hash, user_id, created_at, seen_at, expires_at, proved_at, address,"
                " browser) VALUES (:hash, :own, :now, :now, :later, :now, '::1', 'x')"
            ),
            {"hash": hash_of("token"), "own": OWN, "now": to_us(now), "later": to_us(now) + 1_000_000},
        )
    upgrade(store)
    with store.read() as connection:
        found = rows.session_by_token(connection, hash_of("token"), "::1", now, now - timedelta(hours=1))
    assert found
    assert (found.staff.session_hash, found.staff.proofs.known_at) == (hash_of("token"), now)
