"""Files that a copy of a script may not touch: those of the folder that it is a copy of.

A script that names a file by its whole path names that of its author, wherever it runs. So whoever
runs a copy has what opens such a file for writing ended, and told.

``python spared.py SCRIPT ARGUMENTS...`` runs a script so, as Python runs it.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# By these a process is told of which folder the files are, and where to tell of one.
FOLDER, TOLD = "NETDIAGNOSE_SPARED", "NETDIAGNOSE_TOLD"
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# What Python keeps of modules it may write anywhere.
KEPT = "__pycache__"
# What else changes a file that is named first.
CHANGING = {"os.remove", "os.rename", "os.truncate", "sqlite3.connect"}


@contextmanager
def spared(folder: Path, told: Path) -> Iterator[None]:
    """Within the block no process that is begun changes a file in a folder, if it asks for that.

    told: the file that says which it would have changed.
    """
    os.environ.update({FOLDER: str(folder), TOLD: str(told)})
    try:
        yield
    finally:
        del os.environ[FOLDER], os.environ[TOLD]


def spare() -> None:
    """End this process before it changes a file that is to be spared, if there are such."""
    folder, told = os.environ.get(FOLDER), os.environ.get(TOLD)
    if folder and told:
        own = os.path.dirname(os.path.dirname(told))  # may lie in there
        sys.addaudithook(_hook(*(os.path.join(one, "") for one in (folder, own)), told))


def _hook(folder: str, own: str, told: str) -> Any:
    def asked(event: str, given: tuple[Any, ...]) -> None:
        if event == "open":
            changes = isinstance(given[2], int) and given[2] & WRITING
        else:
            changes = event in CHANGING
        if not changes or not isinstance(given[0], str | bytes | os.PathLike):
            return
        path = os.path.abspath(os.fsdecode(given[0]))
        if path.startswith(folder) and not path.startswith(own) and KEPT not in path:
            descriptor = os.open(told, os.O_WRONLY | os.O_CREAT)
            os.write(descriptor, os.fsencode(path))
            os._exit(1)

    return asked


if __name__ == "__main__":
    del sys.argv[0]
    sys.path[0] = str(Path(sys.argv[0]).parent)
    spare()
    runpy.run_path(sys.argv[0], run_name="__main__")
