# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""A server that speaks S3 (moto), in a process of its own, with one empty bucket."""

from __future__ import annotations

import json
from types import TracebackType

import requests

from .environment import Environment
from .ports import HOST, free_port
from .process import Process

BUCKET = "callgear"


class S3Server:
    """Runs as a context manager, or by start() and stop()."""

    def __init__(self, environment: Environment):
        self.environment = environment
        self.port = free_port()
        log = environment.folder / "logs" / f"s3-{self.port}.log"
        self._process = Process(f"S3 on port {self.port}", log)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def storage(self) -> dict[str, str]:
        """Values of a record of OCA's ``fs.storage``, for the recordings alone."""
        options = {"endpoint_url": self.url, "key": "test", "secret": "test"}
        return {
            "name": "S3",
            "code": "s3",
            "protocol": "s3",
            "directory_path": BUCKET,
            "options": json.dumps(options),
            "model_xmlids": "callgear_integration.model_callgear_recording",
        }

    def start(self) -> S3Server:
        words = ["-m", "moto.server", "--host", HOST, "--port", str(self.port)]
        command = [str(self.environment.venv.python), *words]
        self._process.start(command, self.environment.variables())
        self._process.wait_until_answers(f"{self.url}/moto-api/")
        requests.put(f"{self.url}/{BUCKET}", timeout=30).raise_for_status()
        return self

    def stop(self) -> None:
        self._process.stop()

    def __enter__(self) -> S3Server:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
