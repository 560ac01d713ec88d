"""Run a network while the code that writes into its arguments works on copies.

A function is isolated by putting a wrapper under its name in its own module for the duration of a
call, so that the author's code, which looks it up there, calls the wrapper.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from diagnose.network import Arrays, Network

# Held while a function is replaced in its module.
_LOCK = threading.RLock()


def isolated(network: Network, chosen: dict[str, Any]) -> Network:
    """Make a network that hands copies to what writes, in each pass as chosen."""
    changed: dict[str, Any] = {}
    for phase, what in chosen.items():
        call = getattr(network, phase)
        if what == "copies":
            changed[phase] = partial(call_on_copies, call=call)
            continue
        writers = []
        for module, name in what:
            writer = find(network, module, name)
            if writer is None:
                raise LookupError(f"no function {name} in module {module}, which must be isolated")
            writers.append(writer)
        changed[phase] = partial(call_isolated, call=call, writers=tuple(writers))
    return replace(network, **changed)


def call_on_copies(*arguments: Any, call: Callable[..., Arrays]) -> Arrays:
    """Call with a copy of every array."""
    return call(*[_copied(one) for one in arguments])


def call_isolated(
    *arguments: Any, call: Callable[..., Arrays], writers: tuple[FunctionType, ...]
) -> Arrays:
    """Call while each writer, looked up by its module under its name, works on copies."""
    with _protected(writers):
        return call(*arguments)


@contextmanager
def _protected(writers: tuple[FunctionType, ...]) -> Iterator[None]:
    # One call at a time: the modules that are changed meanwhile belong to the whole process.
    with _LOCK:
        before = [writer.__globals__.get(writer.__name__) for writer in writers]
        try:
            for writer in writers:
                writer.__globals__[writer.__name__] = partial(call_on_copies, call=writer)
            yield
        finally:
            for writer, function in zip(writers, before, strict=True):
                writer.__globals__[writer.__name__] = function


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return np.array(value)
    if isinstance(value, dict):
        return {name: _copied(one) for name, one in value.items()}
    return value


def find(network: Network, module: str, name: str) -> FunctionType | None:
    """Find a function in the module of that name, as the network's own code sees it.

    None for a method, a lambda or an inner function, which no module knows by name.
    """
    spaces = [getattr(one, "__globals__", {}) for one in network.code.values()]
    spaces.append(vars(sys.modules[module]) if module in sys.modules else {})
    for space in spaces:
        found = space.get(name)
        if space.get("__name__") == module and isinstance(found, FunctionType):
            return found
    return None
