"""Finished training runs, kept on disk: a study that was stopped goes on where it was.

One file for each run, named by a hash of everything that determines it: the plan's data, the code
of the compiled loop, and the versions and the processor that turn it into machine code. A file is
written whole or not at all, and holds a hash of its own content: one that was damaged, or that
something else wrote, counts as missing and is written again.
"""

from __future__ import annotations

import hashlib
import platform
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

import numpy as np

from diagnose.training.compiled import Result

MAGIC = b"netdiagnose run 1\n"
# A run of a 784-10-10-10 network takes 64 kB, a default study some 300 of them.
LIMIT = 1 << 30
# Seconds; a run is written in far less.
OLD = 3600


@lru_cache(maxsize=1)
def _loop() -> bytes:
    """A hash of what turns a plan into numbers."""
    import llvmlite.binding
    import numba

    parts = [
        *(one.read_bytes() for one in sorted(Path(__file__).parent.glob("kernel*.py"))),
        Path(__file__).with_name("lanes.py").read_bytes(),
        f"{numba.__version__} {np.__version__} {platform.machine()} "
        f"{llvmlite.binding.get_host_cpu_name()}".encode(),
    ]
    return hashlib.blake2b(b"\0".join(parts), digest_size=16).digest()


class Store:
    """A folder of finished runs; made when the first one is kept.

    The oldest runs are removed when all together take more than ``limit`` bytes. A folder that
    cannot be written to keeps nothing and stops nothing.
    """

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.folder = folder
        self.limit = limit
        self._trimmed = False

    def path(self, key: bytes) -> Path:
        """The file of a run."""
        name = hashlib.blake2b(key + _loop(), digest_size=20).hexdigest()
        return self.folder / name[:2] / f"{name}.run"

    def get(self, key: bytes) -> Result | None:
        """A run kept earlier, or None if there is none, or none that is whole."""
        path = self.path(key)
        try:
            # What is no regular file is no run: a pipe would be waited for.
            content = path.read_bytes() if path.is_file() else b""
        except OSError:
            return None
        head = len(MAGIC) + 32
        body = content[head:]
        proof = hashlib.sha256(key + body).digest()
        if content[:head] != MAGIC + proof:
            return None
        numbers = np.frombuffer(body, np.float64)
        return Result(
            theta=numbers[2:].copy(), largest_logit=float(numbers[0]), unsafe=bool(numbers[1])
        )

    def put(self, key: bytes, result: Result) -> None:
        """Keep a run."""
        body = np.concatenate([[result.largest_logit, result.unsafe], result.theta]).tobytes()
        content = MAGIC + hashlib.sha256(key + body).digest() + body
        path = self.path(key)
        with suppress(OSError):
            self._trim()
            path.parent.mkdir(parents=True, exist_ok=True)
            # Named before it is there, so that Ctrl-C at any time leaves none behind.
            part = path.with_name(f"{uuid4().hex}.part")
            try:
                part.write_bytes(content)
                part.replace(path)
            except BaseException:
                part.unlink(missing_ok=True)
                raise

    def _trim(self) -> None:
        """Once: make room if there are too many old runs."""
        if self._trimmed:
            return
        self._trimmed = True
        for one in self.folder.rglob("*.part"):
            # Left by a process that was killed; one that still writes is younger.
            if time.time() - one.stat().st_mtime > OLD:
                one.unlink(missing_ok=True)
        files = [
            (one.stat().st_mtime, one.stat().st_size, one) for one in self.folder.rglob("*.run")
        ]
        total = sum(size for _, size, _ in files)
        for _, size, one in sorted(files, key=lambda file: file[0]):
            if total <= self.limit:
                break
            one.unlink(missing_ok=True)
            total -= size


def default_folder() -> Path:
    """Where runs are kept if nobody says otherwise: the system's folder for caches."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("netdiagnose", appauthor=False)) / "runs"
