"""Turns errors into answers: the one room that knows status codes. Machines get problem+json (RFC 9457), people a page.

Nothing of an unknown error reaches the answer but a reference; the log has its kind and place, never its text.
"""

import secrets
from http import HTTPStatus
from urllib.parse import quote

import structlog
from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from plugin.core.errors import (
    Conflict,
    Denied,
    DenwabanError,
    InputError,
    LimitReached,
    NotFound,
    NotSignedIn,
    OutsideError,
    SettingError,
    TooLarge,
    Unavailable,
)
from plugin.core.staff import Duty
from plugin.log import place_of
from plugin.store.outage import is_outage, is_race
from plugin.web import door, replies

_STATUS: dict[type[DenwabanError], HTTPStatus] = {
    InputError: HTTPStatus.BAD_REQUEST,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    NotSignedIn: HTTPStatus.UNAUTHORIZED,
    Denied: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    LimitReached: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    SettingError: HTTPStatus.SERVICE_UNAVAILABLE,  # senders keep what they have and try again once it is mended
    OutsideError: HTTPStatus.BAD_GATEWAY,
}
_WORDS = {  # errors with a text of their own
    ("denied", "form"): "form_expired",
    ("denied", "not_your_call"): "not_your_call",
    ("conflict", "newer_version"): "newer_version",
    ("conflict", "customer_gone"): "customer_gone",
    ("input", "not_in_list"): "not_in_list",
    ("input", "due_without_promise"): "due_without_promise",
    ("input", "empty"): "empty_note",
    ("denied", "step_up"): "step_up",
    ("denied", "step_up_in_full"): "step_up",
    ("conflict", "asked_already"): "asked_already",
    ("conflict", "check_taken"): "check_taken",
    ("conflict", "check_not_yours"): "check_taken",
    ("conflict", "alert_taken"): "alert_taken",
    ("conflict", "call_over"): "call_over",
    ("conflict", "cannot_control"): "cannot_control",
    ("conflict", "taken_over"): "taken_over",
    ("conflict", "no_extension"): "no_extension",
    ("not_found", "alert"): "alert",
    ("input", "purpose"): "live_purpose",
    ("not_found", "check"): "check",
    ("not_found", "grant"): "grant",
    ("denied", "over"): "listen_over",
    ("not_found", "recording"): "recording",
    ("not_found", "redaction"): "redaction",
    ("conflict", "not_confirmed"): "not_confirmed",
    ("unavailable", "moving"): "moving",
    ("unavailable", "moved"): "moved",
    ("conflict", "not_playable"): "not_playable",
    ("conflict", "key_missing"): "key_missing",
    ("conflict", "unreadable"): "unreadable_now",
}
_OF_HTTP = {404: NotFound.code, 405: "method", 413: TooLarge.code, 429: LimitReached.code, 503: Unavailable.code}

# Where a person does what he has to do before anything else.
_DUTIES: dict[str, str] = {Duty.CHOOSE: "/account/password", Duty.ENROL: "/account/factors"}
_PROVE = {"step_up": "/prove", "step_up_in_full": "/prove?all=1"}
_STORE_AWAY_S = 5

log = structlog.get_logger()


