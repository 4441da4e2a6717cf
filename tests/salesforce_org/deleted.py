"""What was deleted or changed within a span of time: the two resources for replication, with their limits.

What was emptied out of the recycle bin is in neither.
"""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.salesforce_org.answers import Answer, Ask, Refusal, as_json, json_stamp, stamp
from tests.salesforce_org.tables import Value

if TYPE_CHECKING:
    from tests.salesforce_org.org import Org

MOST_IDS = 600_000
DELETED_REACH, UPDATED_REACH = timedelta(days=15), timedelta(days=30)


def deleted(org: "Org", ask: Ask, version: str, name: str) -> Answer:
    """Tell which records went into the recycle bin."""
    thing = org.thing(name)
    start, end = _span(org, ask)
    earliest = max(org.bin_emptied_at, org.now() - DELETED_REACH)
    if start < earliest.replace(second=0):
        raise Refusal(
            400, "INVALID_REPLICATION_DATE", f"startDate before org replication enabled date: {stamp(earliest)}"
        )
    found = _found(org, thing.name, '"IsDeleted" = 1', start, end)
    records = [{"deletedDate": json_stamp(str(at)), "id": record_id} for record_id, at in found]
    told = {"deletedRecords": records, "earliestDateAvailable": json_stamp(stamp(earliest))}
    return as_json(told | {"latestDateCovered": _covered(org, thing.name, end)})


def updated(org: "Org", ask: Ask, version: str, name: str) -> Answer:
    """Tell which records were created or changed."""
    thing = org.thing(name)
    start, end = _span(org, ask)
    if start < org.now() - UPDATED_REACH:
        raise Refusal(400, "INVALID_REPLICATION_DATE", "startDate can not be more than 30 days ago")
    found = _found(org, thing.name, '"IsDeleted" = 0', start, end)
    return as_json({"ids": [record_id for record_id, _ in found], "latestDateCovered": _covered(org, thing.name, end)})


def _span(org: "Org", ask: Ask) -> tuple[datetime, datetime]:
    """Return the span without its seconds, which the org ignores."""
    moments = []
    for name in ("start", "end"):
        if name not in ask.query:
            raise Refusal(400, "MISSING_ARGUMENT", f"The {name} parameter is missing")
        try:
            at = datetime.fromisoformat(ask.query[name].replace(" ", "+"))
        except ValueError as error:
            raise Refusal(400, "INVALID_FIELD", f"Cannot deserialize instance of datetime from {name}") from error
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        moments.append(at.astimezone(UTC).replace(second=0, microsecond=0))
    start, end = moments
    if end - start < timedelta(minutes=1):
        raise Refusal(400, "INVALID_REPLICATION_DATE", "startDate must be more than one minute before endDate")
    if start > org.now():
        raise Refusal(400, "INVALID_REPLICATION_DATE", "startDate cannot be in the future")
    return start, end


def _found(org: "Org", name: str, state: str, start: datetime, end: datetime) -> list[tuple[str, Value]]:
    spanned = '"SystemModstamp" >= ? AND "SystemModstamp" < ? AND "_hidden" = 0'
    sql = f'SELECT "Id", "SystemModstamp" FROM "{name}" WHERE {state} AND {spanned} ORDER BY "SystemModstamp", "Id"'
    found: list[tuple[str, Value]] = org.tables.rows(sql, (stamp(start), stamp(end))).fetchall()
    if len(found) > MOST_IDS:
        raise Refusal(400, "EXCEEDED_ID_LIMIT", f"exceeded max size limit of {MOST_IDS} with response")
    return found


def _covered(org: "Org", name: str, end: datetime) -> str:
    """Return until when the answer is whole: before the oldest change that is still being committed."""
    oldest = org.tables.oldest_late(name)
    reach = min(stamp(end), stamp(org.now()))
    return json_stamp(min(oldest, reach) if oldest else reach)
