"""The door to the register of purposes: what is in force, a draft and what it would do, and every version there was."""

from flask import Blueprint, Response, request

from plugin.core.access import LISTENERS, Deed, Purpose
from plugin.core.errors import Conflict, InputError, LimitReached, NotFound
from plugin.core.purposes import CASE_PURPOSE, MOST_AUDIO_DAYS, MOST_NOTICE, MOST_TEXT_DAYS, Applies, RuleForm
from plugin.core.staff import Role
from plugin.services.purposes import Purposes
from plugin.web import replies
from plugin.web.door import house, proved, signed_in

room = Blueprint("purposes", __name__, url_prefix="/purposes")
_SAID = {word: f"purposes.said.{word}" for word in ("drafted", "dropped", "in_force", "asked")}


@room.get("")
def page() -> Response:
    """Show the register in force."""
    staff = signed_in(Deed.KEEP_REGISTER)
    return replies.page("purposes/purposes.html", view=_purposes().register(staff))


@room.get("/<purpose>")
def one(purpose: str) -> Response:
    """Show one purpose, to be changed."""
    proved(Deed.KEEP_REGISTER)  # now, so that nothing that is typed there is lost
    return _one(_known(purpose))


@room.post("/<purpose>")
def write(purpose: str) -> Response:
    """Write a draft of it."""
    staff, wanted, form = proved(Deed.KEEP_REGISTER), _known(purpose), request.form
    typed = RuleForm(
        applies=form.get("applies", ""),
        notice_ja=form.get("notice_ja", ""),
        notice_en=form.get("notice_en", ""),
        audio_days=form.get("audio_days", ""),
        text_days=form.get("text_days", "").strip(),
        case_days=form.get("case_days", ""),
        roles=frozenset(form.getlist("roles")),
        review_on=form.get("review_on", ""),
    )
    try:
        _purposes().write(staff, wanted, typed)
    except (InputError, Conflict) as error:
        return _one(wanted, replies.wrong("purposes", error), typed)
    return _back(wanted, "drafted")


@room.post("/<purpose>/drop")
def drop(purpose: str) -> Response:
    """Throw the draft away."""
    staff, wanted = proved(Deed.KEEP_REGISTER), _known(purpose)
    _purposes().drop(staff, wanted)
    return _back(wanted, "dropped")


@room.post("/<purpose>/in-force")
def put(purpose: str) -> Response:
    """Put the draft in force, or ask a second person."""
    staff, wanted, version = proved(Deed.KEEP_REGISTER), _known(purpose), request.form.get("version", "")
    if not (version.isascii() and version.isdecimal() and len(version) <= 6):
        raise InputError("version")
    try:
        asked = _purposes().put(staff, wanted, int(version), request.form.get("reason", ""))
    except (InputError, Conflict, LimitReached) as error:
        return _one(wanted, replies.wrong("purposes", error))
    return _back(wanted, "asked" if asked else "in_force")


def _purposes() -> Purposes:
    return house().keeping.purposes


def _known(raw: str) -> Purpose:
    if raw not in set(Purpose):
        raise NotFound("purpose")
    return Purpose(raw)


def _one(purpose: Purpose, wrong: str = "", typed: RuleForm | None = None) -> Response:
    view, today = _purposes().one(signed_in(Deed.KEEP_REGISTER), purpose), _purposes().today()
    shown = view.draft.rule if view.draft else view.rule
    review_on = shown.review_on if shown.review_on and shown.review_on > today else None
    form = typed or RuleForm(
        applies=shown.applies,
        notice_ja=shown.notice_ja,
        notice_en=shown.notice_en,
        audio_days=str(shown.audio_days),
        text_days="" if shown.text_days is None else str(shown.text_days),
        case_days="" if shown.case_days is None else str(shown.case_days),
        roles=frozenset(shown.roles),
        review_on=review_on.isoformat() if review_on else "",
    )
    return replies.page(
        "purposes/purpose.html",
        replies.WRONG if wrong else replies.FINE,
        view=view,
        form=form,
        applies=list(Applies),
        has_cases=purpose in CASE_PURPOSE.values(),
        roles=[role for role in Role if role in LISTENERS[purpose]],
        most_audio=MOST_AUDIO_DAYS,
        most_text=MOST_TEXT_DAYS,
        most_notice=MOST_NOTICE,
        wrong=wrong,
        said="" if wrong else _SAID.get(request.args.get("done", ""), ""),
    )


def _back(purpose: Purpose, word: str) -> Response:
    return replies.to(f"/purposes/{purpose}?done={word}")
