"""What a frame in another site's page does on the wire, without a browser: its secret, the handing over, its header."""

import re
import secrets
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from plugin.core.embed import challenge_of
from plugin.web.door import SESSION_HEADER

ORG = "https://example.lightning.force.com"
OTHER_ORG = "https://example--c.vf.force.com"


class Framed:
    """One frame: asks for a start token as a person's own window would, and comes in by it."""

    def __init__(self, app: Flask, origin: str = ORG) -> None:
        self.origin = origin
        self.verifier = secrets.token_urlsafe(32)
        self.wire: FlaskClient = app.test_client()
        self.session = ""

    def asked(self) -> dict[str, str]:
        """Return what its window is opened with."""
        return {"origin": self.origin, "challenge": challenge_of(self.verifier)}

    def start_of(self, window: FlaskClient) -> str:
        """Return the start token that the person's window hands over."""
        answer = window.post("/embed/sign-in", data=self.asked())
        found = re.search(r'data-start="([\w-]{43})"', answer.text)
        assert found, answer.text
        return found[1]

    def enter(self, start: str, **other: str) -> int:
        """Come in by the token; return the status."""
        given = {"token": start, "origin": self.origin, "verifier": self.verifier} | other
        answer = self.wire.post("/embed/enter", data=given, headers={"Accept": "application/json"})
        self.session = answer.get_json().get("session", "")
        return answer.status_code

    def ask(self, path: str, method: str = "GET", **more: Any) -> tuple[int, str]:
        """Ask with the session's header; return status and text."""
        answer = self.wire.open(path, method=method, headers={SESSION_HEADER: self.session}, **more)
        return answer.status_code, answer.text
