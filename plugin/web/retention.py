"""The page of retention: what will be erased, what a hold keeps, what was erased and the proof of it; asking for more
than one night may take.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Response, request

from plugin.core.access import Deed
from plugin.core.errors import Conflict, InputError, LimitReached
from plugin.core.retention import Amount, Plan
from plugin.core.size_words import size_words
from plugin.services.kept_plans import Board
from plugin.web import replies
from plugin.web.door import house, language, signed_in, t
from plugin.web.fields import read_id
from plugin.web.texts import table

room = Blueprint("retention", __name__, url_prefix="/retention")

_MOST_BARS = 36
_WIDTH, _HEIGHT, _BROADEST = 792, 120, 44
_ROOMY = 30  # so wide a step has room for the name of its month
_QUARTERS = frozenset({1, 4, 7, 10})
_LEAST = 2.0  # of a bar's part that is not nothing
_SAID = {"asked": "retention.said.asked", "working": "retention.said.working"}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: `kept`, `held` or `due`, from `y` downwards."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A month's recordings; `is_first`: those of all months before, too. `year`: where one begins.

    `tick`: the month's number under its bar; of many only the first of a quarter has one, of several months none.
    """

    month: str
    x: int
    width: int
    parts: tuple[Part, ...]
    there: Amount
    due: Amount
    held: Amount
    is_first: bool
    year: str
    tick: str


@room.get("")
def page() -> Response:
    """Show what would go now, by rule and by month, and what went."""
    return _page()


@room.post("/plan")
def work_out() -> Response:
    """Have what goes next worked out anew, by the worker."""
    try:
        house().keeping.plans.ask(signed_in(Deed.SEE_RETENTION))
    except Conflict as error:
        return _page(error)
    return replies.to("/retention?done=working")


@room.post("/<run_id>")
def ask(run_id: str) -> Response:
    """Ask a second person to let the braked run go on."""
    staff, run = signed_in(Deed.SEE_RETENTION), read_id(str, run_id, "purge_run")
    try:
        house().keeping.retention.ask(staff, run, request.form.get("reason", ""))
    except (InputError, Conflict, LimitReached) as error:
        return _page(error)
    return replies.to("/retention?done=asked")


@room.get("/<run_id>/proof")
def proof(run_id: str) -> Response:
    """Give the proof of a run as a file."""
    lines = house().keeping.retention.proof_of(signed_in(Deed.SEE_RETENTION), run_id)
    response = Response(lines, mimetype="application/jsonl")
    response.headers["Content-Disposition"] = f'attachment; filename="purge-{run_id}.jsonl"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(wrong: InputError | Conflict | LimitReached | None = None) -> Response:
    staff = signed_in(Deed.SEE_RETENTION)
    board = house().keeping.plans.board(staff)
    plan = board.kept.plan if board.kept else None
    key = f"retention.wrong.{wrong.reason}" if wrong else ""
    return replies.page(
        "keeping/retention.html",
        replies.WRONG if wrong else HTTPStatus.OK,
        board=board,
        plan=plan,
        bars=bars_of(plan) if plan else (),
        drawn={"width": _WIDTH, "height": _HEIGHT},
        most=house().settings.purge_brake_percent,
        notice=_notice(board),
        wrong=key if key in table() else "retention.wrong.other" if wrong else "",
        said=_SAID.get(request.args.get("done", ""), "") if not wrong else "",
        tick=tick_words,
        size=size_words,
        month=month_words,
    )


def _notice(board: Board) -> str:
    if board.waiting:
        return "waiting"
    if board.is_braked:
        return "braked"
    if board.kept is None:
        return "unknown"
    return "nothing" if board.kept.plan.is_empty else "due"


def bars_of(plan: Plan) -> tuple[Bar, ...]:
    """Return the months as bars, the oldest first; of more than 36 the older ones stand together in the first."""
    months = sorted(plan.there_by_month)
    older, shown = months[:-_MOST_BARS], months[-_MOST_BARS:]
    bars, groups = list[Bar](), [[*older, month] if place == 0 else [month] for place, month in enumerate(shown)]
    sums = [(_sum(plan.there_by_month, group), group) for group in groups]
    most = max((there.count for there, _ in sums), default=0)
    step = min(_BROADEST, _WIDTH // max(1, len(shown)))
    for place, (there, group) in enumerate(sums):
        due, held, month = _sum(plan.by_month, group), _sum(plan.held_by_month, group), group[-1]
        year = month[:4] if place == 0 or month.endswith("-01") else ""
        bars.append(
            Bar(
                month,
                place * step + step // 8,
                step - step // 4,
                _parts(there, due, held, most),
                there,
                due,
                held,
                len(group) > 1,
                year,
                _tick(group, step),
            )
        )
    return tuple(bars)


def _tick(group: Sequence[str], step: int) -> str:
    number = int(group[-1][5:])
    return str(number) if len(group) == 1 and (step >= _ROOMY or number in _QUARTERS) else ""


def _sum(amounts: Mapping[str, Amount], months: Sequence[str]) -> Amount:
    return sum((amounts.get(month, Amount()) for month in months), Amount())


def _parts(there: Amount, due: Amount, held: Amount, most: int) -> tuple[Part, ...]:
    found, bottom = [], float(_HEIGHT)
    for kind, count in (("kept", there.count - due.count - held.count), ("held", held.count), ("due", due.count)):
        if count > 0:
            height = max(_LEAST, round((_HEIGHT - 3 * _LEAST) * count / most, 1))
            bottom -= height
            found.append(Part(kind, round(bottom, 1), height))
    return tuple(found)


def month_words(month: str) -> str:
    """Return a month (`2026-11`) as the reader writes it."""
    year, number = month.split("-")
    return t("retention.month", year=year, month=int(number)) if language() == "ja" else month


def tick_words(number: str) -> str:
    """Return a month's number as it stands under its bar."""
    return t("retention.tick", month=number) if language() == "ja" else number.zfill(2)
