"""The org as the other rooms ask it: read and write JSON, query, describe, stream a file.

Every call keeps to the terms of line.py, every answer has an end; every failure is an OutsideError. Gives no dictionary
of the library's making to the house: what it returns is the org's JSON, for the rooms of this folder alone.
"""

import copy
import io
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from connectors.crm.salesforce import library
from connectors.crm.salesforce.body import BUFFER_BYTES, Body
from connectors.crm.salesforce.budget import Budget
from connectors.crm.salesforce.line import Line, Terms
from connectors.crm.salesforce.options import Options
from connectors.crm.salesforce.shapes import ObjectShape, read_shape
from connectors.crm.salesforce.sign_in import certificate_of
from connectors.crm.tempo import Tempo
from plugin.core.errors import OutsideError
from plugin.core.ports import CrmFinding

_SHAPES_LAST_S = 3600.0
_VERSION_RETRY_S = 300
_MOST_S = 60.0

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Download:
    """A streamed answer: its headers, and its body, unpacked, to be read while the stream is open."""

    headers: Mapping[str, str]
    body: BinaryIO


class _Known:
    """What a process has learned of its org."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.versions: set[str] = set()
        self.shapes: dict[str, tuple[float, ObjectShape]] = {}


class Session:
    """Calls to one org, by any number of threads; each ends within a minute, retries and pauses included."""

    def __init__(self, options: Options, tempo: Tempo) -> None:
        self._line = Line(options, tempo)
        self._known = _Known()
        self._until_s: float | None = None
        self._background = True

    @property
    def options(self) -> Options:
        """What the site says of the org."""
        return self._line.options

    @property
    def budget(self) -> Budget:
        """What the org said of its allowance."""
        return self._line.budget

    @property
    def tempo(self) -> Tempo:
        """The connector's time."""
        return self._line.tempo

    def papers(self) -> CrmFinding | None:
        """Return how the certificate of our key stands; None where the site names none, or signs in by a secret."""
        return certificate_of(self.options, self.tempo.now())

    def within(self, seconds: float, *, background: bool = True) -> "Session":
        """Return a session to the same org, with the same token, all of whose calls end within `seconds` from now.

        `background` False: somebody waits for the answer, so the budget's share does not hold it back.
        """
        view = copy.copy(self)
        view._background = background
        view._until_s = self.tempo.passed_s() + seconds
        return view

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Return the JSON at `path` below /services/data/vNN.0/."""
        self._prove_version()
        return library.call(self.options, self._line.caller(self._terms()), "GET", path, params or {}, None)

    def post(self, path: str, body: object, *, repeatable: bool = False) -> Any:
        """Post JSON and return the answer's. Only what is `repeatable` is tried again when its outcome is unknown."""
        return self._write("POST", path, body, repeatable)

    def patch(self, path: str, body: object, *, repeatable: bool = True) -> Any:
        """Patch JSON and return the answer's; see post."""
        return self._write("PATCH", path, body, repeatable)

    def _write(self, method: str, path: str, body: object | None, repeatable: bool) -> Any:
        self._prove_version()
        caller = self._line.caller(self._terms(repeatable=repeatable))
        return library.call(self.options, caller, method, path, {}, body)

    def query(self, soql: str, *, gone_too: bool = False) -> Iterator[list[Record]]:
        """Yield the records that `soql` finds, page by page; `gone_too`: deleted and archived ones as well."""
        self._prove_version()
        page = library.query(self.options, self._line.caller(self._terms()), soql, gone_too=gone_too)
        been: set[object] = set()
        while True:
            try:
                records, more = list(page["records"]), page.get("nextRecordsUrl")
            except (KeyError, TypeError, AttributeError):
                raise OutsideError("unreadable_answer") from None
            if not all(isinstance(one, Mapping) for one in records):
                raise OutsideError("unreadable_answer")
            yield records
            if not more:
                return
            if more in been:
                raise OutsideError("unreadable_answer")  # the same pages for ever
            been.add(more)
            page = library.query_more(self.options, self._line.caller(self._terms()), str(more))

    def count(self, soql: str) -> int:
        """Return how many records a `SELECT COUNT()` finds."""
        self._prove_version()
        told = library.query(self.options, self._line.caller(self._terms()), soql, gone_too=False)
        found = told.get("totalSize") if isinstance(told, Mapping) else None
        if not isinstance(found, int):
            raise OutsideError("unreadable_answer")
        return found

    def describe(self, name: str) -> ObjectShape:
        """Return the shape of the object `name`, asked once an hour. Raises OutsideError("not_found") without it."""
        kept = self._known.shapes.get(name)
        now_s = self.tempo.passed_s()
        if kept is not None and now_s - kept[0] < _SHAPES_LAST_S:
            return kept[1]
        self._prove_version()
        shape = read_shape(name, library.describe(self.options, self._line.caller(self._terms()), name))
        self._known.shapes[name] = (now_s, shape)
        return shape

    def forget_shapes(self) -> None:
        """Ask for every shape anew: the org has just said that one is not what we took it for."""
        self._known.shapes.clear()

    @contextmanager
    def stream(self, path: str, params: Mapping[str, str], accept: str = "text/csv") -> Iterator[Download]:
        """Give the answer at `path` while it comes in; it must end within ten minutes and 128 MB, unpacked.

        What breaks during reading is an OutsideError too.
        """
        self._prove_version()
        terms = replace(self._terms(), streamed=True)
        url = f"{self.options.url}/services/data/v{self.options.api_version}/{path}"
        with self._line.caller(terms) as caller:
            answer = caller.get(url, params=dict(params), headers={"Accept": accept, "Accept-Encoding": "gzip"})
            with answer:
                yield Download(answer.headers, io.BufferedReader(Body(answer, self.tempo), BUFFER_BYTES))

    def _terms(self, *, repeatable: bool = True) -> Terms:
        until_s = self._until_s if self._until_s is not None else self.tempo.passed_s() + _MOST_S
        return Terms(until_s, repeatable, self._background)

    def _prove_version(self) -> None:
        wanted = self.options.api_version
        if wanted in self._known.versions:
            return
        with self._known.lock:
            if wanted in self._known.versions:
                return
            listed = self._line.caller(self._terms()).get(f"{self.options.url}/services/data/").json()
            self._known.versions = {str(one.get("version")) for one in listed if isinstance(one, dict)}
            if wanted not in self._known.versions:
                raise OutsideError("api_version_unknown", permanent=True, retry_after_s=_VERSION_RETRY_S, asked=wanted)
