"""The door to the answer of a disclosure: what is proposed and decided, the letter, what went out, the end.

The letter is a page that is made to be printed, and the same as plain text; it holds what was written of calls, so the
password was given lately. Decides nothing about who may.
"""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response, request

from plugin.core.access import Deed
from plugin.core.disclosure import Decision, Delivered, DeliveryWay, Ground
from plugin.core.disclosure_file import Disclosure, Step
from plugin.core.disclosure_letter import Blocks, as_text
from plugin.core.errors import Conflict, Denied, InputError
from plugin.services.disclosure_answers import DisclosureAnswers
from plugin.web import replies
from plugin.web.disclosures import attempt, back, case_page, staff_of_cases
from plugin.web.door import house, language, proved
from plugin.web.fields import read_case_id, read_day, read_one_of
from plugin.web.texts import table

room = Blueprint("disclosure_answers", __name__, url_prefix="/disclosures")


def answers() -> DisclosureAnswers:
    """Return the journey of answers."""
    return house().keeping.disclosure_answers


@room.post("/<case_id>/proposal")
def propose(case_id: str) -> Response:
    """Ask the second person to decide so: `decision`, `ground`, `words` for the letter, `note` for him."""
    staff, sent = staff_of_cases(), request.form

    def act() -> None:
        decision = read_one_of(Decision, sent.get("decision", ""), "decision")
        ground = read_one_of(Ground, sent["ground"], "ground") if sent.get("ground") else None
        answers().propose(staff, read_case_id(case_id), decision, ground, sent.get("words", ""), sent.get("note", ""))

    return attempt(case_id, "proposed", Step.DECISION, act)


@room.post("/<case_id>/proposal/withdraw")
def withdraw(case_id: str) -> Response:
    """Take one's own proposal back."""
    staff = staff_of_cases()
    return attempt(case_id, "withdrawn", Step.DECISION, lambda: answers().withdraw(staff, read_case_id(case_id)))


@room.post("/<case_id>/decision")
def decide(case_id: str) -> Response:
    """Agree to, or refuse, exactly what was shown: `seen`, `answer`, `reason`; the password was given lately."""
    staff_of_cases()
    staff, sent = proved(), request.form
    answer = sent.get("answer", "")
    if answer not in ("agree", "refuse"):
        raise InputError("answer")
    try:
        seen, reason = sent.get("seen", ""), sent.get("reason", "")
        answers().decide(staff, read_case_id(case_id), seen, reason, agrees=answer == "agree")
    except (InputError, Conflict, Denied) as error:
        if f"disclosures.wrong.{error.reason}" not in table():
            raise
        return case_page(case_id, error, Step.DECISION)
    return back(case_id, "agreed" if answer == "agree" else "refused", Step.DECISION)


@room.get("/<case_id>/letter")
def letter(case_id: str) -> Response:
    """Show the letter: as it was issued, else as it would be today in `lang`."""
    return _sheet(case_id, "letter", answers().letter)


@room.get("/<case_id>/letter.txt")
def letter_text(case_id: str) -> Response:
    """The same as plain text."""
    return _text(case_id, answers().letter)


@room.post("/<case_id>/letter")
def issue(case_id: str) -> Response:
    """Issue the letter in `lang`."""
    staff, lang = staff_of_cases(), request.form.get("lang", "")
    return attempt(case_id, "issued", Step.LETTER, lambda: answers().issue(staff, read_case_id(case_id), lang))


@room.get("/<case_id>/notice")
def notice(case_id: str) -> Response:
    """Show the letter that tells of a later day, in `lang`."""
    return _sheet(case_id, "notice", answers().notice)


@room.get("/<case_id>/notice.txt")
def notice_text(case_id: str) -> Response:
    """The same as plain text."""
    return _text(case_id, answers().notice)


_Drawn = Callable[..., tuple[Disclosure, Blocks]]


def _sheet(case_id: str, what: str, drawn: _Drawn) -> Response:
    try:
        file, blocks = _drawn(case_id, drawn)
    except Conflict as error:
        return case_page(case_id, error, Step.LETTER)
    response = replies.page("disclosures/letter.html", HTTPStatus.OK, file=file, blocks=blocks, what=what, of=_lang())
    response.headers["Cache-Control"] = "no-store"
    return response


def _text(case_id: str, drawn: _Drawn) -> Response:
    file, blocks = _drawn(case_id, drawn)
    response = Response(as_text(blocks), content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{file.case.number}.txt"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _drawn(case_id: str, drawn: _Drawn) -> tuple[Disclosure, Blocks]:
    return drawn(proved(Deed.DISCLOSE), read_case_id(case_id), _lang())


def _lang() -> str:
    return request.args.get("lang") or language()


@room.post("/<case_id>/deliveries")
def deliver(case_id: str) -> Response:
    """Note what went out: `what`, `way`, `recipient`, `reference`, the day `on`."""
    staff, sent = staff_of_cases(), request.form

    def act() -> None:
        what = read_one_of(Delivered, sent.get("what", ""), "what")
        way = read_one_of(DeliveryWay, sent.get("way", ""), "way")
        told = (sent.get("recipient", ""), sent.get("reference", ""), read_day(sent.get("on", ""), "on"))
        answers().deliver(staff, read_case_id(case_id), what, way, *told)

    return attempt(case_id, "delivered", Step.DELIVERY, act)


@room.post("/<case_id>/close")
def close(case_id: str) -> Response:
    """Close the case; `words`: why it ends without an answer, where it does."""
    staff, words = staff_of_cases(), request.form.get("words", "")
    is_without = request.form.get("without", "")

    def act() -> None:
        if is_without and not words.strip():
            raise InputError("words")
        answers().close(staff, read_case_id(case_id), words if is_without else "")

    return attempt(case_id, "closed", "", act)
