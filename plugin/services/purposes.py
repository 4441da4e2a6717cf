"""The register of purposes: seen, drafted, and put in force; what takes a second person waits for one.

Refuses to put in force what nobody drafted, a draft that changed since it was asked for, and anything that widens what
the code allows. A version that was in force is never changed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from plugin.core.access import Deed, Purpose, may
from plugin.core.approvals import Approval, ApprovalKind, canonical, fields_of
from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Conflict, Denied, NotFound
from plugin.core.ports import Clock
from plugin.core.purpose_words import told
from plugin.core.purposes import (
    CASE_PURPOSE,
    Change,
    Meaning,
    PurposeRule,
    Register,
    RuleForm,
    changes,
    ends_for,
    in_force,
    meaning_for,
    needs_second,
    ordinary_end,
    read_rule,
)
from plugin.core.staff import Staff
from plugin.core.times import local_day
from plugin.services.approvals import Approvals, Content
from plugin.store import approvals as approval_rows
from plugin.store import audit, case_erasure
from plugin.store import purposes as rows
from plugin.store.engine import Connection, Store


@dataclass(frozen=True, slots=True)
class Draft:
    """A version that is not in force, with what it does to the one that is. `is_waiting`: a second person was asked."""

    rule: PurposeRule
    changes: tuple[Change, ...]
    meaning: Meaning
    needs_second: bool
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class RegisterView:
    """The register in force: each purpose, those of which a draft is written, and those to be looked at again."""

    rules: tuple[PurposeRule, ...]
    drafted: frozenset[Purpose]
    overdue: frozenset[Purpose]
    told: tuple[str, str]


@dataclass(frozen=True, slots=True)
class PurposeView:
    """One purpose: the version in force, the draft if any, every version that was ever in force, the newest first."""

    rule: PurposeRule
    draft: Draft | None
    history: tuple[PurposeRule, ...]
    is_overdue: bool


class Purposes:
    """The journeys of the register. `begun`: what the site began with; `zone`: whose days are counted."""

    def __init__(
        self, store: Store, clock: Clock, approvals: Callable[[], Approvals], begun: Register, zone: ZoneInfo
    ) -> None:
        self._store = store
        self._clock = clock
        self._approvals = approvals
        self._begun = begun
        self._zone = zone

    def register(self, staff: Staff) -> RegisterView:
        """Return the register in force. Raises Denied("role")."""
        _allow(staff)
        with self._store.read() as connection:
            found, drafted = rows.in_force_now(connection, self._begun), rows.drafts(connection)
        rules = tuple(found[purpose] for purpose in Purpose if purpose in found)
        overdue = frozenset(rule.purpose for rule in rules if rule.is_overdue(self.today()))
        return RegisterView(rules, frozenset(drafted), overdue, told(found))

    def overdue(self) -> int:
        """Return how many purposes should have been looked at again by now."""
        with self._store.read() as connection:
            found = rows.in_force_now(connection, self._begun)
        return sum(rule.is_overdue(self.today()) for rule in found.values())

    def one(self, staff: Staff, purpose: Purpose) -> PurposeView:
        """Return one purpose with its draft and its past. Raises Denied("role")."""
        _allow(staff)
        with self._store.read() as connection:
            register = rows.in_force_now(connection, self._begun)
            versions, drafted = rows.versions(connection, purpose), rows.drafts(connection).get(purpose)
            draft = None if drafted is None else self._draft(connection, register, drafted)
        rule = register[purpose]
        past = tuple(each for each in versions if each.in_force_at is not None)
        return PurposeView(rule, draft, past, rule.is_overdue(self.today()))

    def write(self, staff: Staff, purpose: Purpose, form: RuleForm) -> None:
        """Write a draft of a purpose, in place of the one before.

        Raises Denied("role"), InputError as read_rule does, Conflict("same") where it says what is in force, and
        Conflict("waiting") while a second person is asked about the draft before.
        """
        _allow(staff)

        def work(connection: Connection) -> None:
            now = self._clock()
            register, versions = rows.in_force_now(connection, self._begun), rows.versions(connection, purpose)
            newest = max((each.version for each in versions if each.in_force_at is not None), default=0)
            draft = read_rule(register[purpose], form, newest + 1, self.today())
            if not changes(register[purpose], draft):
                raise Conflict("same")
            if any(self._is_waiting(connection, each) for each in versions):
                raise Conflict("waiting")
            rows.save_draft(connection, draft, staff.user_id, now)
            self._note(connection, Act.PURPOSE_WRITTEN, staff, draft, "drafted")

        self._store.write_again(work)

    def drop(self, staff: Staff, purpose: Purpose) -> None:
        """Throw the draft of a purpose away. Raises Denied("role"), NotFound("draft")."""
        _allow(staff)

        def work(connection: Connection) -> None:
            draft = self._drafted(connection, purpose)
            rows.drop_draft(connection, purpose)
            self._note(connection, Act.PURPOSE_WRITTEN, staff, draft, "dropped")

        self._store.write_again(work)

    def put(self, staff: Staff, purpose: Purpose, version: int, reason: str) -> bool:
        """Put the draft that was seen in force, or ask a second person where it takes one; return whether one is asked.

        Raises Denied("role"), NotFound("draft"), Conflict("changed") where the draft is another one by now, and
        Conflict("waiting"), and as Approvals.ask does.
        """
        _allow(staff)

        def work(connection: Connection) -> bool:
            draft = self._drafted(connection, purpose)
            before = rows.in_force_now(connection, self._begun)
            if draft.version != version:
                raise Conflict("changed")
            if self._is_waiting(connection, draft):
                raise Conflict("waiting")
            if needs_second(before[purpose], draft):
                content = _content(before[purpose], draft, self._meaning(connection, before, draft))
                subject = _subject(draft)
                self._approvals().ask_in(connection, ApprovalKind.PURPOSE, subject, content, reason, staff)
                return True
            self._begin(connection, draft, None, staff)
            return False

        return self._store.write_again(work)

    def carry_out(self, connection: Connection, approval: Approval, by: Staff) -> None:
        """Put a version in force, now that `by` has approved it; the effect of the approval.

        Raises NotFound("draft"), Conflict("approval_changed") where draft or register are others than was asked.
        """
        asked = dict(fields_of(approval.content))
        draft = self._drafted(connection, Purpose(asked["purpose"]))
        before = rows.in_force_now(connection, self._begun)[draft.purpose]
        counts = (asked.get(name, "0") for name in ("sooner", "at_once", "closed", "cases_at_once"))
        meaning = Meaning(*map(int, counts))  # as it was when asked, maybe by a version that counted less
        if canonical(_content(before, draft, meaning)) != approval.content:
            raise Conflict("approval_changed")
        self._begin(connection, draft, approval.id, by)

    def _begin(self, connection: Connection, draft: PurposeRule, approval_id: str | None, by: Staff) -> None:
        if not rows.put_in_force(connection, draft.purpose, draft.version, approval_id, self._clock()):
            raise NotFound("draft")
        self._note(connection, Act.PURPOSE_IN_FORCE, by, draft, f"version {draft.version}")

    def today(self) -> date:
        """Return the day that it is for the people of the site."""
        return local_day(self._clock(), self._zone)

    def _drafted(self, connection: Connection, purpose: Purpose) -> PurposeRule:
        draft = rows.drafts(connection).get(purpose)
        if draft is None:
            raise NotFound("draft")
        return draft

    def _draft(self, connection: Connection, register: Register, draft: PurposeRule) -> Draft:
        before = register[draft.purpose]
        return Draft(
            draft,
            changes(before, draft),
            self._meaning(connection, register, draft),
            needs_second(before, draft),
            self._is_waiting(connection, draft),
        )

    def _is_waiting(self, connection: Connection, draft: PurposeRule) -> bool:
        if draft.in_force_at is not None:
            return False
        kinds = frozenset({ApprovalKind.PURPOSE})
        waiting = approval_rows.waiting(connection, self._clock(), kinds)
        return any(each.approval.subject == _subject(draft) for each in waiting)

    def _meaning(self, connection: Connection, before: Register, draft: PurposeRule) -> Meaning:
        now = self._clock()
        new = replace(draft, in_force_at=now)
        after = in_force(before, [new])
        parts = [self._of_ages(connection, before, after, draft.purpose, now)]
        kept, keeps = ordinary_end(now, before) - now, ordinary_end(now, after) - now
        if keeps < kept:
            sooner = rows.count_between(connection, now - kept, now)
            at_once = rows.count_between(connection, now - kept, now - keeps)
            parts.append(Meaning(sooner, at_once))
        heard, hears = (ends_for(draft.purpose, now, each, ()) - now for each in (before, after))
        if hears < heard:
            parts.append(Meaning(closed=rows.count_between(connection, now - heard, now - hears)))
        if draft.case_days != before[draft.purpose].case_days:
            fresh = _cases_due(connection, after, now) - _cases_due(connection, before, now)
            parts.append(Meaning(cases=max(0, fresh)))
        return _sum(parts)

    def _of_ages(
        self, connection: Connection, before: Register, after: Register, purpose: Purpose, now: datetime
    ) -> Meaning:
        ages = rows.ages_of_cases(connection)
        return _sum([meaning_for(age.recorded_at, age.own, before, after, purpose, now) for age in ages])

    def _note(self, connection: Connection, act: Act, by: Staff, rule: PurposeRule, outcome: str) -> None:
        fact = AuditFact(
            act,
            self._clock(),
            user_id=by.user_id,
            subject=_subject(rule),
            purpose=rule.purpose,
            outcome=outcome,
            address=by.address,
        )
        audit.append(connection, fact)


def _allow(staff: Staff) -> None:
    if not may(staff.role, Deed.KEEP_REGISTER):
        raise Denied("role")


def _cases_due(connection: Connection, register: Register, now: datetime) -> int:
    """Return in how many closed cases what is written is due, but for those that a hold keeps."""
    days = {kind: register[purpose].case_days for kind, purpose in CASE_PURPOSE.items()}
    until = {kind: now - timedelta(days=each) for kind, each in days.items() if each is not None}
    return case_erasure.count_due(connection, until, now)


def _subject(rule: PurposeRule) -> str:
    return f"{rule.purpose}-{rule.version}"


def _content(before: PurposeRule, draft: PurposeRule, meaning: Meaning) -> Content:
    """Return exactly what a second person approves, with what it replaces and what it does."""
    return {
        "purpose": draft.purpose.value,
        "version": draft.version,
        "applies_before": before.applies.value,
        "applies": draft.applies.value,
        "audio_days_before": before.audio_days,
        "audio_days": draft.audio_days,
        "text_days_before": before.text_days,
        "text_days": draft.text_days,
        "case_days_before": before.case_days,
        "case_days": draft.case_days,
        "roles_before": " ".join(sorted(before.roles)),
        "roles": " ".join(sorted(draft.roles)),
        "notice_ja": draft.notice_ja,
        "notice_en": draft.notice_en,
        "review_on": draft.review_on.isoformat() if draft.review_on else None,
        "sooner": meaning.sooner,
        "at_once": meaning.at_once,
        "closed": meaning.closed,
        "cases_at_once": meaning.cases,
    }


def _sum(parts: list[Meaning]) -> Meaning:
    told = [(each.sooner, each.at_once, each.closed, each.cases) for each in parts]
    return Meaning(*map(sum, zip(*told, strict=True)))
