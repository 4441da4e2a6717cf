"""The page of retention shows what goes, asks for what is too much, and gives the proof of what went."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from plugin.core.errors import Conflict
from plugin.core.retention import Amount, Plan, PurgeState
from plugin.core.staff import Role
from plugin.store.tables.approvals import approvals
from plugin.web.retention import bars_of
from tests.kit.clock import HandClock
from tests.kit.retention import Attic, attic
from tests.kit.rows import rows
from tests.kit.staff import app_of, browser_of, hire

OLD = timedelta(days=400)


@pytest.fixture
def site(tmp_path: Path, clock: HandClock) -> Iterator[Attic]:
    with attic(tmp_path, clock) as made:
        yield made


def browser(site: Attic, role: Role = Role.PRIVACY, login: str = "hara2") -> FlaskClient:
    user = hire(site.house, role, login)
    return browser_of(app_of(site.house), site.house, user)


def test_it_shows_what_goes_next_and_asks_when_it_is_too_much(site: Attic) -> None:
    hara, _ = site.people()
    site.fill(20, timedelta(days=30))
    held, *_ = site.fill(5, OLD)
    site.hold(hara, held.call_id)
    client = browser(site)
    page = client.get("/retention").get_data(as_text=True)
    assert "次の消去は全体の 16.0%" in page
    assert "「お問い合わせ内容の確認」の保存期間（365日）" in page
    assert 'class="part-held"' in page
    with pytest.raises(Conflict, match="purge_brake"):
        site.house.keeping.retention.run()
    (braked,) = site.runs(PurgeState.BRAKED)
    page = client.get("/retention").get_data(as_text=True)
    assert "何も消去していません" in page
    assert client.post(f"/retention/{braked.id}", data={"reason": ""}).status_code == 422
    asked = client.post(f"/retention/{braked.id}", data={"reason": "満了"})
    assert (asked.status_code, asked.headers["Location"]) == (303, "/retention?done=asked")
    (row,) = rows(site.store, approvals)
    assert (row.kind, row.subject, row.state) == ("purge", braked.id, "waiting")
    assert client.post("/retention/nothing", data={"reason": "x"}).status_code == 404


def test_the_proof_is_a_file(site: Attic) -> None:
    site.people()
    site.fill(60, timedelta(days=30))
    site.fill(2, OLD)
    site.house.keeping.retention.run()
    (run,) = site.runs(PurgeState.DONE)
    client = browser(site, Role.ADMIN, "it")
    assert f'href="/retention/{run.id}/proof"' in client.get("/retention").get_data(as_text=True)
    answer = client.get(f"/retention/{run.id}/proof")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="purge-{run.id}.jsonl"'
    assert len(answer.get_data().splitlines()) == 4
    assert client.get("/retention/01KAPQ0000000000000000AAAA/proof").status_code == 404
    assert client.get("/retention/..%2f/proof").status_code == 404
    assert browser(site, Role.SUPERVISOR, "sup").get("/retention").status_code == 403


def test_many_years_fit_into_the_drawing(clock: HandClock) -> None:
    months = {f"{2020 + n // 12}-{n % 12 + 1:02}": Amount(n + 1, n) for n in range(60)}
    bars = bars_of(Plan(clock(), by_month={"2020-01": Amount(1, 0)}, there_by_month=months))
    assert len(bars) == 36
    assert (bars[0].is_first, bars[0].there.count) == (True, sum(range(1, 26)))
    assert [part.kind for part in bars[0].parts] == ["kept", "due"]
    assert all(part.y >= 0 for bar in bars for part in bar.parts)
    assert [bar.tick for bar in bars[:9]] == ["", "", "", "4", "", "", "7", "", ""], "of many only a quarter's first"
    few = bars_of(Plan(clock(), there_by_month={f"2026-{n:02}": Amount(1, 0) for n in range(1, 13)}))
    assert [bar.tick for bar in few] == [str(n) for n in range(1, 13)]
    assert bars_of(Plan(clock())) == ()
