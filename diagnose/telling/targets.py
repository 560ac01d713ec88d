"""What the targets of a training tell: whether they can be reached, and in which unit they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.loops import name_of, takes
from diagnose.reading.steps import Step
from diagnose.recording.nodes import Const, Node, Ref
from diagnose.recording.operations import VIEWS
from diagnose.recording.sites import Site
from diagnose.telling.record import Told, at, quoted, short

# How far a target lies outside: less is rounding, or a label made a little softer.
OUTSIDE = 0.01
# Targets that are spread so many times as widely as the outputs of a network that has just been
# drawn: a first step is as many times longer than that of targets of the outputs' own size.
UNLIKE = 30.0


def told_of_targets(steps: Sequence[Step], sites: Sequence[Site]) -> list[Told]:
    """Everything that targets tell which an output is held against."""
    return [
        *out_of_reach(steps, sites),
        *unscaled(steps[0], sites),
    ]


def errors(step: Step) -> Iterator[tuple[Node, Ref, Ref, Array]]:
    """Where an output meets targets: the operation, output, targets, and what these are."""
    for node in step.graph:
        if name_of(node) not in ("Sub", "subtract") or len(node.args) != 2:
            continue
        for output, target in (node.args, node.args[::-1]):
            if not isinstance(output, Ref) or not isinstance(target, Ref):
                continue
            wanted = step.value(target)
            if not isinstance(wanted, np.ndarray) or wanted.size < 2:
                continue
            if step.is_active(output) and step.is_outside(target):
                yield node, output, target, wanted


def out_of_reach(steps: Sequence[Step], sites: Sequence[Site]) -> list[Told]:
    """Targets that a sigmoid or a tanh, from which they are subtracted, can never reach."""
    found: dict[int, tuple[str, float, float, float, float]] = {}
    for step in steps:
        for node, output, _, wanted in errors(step):
            origin = step.origin(output)
            reach = _reach(step, origin) if isinstance(origin, int) else None
            if reach is None or np.size(step.value(output)) < 2:
                continue
            name, low, high = reach
            least, most = float(wanted.min()), float(wanted.max())
            if node.site in found:
                least, most = min(least, found[node.site][3]), max(most, found[node.site][4])
            found[node.site] = (name, low, high, least, most)
    return [
        at(
            sites[site], "output-range",
            f"{quoted(sites[site])}: the targets go from {short(least)} to {short(most)}, and the "
            f"output is a {name}, which lies between {low:g} and {high:g}",
        )
        for site, (name, low, high, least, most) in found.items()
        if least < low - OUTSIDE or most > high + OUTSIDE
    ]  # fmt: skip


def _reach(step: Step, number: int) -> tuple[str, float, float] | None:
    """Between which numbers a value lies, by the operation that made it."""
    node = step.nodes[number]
    name = name_of(node)
    if name == "tanh":
        return "tanh", -1.0, 1.0
    if name == "expit":
        return "sigmoid", 0.0, 1.0
    if name in ("Div", "divide") and len(node.args) == 2 and _is_one(step, node.args[0]):
        below = step.nodes[node.args[1].node] if isinstance(node.args[1], Ref) else None
        if below is not None and name_of(below) in ("Add", "add"):
            exponentials = [one for one in takes(below) if name_of(step.nodes[one.node]) == "exp"]
            if len(exponentials) == 1 and any(_is_one(step, one) for one in below.args):
                return "sigmoid", 0.0, 1.0
    return None


def _is_one(step: Step, taken: Any) -> bool:
    if isinstance(taken, Const | Ref):
        value = step.value(taken)
        return isinstance(value, int | float) and value == 1
    return False


def unscaled(step: Step, sites: Sequence[Site]) -> list[Told]:
    """Numbers as targets that are many times as large as what the network answers at first."""
    for node, output, target, wanted in errors(step):
        side = node.args.index(output)
        at_first = next(
            one for one in step.nodes if (one.site, one.kind) == (node.site, node.kind)
        ).args[side]
        answers = _several(step.value(at_first)) if isinstance(at_first, Ref) else None
        if answers is None or wanted.dtype.kind != "f" or len(np.unique(wanted)) < 3:
            continue
        spread, size = float(np.std(wanted)), float(np.std(answers))
        if not 0 < size < spread / UNLIKE or not np.isfinite(spread) or spread < UNLIKE:
            continue
        made = step.nodes[_unchanged(step, target.node)]
        if made.kind == "leaf":
            continue
        said = (
            f"{quoted(sites[made.site])} makes the targets, with a standard deviation of "
            f"{short(spread)}; that of the first answers, before any step, was {short(size)}"
        )
        return [at(sites[made.site], "unscaled-targets", said)]
    return []


def _several(value: Any) -> Array | None:
    return value if isinstance(value, np.ndarray) and value.size > 1 else None


def _unchanged(step: Step, number: int) -> int:
    """The operation that made these numbers, or took them out of a table that holds others too."""
    while True:
        node = step.nodes[number]
        refs = takes(node)
        if not refs or (node.kind != "get" and name_of(node) not in VIEWS):
            return number
        before = step.nodes[refs[0].node]
        if before.kind in ("leaf", "item") or _width(before.value) != _width(node.value):
            return number
        number = before.number


def _width(value: Any) -> int:
    """How many numbers an array has for each of its first axis; 0 if it is not known."""
    return value.size // len(value) if isinstance(value, np.ndarray) and np.size(value) else 0
