"""The door for who watches over listening: who may hear what at this moment, and the end of it."""

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from plugin.core.access import Deed
from plugin.web import replies
from plugin.web.door import house, signed_in

room = Blueprint("listening", __name__)


@room.get("/listening")
def page() -> str:
    """Show the live grants."""
    live = house().listening.live(signed_in(Deed.END_LISTENING))
    ended = request.args.get("done") == "ended"
    return render_template("playback/listening.html", live=live, ended=ended)


@room.post("/listening/end")
def end() -> Response:
    """End the one that the field `grant` names."""
    house().listening.end(signed_in(Deed.END_LISTENING), request.form.get("grant", ""))
    return replies.to("/listening?done=ended")
