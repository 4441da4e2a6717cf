"""Guessing in parallel: of forty guesses at once exactly as many are judged as the limits allow."""

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from plugin.core.errors import Conflict, LimitReached
from plugin.core.ids import CustomerId, UserId, VerificationId
from plugin.core.staff import Role, Staff
from plugin.store.engine import Store
from tests.kit.callers import RULES, WRONG, Line
from tests.kit.clock import HandClock

GUESSES = 40
PROCESSES = 4
THREE = replace(RULES, tries=3, daily_failures=3)  # the limit that the figure of the issue is about


@pytest.fixture
def line(store: Store, clock: HandClock, tmp_path: Path) -> Line:
    return Line.on(store, clock, tmp_path / "keys")


def guess(line: Line, staff: Staff, verification_id: VerificationId) -> str:
    """Judge a wrong set and say what came of it."""
    try:
        return f"left {line.identity.judge(staff, verification_id, WRONG).tries_left}"
    except Conflict:
        return "no try"
    except LimitReached:
        return "locked out"


def _begin(line: Line, count: int) -> list[tuple[Staff, VerificationId]]:
    return _begun(line, line.town.staff("101"), line.customer(), count)


def _begun(line: Line, staff: Staff, customer: CustomerId, count: int) -> list[tuple[Staff, VerificationId]]:
    calls = [line.town.call(taken_by=staff, ended=False) for _ in range(count)]
    return [(staff, line.begin(staff, call, customer).id) for call in calls]


def test_forty_threads_share_the_tries_of_one_verification(line: Line) -> None:
    [(staff, verification)] = _begin(line, 1)
    with ThreadPoolExecutor(GUESSES) as pool:
        said = Counter(pool.map(lambda _: guess(line, staff, verification), range(GUESSES)))
    assert said == {"left 1": 1, "left 0": 1, "no try": GUESSES - RULES.tries}


def test_forty_calls_share_the_failures_of_one_customer(line: Line) -> None:
    begun = _begin(line, GUESSES)
    with ThreadPoolExecutor(GUESSES) as pool:
        said = Counter(pool.map(lambda one: guess(line, *one), begun))
    assert said == {"left 1": RULES.daily_failures, "locked out": GUESSES - RULES.daily_failures}


def test_four_processes_judge_exactly_three_of_forty_guesses(line: Line, tmp_path: Path) -> None:
    strict = Line.on(line.store, line.clock, tmp_path / "keys", THREE)
    staff = strict.town.staff("101")
    spread = _begun(strict, staff, strict.customer("S1"), GUESSES)
    [(_, alone)] = _begun(strict, staff, strict.customer("S2"), 1)
    url = line.store.engine.url.render_as_string(hide_password=False)
    common = [sys.executable, "-m", __name__, url, str(tmp_path / "keys"), staff.user_id, alone]
    started = [
        subprocess.Popen(
            [*common, *(one[1] for one in spread[place::PROCESSES])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for place in range(PROCESSES)
    ]
    for process in started:  # nobody guesses before all can
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = Counter(word for process in started for word in process.communicate(timeout=300)[0].splitlines())
    assert [process.returncode for process in started] == [0] * PROCESSES
    assert said == {
        "one customer: left 2": 3,
        "one customer: locked out": GUESSES - 3,
        "one verification: left 2": 1,
        "one verification: left 1": 1,
        "one verification: left 0": 1,
        "one verification: no try": GUESSES - 3,
    }


def main(arguments: Sequence[str]) -> None:
    """Guess in a process of its own, once told to: database, key folder, user, a verification, and those of others."""
    url, keys, user, alone, *spread = arguments
    line = Line.on(Store(url), HandClock(), Path(keys), THREE)
    staff = Staff(UserId(user), "101", "101さん", Role.OPERATOR, "", "101", "ja", "session", "127.0.0.1")
    guesses = [("one customer", one) for one in spread] + [("one verification", alone)] * len(spread)
    print("ready", flush=True)  # noqa: T201  what the test reads
    sys.stdin.readline()
    with ThreadPoolExecutor(len(guesses)) as pool:
        said = pool.map(lambda one: f"{one[0]}: {guess(line, staff, VerificationId(one[1]))}", guesses)
        print(*said, sep="\n")  # noqa: T201  likewise


if __name__ == "__main__":
    main(sys.argv[1:])
