"""What an org says over HTTP: an answer, or a refusal with Salesforce's error shape.

It renders; it decides nothing.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

JSON = "application/json;charset=UTF-8"
CSV = "text/csv"
HTML = "text/html;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request as it came: the path without its query, header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body read as JSON; raises Refusal as an org does for one that is none."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Refusal(400, "JSON_PARSER_ERROR", f"Unexpected character or end of input: {error}") from error

    def record(self) -> dict[str, Any]:
        """Return the body as one JSON object."""
        read = self.json()
        if not isinstance(read, dict):
            raise Refusal(400, "JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has no object")
        return read


@dataclass(frozen=True, slots=True)
class Answer:
    """One response; `body` is what goes over the wire."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowError:
    """Why one record was not saved."""

    code: str
    message: str
    fields: tuple[str, ...] = ()

    def for_collections(self) -> dict[str, object]:
        """Return the error as the collections resource writes it."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}

    def for_record(self) -> dict[str, object]:
        """Return the error as the resources of single records write it."""
        return {"message": self.message, "errorCode": self.code, "fields": list(self.fields)}


class Refusal(Exception):
    """The whole request is refused, with a list body as every resource but the token endpoint writes it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code, message)
        self.status, self.code, self.message = status, code, message

    def answer(self) -> Answer:
        """Return the refusal as it goes over the wire."""
        return as_json([{"message": self.message, "errorCode": self.code}], self.status)


def as_json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return the answer that carries `value`."""
    return Answer(status, json.dumps(value, ensure_ascii=False).encode(), JSON, headers or {})


def record_errors(errors: Iterable[RowError], status: int = 400) -> Answer:
    """Return the refusal of one record."""
    return as_json([error.for_record() for error in errors], status)


def not_found() -> Refusal:
    """Return the refusal for a resource that there is not."""
    return Refusal(404, "NOT_FOUND", "The requested resource does not exist")


def not_modelled(what: str) -> Refusal:
    """Return the refusal for what an org can do and this simulator cannot: loud, so that no test leans on it."""
    return Refusal(501, "SIMULATOR_DOES_NOT_MODEL", what)


def stamp(at: datetime) -> str:
    """Return an instant as records keep it and Bulk CSV writes it: UTC, whole seconds, `.000Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def json_stamp(kept: str) -> str:
    """Return a kept instant as REST's JSON writes it."""
    return kept[:-1] + "+0000"
