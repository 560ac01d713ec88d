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
# Where what it prints is kept, and what it says of errors.
PRINTED, ERRORS = "output.txt", "errors.txt"


def begin_script(
    command: Sequence[str], folder: Path, printed: Path, errors: Path = Path(os.devnull)
) -> subprocess.Popen[bytes]:
    """Have Python run a command in a folder, until this process ends at the latest.

    printed: the file into which it prints. errors: the file that takes what it says of errors.
    """
    command, known = guarded([sys.executable, *command])
    with printed.open("wb") as output, errors.open("wb") as beside:
        begun = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **WINDOWLESS}, stdin=subprocess.DEVNULL,
            stdout=output, stderr=beside, **known,
        )  # fmt: skip
    bind(begun)
    return begun
