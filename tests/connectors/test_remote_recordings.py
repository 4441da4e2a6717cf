"""Recordings behind addresses: fetched whole from hosts that are named, from nothing that an address tricks into."""

import itertools
import os
import socket
import ssl
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.recordings.addresses import is_public
from connectors.recordings.line import Limits
from connectors.recordings.remote import Login, RemoteSource
from connectors.recordings.sources import Sources
from plugin.core.errors import InputError, OutsideError
from tests.kit.hosts import Hosts, hosts
from tests.kit.sounds import tone

PBX, FILES, OTHER = "pbx.example.com", "files.example.net", "other.example.org"
URL = f"https://{PBX}/r/1.wav"
LOGINS = {PBX: Login("denwaban", "secret"), FILES: Login(token="token-of-files")}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    with hosts(tmp_path_factory.mktemp("hosts")) as made:
        yield made


@pytest.fixture
def net(running: Hosts) -> Hosts:
    for part in (running.answers, running.asked, running.resolved, running.places):
        part.clear()
    return running


def _source(net: Hosts, limits: Limits | None = None, most_bytes: int = 1 << 24) -> RemoteSource:
    return RemoteSource(LOGINS, limits, net.network(), most_bytes)


def _fetched(source: RemoteSource, url: str = URL) -> bytes | None:
    file = source.open(url)
    if file is None:
        return None
    with closing(file):
        return b"".join(iter(lambda: file.read(1000), b""))


def _why(source: RemoteSource, url: str = URL) -> str:
    try:
        got = _fetched(source, url)
    except (InputError, OutsideError) as error:
        shown = str(error)  # the reason, and no word of the address
        return shown.removeprefix(f"{error.code}.").replace(" permanent=True", "!")
    return "nothing" if got is None else "fetched"


def test_a_file_is_fetched_whole_and_asked_for_plainly(net: Hosts) -> None:
    net.sound("/r/1.wav?a=b", tone(2))
    assert _fetched(_source(net), f"{URL}?a=b#part") == tone(2)
    (asked,) = net.asked
    assert (asked.host, asked.headers["accept-encoding"]) == (PBX, "identity")
    assert asked.headers["authorization"] == "Basic ZGVud2FiYW46c2VjcmV0"
    assert net.resolved == [PBX]


def test_a_host_may_ask_for_a_token_or_for_nothing(net: Hosts) -> None:
    net.sound("/a", b"sound")
    assert _fetched(_source(net), f"https://{FILES}:443/a") == b"sound"
    assert _fetched(RemoteSource({FILES: Login()}, network=net.network()), f"https://{FILES}/a") == b"sound"
    assert [asked.headers.get("authorization") for asked in net.asked] == ["Bearer token-of-files", None]
    assert "token-of-files" not in repr(LOGINS)
    assert "secret" not in repr(LOGINS)


@pytest.mark.parametrize(
    "url",
    [
        f"http://{PBX}/a",
        f"ftp://{PBX}/a",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        f"https://{PBX}@{OTHER}/a",
        f"https://user:pw@{PBX}/a",
        f"https://@{PBX}/a",
        f"https://{PBX}:8443/a",
        f"https://{PBX}:0443/a",
        f"https://{PBX}:/a",
        f"https://{PBX}:99999999/a",
        f"https://{PBX}./a",
        f"https://{PBX.upper()}/a",
        "https://pbx.example.com%2eevil.org/a",
        "https://pbx.exаmple.com/a",  # a Cyrillic а
        "https://ｐｂｘ.example.com/a",
        "https://pbx。example.com/a",
        "https://127.0.0.1/a",
        "https://2130706433/a",
        "https://0x7f.1/a",
        "https://0177.0.0.1/a",
        "https://[::1]/a",
        "https://[::ffff:127.0.0.1]/a",
        "https://localhost/a",
        "https:///a",
        "https://",
        "https:/pbx.example.com/a",
        f"https:\\\\{PBX}\\a",
        f"https://{PBX}\\@{OTHER}/a",
        f"https://{PBX} /a",
        f"https://{PBX}/a\r\nHost: evil",
        f"https://{PBX}/\ta",
        f"https://{PBX}/" + "a" * 3000,
        f"https://{PBX}\x00.evil.org/a",
        "https://[" + PBX + "]/a",
        "",
    ],
)
def test_what_is_no_plain_address_is_never_asked(net: Hosts, url: str) -> None:
    assert _why(_source(net), url) == "address"
    assert (net.resolved, net.asked) == ([], [])


