# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R42: what bin/demo and the others write down of a command holds no token."""

import secrets
import sys

import pytest

from devtools import shell
from devtools.console import Problem

TOKEN = secrets.token_urlsafe(32)
ADDRESS = f"http://127.0.0.1:8069/callgear/{TOKEN}"


def run(log, script):
    return shell.run([sys.executable, "-"], what="It failed", log=log, stdin=script)


def test_r42_the_log_has_no_token_and_the_caller_does(tmp_path):
    log = tmp_path / "demo.log"
    output = run(log, f"print('WEBHOOK-URL={ADDRESS}')")
    assert output == f"WEBHOOK-URL={ADDRESS}\n"
    assert "WEBHOOK-URL=http://127.0.0.1:8069/callgear/***" in log.read_text()
    assert TOKEN not in log.read_text()


def test_r42_nor_has_what_is_shown_of_a_failure(tmp_path):
    with pytest.raises(Problem) as failure:
        run(None, f"print('{ADDRESS}/end'); raise SystemExit(1)")
    assert failure.value.output == "http://127.0.0.1:8069/callgear/***/end"


def test_paths_and_names_of_the_addon_stay(tmp_path):
    said = "/addons/callgear/callgear_integration/callgear/notification.py: 3 errors"
    run(tmp_path / "log", f"print('{said}')")
    assert said in (tmp_path / "log").read_text()
