"""A site's real worker processes on an org that fails, killed at random: one Task a call, one run a slot."""

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from plugin.core.ids import CallId, CustomerId
from plugin.core.jobs import Asked
from plugin.core.outbox import MessageState
from plugin.core.runs import RunOutcome
from plugin.core.staff import Role
from plugin.core.timeline import SummaryForm
from plugin.core.times import to_us
from plugin.services.sync import JOB
from plugin.store.engine import Store
from plugin.store.tables.calls import summaries
from plugin.store.tables.customers import customers
from plugin.store.tables.delivery import outbox, timeline_links
from plugin.wiring import now
from tests.kit.crew import Crew
from tests.kit.people import Town
from tests.kit.rows import count, rows
from tests.kit.salesforce import dress
from tests.kit.site import Phone, Place
from tests.salesforce_org import Org
from tests.salesforce_org.crowd import fill
from tests.salesforce_org.faults import Act, Fault, busy, locked_row

FORM = SummaryForm(topic="delivery", disposition="follow_up", request="荷物が届かない", response="再手配")
PUT = "collections_create"
NUMBERS = [f"0901234000{digit}" for digit in range(5)]
CHECKPOINT = "audit_checkpoint"


class TwicePlace(Place):
    """A place whose phone system tells everything twice."""

    def tell(self, *events: dict[str, object]) -> None:
        for _ in range(2):
            super().tell(*events)


class Centre:
    """A call centre on an org, its workers, and whoever files calls and asks for runs."""

    def __init__(self, store: Store, org: Org, crew: Crew, place: Place) -> None:
        self.store, self.org, self.crew, self.place = store, org, crew, place
        town = Town(store, now())
        self.operator, self.admin = town.staff("101"), town.staff("admin", Role.ADMIN)
        self.calls: list[CallId] = []
        self.asked: list[tuple[str, datetime]] = []

    def customers(self) -> list[CustomerId]:
        return [CustomerId(row.id) for row in rows(self.store, customers)]

    def file(self, calls: int, chance: random.Random) -> None:
        """Take so many calls, say whose they were, and write their summaries; a few of them twice."""
        people = self.customers()
        for _ in range(calls):
            call_id = Phone(self.place, chance.choice(NUMBERS)).ring().answer().end().call_id
            self.place.house.desk.choose(self.operator, call_id, chance.choice(people))
            saved = self.place.house.timeline.save(self.operator, call_id, FORM)
            if chance.random() < 0.2:
                again = SummaryForm("billing", "solved", request="訂正", version=saved.version)
                self.place.house.timeline.save(self.operator, call_id, again)
            self.calls.append(call_id)

    def ask(self) -> None:
        """Ask for a run of each job with slots, where none goes on."""
        for job in (JOB, CHECKPOINT):
            at = now()
            if self.place.house.jobs.ask(self.admin, job) is Asked.ASKED:
                self.asked.append((job, at))

    def bereave(self) -> None:
        """Let the leases of the dead run out: as long as they last, nobody could tell the dead from the slow."""
        leased, at = outbox.c.state == MessageState.LEASED, to_us(now())
        self.store.write_again(
            lambda connection: connection.execute(update(outbox).where(leased).values(due_at=at, lease_until=at))
        )

    def waiting(self) -> int:
        with self.store.read() as connection:
            left = outbox.c.state.in_([MessageState.WAITING, MessageState.LEASED])
            return connection.scalar(select(func.count()).select_from(outbox).where(left)) or 0

    def is_idle(self) -> bool:
        slotted = [job for job in self.place.house.ledger.jobs() if job.plan.slotted]
        return len(slotted) >= 3 and not any(
            job.busy_since or job.asked_at or job.next_at is None or job.next_at <= now() for job in slotted
        )


@pytest.fixture
def centre(store: Store, tmp_path: Path) -> Iterator[Centre]:
    with ExitStack() as stack:
        org = stack.enter_context(Org(tls=False))
        dress(org)
        for number in NUMBERS:
            org.insert("Contact", LastName="山田", MobilePhone=number)
        crew = Crew(store, org, tmp_path)
        place = stack.enter_context(TwicePlace(tmp_path, **crew.settings))
        stack.callback(crew.end)
        for _ in range(3):
            crew.start()
        yield Centre(store, org, crew, place)


def _trouble(chance: random.Random) -> list[Fault]:
    """Return what goes wrong with the next few requests that make Tasks; the first loses what it did, or is slow.

    No session dies: a process that met two of them in five minutes would rest until these are over, and rightly so.
    """
    first = chance.choice([Fault(Act.LOSE, PUT), Fault(Act.SLOW, PUT, wait_s=0.9), Fault(Act.CUT, PUT)])
    more = [
        Fault(Act.LOSE, PUT),
        Fault(Act.REFUSE, PUT, status=300, code="MULTIPLE_CHOICES"),
        Fault(Act.CUT, PUT),
        busy(503, on=PUT),
        locked_row(chance.randrange(3), on=PUT),
    ]
    return [first, *chance.sample(more, 2)]


