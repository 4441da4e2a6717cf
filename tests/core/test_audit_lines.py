"""What a line says, what sort of act it was, and that a commitment tells nothing without its salt."""

import json
from datetime import UTC, datetime

import pytest

from plugin.core.audit import FIRST_PREV, Act, AuditFact, Kind, Remark, RemarkName, chain, commitment, kind_of

AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def test_a_line_has_one_form() -> None:
    line = chain(AuditFact(Act.LOOK_UP, AT, user_id="u", purpose="callback", outcome="words 2"), 1, FIRST_PREV)
    assert line.body == (
        '{"act":"customer.look_up","address":null,"at":1795410000000000,"call_id":null,"customer_id":null,'
        '"kind":"saw","outcome":"words 2","prev":"' + FIRST_PREV + '","purpose":"callback","seq":1,"subject":null,'
        '"user_id":"u"}'
    )
    assert line.hash == "6fe5db94ca64093914c60f05a2037e2929f62fda77afc5665798b6208bda9ba5"


def test_what_people_typed_is_not_in_the_line() -> None:
    said = Remark(RemarkName.REASON, "本人確認書類を見た")
    sealed = {"reason": commitment("reason", b"s" * 32, said.text)}
    line = chain(AuditFact(Act.CALL_ASSIGNED, AT, remarks=(said,)), 1, FIRST_PREV, sealed)
    assert json.loads(line.body)["sealed"] == sealed
    assert said.text not in line.body
    assert said.text not in repr(said)


def test_a_commitment_is_of_one_text_under_one_name_and_one_salt() -> None:
    made = commitment("reason", b"s" * 32, "家族")
    assert made == commitment("reason", b"s" * 32, "家族")
    others = (
        commitment("case", b"s" * 32, "家族"),
        commitment("reason", b"t" * 32, "家族"),
        commitment("reason", b"s" * 32, "家旅"),
        commitment("reaso", b"s" * 32, "n\x00家族"),
    )
    assert made not in others


@pytest.mark.parametrize(
    ("act", "outcome", "kind"),
    [
        (Act.LOOK_UP, "words 1", Kind.SAW),
        (Act.HISTORY_SHOWN, "full", Kind.SAW),
        (Act.LISTEN_STARTED, "case", Kind.HEARD),
        (Act.LISTEN_REFUSED, "role", Kind.FAILED),
        (Act.VERIFY_STARTED, "started", Kind.VERIFIED),
        (Act.VERIFY_STARTED, "too_few_items", Kind.FAILED),
        (Act.VERIFY_JUDGED, "passed", Kind.VERIFIED),
        (Act.VERIFY_JUDGED, "accepted", Kind.VERIFIED),
        (Act.VERIFY_JUDGED, "locked_out", Kind.FAILED),
        (Act.REFUSED, "more 12", Kind.FAILED),
        (Act.APPROVAL_DECIDED, "denied:role", Kind.FAILED),
        (Act.VERIFY_ENDED, "ended", Kind.VERIFIED),
        (Act.SIGN_IN, "done", Kind.ENTERED),
        (Act.SIGN_IN, "refused", Kind.FAILED),
        (Act.USER_CHANGED, "role", Kind.CHANGED),
        (Act.AUDIT_EXPORTED, "csv 12", Kind.EXPORTED),
        (Act.IMPORTED, "12", Kind.MACHINE),
        ("identity.overridden", "done", Kind.OVERRIDDEN),
        ("something.new", None, Kind.CHANGED),
    ],
)
def test_every_act_is_of_a_sort(act: str, outcome: str | None, kind: Kind) -> None:
    assert kind_of(act, outcome) is kind
