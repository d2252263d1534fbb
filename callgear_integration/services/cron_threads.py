# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Have scheduled actions go on after the database was away.

A threaded Odoo starts its threads for them once. One that finds no database when it looks
for work ends with an error, and nothing starts it again: nothing would be compared,
downloaded or watched any more. (A worker process that ends is replaced by Odoo itself.)
"""

import logging
import threading

from odoo.service import server

_logger = logging.getLogger(__name__)

PREFIX = "odoo.service.cron.cron"
# Names of the threads that this process has had.
_seen: set[str] = set()
_lock = threading.Lock()


def revive() -> None:
    """Start those threads again that are gone; costs next to nothing if none is."""
    alive = {
        thread.name
        for thread in threading.enumerate()
        if thread.name.startswith(PREFIX)
    }
    here = server.server
    with _lock:
        gone = _seen - alive
        _seen.update(alive)
        if not gone or not isinstance(here, server.ThreadedServer):
            return
        for name in gone:
            _logger.warning("CallGear: %s has ended, and is started again", name)
            number = int(name.removeprefix(PREFIX))
            thread = threading.Thread(
                target=here.cron_thread, args=(number,), name=name, daemon=True
            )
            thread.type = "cron"
            thread.start()
