"""A site of its own for secrets that nobody else has: real processes before a Salesforce org and a Twilio that listen
along, and everything that the site writes, sends and answers put before an aviary.
"""

import contextlib
import json
import os
import random
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from plugin.core.staff import Role
from plugin.services.accounts import NewUser
from plugin.settings import load
from plugin.store.engine import Store
from plugin.store.tables import metadata
from plugin.web.app import create_app
from plugin.wiring import House
from tests.kit.aviary import Aviary
from tests.kit.canary import Kind
from tests.kit.mariadb_pages import pages
from tests.kit.newest import lay
from tests.kit.processes import below, is_alive, own_port, wait_for
from tests.kit.provider import CLIENT, Claims, Provider
from tests.kit.salesforce import dress, options_of
from tests.kit.sounds import wave_file
from tests.salesforce_org import Org
from tests.salesforce_org.answers import Answer, Ask
from tests.salesforce_org.faults import Fault
from tests.salesforce_org.objects import text
from tests.twilio_site import TwilioSite
from tests.twilio_site.site import ACCOUNT, KEY, KEY_SECRET, SMS_FROM, VOICE_FROM

ROOT = Path(__file__).parent.parent.parent
FRAME_ORIGIN = "https://example.lightning.force.com"
MEANINGS = (
    "Contact.Member__c=code, Contact.Kana__c=kana, Contact.MobilePhone=personal, Contact.Birthdate=birth_date,"
    " Contact.MailingPostalCode=postal_code, Contact.MailingCity+Contact.MailingStreet=address,"
    " Contact.Contract__c=contract_number, Contact.Word__c=passphrase"
)
_RARE = [chr(code) for code in range(0x9F00, 0x9F90)]  # letters that no text of ours holds
SOURCE = "pbx1"
_FIGURES = {"/metrics", "/healthz", "/readyz"}
_TOKENS = {"denwaban": Kind.SESSION, "denwaban-grant": Kind.GRANT, "__Host-denwaban-embed": Kind.SESSION}
_COOKIES = {"denwaban": "session", "denwaban-grant": "grant", "__Host-denwaban-embed": "embed"}


def rare(count: int) -> str:
    """Return a word that stands nowhere else: `count` rare letters."""
    return "".join(secrets.choice(_RARE) for _ in range(count))


def digits(count: int) -> str:
    """Return so many digits, the first of them no zero."""
    return str(secrets.randbelow(9) + 1) + "".join(str(secrets.randbelow(10)) for _ in range(count - 1))


@dataclass(frozen=True)
class Person:
    """A customer none of whose facts stand anywhere else."""

    last: str = field(default_factory=lambda: rare(4))
    first: str = field(default_factory=lambda: rare(4))
    mobile: str = field(default_factory=lambda: f"090{digits(8)}")
    contract: str = field(default_factory=lambda: f"K{digits(10)}")
    passphrase: str = field(default_factory=lambda: rare(6))
    city: str = field(default_factory=lambda: f"{rare(3)}市")
    street: str = field(default_factory=lambda: f"{rare(5)}町1-2-3")
    year: int = field(default_factory=lambda: 1901 + secrets.randbelow(20))

    @property
    def answers(self) -> dict[str, str]:
        """What he says."""
        return {
            "birth_date": f"{self.year}年3月9日",
            "contract_number": self.contract,
            "passphrase": self.passphrase,
        }

    def is_known_to(self, aviary: Aviary) -> None:
        """Tell which of it is secret."""
        aviary.add(Kind.NAME, f"{self.last} {self.first}", self.last)
        aviary.add(Kind.NUMBER, self.mobile)
        aviary.add(Kind.ANSWER, self.contract, self.passphrase, self.city, self.street)
        aviary.add(Kind.ANSWER, f"{self.year}年3月9日", f"{self.year}-03-09", f"{self.year}/3/9")


