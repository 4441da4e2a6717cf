"""The baselines of playback: a plain file by Flask's send_file, and by Flask that hands it on to nginx (X-Accel).

The bare one asks nobody anything. `asking()` asks what any gate must, as one would write it down in an afternoon: whose
session, whose grant, of which recording, until when; and audits nothing. `judged()` asks all that the real one asks.
"""

import hashlib
import os
import sqlite3
import threading
import time

from flask import Flask, Response, abort, request, send_file

from plugin.settings import load
from plugin.web.app import create_app
from plugin.web.door import house, signed_in
from plugin.wiring import House

RIGHTS = """
CREATE TABLE sessions (token_hash TEXT PRIMARY KEY, user_id TEXT, expires_at REAL);
CREATE TABLE grants (token_hash TEXT PRIMARY KEY, user_id TEXT, recording_id TEXT, expires_at REAL);
"""
_MAY = """
SELECT 1 FROM sessions s JOIN grants g ON g.user_id = s.user_id
WHERE s.token_hash = ? AND s.expires_at > ? AND g.token_hash = ? AND g.recording_id = ? AND g.expires_at > ?
"""

app = Flask(__name__)


@app.get("/file")
def by_flask() -> Response:
    """Send the file, or the range that is asked for."""
    return send_file(os.environ["BENCH_FILE"], mimetype="audio/wav", conditional=True)


@app.get("/accel")
def by_nginx() -> Response:
    """Let the nginx before us send it."""
    return _handed_on()


def asking() -> Flask:
    """Return an application that lets in whom its database lets in."""
    plain, opened = Flask(__name__), threading.local()

    @plain.get("/asking/<recording_id>")
    def asked_file(recording_id: str) -> Response:
        if not hasattr(opened, "connection"):
            opened.connection = sqlite3.connect(os.environ["BENCH_RIGHTS"])
        session, grant = (hash_of(request.cookies.get(name, "")) for name in ("session", "grant"))
        now = time.time()
        if opened.connection.execute(_MAY, (session, now, grant, recording_id, now)).fetchone() is None:
            abort(404)
        return _handed_on()

    return plain


def judged() -> Flask:
    """Return the real application with one view more: judge the request, then let nginx send the plain file."""
    real = create_app(House(load()))

    @real.get("/judged/<recording_id>")
    def judged_file(recording_id: str) -> Response:
        house().playback.open(signed_in(), recording_id, request.cookies.get("denwaban-grant", ""))
        return _handed_on()

    return real


def hash_of(token: str) -> str:
    """Return the form in which a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def _handed_on() -> Response:
    response = Response(mimetype="audio/wav")
    response.headers["X-Accel-Redirect"] = "/plain/" + os.path.basename(os.environ["BENCH_FILE"])
    return response
