#!/usr/bin/env python3
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Hand notifications that nginx has kept over to Odoo, as soon as it takes them.

Runs for ever, as the user of nginx; see docs/reliability.md. A file is deleted after Odoo
has answered, so whatever kills this process, nothing is lost: what was handed over twice
is stored once. Needs Python 3.9 and nothing else.
"""

import argparse
import collections
import fcntl
import http.client
import json
import logging
import os
import re
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

# <spool>/<token>/<event>/<seconds>.<request>.<coding>.<charset>.json, as nginx names them.
NAME = re.compile(
    r"(?P<time>[0-9.]+)\.(?P<request>[0-9a-f]+)"
    r"\.(?P<coding>[a-zA-Z]*)\.(?P<charset>[\w.-]*)\.json"
)
# Odoo's last word: the file is of no use any more. All else is asked again later.
FINAL = {200, 400, 404, 405, 413}
# Seconds between two looks, while Odoo takes what it is given and while it does not.
LOOK, LONGEST = 2, 60
TIMEOUT = 30

log = logging.getLogger("callgear-replay")
# Straight to Odoo: no proxy of the environment lies between.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def waiting(spool):
    """The whole files in the spool, those that came first first."""
    found = (path for path in spool.glob("*/*/*.json") if NAME.fullmatch(path.name))
    return sorted(found, key=lambda path: float(path.name.rsplit(".", 4)[0]))


def post(odoo, path):
    """Hand one file over; return Odoo's answer as (status, seconds to wait or None)."""
    named = NAME.fullmatch(path.name)
    token, event = path.parts[-3:-1]
    kind = "application/json"
    if named["charset"]:
        kind += f"; charset={named['charset']}"
    headers = {"Content-Type": kind}
    if named["coding"]:
        headers["Content-Encoding"] = named["coding"]
    url = f"{odoo}/callgear/{token}/{event}"
    request = urllib.request.Request(url, path.read_bytes(), headers)
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            return _status(answer), None
    except urllib.error.HTTPError as error:
        with error:
            after = error.headers.get("Retry-After", "")
            return _status(error), int(after) if after.isdecimal() else None
    except (OSError, http.client.HTTPException):
        return 0, None


def _status(answer):
    """The status, if the answer is the addon's own; else 0.

    A web server without the addon, or without its database, knows nothing of it.
    """
    try:
        ours = "status" in json.loads(answer.read(65536))
    except (ValueError, TypeError):
        ours = False
    return answer.status if ours else 0


class Replayer:
    """Hands over what waits; what Odoo does not take now holds up nothing else."""

    def __init__(self, spool, odoo):
        self.spool, self.odoo = Path(spool), odoo.rstrip("/")
        self.pause = LOOK
        self._refused = collections.Counter()

    def once(self):
        """Hand over until nothing is left, or Odoo says "not now".

        :return: how many files were done with
        """
        done = 0
        # What was not taken goes to the end: one bad file must not stop all others.
        for path in sorted(waiting(self.spool), key=lambda p: self._refused[p.name]):
            try:
                status, after = post(self.odoo, path)
            except FileNotFoundError:
                continue
            if status not in FINAL:
                self._refused[path.name] += 1
                self.pause = max(after or 0, min(2 * self.pause, LONGEST))
                log.info("not taken now (%s): again in %s s", status, self.pause)
                return done
            path.unlink(missing_ok=True)
            self._refused.pop(path.name, None)
            self.pause = LOOK
            done += 1
            # Without the token, which is part of the folder's name.
            log.info("%s %s: %s", path.parent.name, path.name, status)
        return done

    def run(self):
        while True:
            self.once()
            time.sleep(self.pause)


def only_one(spool):
    """A lock that lasts as long as this process; None while another one has it."""
    descriptor = os.open(spool / ".replay.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    return descriptor


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spool", type=Path, default="/var/spool/callgear")
    parser.add_argument("--odoo", default="http://127.0.0.1:8069")
    parser.add_argument("--once", action="store_true", help="one round, then end")
    asked = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if not asked.spool.is_dir():
        return f"There is no folder {asked.spool}."
    if only_one(asked.spool) is None:
        return "Another one is running."
    replayer = Replayer(asked.spool, asked.odoo)
    if asked.once:
        replayer.once()
    else:
        replayer.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
