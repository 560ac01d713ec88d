"""Folders for a while, which are gone once this process has ended, however it ends.

They lie in one of this process. Its guard takes that away at the end; what was left even so, the
next process that needs one does. Whether its process lives tells a lock on a file in it.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import IO

from diagnose.errors import BadInputError
from diagnose.network import guard
from diagnose.network.other_process import tell_guard

BEGINNING, LOCK, UNLOCKED = "netdiagnose-", "lock", "new"
# Bytes: some blocks of a disk, which one file may need before it is refused.
HARDLY_ANY = 1 << 16


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder of its own; BadInputError where none can be made."""
    try:
        return tempfile.TemporaryDirectory(dir=_own()[0], ignore_cleanup_errors=True)
    except OSError as error:
        raise BadInputError(
            f"no folder for temporary files can be made ({error.strerror or error}); make room, or "
            "name another in TMPDIR"
        ) from error


@cache
def _own() -> tuple[Path, IO[bytes]]:
    """The folder of this process, and its lock, which is held as long as the process lives."""
    _clear()
    folder = Path(tempfile.gettempdir(), f"{BEGINNING}{secrets.token_hex(8)}")
    tell_guard(guard.FOLDER, os.fsencode(folder))
    folder.mkdir(mode=0o700)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    lock = (folder / (LOCK if sys.platform == "win32" else UNLOCKED)).open("wb")
    atexit.register(lock.close)
    if _is_locked(lock):  # from now on it may be taken for one that is left
        (folder / UNLOCKED).rename(folder / LOCK)
    return folder, lock


def is_full(folder: str | Path) -> bool:
    """Whether there is hardly any room left where a folder lies: what was written last may lack."""
    return shutil.disk_usage(folder).free < HARDLY_ANY


def _clear() -> None:
    """Take away the folders of processes that live no more."""
    for lock in Path(tempfile.gettempdir()).glob(f"{BEGINNING}*/{LOCK}"):
        try:
            if sys.platform == "win32":
                lock.unlink()  # refused as long as somebody has it open
            else:
                with lock.open("rb+") as file:
                    if not _is_locked(file):
                        continue
            shutil.rmtree(lock.parent, ignore_errors=True)
        except OSError:
            continue  # another user's


def _is_locked(file: IO[bytes]) -> bool:
    """Lock a file for this process; False where another one has it locked, or none can be."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
