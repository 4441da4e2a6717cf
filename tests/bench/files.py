"""The baselines of playback: a plain file by Flask's send_file, and by Flask that hands it on to nginx (X-Accel).

The bare one asks nobody anything; `judged()` asks what the real one asks, and then lets nginx send the plain file.
"""

import os

from flask import Flask, Response, request, send_file

from plugin.settings import load
from plugin.web.app import create_app
from plugin.web.door import house, signed_in
from plugin.wiring import House

app = Flask(__name__)


@app.get("/file")
def by_flask() -> Response:
    """Send the file, or the range that is asked for."""
    return send_file(os.environ["BENCH_FILE"], mimetype="audio/wav", conditional=True)


@app.get("/accel")
def by_nginx() -> Response:
    """Let the nginx before us send it."""
    return _handed_on()


def judged() -> Flask:
    """Return the real application with one view more: judge the request, then let nginx send the plain file."""
    real = create_app(House(load()))

    @real.get("/judged/<recording_id>")
    def judged_file(recording_id: str) -> Response:
        house().playback.open(signed_in(), recording_id, request.cookies.get("denwaban-grant", ""))
        return _handed_on()

    return real


def _handed_on() -> Response:
    response = Response(mimetype="audio/wav")
    response.headers["X-Accel-Redirect"] = "/plain/" + os.path.basename(os.environ["BENCH_FILE"])
    return response
