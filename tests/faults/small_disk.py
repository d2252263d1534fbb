# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A file system of a few megabytes that can be filled."""

import subprocess
from contextlib import contextmanager

import pytest

BLOCK = bytes(4096)


@contextmanager
def mounted(folder, size):
    """Mount a small file system there; skips the test where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", folder]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"allowed: only root may mount a small disk: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        # Whoever still has a file open keeps it, and it alone.
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def full(folder):
    """No byte is left on the file system meanwhile."""
    ballast = folder / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(256 * BLOCK):
                    pass
            except OSError:
                pass
            try:
                while file.write(BLOCK):
                    pass
            except OSError:
                pass
        yield
    finally:
        ballast.unlink()
