# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A recording of an hour: its first byte, a seek near its end, and memory.

Heard by an agent over HTTP, from Odoo's file store and from S3 (OCA's fs_attachment_s3 and
a server that speaks S3). The yardstick is an ordinary attachment of the same ticket in the
file store, by the same route of Odoo; of what comes from S3, and the time that the S3
server itself takes to give out the same bytes.
"""

from __future__ import annotations

import http.client
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import requests

from benchmarks.calls import SARA, incoming
from benchmarks.context import Context, Row
from benchmarks.verdict import Attempt, settle
from devtools import installed_database
from devtools.console import Problem
from devtools.ports import HOST
from devtools.s3_server import BUCKET, S3Server
from devtools.server import OdooServer

LOGIN = "sara"
# Bytes of an hour of 64 kbit/s, and of the largest that is fetched unless told otherwise.
SIZES = {"60 minutes, 29 MB": 28_800_000, "95 MB": 95 * 1024 * 1024}
SEEK = 0.95
# How much SeekableStream reads ahead.
BLOCK = 512 * 1024
MAX_RATIO, MAX_MEGABYTES = 1.2, 20
LISTENERS = 2
# Of each download: much more than may be in memory.
READ, READ_FIRST = 64 * 1024 * 1024, 4 * 1024 * 1024
# The S3 server looks no closer.
SIGNED = {"Authorization": "AWS test"}
ODOO, FILES, S3, S3_ITSELF = "Odoo's own", "file store", "S3", "the S3 server itself"

# Three times the same content: an attachment of the ticket, a recording in the file store,
# and, once the storage is there, a recording on S3.
FILL = """
import json, random, resource, tempfile
from odoo.addons.callgear_integration.callgear.download import Audio
connection = env["callgear.connection"].search([], limit=1)
for event, body in {told}:
    connection._receive(event, body)
env.cr.commit()
while env["callgear.event"]._work_on_next():
    pass
leg = env["callgear.leg"].search([("ticket_id.user_id.login", "=", {login!r})], limit=1)
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

