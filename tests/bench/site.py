"""A real site for benches: `denwaban serve` as one would run it, with people, customers and a hook of its own."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from types import TracebackType

import requests

from plugin.core.customers import CrmCustomer, NumberKind, WrittenNumber
from plugin.core.staff import Proofs, Role, Session, User
from plugin.core.tokens import hash_of
from plugin.settings import load
from plugin.store import staff as rows
from plugin.store.schema import upgrade
from plugin.wiring import House
from tests.kit.replica import store_page
from tests.kit.staff import hire

SECRET = "bench secret, known to nobody"
_READY_WITHIN_S = 60


def free_port() -> int:
    """Return a port of the loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class BenchSite:
    """`with BenchSite(folder) as site:` serves from `folder` until the end; `site.port`, `site.house`."""

    def __init__(self, folder: Path, *, operators: int, workers: int = 2, threads: int = 250) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._file = folder / "settings.toml"
        self._file.write_text(
            f"data_dir = {json.dumps(str(folder / 'data'))}\n"
            f'public_url = "{self.url}"\nbind = "127.0.0.1:{self.port}"\n'
            f"web_workers = {workers}\nweb_threads = {threads}\n"
            f'[sources.bench]\nkind = "webhook"\nsecrets = ["{SECRET}"]\n',
            "utf-8",
        )
        os.environ["DENWABAN_SETTINGS"] = str(self._file)
        self.house = House(load())
        upgrade(self.house.store)
        self.tokens = [self._sign_in(place) for place in range(operators)]

    def supervisor(self) -> str:
        """Hire one, and return the token of his session."""
        return self._sign_in(8_999, Role.SUPERVISOR)

    def _sign_in(self, place: int, role: Role = Role.OPERATOR) -> str:
        user: User = hire(self.house, role, f"op{place:04d}", extension=str(1000 + place))
        token, now = secrets.token_urlsafe(32), self.house.clock()
        with self.house.store.write() as connection:
            rows.open_session(
                connection,
                Session(
                    hash_of(token), user.id, now, now, now + timedelta(hours=12), Proofs(now), "127.0.0.1", "bench"
                ),
            )
        return token

    def fill(self, customers: int) -> None:
        """Give the site `customers` people, each with a mobile number of his own."""
        for start in range(0, customers, 500):
            people = [
                CrmCustomer(
                    external_id=f"b{n}",
                    name=f"顧客 {n}",
                    numbers=(WrittenNumber("mobile", number_of(n), NumberKind.MOBILE),),
                )
                for n in range(start, min(start + 500, customers))
            ]
            with self.house.store.write() as connection:
                store_page(connection, "local", people, "JP", self.house.clock())

    @property
    def pid(self) -> int:
        """The process that serves, while it does; its children serve with it."""
        return self._server.pid

    def __enter__(self) -> "BenchSite":
        self._server = subprocess.Popen(
            [sys.executable, "-m", "plugin", "serve"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + _READY_WITHIN_S
        while True:
            try:
                if requests.get(f"{self.url}/readyz", timeout=2).ok:
                    return self
            except requests.RequestException:
                pass
            if time.monotonic() > deadline or self._server.poll() is not None:
                raise RuntimeError("the site did not start")
            time.sleep(0.1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.send_signal(signal.SIGTERM)
        self._server.wait(30)
        self.house.close()


def number_of(place: int) -> str:
    """Return the mobile number of the `place`-th customer."""
    return f"0901{place:07d}"
