"""The line to a kintone: every call passes here.

Signs in with API tokens or a password, keeps to time-outs, tries again only what passes by itself, and turns whatever
goes wrong into an OutsideError of refusals.py. Follows no redirect, and puts no query into an address: proxies keep
addresses.
"""

import base64
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from connectors.crm.kintone import refusals
from connectors.crm.kintone.options import Options
from connectors.crm.kintone.refusals import Kind
from connectors.crm.kintone.shapes import AppShape, read_shape
from connectors.crm.tempo import Tempo, retry_after_s
from plugin.core.errors import OutsideError

_MOST_TRIES = 3
_LONGEST_PAUSE_S = 8.0
_LEAST_LEFT_S = 0.05
_CHUNK_BYTES = 65_536
_MOST_BYTES = 64 * 2**20  # of one answer
_MOST_DIGITS = 18
_SHAPES_LAST_S = 3600.0
_REST_AFTER_REFUSED_S = 300.0

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """The JSON of an answer, and when kintone gave it by its own clock."""

    body: Any
    at: datetime


class Refused(Exception):
    """A write refused as a whole, between rooms of this folder: `error`, and its fields by their record's place."""

    def __init__(self, error: OutsideError, places: Mapping[int, tuple[str, ...]]) -> None:
        super().__init__(error.reason)
        self.error = error
        self.places = places


