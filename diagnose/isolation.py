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
from types import FunctionType
from typing import Any

import numpy as np

from diagnose.bound import Bound
from diagnose.network import Array, Arrays, Network

# Held while a function is replaced in its module.
_LOCK = threading.RLock()


# A trace carries the copies that forward wrote into to backward, under names that begin so.
KEPT = "written by forward: "


def isolated(network: Network, chosen: dict[str, Any], *, keep: bool = True) -> Network:
    """Make a network that hands copies to what writes, as chosen for each pass.

    ``chosen["backward"]``: ``[module, function]`` pairs to isolate, or "copies" for the whole of
    it. ``chosen["forward"]``: the arrays that forward writes into, as "input x" or "parameter
    NAME"; it gets copies of them, and backward gets these same copies, so that no gradient changes
    and yet the caller's arrays stay as they were. Without ``keep`` backward gets the caller's own,
    which shows whether it reads what forward wrote.
    """
    backward = network.backward
    if what := chosen.get("backward"):
        if what == "copies":
            backward = Bound(call_on_copies, call=backward)
        else:
            writers = tuple(_found(network, module, name) for module, name in what)
            backward = Bound(call_isolated, call=backward, writers=writers)
    if not (arrays := chosen.get("forward")):
        return replace(network, backward=backward)
    forward = Bound(forward_on_copies, forward=network.forward, arrays=tuple(arrays), keep=keep)
    if keep:
        backward = Bound(backward_with_kept, backward=backward)
    return replace(network, forward=forward, backward=backward)


def forward_on_copies(
    parameters: Arrays,
    x: Array,
    *,
    forward: Callable[..., Arrays],
    arrays: tuple[str, ...],
    keep: bool,
) -> Arrays:
    """Run forward on copies, and keep those that it writes into in the trace."""
    copies, x = _copied(parameters), np.array(x)
    trace = forward(copies, x)
    if not keep:
        return trace
    handed = {"input x": x, **{f"parameter {name}": one for name, one in copies.items()}}
    return trace | {KEPT + name: handed[name] for name in arrays}


def backward_with_kept(
    parameters: Arrays, trace: Arrays, x: Array, labels: Array, *, backward: Callable[..., Arrays]
) -> Arrays:
    """Run backward on what forward wrote into, where the trace has kept it."""
    kept = {name.removeprefix(KEPT): trace[name] for name in trace if name.startswith(KEPT)}
    changed = {
        name: kept.get(f"parameter {name}", parameter) for name, parameter in parameters.items()
    }
    own = {name: one for name, one in trace.items() if not name.startswith(KEPT)}
    return backward(changed, own, kept.get("input x", x), labels)


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
                writer.__globals__[writer.__name__] = Bound(call_on_copies, call=writer)
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


def _found(network: Network, module: str, name: str) -> FunctionType:
    function = find(network, module, name)
    if function is None:
        raise LookupError(f"no function {name} in module {module}, which must be isolated")
    return function


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
