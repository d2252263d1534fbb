# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""What the user sees: one line per step with its duration; failures say what to do."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Problem(Exception):
    """A step could not be done. ``advice`` is what the user can do about it."""

    def __init__(self, message: str, advice: str = "", output: str = ""):
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.output = output


def say(text: str) -> None:
    """A line of progress; on stderr, so that stdout carries results only."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announces a step that takes noticeable time, then says how long it took."""
    started = time.monotonic()
    say(f"-> {title} ...")
    try:
        yield
    except BaseException:
        say(f"   {title}: stopped after {time.monotonic() - started:.1f} s")
        raise
    say(f"   done in {time.monotonic() - started:.1f} s")


def report(problem: Problem) -> None:
    """Prints a problem: the command's output, what went wrong, what to do."""
    if problem.output:
        say(problem.output.rstrip())
    say(f"\nFAILED: {problem.message}")
    if problem.advice:
        say(f"What to do: {problem.advice}")


def main(run: Callable[[list[str]], int]) -> None:
    """Runs a command of bin/ and turns problems into messages and exit codes."""
    if not (3, 10) <= sys.version_info[:2] <= (3, 13):
        report(
            Problem(
                f"Python {sys.version.split()[0]} cannot run Odoo 19 here.",
                "use Python 3.10 to 3.13, for instance: python3.11 bin/demo",
            )
        )
        sys.exit(2)
    try:
        sys.exit(run(sys.argv[1:]))
    except Problem as problem:
        report(problem)
        sys.exit(2)
    except KeyboardInterrupt:
        say("interrupted")
        sys.exit(130)
