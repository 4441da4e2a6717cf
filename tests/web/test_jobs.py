"""The administrator's pages of scheduled work, and that nobody else gets to them."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from plugin.core.audit import Act
from plugin.core.jobs import Figures, JobState, Plan
from plugin.core.ports import Budget
from plugin.core.runs import Finding, Run, RunOutcome
from plugin.core.staff import Role
from plugin.services.leadership import Leadership
from plugin.services.runs import Slot
from plugin.store import budgets, runs
from plugin.store.tables.audit import audit_lines
from plugin.web.job_screen import card_of
from plugin.web.texts import table
from plugin.wiring import House
from plugin.worker import jobs_of
from tests.kit.clock import HandClock
from tests.kit.staff import app_of, browser_of, hire


@pytest.fixture
def admin(house: House) -> FlaskClient:
    return browser_of(app_of(house), house, hire(house, Role.ADMIN, "admin", name="山本 恵"))


@pytest.fixture
def lead(house: House) -> Leadership:
    """A worker that leads, and has not run anything yet."""
    leadership = Leadership(house.store, house.clock, None)
    assert leadership.take()
    assert house.ledger.begin([job.plan for job in jobs_of(house)], {}, leadership)
    return leadership


def _take(house: House, lead: Leadership) -> Slot:
    slot = house.ledger.take_slot("sync", house.clock() + timedelta(minutes=5), lead.lease)
    assert slot is not None
    return slot


def test_a_site_whose_worker_never_ran_says_what_to_do(admin: FlaskClient) -> None:
    assert "denwaban serve" in admin.get("/admin/jobs").text


def test_every_job_of_a_site_has_a_name_and_a_purpose_in_words(house: House) -> None:
    for job in jobs_of(house):
        assert {f"health.job.{job.name}", f"jobs.does.{job.name}"} <= set(table())


def test_a_running_sync_shows_its_progress_rate_and_findings(
    house: House, admin: FlaskClient, lead: Leadership, clock: HandClock
) -> None:
    slot = _take(house, lead)
    assert slot.run_id
    with house.store.write() as connection:
        runs.progress(connection, slot.run_id, 12_400, 50_000)
        runs.find(connection, slot.run_id, Finding("field_missing", "Contact.Fax"))
        runs.find(connection, slot.run_id, Finding("never_heard_of", "<b>Lead</b>"))
    clock.move(seconds=10)
    lead.keep()
    page = admin.get("/admin/jobs").text
    for said in ("12,400 / 50,000件", "毎秒 1,240件", "10秒経過", "項目 Contact.Fax がCRMにない", "&lt;b&gt;Lead"):
        assert said in page
    assert 'value="12400"' in page
    house.ledger.end_slot(slot, 50_000, None, cut_off=False)
    assert "最終成功" in admin.get("/admin/jobs/sync").text


def test_a_failure_is_told_in_words_with_what_to_do(house: House, admin: FlaskClient, lead: Leadership) -> None:
    slot = _take(house, lead)
    house.ledger.end_slot(slot, 0, "unavailable.store retry_after_s=2", cut_off=False)
    for path in ("/admin/jobs", "/admin/jobs/sync"):
        page = admin.get(path).text
        assert "データベースが応答しませんでした。" in page
        assert "unavailable.store" in page


def test_nobody_leading_is_loud(house: House, admin: FlaskClient, lead: Leadership, clock: HandClock) -> None:
    assert "定期処理が動いていません" not in admin.get("/admin/jobs").text
    clock.move(minutes=1)
    assert "定期処理が動いていません" in admin.get("/admin/jobs").text
    assert lead.keep()


def test_run_now_is_idempotent_and_audited(house: House, admin: FlaskClient, lead: Leadership) -> None:
    done = [admin.post("/admin/jobs/sync/run").headers["Location"] for _ in range(2)]
    assert done == ["/admin/jobs?done=asked", "/admin/jobs?done=before"]
    assert "山本 恵さんが実行を依頼しました" in admin.get("/admin/jobs").text
    _take(house, lead)
    assert admin.post("/admin/jobs/sync/run").headers["Location"] == "/admin/jobs?done=busy"
    with house.store.read() as connection:
        acts = list(connection.scalars(select(audit_lines.c.act)))
    assert acts.count(Act.JOB_ASKED) == 1


def test_a_pause_says_who_and_since_when_until_it_is_resumed(
    house: House, admin: FlaskClient, lead: Leadership, clock: HandClock
) -> None:
    assert admin.post("/admin/jobs/sync/pause").status_code == 303
    clock.move(hours=3)
    for path in ("/admin/jobs", "/admin/jobs/sync"):
        assert "山本 恵さんが 11/23(月) 08:00 に一時停止しました" in admin.get(path).text
    assert re.search(r"CRMとの同期</p>\s*<p[^>]*>一時停止中", admin.get("/admin/health").text)
    assert admin.post("/admin/jobs/sync/run").headers["Location"] == "/admin/jobs?done=rests"
    assert admin.post("/admin/jobs/sync/resume").status_code == 303
    assert "一時停止しました" not in admin.get("/admin/jobs").text


def test_the_crm_s_budget_is_drawn_and_warned_of(house: House, admin: FlaskClient, lead: Leadership) -> None:
    assert "API使用量" not in admin.get("/admin/jobs").text
    with house.store.write() as connection:
        budgets.put(connection, "local", Budget(74_000, 100_000, house.clock()))
    page = admin.get("/admin/jobs").text
    assert "74,000 / 100,000回（74%）" in page
    assert "上限に近づいています" in page


def test_only_administrators_get_there(house: House, lead: Leadership) -> None:
    for role in set(Role) - {Role.ADMIN}:
        browser = browser_of(app_of(house), house, hire(house, role, role.value))
        for path in ("/admin/jobs", "/admin/jobs/sync"):
            assert browser.get(path).status_code == 403
        for deed in ("run", "pause", "resume"):
            assert browser.post(f"/admin/jobs/sync/{deed}").status_code == 403


def test_a_post_from_elsewhere_changes_nothing(house: House, admin: FlaskClient, lead: Leadership) -> None:
    admin.environ_base["HTTP_X_FORM_TOKEN"] = "0" * 64
    for deed in ("run", "pause", "resume"):
        assert admin.post(f"/admin/jobs/sync/{deed}").status_code == 403
    (state, _) = house.jobs.job("sync")
    assert (state.asked_at, state.paused_at) == (None, None)


@pytest.mark.parametrize("name", ["nothing", "SYNC", "sync ", "%00", "は", "' OR 1=1", "a" * 3000, "..%2f"])
def test_a_job_that_is_none_is_not_found(admin: FlaskClient, lead: Leadership, name: str) -> None:
    assert admin.get(f"/admin/jobs/{name}").status_code == 404
    for deed in ("run", "pause", "resume"):
        assert admin.post(f"/admin/jobs/{name}/{deed}").status_code == 404


def test_what_only_looks_cannot_be_asked_for(admin: FlaskClient, lead: Leadership) -> None:
    assert admin.post("/admin/jobs/deliver/run").status_code == 404
    assert "/admin/jobs/deliver/run" not in admin.get("/admin/jobs").text


def test_the_bars_tell_how_each_run_ended_and_how_long_it_took(clock: HandClock) -> None:
    def ran(seconds: float, outcome: RunOutcome) -> Run:
        ended_at = clock.move(minutes=5) + timedelta(seconds=seconds)
        return Run("id", "sync", clock(), ended_at, outcome, 1, None)

    outcomes = [(0.1, RunOutcome.DONE), (600, RunOutcome.DONE), (1, RunOutcome.FAILED), (9, RunOutcome.STOPPED)]
    told = tuple(reversed([ran(*each) for each in outcomes]))
    job = JobState(Plan("sync", timedelta(minutes=5)), clock(), None, None, None, None, None, Figures())
    drawn = card_of(job, told, clock()).bars
    assert [bar.outcome for bar in drawn.bars] == ["done", "done", "failed", "stopped"]
    assert [bar.x for bar in drawn.bars] == sorted({bar.x for bar in drawn.bars})
    short, long, failed, _ = drawn.bars
    assert short.height < long.height < failed.height
    assert (drawn.counts, drawn.longest_s) == ({"done": 2, "failed": 1, "stopped": 1}, 600.0)


def test_machines_are_told_the_same(house: House, admin: FlaskClient, lead: Leadership, clock: HandClock) -> None:
    house.ledger.end_slot(_take(house, lead), 3, None, cut_off=False)
    done_at = clock()
    clock.move(minutes=5)
    slot = _take(house, lead)
    clock.move(seconds=2)
    house.ledger.end_slot(slot, 0, "outside.timeout", cut_off=False)
    with house.store.write() as connection:
        budgets.put(connection, "local", Budget(10, 1000, clock()))
    lead.keep()
    admin.post("/admin/jobs/sync/pause")

    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(admin.get("/metrics").text)
        for sample in family.samples
    }
    assert found["denwaban_job_runs_total", "done", "sync"] == 1
    assert found["denwaban_job_runs_total", "failed", "sync"] == 1
    assert found["denwaban_job_seconds_total", "sync"] == 2
    assert found["denwaban_job_last_success_timestamp_seconds", "sync"] == done_at.timestamp()
    assert (found["denwaban_job_paused", "sync"], found["denwaban_job_paused", "deliver"]) == (1, 0)
    assert found["denwaban_job_running_seconds", "sync"] == 0
    assert found["denwaban_worker_leads",] == 1
    assert (found["denwaban_crm_calls_used",], found["denwaban_crm_calls_most",]) == (10, 1000)
    assert found["denwaban_outbox_oldest_seconds",] == 0
    clock.move(minutes=1)
    assert "denwaban_worker_leads 0.0" in admin.get("/metrics").text
