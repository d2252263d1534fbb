# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The real nginx, with the configuration of docs/nginx, in a folder of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from devtools.console import Problem
from devtools.debian_package import program
from devtools.paths import ROOT
from devtools.ports import HOST, free_port
from devtools.process import Process

from ..waiting import wait_until

DOCS = ROOT / "docs" / "nginx"
MAIN = """
{user}
daemon off;
pid {folder}/pid;
error_log {folder}/error.log info;
events {{ worker_connections 512; }}
http {{
    access_log {folder}/unmasked.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/callgear-http.conf;
    server {{
        listen {host}:{port};
        include {folder}/callgear-server.conf;
        location / {{ proxy_pass http://callgear_odoo; }}
    }}
}}
"""


def executable():
    """nginx of this machine, or of its release."""
    installed = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    try:
        found = installed or program("nginx", "usr/sbin/nginx")
    except Problem as problem:
        pytest.skip(f"allowed: no nginx on this machine: {problem.message}")
    told = subprocess.run([found, "-V"], capture_output=True, text=True)
    if "http_dav_module" not in told.stderr:
        pytest.skip(f"allowed: {found} does not run, or has no http_dav_module")
    return str(found)


class Nginx:
    """Listens on a port in front of nodes of Odoo, as a context manager."""

    def __init__(self, *ports):
        self.program, self.port = executable(), free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="nginx-"))
        self.folder.chmod(0o755)
        self.spool = self.folder / "spool"
        self.spool.mkdir(mode=0o700)
        nodes = "".join(
            f"server {HOST}:{port} max_fails=1 fail_timeout=2s;\n" for port in ports
        )
        for name in ("callgear-http.conf", "callgear-server.conf"):
            text = (DOCS / name).read_text()
            text = text.replace(
                f"server {HOST}:8069 max_fails=1 fail_timeout=2s;", nodes
            )
            text = text.replace("/run/callgear-spool.sock", f"{self.folder}/sock")
            text = text.replace("/var/spool/callgear", str(self.spool))
            text = text.replace("/var/log/nginx", str(self.folder))
            (self.folder / name).write_text(text)
        user = "user root;" if os.geteuid() == 0 else ""
        config = MAIN.format(user=user, folder=self.folder, host=HOST, port=self.port)
        (self.folder / "nginx.conf").write_text(config)
        self._process = Process(f"nginx on port {self.port}", self.folder / "out")

    @property
    def url(self):
        return f"http://{HOST}:{self.port}"

    @property
    def kept(self):
        """The bodies in the spool."""
        return sorted(self.spool.glob("*/*/*.json"))

    @property
    def logged(self):
        return "".join(
            self.folder.joinpath(name).read_text()
            for name in ("access.log", "unmasked.log", "error.log", "out")
        )

    def __enter__(self):
        config, log = self.folder / "nginx.conf", self.folder / "error.log"
        words = [self.program, "-p", self.folder, "-c", config, "-e", log]
        self._process.start([str(word) for word in words], os.environ)
        wait_until(
            self._listens, what=lambda: self._process.log_tail() + log.read_text()
        )
        return self

    def _listens(self):
        try:
            socket.create_connection((HOST, self.port)).close()
        except OSError:
            return False
        return True

    def __exit__(self, *_error):
        self._process.stop()
        shutil.rmtree(self.folder)
