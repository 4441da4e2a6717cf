"""Steps that nobody knows whose they are, are bounded by address and in all; a refused one leaves nothing."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update

from plugin.core.errors import LimitReached
from plugin.core.times import to_us
from plugin.services.passkeys import Passkeys
from plugin.store.engine import Store
from plugin.store.tables.factors import sign_in_steps
from plugin.store.tables.staff import tries
from tests.kit.clock import HandClock
from tests.kit.factors import Site

Begin = Callable[[str], object]


@pytest.fixture
def site(sqlite_store: Store, clock: HandClock, tmp_path: Path) -> Site:
    return Site(sqlite_store, clock, tmp_path)


@pytest.fixture
def begin(site: Site) -> Begin:
    return Passkeys(site.store, site.clock, site.sessions, site.factors, "http://localhost:1", local=True).begin


def kept(site: Site) -> int:
    with site.store.read() as connection:
        return connection.execute(select(func.count()).select_from(sign_in_steps)).scalar_one()


def test_an_address_begins_so_often_and_no_more(site: Site, begin: Begin) -> None:
    begin("2001:db8::1")
    with site.store.write() as connection:
        connection.execute(update(tries).values(used=598))
    begin("2001:db8::2")  # one subscriber, however many addresses of his
    begin("2001:db8::3")
    for _ in range(3):
        with pytest.raises(LimitReached):
            begin("2001:db8::4")
    assert kept(site) == 3
    begin("192.0.2.1")
    site.clock.move(minutes=15)
    begin("2001:db8::1")
    assert kept(site) == 1  # those whose time is up are forgotten


def test_all_together_are_bounded_and_those_who_are_known_are_not_kept_out(site: Site, begin: Begin) -> None:
    until = to_us(site.clock() + timedelta(minutes=5))
    rows = [
        {"token_hash": str(number), "kind": "x", "owner": "", "challenge": "", "expires_at": until}
        for number in range(5_000)
    ]
    with site.store.write() as connection:
        connection.execute(insert(sign_in_steps), rows)
    with pytest.raises(LimitReached):
        begin("192.0.2.1")
    assert kept(site) == 5_000
    passkeys = begin.__self__  # type: ignore[attr-defined]
    passkeys.begin("192.0.2.1", "somebody", "his session")
    assert kept(site) == 5_001
