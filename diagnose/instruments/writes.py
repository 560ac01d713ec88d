"""Which arrays a pass writes into that it was handed, and in which line and function."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from diagnose.instruments.bench import as_place
from diagnose.instruments.isolation import find, isolated
from diagnose.instruments.line_tracing import Watch, changed_share, installed, largest
from diagnose.network.arrays import Array, Arrays, as_float
from diagnose.network.authors_code import said
from diagnose.network.layers import forward_rows
from diagnose.network.record import Network, layers_fit
from diagnose.report import Numbers

# Steps looked at, at each point. A branch that only some samples take shows in several.
CALLS = 32
# Watching each line takes far longer, and a function that writes does so on nearly every sample.
WATCHED = 8


@dataclass(frozen=True, eq=False)
class Step:
    """One step's arguments, made anew for every call, exactly as ``loop.step`` makes them."""

    network: Network
    parameters: Arrays
    rows: Array
    labels: Array

    def arguments(self, phase: str) -> tuple[dict[str, Array], tuple[Any, ...]]:
        """Make fresh arrays by name, and from them the arguments of the phase's function."""
        parameters = {name: np.array(one) for name, one in self.parameters.items()}
        x = self.network.lay_out(np.array(self.rows))
        named = {**{f"parameter {name}": one for name, one in parameters.items()}, "input x": x}
        if phase == "forward":
            return named, (parameters, x)
        with np.errstate(all="ignore"):
            trace = self.network.forward(parameters, x)
        labels = np.array(self.labels)
        handed = list(named.values())
        for name, array in trace.items():
            # A trace that lists the input or a parameter again would count one write twice.
            if not any(np.shares_memory(array, one) for one in handed):
                named[name] = array
        named["labels"] = labels
        return named, (parameters, trace, x, labels)


def drawn_steps(network: Network, inputs: Array, labels: Array, seed: int) -> list[Step]:
    """Steps of samples drawn at random, at the parameters as they are drawn."""
    random = np.random.default_rng(seed)
    # Integer parameters as floats: a pass that NumPy stops writes nothing, and is another defect.
    parameters = {name: as_float(one) for name, one in network.init(seed).items()}
    size = min(network.batch_size, len(inputs))
    return [
        Step(network, parameters, inputs[index], labels[index])
        for index in (random.choice(len(inputs), size=size, replace=False) for _ in range(CALLS))
    ]


def written(network: Network, steps: list[Step]) -> list[Numbers]:
    """List the arrays that a pass changed, with the share of their entries over all steps."""
    found = []
    for phase in ("forward", "backward"):
        changed: dict[str, list[float]] = {}
        for step in steps:
            named, arguments = step.arguments(phase)
            before = {name: np.array(one) for name, one in named.items()}
            _call(network, phase, arguments)
            for name, one in named.items():
                changed.setdefault(name, []).append(changed_share(before[name], one))
        found += [
            {"phase": phase, "array": name, "share": float(np.mean(shares))}
            for name, shares in changed.items()
            if any(shares)
        ]
    return found


def _call(network: Network, phase: str, arguments: tuple[Any, ...]) -> Arrays:
    with np.errstate(all="ignore"):
        return getattr(network, phase)(*arguments)


# Who writes


def writer(steps: list[tuple[Network, Step]], phase: str, array: str) -> Numbers:
    """Find the line and the function that write into an array, by making it read-only."""
    for network, step in steps:
        named, arguments = step.arguments(phase)
        target = named.get(array)
        if target is None:
            continue
        handed = [*named.values(), *(arguments[1].values() if phase == "backward" else ())]
        for one in handed:
            # Every view of its memory too, or the write would slip past the flag.
            if np.shares_memory(one, target):
                one.setflags(write=False)
        try:
            _call(network, phase, arguments)
        except ValueError as error:
            if "read-only" in said(error):
                return _line(error.__traceback__)
    return {"where": None, "module": None, "function": None}


def _line(trace: TracebackType | None) -> Numbers:
    """Find the innermost place of a traceback that is somebody's code and not NumPy's."""
    numpy = Path(np.__file__).parent
    last = None
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.exists() and numpy not in file.parents:
            last = trace
        trace = trace.tb_next
    if last is None:
        return {"where": None, "module": None, "function": None}
    frame, code = last.tb_frame, last.tb_frame.f_code
    return {
        "where": as_place((code.co_filename, last.tb_lineno)),
        "module": frame.f_globals.get("__name__"),
        "function": code.co_qualname,
    }


def inner_writes(network: Network, steps: list[Step]) -> list[Numbers]:
    """Functions within forward that overwrite what a layer has computed, which they are handed.

    An array that is a layer's pre-activation or activation when a function gets it, and that
    forward returns with other numbers. Only functions that can be found by their names, and so be
    given copies: of others, such as one that is handed over as an argument, nothing could be shown.
    """
    if not layers_fit(network, steps[0].parameters):
        return []
    found = _overwriting(network, steps)
    writers = {pair for pair in who_wrote(found) if find(network, *pair)}
    if not writers:
        return []
    writers -= who_wrote(_overwriting(isolated(network, {"functions": writers}), steps))
    return [one for one in found if (one["module"], one["function"]) in writers]


def who_wrote(found: list[Numbers]) -> set[tuple[str, str]]:
    """Modules and names of the functions that wrote."""
    return {(one["module"], one["function"]) for one in found}


def _overwriting(network: Network, steps: list[Step]) -> list[Numbers]:
    """Every function within forward that overwrites what a layer has computed."""
    found = []
    for step in steps[:WATCHED]:
        _, (parameters, x) = step.arguments("forward")
        made = forward_rows(network, parameters, np.asarray(network.as_rows(x)))
        computed = {
            name: one
            for layer, pair in zip(network.layers, made, strict=True)
            for name, one in zip((layer.pre, layer.out), pair, strict=True)
        }
        own = partial(_is_one_of, computed.values())
        watch = Watch(wanted=own, installed=installed(network))
        trace = watch.run(partial(_call, network, "forward", (parameters, x)))
        found += [
            one
            for one in watch.found
            if any(
                np.shares_memory(one.array, np.asarray(trace[name]))
                and _is_one_of([was], one.before)
                for name, was in computed.items()
            )
        ]
    return [
        {
            "where": as_place((one.file, one.line)),
            "module": one.module,
            "function": one.function,
            "argument": one.argument,
            "share": one.share,
        }
        for one in largest(found)
    ]


def _is_one_of(computed: Iterable[Array], array: Array) -> bool:
    """Whether an array is one that a layer computes, ``(B, units)``, however it is laid out."""
    both = (array.ravel(), array.T.ravel())
    return any(
        one.size == array.size and any(np.allclose(one.ravel(), other) for other in both)
        for one in computed
    )
