"""Every kind of approval is told in words: what it is, and what follows from it."""

from plugin.core.approvals import RULES, ApprovalKind
from plugin.web.texts import table


def test_every_kind_of_approval_has_a_rule_and_its_words() -> None:
    missing = {kind for kind in ApprovalKind if kind not in RULES}
    unsaid = {f"approvals.{part}.{kind.value}" for kind in ApprovalKind for part in ("kind", "means")} - table().keys()
    assert (missing, unsaid) == (set(), set())
