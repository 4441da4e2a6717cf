"""A kintone of our own on loopback: apps, tokens and users, the calls that Denwaban makes, and a record of them.

What it does not model it answers with 501. Where each behaviour comes from stands in SOURCES.md.
"""

import base64
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from tests.kintone_site.answers import LIMITS, Refusal, invalid, page
from tests.kintone_site.apps import App
from tests.kintone_site.faults import Act, Fault, Faults
from tests.kintone_site.fields import Field
from tests.kintone_site.wire import Answer, line
from tests.kit.loopback import Ask, OnLine

_MOST_TOKENS = 9
_RIGHTS = {"records_get": "view", "form": "view", "records_add": "add", "records_update": "edit"}
_ROOM = re.compile(r"/k/(?:guest/(\d+)/)?v1/(.+)")


@dataclass(frozen=True, slots=True)
class Token:
    """An API token of one app, and what it may do: view, add, edit."""

    app: int
    rights: frozenset[str]


class KintoneSite(OnLine):
    """One kintone. `guest_space`: all apps lie in that guest space. `basic`: login and password of Basic認証."""

    def __init__(
        self, clock: Callable[[], datetime], *, guest_space: int | None = None, basic: tuple[str, str] | None = None
    ) -> None:
        self.clock = clock
        self.faults = Faults()
        self.counts: Counter[str] = Counter()
        self.targets: list[str] = []
        self.apps: dict[int, App] = {}
        self.tokens: dict[str, Token] = {}
        self.users: dict[str, str] = {}
        self._before: dict[str, Callable[[], None]] = {}
        self._guest_space = guest_space
        self._basic = basic
        self._line = line(self._handle, clock)
        self.url = self._line.url

    def app(self, number: int, fields: Sequence[Field], code: str = "") -> App:
        """Add an app."""
        self.apps[number] = App(number, fields, self.clock, code)
        return self.apps[number]

    def token(self, app: int, *rights: str) -> str:
        """Generate a token of the app."""
        text = f"Token{app}x{len(self.tokens)}{'k' * 30}"
        self.tokens[text] = Token(app, frozenset(rights))
        return text

    def before(self, kind: str, act: Callable[[], None]) -> None:
        """Let something happen between the next request of that kind and what the site does about it."""
        self._before[kind] = act

    def _handle(self, ask: Ask) -> tuple[Answer, Fault | None]:
        path, _, query = ask.target.partition("?")
        self.targets.append(ask.target)
        method = ask.method
        if method == "POST" and "x-http-method-override" in ask.headers:
            method = ask.headers["x-http-method-override"]
        kind = self._kind(method, path)
        self.counts[kind] += 1
        self._before.pop(kind, lambda: None)()
        fault = self.faults.strike(kind)
        if fault and fault.act in (Act.REFUSE, Act.PAGE):
            kind_of_body = "text/html" if fault.act is Act.PAGE else "application/json;charset=utf-8"
            headers = {} if fault.retry_after_s is None else {"Retry-After": str(fault.retry_after_s)}
            return Answer(fault.status, fault.body(), kind_of_body, headers), fault
        if self._basic and ask.headers.get("authorization") != f"Basic {_base64(*self._basic)}":
            return page(401), fault
        try:
            told = self._answer(kind, ask, query)
        except Refusal as refusal:
            return refusal.answer(), fault
        return Answer(200, json.dumps(told, ensure_ascii=False).encode(), headers=LIMITS), fault

    def _kind(self, method: str, path: str) -> str:
        room = _ROOM.fullmatch(path)
        space = str(self._guest_space) if self._guest_space is not None else None
        if not room or room[1] != space:
            return "nowhere"
        return {
            ("GET", "records.json"): "records_get",
            ("POST", "records.json"): "records_add",
            ("PUT", "records.json"): "records_update",
            ("GET", "app/form/fields.json"): "form",
        }.get((method, room[2]), "nowhere")

    def _answer(self, kind: str, ask: Ask, query: str) -> dict[str, Any]:
        if kind == "nowhere":
            raise Refusal(501, "", "not modelled here")
        told = _body(ask) if ask.body else _of_address(query)
        if not str(told.get("app", "")).isdigit():
            raise invalid({"app": "必須です。"})
        number = int(told["app"])
        self._admit(ask, number, _RIGHTS[kind])
        app = self.apps.get(number)
        if app is None:
            raise Refusal(404, "GAIA_AP01", f"指定したアプリ(id: {number})が見つかりません。")
        match kind:
            case "form":
                return app.form()
            case "records_add":
                return app.add(told.get("records"))
            case "records_update":
                if told.get("upsert"):
                    raise Refusal(501, "", "upsert is not modelled here")
                return app.update(told.get("records"))
        codes = told.get("fields") or []
        if not isinstance(codes, list) or len(codes) > 1_000:
            raise invalid({"fields": "1000件以下で指定してください。"})
        query = str(told.get("query") or "")
        counted = told.get("totalCount") in (True, "true")  # a text, or null where nobody asked
        return {"records": app.find(query, codes), "totalCount": str(app.count(query)) if counted else None}

    def _admit(self, ask: Ask, app: int, right: str) -> None:
        if "x-cybozu-authorization" in ask.headers:
            login, password = _read_base64(ask.headers["x-cybozu-authorization"])
            if self.users.get(login) != password:
                raise Refusal(401, "CB_WA01", "パスワード認証に失敗しました。")
            return
        given = [part.strip() for part in ask.headers.get("x-cybozu-api-token", "").split(",") if part.strip()]
        if not given:
            raise Refusal(401, "CB_AU01", "ログインしてください。")
        if len(given) > _MOST_TOKENS:
            raise Refusal(400, "CB_IL02", "不正なリクエストです。")
        tokens = [self.tokens.get(text) for text in given]
        of_app = [one for one in tokens if one is not None and one.app == app]
        if None in tokens or not of_app:
            raise Refusal(400, "GAIA_IA02", "指定したAPIトークンは、アプリで生成されたトークンと異なります。")
        if not any(right in one.rights for one in of_app):
            raise Refusal(403, "GAIA_NO01", "このAPIトークンでは、指定したAPIを実行できません。")


def _body(ask: Ask) -> dict[str, Any]:
    if not ask.headers.get("content-type", "").startswith("application/json"):
        raise Refusal(400, "CB_IL02", "不正なリクエストです。")
    try:
        told = json.loads(ask.body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Refusal(400, "CB_IJ01", "不正なJSON文字列です。")
    return told


def _of_address(query: str) -> dict[str, Any]:
    pairs = parse_qsl(query, keep_blank_values=True)
    told: dict[str, Any] = {name: value for name, value in pairs if "[" not in name}
    told["fields"] = [value for name, value in pairs if re.fullmatch(r"fields\[\d{1,2}\]", name)]
    return told


def _base64(login: str, password: str) -> str:
    return base64.b64encode(f"{login}:{password}".encode()).decode()


def _read_base64(text: str) -> tuple[str, str]:
    try:
        login, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return login, password
