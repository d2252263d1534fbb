# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tell the processes that serve pages of news on the bus, by a connection that is kept.

Odoo makes a connection for each transaction that has news, and closes it: for a ringing
phone that takes longer than any part of the work on it.
"""

import logging
import threading

import psycopg2

from odoo.sql_db import db_connect
from odoo.tools import SQL

from odoo.addons.bus.models.bus import ODOO_NOTIFY_FUNCTION, get_notify_payloads

_logger = logging.getLogger(__name__)


class News:
    """The connection for news of the threads that work on notifications."""

    def __init__(self):
        self._lock = threading.Lock()
        self._cr = None

    def tell(self, channels):
        """Have whoever listens look for what is new. Does not raise: that is stored.

        :param channels: the bus channels that have news, as Odoo collects them
        """
        payloads = get_notify_payloads(list(channels))
        with self._lock:
            try:
                try:
                    self._send(payloads)
                except psycopg2.Error:
                    # PostgreSQL may have been started again since the last news.
                    self._forget()
                    self._send(payloads)
            except psycopg2.Error:
                self._forget()
                _logger.warning("CallGear: pages were not told", exc_info=True)

    def close(self):
        """Give the connection back; the next news make one."""
        with self._lock:
            self._forget()

    def _send(self, payloads):
        if self._cr is None:
            self._cr = db_connect("postgres").cursor()
        for payload in payloads:
            notify = SQL.identifier(ODOO_NOTIFY_FUNCTION)
            self._cr.execute(SQL("SELECT %s('imbus', %s)", notify, payload))
        self._cr.commit()  # pylint: disable=invalid-commit

    def _forget(self):
        cr, self._cr = self._cr, None
        if cr:
            try:
                cr.close()
            except psycopg2.Error:
                _logger.debug("CallGear: a connection was lost", exc_info=True)


def of_this_thread():
    """Return how the thread tells of news, or None if Odoo does."""
    return getattr(threading.current_thread(), "callgear_news", None)
