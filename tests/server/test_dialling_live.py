# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R18 to R22 with real transactions: the answer and the notifications race each other."""

import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from urllib.parse import urlsplit

import pytest
import requests

from devtools.server import OdooServer
from simulator.server import Server
from simulator.settings import Settings

from ..waiting import wait_until
from .live import LiveDatabase

KEY = "simulator-key"
NUMBER = "+971505550123"


@pytest.fixture(scope="module")
def stage():
    """Two workers of Odoo, called by a simulator and calling it."""
    database = LiveDatabase("dial")
    settings = Settings(ring_seconds=3600, recording_delay=0)
    try:
        with Server(settings) as pbx:
            with OdooServer(database.environment, database.name, workers=2) as odoo:
                connect(database, odoo, pbx)
                yield Agent(database, odoo, pbx)
    finally:
        database.drop()


def connect(database, odoo, pbx):
    webhook_url = f"{odoo.url}/callgear/{database.token}"
    pbx.switchboard.change({"webhook_url": webhook_url})
    with database.env() as env:
        env["callgear.connection"].browse(database.connection_id).write(
            {
                "api_url": f"{pbx.url}/v4.0",
                "data_api_url": f"{pbx.url}/v2.0",
                "api_key": KEY,
            }
        )
        env["ir.config_parameter"].set_param(
            "callgear_integration.private_recording_hosts", urlsplit(pbx.url).netloc
        )


class Agent:
    """An agent's session, without a browser."""

    def __init__(self, database, odoo, pbx=None, login="cg_sara"):
        self.database, self.odoo, self.pbx = database, odoo, pbx
        self.board = pbx and pbx.switchboard
        self.http = requests.Session()
        self.http.trust_env = False
        self._post(
            "/web/session/authenticate",
            db=database.name,
            login=login,
            password=f"{login}x"[:8].ljust(
                8, "x"
            ),  # test users have eight characters at least
        )

    def _post(self, path, **params):
        answer = self.http.post(
            f"{self.odoo.url}{path}", json={"params": params}, timeout=60
        )
        return answer.json()

    def dial(self, number=NUMBER):
        """Call; return the result, or what the agent is told."""
        path = "/web/dataset/call_kw/callgear.dialer/dial"
        answer = self._post(
            path, model="callgear.dialer", method="dial", args=[number], kwargs={}
        )
        error = answer.get("error")
        return error["data"]["message"] if error else answer["result"]

    def calls(self):
        with self.database.env() as env:
            calls = env["callgear.call"].search([], order="id")
            return calls.read(["session_id", "state", "outcome", "origin_user_id"])

    def legs(self):
        with self.database.env() as env:
            return env["callgear.leg"].search_count([])

    def forget(self):
        """Wait for all notifications under way, then start with an empty state."""
        for call in self.board.calls():
            if not call.hand().ended:
                call.hand().hang_up()
        wait_until(lambda: all(call.view()["done"] for call in self.board.calls()))
        wait_until(lambda: not self.database.states().get("pending"))
        self.database.change(self._delete_all)

    @staticmethod
    def _delete_all(env):
        env["callgear.call"].search([]).unlink()
        env["callgear.event"].search([]).unlink()


@pytest.fixture
def agent(stage):
    stage.board.change({"api_webhook_first": False, "api_fault": "ok"})
    yield stage
    stage.forget()


@pytest.mark.parametrize("webhook_first", [False, True])
def test_r18_one_call_whoever_comes_first(agent, webhook_first):
    """CallGear's answer or its first notification, several times over."""
    agent.board.change({"api_webhook_first": webhook_first})
    for count in range(1, 6):
        assert agent.dial() is False
        started = agent.board.calls()[0]
        hand = started.hand()
        hand.answer()
        hand.answer()
        hand.hang_up()
        wait_until(lambda: agent.calls()[-1]["outcome"] == "answered", what=agent.calls)
        found = agent.calls()
        assert [str(started.session_id), count] == [found[-1]["session_id"], len(found)]
        assert agent.legs() == 2 * count


def test_r22_a_refusal_leaves_nothing(agent):
    """What was committed before CallGear was asked is gone again."""
    agent.board.change({"api_fault": "no_active_phone_number"})
    told = agent.dial()
    assert "phone" in told
    assert (agent.calls(), agent.legs()) == ([], 0)


def test_r22_an_answer_that_is_lost(agent):
    """The call goes on under the session that its notifications name."""
    agent.board.change({"api_fault": "drop_after", "api_fault_count": 1})
    assert agent.dial()["tag"] == "display_notification"
    session = str(agent.board.calls()[0].session_id)
    wait_until(lambda: agent.calls()[0]["session_id"] == session, what=agent.calls)
    assert len(agent.calls()) == 1


def test_r18_two_presses_at_once(agent):
    """Two tabs, two workers: one call."""
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(agent.dial, [NUMBER, NUMBER]))
    assert sum(result is False for result in told) == 1, told
    assert len(agent.calls()) == 1


def test_a_silent_api_leaves_a_worker_free(agent):
    """Two agents call, and there are two workers: the others do not notice (S10)."""
    omar = Agent(agent.database, agent.odoo, agent.pbx, login="cg_omar")
    agent.board.change({"api_delay": 20})
    try:
        with ThreadPoolExecutor(2) as pool:
            told = [pool.submit(one.dial) for one in (agent, omar)]
            wait(told, return_when=FIRST_COMPLETED)
            start = time.monotonic()
            event = f"{agent.odoo.url}/callgear/{agent.database.token}/end"
            for _time in range(5):
                assert agent.http.post(event, data=b"{}", timeout=30).status_code < 500
            assert time.monotonic() - start < 2
            assert not all(one.done() for one in told), "it is silent no longer"
        texts = [str(one.result()) for one in told]
        assert sum("others wait for it" in text for text in texts) == 1, texts
        assert sum("did not answer in time" in text for text in texts) == 1, texts
    finally:
        agent.board.change({"api_delay": 0})
