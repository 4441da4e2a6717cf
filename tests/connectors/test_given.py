"""What a site gives a connector: whatever stands there is read, or refused under its name and without its value."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.given import Given
from plugin.core.errors import SettingError

NAMED = "DENWABAN_CRM_OPTIONS__URL"


def _address(text: str) -> str:
    return Given({"url": text}, "crm_options").address("url", "https://crm.example.jp")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("crm.example.jp", "https://crm.example.jp"),
        (" https://crm.example.jp/ ", "https://crm.example.jp"),
        ("https://crm.example.jp:8443", "https://crm.example.jp:8443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_address_is_read(text: str, address: str) -> None:
    assert _address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "http://crm.example.jp",
        "https://crm.example.jp/login",
        "https://crm.example.jp?x=1",
        "https://someone:secret@crm.example.jp",
        "ftp://crm.example.jp",
        "https://",
        "https://[::1",
        "https://crm.example.jp:port",
        "https://crm.example.jp:99999",
    ],
)
def test_what_is_no_address_is_refused_by_name(text: str) -> None:
    with pytest.raises(SettingError, match="invalid") as refused:
        _address(text)
    assert refused.value.facts["setting"] == NAMED
    assert "secret" not in str(refused.value)


@given(st.text(min_size=1))
def test_any_text_is_an_address_or_a_wrong_setting(text: str) -> None:
    with suppress(SettingError):
        assert _address(text).startswith(("https://", "http://"))


def test_what_nobody_asked_for_is_refused(tmp_path: Path) -> None:
    told = Given({"folder": str(tmp_path), "foldr": "x"}, "messages_options")
    assert told.text("folder") == str(tmp_path)
    with pytest.raises(SettingError, match="unknown") as refused:
        told.end()
    assert refused.value.facts["setting"] == "DENWABAN_MESSAGES_OPTIONS__FOLDR"


def test_a_secret_lies_in_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(" s3cret \n")
    path.chmod(0o644)
    with pytest.raises(SettingError, match="open_to_others"):
        Given({"secret_file": str(path)}, "crm_options").secret("secret_file")
    path.chmod(0o600)
    assert Given({"secret_file": str(path)}, "crm_options").secret("secret_file") == "s3cret"
    path.write_text("\n")
    with pytest.raises(SettingError, match="invalid"):
        Given({"secret_file": str(path)}, "crm_options").secret("secret_file")
