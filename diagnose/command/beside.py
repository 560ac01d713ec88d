"""The network that another is held against, looked at by another process meanwhile.

``python beside.py`` is that process. It loads what the command was asked for by itself, and what it
finds out is taken over. Where it finds out nothing, for whatever reason, the first process looks,
which also says what is wrong with what was asked for.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    # Beside this file, its folder would hide modules of others.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

import atexit
import json
import os
import pickle
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diagnose.examining.examined import Looked
    from diagnose.training.progress import Stages


@dataclass(frozen=True)
class Looking:
    """The other process, and the name of what it looks at."""

    child: subprocess.Popen[bytes]
    name: str

    def looked(self, stages: Stages) -> Looked | None:
        """What it has found out, for which it is waited; None where that is nothing."""
        stages(f"looking at {self.name}", 0, 1)
        try:
            found: Looked | None = pickle.loads(self.child.communicate()[0])
        except Exception:  # it has ended early
            return None
        return found

    def end(self) -> None:
        """What nobody waits for any more."""
        self.child.kill()
        if self.child.stdout is not None:
            self.child.stdout.close()
        self.child.wait()
        atexit.unregister(self.end)


def begin(asked: dict[str, Any]) -> Looking | None:
    """Have another process look, if there is a processor for it.

    asked: the arguments of ``look``, as plain values or paths.
    """
    if os.cpu_count() == 1:
        return None
    command = [sys.executable, __file__, json.dumps(asked, default=str)]
    nothing = subprocess.DEVNULL
    try:
        child = subprocess.Popen(command, stdin=nothing, stdout=subprocess.PIPE, stderr=nothing)
    except OSError:
        return None
    looking = Looking(child, asked["against"])
    atexit.register(looking.end)
    return looking


def look(
    *,
    target: str,
    against: str,
    path: str | None,
    size: list[int] | None,
    cache: str | None,
    no_cache: bool,
    **asked: Any,
) -> Looked | None:
    """Load both networks, and the samples; see ``study.look_beside``.

    path, size: of the samples, and to which pictures are resized. None where the loop has to be
    compiled first, which others are doing already.
    """
    from diagnose.training.ahead import is_kept

    if not is_kept():
        return None
    from diagnose.command.target import load_network
    from diagnose.data import load
    from diagnose.study import look_beside
    from diagnose.training.store import default_folder

    network, other = load_network(target), load_network(against)
    resize = None if size is None else (size[0], size[1])
    data = None if path is None else load(Path(path), resize)
    kept = None if no_cache else cache or str(default_folder())
    return look_beside(network, other, data=data, cache=kept, **asked)


def answer(asked: str) -> None:
    """Look, and write what was found out; what the networks' own code prints is none of it."""
    with os.fdopen(os.dup(1), "wb") as into:
        os.dup2(2, 1)
        looked = look(**json.loads(asked))
        into.write(pickle.dumps(looked))


if __name__ == "__main__":
    import gc
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process reports after it
    answer(sys.argv[1])
    gc.freeze()  # at exit Python would look for cycles, and is waited for
