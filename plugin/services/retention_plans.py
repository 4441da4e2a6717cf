"""What is due at an instant, by the register in force: read in small pages, changed by nobody here."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from plugin.core.ids import CallId, RecordingId
from plugin.core.ports import Clock
from plugin.core.purposes import Register
from plugin.core.recordings import RecordingState
from plugin.core.retention import BRAKE_LOOKS_BACK, DECLINED_RULE, Amount, Plan
from plugin.core.retention_ends import case_end, case_floor, rules_of, sound_end, sound_floor, text_end, text_floor
from plugin.store import case_erasure, purge_runs, purging, purposes, text_erasure
from plugin.store import retention as rows
from plugin.store.engine import Connection, Store

_PAGE = 500
_TOLD_EACH = 5_000
Tell = Callable[[int, int], None]
K = TypeVar("K")


class Planner:
    """Finds what is due. `begun`: the register that the site began with; `zone`: whose months a drawing shows."""

    def __init__(self, store: Store, clock: Clock, begun: Register, zone: ZoneInfo) -> None:
        self._store = store
        self._clock = clock
        self._begun = begun
        self._zone = zone

    def register(self) -> Register:
        """Return the register that is in force."""
        with self._store.read() as connection:
            return purposes.in_force_now(connection, self._begun)

    def plan(
        self,
        due_before: datetime | None = None,
        *,
        by_month: bool = False,
        tell: Tell | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Plan:
        """Return what is due at this instant, or what of it was before `due_before`; by month only if asked to.

        `tell(done, total)` is called now and then, with how many that may be due were looked at; after `stop()` what is
        returned is no plan.
        """
        until, register, now = due_before or self._clock(), self.register(), self._clock()
        sums = _Sums(self._zone)
        told = _Told(tell, self._count_old(until, register) if tell else 0)
        for one, rule, is_held in self._aged(until, register):
            sums.take(one, rule, is_held=is_held)
            if told.one_more() and stop():
                break
        texts = [is_held for _, _, is_held in self._written(until, register)]
        cases = [is_held for _, _, is_held in self._closed(until, register)]
        with self._store.read() as connection:
            there = rows.there(connection)
            lately, texts_lately, cases_lately = purge_runs.lately(connection, now - BRAKE_LOOKS_BACK)
            texts_there = text_erasure.count_written(connection) if texts else 0
            cases_there = case_erasure.count_written(connection) if cases else 0
        return Plan(
            due_before=until,
            there=there,
            due=sums.due,
            held=sums.held,
            lately=lately,
            by_rule=sums.by_rule,
            by_month=sums.by_month,
            held_by_month=sums.held_by_month,
            there_by_month=self._there_by_month() if by_month else {},
            texts=texts.count(False),
            texts_held=texts.count(True),
            texts_there=texts_there,
            texts_lately=texts_lately,
            cases=cases.count(False),
            cases_held=cases.count(True),
            cases_there=cases_there,
            cases_lately=cases_lately,
            rules=rules_of(register),
        )

    def still_kept(self, connection: Connection, month: str) -> int:
        """Return how many recordings that hang on a month's keys are kept by a purpose, at this instant.

        To be asked in the transaction that destroys the keys, behind the locks of the month's calls.
        """
        register, now = purposes.in_force_now(connection, self._begun), self._clock()
        young = now - sound_floor(register)
        kept = rows.count_younger(connection, month, young)
        owned = rows.owned_of_key_month(connection, month, young)
        for start in range(0, len(owned), _PAGE):
            page = owned[start : start + _PAGE]
            own = rows.own_purposes(connection, {one.call_id for one in page})
            kept += sum(sound_end(one.started_at, register, own[one.call_id]).at > now for one in page)
        return kept

    def due(self, due_before: datetime, at_once: int) -> Iterator[Mapping[RecordingId, str]]:
        """Give the recordings that were due before then and are free, with the rule of each, so many at once."""
        free = ((one.id, rule) for one, rule, is_held in self._aged(due_before, self.register()) if not is_held)
        yield from _in_slices(free, at_once)

    def due_texts(self, due_before: datetime, at_once: int) -> Iterator[Mapping[CallId, str]]:
        """Give the calls whose written words were due before then and are free, with the rule of each."""
        free = ((call, rule) for call, rule, is_held in self._written(due_before, self.register()) if not is_held)
        yield from _in_slices(free, at_once)

    def due_cases(self, due_before: datetime, at_once: int) -> Iterator[Mapping[str, str]]:
        """Give the closed cases whose words were due before then and are free, with the rule of each."""
        free = ((case, rule) for case, rule, is_held in self._closed(due_before, self.register()) if not is_held)
        yield from _in_slices(free, at_once)

    def still_due(
        self, connection: Connection, chosen: Mapping[RecordingId, str], due_before: datetime
    ) -> Mapping[RecordingId, str]:
        """Return those of the chosen recordings that no purpose keeps by now, to be asked where they are erased.

        A purpose that was given since, or a longer period that came into force, keeps what was planned before. The
        calls' rows are locked: who gives a purpose points to one, waits, and finds what is left.
        """
        found = rows.locked(connection, chosen)
        register = purposes.in_force_now(connection, self._begun)
        own = rows.own_purposes(connection, {one.call_id for one in found})
        declined = rows.declined(connection, chosen)  # which no purpose keeps; its caller may have agreed since
        ends = {one.id: sound_end(one.started_at, register, own.get(one.call_id, ())).at for one in found}
        return {
            each: rule
            for each, rule in chosen.items()
            if each in ends and (each in declined if rule == DECLINED_RULE else ends[each] <= due_before)
        }

    def still_due_texts(
        self, connection: Connection, chosen: Mapping[CallId, str], due_before: datetime
    ) -> Mapping[CallId, str]:
        """Return those of the chosen calls whose written words no purpose keeps by now, as `still_due`.

        Not those whose words went already, in a run that was cut off: nothing is erased, or told to be, twice.
        """
        purging.lock_calls(connection, chosen)
        register, own = purposes.in_force_now(connection, self._begun), rows.own_purposes(connection, chosen)
        left = {}
        for call_id, began_at in text_erasure.began(connection, chosen).items():
            end = text_end(began_at, register, own.get(call_id, ()))
            if end is not None and end.at <= due_before:
                left[call_id] = chosen[call_id]
        return left

    def still_due_cases(
        self, connection: Connection, chosen: Mapping[str, str], due_before: datetime
    ) -> Mapping[str, str]:
        """Return those of the chosen cases whose words no period keeps by now, as `still_due`."""
        case_erasure.lock(connection, chosen)
        register, left = purposes.in_force_now(connection, self._begun), {}
        for one in case_erasure.of_ids(connection, case_erasure.written(connection, chosen, due_before)):
            end = case_end(one.kind, one.closed_at, register)
            if end is not None and end.at <= due_before:
                left[one.id] = chosen[one.id]
        return left

    def _count_old(self, until: datetime, register: Register) -> int:
        with self._store.read() as connection:
            return rows.count_old(connection, until - sound_floor(register))

    def _aged(self, until: datetime, register: Register) -> Iterator[tuple[rows.Aged, str, bool]]:
        for state in rows.STATES:
            is_declined = state is RecordingState.DECLINED
            oldest = until if is_declined else until - sound_floor(register)
            after: rows.Aged | None = None
            while True:
                with self._store.read() as connection:
                    page = rows.aged(connection, state, oldest, after, _PAGE)
                    ids = {one.call_id for one in page}
                    own, held = rows.own_purposes(connection, ids), rows.held(connection, ids)
                    declined = rows.declined(connection, {one.id for one in page})
                for one in page:
                    end = sound_end(one.started_at, register, own.get(one.call_id, ()))
                    if is_declined:  # since its caller said so; plugin/core/purposes.py `keep_until`
                        yield one, DECLINED_RULE, one.call_id in held
                    elif end.at <= until and one.id not in declined:
                        yield one, end.rule, one.call_id in held
                if len(page) < _PAGE:
                    break
                after = page[-1]
        yield from self._declined()

    def _declined(self) -> Iterator[tuple[rows.Aged, str, bool]]:
        """Give what came in before its call was known to be that of somebody who had declined."""
        after = ""
        while True:
            with self._store.read() as connection:
                page = rows.all_declined(connection, after, _PAGE)
                held = rows.held(connection, {one.call_id for one in page})
            yield from ((one, DECLINED_RULE, one.call_id in held) for one in page)
            if len(page) < _PAGE:
                return
            after = page[-1].id

    def _written(self, until: datetime, register: Register) -> Iterator[tuple[CallId, str, bool]]:
        floor = text_floor(register)
        if floor is None:
            return
        after = ""
        while True:
            with self._store.read() as connection:
                page = text_erasure.old(connection, until - floor, after, _PAGE)
                ids = {call_id for call_id, _ in page}
                own, held = rows.own_purposes(connection, ids), rows.held(connection, ids)
            for call_id, began_at in page:
                end = text_end(began_at, register, own.get(call_id, ()))
                if end is not None and end.at <= until:
                    yield call_id, end.rule, call_id in held
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    def _closed(self, until: datetime, register: Register) -> Iterator[tuple[str, str, bool]]:
        floor = case_floor(register)
        if floor is None:
            return
        after = ""
        while True:
            with self._store.read() as connection:
                page = case_erasure.old(connection, until - floor, after, _PAGE)
            for one in page:
                end = case_end(one.kind, one.closed_at, register)
                if end is not None and end.at <= until:
                    yield one.id, end.rule, one.is_held
            if len(page) < _PAGE:
                return
            after = page[-1].id

    def _there_by_month(self) -> dict[str, Amount]:
        with self._store.read() as connection:
            first = rows.first_at(connection)
            if first is None:
                return {}
            bounds = _months(first.astimezone(self._zone), self._clock().astimezone(self._zone))
            amounts = rows.there_between(connection, bounds)
            return {f"{start:%Y-%m}": amount for (start, _), amount in zip(bounds, amounts, strict=True)}


class _Told:
    """Says now and then how far it is."""

    def __init__(self, tell: Tell | None, total: int) -> None:
        self._tell, self._total, self._done = tell, total, 0

    def one_more(self) -> bool:
        """Count one; return whether it is time to look round."""
        self._done += 1
        if self._done % _TOLD_EACH:
            return False
        if self._tell:
            self._tell(self._done, max(self._total, self._done))
        return True


class _Sums:
    """Adds up what is due and what a hold keeps."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self.due = self.held = Amount()
        self.by_rule: dict[str, Amount] = {}
        self.by_month: dict[str, Amount] = {}
        self.held_by_month: dict[str, Amount] = {}

    def take(self, one: rows.Aged, rule: str, *, is_held: bool) -> None:
        amount, month = Amount(1, one.size_bytes), f"{one.started_at.astimezone(self._zone):%Y-%m}"
        if is_held:
            self.held += amount
            self.held_by_month[month] = self.held_by_month.get(month, Amount()) + amount
            return
        self.due += amount
        self.by_rule[rule] = self.by_rule.get(rule, Amount()) + amount
        self.by_month[month] = self.by_month.get(month, Amount()) + amount


def _months(first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    start = first.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = []
    while start <= last:
        stop = (start + timedelta(days=32)).replace(day=1)
        found.append((start, stop))
        start = stop
    return found


def _in_slices(pairs: Iterator[tuple[K, str]], at_once: int) -> Iterator[Mapping[K, str]]:
    while some := dict(islice(pairs, at_once)):
        yield some
