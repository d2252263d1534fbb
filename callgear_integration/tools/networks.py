# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which IP addresses are public.

The table is our own, because ``ipaddress`` answers differently in different versions of
Python. Source: IANA's registries of special-purpose addresses (iana-ipv4- and
iana-ipv6-special-registry), of multicast, and of the IPv6 address space (RFC 4291).
Prefixes in these registries that are reachable from everywhere (AS112, AMT, anycast of
protocols) do not count as public either: no web server has such an address.
"""

import ipaddress
import socket
from contextlib import suppress

_SPECIAL_V4 = (
    "0.0.0.0/8",  # this network
    "10.0.0.0/8",  # private
    "100.64.0.0/10",  # carrier-grade NAT
    "127.0.0.0/8",  # loopback
    "169.254.0.0/16",  # link-local, metadata of clouds
    "172.16.0.0/12",  # private
    "192.0.0.0/24",  # protocol assignments
    "192.0.2.0/24",  # documentation
    "192.31.196.0/24",  # AS112
    "192.52.193.0/24",  # AMT
    "192.88.99.0/24",  # 6to4 relays, deprecated
    "192.168.0.0/16",  # private
    "192.175.48.0/24",  # AS112
    "198.18.0.0/15",  # benchmarking
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, broadcast
)
_SPECIAL_V6 = (
    "::/128",  # unspecified
    "::1/128",  # loopback
    "64:ff9b:1::/48",  # translation within a network
    "100::/64",  # discard
    "100:0:0:1::/64",  # dummy prefix
    "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID …
    "2001:db8::/32",  # documentation
    "2002::/16",  # 6to4, deprecated: leads to an IPv4 address
    "2620:4f:8000::/48",  # AS112
    "3fff::/20",  # documentation
    "5f00::/16",  # segment routing
    "fc00::/7",  # unique local
    "fe80::/10",  # link-local
    "fec0::/10",  # site-local, deprecated
    "ff00::/8",  # multicast
)
SPECIAL = tuple(map(ipaddress.ip_network, _SPECIAL_V4 + _SPECIAL_V6))
# The only part of the IPv6 space from which public addresses are assigned.
_GLOBAL_V6 = ipaddress.ip_network("2000::/3")
_MAPPED = ipaddress.ip_network("::ffff:0:0/96")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Return whether an IP address can be reached from everywhere.

    :param address: IPv4 or IPv6, maybe with a zone (``fe80::1%eth0``)
    :raises ValueError: it is not an IP address
    """
    ip = ipaddress.ip_address(address.split("%")[0])
    if ip.version == 6:
        inner = _embedded(ip)
        if inner is None and ip not in _GLOBAL_V6:
            return False
        ip = inner or ip
    return not any(ip in network for network in SPECIAL)


def networks_in(text: str) -> tuple:
    """Return the networks in a list of addresses and networks, separated by commas.

    :raises ValueError: its text is the part that is neither
    """
    found = []
    for part in filter(None, map(str.strip, text.replace(";", ",").split(","))):
        try:
            found.append(ipaddress.ip_network(part, strict=False))
        except ValueError:
            raise ValueError(part[:64]) from None
    return tuple(found)


def is_within(address: str, networks: tuple) -> bool:
    """Return whether an address is in one of the networks; not if it is none.

    :param address: IPv4 or IPv6; an IPv4 address may be written as IPv6
    :param networks: as ``networks_in`` returns them
    """
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return any(ip in network for network in networks)


def is_private_literal(host: str) -> bool:
    """Return whether a host, as written, is an address that is not public, or localhost.

    Also in the spellings that look-ups understand: decimal, octal, hexadecimal, 127.1.

    :param host: in lower case; IPv6 without brackets
    """
    host = host.rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    with suppress(OSError, ValueError):
        host = socket.inet_ntoa(socket.inet_aton(host))
    try:
        return not is_public(host)
    except ValueError:
        return False


def _embedded(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that packets for an IPv6 address finally go to, or None."""
    if ip in _MAPPED or ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None
