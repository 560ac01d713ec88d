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
from functools import partial, wraps
from types import FunctionType
from typing import Any

import numpy as np

from diagnose.network.arrays import Array, Arrays
from diagnose.network.record import Network

# Held while a function is replaced in its module.
_LOCK = threading.RLock()


# A trace carries the copies that forward wrote into to backward, under names that begin so.
KEPT = "written by forward: "


class Bound(partial[Any]):
    """Like ``functools.partial``, but two of the same function and arguments are equal.

    Two variants of a network that are made of equal functions are then known to compute the same,
    and what is costly to find out about them is found out once. Arguments must be hashable.
    """

    def _parts(self) -> tuple[Any, ...]:
        return self.func, self.args, tuple(sorted(self.keywords.items()))

    def __eq__(self, other: object) -> bool:
        """Whether the other is one of the same function and arguments."""
        return isinstance(other, Bound) and self._parts() == other._parts()

    def __hash__(self) -> int:
        """Equal for equal ones."""
        return hash(self._parts())


def isolated(network: Network, chosen: dict[str, Any], *, keep: bool = True) -> Network:
    """Make a network that hands copies to what writes, as chosen for each pass.

    ``chosen["functions"]``: ``[module, function]`` pairs to isolate in both passes.
    ``chosen["backward"]``: the same for that pass alone, or "copies" for the whole of it.
    ``chosen["forward"]``: the arrays that forward writes into, as "input x" or "parameter
    NAME"; it gets copies of them, and backward gets these same copies, so that no gradient changes
    and yet the caller's arrays stay as they were. Without ``keep`` backward gets the caller's own,
    which shows whether it reads what forward wrote.
    """
    if pairs := chosen.get("functions"):
        writers = tuple(_found(network, module, name) for module, name in pairs)
        network = replace(
            network,
            forward=Bound(call_isolated, call=network.forward, writers=writers),
            backward=Bound(call_isolated, call=network.backward, writers=writers),
        )
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


def _copying(writer: FunctionType) -> Callable[..., Any]:
    """The function, or method, that hands copies of all arrays to a writer."""

    @wraps(writer)
    def call(*arguments: Any, **named: Any) -> Any:
        return writer(*[_copied(one) for one in arguments], **_copied(named))

    return call


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
        try:
            for writer in writers:
                _put(writer, _copying(writer))
            yield
        finally:
            for writer in writers:
                _put(writer, writer)


def _put(writer: FunctionType, function: Callable[..., Any]) -> None:
    """Put a function under a writer's name: in its module, or in its class."""
    space, (*classes, name) = writer.__globals__, writer.__qualname__.split(".")
    if classes:
        setattr(space[classes[0]], name, function)
    else:
        space[name] = function


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
    """Find a function, or a method as ``Class.name``, in the module of that name.

    As the network's own code sees it. None for a lambda or an inner function, which no module knows
    by name.
    """
    first, _, method = name.partition(".")
    spaces = [getattr(one, "__globals__", {}) for one in network.code.values()]
    spaces.append(vars(sys.modules[module]) if module in sys.modules else {})
    for space in spaces:
        found = space.get(first)
        if method:
            found = vars(found).get(method) if isinstance(found, type) else None
        # Under another name it could not be replaced: a decorated one, for example.
        whole = isinstance(found, FunctionType) and found.__qualname__ == name
        if space.get("__name__") == module and isinstance(found, FunctionType) and whole:
            return found
    return None
