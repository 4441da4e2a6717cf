"""Which addresses of the network a recording may be fetched from: public ones, and nothing that leads back inside.

Deny is the default. Refused are also the ways of writing an inside address as an outside one: IPv4 in IPv6 (mapped,
compatible, NAT64, 6to4, Teredo), and what carriers, documentation, tests and routing keep for themselves (IANA's
special-purpose registries, 2026-11).
"""

import ipaddress

_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")  # all that was ever given out
_NOT_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo, benchmarks, ORCHID and other protocols' own
        "2001:db8::/32",
        "2002::/16",  # 6to4: holds an IPv4 address
        "3fff::/20",
    )
)
_NOT_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' own
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, and where clouds tell machines their secrets
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)


def is_public(address: str) -> bool:
    """Tell whether `address` (as a resolver gives it) is one that anybody on the internet could be asked at."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(read, ipaddress.IPv4Address):
        return read.is_global and not any(read in network for network in _NOT_V4)
    if read.scope_id is not None or read not in _GLOBAL_V6:
        return False
    return read.is_global and not any(read in network for network in _NOT_V6)