class _Known:
    """What a process has learned of its kintone."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.shapes: dict[int, tuple[float, AppShape]] = {}
        self.shut_until_s = 0.0
        self.shut_by: OutsideError | None = None


class Session:
    """Calls to one kintone, by any number of threads. Each ends within 60 s, or by the end that `within` gave."""

    def __init__(self, options: Options, tempo: Tempo) -> None:
        self.options = options
        self.tempo = tempo
        self._known = _Known()
        self._until_s: float | None = None
        self._http = requests.Session()
        self._http.auth = _as_it_is
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=8)
        for scheme in ("https://", "http://"):
            self._http.mount(scheme, adapter)
        self._http.headers.update(_credentials(options))

    def within(self, seconds: float) -> "Session":
        """Return a session to the same kintone, all of whose calls end within `seconds` from now."""
        view = object.__new__(Session)
        view.options, view.tempo, view._known, view._http = self.options, self.tempo, self._known, self._http
        view._until_s = self.tempo.passed_s() + seconds
        return view

    def count(self, app: int, query: str) -> int:
        """Return how many records there are for `query`."""
        body = self._ask("GET", "records.json", app, {"query": f"{query} limit 1", "totalCount": True}).body
        told = body.get("totalCount") if isinstance(body, Mapping) else None
        if not isinstance(told, str) or not told.isdecimal() or len(told) > _MOST_DIGITS:
            raise OutsideError("unreadable_answer")
        return int(told)

    def records(self, app: int, query: str, codes: list[str]) -> tuple[list[Record], datetime]:
        """Return the records that `query` finds, with these fields, and when kintone answered, by its own clock."""
        reply = self._ask("GET", "records.json", app, {"query": query, "fields": codes})
        found = reply.body.get("records") if isinstance(reply.body, Mapping) else None
        if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
            raise OutsideError("unreadable_answer")
        return found, reply.at

    def shape(self, app: int, *, fresh: bool = False) -> AppShape:
        """Return the form of the app, asked once an hour, or at once where it must be `fresh`."""
        kept = self._known.shapes.get(app)
        now_s = self.tempo.passed_s()
        if kept is not None and now_s - kept[0] < _SHAPES_LAST_S and not fresh:
            return kept[1]
        shape = read_shape(app, self._ask("GET", "app/form/fields.json", app, {}).body)
        self._known.shapes[app] = (now_s, shape)
        return shape

    def forget_shapes(self) -> None:
        """Ask for every form anew: kintone has just said that one is not what we took it for."""
        self._known.shapes.clear()

    def write(self, method: str, app: int, records: list[dict[str, Any]], known: frozenset[str]) -> Any:
        """Add (POST) or update (PUT) up to a hundred records, all or none, and return the answer's JSON.

        Raises Refused where it is about the records (codes of fields told where they are `known`), OutsideError where
        it is about the app, our rights, or the line. Trying twice is safe: the app refuses a second one of an entry,
        and an update names the revision that it is for.
        """
        return self._ask(method, "records.json", app, {"records": records}, known).body

    def _ask(
        self, method: str, path: str, app: int, told: Mapping[str, Any], known: frozenset[str] = frozenset()
    ) -> Reply:
        room = "/k/v1/" if self.options.guest_space is None else f"/k/guest/{self.options.guest_space}/v1/"
        headers = {"Content-Type": "application/json"}
        if method == "GET":
            headers["X-HTTP-Method-Override"] = "GET"
        if app in self.options.tokens:
            headers["X-Cybozu-API-Token"] = self.options.tokens[app]
        data = json.dumps({"app": app, **told}, ensure_ascii=False, separators=(",", ":")).encode()
        asked = requests.Request(
            "POST" if method == "GET" else method, self.options.url + room + path, headers, data=data
        )
        until_s = self._until_s if self._until_s is not None else self.tempo.passed_s() + 60.0
        tries = 0
        while True:
            self._stay_away()
            tries += 1
            try:
                return self._once(asked, until_s, known)
            except OutsideError as error:
                kind = refusals.kind_of(error)
                if kind is Kind.SIGN_IN:
                    self._shut(error)
                if kind is not Kind.SOON or tries >= _MOST_TRIES:
                    raise
                self._pause(error, tries, until_s)

    def _stay_away(self) -> None:
        with self._known.lock:
            left_s = self._known.shut_until_s - self.tempo.passed_s()
            error = self._known.shut_by
        if error is not None and left_s > 0:
            raise OutsideError(error.reason, **(error.facts | {"retry_after_s": max(1, round(left_s))}))

    def _shut(self, error: OutsideError) -> None:
        with self._known.lock:
            self._known.shut_until_s = self.tempo.passed_s() + _REST_AFTER_REFUSED_S
            self._known.shut_by = error

    def _pause(self, error: OutsideError, tries: int, until_s: float) -> None:
        spread_s = min(_LONGEST_PAUSE_S, 0.5 * 2.0**tries) * (0.5 + self.tempo.luck() / 2)
        asked_s = float(error.facts.get("retry_after_s", 0.0))
        pause_s = max(spread_s, asked_s if asked_s <= _LONGEST_PAUSE_S else _LONGEST_PAUSE_S)
        if self.tempo.passed_s() + pause_s >= until_s:
            raise error
        self.tempo.wait_s(pause_s)

    def _once(self, asked: requests.Request, until_s: float, known: frozenset[str]) -> Reply:
        left_s = until_s - self.tempo.passed_s()
        if left_s < _LEAST_LEFT_S:
            raise OutsideError("timeout")
        patience = (min(self.options.connect_s, left_s), min(self.options.read_s, left_s))
        try:
            prepared = self._http.prepare_request(asked)
            chosen = self._http.merge_environment_settings(prepared.url or "", {}, True, None, None)
            answer = self._http.send(prepared, timeout=patience, allow_redirects=False, **chosen)
            content = self._read(answer, until_s)
        except requests.Timeout:
            raise OutsideError("timeout") from None
        except (requests.RequestException, HTTPError, OSError) as error:
            raise OutsideError("unreachable", problem=type(error).__name__) from None
        try:
            body = json.loads(content)
        except (ValueError, RecursionError):
            body = None
        if answer.status_code >= 300:
            wait_s = retry_after_s(answer.headers, self.tempo.now())
            refused = refusals.of_reply(answer.status_code, body, wait_s)
            if known and refusals.kind_of(refused) in (Kind.ROW, Kind.AGAIN):
                raise Refused(refused, refusals.places_of(body, known))
            raise refused
        if not isinstance(body, dict):
            raise OutsideError("unreadable_answer")
        return Reply(body, _told_at(answer.headers, self.tempo.now()))

    def _read(self, answer: requests.Response, until_s: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        with answer:
            for part in answer.iter_content(_CHUNK_BYTES):
                parts.append(part)
                size += len(part)
                if size > _MOST_BYTES:
                    raise OutsideError("answer_too_large")
                if self.tempo.passed_s() > until_s:
                    raise OutsideError("timeout")
        return b"".join(parts)


def _credentials(options: Options) -> dict[str, str]:
    headers = {"User-Agent": "denwaban", "Accept": "application/json", "Accept-Language": "ja"}
    if not options.tokens:
        headers["X-Cybozu-Authorization"] = _base64(options.login, options.password)
    if options.basic_login:
        headers["Authorization"] = f"Basic {_base64(options.basic_login, options.basic_password)}"
    return headers


def _base64(login: str, password: str) -> str:
    return base64.b64encode(f"{login}:{password}".encode()).decode()


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep a .netrc of the machine from signing in with something of its own."""
    return request


def _told_at(headers: Mapping[str, str], now: datetime) -> datetime:
    try:
        return parsedate_to_datetime(headers["Date"]).astimezone(now.tzinfo)
    except (KeyError, ValueError, TypeError):
        return now
