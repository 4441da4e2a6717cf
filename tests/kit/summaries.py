"""Summaries of calls, written through the service behind the desk, for tests of what becomes of them."""

from zoneinfo import ZoneInfo

from plugin.core.ids import CallId, CustomerId
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.core.timeline import DISPOSITIONS, TOPICS, SummaryForm
from plugin.services.timeline import Timeline
from plugin.store.engine import Store
from tests.kit.people import Town
from tests.kit.sounds import HeardBus

FORM = SummaryForm(topic="delivery", disposition="follow_up", request="荷物が届かない", response="再手配")


def write_summaries(store: Store, clock: Clock, author: Staff, customer_id: CustomerId, count: int) -> list[CallId]:
    """Let so many calls with the customer, taken by `author`, each get his summary; all of them wait in the outbox."""
    timeline = Timeline(store, clock, ZoneInfo("Asia/Tokyo"), "local", TOPICS, DISPOSITIONS, HeardBus())
    town = Town(store, clock())
    calls = [town.call(customer_id, taken_by=author) for _ in range(count)]
    for call_id in calls:
        timeline.save(author, call_id, FORM)
    return calls
