# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Brands of the platform and their API addresses. A key works with its own brand only."""

from typing import NamedTuple
from urllib.parse import urlsplit


class Brand(NamedTuple):
    """A brand under which the platform is sold; the addresses are complete URLs."""

    label: str
    call_api: str
    data_api: str


def _brand(label: str, call_host: str, data_host: str) -> Brand:
    return Brand(label, f"https://{call_host}/v4.0", f"https://{data_host}/v2.0")


BRANDS: dict[str, Brand] = {
    "callgear": _brand("CallGear", "callapi.callgear.com", "dataapi.callgear.com"),
    "callgear_ae": _brand("CallGear UAE", "callapi.callgear.ae", "dataapi.callgear.ae"),
    "uis": _brand("UIS", "callapi.uiscom.ru", "dataapi.uiscom.ru"),
    "comagic": _brand("CoMagic", "callapi.comagic.ru", "dataapi.comagic.ru"),
    "novofon": _brand(
        "Novofon", "callapi-jsonrpc.novofon.ru", "dataapi-jsonrpc.novofon.ru"
    ),
}


# What the platform may use besides: other hosts below the same names.
_DOMAINS = {
    urlsplit(brand.call_api).hostname.partition(".")[2] for brand in BRANDS.values()
}


def is_of_a_brand(host: str) -> bool:
    """Return whether a host belongs to one of the brands.

    :param host: a name in small letters, without the point at its end
    """
    return any(host == name or host.endswith(f".{name}") for name in _DOMAINS)


def brand_of(call_api: str | None, data_api: str | None) -> str | None:
    """Return the brand that both addresses belong to.

    :param call_api: URL of the Call API, as typed; so is ``data_api``
    :return: a key of ``BRANDS``, or None
    """
    given = [(address or "").strip().rstrip("/") for address in (call_api, data_api)]
    for name, brand in BRANDS.items():
        if given == [brand.call_api, brand.data_api]:
            return name
    return None