@pytest.mark.parametrize(
    "host", [OTHER, f"a.{PBX}", PBX.replace("pbx", "pbx2"), f"{PBX}.evil.org", "xn--pbx-9ja.example.com"]
)
def test_a_host_that_is_not_named_is_not_even_looked_up(net: Hosts, host: str) -> None:
    assert _why(_source(net), f"https://{host}/a") == "host_not_listed"
    assert (net.resolved, net.asked) == ([], [])


def test_one_address_inside_among_others_refuses_all(net: Hosts) -> None:
    net.places[PBX] = ["8.8.8.8", "10.0.0.1"]
    assert _why(RemoteSource(LOGINS, network=net.network(is_public))) == "address_refused"


def test_a_name_is_looked_up_once_a_hop_and_the_answer_is_what_is_asked(net: Hosts) -> None:
    net.sound("/r/1.wav", b"sound")
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])  # a name that answers differently the second time

    def resolve(host: str) -> list[tuple[str, int]]:
        net.resolved.append(host)
        return [(address, net.port) for address in next(answers)]

    network = replace(net.network(lambda address: address == "127.0.0.1"), resolve=resolve)
    assert _fetched(RemoteSource(LOGINS, network=network)) == b"sound"
    assert net.resolved == [PBX]


def test_each_hop_is_looked_up_and_judged_anew(net: Hosts) -> None:
    net.moved("/r/1.wav", f"https://{FILES}/b")
    net.sound("/b", b"sound")
    net.places[FILES] = ["127.0.0.2"]
    network = net.network(lambda address: address == "127.0.0.1")
    assert _why(RemoteSource(LOGINS, network=network)) == "address_refused"
    assert [asked.host for asked in net.asked] == [PBX]


def test_the_login_stays_with_the_first_host(net: Hosts) -> None:
    net.moved("/r/1.wav", "/r/2.wav", "301 Moved")
    net.moved("/r/2.wav", f"https://{FILES}/b", "307 Temporary")
    net.moved("/b", f"https://{PBX}/c", "308 Permanent")
    net.sound("/c", b"sound")
    assert _fetched(_source(net)) == b"sound"
    told = [(asked.host, asked.headers.get("authorization", "-").split()[0]) for asked in net.asked]
    assert told == [(PBX, "Basic"), (PBX, "Basic"), (FILES, "-"), (PBX, "-")]


@pytest.mark.parametrize(("hops", "said"), [(5, "fetched"), (6, "redirects!")])
def test_the_way_is_at_most_five_hops_long(net: Hosts, hops: int, said: str) -> None:
    for n in range(hops):
        net.moved(f"/{n}", f"/{n + 1}")
    net.sound(f"/{hops}", b"sound")
    assert _why(_source(net), f"https://{PBX}/0") == said


@pytest.mark.parametrize(
    "location",
    [
        f"http://{PBX}/a",
        f"https://{OTHER}/a",
        "https://127.0.0.1/a",
        "https://169.254.169.254/latest/meta-data",
        f"//{OTHER}/a",
        f"https://x@{PBX}/a",
        f"https://{PBX}:8443/a",
        "file:///etc/passwd",
        "javascript:1",
        "\x00",
        "https://[",
        "",
    ],
)
def test_a_way_that_leads_elsewhere_ends(net: Hosts, location: str) -> None:
    net.moved("/r/1.wav", location)
    if location == "":  # back to itself, again and again
        assert _why(_source(net)) == "redirects!"
    else:
        assert _why(_source(net)) == "redirect_refused!"
        assert len(net.asked) == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("202 Accepted", "nothing"),
        ("204 No Content", "nothing"),
        ("404 Not Found", "nothing"),
        ("401 Unauthorized", "not_allowed"),
        ("403 Forbidden", "not_allowed"),
        ("410 Gone", "gone!"),
        ("206 Partial Content", "http_206"),
        ("304 Not Modified", "http_304"),
        ("429 Too Many Requests", "http_429"),
        ("500 Oops", "http_500"),
        ("503 Busy", "http_503"),
    ],
)
def test_each_answer_has_a_word(net: Hosts, status: str, said: str) -> None:
    net.sound("/r/1.wav", b"", status=status)
    assert _why(_source(net)) == said


def test_a_file_that_says_it_is_too_long_is_not_read(net: Hosts) -> None:
    net.answers["/r/1.wav"] = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx"
    assert _why(_source(net)) == "too_long"


def test_what_is_packed_is_not_unpacked(net: Hosts) -> None:
    net.sound("/r/1.wav", zlib.compress(bytes(1 << 20)), "Content-Encoding: deflate")
    assert _why(_source(net)) == "encoded!"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nonly this",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"HTTP/1.1 \r\n\r\n",
        b"",
        b"\xff" * 70_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
)
def test_a_broken_answer_is_no_file(net: Hosts, answer: bytes) -> None:
    net.answers["/r/1.wav"] = answer
    assert _why(_source(net)) == "cut_off"


