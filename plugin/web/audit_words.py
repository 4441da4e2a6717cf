"""A line of the audit in words: what was done, why, and what came of it. A word nobody translated shows as it is."""

import re
from dataclasses import dataclass

from plugin.core.audit import Act
from plugin.core.audit_view import SeenLine
from plugin.web.desk_words import clock_of
from plugin.web.door import t
from plugin.web.recording_words import rule_words
from plugin.web.texts import table

_SPAN = re.compile(r"([0-9]{1,9})-([0-9]{1,9})(?:/[0-9]{1,9})?")  # ms of the recording, of so many
_COUNTED = re.compile(r"([a-z_]+) ([0-9]{1,9})")
_WITH_ID = re.compile(r"([a-z_]+):[0-9A-Za-z]{16,64}")
_PURPOSES = ("audit.why.", "listen.purpose.", "look_up.reason.", "audit.kind.", "approvals.kind.", "identity.caller.")


_BY_RULE = (Act.RECORDING_EXPIRED, Act.TEXT_EXPIRED, Act.CASE_EXPIRED)


@dataclass(frozen=True, slots=True)
class Words:
    """What was done, why and what came of it; "" where a line does not say."""

    deed: str
    why: str
    outcome: str


def words_of(line: SeenLine) -> Words:
    """Return the line in the language of this request."""
    return Words(deed(line.act), why(line.purpose), outcome(line.act, line.outcome))


def deed(act: str) -> str:
    """Return what was done."""
    key = f"audit.act.{act}"
    return t(key) if key in table() else act


def why(purpose: str | None) -> str:
    """Return the purpose; of a refusal by a rule, the page (as `jobs.run`) by the name that the menu has for it."""
    if not purpose:
        return ""
    words = [f"{room}{purpose}" for room in _PURPOSES] + [f"frame.nav.{part}" for part in purpose.split(".")]
    return next((t(key) for key in words if key in table()), purpose)


def outcome(act: str, said: str | None) -> str:
    """Return what came of it; of what is as long as a stretch of sound, a count or an id, in the form it has."""
    if not said:
        return ""
    if span := _SPAN.fullmatch(said):
        return t("audit.outcome.span", start=clock_of(int(span[1])), end=clock_of(int(span[2])))
    if (counted := _COUNTED.fullmatch(said)) and f"audit.outcome.{counted[1]}.n" in table():
        return t(f"audit.outcome.{counted[1]}.n", n=int(counted[2]))
    if with_id := _WITH_ID.fullmatch(said):
        said = with_id[1]
    if act == Act.USER_CHANGED and said.startswith(("added:", "role:")):
        word, _, role = said.partition(":")
        return t(f"audit.outcome.{word}.role", role=t(f"role.{role}")) if f"role.{role}" in table() else said
    if act in _BY_RULE:
        return rule_words(said)
    key = f"audit.outcome.{said}"
    return t(key) if key in table() else said
