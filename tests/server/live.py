# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A database of its own for real servers, and a look into it from outside."""

import json
import os
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import psycopg2
import requests

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.sql_db import close_db
from odoo.tools import config

from odoo.addons.callgear_integration.tests.case import set_up_helpdesk
from odoo.addons.callgear_integration.tests.snapshot import snapshot

from devtools import installed_database
from devtools.environment import VARIABLE, Environment

from ..waiting import wait_until


class LiveDatabase:
    """A copy of the installed database with a connection to deliver to."""

    def __init__(self, name: str):
        self._make(name)
        self.name = self.database.name
        with self.env() as env:
            connection = set_up_helpdesk(env)["connection"]
            connection.rate_limit = 0
            self.connection_id, self.token = connection.id, connection.token

    def _make(self, name):
        self.environment = Environment.load(Path(os.environ[VARIABLE]))
        self.database = installed_database.of_run(self.environment, name)
        installed_database.copy(self.environment, self.database, bundles=False)

    @contextmanager
    def env(self):
        """A superuser environment in a transaction of its own; commits."""
        with self._registry().cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def change(self, function):
        """Commit what a function of an environment does.

        A server at the same records at this moment is no failure: it is done again.
        """
        with self.env() as env:
            retrying(lambda: function(env), env)

    def _registry(self):
        # To Odoo this is a normal database: it must not run its own tests on it.
        enabled, config["test_enable"] = config["test_enable"], False
        try:
            return Registry(self.name)
        finally:
            config["test_enable"] = enabled

    def connect(self):
        """A separate database connection, to hold locks with."""
        environment = self.environment.connection.environment()
        return psycopg2.connect(
            dbname=self.name,
            host=environment.get("PGHOST"),
            user=environment.get("PGUSER"),
            port=environment.get("PGPORT"),
            password=environment.get("PGPASSWORD"),
        )

    def session_lock(self, session):
        """The lock of a call, which work on it and agents' changes take, for ``hold``."""
        connection_id = self.connection_id
        return lambda env: (
            env["callgear.connection"].browse(connection_id)._lock("session", session)
        )

    @contextmanager
    def holding(self, lock):
        """Have another transaction lock something meanwhile; commits.

        :param lock: function of the environment
        """
        with self.env() as env:
            lock(env)
            env.cr.flush()
            yield

    def hold(self, seconds, lock):
        """The same for a while; return the thread that commits."""
        holding = self.holding(lock)
        holding.__enter__()
        timer = Timer(seconds, holding.__exit__, (None, None, None))
        timer.start()
        return timer

    def drop(self):
        Registry.delete(self.name)
        close_db(self.name)
        self.database.drop()

    def post(self, base, delivery, timeout=60):
        """Deliver over HTTP; return the answer's status in words."""
        url = f"{base}/callgear/{self.token}/{delivery.event}"
        headers = {"Content-Type": "application/json"}
        answer = requests.post(url, delivery.body, headers=headers, timeout=timeout)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return json.loads(answer.text)["status"]

    def deliver_in_order(self, deliveries, each=1):
        """Deliver without HTTP, so many at a time; work on them before the next."""
        for first in range(0, len(deliveries), each):
            self.store(deliveries[first : first + each])
            self.work()

    def store(self, deliveries):
        """Deliver without HTTP, and leave the work to others."""
        with self.env() as env:
            connection = env["callgear.connection"].browse(self.connection_id)
            for delivery in deliveries:
                connection._receive(delivery.event, delivery.body)

    def work(self):
        """Work off what waits, in this process."""
        with self.env() as env:
            while env["callgear.event"]._work_on_next():
                pass

    def states(self):
        """How many notifications are in which state."""
        rows = self.environment.sql(
            self.name,
            "SELECT state, count(*) FROM callgear_event WHERE connection_id = "
            f"{self.connection_id} GROUP BY state",
        )
        return {state: int(count) for state, count in rows}

    def hurry(self):
        """Let the cron take up what is pending now instead of within a minute or two."""
        self.environment.sql(
            self.name,
            # What a worker has locked at this moment can wait.
            "UPDATE callgear_event SET next_attempt_at = now() AT TIME ZONE 'UTC' "
            "- interval '1 second' WHERE id IN (SELECT id FROM callgear_event "
            "WHERE state = 'pending' ORDER BY id FOR UPDATE SKIP LOCKED)",
        )
        with self.env() as env:
            env.ref("callgear_integration.ir_cron_process_events")._trigger()

    def wait_until_processed(self, count):
        """Wait until that many notifications are done and none is left."""
        wait_until(
            lambda: self.states() == {"done": count},
            seconds=120,
            what=lambda: f"{count} done, have {self.states()}",
        )

    def snapshot(self):
        with self.env() as env:
            return snapshot(env, env["callgear.connection"].browse(self.connection_id))
