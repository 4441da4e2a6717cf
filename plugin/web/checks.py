"""The door to recording checks: what waits for a supervisor, one check, and what he does with it."""

from flask import Blueprint, jsonify, render_template, request
from werkzeug.wrappers import Response

from plugin.core.checks import MOST_LETTERS, read_minutes
from plugin.web import replies
from plugin.web.desk import desk_staff
from plugin.web.desk_screen import Screen
from plugin.web.door import house
from plugin.web.errors import wants_problem

room = Blueprint("checks", __name__)


@room.get("/checks")
def page() -> str:
    """Show what waits, what one asked, and what one settled."""
    staff = desk_staff()
    return render_template("checks/checks.html", board=house().checks.board(staff), now=house().clock())


@room.get("/checks/<check_id>")
def one(check_id: str) -> str:
    """Show a check with the written record beside it."""
    shown = house().checks.page(desk_staff(), check_id)
    return render_template("checks/check.html", page=shown, now=house().clock(), most_letters=MOST_LETTERS)


@room.post("/checks/<check_id>/take")
def take(check_id: str) -> Response:
    """Take it over."""
    house().checks.take(desk_staff(), check_id)
    return replies.to(f"/checks/{check_id}")


@room.post("/checks/<check_id>/put-back")
def put_back(check_id: str) -> Response:
    """Leave it to others again."""
    house().checks.put_back(desk_staff(), check_id)
    return _to_list()


@room.post("/checks/<check_id>/answer")
def answer(check_id: str) -> Response:
    """Answer in words: `answer`."""
    house().checks.answer(desk_staff(), check_id, request.form.get("answer", ""))
    return _to_list()


@room.post("/checks/<check_id>/refuse")
def refuse(check_id: str) -> Response:
    """Refuse: `reason` in words."""
    house().checks.refuse(desk_staff(), check_id, request.form.get("reason", ""))
    return _to_list()


@room.post("/checks/<check_id>/approve")
def approve(check_id: str) -> Response:
    """Let who asked listen himself for so many `minutes`."""
    staff = desk_staff()
    minutes = read_minutes(request.form.get("minutes", ""), house().settings.check_listen_minutes)
    house().checks.approve(staff, check_id, minutes)
    return _to_list()


@room.post("/checks/<check_id>/put-away")
def put_away(check_id: str) -> Response:
    """Note that the outcome was read."""
    staff = desk_staff()
    house().checks.put_away(staff, check_id)
    if wants_problem():
        return jsonify(Screen().whole(staff))
    return _to_list()


def _to_list() -> Response:
    return replies.to("/checks")
