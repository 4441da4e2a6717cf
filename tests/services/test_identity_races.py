"""Guessing in parallel: of forty guesses at once exactly as many are judged as the limits allow."""

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from plugin.core.errors import Conflict, LimitReached
from plugin.core.ids import UserId, VerificationId
from plugin.core.staff import Role, Staff
from plugin.store.engine import Store
from tests.kit.callers import RULES, WRONG, Line
from tests.kit.clock import HandClock

GUESSES = 40


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
    customer = line.customer()
    staff = line.town.staff("101")
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


@pytest.mark.parametrize("guesses", [12, pytest.param(GUESSES, marks=pytest.mark.soak)])
def test_four_processes_share_the_failures_of_one_customer(line: Line, tmp_path: Path, guesses: int) -> None:
    begun = _begin(line, guesses)
    shares = [begun[place::4] for place in range(4)]
    url = line.store.engine.url.render_as_string(hide_password=False)
    started = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                __name__,
                url,
                str(tmp_path / "keys"),
                share[0][0].user_id,
                *(one[1] for one in share),
            ],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for share in shares
    ]
    said = Counter(word for process in started for word in process.communicate(timeout=300)[0].splitlines())
    assert said == {"left 1": RULES.daily_failures, "locked out": guesses - RULES.daily_failures}


def main(arguments: Sequence[str]) -> None:
    """Guess in a process of its own: database, key folder, user, verifications."""
    url, keys, user, *verifications = arguments
    line = Line.on(Store(url), HandClock(), Path(keys))
    staff = Staff(UserId(user), "101", "101さん", Role.OPERATOR, "", "101", "ja", "session", "127.0.0.1")
    with ThreadPoolExecutor(len(verifications)) as pool:
        for word in pool.map(lambda one: guess(line, staff, VerificationId(one)), verifications):
            print(word)  # noqa: T201  what the test reads


if __name__ == "__main__":
    main(sys.argv[1:])
