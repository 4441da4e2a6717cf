"""The doors of a site that are open to strangers: every other view asks who is there."""

import re

OPEN = {
    ("GET", "static"),
    ("GET", "sign_in.form"),
    ("POST", "sign_in.enter"),
    ("POST", "sign_in.leave"),
    ("GET", "provider.send"),  # a way to the identity provider: test_provider.py
    ("GET", "provider.back"),
    ("POST", "provider.log_out"),  # by signature: test_provider_ends.py
    ("POST", "sign_in.begin_passkey"),  # a challenge, and nothing of anybody
    ("POST", "account.prefer"),
    ("GET", "health.alive"),
    ("GET", "health.ready"),
    ("GET", "health.figures"),  # closed to strangers in its own way: test_health.py
    ("GET", "embed.frame"),  # holds nothing; the rest of the room, by what one knows: test_embed.py
    ("GET", "embed.window"),
    ("POST", "embed.hand_over"),
    ("POST", "embed.leave"),
    ("POST", "hooks.take"),  # by signature: test_hooks.py
    ("POST", "hooks.report"),  # by the carrier's signature: tests/services/test_reports.py
}

SOME_ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def token_of(page: str) -> str:
    """Return the token of a page's form."""
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]
