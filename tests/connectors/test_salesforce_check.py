"""The doctor's look at an org: what is missing, how to mend it, and that nothing is changed."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from plugin.cli import cli
from plugin.cli.crm_words import WORDS
from plugin.core.ports import CrmFinding, Weight
from tests.kit.clock import HandClock
from tests.kit.command import Runner
from tests.kit.salesforce import crm_of, dress, options_of
from tests.kit.tempo import HandTempo
from tests.salesforce_org import Org
from tests.salesforce_org.faults import busy
from tests.salesforce_org.objects import external_id, text
from tests.salesforce_org.wire import make_papers


def _found(org: Org, folder: Path, time: HandTempo, **more: str) -> dict[str, CrmFinding]:
    return {finding.word: finding for finding in crm_of(org, folder, time.tempo(), **more).check()}


def test_an_org_in_order_has_nothing_to_mend(org: Org, tmp_path: Path, time: HandTempo) -> None:
    found = _found(org, tmp_path, time)
    assert {finding.weight for finding in found.values()} == {Weight.FINE}
    assert (found["budget"].n, found["budget"].what) == (99_999, "100,000")
    assert not list(org.living("Task"))


def test_what_the_org_lacks_is_named(org: Org, tmp_path: Path, time: HandTempo) -> None:
    org.drop_field("Task", "Denwaban_Version__c")
    org.drop_field("Task", "Denwaban_Author__c")
    org.add_fields("Task", replace(external_id("Denwaban_Call__c", 64), unique=False))
    org.add_fields("Task", text("Denwaban_Started__c", 20))
    del org.things["lead"]
    org.limits.used = 90_000
    found = _found(org, tmp_path, time)
    assert (found["field_missing"].weight, found["field_missing"].what) == (Weight.MEND, "Denwaban_Version__c")
    assert (found["field_lacking"].weight, found["field_lacking"].what) == (Weight.LOOK, "Denwaban_Author__c")
    assert found["not_unique"].what == "Denwaban_Call__c"
    assert (found["field_short"].what, found["field_short"].n) == ("Denwaban_Started__c", 20)
    assert found["object_hidden"].what == "Lead"
    assert found["budget_low"].weight is Weight.LOOK
    assert "fields_there" not in found
    assert set(found) <= set(WORDS)


def test_a_status_that_the_org_does_not_have_is_told(org: Org, tmp_path: Path, time: HandTempo) -> None:
    found = _found(org, tmp_path, time, task_status="Fertig")
    assert (found["not_in_list"].weight, found["not_in_list"].what) == (Weight.MEND, "Status")


def test_an_org_that_is_down_or_refuses_us_is_told(org: Org, tmp_path: Path, time: HandTempo) -> None:
    org.sign_in.app.is_approved = False
    refused = _found(org, tmp_path, time)
    assert "invalid_app_access" in refused or "clock_skew" in refused
    org.faults.add(busy(503, times=9))
    assert _found(org, tmp_path, time)["unreachable"].weight is Weight.MEND


@pytest.mark.parametrize(
    ("days", "word", "weight"),
    [
        (31, "certificate_ends", Weight.FINE),
        (30, "certificate_ends", Weight.LOOK),
        (1, "certificate_ends", Weight.LOOK),
        (0, "certificate_ended", Weight.MEND),
    ],
)
def test_a_certificate_is_warned_of_before_it_ends(
    org: Org, tmp_path: Path, clock: HandClock, days: int, word: str, weight: Weight
) -> None:
    certificate = tmp_path / "salesforce.crt"
    certificate.write_text(org.app.certificate_pem)
    clock.at += timedelta(days=365 - days, hours=-1 if days else 0)
    found = _found(org, tmp_path, HandTempo(clock), certificate_file=str(certificate))
    assert (found[word].weight, found[word].n) == (weight, days)


def test_a_certificate_of_another_key_is_told(org: Org, tmp_path: Path, time: HandTempo) -> None:
    papers = make_papers(tmp_path)  # an authority of its own, with a key of its own
    assert "certificate_of_another_key" in _found(org, tmp_path, time, certificate_file=str(papers.authority))
    papers.authority.write_text("nothing")
    assert "certificate_unreadable" in _found(org, tmp_path, time, certificate_file=str(papers.authority))


def test_the_doctor_says_it_in_words(tmp_path: Path) -> None:
    with Org(tls=False) as org:  # by the machine's clock, as the command is
        dress(org)
        org.drop_field("Task", "Denwaban_Link__c")
        options = options_of(org, tmp_path)
        environment = {f"DENWABAN_CRM_OPTIONS__{name.upper()}": value for name, value in options.items()}
        environment |= {"DENWABAN_DATA_DIR": str(tmp_path / "data"), "DENWABAN_CRM": "salesforce"}
        said = Runner().invoke(cli, ["doctor"], env=environment).output
        assert "look  CRM: field_lacking: Task has no field Denwaban_Link__c" in said
        assert "API calls left today" in said
        org.sign_in.is_dead = True
        said = Runner().invoke(cli, ["doctor"], env=environment).output
        assert "mend  CRM: invalid_grant: We cannot sign in to Salesforce" in said
        for secret in (org.app.consumer_key, org.app.private_key_pem, org.app.username):
            assert secret not in said
