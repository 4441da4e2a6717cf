"""After the call: drafts, the summary with its promise, and the order to put it on the CRM's timeline.

The summary, its outbox message and its audit line stand or fall together. Sends nothing itself (services/delivery.py).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from plugin.core.access import may_keep_promise, may_write_summary
from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.ids import CallId, CustomerId, UserId
from plugin.core.outbox import Sending
from plugin.core.parts import CallPart
from plugin.core.ports import Clock, Publisher
from plugin.core.staff import Staff
from plugin.core.timeline import MOST_DRAFT_LETTERS, Draft, Promise, Summary, SummaryForm, read_form
from plugin.core.times import local_day
from plugin.services.telling import tell
from plugin.store import audit, call_parts, outbox, summaries
from plugin.store import timeline as entries
from plugin.store.engine import Connection, Store

_MOST_LISTED = 200


class Timeline:
    """What is written after a call. `topics` and `dispositions` are the site's short lists, `crm` its CRM's name."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        zone: ZoneInfo,
        crm: str,
        topics: tuple[str, ...],
        dispositions: tuple[str, ...],
        bus: Publisher,
    ) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._crm = crm
        self.topics = topics
        self.dispositions = dispositions
        self._bus = bus

    def draft(self, actor: Staff, call_id: CallId, body: str) -> Draft:
        """Keep `body`, the form as the page has it, as his draft for the call; one per person and call.

        Raises NotFound, Denied("not_your_call"), InputError("too_long").
        """
        if len(body) > MOST_DRAFT_LETTERS:
            raise InputError("too_long", field="draft", most=MOST_DRAFT_LETTERS)
        draft = Draft(body, self._clock())

        def work(connection: Connection) -> None:
            call = _writable(connection, actor, call_id)
            summaries.save_draft(connection, call.id, actor.user_id, draft.body, draft.saved_at)

        self._store.write_again(work)
        return draft

    def draft_of(self, actor: Staff, call_id: CallId) -> Draft | None:
        """Return his draft for the call, or None."""
        with self._store.read() as connection:
            return summaries.draft_of(connection, call_id, actor.user_id)

    def save(self, actor: Staff, call_id: CallId, form: SummaryForm) -> Summary:
        """Store the summary as its next version, drop his draft, and order its way to the CRM, all in one transaction.

        Raises InputError (core/timeline.py read_form), NotFound, Denied("not_your_call"), and Conflict("newer_version",
        fact `version`) where `form.version` is not that of the stored summary: nothing is stored then.
        """
        tidy = read_form(form, self.topics, self.dispositions)
        saved = self._store.write_again(lambda connection: self._save(connection, actor, call_id, tidy))
        self._tell(saved.call_id)
        return saved

    def _save(self, connection: Connection, actor: Staff, call_id: CallId, form: SummaryForm) -> Summary:
        at = self._clock()
        call = _writable(connection, actor, call_id)
        if not summaries.save(connection, call.id, form, actor.user_id, at):
            kept = summaries.of_call(connection, call.id)
            raise Conflict("newer_version", version=0 if kept is None else kept.version)
        summaries.drop_draft(connection, call.id, actor.user_id)
        outbox.file_entry(connection, call.id, at)
        outcome = f"version {form.version + 1}"
        audit.append(connection, _fact(Act.SUMMARY_SAVED, actor, call, at, outcome))
        saved = summaries.of_call(connection, call.id)
        assert saved is not None
        return saved

    def summary_of(self, call_id: CallId) -> Summary | None:
        """Return the call's summary, or None. Who may read it is the asking service's to decide (docs/privacy.md)."""
        with self._store.read() as connection:
            return summaries.of_call(connection, call_id)

    def summaries_of(self, call_ids: Sequence[CallId]) -> dict[CallId, Summary]:
        """Return the summaries of those of the calls that have one, by call; the same words on rights apply."""
        with self._store.read() as connection:
            return summaries.of_calls(connection, call_ids)

    def promises_to(self, customer_id: CustomerId) -> tuple[Promise, ...]:
        """Return the open promises made to the customer, the nearest day first, undated ones last."""
        with self._store.read() as connection:
            return summaries.promises_to(connection, customer_id, _MOST_LISTED)

    def promises_by(self, user_id: UserId) -> tuple[Promise, ...]:
        """Return the open promises that this person wrote down, the nearest day first, undated ones last."""
        with self._store.read() as connection:
            return summaries.promises_by(connection, user_id, _MOST_LISTED)

    def overdue(self) -> tuple[Promise, ...]:
        """Return everybody's open promises whose day at the site has passed, the oldest first."""
        with self._store.read() as connection:
            yesterday = local_day(self._clock(), self._zone) - timedelta(days=1)
            return summaries.promises_due(connection, yesterday, _MOST_LISTED)

    def promise_done(self, actor: Staff, call_id: CallId) -> None:
        """Mark the promise made in the call as kept.

        Raises NotFound, Denied("not_your_call"), Conflict("no_open_promise").
        """
        at = self._clock()

        def work(connection: Connection) -> CallId:
            call = call_parts.find(connection, call_id, actor.user_id, lock=True)
            if call is None:
                raise NotFound("call")
            written = summaries.of_call(connection, call.id)
            if not may_keep_promise(actor, call, None if written is None else written.author_id):
                raise Denied("not_your_call")
            if not summaries.keep_promise(connection, call.id, actor.user_id, at):
                raise Conflict("no_open_promise")
            audit.append(connection, _fact(Act.PROMISE_DONE, actor, call, at))
            return call.id

        self._tell(self._store.write_again(work))

    def _tell(self, call_id: CallId) -> None:
        with self._store.read() as connection:
            users = summaries.concerned(connection, (call_id,))
        tell(self._bus, users)

    def sendings(self, call_ids: Sequence[CallId]) -> dict[CallId, Sending]:
        """Return how far the entries of the calls have come on their way to the CRM; calls without one are left out."""
        with self._store.read() as connection:
            return entries.sendings(connection, call_ids, self._crm)


def _writable(connection: Connection, actor: Staff, call_id: CallId) -> CallPart:
    call = call_parts.find(connection, call_id, actor.user_id, lock=True)
    if call is None:
        raise NotFound("call")
    if not may_write_summary(actor, call):
        raise Denied("not_your_call")
    return call


def _fact(act: Act, actor: Staff, call: CallPart, at: datetime, outcome: str | None = None) -> AuditFact:
    return AuditFact(
        act,
        at,
        user_id=actor.user_id,
        customer_id=call.customer_id,
        call_id=call.id,
        outcome=outcome,
        address=actor.address,
    )
