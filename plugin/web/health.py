"""What machines ask: is the process alive, can it serve, its figures. Tells words and numbers, nothing of anybody."""

import hmac
import ipaddress
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request

from plugin.core.errors import NotFound
from plugin.web import door, metrics
from plugin.web.door import house

room = Blueprint("health", __name__)


@room.get("/healthz")
def alive() -> Response:
    """Say that the process answers; asks nothing of the database."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@room.get("/readyz")
def ready() -> tuple[Response, int]:
    """Say whether requests can be served now, with a word for why not."""
    reason = house().health.why_not_ready()
    if reason:
        return jsonify(ready=False, reason=reason), HTTPStatus.SERVICE_UNAVAILABLE
    return jsonify(ready=True), HTTPStatus.OK


@room.get("/metrics")
def figures() -> Response:
    """Give the figures to who has the token or, where none is set, to this machine; to others there is no such page."""
    if not _may_scrape():
        raise NotFound("page")
    return Response(metrics.write(house().health, house().jobs, house().clock()), content_type=metrics.CONTENT_TYPE)


def _may_scrape() -> bool:
    token = house().settings.metrics_token.get_secret_value()
    if token:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode("utf-8", "replace"), f"Bearer {token}".encode())
    # A proxy on this machine forwards the world: what came through one is not from here.
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
    try:
        return not forwarded and ipaddress.ip_address(door.address()).is_loopback
    except ValueError:
        return False