def test_a_file_that_ends_without_a_word_is_cut_off(net: Hosts) -> None:
    """Without a length only a proper end of TLS says that the file is whole."""

    def hang_up(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nhalf of it")
        socket.socket.shutdown(connection, socket.SHUT_RDWR)

    net.answers["/r/1.wav"] = hang_up
    assert _why(_source(net)) == "cut_off"
    net.answers["/r/1.wav"] = b"HTTP/1.0 200 OK\r\n\r\nall of it"
    assert _fetched(_source(net)) == b"all of it"


def test_chunks_are_put_together(net: Hosts) -> None:
    net.answers["/r/1.wav"] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    assert _fetched(_source(net)) == b"abcde"


def _drip(connection: socket.socket) -> None:
    with suppress(OSError):
        while True:
            connection.sendall(b"x")


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 100 Continue\r\n\r\n" * 3]
)
def test_a_drip_ends_however_it_drips(net: Hosts, head: bytes) -> None:
    """Each reading of the clock is ten seconds later: a byte now and then is no transfer."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        _drip(connection)

    net.answers["/r/1.wav"] = answer
    clock = itertools.count(0, 10.0)
    network = replace(net.network(), tick_s=lambda: next(clock))
    limits = Limits(least_bytes_s=1 << 30)
    assert _why(RemoteSource(LOGINS, limits, network)) == "too_slow"


def test_the_whole_has_a_time_that_hops_share(net: Hosts) -> None:
    net.moved("/r/1.wav", "/r/1.wav")
    clock = itertools.count(0, 100.0)
    network = replace(net.network(), tick_s=lambda: next(clock))
    assert _why(RemoteSource(LOGINS, Limits(least_bytes_s=0), network)) == "too_slow"
    assert 0 < len(net.asked) < 5


def test_a_host_that_says_nothing_is_left(net: Hosts) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        network = replace(net.network(), resolve=lambda _: [("127.0.0.1", silent.getsockname()[1])])
        assert _why(RemoteSource(LOGINS, Limits(idle_s=0.2), network)) == "too_slow"


def test_a_host_that_is_away_is_unreachable(net: Hosts) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    network = replace(net.network(), resolve=lambda _: [("127.0.0.1", port)])
    assert _why(RemoteSource(LOGINS, network=network)) == "unreachable"
    assert _why(RemoteSource(LOGINS, network=replace(network, resolve=lambda _: []))) == "host_unknown"


def test_a_certificate_that_nobody_vouches_for_is_refused(net: Hosts) -> None:
    net.sound("/r/1.wav", b"sound")
    source = RemoteSource(LOGINS, network=replace(net.network(), context=ssl.create_default_context))
    assert _why(source) == "certificate"
    elsewhere = RemoteSource({"not.example.com": Login()}, network=net.network())  # a good one, of other hosts
    assert _why(elsewhere, "https://not.example.com/r/1.wav") == "certificate"
    assert net.asked == []


def test_a_process_with_many_open_files_fetches_as_well(net: Hosts) -> None:
    net.sound("/r/1.wav", b"sound")
    held: list[int] = []
    try:
        while not held or held[-1] < 1_100:
            held.append(os.dup(0))
        assert _fetched(_source(net)) == b"sound"
    finally:
        for one in held:
            os.close(one)


def test_no_proxy_of_the_environment_is_asked(net: Hosts) -> None:
    net.sound("/r/1.wav", b"sound")
    script = f"""
        import ssl
        from connectors.recordings.line import Network
        from connectors.recordings.remote import Login, RemoteSource
        network = Network(lambda _: [("127.0.0.1", {net.port})], lambda _: True,
                          lambda: ssl.create_default_context(cafile={str(net.certificate)!r}))
        print(RemoteSource({{"{PBX}": Login()}}, network=network).open("{URL}").read(10))
    """
    proxies = dict.fromkeys(("https_proxy", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"), "http://127.0.0.1:1")
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(script)],
        env={**os.environ, **proxies},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "b'sound'"


def test_a_name_is_a_file_or_an_address_by_its_form(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"sound")
    sources = Sources(tmp_path, {})
    file = sources.open("a.wav")
    assert file is not None
    with closing(file):
        assert file.read(10) == b"sound"
    for url in ("https://pbx.example.com/a.wav", "HTTPS://pbx.example.com/a", "http://pbx.example.com/a.wav"):
        with pytest.raises((InputError, OutsideError)):
            sources.open(url)
    assert Sources(None, {}).open("a.wav") is None
