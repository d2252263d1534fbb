# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The command line."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import requests

from simulator.cli import main, parser

ROOT = Path(__file__).parents[2]


def test_scenarios_are_listed(capsys):
    assert main(["scenarios"]) == 0
    listed = capsys.readouterr().out
    assert "blind-transfer" in listed and "live-group" in listed


def test_a_call_from_this_process(receiver, capsys):
    arguments = [
        "call",
        "answered",
        "--speed",
        "0",
        "--operator",
        '701234:"Sara H."',
        "--caller",
        "+97150 5550177",
    ]
    assert main([*arguments, "--webhook-url", receiver.url, "--tag", "Delivery"]) == 0
    assert receiver.events == ["legout", "handset", "endleg", "end", "recording"]
    assert receiver.bodies[0]["employee_info"]["employee_full_name"] == "Sara H."
    assert receiver.bodies[3]["call_info"]["tag_names"] == ["Delivery"]
    assert '200 {"status": "accepted"}' in capsys.readouterr().out


def test_refusals_show_in_the_exit_code(receiver):
    receiver.status = 404
    assert main(["call", "menu", "--speed", "0", "--webhook-url", receiver.url]) == 1


def test_a_call_through_a_running_simulator(simulator, receiver, capsys):
    assert (
        main(
            [
                "call",
                "missed",
                "--speed",
                "0",
                "--simulator",
                simulator.server.url,
                "--duplicate",
            ]
        )
        == 0
    )
    assert len(receiver.received) == 10
    assert capsys.readouterr().out.count("accepted") == 10


def test_mistakes_are_explained(receiver, capsys):
    assert main(["call", "live", "--webhook-url", receiver.url]) == 2
    assert "running simulator" in capsys.readouterr().err
    assert (
        main(["call", "menu", "--webhook-url", receiver.url, "--tz", "Mars/Base"]) == 2
    )
    assert "Mars/Base" in capsys.readouterr().err


def test_serve_until_terminated(receiver):
    # Started with SIGINT ignored, as a shell starts background processes.
    process = subprocess.Popen(
        [
            sys.executable,
            "-B",
            "-m",
            "simulator",
            "serve",
            "--port",
            "0",
            "--webhook-url",
            receiver.url,
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("simulator: ").strip()
        with requests.Session() as http:
            http.trust_env = False
            assert (
                http.get(f"{url}/api/settings", timeout=5).json()["webhook_url"]
                == receiver.url
            )
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def test_the_key_of_the_apis_can_be_chosen():
    assert parser().parse_args(["serve", "--api-key", "k"]).api_key == "k"
    assert parser().parse_args(["serve"]).api_key == "simulator-key"
