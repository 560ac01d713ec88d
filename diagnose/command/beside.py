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

import json
import os
import pickle
import subprocess
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from diagnose.network import other_process

if TYPE_CHECKING:
    from diagnose.examining.examined import Looked


# Where trainings take both of two processors, a start of Python of its own costs what it saves: the
# default report 12.6 s with it and 12.0 without (medians of four), but all of MNIST 73 and 81, and
# probes alone .7 times.
BUSY = 2


def begin(
    context: click.Context, *, probes_only: bool, path: Path | None, **asked: Any
) -> Callable[[], Looked | None] | None:
    """Have another process look until the command ends, if there is a processor for it.

    asked: the arguments of ``look``, as plain values or paths. Returns what waits for it and gives
    what it has found out.
    """
    if other_process.processors() <= BUSY and not probes_only and path is None:
        return None
    asked["path"] = path
    child = other_process.begin(__file__, json.dumps(asked, default=str), stdout=subprocess.PIPE)
    if child is None:
        return None
    context.call_on_close(partial(other_process.end, child))
    return partial(_found, child)


def _found(child: subprocess.Popen[bytes]) -> Looked | None:
    """What another process has found out; None where it has ended early, or leaves it to this."""
    try:
        found: Looked | None = pickle.loads(child.communicate()[0])
    except Exception:
        return None
    return found


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
