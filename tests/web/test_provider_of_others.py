"""Signing in by an OpenID Connect server that others wrote, a process of its own on loopback."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from plugin.core.staff import Role
from plugin.settings import load
from plugin.wiring import House
from tests.kit.newest import lay
from tests.kit.staff import app_of

_PATIENCE_S = 90


@pytest.fixture
def issuer() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "oidc_provider_mock",
        "--port",
        str(port),
        "--require-nonce",
        "true",
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"{address}/.well-known/openid-configuration", server)
        yield address
    finally:
        server.terminate()
        server.wait()


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until and server.poll() is None:
        try:
            if requests.get(address, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the server did not come up")


def test_a_person_comes_in_with_the_role_of_his_group(tmp_path: Path, issuer: str) -> None:
    chosen = {"issuer": issuer, "client_id": "denwaban", "client_secret": "secret", "takes_in": True}
    house = House(load(data_dir=tmp_path / "data", provider=chosen | {"roles": {"phones": "operator"}}))
    lay(house.store)
    person = {"name": "佐藤 花子", "preferred_username": "sato", "groups": ["phones"]}
    assert requests.put(f"{issuer}/users/subject-1", json=person, timeout=10).ok
    browser = app_of(house).test_client()
    for _ in range(2):  # taken in, then known
        way = browser.get("/sign-in/provider?next=/account").headers["Location"]
        answer = requests.post(way, data={"sub": "subject-1"}, allow_redirects=False, timeout=10)
        back = urlsplit(answer.headers["Location"])
        came = browser.get(f"{back.path}?{back.query}")
        assert (came.status_code, came.headers["Location"]) == (303, "/account")
        browser.post("/sign-out")
    (user,) = house.accounts.all(None)
    assert (user.login, user.name, user.role) == ("sato", "佐藤 花子", Role.OPERATOR)
    house.close()
