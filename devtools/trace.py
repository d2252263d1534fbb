# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl)
"""Which files of a folder Python enters, and how often it moves from one to another.

A *move* is a call of a function whose file is not that of the nearest caller inside of the
folder; frames of Odoo or of the standard library in between do not count, and neither do
returns. The first call, from outside, is a move too. Comprehensions, generator expressions
and lambdas belong to the function around them, and module bodies (imports) are no calls.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType


@dataclass(frozen=True)
class Move:
    """A call from one file into another; ``source`` is empty for calls from outside."""

    source: str
    target: str
    function: str


@dataclass
class Trace:
    """The files entered below a folder, and the moves in order; paths are relative."""

    folder: Path
    files: set[str] = field(default_factory=set)
    moves: list[Move] = field(default_factory=list)
    _paths: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Records the calls of this thread inside of the block."""
        sys.setprofile(self._note)
        try:
            yield
        finally:
            sys.setprofile(None)

    def _note(self, frame: FrameType, event: str, _value: object) -> None:
        if event != "call" or frame.f_code.co_name.startswith("<"):
            return
        target = self._file(frame)
        if not target:
            return
        self.files.add(target)
        caller = frame.f_back
        while caller and not self._file(caller):
            caller = caller.f_back
        source = self._file(caller) if caller else ""
        if source != target:
            self.moves.append(Move(source, target, frame.f_code.co_name))

    def _file(self, frame: FrameType) -> str:
        """The frame's file, relative to the folder; empty if it lies elsewhere."""
        name = frame.f_code.co_filename
        if name not in self._paths:
            path = Path(name)
            inside = path.is_relative_to(self.folder)
            self._paths[name] = str(path.relative_to(self.folder)) if inside else ""
        return self._paths[name]