def _strike(centre: Centre, chance: random.Random) -> None:
    """Kill the leader while the org has what it sent and it has not heard so, or somebody at some other moment."""
    sent = centre.org.limits.counts[PUT]
    kind = chance.randrange(4)
    if kind > 0:
        centre.crew.wait_for(lambda: centre.org.limits.counts[PUT] > sent or not centre.waiting())
    victims = centre.crew.processes if kind == 3 else [centre.crew.leading()]
    centre.crew.kill(chance.choice(victims))
    centre.crew.start()
    centre.bereave()


def _judge_runs(centre: Centre, job: str) -> None:
    """Judge what the ledger says: whoever asked got a run, and nothing ran that nobody asked for.

    One run may be for two: somebody may ask while a slot that was cut off still waits for the next leader. Nor is each
    broken run a kill's: on a busy machine a leader may stand still for longer than its lease, and is replaced.
    """
    ran = list(reversed(centre.place.house.ledger.newest(job, 500)))
    for before, after in itertools.pairwise(ran):
        assert before.ended_at is not None
        assert before.ended_at <= after.started_at, "two ran at once"
    whole = [run for run in ran if run.outcome is RunOutcome.DONE]
    broken = [run for run in ran if run.outcome is not RunOutcome.DONE]
    asked = [at for name, at in centre.asked if name == job]
    assert asked, "nobody asked"
    assert all(any(at <= run.started_at for run in whole) for at in asked), "a slot was missed"
    assert 1 <= len(whole) <= 1 + len(asked), "a slot was run twice"
    assert all(run.error == "process_ended" or run.outcome is RunOutcome.STOPPED for run in broken)


@pytest.mark.parametrize(("rounds", "calls"), [(3, 8), pytest.param(60, 60, marks=pytest.mark.soak)])
def test_workers_killed_at_random_make_one_task_a_call_and_run_each_slot_once(
    centre: Centre, rounds: int, calls: int
) -> None:
    chance = random.Random(rounds)
    centre.crew.wait_for(lambda: count(centre.store, customers) == len(NUMBERS) and centre.is_idle())
    for _ in range(rounds):
        centre.org.faults.clear()
        centre.org.faults.add(*_trouble(chance))
        centre.file(calls, chance)
        centre.ask()
        _strike(centre, chance)
    centre.org.faults.clear()
    centre.crew.wait_for(lambda: centre.waiting() == 0 and centre.is_idle())

    tasks = Counter(str(row["Denwaban_Call__c"]) for row in centre.org.living("Task"))
    assert tasks == Counter(f"denwaban-{call_id}" for call_id in centre.calls)
    assert len(tasks) == rounds * calls
    stand = {str(row["Denwaban_Call__c"]): (row["Id"], row["Denwaban_Version__c"]) for row in centre.org.living("Task")}
    linked = rows(centre.store, timeline_links)
    assert {f"denwaban-{row.call_id}": (row.remote_id, row.version) for row in linked} == stand
    assert {f"denwaban-{row.call_id}": row.entry_version for row in rows(centre.store, summaries)} == {
        call: version for call, (_, version) in stand.items()
    }
    assert {row.state for row in rows(centre.store, outbox)} <= {MessageState.DONE, MessageState.SUPERSEDED}
    for job in (JOB, CHECKPOINT):
        _judge_runs(centre, job)


@pytest.mark.parametrize(
    ("people", "page", "kills"), [(3_000, 300, 2), pytest.param(100_000, 2_000, 12, marks=pytest.mark.soak)]
)
def test_a_worker_killed_in_a_first_load_leaves_a_page_to_be_read_again_and_no_second_job(
    store: Store, tmp_path: Path, people: int, page: int, kills: int
) -> None:
    chance = random.Random(people)
    with Org(tls=False) as org:
        dress(org)
        org.jobs.page_rows = page
        fill(org, people)
        crew = Crew(store, org, tmp_path)
        try:
            for _ in range(3):
                crew.start()
            for kill in range(kills):
                enough = kill * people // kills + chance.randrange(people // kills)
                crew.wait_for(lambda: count(store, customers) > enough)  # noqa: B023  asked at once
                crew.kill(crew.leading())
                crew.start()
            crew.wait_for(lambda: count(store, customers) == people, 600)
            with TwicePlace(tmp_path, **crew.settings) as place:
                crew.wait_for(lambda: place.house.ledger.newest(JOB, 1)[0].outcome is RunOutcome.DONE)
                broken = [run for run in place.house.ledger.newest(JOB, 50) if run.outcome is not RunOutcome.DONE]
            assert 1 <= len(broken) <= kills, "nobody was killed at it"
            assert {run.error for run in broken} == {"process_ended"}
        finally:
            crew.end()
        assert org.jobs.made == 3  # accounts, contacts, leads
        assert org.limits.counts["bulk_results"] <= 1 + people // page + 1 + kills
