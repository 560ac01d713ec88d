"""Read a network out of a script: run it watched, in a process of its own, and certify it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from diagnose.errors import BadInputError
from diagnose.network.authors_code import described
from diagnose.network.record import Network
from diagnose.watching.certificate import certify
from diagnose.watching.contract import network_of
from diagnose.watching.handover import Handover, Parted, read_told
from diagnose.watching.telling import Told

CHILD = Path(__file__).with_name("child.py")
# A script that shows no training for so long is stopped.
SECONDS = 120.0
SPARE = 60.0
# Once its network is read, a script may run on for so long: then it is also seen how it predicts.
FURTHER = 15.0


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What came of watching a script.

    network: certified, or None. parted: where the reading stopped, if there is none. roles: what
    was read, each ``{line, text}``. steps: how many steps of the training were seen. output: what
    the script printed until it was stopped. seen: what the run told by itself, network or not.
    """

    script: str
    network: Network | None
    parted: Parted | None
    roles: dict[str, dict[str, Any]]
    steps: int
    output: str
    seen: tuple[Told, ...] = ()

    def refused(self, reason: str) -> Watched:
        """The same without a network: for one that was read rightly, and cannot be diagnosed."""
        line = int(self.roles.get("training loop", {}).get("line", 0))
        return replace(
            self, network=None, parted=Parted(file=self.script, line=line, reason=reason)
        )

    def told(self) -> dict[str, Any]:
        """What a report says of it."""
        return {
            "script": self.script,
            "steps": self.steps,
            "certified": self.network is not None,
            "parted": asdict(self.parted) if self.parted else None,
            "roles": self.roles,
        }


def watch(
    script: Path,
    arguments: Sequence[str] = (),
    seconds: float = SECONDS,
    further: float = 0.0,
) -> Watched:
    """Watch a script until enough was seen of its training, and read its network.

    arguments: the script's own. seconds: how long to wait for a training; further: how long it may
    run on after that. Raises BadInputError for a script that cannot be run, or stops before it
    trains.
    """
    path = script.resolve()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        read, output = _run(path, folder, arguments, seconds, further)
        told = read_told(folder)
    if read is None:
        raise BadInputError(
            f"{script}: no training was seen within {seconds:.0f} s; nothing can be read from it"
        )
    if read.trouble is not None:
        raise BadInputError(f"{script} stopped before it trained: {read.trouble}")
    network, parted = None, read.parted
    if parted is None:
        try:
            network = network_of(read, path)
            parted = certify(network, read, path)
        except Exception as error:  # what was read is the author's code, which may raise anything
            reason = f"what was read, run again, stops with {described(error)}"
            parted = Parted(file=str(path), line=int(read.said["loop"]), reason=reason)
    if parted is not None:
        network = None
        parted = Parted(file=Path(parted.file or path).name, line=parted.line, reason=parted.reason)
    return Watched(
        script=script.name, network=network, parted=parted, roles=read.roles, steps=read.steps,
        output=output, seen=tuple(replace(one, file=Path(one.file).name) for one in told),
    )  # fmt: skip


def _run(
    path: Path, folder: Path, arguments: Sequence[str], seconds: float, further: float
) -> tuple[Handover | None, str]:
    """Run the watched process; what it handed over, and what the script printed."""
    command = [sys.executable, "-u", str(CHILD), str(path), str(folder), str(seconds), str(further)]
    command += arguments
    surroundings = {**os.environ, "MPLBACKEND": "Agg", "PYTHONIOENCODING": "utf-8"}
    printed = folder / "output.txt"
    with printed.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=path.parent,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            process.wait(seconds + further + SPARE)
        except subprocess.TimeoutExpired:
            pass
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    return Handover.read(folder), printed.read_text(encoding="utf-8", errors="replace")
