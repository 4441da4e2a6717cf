"""Where phone systems post: `/hooks/<source>`, with a token behind it where the address is their only secret.

Carriers of messages post what became of one to `/messages/reports`. Answers only once what was told is durable. What
cannot be proved or read is refused whole, as problem+json; a sender may repeat any delivery at any time. Neither path
nor query is written down anywhere.
"""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from plugin.core.deliveries import Delivery
from plugin.core.errors import TooLarge
from plugin.web.door import house

room = Blueprint("hooks", __name__)


@room.post("/hooks/<source>")
@room.post("/hooks/<source>/<token>")
def take(source: str, token: str = "") -> ResponseReturnValue:
    """Take one delivery of `source`.

    204, or 200 with the words that this sender waits for: kept (also when it was known); 400 cannot be read; 401 not
    proved; 404 no such source; 413 too big; 503 with Retry-After: the database does not answer, nothing was kept.
    """
    site = house()
    hook = site.phones.hook(source)
    taken = hook.read(_delivery(token), site.clock())
    site.calls.take(taken.events, past=taken.past)
    if not taken.reply.text:
        return "", 204
    return Response(taken.reply.text, content_type=f"{taken.reply.content_type}; charset=utf-8")


@room.post("/messages/reports")
def report() -> ResponseReturnValue:
    """Take what the carrier of messages tells of one: 204 kept, or nothing new; else as `take`."""
    house().reach.reports.take(_delivery())
    return "", 204


def _delivery(token: str = "") -> Delivery:
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = _body(house().settings.hook_max_bytes)
    return Delivery(body, headers, token, request.query_string.decode("latin-1"))


def _body(most_bytes: int) -> bytes:
    request.max_content_length = most_bytes + 1  # a body that tells no length is cut there without a word
    body = request.get_data(cache=False)
    if len(body) > most_bytes:
        raise TooLarge("delivery", most_bytes=most_bytes)
    return body
