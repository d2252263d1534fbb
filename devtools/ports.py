# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Ports of this machine: free ones, taken ones, and waiting for an answer."""

from __future__ import annotations

import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from .console import Problem

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def require_free(port: int, option: str) -> None:
    """Stops before the long work when a port cannot be had anyway."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Problem(
                f"Port {port} cannot be used ({error.strerror}).",
                f"stop what listens there, or choose another one: {option} {port + 1}",
            ) from error


def wait_until_answers(
    url: str, *, alive: Callable[[], bool], seconds: float = 120
) -> bool:
    """Whether ``url`` answers 200 in time; gives up when the process is gone."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and alive():
        try:
            with opener.open(url, timeout=30) as answer:
                if answer.status == 200:
                    return True
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(0.1)
    return False
