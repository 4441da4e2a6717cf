"""Failures in words: what it means and what to do, by the one word that the ledger and the outbox keep of each.

The words of a CRM's refusals stand under `crm.reason.`, those of our own house under `problem.`; whatever has none says
so, with its code beside it. Never shows more of an error than its word and the fields it names.
"""

from plugin.core.problems import problem_of
from plugin.core.runs import Finding
from plugin.web.door import t
from plugin.web.texts import table

_ROOMS = ("crm.reason.", "problem.")
_SAME = {"store_busy": "store", "answer_too_large": "unreadable_answer", "http_503": "server_unavailable"}


def in_words(error: str | None) -> str:
    """Return what the failure means, and what to do about it."""
    return of_problem(problem_of(error))


def of_problem(problem: str) -> str:
    """Return the same of its one word."""
    word = _SAME.get(problem, problem)
    for room in _ROOMS:
        if f"{room}{word}" in table():
            return t(f"{room}{word}")
    if word.startswith("http_"):
        return t("problem.http", status=word.removeprefix("http_"))
    return t("problem.other")


def of_finding(finding: Finding) -> str:
    """Return what a run met, and what to do about it."""
    key = f"finding.{finding.code}"
    if key not in table():
        return t("finding.other", what=finding.what, code=finding.code)
    return t(key, what=finding.what, n=finding.n)
