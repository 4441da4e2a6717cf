"""Where phone systems post: `POST /hooks/<source>`. Answers 204 only once the events are durable.

What cannot be proved or read is refused whole, as problem+json; a sender may repeat any delivery at any time.
"""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from plugin.core.errors import TooLarge
from plugin.web.door import house

room = Blueprint("hooks", __name__)


@room.post("/hooks/<source>")
def take(source: str) -> ResponseReturnValue:
    """Take one delivery of `source`.

    204 kept (also when it was known); 400 cannot be read; 401 not proved; 404 no such source; 413 too big; 503 with
    Retry-After: the database does not answer, nothing was kept.
    """
    site = house()
    hook = site.phones.hook(source)
    headers = {name.lower(): value for name, value in request.headers.items()}
    site.calls.take(hook.read(_body(site.settings.hook_max_bytes), headers, site.clock()))
    return "", 204


def _body(most_bytes: int) -> bytes:
    request.max_content_length = most_bytes + 1  # a body that tells no length is cut there without a word
    body = request.get_data(cache=False)
    if len(body) > most_bytes:
        raise TooLarge("delivery", most_bytes=most_bytes)
    return body