def keep(size, number):
    with tempfile.TemporaryFile() as file:
        piece = random.Random(size).randbytes(2**16)
        file.write(b"ID3")
        for _ in range(size // 2**16):
            file.write(piece)
        file.truncate(size)
        recording = env["callgear.recording"].create(dict(
            call_id=leg.call_id.id, leg_id=leg.id, url="https://x.invalid/%s" % number))
        before = peak()
        recording._keep(Audio(file, "audio/mpeg"))
        return recording.attachment_id, peak() - before

found = {{}}
for name, size in {sizes}.items():
    files, _memory = keep(size, "file " + name)
    ticket = dict(res_model="helpdesk.ticket", res_id=leg.ticket_id.id)
    own = env["ir.attachment"]._callgear_create_from_file(
        dict(name="own.mp3", mimetype="audio/mpeg", **ticket),
        open(files._full_path(files.store_fname), "rb"))
    found[name] = [own.id, files.id]
env["fs.storage"].create({storage})
keep(2**20, "first")
for name, size in {sizes}.items():
    remote, memory = keep(size, "S3 " + name)
    found[name] += [remote.id, remote.store_fname.partition("://")[2], memory]
env.cr.commit()
print("FOUND=" + json.dumps(found))
"""


@dataclass(frozen=True)
class Side:
    """Where a recording is asked for."""

    port: int
    path: str
    headers: dict[str, str]

    def first_byte(self, start: int, end: str = "") -> float:
        """Milliseconds from the request to the first byte of a part."""
        headers = {**self.headers, "Range": f"bytes={start}-{end}"}
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        began = time.perf_counter()
        try:
            connection.request("GET", self.path, headers=headers)
            answer = connection.getresponse()
            answer.read(1)
            took = (time.perf_counter() - began) * 1000
        finally:
            connection.close()  # as players do: the rest is not wanted
        if answer.status != 206:
            raise Problem(f"{self.path} answers {answer.status} for a part, not 206.")
        return took

    def read(self, size: int) -> None:
        """As by a download that ends after so many bytes."""
        url = f"http://{HOST}:{self.port}{self.path}"
        with requests.get(url, headers=self.headers, stream=True, timeout=60) as got:
            pieces = got.iter_content(65536)
            while size > 0 and (piece := next(pieces, b"")):
                size -= len(piece)


def run(context: Context) -> list[Row]:
    rows: list[Row] = []
    with (
        installed_database.dropped(context.environment, "audio") as database,
        S3Server(context.environment) as s3,
    ):
        database.copy_from(context.database)
        database.install("fs_attachment_s3")
        context = replace(context, database=database)
        found = _fill(context, s3)
        with context.server() as server:
            cookie = {"Cookie": f"session_id={_session(server)}"}
            for name, (*ids, path, stored) in found.items():
                sides = {
                    side: Side(server.port, f"/web/content/{number}", cookie)
                    for side, number in zip((ODOO, FILES, S3), ids, strict=True)
                }
                sides[S3_ITSELF] = Side(s3.port, f"/{BUCKET}/{path}", SIGNED)
                for what, share in (("first byte", 0), (f"seek to {SEEK:.0%}", SEEK)):
                    start = int(SIZES[name] * share)
                    measure = partial(_measure, context, name, what, sides, start)
                    rows += settle(f"{name}, {what}", measure)
                rows += _memory(name, server, sides)
                rows.append(
                    Row(name, "stored on S3", stored, "MB", target=MAX_MEGABYTES)
                )
    return rows


def _fill(context: Context, s3: S3Server) -> dict[str, list]:
    told = [(one.event, one.body) for one in incoming(1, employee=SARA).deliveries]
    script = FILL.format(login=LOGIN, sizes=SIZES, storage=s3.storage, told=told)
    output = context.database.shell(script, "Storing recordings failed")
    return json.loads(output.rpartition("FOUND=")[2])


def _session(server: OdooServer) -> str:
    params = {"db": server.database, "login": LOGIN, "password": LOGIN}
    url = f"{server.url}/web/session/authenticate"
    return requests.post(url, json={"params": params}, timeout=60).cookies["session_id"]


def _measure(
    context: Context, name: str, what: str, sides: dict[str, Side], start: int
) -> Attempt:
    """Rounds in which the sides take turns; the first one warms up."""
    rounds, each = (3, 5) if context.quick else (7, 20)
    ends = {S3_ITSELF: str(start + BLOCK - 1)}
    medians: dict[str, list[float]] = {side: [] for side in sides}
    for number in range(rounds + 1):
        times: dict[str, list[float]] = {side: [] for side in sides}
        for _ in range(each):
            for side, one in sides.items():
                times[side].append(one.first_byte(start, ends.get(side, "")))
        for side, taken in times.items():
            if number:
                medians[side].append(statistics.median(taken))
    own, files, remote, itself = (statistics.median(medians[side]) for side in sides)
    case = f"{name}, {what}"
    rows = [
        Row(case, f"{ODOO}, 50 %", own, "ms"),
        Row(case, f"{FILES}, 50 %", files, "ms"),
        Row(case, f"{S3_ITSELF}, 50 %", itself, "ms"),
        Row(case, f"{S3}, 50 %", remote, "ms"),
        Row(case, f"{FILES} / {ODOO}", files / own, "x", target=MAX_RATIO),
        Row(case, f"{S3} / ({ODOO} + {S3_ITSELF})", remote / (own + itself), "x",
            target=MAX_RATIO),
    ]  # fmt: skip
    return Attempt(rows, medians[ODOO])


def _memory(name: str, server: OdooServer, sides: dict[str, Side]) -> Iterator[Row]:
    """What the server needs more while several people download at once."""
    for side, most in ((ODOO, None), (FILES, MAX_MEGABYTES), (S3, MAX_MEGABYTES)):
        read = sides[side].read
        _at_once(partial(read, READ_FIRST))  # what is loaded once is loaded
        with _growth(server.pid) as megabytes:
            _at_once(partial(read, READ))
        case = f"{name}, {LISTENERS} downloads at once"
        yield Row(case, f"{side}, memory", megabytes(), "MB", target=most)


def _at_once(function: Callable[[], None]) -> None:
    threads = [threading.Thread(target=function) for _ in range(LISTENERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def _growth(pid: int) -> Iterator[Callable[[], float]]:
    """Gives a function: how many MB the process has needed more, at its peak, inside."""
    process = Path("/proc", str(pid))

    def peak() -> float:
        status = (process / "status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 1024

    (process / "clear_refs").write_text("5")  # the peak is now what is in use now
    before = peak()
    yield lambda: peak() - before
