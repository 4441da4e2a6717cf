"""No way of writing an address that leads inside is taken for one that leads outside."""

import ipaddress
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.recordings.addresses import is_public
from connectors.recordings.remote import Login, RemoteSource
from plugin.core.errors import OutsideError
from tests.kit.hosts import Hosts

PBX = "pbx.example.com"

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "::8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2606:4700::1%1",
    "no address",
    "",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_that_leads_inside_is_refused(address: str) -> None:
    assert not is_public(address)
    nowhere = Hosts(Path("none.pem"), port=443, places={PBX: [address]}).network(is_public)
    source = RemoteSource({PBX: Login()}, network=replace(nowhere, context=ssl.create_default_context))
    with pytest.raises(OutsideError, match="address_refused"):
        source.open(f"https://{PBX}/a")


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "99.255.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_no_address_is_public_that_python_calls_private(address: object) -> None:
    read = ipaddress.ip_address(str(address))
    if is_public(str(address)):
        assert read.is_global
        assert not (read.is_loopback)
        assert not (read.is_link_local)
        assert not (read.is_multicast)
        assert not (read.is_reserved)
        assert not is_public(f"::ffff:{address}")
