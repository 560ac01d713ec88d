"""Files that a copy of a script may not change: those of the folder that it is a copy of.

A script that names a file by its whole path names that of its author, wherever it runs. So whoever
runs a copy has a process ended that is about to change such a file, and is told of which.

``python protected.py SCRIPT ARGUMENTS...`` runs a script so, as Python runs it.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# By these a process is told of which folder the files are, and where its copies lie.
FOLDER, COPIES = "NETDIAGNOSE_PROTECTED", "NETDIAGNOSE_COPIES"
# There it is written which file would have been changed.
NAMED = "protected.txt"
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# What else changes files, by how many names.
CHANGING = {"os.remove": 1, "os.rename": 2, "os.truncate": 1, "shutil.rmtree": 1}
# What Python keeps of modules it may write anywhere.
KEPT = "__pycache__"


@contextmanager
def protected(folder: Path, copies: Path) -> Iterator[None]:
    """Within the block no process that is begun changes a file in a folder, if it asks for that."""
    os.environ.update({FOLDER: str(folder.resolve()), COPIES: str(copies.resolve())})
    try:
        yield
    finally:
        del os.environ[FOLDER], os.environ[COPIES]


def protect() -> None:
    """End this process before it changes a file that is protected, if there are such."""
    if FOLDER not in os.environ:
        return
    folder, copies = Path(os.environ[FOLDER]), Path(os.environ[COPIES])  # which may lie in it

    def asked(event: str, given: tuple[Any, ...]) -> None:
        changes = given[2] & WRITING if event == "open" else event in CHANGING
        for name in given[: CHANGING.get(event, 1)] if changes else ():
            if not isinstance(name, str | bytes | os.PathLike):
                continue  # a file that is open already
            path = Path(os.fsdecode(name)).resolve()
            if folder in path.parents and copies not in path.parents and KEPT not in path.parts:
                (copies / NAMED).write_text(str(path), encoding="utf-8", errors="replace")
                os._exit(1)

    sys.addaudithook(asked)


if __name__ == "__main__":
    del sys.argv[0]
    sys.path[0] = str(Path(sys.argv[0]).parent)
    protect()
    runpy.run_path(sys.argv[0], run_name="__main__")
