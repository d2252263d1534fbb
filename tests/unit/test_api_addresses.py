# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""S15: the API key leaves by https only, and not into a private network."""

import pytest

from odoo.addons.callgear_integration.callgear.errors import (
    BadAddress,
    NotPublic,
    NotSecure,
)
from odoo.addons.callgear_integration.callgear.http_post import Target
from odoo.addons.callgear_integration.callgear.json_rpc import JsonRpc

from .api_server import KEY, QUICK, api_server, success

STRICT = {**QUICK, "private_hosts": frozenset()}


@pytest.mark.parametrize(
    "url",
    [
        "http://callapi.callgear.com/v4.0",
        "HTTP://callapi.callgear.com/v4.0",
        "http://127.0.0.1:8069/",
        "http://[::1]/",
    ],
)
def test_s15_without_tls_no_key_is_sent(url):
    with pytest.raises(NotSecure):
        Target.of(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://user@callapi.callgear.com/",
        "https://callapi.callgear.com@10.0.0.1/",
        "https://127\u30020\u30020\u30021/",
        "https://\uff11\uff12\uff17.0.0.1/",
        "https://[fe80::1%25eth0]/",
        "https://a b/",
        "https://host\\@evil/",
        "https://host:0/",
        "https://host:99999/",
        "https://",
        "ftp://callapi.callgear.com/",
        "file:///etc/passwd",
        "https://\ud800/",
        None,
    ],
)
def test_s15_what_is_no_plain_address_is_refused(url):
    with pytest.raises(BadAddress):
        Target.of(url)


@pytest.mark.parametrize(
    "host",
    """
    127.0.0.1 127.0.0.1. 127.1 2130706433 0x7f.1 0177.1 10.0.0.1 169.254.169.254 0
    [::1] [::ffff:127.0.0.1] [::ffff:a00:1] [64:ff9b::7f00:1] [2002:7f00:1::] [fec0::1]
    [2001::1] localhost
    """.split(),
)
def test_s15_private_addresses_are_not_connected_to(host):
    with pytest.raises(NotPublic):
        JsonRpc(f"https://{host}:9/v4.0", KEY, **STRICT).call("list.calls")


def test_s15_a_name_that_leads_inside_is_not_connected_to(monkeypatch):
    """What counts is the address that is connected to, not the name."""
    with api_server(success([])) as server:
        port = server.place.rpartition(":")[2]
        found = [(2, 1, 6, "", ("127.0.0.1", int(port)))]
        monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_options: found)
        client = JsonRpc(f"https://callapi.example.com:{port}/", KEY, **STRICT)
        with pytest.raises(NotPublic):
            client.call("list.calls")
        assert not server.requests


def test_s15_named_hosts_may_be_private():
    with api_server(success([])) as server:
        allowed = {**STRICT, "private_hosts": {server.place}}
        assert JsonRpc(server.api(), KEY, **allowed).call("list.calls").data == []
