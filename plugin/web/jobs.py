"""The administrator's pages of scheduled work: what runs, what ran, what is next; run now, pause, resume."""

import re

from flask import Blueprint, Response, render_template, request

from plugin.core.access import Deed
from plugin.core.errors import Conflict, NotFound
from plugin.core.jobs import JobState
from plugin.core.runs import Run
from plugin.web.door import house, length, signed_in, t
from plugin.web.job_screen import Card, card_of, took_s
from plugin.web.problems import of_finding
from plugin.web.texts import table

room = Blueprint("jobs", __name__, url_prefix="/admin/jobs")

_SAID = {word: f"jobs.said.{word}" for word in ("asked", "before", "busy", "paused", "resumed", "rests")}
_ORDER = ("sync", "deliver")  # what one looks for first


@room.get("")
def page() -> str:
    """Show every job: its state, progress, last and next run, and what to do where it fails."""
    signed_in(Deed.SEE_ADMIN)
    seen = house().jobs.overview()
    cards = sorted((_card(job, runs) for job, runs in seen.jobs), key=_place)
    return render_template(
        "admin/jobs.html",
        seen=seen,
        cards=cards,
        said=_SAID.get(request.args.get("done", ""), ""),
        **_WORDS,
    )


@room.get("/<name>")
def one(name: str) -> str:
    """Show the newest runs of one job, with what they met."""
    signed_in(Deed.SEE_ADMIN)
    job, runs = house().jobs.job(_known(name))
    return render_template("admin/job.html", card=_card(job, runs), runs=runs, **_WORDS)


@room.post("/<name>/run")
def run(name: str) -> Response:
    """Ask for a run as soon as can be."""
    staff = signed_in(Deed.STEER_JOBS)
    try:
        return _back(house().jobs.ask(staff, _known(name)).value)
    except Conflict:
        return _back("rests")


@room.post("/<name>/pause")
def pause(name: str) -> Response:
    """Let the job rest until it is resumed."""
    house().jobs.pause(signed_in(Deed.STEER_JOBS), _known(name))
    return _back("paused")


@room.post("/<name>/resume")
def resume(name: str) -> Response:
    """Let the job run again."""
    house().jobs.resume(signed_in(Deed.STEER_JOBS), _known(name))
    return _back("resumed")


def name_of(name: str) -> str:
    """Return the job's name as people call it."""
    key = f"health.job.{name}"
    return t(key) if key in table() else name


def took(run: Run) -> str:
    """Return how long a run took, as the reader writes it."""
    seconds = took_s(run)
    return length(seconds) if seconds >= 1 else t("jobs.moment")


def _does(name: str) -> str:
    key = f"jobs.does.{name}"
    return t(key) if key in table() else ""


def _card(job: JobState, runs: tuple[Run, ...]) -> Card:
    return card_of(job, runs, house().clock())


def _place(card: Card) -> tuple[bool, int, str]:
    name = card.job.plan.name
    known = _ORDER.index(name) if name in _ORDER else len(_ORDER)
    return (not card.job.plan.slotted and name not in _ORDER, known, name)


def _known(name: str) -> str:
    if not re.fullmatch(r"[a-z_]{1,64}", name):
        raise NotFound("job")
    return name


def _back(word: str) -> Response:
    return Response(status=303, headers={"Location": f"/admin/jobs?done={word}"})


_WORDS = {"name_of": name_of, "does": _does, "of_finding": of_finding, "took": took}
