"""How the site refuses: a status, a code, a message in Japanese, and the fields at fault."""

import json
from collections.abc import Mapping

from tests.kintone_site.wire import Answer

LIMITS = {"X-ConcurrencyLimit-Limit": "100", "X-ConcurrencyLimit-Running": "1"}


class Refusal(Exception):
    """A request that is refused, and does nothing."""

    def __init__(self, status: int, code: str, message: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.errors = status, code, message, errors or {}

    def answer(self) -> Answer:
        """Return what the client reads."""
        told: dict[str, object] = {"code": self.code, "id": "1505999166-836316825", "message": self.message}
        if self.errors:
            told["errors"] = {key: {"messages": [text]} for key, text in self.errors.items()}
        headers = {**LIMITS, "X-Cybozu-Error": self.code}
        return Answer(self.status, json.dumps(told, ensure_ascii=False).encode(), headers=headers)


def invalid(errors: Mapping[str, str]) -> Refusal:
    """Return the refusal of a request whose content is wrong, place by place."""
    return Refusal(400, "CB_VA01", "入力内容が正しくありません。", errors)


def page(status: int) -> Answer:
    """Return an answer of the machines before kintone, which speak HTML."""
    return Answer(status, b"<!DOCTYPE html><html><body>cybozu.com</body></html>", "text/html")
