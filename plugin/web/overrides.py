"""Where two people believed a caller who had proved nothing: the list, for who reads the audit and who leads."""

from flask import Blueprint, render_template

from plugin.web.door import house, signed_in

room = Blueprint("overrides", __name__, url_prefix="/overrides")


@room.get("")
def page() -> str:
    """Show the newest requests, and how many of a day's limit are used."""
    staff = signed_in()
    listed, done, most = house().reach.overrides.list(staff)
    return render_template("identity/overrides.html", overrides=listed, done=done, most=most)
