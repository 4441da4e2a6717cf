"""How a test steers an org that runs in a process of its own: named acts as JSON, behind a key that only it knows.

No client of Salesforce comes here; requests here are not counted.
"""

import hmac
import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.salesforce_org.answers import Answer, Ask, Refusal, as_json
from tests.salesforce_org.crowd import fill
from tests.salesforce_org.faults import Act, Fault
from tests.salesforce_org.objects import external_id

if TYPE_CHECKING:
    from tests.salesforce_org.org import Org

PATH = "/simulator"


def answer(org: "Org", ask: Ask, key: str) -> Answer:
    """Do what the request names and return what came of it."""
    if not hmac.compare_digest(ask.headers.get("authorization", ""), f"Simulator {key}"):
        raise Refusal(403, "FORBIDDEN", "the simulator is steered by its own test alone")
    asked = ask.record()
    return as_json({"value": ACTS[str(asked.get("do"))](org, asked.get("with") or {})})


def _fault(org: "Org", given: Mapping[str, Any]) -> None:
    org.faults.add(Fault(**{**given, "act": Act(given["act"])}))


def _move(org: "Org", given: Mapping[str, Any]) -> None:
    org.skew += timedelta(seconds=given["seconds"])


def _lag(org: "Org", given: Mapping[str, Any]) -> None:
    """Let changes by people in the org show after up to `most_s` seconds, by chance."""
    chance, most_s = random.Random(given.get("seed", 1)), given["most_s"]
    org.commit_lag_s = (lambda: chance.uniform(0, most_s)) if most_s else None


def _jobs(org: "Org", given: Mapping[str, Any]) -> None:
    org.jobs.polls = given.get("polls", org.jobs.polls)
    org.jobs.page_rows = given.get("page_rows", org.jobs.page_rows)
    org.jobs.compresses = given.get("compresses", org.jobs.compresses)
    org.jobs.shuffle = random.Random(given["shuffle"]) if "shuffle" in given else org.jobs.shuffle


def _limits(org: "Org", given: Mapping[str, Any]) -> None:
    org.limits.daily = given.get("daily", org.limits.daily)
    org.limits.used = given.get("used", org.limits.used)


def _sign_in(org: "Org", given: Mapping[str, Any]) -> None:
    org.sign_in.is_dead = given.get("is_dead", org.sign_in.is_dead)
    if given.get("end_sessions"):
        org.sign_in.end_sessions()


def _counts(org: "Org", given: Mapping[str, Any]) -> dict[str, object]:
    return {"kinds": dict(org.limits.counts), "used": org.limits.used, "jobs": org.jobs.made}


ACTS: dict[str, Callable[["Org", Mapping[str, Any]], object]] = {
    "insert": lambda org, given: org.insert(given["name"], **given["values"]),
    "edit": lambda org, given: org.edit(given["name"], given["id"], **given["values"]),
    "remove": lambda org, given: org.remove(given["name"], given["id"]),
    "restore": lambda org, given: org.restore(given["name"], given["id"]),
    "merge": lambda org, given: org.merge(given["name"], given["id"], *given["losers"]),
    "convert": lambda org, given: org.convert(given["id"], given.get("account")),
    "hide": lambda org, given: org.hide(given["name"], given["id"], hidden=given.get("hidden", True)),
    "purge": lambda org, given: org.purge(given["name"], given["id"]),
    "empty_bin": lambda org, given: org.empty_bin(),
    "commit_all": lambda org, given: org.commit_all(),
    "rows": lambda org, given: org.rows(given["name"], given.get("where", "1")),
    "external_id": lambda org, given: org.add_fields(given["name"], external_id(given["field"], given["length"])),
    "fill": lambda org, given: fill(org, given["count"], given.get("seed", 1)),
    "fault": _fault,
    "clear_faults": lambda org, given: org.faults.clear(),
    "move": _move,
    "lag": _lag,
    "jobs": _jobs,
    "limits": _limits,
    "sign_in": _sign_in,
    "counts": _counts,
}
