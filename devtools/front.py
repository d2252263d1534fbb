# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""One address for an Odoo with workers.

Such an Odoo has two ports: pages, and the websocket in a process of its own; a web
server in front sends each request to the right one. This does the same for demos and
tests with nothing installed: it reads the first line of a connection and then passes
bytes through. That is enough because Odoo closes every connection after one answer.
"""

from __future__ import annotations

import asyncio
import threading

from .ports import HOST

LINE_LIMIT = 16 * 1024
BACKLOG = 512


class Front:
    """Listens on ``port`` in a thread of its own."""

    def __init__(self, port: int, http_port: int, websocket_port: int):
        self.port = port
        self._http_port = http_port
        self._websocket_port = websocket_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="front", daemon=True)
        self._ready = threading.Event()
        self._error: OSError | None = None

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()
        if self._error:
            raise self._error

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    def _run(self) -> None:
        try:
            listener = self._loop.run_until_complete(
                asyncio.start_server(
                    self._serve, HOST, self.port, limit=LINE_LIMIT, backlog=BACKLOG
                )
            )
        except OSError as error:
            self._error = error
            return
        finally:
            self._ready.set()
        self._loop.run_forever()
        listener.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self._loop.run_until_complete(asyncio.wait(tasks))
        self._loop.close()

    async def _serve(
        self, client: asyncio.StreamReader, answer: asyncio.StreamWriter
    ) -> None:
        server = None
        try:
            first_line = await client.readline()
            words = first_line.split(b" ")
            path = words[1] if len(words) > 1 else b""
            is_websocket = path.startswith(b"/websocket")
            port = self._websocket_port if is_websocket else self._http_port
            source, server = await asyncio.open_connection(HOST, port)
            server.write(first_line)
            upload = asyncio.ensure_future(_pass(client, server, half_close=True))
            await _pass(source, answer)
            upload.cancel()
        except (OSError, ValueError):  # a closed connection, a line beyond the limit
            pass
        finally:
            for writer in (answer, server):
                if writer:
                    writer.close()


async def _pass(
    source: asyncio.StreamReader,
    target: asyncio.StreamWriter,
    half_close: bool = False,
) -> None:
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
        if half_close:
            target.write_eof()
    except OSError:
        pass
