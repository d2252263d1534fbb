# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The threads of this process that work on stored notifications.

A request stores its notification, answers, and wakes a thread; it never does the work
itself. So a burst of notifications makes the backlog longer, and uses no more threads and
connections than a few. Several processes share the backlog by ``SKIP LOCKED``.

A thread that works on one call for long is taken to be stuck, and another one may start
in its place, up to a bound. Odoo's own limit of real time applies to it as to a request.
"""

import logging
import threading
import time

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.server import CommonServer
from odoo.sql_db import db_connect
from odoo.tools import config

from ..models.callgear_event import LOOKED_AT
from ..tools import rate
from . import gate

_logger = logging.getLogger(__name__)

# Seconds: when work on one call counts as stuck; how long a thread waits for more work;
# how often it looks whether the server stops; how long a call that another transaction
# has locked is looked at again and again, and how often.
STUCK, REST, LOOK, BUSY, PAUSE = 1.0, 5.0, 0.5, 2.0, 0.05
# System parameter: how many threads of a process work at a time. Worker processes share
# the work among themselves.
PARAMETER, DEFAULT = "callgear_integration.drainers", 1 if config["workers"] else 2
# A database that is away is asked for again after 2, 4, 8 … seconds, so many times doubled.
MAX_FAILURES = 6
# At most this share of the process's database connections is ever used.
SHARE = 8
# Seconds that one statement, and all of a call's, wait for answers on their way. What agents
# look at waits for less; the rest goes on only when no notification has come for a while.
POLITE, QUIET = 0.02, 0.03
POLITENESS_LOOKED_AT, POLITENESS = 0.3, 1.0
# Seconds that pages are left to be told, by this same process, before the work goes on.
TELLING = 0.004


def limit(env):
    """How many threads of this process may work at a time, whatever the parameter says."""
    # sudo: ir.config_parameter - not the user's question
    text = env["ir.config_parameter"].sudo().get_param(PARAMETER, DEFAULT)
    try:
        wanted = int(text)
    except ValueError:
        wanted = DEFAULT
    return max(1, min(wanted, config["db_maxconn"] // SHARE))


class Drainers:
    """The threads for one database; see the module."""

    def __init__(self, dbname):
        self.dbname = dbname
        self.limit = DEFAULT
        # Thread → when it took up the call that it works on (monotonic), or None.
        self.threads = {}
        self.resting = 0
        self.watched = False
        self.wakes = 0
        self.changed = threading.Condition()

    # ---------------------------------------------------------- called by others

    def wake(self):
        """Something was stored and committed: have it worked on. Never waits."""
        with self.changed:
            self.wakes += 1
            if self.resting:
                self.changed.notify()
            elif self._has_room():
                self._start()
            elif not self.watched:
                self._watch()

    def _watch(self):
        """Look again later whether all threads are stuck; the lock is held."""
        self.watched = True
        timer = threading.Timer(STUCK, self._look_again)
        timer.daemon = True
        timer.start()

    def _look_again(self):
        with self.changed:
            self.watched = False
            if not self.threads or self.resting or _stopping():
                return  # somebody has found nothing more to do
            if self._has_room():
                self._start()
            self._watch()

    def _has_room(self):
        stuck_since = time.monotonic() - STUCK
        working = sum(
            since is None or since > stuck_since for since in self.threads.values()
        )
        most = max(self.limit, config["db_maxconn"] // SHARE)
        return working < self.limit and len(self.threads) < most

    def _start(self):
        # Not a daemon: a server that stops in good order lets it finish its call.
        thread = threading.Thread(
            target=self._run, name=f"callgear.drainer.{self.dbname}"
        )
        self.threads[thread] = None
        thread.start()

    # ------------------------------------------------------------ in the thread

    def _run(self):
        me = threading.current_thread()
        me.dbname = self.dbname
        try:
            self._go_on(me)
        except Exception:
            _logger.exception("CallGear: the work on notifications was broken off")
        finally:
            with self.changed:
                self.threads.pop(me, None)

    def _go_on(self, me):
        while not _stopping():
            with self.changed:
                wakes = self.wakes
            due = self._drain(me)
            with self.changed:
                # Whoever stored something while the last look was on its way has found
                # this thread at work, and has relied on it.
                if wakes == self.wakes and not self._rest(wakes, due):
                    self.threads.pop(me, None)
                    return

    def _rest(self, wakes, due):
        """Wait for something to do; return whether there is. The lock is held."""
        until = time.monotonic() + (REST if due is None else due)
        self.resting += 1
        try:
            while wakes == self.wakes and not _stopping():
                left = until - time.monotonic()
                if left <= 0:
                    return due is not None
                self.changed.wait(min(left, LOOK))
        finally:
            self.resting -= 1
        return not _stopping()

    def _drain(self, me):
        """Work until nothing is left; return in how many seconds something is due."""
        try:
            with Registry(self.dbname).cursor() as cr:
                cr.execute = self._polite(cr.execute, me)
                cr.commit = self._telling(cr)
                due = self._drain_with(cr, me)
            me.failures = 0
            return due
        except psycopg2.Error as error:
            # The database is away, or has no connection left.
            me.failures = min(getattr(me, "failures", 0) + 1, MAX_FAILURES)
            _logger.warning("CallGear: notifications have to wait: %s", error)
            return 2.0**me.failures

    def _polite(self, execute, me):
        """Let answers that are on their way go first, before each statement of a thread.

        Python runs one thread of a process at a time, so a notification's answer would
        share its time with the work on others; the work is what can wait.
        """
        me.politeness, me.quiet = POLITENESS_LOOKED_AT, 0.0

        def polite(*args, **options):
            if me.politeness > 0:
                waited = gate.notifications.give_way(POLITE, me.quiet)
                me.politeness -= waited
                if self.threads.get(me):
                    self.threads[me] += waited  # not stuck, only polite
            return execute(*args, **options)

        return polite

    def _telling(self, cr):
        """Let the threads that tell pages go first, after each commit that has news."""
        commit = cr.commit

        def telling():
            has_news = "bus.bus.channels" in cr.postcommit.data
            commit()
            if has_news:
                time.sleep(TELLING)
                _keep_connection_for_news(self.dbname)

        return telling

    def _drain_with(self, cr, me):
        if rate.notifications.seconds_until_refusals(self.dbname) == 0:
            self._env(cr)["callgear.connection"]._note_refusals()
        busy = {}  # session that somebody else has locked → since when (monotonic)
        passed = set()  # of these, those that were found locked in this turn
        while not _stopping():
            env = self._env(cr)
            worked = self._work(env, me, passed)
            if worked:
                session, free = worked
                if free:
                    busy.pop(session, None)
                else:
                    passed.add(session)
                    busy.setdefault(session, time.monotonic())
                continue
            # Others are done with what was locked before, and is not any more.
            busy = {session: busy[session] for session in passed}
            self._put_off(env, busy)
            if not busy:
                return self._seconds_until_due(env)
            time.sleep(PAUSE)
            passed.clear()
        return None

    def _env(self, cr):
        """A fresh environment, with the configuration as it is now."""
        Registry(self.dbname).check_signaling(cr)
        cr.reset()
        env = api.Environment(cr, SUPERUSER_ID, {})
        self.limit = limit(env)
        cr.rollback()  # the work begins a transaction of its own kind
        return env

    def _work(self, env, me, passed):
        def begun(urgency):
            # Nobody waits longer for a popup than must be.
            looked_at = urgency <= LOOKED_AT
            me.politeness = POLITENESS_LOOKED_AT if looked_at else POLITENESS
            me.quiet = 0.0 if looked_at else QUIET

        self.threads[me] = time.monotonic()
        me.politeness, me.quiet = POLITENESS_LOOKED_AT, 0.0
        # Odoo restarts a server in which a thread takes longer than its limit of time.
        me.start_time = time.time()
        try:
            return env["callgear.event"]._work_on_next(passed, begun=begun)
        finally:
            me.start_time = None
            self.threads[me] = None

    @staticmethod
    def _put_off(env, busy):
        """Leave alone for a while what others have kept locked for long."""
        long_ago = time.monotonic() - BUSY
        for session in [key for key, since in busy.items() if since < long_ago]:
            env["callgear.event"]._put_off_session(*session)
            del busy[session]

    def _seconds_until_due(self, env):
        seconds = env["callgear.event"]._seconds_until_due()
        env.cr.rollback()
        refusals = rate.notifications.seconds_until_refusals(self.dbname)
        return min((s for s in (seconds, refusals) if s is not None), default=None)


def _keep_connection_for_news(dbname):
    """Have the connection ready with which Odoo will tell pages of the next news.

    Odoo makes one anew each time, which takes longer than any part of the work on a ringing
    phone. Its pool lends whatever connection it keeps, but keeps none to this database.
    """
    try:
        cr = db_connect("postgres").cursor()
        cr.dbname = dbname  # by this the pool decides
        cr.close()
    except psycopg2.Error:
        _logger.debug("CallGear: no connection for the next news", exc_info=True)


_all = {}
_all_lock = threading.Lock()
_stop = threading.Event()


def wake(dbname):
    """Have what was stored in a database worked on by this process. Never waits."""
    with _all_lock:
        drainers = _all.setdefault(dbname, Drainers(dbname))
    drainers.wake()


def _stopping():
    # A worker process ends with its main thread, a threaded server says so before.
    return _stop.is_set() or not threading.main_thread().is_alive()


CommonServer.on_stop(_stop.set)
