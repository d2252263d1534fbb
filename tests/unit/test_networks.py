# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R42: which addresses are public is the same everywhere, whatever Python's version."""

import ipaddress
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.callgear_integration.tools.networks import (
    SPECIAL,
    is_private_literal,
    is_public,
)

SEED = 20260328
_V6 = ipaddress.IPv6Address

# IANA's registries of special-purpose addresses, and multicast.
REGISTERED = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12
192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24
192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24
224.0.0.0/4 240.0.0.0/4
::1/128 ::/128 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001:db8::/32 2002::/16
2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8
""".split()
# Not given out to anybody: all of IPv6 but 2000::/3.
UNUSED = "::/8 100::/8 200::/7 400::/6 800::/5 1000::/4 4000::/3 8000::/1".split()
PUBLIC = """
1.1.1.1 9.255.255.255 11.0.0.0 93.184.216.34 100.63.255.255 100.128.0.0 126.0.0.1
128.0.0.1 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255
192.0.1.0 192.0.3.0 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0
198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0
223.255.255.255
2001:200:: 2001:db7:ffff::1 2001:db9:: 2606:2800:220:1::1 2620:4f:7fff::1
2620:4f:8001:: 2a00:1450:4001::200e 3ffe::1 3fff:1000::
::ffff:93.184.216.34 64:ff9b::5db8:d822
""".split()
PRIVATE = """
0.0.0.0 0.255.255.255 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254
169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.9 192.0.0.170 192.0.2.1
192.31.196.1 192.52.193.1 192.88.99.1 192.168.1.1 192.175.48.1 198.18.0.1
198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
255.255.255.255
:: ::1 ::2 ::127.0.0.1 ::93.184.216.34 ::ffff:127.0.0.1 ::ffff:10.0.0.1
::ffff:192.88.99.1 ::ffff:0:93.184.216.34 64:ff9b::7f00:1 64:ff9b::10.0.0.1
64:ff9b:1::1 64:ff9b:1::93.184.216.34 64:ff9b:0:1::1 100::1 100:0:0:1::1 2001::1
2001:1::1 2001:2::1 2001:3::1 2001:10::1 2001:20::1 2001:30::1 2001:1ff:ffff::1
2001:db8::1 2002:7f00:1:: 2002:5db8:d822::1
2002:a00:1::1 2002:c058:6301::1 2620:4f:8000::1 3fff::1
3fff:fff:ffff::1 4000::1 5f00::1 fc00::1 fd12:3456::1 fe00::1 fe80::1 fe80::1%eth0
febf::1 fec0::1 feff::1 ff02::1
""".split()


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address):
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_not_public(address):
    assert not is_public(address)


def test_the_table_is_that_of_the_registries():
    assert set(map(ipaddress.ip_network, REGISTERED)) == set(SPECIAL)


def addresses(network):
    """Any address of a network, and of each its first and last."""
    network = ipaddress.ip_network(network)
    ends = int(network.network_address), int(network.broadcast_address)
    kind = type(network.network_address)
    return st.sampled_from(ends) | st.integers(*ends).map(int), kind


@pytest.mark.parametrize("network", REGISTERED + UNUSED)
@given(data=st.data())
def test_no_address_of_a_special_network_is_public(network, data):
    numbers, kind = addresses(network)
    ip = kind(data.draw(numbers))
    embedded = ip.version == 6 and (
        ip.ipv4_mapped or ip in ipaddress.ip_network("64:ff9b::/96")
    )
    assert embedded or not is_public(str(ip))


@pytest.mark.parametrize("network", [name for name in REGISTERED if "." in name])
@given(data=st.data())
def test_nor_one_that_stands_inside_of_an_ipv6_address(network, data):
    numbers, _kind = addresses(network)
    inner = data.draw(numbers)
    for outer in (
        0xFFFF << 32 | inner,
        0x64FF9B << 96 | inner,
        0x2002 << 112 | inner << 80 | data.draw(st.integers(0, 2**80 - 1)),
    ):
        assert not is_public(str(ipaddress.IPv6Address(outer)))


@pytest.mark.parametrize("number", [SEED])
def test_what_python_takes_for_not_global_is_not_public(number):
    """S15: 60 000 addresses, a third of them at the borders of special networks."""
    random = Random(number)
    ends = [
        int(end) + step
        for network in SPECIAL
        for end in (network.network_address, network.broadcast_address)
        for step in (-1, 0, 1)
    ]
    for _time in range(20_000):
        near = random.choice(ends)
        for ip in (
            ipaddress.IPv4Address(random.getrandbits(32)),
            _V6(random.getrandbits(128) | random.choice((0, 1 << 125))),
            ipaddress.ip_address(max(0, min(near, 2**128 - 1))),
        ):
            if is_public(str(ip)):
                assert ip.is_global, (number, ip)


@pytest.mark.parametrize(
    "host",
    """
    localhost localhost. a.localhost 127.0.0.1 127.0.0.1. 127.1 127.0.1 2130706433
    0x7f.1 0x7f000001 0177.0.0.1 017700000001 10.1 192.168.257 169.254.169.254 0 ::1
    ::ffff:10.0.0.1 fec0::1 fe80::1%eth0 64:ff9b::a00:1 2002:a00:1::1 2001::1
    """.split(),
)
def test_s15_private_addresses_in_any_spelling(host):
    assert is_private_literal(host)


@pytest.mark.parametrize(
    "host", ["", "callapi.callgear.com", "93.184.216.34", "1572395042", "2606:2800::1"]
)
def test_s15_names_and_public_addresses_are_not(host):
    assert not is_private_literal(host)


@pytest.mark.parametrize("text", ["", "desk.example.com", "127.1", "1.2.3", "[::1]"])
def test_what_is_no_address_is_an_error(text):
    with pytest.raises(ValueError):
        is_public(text)