def status_of(error: DenwabanError) -> HTTPStatus:
    """Return the status code that stands for the error."""
    for kind in type(error).__mro__:
        if kind in _STATUS:
            return _STATUS[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def wants_problem() -> bool:
    """Tell whether the asker is no person: an API's or hook's path, our own script, or who prefers JSON to a page."""
    if request.path.startswith(("/api/", "/hooks/", "/messages/")) or door.is_by_header():
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/problem+json", "application/json"])
    return best in {"application/problem+json", "application/json"}


def _answer(status: int, code: str, words: str, reason: str = "", reference: str = "", field: str = "") -> Response:
    title, detail = door.t(f"errors.{words}.title"), door.t(f"errors.{words}.detail")
    if wants_problem():
        said = {"type": f"urn:denwaban:problem:{code}", "title": title, "status": status, "detail": detail}
        said |= {"code": code, "reason": reason} if reason else {"code": code}
        said |= {"reference": reference} if reference else {}
        said |= {"field": field} if field else {}
        response = jsonify(said)
        response.content_type = "application/problem+json"
    else:
        page = render_template(
            "errors/error.html", status=status, title=title, detail=detail, reference=reference, words=words
        )
        response = make_response(page)
    response.status_code = status
    return response


def _on_ours(error: DenwabanError) -> Response:
    if isinstance(error, NotSignedIn | Denied) and (way := _way_in(error)):
        return way
    if isinstance(error, Denied):
        _note(error)
    status = status_of(error)
    response = _answer(
        status,
        error.code,
        _WORDS.get((error.code, error.reason), error.code),
        error.reason,
        field=str(error.facts.get("field", "")),
    )
    if "retry_after_s" in error.facts:
        replies.later(response, error)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Session realm="Denwaban"'
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request.failed", code=error.code, reason=error.reason, endpoint=request.endpoint)
    return response


def _note(error: Denied) -> None:
    """Have it in the audit that somebody was refused; the refusal stands whether or not it can be written now."""
    staff = door.maybe_signed_in()
    if staff is None or request.endpoint is None or error.reason == "form":
        return  # a post that no page of ours made is nobody's wish
    try:
        door.house().audits.refusals.note(staff, request.endpoint, error.reason)
    except Unavailable as failure:
        log.error("refusal.not_written", error=type(failure).__name__)


def _way_in(error: NotSignedIn | Denied) -> Response | None:
    # A person who only has to sign in, or give the password again, is led there and back to the page he asked for.
    may_come_back = request.method in {"GET", "HEAD"}
    if isinstance(error, NotSignedIn) and may_come_back:
        page, asked = "/sign-in", request.full_path.rstrip("?")
    elif error.reason in _DUTIES:
        return None if wants_problem() else replies.to(_DUTIES[error.reason])
    elif error.reason in _PROVE:
        page, asked = _PROVE[error.reason], request.full_path.rstrip("?") if may_come_back else _page_of_form()
    else:
        return None
    if wants_problem():
        return None
    onward = "" if asked == "/" else f"{'&' if '?' in page else '?'}next={quote(asked, safe='/')}"
    return replies.to(f"{page}{onward}")


def _page_of_form() -> str:
    # What was sent is not sent again behind his back: he comes to the page that the form stands on, the nearest above.
    adapter, path = current_app.create_url_adapter(request), request.path
    while path and not (adapter and "GET" in adapter.allowed_methods(path)):
        path = path.rpartition("/")[0]
    return path or "/"


def _on_http(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status < HTTPStatus.BAD_REQUEST:
        return make_response(error.get_response())
    code = _OF_HTTP.get(status, InputError.code if status < HTTPStatus.INTERNAL_SERVER_ERROR else "internal")
    response = _answer(status, code, code)
    for name in ("Allow", "Retry-After", "Content-Range"):
        if given := dict(error.get_headers(request.environ)).get(name):
            response.headers[name] = given
    return response


def _on_unknown(error: Exception) -> Response:
    if is_outage(error):
        return _on_ours(Unavailable("store", retry_after_s=_STORE_AWAY_S))
    if is_race(error):  # nothing of it is kept; who reads the page anew sees what was faster
        log.error("request.outrun", endpoint=request.endpoint, where=place_of(error))
        return _on_ours(Conflict("outrun"))
    reference = secrets.token_hex(4)
    log.error(
        "request.crashed",
        reference=reference,
        kind=type(error).__name__,
        endpoint=request.endpoint,
        method=request.method,
        where=place_of(error),
    )
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "internal", reference=reference)


def register(app: Flask) -> None:
    """Answer every error of `app`."""
    app.register_error_handler(DenwabanError, _on_ours)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Exception, _on_unknown)
