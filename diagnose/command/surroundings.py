"""What a network's code may do to the process that runs it, and how this is undone.

The code is loaded and called in the process that makes the report. What it does there to itself is
its own matter; what the report needs is put back: the streams, where modules are looked for, what
Ctrl-C does. With another NumPy than its own nothing is reported at all.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from diagnose.command.ctrl_c import second_ends
from diagnose.errors import BadInputError


@contextmanager
def undisturbed() -> Iterator[None]:
    """Within the block somebody's code may run; afterwards the process is as it was before.

    BadInputError if it has put something else in the place of one of NumPy's functions.
    """
    import numpy as np

    numpy = {f"numpy.{part}".rstrip("."): vars(module) for part, module in
             (("", np), ("linalg", np.linalg), ("random", np.random))}  # fmt: skip
    before = {name: dict(space) for name, space in numpy.items()}
    streams, paths, floats = (sys.stdout, sys.stderr), list(sys.path), np.geterr()
    numbers = [_number(one) for one in streams]
    interrupted = signal.getsignal(signal.SIGINT)
    try:
        with second_ends():
            yield
        for name, space in numpy.items():
            for key in _changed(before[name], space):
                raise BadInputError(
                    f"the network's own code puts something else in the place of {name}.{key}, "
                    "with which this report would compute as well; give it a name of its own"
                )
    finally:
        for name, space in numpy.items():
            space.update({key: before[name][key] for key in _changed(before[name], space)})
        sys.stdout, sys.stderr = (_open_again(*one) for one in zip(streams, numbers, strict=True))
        sys.path[:0] = [one for one in paths if one not in sys.path]
        np.seterr(**floats)
        if threading.current_thread() is threading.main_thread() and interrupted is not None:
            signal.signal(signal.SIGINT, interrupted)


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The public names that stand for something else now."""
    return [
        key for key, one in before.items() if now.get(key) is not one and not key.startswith("_")
    ]


def _number(stream: Any) -> int | None:
    """The number by which the system knows a stream, if it knows it."""
    try:
        return int(stream.fileno())
    except (OSError, ValueError, AttributeError):
        return None


def _open_again(stream: Any, number: int | None) -> Any:
    """A stream, opened anew if somebody has closed it."""
    if number is None or not stream.closed:
        return stream
    with suppress(OSError):
        return open(number, "w", encoding=stream.encoding, errors="replace", closefd=False)
    return stream
