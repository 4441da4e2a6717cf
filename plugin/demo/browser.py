"""A person at the demo's pages, without a screen: signs in, posts forms as pages do, and watches the desk's stream."""

import json
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

import requests

from plugin.core.errors import OutsideError
from plugin.demo.stage import Account

_TIMEOUT_S = 15
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


class Browser:
    """Signed in as one account; every method raises OutsideError where the site answers otherwise than it should."""

    def __init__(self, address: str, account: Account) -> None:
        self._address = address
        self._session = requests.Session()
        self._session.trust_env = False
        self._token = self._token_of("/sign-in")
        self.post("/sign-in", login=account.login, password=account.password)
        self._token = self._token_of("/account")

    def get(self, path: str, *, expect: int = 200, headers: Mapping[str, str] | None = None) -> requests.Response:
        """Get a page or bytes, and insist on the status."""
        return _checked(self._ask("GET", path, headers=headers, allow_redirects=False), expect)

    def post(self, path: str, **fields: str) -> str:
        """Post a form as its page would, and return the text of what it leads to."""
        fields["form_token"] = self._token
        return _checked(self._ask("POST", path, data=fields, headers={"Sec-Fetch-Site": "same-origin"}), 200).text

    def watch(self, sees: Callable[[str], bool]) -> "Watch":
        """Open the desk's stream; the watch ends well once `sees` says so of what has come."""
        return Watch(_checked(self._ask("GET", "/desk/stream", stream=True, timeout=(_TIMEOUT_S, 60)), 200), sees)

    def _ask(self, method: str, path: str, **how: Any) -> requests.Response:
        try:
            return self._session.request(method, self._address + path, **{"timeout": _TIMEOUT_S} | how)
        except requests.RequestException as error:
            raise OutsideError("site_unreachable", permanent=False) from error

    def _token_of(self, path: str) -> str:
        found = _TOKEN.search(self.get(path).text)
        if found is None:
            raise OutsideError("no_form", permanent=True)
        return found.group(1)


class Watch:
    """One open desk. `shown` is all that was sent so far: the parts' HTML, one after the other."""

    def __init__(self, stream: requests.Response, sees: Callable[[str], bool]) -> None:
        self.shown = ""
        self.order: list[str] = []
        self._stream = stream
        self._sees = sees
        self._seen = threading.Event()
        self._begun = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        if not self._begun.wait(_TIMEOUT_S):
            raise OutsideError("desk_silent", permanent=True)

    def _read(self) -> None:
        for line in self._stream.iter_lines(chunk_size=1, decode_unicode=False):
            if not line.startswith(b"data: {"):
                continue
            message = json.loads(line[6:])
            self.order = message.get("order", self.order)
            self.shown += "".join([*message.get("pops", {}).values(), *message.get("parts", {}).values()])
            self._begun.set()
            if self._sees(self.shown):
                self._seen.set()
                return

    def until_seen(self, within_s: float) -> bool:
        """Return whether what was watched for has come by then."""
        return self._seen.wait(within_s)


def _checked(answer: requests.Response, expect: int) -> requests.Response:
    if answer.status_code != expect:
        raise OutsideError("unexpected_status", permanent=True, status=answer.status_code, expected=expect)
    return answer
