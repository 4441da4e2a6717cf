"""The door to evidence: what would leave the house with a case, the request for a second person, and the bag itself."""

from http import HTTPStatus

from flask import Blueprint, Response, request, stream_with_context

from plugin.core.access import Deed
from plugin.core.errors import Conflict, InputError, LimitReached
from plugin.services.evidence import Evidence
from plugin.web import replies
from plugin.web.door import house, proved, signed_in
from plugin.web.fields import read_case_id
from plugin.web.holds import case_path

room = Blueprint("evidence", __name__)


@room.get("/cases/<case_id>/evidence")
def page(case_id: str) -> Response:
    """Show what would go out."""
    return _page(read_case_id(case_id))


@room.post("/cases/<case_id>/evidence")
def ask(case_id: str) -> Response:
    """Ask a second person to let it out: `reason`."""
    staff, wanted = signed_in(Deed.KEEP_CASES), read_case_id(case_id)
    try:
        _rooms().ask(staff, wanted, request.form.get("reason", ""))
    except (InputError, Conflict, LimitReached) as error:
        return _page(wanted, error)
    return replies.to(f"/cases/{wanted}/evidence?done=asked")


@room.post("/cases/<case_id>/evidence.zip")
def export(case_id: str) -> Response:
    """Hand the bag out, once for each approval; asks for the password anew."""
    staff = proved(Deed.KEEP_CASES)
    going = _rooms().export(staff, read_case_id(case_id))
    response = Response(stream_with_context(going.pieces), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{going.name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(case_id: str, wrong: InputError | Conflict | LimitReached | None = None) -> Response:
    staff = signed_in(Deed.KEEP_CASES)
    offer = _rooms().offer(staff, case_id)
    return replies.page(
        "keeping/evidence.html",
        replies.WRONG if wrong else HTTPStatus.OK,
        offer=offer,
        back=case_path(staff, offer.case.id, offer.case.number),
        typed=request.form if wrong else {},
        wrong=replies.wrong("evidence", wrong),
        said="evidence.said.asked" if request.args.get("done") == "asked" and not wrong else "",
    )


def _rooms() -> Evidence:
    return house().audits.evidence
