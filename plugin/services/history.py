"""The lines of a customer's history and his promises, as far as a view opens them. Decides not which view that is."""

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from plugin.core.access import HistoryView
from plugin.core.desk import PastLine, PromiseLine, audio_of
from plugin.core.history import EndedCall, HistoryOf, PagePlace, PastCall, StoredCall
from plugin.core.ids import CallId, CustomerId
from plugin.core.note import words_of
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.core.timeline import Promise, Summary
from plugin.core.times import local_day
from plugin.services.timeline import Timeline
from plugin.store import customers, inbox, overrides
from plugin.store import history as rows
from plugin.store.engine import Store

TAGGED = frozenset({HistoryView.TAGS, HistoryView.ALL_TAGS, HistoryView.FULL})


class History:
    """What was said before. `zone` is the site's, for the day on which a promise falls due."""

    def __init__(self, store: Store, timeline: Timeline, clock: Clock, zone: ZoneInfo) -> None:
        self._store = store
        self._timeline = timeline
        self._clock = clock
        self._zone = zone

    def lines(
        self,
        customer_id: CustomerId | None,
        e164: str | None,
        most: int,
        view: HistoryView,
        without: CallId | None = None,
    ) -> tuple[tuple[PastLine, ...], bool]:
        """Return the newest `most` calls of the customer, and unassigned ones from the number; and if there are more.

        `without` leaves out the call that is on the line just now.
        """
        return self.lines_of(((HistoryOf(customer_id, e164, most), view),), without)[0]

    def lines_of(
        self, wanted: Sequence[tuple[HistoryOf, HistoryView]], without: CallId | None = None
    ) -> list[tuple[tuple[PastLine, ...], bool]]:
        """Return what `lines` does for each, in the same order."""
        shown = [each._replace(most=each.most + 2) for each, view in wanted if view is not HistoryView.NOTHING]
        found = iter(self.newest(shown) if shown else ())
        return [
            self._shown(next(found), each.most, view, without) if view is not HistoryView.NOTHING else ((), False)
            for each, view in wanted
        ]

    def behind(
        self, customer_id: CustomerId, after: PagePlace, most: int, view: HistoryView, without: CallId | None = None
    ) -> tuple[tuple[PastLine, ...], bool]:
        """Return the customer's next `most` calls behind a place in his history, as `lines` does the newest."""
        with self._store.read() as connection:
            found = rows.page(connection, customer_id, after, most + 2)
        return self._shown(found, most, view, without)

    def newest(self, wanted: Sequence[HistoryOf]) -> tuple[tuple[PastCall, ...], ...]:
        """Return the newest calls of each, in the same order: all candidates of a ring by one statement."""
        with self._store.read() as connection:
            return rows.newest(connection, wanted)

    def last_before(self, stored: StoredCall) -> EndedCall | None:
        """Return the newest earlier call with the number of this one, whosever it is; None for none that is over."""
        if stored.e164 is None:
            return None
        with self._store.read() as connection:
            return rows.last_from(connection, stored.e164, stored.call.started_at, stored.id)

    def _shown(
        self, found: Sequence[PastCall], most: int, view: HistoryView, without: CallId | None
    ) -> tuple[tuple[PastLine, ...], bool]:
        others = [past for past in found if past.id != without]
        return self.of(others[:most], view), len(others) > most

    def of(self, pasts: Sequence[PastCall], view: HistoryView) -> tuple[PastLine, ...]:
        """Return the lines of the calls as far as `view` opens them; free text of a call that is nobody's never does.

        Whose call it was is not known there, so nobody can have proved to be him.
        """
        ours = [past.id for past in pasts if past.customer_id is not None]
        if view is not HistoryView.FULL:
            return tuple(_line(past, view, None) for past in pasts)
        summaries = self._timeline.summaries_of(ours)
        with self._store.read() as connection:
            marked = overrides.overridden(connection, frozenset(past.id for past in pasts))
        lines = (_line(past, view, summaries.get(past.id)) for past in pasts)
        return tuple(replace(line, is_overridden=line.call_id in marked) for line in lines)

    def promises(self, customer_id: CustomerId, view: HistoryView) -> tuple[PromiseLine, ...]:
        """Return the open promises to the customer, the nearest first; their text only in the full view."""
        if view not in TAGGED:
            return ()
        return self.promised(self._timeline.promises_to(customer_id), view)

    def promised_by(self, staff: Staff) -> tuple[PromiseLine, ...]:
        """Return the open promises that he made himself, with their text: he wrote it."""
        return self._named(self._timeline.promises_by(staff.user_id), HistoryView.FULL)

    def overdue(self) -> tuple[PromiseLine, ...]:
        """Return everybody's open promises whose day has passed, without their text."""
        return self._named(self._timeline.overdue(), HistoryView.TAGS)

    def taken_by(self, staff: Staff, most: int) -> tuple[PastLine, ...]:
        """Return the newest calls that he took, without their text."""
        with self._store.read() as connection:
            return self.of(inbox.taken_by(connection, staff.user_id, most), HistoryView.TAGS)

    def _named(self, promises: Sequence[Promise], view: HistoryView) -> tuple[PromiseLine, ...]:
        with self._store.read() as connection:
            known = customers.of_ids(connection, {each.customer_id for each in promises if each.customer_id})
        lines = self.promised(promises, view)
        return tuple(
            replace(line, customer_name=known[each.customer_id].name) if each.customer_id in known else line
            for each, line in zip(promises, lines, strict=True)
        )

    def promised(self, promises: Sequence[Promise], view: HistoryView) -> tuple[PromiseLine, ...]:
        """Return the lines of promises as far as `view` opens them."""
        if not promises:
            return ()
        today = local_day(self._clock(), self._zone)
        topics = self._timeline.summaries_of([promise.call_id for promise in promises])
        return tuple(
            PromiseLine(
                call_id=promise.call_id,
                due_on=promise.due_on,
                topic=topics[promise.call_id].topic if promise.call_id in topics else "",
                operator=promise.author_name,
                made_on=local_day(promise.saved_at, self._zone),
                is_late=promise.due_on is not None and promise.due_on < today,
                text=promise.text if view is HistoryView.FULL else None,
            )
            for promise in promises
        )


def _line(past: PastCall, view: HistoryView, summary: Summary | None) -> PastLine:
    tagged = view in TAGGED
    return PastLine(
        call_id=past.id,
        started_at=past.started_at,
        direction=past.direction,
        talk_s=past.talk_s,
        outcome=past.outcome,
        topic=(past.topic or "") if tagged else "",
        disposition=(past.disposition or "") if tagged else "",
        operator=past.operator or "" if tagged else "",
        audio=audio_of(past.recordings),
        queue=past.queue,
        is_loose=past.customer_id is None,
        words=None if summary is None else words_of(summary),
    )
