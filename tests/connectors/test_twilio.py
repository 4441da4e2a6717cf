"""Twilio against a strict stand-in: a message goes out once at the most, and one learns whether it may have."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from connectors.messages.twilio import TwilioSender
from plugin.core.errors import OutsideError, SettingError
from plugin.core.ports import MessageWay, ShortMessage
from tests.twilio_site import Fault, FaultKind, TwilioSite
from tests.twilio_site.site import ACCOUNT, AUTH_TOKEN, KEY, KEY_SECRET, SERVICE, SMS_FROM, VOICE_FROM

TO = "+819012345678"
SMS = ShortMessage(MessageWay.SMS, TO, "確認コードは 123456 です。", "ja", 300)
VOICE = ShortMessage(MessageWay.VOICE, TO, "確認コードは、1、2、3。<&>", "ja", 300)


@pytest.fixture
def site() -> Iterator[TwilioSite]:
    with TwilioSite() as site:
        yield site


@dataclass
class Waits:
    """Time that passes only where the sender waits."""

    passed: float = 0.0
    waited: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.passed += seconds


def sender(site: TwilioSite, folder: Path, waits: Waits | None = None, /, **more: str) -> TwilioSender:
    secret = folder / "secret"
    secret.write_text(more.pop("secret", KEY_SECRET))
    secret.chmod(0o600)
    given = {"account_sid": ACCOUNT, "key_sid": KEY, "secret_file": str(secret), "url": site.url}
    given |= {"sms_from": SMS_FROM, "voice_from": VOICE_FROM} | more
    return TwilioSender(folder, {name: value for name, value in given.items() if value}, wait=waits or Waits())


def test_a_text_goes_out_as_it_is_and_not_after_its_time(site: TwilioSite, tmp_path: Path) -> None:
    sid = sender(site, tmp_path).send(SMS)
    assert sid.startswith("SM")
    form = {"To": TO, "From": SMS_FROM, "Body": SMS.text, "ValidityPeriod": "300"}
    assert site.taken == [("Messages", form)]


def test_a_messaging_service_may_pick_the_sender(site: TwilioSite, tmp_path: Path) -> None:
    sender(site, tmp_path, sms_from=SERVICE).send(SMS)
    assert site.taken[0][1]["MessagingServiceSid"] == SERVICE
    assert "From" not in site.taken[0][1]


def test_a_voice_reads_it_out_twice_in_its_language(site: TwilioSite, tmp_path: Path) -> None:
    assert sender(site, tmp_path).send(VOICE).startswith("CA")
    ((resource, form),) = site.taken
    assert resource == "Calls"
    assert form["Twiml"].count('<Say language="ja-JP">確認コードは、1、2、3。&lt;&amp;&gt;</Say>') == 2


def test_account_and_auth_token_sign_in_too(site: TwilioSite, tmp_path: Path) -> None:
    sender(site, tmp_path, key_sid="", secret=AUTH_TOKEN).send(SMS)
    assert len(site.taken) == 1


def test_a_wrong_secret_is_said_so_once(site: TwilioSite, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="sign_in_refused") as refused:
        sender(site, tmp_path, secret="w" * 32).send(SMS)
    assert (refused.value.permanent, "perhaps" in refused.value.facts, site.asked) == (True, False, 1)


@pytest.mark.parametrize(
    ("message", "allowed", "reason"),
    [
        (SMS, ("+1",), "region_refused"),
        (VOICE, ("+1",), "region_refused"),
        (ShortMessage(MessageWay.SMS, "+81312345678", "x", "ja", 300), ("+81",), "number_refused"),
        (ShortMessage(MessageWay.SMS, "+0812345", "x", "ja", 300), ("+81",), "number_refused"),
    ],
)
def test_refusals_have_our_words_and_nothing_went_out(
    site: TwilioSite, tmp_path: Path, message: ShortMessage, allowed: tuple[str, ...], reason: str
) -> None:
    site.allowed = allowed
    with pytest.raises(OutsideError, match=reason) as refused:
        sender(site, tmp_path).send(message)
    assert refused.value.permanent
    assert "perhaps" not in refused.value.facts
    assert message.to not in str(refused.value)
    assert (site.asked, site.taken) == (1, [])


def test_who_said_stop_and_a_trial_are_told_apart(site: TwilioSite, tmp_path: Path) -> None:
    site.opted_out.add(TO)
    with pytest.raises(OutsideError, match="opted_out"):
        sender(site, tmp_path).send(SMS)
    site.is_trial = True
    with pytest.raises(OutsideError, match="not_verified_there"):
        sender(site, tmp_path).send(VOICE)


def test_too_many_requests_is_the_one_refusal_that_is_repeated(site: TwilioSite, tmp_path: Path) -> None:
    waits = Waits()
    site.faults.append(Fault(FaultKind.REFUSE, 429, 20429))
    assert sender(site, tmp_path, waits).send(SMS)
    assert (site.asked, len(site.taken), len(waits.waited)) == (2, 1, 1)
    site.faults += [Fault(FaultKind.REFUSE, 429, 20429)] * 2
    with pytest.raises(OutsideError, match="busy") as refused:
        sender(site, tmp_path).send(SMS)
    assert "perhaps" not in refused.value.facts
    assert (site.asked, len(site.taken)) == (4, 1)


@pytest.mark.parametrize("kind", [FaultKind.LOSE, FaultKind.CUT, FaultKind.TRICKLE, FaultKind.PAGE, FaultKind.SILENT])
def test_what_may_have_gone_out_is_never_sent_again(site: TwilioSite, tmp_path: Path, kind: FaultKind) -> None:
    site.faults.append(Fault(kind))
    quick = sender(site, tmp_path, read_timeout_s="0.5")
    with pytest.raises(OutsideError, match="unknown_outcome") as doubtful:
        quick.send(SMS)
    assert doubtful.value.facts["perhaps"] is True
    assert site.asked == 1


def test_after_an_error_of_theirs_nobody_knows(site: TwilioSite, tmp_path: Path) -> None:
    site.faults.append(Fault(FaultKind.REFUSE, 500, 20500))
    with pytest.raises(OutsideError, match="unknown_outcome") as doubtful:
        sender(site, tmp_path).send(SMS)
    assert (doubtful.value.facts["perhaps"], site.asked) == (True, 1)


def test_nobody_there_is_certain(site: TwilioSite, tmp_path: Path) -> None:
    waits = Waits()
    made = sender(site, tmp_path, waits)
    site.stop()
    with pytest.raises(OutsideError, match="unreachable") as refused:
        made.send(SMS)
    assert "perhaps" not in refused.value.facts
    assert len(waits.waited) == 1


def test_neither_number_nor_words_are_logged_or_shown(
    site: TwilioSite, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = sender(site, tmp_path, read_timeout_s="0.5")
    made.send(SMS)
    site.faults += [Fault(FaultKind.LOSE), Fault(FaultKind.REFUSE, 400, 21211)]
    said = [repr(SMS)]
    for _ in range(2):
        with pytest.raises(OutsideError) as failed:
            made.send(SMS)
        said.append(f"{failed.value} {failed.value.__cause__} {failed.value.facts}")
    for text in (*said, caplog.text):
        assert "9012345678" not in text
        assert "123456" not in text
        assert KEY_SECRET not in text


def test_a_way_without_a_sender_is_not_set_up(site: TwilioSite, tmp_path: Path) -> None:
    made = sender(site, tmp_path, voice_from="")
    assert made.ways == {MessageWay.SMS}
    with pytest.raises(OutsideError, match="no_such_way"):
        made.send(VOICE)
    assert site.asked == 0


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("account_sid", "AC1", "invalid"),
        ("account_sid", "", "missing"),
        ("key_sid", "AC" + "0" * 32, "invalid"),
        ("sms_from", "09012345678", "invalid"),
        ("voice_from", "Denwaban", "invalid"),
        ("url", "http://api.twilio.com", "invalid"),
        ("url", "https://api.twilio.com/x", "invalid"),
        ("read_timeout_s", "60", "invalid"),
        ("secret_file", "/nowhere", "invalid"),
        ("colour", "red", "unknown"),
    ],
)
def test_wrong_options_are_named(site: TwilioSite, tmp_path: Path, option: str, value: str, reason: str) -> None:
    with pytest.raises(SettingError, match=reason) as refused:
        sender(site, tmp_path, None, **{option: value})
    assert refused.value.facts["setting"] == f"DENWABAN_MESSAGES_OPTIONS__{option.upper()}"


def test_a_secret_that_others_may_read_is_refused(site: TwilioSite, tmp_path: Path) -> None:
    secret = tmp_path / "open"
    secret.write_text(KEY_SECRET)
    secret.chmod(0o644)
    with pytest.raises(SettingError, match="open_to_others"):
        sender(site, tmp_path, secret_file=str(secret))


def test_no_sender_at_all_is_missing(site: TwilioSite, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="missing"):
        sender(site, tmp_path, sms_from="", voice_from="")
