# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Agents in browsers and calls for them: what the tests on a stage share."""

import itertools

import pytest

from devtools import installed_database
from devtools.environment import Environment

from .stage import Stage

_numbers = itertools.count(1)


@pytest.fixture(scope="module", params=[0], ids=["one process"])
def stage(request):
    """A server, a PBX and a browser; the parameter is the number of workers."""
    environment = Environment.load()
    name = f"{request.module.__name__.rpartition('.')[2]}{request.param}"
    with installed_database.temporary(environment, name, bundles=True) as database:
        with Stage(database, workers=request.param) as stage:
            yield stage


@pytest.fixture(scope="module")
def agents(stage):
    """The browsers live as long as the server: their caches spare a second a page."""
    agents = {login: stage.agent(login) for login in ("sara", "omar")}
    yield agents
    for agent in agents.values():
        agent.close()


def observed(agent):
    """Lend an agent to a test: whatever its pages complain about fails the test."""
    # Those of the test before may have ended only after its end.
    agent.be_done()
    agent.errors.clear()
    yield agent
    agent.leave()
    assert not agent.errors


@pytest.fixture
def sara(agents):
    yield from observed(agents["sara"])


@pytest.fixture
def omar(agents):
    yield from observed(agents["omar"])


@pytest.fixture
def ring(stage):
    """Place calls; those that are not over at the end of the test are ended."""
    calls = []

    def ring(*operators, **order):
        calls.append(stage.ring(*operators, **order))
        return calls[-1]

    yield ring
    for call in calls:
        call.over()


@pytest.fixture
def number():
    """A phone number that no other test uses."""
    return f"+97150555{next(_numbers):04}"
