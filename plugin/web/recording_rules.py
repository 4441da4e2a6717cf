"""The door to the rules of recording (録音利用規程): one page to read, to confirm and to print, and who has not yet."""

from flask import Blueprint, Response, request

from plugin.core.access import Deed, may
from plugin.core.errors import Conflict
from plugin.core.staff import LANGUAGES
from plugin.core.times import local_day
from plugin.web import door, replies
from plugin.web.door import house, signed_in
from plugin.web.texts import text

room = Blueprint("recording_rules", __name__, url_prefix="/recording-rules")


@room.get("")
def page() -> Response:
    """Show the rules in force; `lang` in the address: to be printed in that language."""
    return _page()


@room.post("")
def confirm() -> Response:
    """Note that the person has read this edition."""
    try:
        house().keeping.rules.confirm(signed_in(), request.form.get("edition", "")[:16])
    except Conflict:
        return _page("rules.wrong.edition")
    return replies.to("/recording-rules?done=known")


def _page(wrong: str = "") -> Response:
    staff, asked = signed_in(), request.args.get("lang", "")
    lang = asked if asked in LANGUAGES else door.language()
    rules = house().keeping.rules
    view = rules.view(staff)
    since = local_day(view.since, house().settings.tz) if view.since else None
    return replies.page(
        "purposes/rules.html",
        replies.WRONG if wrong else replies.FINE,
        view=view,
        since=since,
        readers=rules.readers(staff) if may(staff.role, Deed.KEEP_REGISTER) else (),
        of=lambda key, **values: text(lang, key, **values),
        paper_lang=lang,
        wrong=wrong,
        said="rules.known" if request.args.get("done") == "known" else "",
    )
