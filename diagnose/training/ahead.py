"""The loop's steps of runs side by side, compiled by another process while the first begins.

Once, and then numba keeps it. Compiling holds Python's interpreter lock, so that a thread would not
do; and by when runs are trained side by side for the first time, another processor has done it.
``python ahead.py`` is that process.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    # Beside this file, its folder would hide modules of others.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

import gc
import subprocess
from typing import Any

import numpy as np

from diagnose.network import other_process
from diagnose.training.compiled import (
    CODES,
    LOSSES,
    Beginning,
    Order,
    Plan,
    arguments,
    train_group,
)
from diagnose.training.inputs import Inputs
from diagnose.training.lanes import MOST_ALONE
from diagnose.training.masks import Masks

_working: list[subprocess.Popen[bytes]] = []


def begin() -> None:
    """Have it compiled on another processor, if there is one, where it is not kept from before.

    Where no other process can be begun, whoever needs it compiles it. One that is ended early
    harms nothing: what numba keeps is written whole or not at all.
    """
    if not (_working or is_kept()) and (child := other_process.begin(__file__)):
        _working.append(child)


def wait() -> None:
    """Wait until it is compiled, where that was begun; whoever needs it loads it then."""
    for child in _working:
        child.wait()


def is_kept() -> bool:
    """Whether numba has kept it; also where it does not say so."""
    try:
        from diagnose.training import kernel_in_lanes

        kept: Any = kernel_in_lanes._steps
        return bool(kept._cache._cache_file._load_index())
    except Exception:  # another version of numba, or a folder that cannot be read
        return True


def compile_it() -> None:
    """Train as few runs side by side as are laid out in lanes, with nothing to learn."""
    sizes = np.array([2, 2, 2], np.int64)
    plan = Plan(
        sizes=sizes,
        codes=np.array([CODES["relu"], CODES["softmax"]], np.int64),
        slopes=np.zeros(2),
        beginning=Beginning(np.ones(12)),
        factors=np.ones((2, 2)),
        order=Order(indices=np.zeros((1, 1, 1), np.int32)),
        rates=np.zeros(1),
        labels=np.zeros(1, np.int64),
        targets=np.eye(2),
        loss=LOSSES["cross-entropy"],
        inputs=Inputs.of(np.ones((1, 2))),
        stable=True,
        stops=False,
        narrow=False,
        whole=False,
        rules=np.zeros((0, 2, 3, 2)),
        carried=(),
        # with masks nobody asks which layers are dead, which is compiled, too
        masks=Masks(kept=np.ones((1, 1, 1, 2), np.uint8), scales=np.ones(1)),
    )
    train_group(*arguments([plan] * (MOST_ALONE + 1)))


if __name__ == "__main__":
    gc.disable()  # a sixth of the time: what numba makes lives until it is done
    compile_it()
    gc.freeze()  # at exit Python would look for cycles after all, and is waited for
