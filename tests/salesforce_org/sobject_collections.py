"""Many records in one request: up to 200, each with its own result, all or none where the client asks for that."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tests.salesforce_org.answers import Answer, Ask, Refusal, RowError, as_json
from tests.salesforce_org.ids import full_id
from tests.salesforce_org.records import Saved
from tests.salesforce_org.rest import external_key
from tests.salesforce_org.schema import Field, Thing

if TYPE_CHECKING:
    from tests.salesforce_org.org import Org

MOST_ROWS = 200
_ROLLED_BACK = RowError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)

Save = Callable[[Thing, dict[str, object]], Saved]


def create(org: "Org", ask: Ask, version: str) -> Answer:
    """Create each record."""
    return _each(org, ask, lambda thing, row: org.records.create(thing, row, org.moment()))


def update(org: "Org", ask: Ask, version: str) -> Answer:
    """Change each record by its id."""

    def save(thing: Thing, row: dict[str, object]) -> Saved:
        record_id = full_id(str(row.pop("id", row.pop("Id", ""))))
        if record_id is None or not record_id.startswith(thing.prefix):
            return Saved(errors=(RowError("MALFORMED_ID", f"{thing.name} ID: id value of incorrect type", ("Id",)),))
        return org.records.update(thing, record_id, row, org.moment())

    return _each(org, ask, save)


def upsert(org: "Org", ask: Ask, version: str, name: str, field: str) -> Answer:
    """Change or create each record by its external id."""
    key = external_key(org.thing(name), field)
    said = Counter(_spoken(row, key) for row in _rows(ask.record()))

    def save(thing: Thing, row: dict[str, object]) -> Saved:
        if said[spoken := _spoken(row, key)] > 1 and spoken:
            told = f"Duplicate external id specified: {spoken}"
            return Saved(errors=(RowError("DUPLICATE_VALUE", told, (key.name,)),))
        if thing.name.lower() != name.lower():
            told = f"The type {thing.name} does not match the type in the URL: {name}"
            return Saved(errors=(RowError("INVALID_TYPE", told),))
        value = next((row.pop(key_name) for key_name in list(row) if key_name.lower() == key.name.lower()), None)
        if value in (None, ""):
            told = f"{key.name} not specified"
            return Saved(errors=(RowError("MISSING_ARGUMENT", told, (key.name,)),))
        saved = org.records.upsert(thing, key, value, row, org.moment())
        if saved.matches:
            told = f"{key.name}: more than one record found for external id field: [{', '.join(saved.matches)}]"
            return Saved(errors=(RowError("DUPLICATE_EXTERNAL_ID", told, (key.name,)),))
        return saved

    return _each(org, ask, save, upsert=True)


def delete(org: "Org", ask: Ask, version: str) -> Answer:
    """Put each record of the list in the URL into the recycle bin."""
    ids = [one for one in ask.query.get("ids", "").split(",") if one]
    _must_fit(len(ids))
    rows: list[Mapping[str, object]] = [{"id": one} for one in ids]

    def save(thing: Thing, row: dict[str, object]) -> Saved:
        return org.records.delete(thing, str(row["id"]), org.moment())

    return _saved(org, ask, rows, save, all_or_none=ask.query.get("allOrNone") == "true", upsert=False)


def _spoken(row: Mapping[str, object], key: Field) -> str:
    value = next((value for name, value in row.items() if name.lower() == key.name.lower()), None)
    spoken = "" if value is None else str(value)
    return spoken if key.case_sensitive else spoken.casefold()


def _rows(body: Mapping[str, object]) -> list[Mapping[str, object]]:
    rows = body.get("records")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refusal(400, "JSON_PARSER_ERROR", "The records of the request are missing")
    return rows


def _each(org: "Org", ask: Ask, save: Save, *, upsert: bool = False) -> Answer:
    body = ask.record()
    rows = _rows(body)
    _must_fit(len(rows))
    return _saved(org, ask, rows, save, all_or_none=body.get("allOrNone") is True, upsert=upsert)


def _must_fit(count: int) -> None:
    if count > MOST_ROWS:
        raise Refusal(
            400, "EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {MOST_ROWS} records in this call"
        )


def _saved(
    org: "Org", ask: Ask, rows: list[Mapping[str, object]], save: Save, *, all_or_none: bool, upsert: bool
) -> Answer:
    kind = org.kind_of(ask)
    results: list[Saved] = []
    with org.tables.attempt() as attempt:
        for number, row in enumerate(rows):
            struck = org.faults.strike_row(kind, number)
            results.append(Saved(errors=(struck,)) if struck else _save_one(org, row, save))
        if all_or_none and not all(result.is_good for result in results):
            attempt.undo()
            results = [Saved(errors=(_ROLLED_BACK,)) if result.is_good else result for result in results]
    return as_json([result.told(upsert=upsert) for result in results])


def _save_one(org: "Org", row: Mapping[str, object], save: Save) -> Saved:
    left = dict(row)
    about = left.pop("attributes", None)
    name = about.get("type") if isinstance(about, dict) else None
    if name is None and set(left) == {"id"}:
        found = full_id(str(left["id"]))
        thing = next((one for one in org.things.values() if found and found.startswith(one.prefix)), None)
        if thing is None or found is None:
            return Saved(errors=(RowError("MALFORMED_ID", f"malformed id {left['id']}"),))
        return save(thing, {"id": found})
    thing = org.things.get(str(name).lower())
    if thing is None:
        return Saved(errors=(RowError("INVALID_TYPE", f"sObject type '{name}' is not supported."),))
    return save(thing, left)
