"""The REST resources of single records, describe, queries, limits and identity.

Each takes the request and the parts of its path, and answers; what the org is stays in the rooms below.
"""

import re
from typing import TYPE_CHECKING

from tests.salesforce_org.answers import Answer, Ask, Refusal, as_json, not_found, record_errors
from tests.salesforce_org.ids import full_id
from tests.salesforce_org.query import LEAST_PAGE, MOST_PAGE, PAGE, attributes, json_value
from tests.salesforce_org.records import Saved
from tests.salesforce_org.schema import Field, Thing
from tests.salesforce_org.tables import Row

if TYPE_CHECKING:
    from tests.salesforce_org.org import Org


def root(version: str) -> str:
    """Return the path that the resources of an API version lie under."""
    return f"/services/data/v{version}"


def versions(org: "Org", ask: Ask) -> Answer:
    """List the API versions."""
    names = [{"label": f"Release {one}", "url": root(one), "version": one} for one in org.versions]
    return as_json(names)


def resources(org: "Org", ask: Ask, version: str) -> Answer:
    """List what an API version offers."""
    here = root(version)
    offered = {name: f"{here}/{name}" for name in ("sobjects", "query", "queryAll", "limits", "composite", "jobs")}
    return as_json(offered | {"identity": f"{org.url}/id/{org.org_id}/{org.user_id}"})


def identity(org: "Org", ask: Ask, org_id: str, user_id: str) -> Answer:
    """Say who the session belongs to."""
    if (org_id, user_id) != (org.org_id, org.user_id):
        raise Refusal(403, "Forbidden", "Bad_Id")
    urls = {"rest": f"{org.url}/services/data/v{{version}}/", "query": f"{org.url}/services/data/v{{version}}/query/"}
    told = {"id": f"{org.url}{ask.path}", "asserted_user": True, "user_id": user_id, "organization_id": org_id}
    return as_json(
        told
        | {
            "username": org.app.username,
            "nick_name": "denwaban",
            "display_name": "Denwaban Integration",
            "email": org.app.username,
            "active": True,
            "user_type": "STANDARD",
            "language": "ja",
            "locale": "ja_JP",
            "utcOffset": 32_400_000,
            "urls": urls,
        }
    )


def limits(org: "Org", ask: Ask, version: str) -> Answer:
    """Tell the allowances."""
    return as_json(org.limits.told())


