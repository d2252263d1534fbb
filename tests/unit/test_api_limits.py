# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R22, R50: the points of a plan are spent with care, and no server is flooded."""

import time

import pytest

from odoo.addons.callgear_integration.callgear.errors import LimitExceeded
from odoo.addons.callgear_integration.callgear.json_rpc import JsonRpc
from odoo.addons.callgear_integration.callgear.limits import PointLimits

from .api_server import KEY, LIMITS, QUICK, api_server, refusal, success

MINUTE = LIMITS | {"minute_remaining": 0, "minute_reset": 41}
DAY = LIMITS | {"day_remaining": 0, "day_reset": 43000}
SOON = LIMITS | {"minute_remaining": 0, "minute_reset": 1}


def client(server):
    return JsonRpc(server.api(), KEY, **QUICK)


def exceeded(limits=None):
    metadata = {"metadata": {"limits": limits}} if limits else {}
    return refusal("limit_exceeded", code=-32029, **metadata)


def test_the_state_of_the_limits_is_read_from_each_answer():
    with api_server(success(), success(limits=MINUTE)) as server:
        rpc = client(server)
        rpc.call("list.calls")
        assert rpc.limits == PointLimits(10000, 9999, 43000, 100, 99, 41)
        rpc.call("list.calls")
        assert rpc.limits.minute_remaining == 0


@pytest.mark.parametrize(
    ("limits", "kind", "least"), [(MINUTE, "minute", 30), (DAY, "day", 42_000)]
)
@pytest.mark.parametrize("method", ["list.calls", "start.employee_call"])
def test_when_the_points_are_spent_nothing_is_asked_until_they_are_back(
    method, limits, kind, least
):
    with api_server(success(limits=limits)) as server:
        rpc = client(server)
        rpc.call(method)
        with pytest.raises(LimitExceeded) as caught:
            rpc.call(method)
    assert len(server.calls) == 1
    error = caught.value
    assert (error.certain, error.retry) == (True, True)
    assert error.params["limit"] == kind
    assert least < error.wait <= limits[f"{kind}_reset"]


def test_after_the_reset_it_goes_on():
    with api_server(success(limits=SOON), success(5)) as server:
        rpc = client(server)
        rpc.call("list.calls")
        with pytest.raises(LimitExceeded) as caught:
            rpc.call("list.calls")
        time.sleep(caught.value.wait)
        assert rpc.call("list.calls").data == 5


def test_another_client_is_not_held_up():
    with api_server(success(limits=MINUTE)) as server:
        client(server).call("list.calls")
        client(server).call("list.calls")
    assert len(server.calls) == 2


def test_a_refusal_that_passes_soon_is_waited_for():
    start = time.monotonic()
    with api_server(exceeded(SOON), success(6)) as server:
        assert client(server).call("get.employees").data == 6
    assert time.monotonic() - start >= 1


@pytest.mark.parametrize("limits", [MINUTE, DAY])
def test_a_refusal_that_lasts_is_not_waited_for(limits):
    with api_server(exceeded(limits)) as server:
        rpc = client(server)
        with pytest.raises(LimitExceeded) as caught:
            rpc.call("get.employees")
        assert caught.value.wait >= 41
        with pytest.raises(LimitExceeded):
            rpc.call("get.employees")
    assert len(server.calls) == 1


def test_a_refusal_without_a_state_is_tried_a_few_times():
    with api_server(exceeded()) as server, pytest.raises(LimitExceeded):
        client(server).call("get.employees")
    assert len(server.calls) == 3


@pytest.mark.parametrize(
    "metadata",
    [None, [], {}, {"limits": None}, {"limits": []}, {"limits": {"day_limit": "x"}}],
)
def test_an_answer_without_limits_sets_none(metadata):
    assert PointLimits.of(metadata) is None


@pytest.mark.parametrize(
    ("told", "wait"),
    [
        ({"minute_remaining": 0, "minute_reset": 10**9}, 60),
        ({"minute_remaining": 0, "minute_reset": -5}, 0),
        ({"minute_remaining": "0"}, 60),
        ({"minute_remaining": -1, "minute_reset": 3.0}, 3),
        ({"day_remaining": 0, "day_reset": 10**9}, 86400),
        ({"minute_remaining": 1, "minute_reset": 40}, 0),
        ({"minute_reset": 40}, 0),
    ],
)
def test_the_wait_is_bounded_by_the_span_of_the_limit(told, wait):
    assert PointLimits.of({"limits": told}).wait == wait
