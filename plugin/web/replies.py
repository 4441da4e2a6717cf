"""The answers that doors give alike: a page with its status, the way on after a form, a wait before the next try."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Response, make_response, redirect, render_template

from plugin.core.errors import DenwabanError
from plugin.web.texts import table

FINE = HTTPStatus.OK
WRONG = HTTPStatus.UNPROCESSABLE_ENTITY  # a form is shown again, and says what in it was not right


def page(template: str, status: HTTPStatus = HTTPStatus.OK, **shown: object) -> Response:
    """Return a page, drawn from `template` with what it shows."""
    response = make_response(render_template(template, **shown))
    response.status_code = status
    return response


def to(path: str) -> Response:
    """Lead the browser to a page, which it gets anew; so a form that was sent is not sent again by a reload."""
    return make_response(redirect(path, code=HTTPStatus.SEE_OTHER))


def wrong(room: str, error: DenwabanError | None) -> str:
    """Return the key of what a room's page says of `error`: the room's own words, else those of its kind; "": none."""
    if error is None:
        return ""
    key = f"{room}.wrong.{error.reason}"
    return key if key in table() else f"errors.{error.code}.detail"


def events(told: Iterable[str], over: Callable[[], None]) -> Response:
    """Return a stream of server-sent events that is never kept by anybody on the way; `over` is called at its end."""
    response = Response(told, mimetype="text/event-stream")
    response.call_on_close(over)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # a proxy must hand on each event at once
    return response


def with_query(path: str, given: Mapping[str, str]) -> str:
    """Return the path with those of the values behind it that are not empty."""
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{path}?{query}" if query else path


def later(response: Response, error: DenwabanError) -> Response:
    """Say in the answer in how many seconds the next try is taken; of a LimitReached, which knows it."""
    response.headers["Retry-After"] = str(int(error.facts["retry_after_s"]))
    return response


def minutes_of(error: DenwabanError) -> int:
    """Return the same in minutes, begun ones included, for people."""
    return -(-int(error.facts["retry_after_s"]) // 60)
