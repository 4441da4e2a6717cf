"""Retention: what is due is erased at night, each by the register's own rule, with a proof; too much at once waits for
a second person.

Refuses to take more than the brake lets through in slices, and to go beyond what was planned, or approved, of a run.
What a process that died began is gone on with first. How a recording is let go of: plugin/services/letting_go.py.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from plugin.core.access import Deed, may
from plugin.core.approvals import Approval, ApprovalKind, canonical
from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Conflict, Denied, NotFound
from plugin.core.ids import CallId, RecordingId, new_id
from plugin.core.ports import Clock
from plugin.core.retention import Plan, PurgeRun, PurgeState, Stone
from plugin.core.retention_ends import rules_of
from plugin.core.staff import Staff
from plugin.services.approvals import Approvals, Content
from plugin.services.kept_plans import JOB as PLAN_JOB
from plugin.services.letting_go import LettingGo, StillDue
from plugin.services.retention_plans import Planner
from plugin.store import approvals as approval_rows
from plugin.store import audit, case_erasure, jobs, purge_lists, purge_runs, purging, text_erasure
from plugin.store.engine import Connection, Store
from plugin.store.purge_lists import Listed
from plugin.store.purge_proofs import PurgeProofs

JOB = "purge"
_AT_ONCE = 50
_LISTED_AT_ONCE = 500
_STONES_AT_ONCE = 1000
Stop = Callable[[], bool]
K = TypeVar("K", bound=str)
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class _Way(Generic[K]):
    """How one kind of what a run erases is found, asked about once more where it is erased, and let go of."""

    kind: Listed
    id_of: Callable[[str], K]
    due: Callable[[datetime, int], Iterator[Mapping[K, str]]]
    still_due: Callable[[Connection, Mapping[K, str], datetime], Mapping[K, str]]
    let_go: Callable[[Mapping[K, str], str, StillDue[K]], Sequence[Stone]]

    def erase(self, chosen: Mapping[K, str], run: PurgeRun) -> int:
        def still(connection: Connection, those: Mapping[K, str]) -> Mapping[K, str]:
            return self.still_due(connection, those, run.due_before)

        return len(self.let_go(chosen, run.id, still))


class Retention:
    """The erasing of what is due. `most_percent`: what a run may take of what there is without a second person."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        planner: Planner,
        letting_go: LettingGo,
        proofs: PurgeProofs,
        approvals: Approvals,
        most_percent: int,
        pause: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._planner = planner
        self._letting_go = letting_go
        self._proofs = proofs
        self._approvals = approvals
        self._most_percent = most_percent
        self._pause = pause
        self._ways: tuple[_Way[Any], ...] = (
            _Way(Listed.SOUND, RecordingId, planner.due, planner.still_due, letting_go.recordings),
            _Way(Listed.TEXT, CallId, planner.due_texts, planner.still_due_texts, letting_go.texts),
            _Way(Listed.CASE, str, planner.due_cases, planner.still_due_cases, letting_go.cases),
        )

    def plan(self) -> Plan:
        """Return what a run at this moment would erase; nothing is changed."""
        return self._planner.plan(by_month=True)

    def is_braked(self, plan: Plan) -> bool:
        """Tell whether such a run would stop and ask."""
        return plan.is_braked(self._most_percent)

    def proof_of(self, actor: Staff, run_id: str) -> Iterator[bytes]:
        """Return the proof of a run that is done, piece by piece. Raises Denied("role"), NotFound("purge_run")."""
        _allow(actor)
        path = self._proofs.place_of(run_id)
        if not path.is_file():
            raise NotFound("purge_run")
        return _lines(path)

    def run(self, stop: Stop = lambda: False) -> int:
        """Erase what is due, or until `stop()`; return how many recordings, texts and cases went.

        Raises Conflict("purge_brake") where that would be too much at once: nothing is erased, and the run waits for a
        second person. Raises Conflict("purge_changed") where more would go by now than was approved.
        """
        self._letting_go.reapply()
        self._letting_go.settle_left()
        done = self._go_on_with_all(stop)
        self._forget_lists()
        if stop():
            return done
        register = self._planner.register()
        plan = self._planner.plan()
        waiting = self._drop_braked(rules_of(register), keep=plan.is_braked(self._most_percent))
        if plan.is_empty:
            return done
        if plan.is_braked(self._most_percent):
            braked = waiting or self._brake(plan)
            raise Conflict("purge_brake", percent=round(plan.percent, 1), most=self._most_percent, run=braked.id)
        return done + self._go_on(self._begin(plan), stop, is_new=True)

    def _go_on_with_all(self, stop: Stop) -> int:
        with self._store.read() as connection:
            going = purge_runs.going(connection)
        done = 0
        for run in going:
            if run.state is not PurgeState.BRAKED and not stop():
                done += self._go_on(run, stop)
        return done

    def _begin(self, plan: Plan) -> PurgeRun:
        run = self._run_of(plan, PurgeState.OPEN)
        with self._store.write() as connection:
            purge_runs.add(connection, run)
            audit.append(connection, self._fact(run, f"begun {plan.due.count}"))
        return run

    def _brake(self, plan: Plan) -> PurgeRun:
        """Write down what would go, one by one, and let it wait for a second person; found once all is there."""
        run = self._run_of(plan, PurgeState.DROPPED)
        with self._store.write() as connection:
            purge_runs.add(connection, run)
        for way in self._ways:
            for chosen in way.due(run.due_before, _LISTED_AT_ONCE):
                self._list(run, way.kind, chosen)
        with self._store.read() as connection:
            found, written, closed = purge_lists.amounts(connection, run.id)
            seal = purge_lists.fingerprint(connection, run.id)
        counted = replace(run, found=found, texts_found=written, cases_found=closed)
        waits = replace(counted, state=PurgeState.BRAKED, fingerprint=seal)
        with self._store.write() as connection:
            purge_runs.wait(connection, waits)
            audit.append(connection, self._fact(waits, f"braked {found.count}"))
        return waits

    def _list(self, run: PurgeRun, kind: Listed, chosen: Mapping[K, str]) -> None:
        with self._store.write() as connection:
            purge_lists.add(connection, run.id, kind, {str(each): rule for each, rule in chosen.items()})
        self._pause()

    def _run_of(self, plan: Plan, state: PurgeState) -> PurgeRun:
        now = self._clock()
        return PurgeRun(
            id=new_id(now),
            state=state,
            due_before=plan.due_before,
            begun_at=now,
            found=plan.due,
            there=plan.there,
            texts_found=plan.texts,
            cases_found=plan.cases,
            rules=plan.rules,
        )

    def _forget_lists(self) -> None:
        with self._store.read() as connection:
            over = purge_lists.left(connection, {run.id for run in purge_runs.going(connection)})
        for run_id in over:
            while True:
                with self._store.write() as connection:
                    if not purge_lists.forget(connection, run_id, _LISTED_AT_ONCE):
                        break
                self._pause()

    def _drop_braked(self, rules: str, *, keep: bool) -> PurgeRun | None:
        """Return the run that waits for a second person and still may; others make way."""
        with self._store.read() as connection:
            braked = [run for run in purge_runs.going(connection) if run.state is PurgeState.BRAKED]
        kept = braked[-1] if keep and braked and braked[-1].rules == rules else None
        for run in braked:
            if run is not kept:
                with self._store.write() as connection:
                    if purge_runs.move(connection, run.id, PurgeState.BRAKED, PurgeState.DROPPED, self._clock()):
                        audit.append(connection, self._fact(run, "dropped"))
        return kept

    def _go_on(self, run: PurgeRun, stop: Stop, *, is_new: bool = False) -> int:
        done = 0
        if run.state is PurgeState.OPEN:
            if not is_new:
                self._demand_no_more(run)
            for way in self._ways:
                for chosen in self._chosen(run, way):
                    if stop():
                        return done
                    done += way.erase(chosen, run)
                    self._pause()
            with self._store.write() as connection:
                purge_runs.move(connection, run.id, PurgeState.OPEN, PurgeState.PROVING)
        self._prove(run)
        return done

    def _chosen(self, run: PurgeRun, way: "_Way[K]") -> Iterator[Mapping[K, str]]:
        """Give what the run may erase: what is due, or, of one that a second person let go on, what was on its list."""
        if run.approval_id is None:
            yield from way.due(run.due_before, _AT_ONCE)
            return
        for chosen in self._listed(run, way.kind):
            yield {way.id_of(each): rule for each, rule in chosen.items()}

    def _listed(self, run: PurgeRun, kind: Listed) -> Iterator[Mapping[str, str]]:
        after = ""
        while True:
            with self._store.read() as connection:
                chosen = purge_lists.page(connection, run.id, kind, after, _AT_ONCE)
            if not chosen:
                return
            yield chosen
            after = next(reversed(chosen))

    def _demand_no_more(self, run: PurgeRun) -> None:
        """Refuse to go on with more than was planned (the register, or a hold, changed), or another list than approved.

        What an approved run erases is bound by its list, of which less may go.
        """
        if self._is_as_planned(run):
            return
        with self._store.read() as connection:
            gone, texts, cases = purge_runs.done_so_far(connection, run.id)
        after = PurgeState.PROVING if gone.count or texts or cases else PurgeState.DROPPED
        with self._store.write() as connection:
            if purge_runs.move(connection, run.id, PurgeState.OPEN, after):
                audit.append(connection, self._fact(run, "changed"))
        if after is PurgeState.PROVING:
            self._prove(run)
        raise Conflict("purge_changed", run=run.id)

    def _is_as_planned(self, run: PurgeRun) -> bool:
        with self._store.read() as connection:
            if run.approval_id is not None:
                approval = approval_rows.find(connection, run.approval_id)
                is_same = approval is not None and approval.content == canonical(_content(run))
                return is_same and run.fingerprint == purge_lists.fingerprint(connection, run.id)
            gone, texts, cases = purge_runs.done_so_far(connection, run.id)
        plan = self._planner.plan(run.due_before)
        due = plan.due + gone
        less = due.count <= run.found.count and due.size_bytes <= run.found.size_bytes
        return less and plan.texts + texts <= run.texts_found and plan.cases + cases <= run.cases_found

    def _prove(self, run: PurgeRun) -> None:
        self._letting_go.settle_left()
        root, now = self._proofs.write(run, self._stones(run.id), self._clock()), self._clock()
        with self._store.write() as connection:
            if purge_runs.end(connection, run.id, root, now):
                jobs.bring_forward(connection, PLAN_JOB, now)
                audit.append(connection, self._fact(run, f"done:{root}"))

    def _stones(self, run_id: str) -> Iterator[Stone]:
        yield from self._pages(run_id, purging.of_run, lambda one: one.recording_id)
        yield from self._pages(run_id, text_erasure.of_run, lambda one: one.call_id)
        yield from self._pages(run_id, case_erasure.of_run, lambda one: one.case_id)

    def _pages(
        self, run_id: str, of_run: Callable[[Connection, str, str, int], list[S]], name: Callable[[S], str]
    ) -> Iterator[S]:
        after = ""
        while True:
            with self._store.read() as connection:
                found = of_run(connection, run_id, after, _STONES_AT_ONCE)
            if not found:
                return
            yield from found
            after = name(found[-1])

    def ask(self, actor: Staff, run_id: str, reason: str) -> Approval:
        """Ask a second person to let the braked run go on.

        Raises Denied("role"), NotFound("purge_run"), Conflict("purge_over") where it waits no more,
        InputError("reason"), LimitReached("approvals").
        """
        _allow(actor)

        def work(connection: Connection) -> Approval:
            run = _found(connection, run_id)
            if run.state is not PurgeState.BRAKED:
                raise Conflict("purge_over")
            return self._approvals.ask_in(connection, ApprovalKind.PURGE, run.id, _content(run), reason, actor)

        return self._store.write_again(work)

    def carry_out(self, connection: Connection, approval: Approval, by: Staff) -> None:
        """Let the braked run go on, now that `by` has approved it: the worker does it at once.

        Raises NotFound("purge_run"), Conflict("approval_changed" | "purge_over").
        """
        run = _found(connection, approval.subject)
        if canonical(_content(run)) != approval.content:
            raise Conflict("approval_changed")
        if not purge_runs.allow(connection, run.id, approval.id):
            raise Conflict("purge_over")
        jobs.ask(connection, JOB, by.user_id, self._clock())
        fact = AuditFact(Act.PURGE, self._clock(), user_id=by.user_id, subject=run.id, outcome="allowed")
        audit.append(connection, fact)

    def _fact(self, run: PurgeRun, outcome: str) -> AuditFact:
        return AuditFact(Act.PURGE, self._clock(), subject=run.id, outcome=outcome)


def _allow(actor: Staff) -> None:
    if not may(actor.role, Deed.SEE_RETENTION):
        raise Denied("role")


def _found(connection: Connection, run_id: str) -> PurgeRun:
    run = purge_runs.find(connection, run_id)
    if run is None:
        raise NotFound("purge_run")
    return run


def _content(run: PurgeRun) -> Content:
    return {
        "due_before": _second(run.due_before),
        "recordings": run.found.count,
        "size_bytes": run.found.size_bytes,
        "written": run.texts_found,
        "cases": run.cases_found,
        "percent": f"{run.percent:.1f}",
        "rules": run.rules,
        "fingerprint": run.fingerprint,
    }


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as opened:
        yield from opened


def _second(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
