"""Refusals are written down, and a flood of them is not: it becomes a count. Settings that changed are named."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from plugin.core.audit import Act, AuditFact, Kind
from plugin.core.staff import Role
from plugin.services.refusals import Refusals
from plugin.services.settings_watch import SettingsWatch
from plugin.settings import flat, load
from plugin.store import audit
from plugin.store import refusals as rows
from plugin.store.engine import Store
from plugin.store.keys import Keys
from tests.kit.clock import HandClock
from tests.kit.people import Town


def outcomes(store: Store) -> list[str]:
    with store.read() as connection:
        return [json.loads(line.body)["outcome"] for line, _ in audit.lines(connection, 0, audit.HIGHEST)]


def refuse(store: Store, clock: HandClock, who: str | None = "u1", rule: str = "role", times: int = 1) -> None:
    for _ in range(times):
        fact = AuditFact(Act.REFUSED, clock(), user_id=who, purpose="admin.users", outcome=rule, address="::1")
        with store.write() as connection:
            rows.append(connection, fact)


def test_few_are_lines_and_a_flood_is_a_count(store: Store, clock: HandClock) -> None:
    refusals = Refusals(store, clock)
    refuse(store, clock, times=500)
    assert outcomes(store) == ["role"] * rows.MOST_LINES
    assert refusals.tell() == 0  # its time is not over
    clock.move(seconds=rows.WINDOW.total_seconds())
    assert refusals.tell() == 1
    assert outcomes(store)[rows.MOST_LINES :] == [f"more {500 - rows.MOST_LINES}"]
    assert refusals.tell() == 0
    refuse(store, clock)
    assert outcomes(store)[-1] == "role"


def test_what_was_counted_is_told_by_the_next_too(store: Store, clock: HandClock) -> None:
    refuse(store, clock, times=rows.MOST_LINES + 7)
    clock.move(seconds=rows.WINDOW.total_seconds())
    refuse(store, clock)
    assert outcomes(store)[rows.MOST_LINES :] == ["more 7", "role"]


def test_other_people_and_rules_are_not_hidden_by_a_flood(store: Store, clock: HandClock) -> None:
    refuse(store, clock, times=100)
    refuse(store, clock, who="u2")
    refuse(store, clock, rule="other_team")
    refuse(store, clock, who=None)
    assert outcomes(store)[rows.MOST_LINES :] == ["role", "other_team", "role"]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 60), st.integers(0, 700)), max_size=12))
def test_nothing_is_lost_and_no_window_holds_more_than_its_share(
    sqlite_store: Store, clock: HandClock, waves: list[tuple[int, int, int]]
) -> None:
    with sqlite_store.read() as connection:
        before, _ = audit.head(connection)
    refusals = Refusals(sqlite_store, clock)
    sent: Counter[str] = Counter()
    windows = 0
    for who, times, seconds in waves:
        refuse(sqlite_store, clock, who=f"p{who}", times=times)
        sent[f"p{who}"] += times
        clock.move(seconds=seconds)
    clock.move(seconds=2 * rows.WINDOW.total_seconds())
    windows = refusals.tell()
    told: Counter[str] = Counter()
    with sqlite_store.read() as connection:
        found = [json.loads(line.body) for line, _ in audit.lines(connection, before, audit.HIGHEST)]
    for said in found:
        outcome = said["outcome"]
        told[said["user_id"]] += int(outcome.removeprefix("more ")) if outcome.startswith("more ") else 1
        assert said["kind"] == Kind.FAILED
    assert told == sent
    assert windows <= 3
    assert len(found) <= (rows.MOST_LINES + 1) * max(1, len(waves))


def test_a_refusal_has_who_what_and_which_rule(store: Store, clock: HandClock) -> None:
    alice = Town(store, clock()).staff("alice", Role.OPERATOR)
    Refusals(store, clock).note(alice, "admin.users", "role")
    with store.read() as connection:
        ((line, _),) = audit.lines(connection, 0, audit.HIGHEST)
    said = json.loads(line.body)
    assert (said["act"], said["user_id"], said["purpose"], said["outcome"]) == (
        "rule.refused",
        alice.user_id,
        "admin.users",
        "role",
    )


@pytest.fixture
def watch(store: Store, tmp_path: Path, clock: HandClock) -> SettingsWatch:
    return SettingsWatch(store, clock, Keys(tmp_path / "keys"))


def test_settings_that_changed_between_two_starts_are_named(store: Store, watch: SettingsWatch) -> None:
    first = {"zone": "Asia/Tokyo", "verify_tries": "2", "crm_options.password": "old secret"}
    assert watch.note(first) == ()  # nothing to compare with
    assert watch.note(first) == ()
    assert outcomes(store) == []
    changed = first | {"verify_tries": "3", "crm_options.password": "new secret", "crm": "salesforce"}
    assert watch.note(changed) == ("crm", "crm_options.password", "verify_tries")
    assert watch.note({"zone": "Asia/Tokyo"}) == ("crm", "crm_options.password", "verify_tries")
    assert outcomes(store) == ["crm,crm_options.password,verify_tries"] * 2


def test_no_value_of_a_setting_is_kept(sqlite_store: Store, tmp_path: Path, clock: HandClock) -> None:
    watch = SettingsWatch(sqlite_store, clock, Keys(tmp_path / "keys"))
    for value in ("hunter2-hunter2", "correct-horse"):
        watch.note({"bus_url": value})
    sqlite_store.close()
    kept = (tmp_path / "denwaban.db").read_bytes()
    assert b"hunter2-hunter2" not in kept
    assert b"correct-horse" not in kept


def test_every_setting_has_a_text_and_each_change_shows(tmp_path: Path) -> None:
    given = {"sources": {"pbx": {"kind": "webhook", "secrets": ["s" * 32]}}, "crm_options": {"token": "t1"}}
    before = flat(load(data_dir=tmp_path, **given))
    assert before["sources.pbx.kind"] == "webhook"
    assert before["crm_options.token"] == "t1"
    assert "*" not in before["sources.pbx.secrets"]
    given["crm_options"] = {"token": SecretStr("t2")}
    given["sources"] = {"pbx": {"kind": "webhook", "secrets": ["r" * 32]}}
    after = flat(load(data_dir=tmp_path, **given))
    assert {name for name in before if before[name] != after[name]} == {"crm_options.token", "sources.pbx.secrets"}
