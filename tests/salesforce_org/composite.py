"""Several requests in one: a batch of independent ones, or a composite whose later ones use what earlier ones returned.

Each part is answered as if it had come alone, and counted as part of the one request that it is.
"""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from tests.salesforce_org.answers import Answer, Ask, Refusal, as_json

if TYPE_CHECKING:
    from tests.salesforce_org.org import Org

MOST_PARTS = 25
_REFERENCE = re.compile(r"@\{(\w+)\.([\w.\[\]]+)\}")


def batch(org: "Org", ask: Ask, version: str) -> Answer:
    """Answer independent requests one by one; after a failure the rest are skipped where the client asks for that."""
    body = ask.record()
    parts = _parts(body, "batchRequests")
    results: list[dict[str, object]] = []
    failed = False
    for part in parts:
        if failed and body.get("haltOnError"):
            results.append(
                {"statusCode": 412, "result": [{"errorCode": "BATCH_PROCESSING_HALTED", "message": "halted"}]}
            )
            continue
        url = str(part.get("url", "")).removeprefix("/services/data/").removeprefix("/")
        answer = _answer(org, ask, str(part.get("method")), "/services/data/" + url, part.get("richInput"))
        failed = failed or answer.status >= 400
        results.append({"statusCode": answer.status, "result": _read(answer)})
    return as_json({"hasErrors": failed, "results": results})


def composite(org: "Org", ask: Ask, version: str) -> Answer:
    """Answer requests in turn, each with what it refers to filled in; undo all after a failure, where asked to."""
    body = ask.record()
    told: dict[str, Any] = {}
    answers: list[dict[str, object]] = []
    with org.tables.attempt() as attempt:
        for part in _parts(body, "compositeRequest"):
            name = str(part.get("referenceId"))
            filled = json.loads(_filled(json.dumps(part), told))
            answer = _answer(org, ask, str(filled.get("method")), str(filled.get("url")), filled.get("body"))
            told[name] = _read(answer)
            answers.append(
                {"body": told[name], "httpHeaders": {}, "httpStatusCode": answer.status, "referenceId": name}
            )
            if answer.status >= 400 and body.get("allOrNone"):
                attempt.undo()
                halted = [{"errorCode": "PROCESSING_HALTED", "message": "The transaction was rolled back"}]
                for earlier in answers[:-1]:
                    earlier |= {"body": halted, "httpStatusCode": 400}
                break
    return as_json({"compositeResponse": answers})


def _parts(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    parts = body.get(name)
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise Refusal(400, "JSON_PARSER_ERROR", f"{name} must be a list of requests")
    if len(parts) > MOST_PARTS:
        raise Refusal(400, "INVALID_BATCH_SIZE", f"at most {MOST_PARTS} requests go into one")
    return parts


def _answer(org: "Org", ask: Ask, method: str, url: str, body: object) -> Answer:
    path, _, query = url.partition("?")
    packed = b"" if body is None else json.dumps(body).encode()
    return org.part(Ask(method, path, dict(parse_qsl(query)), ask.headers, packed))


def _read(answer: Answer) -> Any:
    return json.loads(answer.body) if answer.body else None


def _filled(part: str, told: Mapping[str, Any]) -> str:
    """Return a request with `@{name.field}` replaced by what the request of that name returned."""

    def one(found: re.Match[str]) -> str:
        value: Any = told.get(found.group(1))
        for step in re.findall(r"\w+", found.group(2)):
            value = value[int(step)] if isinstance(value, list) else (value or {}).get(step)
        if value is None:
            raise Refusal(400, "PROCESSING_HALTED", f"Invalid reference specified. No value for {found.group()} found")
        return json.dumps(value)[1:-1] if isinstance(value, str) else str(value)

    return _REFERENCE.sub(one, part)
