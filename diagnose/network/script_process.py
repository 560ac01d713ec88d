"""A script of somebody's, run by Python in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from diagnose.network.other_process import bind, guarded

# What a script finds in its surroundings: no window opens, and what it prints can be read.
WINDOWLESS = {"MPLBACKEND": "Agg", "PYTHONIOENCODING": "utf-8"}
# Where what it prints is kept.
PRINTED = "output.txt"


def begin_script(
    command: Sequence[str], folder: Path, printed: Path, errors: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Have Python run a command in a folder, until this process ends at the latest.

    printed: the file into which it prints. errors: where what it says of errors goes, which
    ``subprocess.STDOUT`` puts into the same file.
    """
    command, known = guarded([sys.executable, *command])
    with printed.open("wb") as output:
        begun = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **WINDOWLESS}, stdin=subprocess.DEVNULL,
            stdout=output, stderr=errors, **known,
        )  # fmt: skip
    bind(begun)
    return begun
