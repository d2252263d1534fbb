# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Benchmarks are run by hand: here each is at least imported."""

import importlib

import pytest

from devtools.paths import ROOT


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in (ROOT / "benchmarks").glob("bench_*.py"))
)
def test_each_benchmark_can_be_run(name):
    assert callable(importlib.import_module(f"benchmarks.{name}").run)