def describe_all(org: "Org", ask: Ask, version: str) -> Answer:
    """List the objects."""
    listed = [thing.listed(root(version)) for thing in org.things.values()]
    return as_json({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": listed})


def describe(org: "Org", ask: Ask, version: str, name: str) -> Answer:
    """Describe one object."""
    return as_json(org.thing(name).described(root(version)))


def basic(org: "Org", ask: Ask, version: str, name: str) -> Answer:
    """Say in short what an object is."""
    return as_json({"objectDescribe": org.thing(name).listed(root(version)), "recentItems": []})


def query(org: "Org", ask: Ask, version: str) -> Answer:
    """Run a query."""
    if "q" not in ask.query:
        raise Refusal(400, "MALFORMED_QUERY", "SOQL statement is missing")
    if "explain" in ask.query:
        raise Refusal(501, "SIMULATOR_DOES_NOT_MODEL", "query plans")
    deleted = ask.path.rstrip("/").endswith("/queryAll")
    return as_json(org.queries.run(ask.query["q"], org.now(), root(version), _page(ask), deleted=deleted))


def query_more(org: "Org", ask: Ask, version: str, locator: str) -> Answer:
    """Return the next page of a query."""
    return as_json(org.queries.more(locator, org.now(), _page(ask)))


def _page(ask: Ask) -> int:
    found = re.search(r"batchSize=(\d+)", ask.headers.get("sforce-query-options", ""))
    return min(MOST_PAGE, max(LEAST_PAGE, int(found.group(1)))) if found else PAGE


def create(org: "Org", ask: Ask, version: str, name: str) -> Answer:
    """Create a record."""
    saved = org.records.create(org.thing(name), ask.record(), org.moment())
    return _saved(saved, 201, {"id": saved.id, "success": True, "errors": []})


def retrieve(org: "Org", ask: Ask, version: str, name: str, record_id: str) -> Answer:
    """Return a record that the user may see."""
    thing = org.thing(name)
    row = org.tables.seen(thing.name, _id(thing, record_id))
    if row is None:
        raise not_found()
    if row["IsDeleted"]:
        raise Refusal(404, "ENTITY_IS_DELETED", "entity is deleted")
    return as_json(_rendered(thing, row, ask, root(version)))


def update(org: "Org", ask: Ask, version: str, name: str, record_id: str) -> Answer:
    """Change a record."""
    thing, payload = org.thing(name), ask.record()
    if any(key.lower() == "id" for key in payload):
        raise Refusal(400, "INVALID_FIELD", "The Id field should not be specified in the sobject data.")
    found = _id(thing, record_id)
    _must_see(org, thing, found)
    return _saved(org.records.update(thing, found, payload, org.moment()), 204, None)


def delete(org: "Org", ask: Ask, version: str, name: str, record_id: str) -> Answer:
    """Put a record into the recycle bin."""
    thing = org.thing(name)
    found = _id(thing, record_id)
    _must_see(org, thing, found)
    return _saved(org.records.delete(thing, found, org.moment()), 204, None)


def by_external_id(org: "Org", ask: Ask, version: str, name: str, field: str, value: str) -> Answer:
    """Read, upsert or delete by an external id."""
    thing = org.thing(name)
    key = external_key(thing, field)
    if ask.method == "PATCH":
        return _upsert(org, ask, version, thing, key, value)
    matches = org.records.matches(thing, key, value)
    if not matches:
        raise not_found()
    if len(matches) > 1:
        return several(thing, matches, root(version))
    if ask.method == "DELETE":
        return _saved(org.records.delete(thing, matches[0], org.moment()), 204, None)
    return retrieve(org, ask, version, name, matches[0])


def _upsert(org: "Org", ask: Ask, version: str, thing: Thing, key: Field, value: str) -> Answer:
    payload = ask.record()
    for name in payload:
        if name.lower() in ("id", key.name.lower()):
            raise Refusal(400, "INVALID_FIELD", f"The {name} field should not be specified in the sobject data.")
    if ask.query.get("updateOnly") == "true" and not org.records.matches(thing, key, value):
        raise not_found()
    saved = org.records.upsert(thing, key, value, payload, org.moment())
    if saved.matches:
        return several(thing, list(saved.matches), root(version))
    told: dict[str, object] = {"id": saved.id, "success": True, "errors": [], "created": saved.created}
    return _saved(saved, 201 if saved.created else 200, told)


def external_key(thing: Thing, name: str) -> Field:
    """Return the field that upsert may look up; raises Refusal where it may not."""
    key = thing.find(name)
    if key is None or not key.external_id:
        raise Refusal(404, "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {name}")
    return key


def several(thing: Thing, matches: list[str], here: str) -> Answer:
    """Return what an org says when an external id names several records."""
    return as_json([attributes(thing.name, match, here)["url"] for match in matches], 300)


def _id(thing: Thing, written: str) -> str:
    found = full_id(written)
    if found is None or not found.startswith(thing.prefix):
        raise Refusal(400, "MALFORMED_ID", f"{thing.name} ID: id value of incorrect type: {written}")
    return found


def _must_see(org: "Org", thing: Thing, record_id: str) -> None:
    if org.tables.get(thing.name, record_id) is None or org.tables.is_hidden(thing.name, record_id):
        raise not_found()


def _saved(saved: Saved, status: int, told: object) -> Answer:
    if saved.errors:
        gone = {"ENTITY_IS_DELETED", "NOT_FOUND"}
        return record_errors(saved.errors, 404 if saved.errors[0].code in gone and not saved.errors[0].fields else 400)
    return Answer(status) if told is None else as_json(told, status)


def _rendered(thing: Thing, row: Row, ask: Ask, here: str) -> dict[str, object]:
    wanted = list(thing)
    if "fields" in ask.query:
        wanted = []
        for name in ask.query["fields"].split(","):
            one = thing.find(name.strip())
            if one is None:
                raise Refusal(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {thing.name}")
            wanted.append(one)
    told: dict[str, object] = {"attributes": attributes(thing.name, str(row["Id"]), here)}
    return told | {one.name: json_value(one.kind, row[one.name]) for one in wanted}
