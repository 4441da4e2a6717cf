"""Codes under attack and bad luck: guesses and sendings side by side, a carrier that is down, slow or killed."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from plugin.core.codes import CodeState
from plugin.core.errors import Conflict, DenwabanError, LimitReached, OutsideError, Unavailable
from plugin.core.ids import UserId, VerificationId
from plugin.core.ports import MessageSender, MessageWay, ShortMessage
from plugin.core.staff import Role, Staff
from plugin.store.engine import Store
from plugin.store.tables.proofs import one_time_codes, send_counters
from tests.kit.clock import HandClock
from tests.kit.reach import RULES, Phones

GUESSES = 40


@pytest.fixture
def phones(store: Store, clock: HandClock, tmp_path: Path) -> Phones:
    return Phones.on(store, clock, tmp_path)


class Carrier:
    """A carrier that does with each message what the test says: raise this, or run that."""

    ways = frozenset({MessageWay.SMS})

    def __init__(self, act: BaseException | threading.Event | None = None) -> None:
        self.act = act
        self.taken = 0

    def send(self, message: ShortMessage) -> str:
        self.taken += 1
        if isinstance(self.act, BaseException):
            raise self.act
        if self.act is not None:
            self.act.wait(60)
        return f"id {message.way}"


def _guess(phones: Phones, staff: Staff, verification: VerificationId, code: str) -> str:
    try:
        return f"left {phones.codes.judge(staff, verification, code).tries_left}"
    except (Conflict, LimitReached) as error:
        return error.reason


def test_forty_guesses_at_once_share_the_tries(phones: Phones) -> None:
    staff, customer = phones.line.town.staff("101"), phones.customer()
    begun = phones.begin(staff, customer)
    code = phones.send(staff, begun, customer)
    wrong = [f"{(int(code) + step) % 1_000_000:06d}" for step in range(1, GUESSES + 1)]
    with ThreadPoolExecutor(GUESSES) as pool:
        said = Counter(pool.map(lambda told: _guess(phones, staff, begun, told), wrong))
    assert said == {"left 1": 1, "left 0": 1, "failed": GUESSES - RULES.tries}


def test_the_right_code_told_forty_times_at_once_counts_once(phones: Phones) -> None:
    staff, customer = phones.line.town.staff("101"), phones.customer()
    begun = phones.begin(staff, customer)
    code = phones.send(staff, begun, customer)
    with ThreadPoolExecutor(GUESSES) as pool:
        said = Counter(pool.map(lambda _: _guess(phones, staff, begun, code), range(GUESSES)))
    assert said == {"left 2": 1, "no_code": GUESSES - 1}


def test_a_flood_of_sendings_ends_at_the_limits(phones: Phones) -> None:
    staff, customer = phones.line.town.staff("101"), phones.customer()
    begun = [phones.begin(staff, customer) for _ in range(4)]
    mark = phones.mark(customer)

    def send(place: int) -> str:
        while True:
            try:
                phones.codes.send(staff, begun[place % 4], mark, MessageWay.SMS)
            except Unavailable:  # more at once than go out at once: told so, and comes again
                time.sleep(0.01)
            except LimitReached as error:
                return error.reason
            else:
                return "sent"

    with ThreadPoolExecutor(GUESSES) as pool:
        said = Counter(pool.map(send, range(GUESSES)))
    assert said["sent"] == 5
    assert said["code_limit"] + said["codes_of_call"] == GUESSES - 5
    assert len(phones.read()) == 5


def _on(store: Store, clock: HandClock, folder: Path, carrier: MessageSender, bound_s: float = 30.0) -> Phones:
    return Phones.on(store, clock, folder, sender=lambda _: carrier, bound_s=bound_s)


@pytest.mark.parametrize(
    ("error", "state", "counted"),
    [
        (OutsideError("unreachable"), CodeState.REFUSED, 0),
        (OutsideError("number_refused", permanent=True), CodeState.REFUSED, 0),
        (OutsideError("unknown_outcome", perhaps=True), CodeState.DOUBTFUL, 1),
        (RuntimeError("a carrier of somebody else's"), CodeState.DOUBTFUL, 1),
    ],
)
def test_a_carrier_that_fails_is_told_so_and_only_what_may_have_gone_out_counts(
    store: Store, clock: HandClock, tmp_path: Path, error: Exception, state: CodeState, counted: int
) -> None:
    carrier = Carrier(error)
    phones = _on(store, clock, tmp_path, carrier)
    staff, customer = phones.line.town.staff("101"), phones.customer()
    begun = phones.begin(staff, customer)
    assert phones.codes.send(staff, begun, phones.mark(customer), MessageWay.SMS).state is state
    assert carrier.taken == 1
    with store.read() as connection:
        about = {row.about[:6]: row.counted for row in connection.execute(select(send_counters))}
    assert about == {"code:c": counted, "code:n": counted, "code:u": 1}
    judged = {"no_code"} if state is CodeState.REFUSED else {"left 1", "left 2"}  # nobody knows the code: it may fit
    assert _guess(phones, staff, begun, "000000") in judged


def test_a_slow_carrier_keeps_nobody_waiting_and_is_heard_later(store: Store, clock: HandClock, tmp_path: Path) -> None:
    answered = threading.Event()
    phones = _on(store, clock, tmp_path, Carrier(answered), bound_s=0.05)
    staff, customer = phones.line.town.staff("101"), phones.customer()
    begun = phones.begin(staff, customer)
    sent = phones.codes.send(staff, begun, phones.mark(customer), MessageWay.SMS)
    assert sent.state is CodeState.SENDING
    before = len(phones.line.bus.told)
    answered.set()
    deadline = time.monotonic() + 60
    while _state(store) is not CodeState.SENT:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    while len(phones.line.bus.told) == before:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    phones.outward.close()


def test_only_so_many_wait_for_a_slow_carrier(store: Store, clock: HandClock, tmp_path: Path) -> None:
    answered = threading.Event()
    phones = _on(store, clock, tmp_path, Carrier(answered), bound_s=0.01)
    staff = phones.line.town.staff("101")
    try:
        for place in range(8):
            customer = phones.customer(f"S{place}", f"+81901234567{place}")
            phones.codes.send(
                staff, phones.begin(staff, customer), phones.mark(customer, f"+81901234567{place}"), MessageWay.SMS
            )
        last = phones.customer("S9", "+819012345679")
        begun = phones.begin(staff, last)
        with pytest.raises(Unavailable, match="outward_busy"):
            phones.codes.send(staff, begun, phones.mark(last, "+819012345679"), MessageWay.SMS)
    finally:
        answered.set()
        phones.outward.close()  # what it still writes down is not for the next test's database
    with store.read() as connection:
        assert len(connection.execute(select(one_time_codes)).all()) == 8


def _state(store: Store) -> CodeState:
    with store.read() as connection:
        return CodeState(connection.execute(select(one_time_codes.c.state)).scalar_one())


def test_who_is_killed_while_sending_has_counted_it(phones: Phones, tmp_path: Path) -> None:
    staff, customer = phones.line.town.staff("101"), phones.customer()
    begun = phones.begin(staff, customer)
    url = phones.line.store.engine.url.render_as_string(hide_password=False)
    arguments = [url, str(tmp_path), staff.user_id, begun, phones.mark(customer)]
    died = subprocess.run(
        [sys.executable, "-m", __name__, *arguments], cwd=Path(__file__).parents[2], timeout=300, check=False
    )
    assert died.returncode == 9
    assert _state(phones.line.store) is CodeState.SENDING
    with phones.line.store.read() as connection:
        assert {row.counted for row in connection.execute(select(send_counters))} == {1}
    for _ in range(2):
        phones.line.clock.move(seconds=1)
        phones.send(staff, begun, customer)
    with pytest.raises(LimitReached, match="codes_of_call"):
        phones.send(staff, begun, customer)


class Dying:
    """A carrier in whose hands the process is killed."""

    ways = frozenset({MessageWay.SMS})

    def send(self, message: ShortMessage) -> str:
        os._exit(9)


def main(arguments: Sequence[str]) -> None:
    """Send one code in a process that does not outlive it: database, folder, user, verification, mark."""
    url, folder, user, verification, mark = arguments
    phones = _on(Store(url), HandClock(), Path(folder), Dying())
    staff = Staff(UserId(user), "101", "101さん", Role.OPERATOR, "", "101", "ja", "session", "127.0.0.1")
    try:
        phones.codes.send(staff, VerificationId(verification), mark, MessageWay.SMS)
    except DenwabanError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
