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
from datetime import timedelta

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.server import CommonServer
from odoo.tools import config

from .. import clock
from ..models.bus_bus import CHANNELS
from ..models.callgear_event import LOOKED_AT, TOGETHER
from ..news import News
from ..tools import not_taken, rate
from ..transaction import begin_work, end_transaction, roll_back
from . import cron_threads, gate

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
# Seconds between two looks whether another process has changed the configuration, and
# between two starts of the cron that downloads recordings.
CONFIGURED, FETCHING = TOGETHER + 0.1, 5.0


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
        # When somebody has to look for work (monotonic), or None.
        self.look_at = None
        # When the download of recordings was last started, and whether it has to be again.
        self.fetched_at, self.must_fetch = float("-inf"), False
        # When this process has last asked whether the configuration has changed.
        self.configured_at = float("-inf")
        self.news = News()
        self.changed = threading.Condition()

    # ---------------------------------------------------------- called by others

    def wake(self, wait=0.0):
        """Something was stored and committed: have it worked on. Never waits.

        :param wait: seconds until it has to be looked at
        """
        now = time.monotonic()
        at = now + wait
        # Odoo asks for each request.
        self.configured_at = now
        with self.changed:
            if self.look_at is None or at < self.look_at:
                self.look_at = at
            if self.resting:
                self.changed.notify()
            elif self._has_room():
                self._start()
            elif not self.watched:
                self._watch()

    def fetches_now(self):
        """Return whether to start the download of recordings at once.

        Else it is started soon: each start takes more work than a recording does.
        """
        with self.changed:
            now = time.monotonic()
            self.must_fetch = now < self.fetched_at + FETCHING
            if not self.must_fetch:
                self.fetched_at = now
            return not self.must_fetch

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
                # Those that are stuck may have taken up what was left to look for.
                self.look_at = time.monotonic()
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
        me.callgear_drainers, me.callgear_news = self, self.news
        try:
            due = None
            while self._rest(me, due):
                due = self._drain(me)
        except Exception:
            _logger.exception("CallGear: the work on notifications was broken off")
        finally:
            with self.changed:
                self.threads.pop(me, None)
                is_last = not self.threads
            if is_last:
                self.news.close()

    def _rest(self, me, due):
        """Wait for something to do; return whether there is.

        :param due: in how many seconds something is, or None
        """
        until = time.monotonic() + (REST if due is None else due)
        with self.changed:
            self.resting += 1
            try:
                while not _stopping():
                    now = time.monotonic()
                    wanted = self._wanted_at()
                    if wanted is not None:
                        until = min(until, wanted) if due is not None else wanted
                    if now >= until:
                        due = due if wanted is None else 0
                        break
                    self.changed.wait(min(until - now, LOOK))
            finally:
                self.resting -= 1
            if due is None or _stopping():
                # Whoever stores something from now on starts another thread.
                self.threads.pop(me, None)
                return False
            if self.look_at is not None and self.look_at <= time.monotonic():
                self.look_at = None
            return True

    def _wanted_at(self):
        """Return when there is something to do (monotonic), or None; the lock is held."""
        wanted = (self.look_at, self._fetch_at())
        return min((at for at in wanted if at is not None), default=None)

    def _fetch_at(self):
        return self.fetched_at + FETCHING if self.must_fetch else None

    def _drain(self, me):
        """Work until nothing is left; return in how many seconds something is due."""
        try:
            with Registry(self.dbname).cursor() as cr:
                cron_threads.revive()
                cr.execute = self._polite(cr.execute, me)
                cr.commit = self._telling(cr)
                due = self._drain_with(cr, me)
                self._fetch(cr)
            me.failures = 0
            return due
        except psycopg2.Error as error:
            # The database is away, or has no connection left.
            me.failures = min(getattr(me, "failures", 0) + 1, MAX_FAILURES)
            with self.changed:
                # What is overdue would be tried again at once, and again.
                self.fetched_at = max(self.fetched_at, time.monotonic())
            _logger.warning("CallGear: notifications have to wait: %s", error)
            return 2.0**me.failures

    def _polite(self, execute, me):
        """Let answers that are on their way go first, before each statement of a thread.

        Python runs one thread of a process at a time, so a notification's answer would
        share its time with the work on others; the work is what can wait.
        """
        me.politeness, me.quiet, me.polite_at = POLITENESS_LOOKED_AT, 0.0, 0.0

        def polite(*args, **options):
            if me.politeness > 0 and time.monotonic() >= me.polite_at:
                waited = gate.notifications.give_way(POLITE, me.quiet)
                me.politeness -= waited
                me.polite_at = time.monotonic() + gate.TICK
                if self.threads.get(me):
                    self.threads[me] += waited  # not stuck, only polite
            return execute(*args, **options)

        return polite

    def _telling(self, cr):
        """Let the threads that tell pages go first, after each commit that has news."""
        commit = cr.commit

        def telling():
            has_news = CHANNELS in cr.postcommit.data
            commit()
            if has_news:
                time.sleep(TELLING)

        return telling

    def _fetch(self, cr):
        """Start the download of recordings if it has been left for later."""
        with self.changed:
            at = self._fetch_at()
            if at is None or at > time.monotonic():
                return
            self.must_fetch, self.fetched_at = False, time.monotonic()
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["callgear.recording"]._trigger()
        end_transaction(env)

    def _drain_with(self, cr, me):
        if rate.notifications.seconds_until_refusals(self.dbname) == 0:
            self._env(cr)["callgear.connection"]._note_refusals()
            cr.rollback()
        since = not_taken.notifications.pop(self.dbname)
        if since is not None:
            self._compare_calls(self._env(cr), since)
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
            cr.rollback()
            time.sleep(PAUSE)
            passed.clear()
        return None

    def _env(self, cr):
        """A fresh environment, with the configuration as it is now; begins a transaction.

        What this process has stored was received with what it knows of the configuration;
        that another process may know of more is asked now and then.
        """
        cr.rollback()
        cr.reset()
        env = api.Environment(cr, SUPERUSER_ID, {})
        begin_work(env)
        now = time.monotonic()
        if now - self.configured_at > CONFIGURED:
            self.configured_at = now
            Registry(self.dbname).check_signaling(cr)
            cr.reset()
            env = api.Environment(cr, SUPERUSER_ID, {})
        self.limit = limit(env)
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
            return env["callgear.event"]._work_on_one(
                passed, begun=begun, together=TOGETHER
            )
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

    def _compare_calls(self, env, since):
        """Have compared with CallGear's report what this process could not take in.

        :param float since: when that began (monotonic)
        """
        ago = timedelta(seconds=time.monotonic() - since)
        try:
            env["callgear.comparison"]._compare_since(clock.now(env) - ago)
            end_transaction(env)
        except psycopg2.OperationalError:
            not_taken.notifications.note(self.dbname, since)
            raise
        except Exception:
            # The work on notifications does not depend on it.
            _logger.exception("CallGear: no comparison with the report requested")
            roll_back(env)

    def _seconds_until_due(self, env):
        seconds = env["callgear.event"]._seconds_until_due(TOGETHER)
        env.cr.rollback()
        refusals = rate.notifications.seconds_until_refusals(self.dbname)
        due = min((s for s in (seconds, refusals) if s is not None), default=None)
        # What is due and was not found is in another worker's hands at this moment.
        return None if due is None else max(due, PAUSE)


_all = {}
_all_lock = threading.Lock()
_stop = threading.Event()


def wake(dbname, wait=0.0):
    """Have what was stored in a database worked on by this process. Never waits.

    :param wait: seconds until it has to be looked at
    """
    with _all_lock:
        drainers = _all.setdefault(dbname, Drainers(dbname))
    drainers.wake(wait)


def _ask_soon(dbname):
    """Something was not taken in: look whether the database is back."""
    wake(dbname, 2.0)


def fetches_now():
    """Return whether new recordings are to be downloaded at once, see ``Drainers``."""
    drainers = getattr(threading.current_thread(), "callgear_drainers", None)
    return drainers is None or drainers.fetches_now()


def _stopping():
    # A worker process ends with its main thread, a threaded server says so before.
    return _stop.is_set() or not threading.main_thread().is_alive()


CommonServer.on_stop(_stop.set)
not_taken.notifications.listeners.append(_ask_soon)
