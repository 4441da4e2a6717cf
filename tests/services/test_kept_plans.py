"""A plan that is shown says of when it is, and whether something changed since."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.errors import Conflict, Denied, InputError
from plugin.core.kept_plan import read_plan, write_plan
from plugin.core.retention import Amount, Plan
from plugin.core.staff import Role
from plugin.core.times import from_us
from plugin.services.kept_plans import JOB, Going, KeptPlans
from plugin.store import jobs, runs
from plugin.worker import jobs_of
from tests.kit.clock import HandClock
from tests.kit.people import Town
from tests.kit.retention import Attic, attic
from tests.kit.staff import app_of, browser_of, hire

_NUMBERS = st.integers(0, 2**53)
_AMOUNTS = st.builds(Amount, _NUMBERS, _NUMBERS)
_SUMS = st.dictionaries(st.text(max_size=8), _AMOUNTS, max_size=3)


@pytest.fixture
def site(tmp_path: Path, clock: HandClock) -> Iterator[Attic]:
    with attic(tmp_path, clock) as made:
        yield made


def large(site: Attic) -> KeptPlans:
    """Take the site for one of many recordings."""
    plans = KeptPlans(site.store, site.clock, site.house.keeping.planner, 5, live_most=0)
    site.house.keeping.__dict__["plans"] = plans
    return plans


@given(_AMOUNTS, _SUMS, st.integers(0, 2**50), st.text(max_size=20))
def test_a_plan_is_read_as_it_was_written(amount: Amount, sums: dict[str, Amount], at_us: int, rules: str) -> None:
    plan = Plan(from_us(at_us), there=amount, due=amount, by_rule=sums, there_by_month=sums, texts=3, rules=rules)
    assert read_plan(write_plan(plan)) == plan


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", write_plan(Plan(from_us(0))).replace("[0,0]", "[0,true]")])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="plan"):
        read_plan(text)


def test_a_small_site_shows_the_plan_of_this_moment(site: Attic) -> None:
    site.fill(20, timedelta(days=400))
    kept = site.house.keeping.plans.latest()
    assert kept is not None
    assert (kept.is_live, kept.made_at, kept.plan.due.count) == (True, site.clock(), 20)


def test_a_large_one_says_of_when_it_is_and_what_changed_since(site: Attic) -> None:
    hara, _ = site.people()
    site.fill(60, timedelta(days=30))
    old = site.fill(2, timedelta(days=400))
    plans = large(site)
    assert plans.latest() is None
    assert plans.run(lambda: False) == 62
    made_at = site.clock()

    def shown() -> tuple[int, bool, bool]:
        kept = plans.latest()
        assert kept is not None
        assert kept.made_at == made_at
        return kept.plan.due.count, kept.is_live, kept.is_changed

    assert shown() == (2, False, False)
    site.clock.move(hours=1)
    site.hold(hara, old[0].call_id)
    assert shown() == (2, False, True)
    site.clock.move(hours=1)
    plans.run(lambda: False)
    made_at = site.clock()
    site.clock.move(hours=1)
    assert shown() == (1, False, False)
    assert plans.run(lambda: True) == 0  # cut off: the older one stays
    assert site.house.keeping.retention.run() == 1
    assert shown() == (1, False, True)


def test_it_is_asked_for_on_the_page_and_says_how_far_it_is(site: Attic) -> None:
    site.fill(6, timedelta(days=400))
    plans = large(site)
    hara = hire(site.house, Role.PRIVACY, "hara2")
    client = browser_of(app_of(site.house), site.house, hara)
    assert "まだ一度も集計していません" in client.get("/retention").text
    assert "denwaban serve" in client.post("/retention/plan").text
    with site.store.write() as connection:
        jobs.put_plans(connection, [job.plan for job in jobs_of(site.house)], {}, site.clock())
    assert client.post("/retention/plan").headers["Location"].endswith("?done=working")
    assert plans.going() == Going()
    assert "集計を待っています" in client.get("/retention").text
    with site.store.write() as connection:
        connection.exec_driver_sql(f"UPDATE jobs SET asked_at = NULL, busy_since = 1 WHERE name = '{JOB}'")
        run_id = runs.start(connection, JOB, site.clock())
        runs.progress(connection, run_id, 5_000, 40_000)
    assert "集計中（5,000 / 40,000 件）" in client.get("/retention").text
    assert plans.of_run(run_id)(lambda: False) == 6
    with site.store.write() as connection:
        connection.exec_driver_sql(f"UPDATE jobs SET busy_since = NULL WHERE name = '{JOB}'")
    page = client.get("/retention").text
    assert "時点の集計です" in page
    assert "100.0%" in page  # the next run would stop and ask
    with pytest.raises(Denied):
        plans.ask(Town(site.store, site.clock()).staff("sup", Role.SUPERVISOR))
    with site.store.write() as connection:
        assert jobs.pause(connection, JOB, hara.id, site.clock())
    with pytest.raises(Conflict, match="job_paused"):
        plans.ask(site.people()[0])
