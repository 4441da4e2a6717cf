"""How far the customers of an org have been read, as the text that the house keeps with the last page.

A text that is none of ours, or of another org, means: from the beginning. Holds no customer's data.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from plugin.core.customers import CrmCustomer
from plugin.core.ports import Census, CustomerPage
from plugin.core.runs import Finding

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Job:
    """A query job: `asked_at` was written down before it was asked for; `id` and `locator` once they are known.

    `start` and `end` are the window of SystemModstamp that it reads; a first load has none. `read`: customers so far.
    """

    asked_at: str
    id: str = ""
    locator: str = ""
    start: str = ""
    end: str = ""
    read: int = 0


@dataclass(frozen=True, slots=True)
class ThingState:
    """Where one object is: `until` is the end of the last window read, empty before the first load has ended.

    `mark` and `fields` are of the plan it was read by; `lost` are fields that went, with the instant each was missed.
    """

    mark: str = ""
    fields: tuple[str, ...] = ()
    until: str = ""
    job: Job | None = None
    lost: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CensusState:
    """Where the census is: `begun_at` the last one, its jobs by object while it runs, and the last id it told."""

    begun_at: str = ""
    jobs: tuple[tuple[str, Job], ...] = ()
    after: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where everything is, in the org at `org`."""

    org: str
    things: Mapping[str, ThingState] = field(default_factory=dict)
    census: CensusState = CensusState()

    def thing(self, name: str) -> ThingState:
        """Return where the object is."""
        return self.things.get(name, ThingState())

    def write(self) -> str:
        """Return the text of it."""
        return json.dumps({"v": _VERSION, **asdict(self)}, separators=(",", ":"), sort_keys=True)


def read_cursor(text: str | None, org: str) -> Cursor:
    """Return what the text says, or the beginning where it is none of this org's."""
    try:
        told = json.loads(text or "")
        if told["v"] != _VERSION or told["org"] != org:
            return Cursor(org)
        things = {str(name): _thing(one) for name, one in told["things"].items()}
        jobs = tuple((str(name), Job(**job)) for name, job in told["census"]["jobs"])
        return Cursor(org, things, CensusState(told["census"]["begun_at"], jobs, told["census"]["after"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Cursor(org)


def _thing(told: dict[str, Any]) -> ThingState:
    job = told["job"]
    return ThingState(
        mark=told["mark"],
        fields=tuple(told["fields"]),
        until=told["until"],
        job=None if job is None else Job(**job),
        lost=tuple((name, at) for name, at in told["lost"]),
    )


class Bookmark:
    """The cursor while a reading goes on; `page` closes what was read so far with it."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor

    def thing(self, name: str) -> ThingState:
        """Return where the object is."""
        return self.cursor.thing(name)

    def move(self, name: str, state: ThingState) -> None:
        """Be there with the object from now on."""
        self.cursor = replace(self.cursor, things={**self.cursor.things, name: state})

    def move_census(self, state: CensusState) -> None:
        """Be there with the census from now on."""
        self.cursor = replace(self.cursor, census=state)

    def page(
        self,
        customers: Iterable[CrmCustomer] = (),
        *,
        census: Census | None = None,
        findings: tuple[Finding, ...] = (),
        coming: int | None = None,
    ) -> CustomerPage:
        """Return a page that ends here."""
        return CustomerPage(tuple(customers), self.cursor.write(), census, findings, coming)
