# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""CPU of processes, as the benchmarks count it."""

import os
import subprocess
import sys
from types import SimpleNamespace

from benchmarks import cpu
from benchmarks.bench_cpu import Cost, Side, Used

ENOUGH = 0.25  # the system counts in hundredths
BURN = "import time\nwhile time.process_time() < 0.3: pass\n"
# Ends after its child, and after it was told to.
PARENT = """
import subprocess, sys
subprocess.run([sys.executable, "-c", sys.argv[1]])
print("burnt", flush=True)
sys.stdin.read()
"""


def started(script, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_a_child_that_has_ended_still_counts():
    before = cpu.used(os.getpid())
    subprocess.run([sys.executable, "-c", BURN], check=True)
    assert cpu.used(os.getpid()) - before >= ENOUGH


def test_what_a_descendant_has_started_counts():
    before = cpu.used(os.getpid())
    with started(PARENT, BURN) as parent:
        parent.stdout.readline()
        assert cpu.used(os.getpid()) - before >= ENOUGH


def test_a_descendant_may_be_left_out():
    with started(
        BURN + "print('burnt', flush=True)\nimport sys\nsys.stdin.read()"
    ) as one:
        one.stdout.readline()
        with_it, without = cpu.used(os.getpid()), cpu.used(os.getpid(), [one.pid])
    assert with_it - without >= ENOUGH


def test_the_starter_of_a_connections_process():
    with started("import sys\nsys.stdin.read()") as backend:
        assert cpu.postmaster(backend.pid) == os.getpid()


def test_what_is_used_without_any_work_is_taken_off():
    side = Side(server=SimpleNamespace(pid=1), make=lambda: None, times=1)
    idle = Used({1: 4.0, 2: 90.0}, postgresql=2.0, seconds=2.0)
    used = Used({1: 100.0, 2: 90.0}, postgresql=50.0, seconds=10.0)
    assert used.cost(side, 10, idle) == Cost(odoo=8.0, postgresql=4.0)