class ListeningOrg(Org):
    """An org that lets the aviary read along."""

    aviary: Aviary

    def handle(self, ask: Ask) -> tuple[Answer, Fault | None]:
        """See what was asked and which token was given."""
        self.aviary.see("crm address", f"{ask.path}?{json.dumps(dict(ask.query))}")
        for name, value in ask.headers.items():
            self.aviary.see(f"crm head {name}", value)
        self.aviary.see("crm", ask.body)
        answer, fault = super().handle(ask)
        if b"access_token" in answer.body:
            self.aviary.add(Kind.CRM_TOKEN, json.loads(answer.body)["access_token"])
        return answer, fault


class ListeningTwilio(TwilioSite):
    """A Twilio that lets the aviary read along."""

    aviary: Aviary

    def _handle(self, ask: Any) -> Any:
        self.aviary.see("carrier address", ask.target)
        for name, value in ask.headers.items():
            self.aviary.see(f"carrier head {name}", value)
        self.aviary.see("carrier", ask.body)
        return super()._handle(ask)


class ListeningProvider(Provider):
    """An identity provider whose codes and tokens the aviary knows."""

    aviary: Aviary

    def __init__(self) -> None:
        super().__init__()
        self.secret = secrets.token_urlsafe(24)

    def authorize(self, address: str) -> str:
        """Know the code that it gives out."""
        back = super().authorize(address)
        self.aviary.add(Kind.PROVIDER, *self.codes)
        return back

    def token(self, claims: Claims) -> str:
        """Know the token that it signs."""
        signed = super().token(claims)
        self.aviary.add(Kind.PROVIDER, signed)
        return signed


class Outside:
    """What the site speaks to; all of it tells one aviary."""

    def __init__(self) -> None:
        self.org, self.twilio, self.provider = ListeningOrg(tls=False), ListeningTwilio(), ListeningProvider()
        self.aviary = self.org.aviary = self.twilio.aviary = self.provider.aviary = Aviary()


