"""Which sites may show the desk: exact origins alone, written as browsers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.embed import challenge_of, read_challenge, read_origin
from plugin.core.errors import InputError


@pytest.mark.parametrize(
    "origin",
    [
        "https://example.lightning.force.com",
        "https://example--c.vf.force.com",
        "https://crm.example.co.jp:8443",
        "http://localhost:8080",
        "http://127.0.0.1:9",
    ],
)
def test_an_exact_origin_is_one(origin: str) -> None:
    assert read_origin(origin) == origin


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "*",
        "null",
        "https://*.force.com",
        "https://example.lightning.force.com/",
        "https://example.lightning.force.com/x",
        "https://Example.lightning.force.com",
        "https://example.lightning.force.com:443",
        "https://example.lightning.force.com:",
        "https://user@example.com",
        "https://example.com?x",
        "https://example.com#x",
        "https://example.com https://evil.example",
        "https://example.com;script-src *",
        "https://example.com\n",
        "https://例え.jp",
        "https://.example.com",
        "https://[::1]",
        "https://example.com:99999",
        "http://example.com",
        "http://localhost:80",
        "javascript:1",
        "data:text/html,x",
    ],
)
def test_everything_else_is_refused(raw: str) -> None:
    with pytest.raises(InputError):
        read_origin(raw)


@given(st.text())
def test_no_text_puts_anything_into_a_policy(raw: str) -> None:
    try:
        origin = read_origin(raw)
    except InputError:
        return
    assert not set(origin) & set(" ;,'\"*\r\n\t\\")


def test_a_challenge_is_answered_by_its_secret_alone() -> None:
    # The pair that RFC 7636 gives as its example.
    secret, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert challenge_of(secret) == read_challenge(challenge) == challenge
    assert challenge_of(secret[:-1] + "l") != challenge
    assert challenge_of("") == challenge_of("short") == challenge_of("ひ" * 43) == ""
    with pytest.raises(InputError):
        read_challenge("")
