"""Which resource answers which path, and by which word the org counts it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tests.salesforce_org import bulk, composite, deleted, rest, sobject_collections
from tests.salesforce_org.answers import Answer, Ask, Refusal, not_found

if TYPE_CHECKING:
    from tests.salesforce_org.org import Org

VERSION = r"/services/data/v(?P<version>\d+\.\d)"
RETIRED = 31.0


@dataclass(frozen=True, slots=True)
class Route:
    """One resource: the kind of each method, and what answers it."""

    pattern: re.Pattern[str]
    kinds: dict[str, str]
    answer: dict[str, Callable[..., Answer]]


def _route(pattern: str, **answers: tuple[str, Callable[..., Answer]]) -> Route:
    kinds = {method: kind for method, (kind, _) in answers.items()}
    return Route(re.compile(pattern + "/?"), kinds, {method: answer for method, (_, answer) in answers.items()})


ROUTES = (
    _route("/services/data", GET=("versions", rest.versions)),
    _route("/id/(?P<org_id>[^/]+)/(?P<user_id>[^/]+)", GET=("identity", rest.identity)),
    _route(VERSION, GET=("resources", rest.resources)),
    _route(VERSION + "/limits", GET=("limits", rest.limits)),
    _route(VERSION + "/(?:query|queryAll)", GET=("query", rest.query)),
    _route(VERSION + "/(?:query|queryAll)/(?P<locator>[^/]+)", GET=("query_more", rest.query_more)),
    _route(VERSION + "/sobjects", GET=("describe_all", rest.describe_all)),
    _route(VERSION + "/sobjects/(?P<name>[^/]+)", GET=("basic", rest.basic), POST=("create", rest.create)),
    _route(VERSION + "/sobjects/(?P<name>[^/]+)/describe", GET=("describe", rest.describe)),
    _route(VERSION + "/sobjects/(?P<name>[^/]+)/deleted", GET=("get_deleted", deleted.deleted)),
    _route(VERSION + "/sobjects/(?P<name>[^/]+)/updated", GET=("get_updated", deleted.updated)),
    _route(VERSION + "/jobs/query", POST=("bulk_create", bulk.create), GET=("bulk_list", bulk.listed)),
    _route(
        VERSION + "/jobs/query/(?P<job_id>[^/]+)",
        GET=("bulk_info", bulk.info),
        PATCH=("bulk_abort", bulk.abort),
        DELETE=("bulk_delete", bulk.delete),
    ),
    _route(VERSION + "/jobs/query/(?P<job_id>[^/]+)/results", GET=("bulk_results", bulk.results)),
    _route(
        VERSION + "/sobjects/(?P<name>[^/]+)/(?P<record_id>[^/]+)",
        GET=("retrieve", rest.retrieve),
        PATCH=("update", rest.update),
        DELETE=("delete", rest.delete),
    ),
    _route(
        VERSION + "/sobjects/(?P<name>[^/]+)/(?P<field>[^/]+)/(?P<value>[^/]+)",
        GET=("retrieve", rest.by_external_id),
        PATCH=("upsert", rest.by_external_id),
        DELETE=("delete", rest.by_external_id),
    ),
    _route(
        VERSION + "/composite/sobjects",
        POST=("collections_create", sobject_collections.create),
        PATCH=("collections_update", sobject_collections.update),
        DELETE=("collections_delete", sobject_collections.delete),
    ),
    _route(
        VERSION + "/composite/sobjects/(?P<name>[^/]+)/(?P<field>[^/]+)",
        PATCH=("collections_upsert", sobject_collections.upsert),
    ),
    _route(VERSION + "/composite", POST=("composite", composite.composite)),
    _route(VERSION + "/composite/batch", POST=("composite", composite.batch)),
)


def _find(ask: Ask) -> tuple[Route, dict[str, str]] | None:
    for route in ROUTES:
        if found := route.pattern.fullmatch(ask.path):
            return route, {name: unquote(part) for name, part in found.groupdict().items()}
    return None


def kind_of(ask: Ask) -> str:
    """Return the word that requests of this path and method are counted by, and that faults name."""
    if ask.path == "/services/oauth2/token":
        return "token"
    found = _find(ask)
    return found[0].kinds.get(method_of(ask), "other") if found else "other"


def method_of(ask: Ask) -> str:
    """Return the method: HEAD as GET, and the one that a client behind a narrow proxy names in `_HttpMethod`."""
    if ask.method == "HEAD":
        return "GET"
    return ask.query.get("_HttpMethod", ask.method) if ask.method == "POST" else ask.method


def answer(org: "Org", ask: Ask) -> Answer:
    """Answer a request by its resource; raises Refusal."""
    found = _find(ask)
    if found is None:
        raise not_found()
    route, parts = found
    version = parts.get("version")
    if version is not None and version not in org.versions:
        if float(version) < RETIRED:
            told = "The requested API version is no longer supported, see Release Notes for details"
            raise Refusal(410, "UNSUPPORTED_API_VERSION", told)
        raise not_found()
    handler = route.answer.get(method_of(ask))
    if handler is None:
        allowed = ",".join(route.answer)
        raise Refusal(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{ask.method}' not allowed. Allowed are {allowed}")
    return handler(org, ask, **parts)