class CanarySite:
    """The site: `house` sees what it keeps, `url` is its address, `aviary` what it said."""

    def __init__(self, folder: Path, port: int, outside: Outside, database_url: str, web_workers: int) -> None:
        self.folder, self.org, self.twilio, self.provider = folder, outside.org, outside.twilio, outside.provider
        self.aviary, self.web_workers = outside.aviary, web_workers
        self.url = f"http://127.0.0.1:{port}"
        self.hook_secret = secrets.token_urlsafe(32)
        self.passwords: dict[str, str] = {}
        self.roles: dict[str, Role] = {}
        self.person = Person()
        self.sound = wave_file(random.Random(secrets.randbits(64)).randbytes(4096) * 40, 1, 8000)
        for name in ("data", "recorder", "settings", "tmp", "home"):
            (folder / name).mkdir(mode=0o700)
        self.settings = self._settings(port, database_url)
        self._write_settings()
        self.house = House(load(**self.settings))
        lay(self.house.store)
        self.rules = create_app(self.house).url_map.bind("127.0.0.1")
        self._know()
        self.served: subprocess.Popen[bytes] | None = None

    def _settings(self, port: int, database_url: str) -> dict[str, Any]:
        keys = self.folder / "settings"
        secret = keys / "twilio"
        secret.touch(mode=0o600)
        secret.write_text(KEY_SECRET)
        twilio = {"account_sid": ACCOUNT, "key_sid": KEY, "secret_file": str(secret), "url": self.twilio.url}
        return {
            "data_dir": str(self.folder / "data"),
            "database_url": database_url,
            "web_workers": self.web_workers,
            "provider": {"issuer": self.provider.issuer, "client_id": CLIENT, "client_secret": self.provider.secret},
            "public_url": self.url,
            "bind": f"127.0.0.1:{port}",
            "sync_minutes": 1,
            "letter_name": "みなと通販",
            "letter_contact": "個人情報お問い合わせ窓口",
            "embed_origins": [FRAME_ORIGIN],
            "messages": "twilio",
            "messages_name": "みなと通販",
            "crm": "salesforce",
            "crm_options": options_of(self.org, keys, fields=MEANINGS),
            "messages_options": twilio | {"sms_from": SMS_FROM, "voice_from": VOICE_FROM},
            "sources": {
                SOURCE: {
                    "kind": "webhook",
                    "secrets": [self.hook_secret],
                    "recordings_dir": str(self.folder / "recorder"),
                }
            },
        }

    def _write_settings(self) -> None:
        plain = {name: value for name, value in self.settings.items() if not isinstance(value, dict)}
        tables = {name: value for name, value in self.settings.items() if isinstance(value, dict) and name != "sources"}
        tables |= {f"sources.{name}": value for name, value in self.settings["sources"].items()}
        lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in plain.items()]
        for name, table in tables.items():
            lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
        path = self.folder / "settings" / "site.toml"
        path.touch(mode=0o600)
        path.write_text("\n".join(lines), "utf-8")

    def _know(self) -> None:
        self.person.is_known_to(self.aviary)
        self.aviary.add(Kind.HOOK, self.hook_secret)
        self.aviary.add(Kind.CARRIER, KEY_SECRET)
        self.aviary.add(Kind.PROVIDER, self.provider.secret)
        self.aviary.add(Kind.CRM_KEY, self.org.app.private_key_pem.splitlines()[2])
        self.aviary.add(Kind.SOUND, *(self.sound[at : at + 24] for at in range(44, 4096, 512)))

    def hire(self, login: str, role: Role, extension: str = "") -> None:
        """Open an account with a password of its own."""
        password = secrets.token_urlsafe(16)
        new = NewUser(login, f"{login}さん", role, team="一課", extension=extension)
        self.house.accounts.add(new, password, by=None, is_chosen=True)
        self.passwords[login], self.roles[login] = password, role
        self.aviary.add(Kind.PASSWORD, password)

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the site is started with."""
        own = {"DENWABAN_SETTINGS": str(self.folder / "settings" / "site.toml"), "TMPDIR": str(self.folder / "tmp")}
        return {**os.environ, **own, "HOME": str(self.folder / "home"), "PYTHONDONTWRITEBYTECODE": "1"}

    def command(self, *words: str) -> None:
        """Run a command of the product beside the running site, and see what it says."""
        line = [sys.executable, "-m", "plugin", *words]
        ran = subprocess.run(line, cwd=ROOT, env=self.environment, capture_output=True, timeout=120, check=False)
        self.aviary.see(f"command {words[0]}", ran.stdout + ran.stderr)

    def rule_of(self, path: str, method: str) -> str:
        """Return the rule of ours that the path falls under."""
        try:
            return str(self.rules.match(path, method, return_rule=True)[0].rule)
        except (HTTPException, RequestRedirect):
            return "nothing of ours"

    def see(self, answer: requests.Response, who: str = "nobody") -> None:
        """See all of an answer to who is signed in in this role: its lines, its cookies, its body."""
        rule = self.rule_of(answer.request.path_url.split("?")[0], str(answer.request.method))
        word = "figures" if rule in _FIGURES else "page" if answer.status_code < 400 else "error"
        self.aviary.see(f"{word} {rule} to {who}", answer.content)
        for name, value in answer.raw.headers.items():
            if name.lower() != "set-cookie":
                self.aviary.see(f"head {rule}", f"{name}: {value}")
                continue
            cookie, _, rest = value.partition("=")
            given, _, attributes = rest.partition(";")
            kind = _COOKIES.get(cookie, "other")
            self.aviary.see(f"cookie {kind}", given)
            self.aviary.see(f"head {rule}", f"{cookie}; {attributes}")
            if cookie in _TOKENS:
                self.aviary.add(_TOKENS[cookie], given)

    def look_at_rest(self) -> None:
        """See every table, every file, and the log."""
        self.aviary.add(Kind.KEY, *(path.read_bytes() for path in self._keys()))
        tables(self.house.store, self.aviary)
        for place in ("data", "tmp", "home", "recorder", "settings"):
            for path in (self.folder / place).rglob("*"):
                if path.is_file():
                    self.aviary.see(self._place(place, path), path.read_bytes())
        self.aviary.see("log", (self.folder / "serve.log").read_bytes())

    def look_at_pages(self) -> None:
        """See every page of its MariaDB, where that is its database; nobody uses it meanwhile."""
        if not self.house.store.is_sqlite:
            for name, data in pages(self.house.store):
                self.aviary.see_raw(f"raw {name}", data)

    def _keys(self) -> Iterator[Path]:
        return (path for path in (self.folder / "data" / "keys").iterdir() if path.is_file())

    def _place(self, place: str, path: Path) -> str:
        inside = path.relative_to(self.folder / place)
        if place == "data" and path.name.startswith("denwaban.db"):
            return f"raw {path.name}"
        top = inside.parts[0] if place == "data" else place
        return f"file {top}/{path.suffix}"

    def look_at_processes(self) -> None:
        """See what everybody on the machine may read of them, and their environment."""
        assert self.served is not None
        for pid in {self.served.pid, *below(self.served.pid)}:
            with contextlib.suppress(OSError):  # it has ended
                self.aviary.see("process arguments", Path(f"/proc/{pid}/cmdline").read_bytes())
                self.aviary.see("process environment", Path(f"/proc/{pid}/environ").read_bytes())


def tables(store: Store, aviary: Aviary) -> None:
    """See every row of every table."""
    with store.read() as connection:
        for table in metadata.tables.values():
            for row in connection.execute(select(table)).mappings():
                for column, cell in row.items():
                    if isinstance(cell, bytes | str):
                        aviary.see(f"table {table.name}.{column}", cell)


class _BusEar:
    """One more listener on the bus of the host."""

    def __init__(self, folder: Path, aviary: Aviary) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._path = folder / "canary.sock"
        self._socket.bind(str(self._path))
        self._aviary = aviary
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while not self._stopped.is_set():
            self._aviary.see("bus", self._socket.recv(65536))  # an empty word is one too: anything may have changed

    def close(self) -> None:
        """Listen no more."""
        self._stopped.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()
        self._path.unlink(missing_ok=True)


@contextmanager
def canary_site(folder: Path, database_url: str = "", web_workers: int = 1) -> Iterator[CanarySite]:
    """Build the site in `folder`; `serving` serves it."""
    outside = Outside()
    with outside.org, outside.twilio, outside.provider, own_port() as port:
        dress(outside.org)
        names = ("Member__c", "Kana__c", "Contract__c", "Word__c")
        outside.org.add_fields("Contact", *(text(name, 128) for name in names))
        site = CanarySite(folder, port, outside, database_url, web_workers)
        try:
            yield site
        finally:
            site.house.close()


@contextmanager
def serving(site: CanarySite) -> Iterator[None]:
    """Let `denwaban serve` run meanwhile, its bus listened to."""
    command = [sys.executable, "-m", "plugin", "serve"]
    with (site.folder / "serve.log").open("wb") as log:
        site.served = subprocess.Popen(command, cwd=ROOT, env=site.environment, stdout=log, stderr=log)
    try:
        with listening(site):
            wait_for(lambda: _is_ready(site), 300.0)
            yield
    finally:
        family = below(site.served.pid)
        site.served.terminate()
        site.served.wait(60)
        wait_for(lambda: not any(map(is_alive, family)))


@contextmanager
def listening(site: CanarySite) -> Iterator[None]:
    """Listen along on the site's bus."""
    bus = site.folder / "data" / "bus"
    bus.mkdir(mode=0o700, exist_ok=True)
    ear = _BusEar(bus, site.aviary)
    try:
        yield
    finally:
        ear.close()


def _is_ready(site: CanarySite) -> bool:
    assert site.served is not None
    assert site.served.poll() is None, (site.folder / "serve.log").read_text("utf-8")
    try:
        return requests.get(f"{site.url}/readyz", timeout=10).ok
    except requests.RequestException:
        return False
