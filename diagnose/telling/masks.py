"""What the masks of dropout tell: by which calls they are drawn, and how they scale.

A mask is what was drawn at random and is 0 in some places and one number in all others, where it is
multiplied with what the state makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.loops import Loop, name_of, takes
from diagnose.reading.steps import Step
from diagnose.recording.nodes import Const, Node, Ref
from diagnose.recording.operations import is_random
from diagnose.recording.sites import Site
from diagnose.telling.draws import Draws
from diagnose.telling.record import Told, at, quoted, short

# How far the operations behind a value are looked at.
MOST_BEHIND = 3000
# Of how many drawn units the share that is kept is known well enough, and how far the mean of what
# is left may be from what it was: with so many, one in a million masks misses by half of that.
FEWEST_UNITS, LEFT = 400, (0.8, 1.25)


@dataclass(frozen=True, kw_only=True)
class Use:
    """A mask that is multiplied with something: by which operation, which draw, its values."""

    node: Node
    draw: Node
    mask: Array


def told_of_masks(steps: Sequence[Step], sites: Sequence[Site], draws: Draws) -> list[Told]:
    """Everything that masks tell; ``draws`` is told which draws are masks, and of which steps."""
    every = [list(uses(step)) for step in steps]
    for several in every:
        for one in several:
            draws.trains(one.draw.site, one.draw.call)
    if not steps or not every[0]:
        return []
    return list(_wrong_scale(steps, every, sites))


def uses(step: Step) -> Iterator[Use]:
    """Each use of a mask in a step."""
    for node in step.graph:
        if name_of(node) not in ("Mult", "multiply"):
            continue
        for taken in takes(node):
            if not step.is_outside(taken):
                continue
            value = step.value(taken)
            if not isinstance(value, np.ndarray) or value.size < 2 or not _is_mask(value):
                continue
            for draw in behind(step.loop, taken.node, step.loop.starts[step.turn]):
                if draw.kind == "call" and is_random(draw.done):
                    yield Use(node=node, draw=draw, mask=value)


def _is_mask(value: Array) -> bool:
    """Whether a value is 0 in some places, and one and the same number in all others."""
    several = np.unique(value)
    return len(several) <= 2 and not several[0]


def behind(loop: Loop, number: int, first: int = 0) -> Iterator[Node]:
    """What a value is made of, as far as it happened after ``first`` and is not too long ago."""
    return (loop.tape.nodes[one] for one in loop.behind([number], first, MOST_BEHIND))


def _wrong_scale(
    steps: Sequence[Step], every: Sequence[Sequence[Use]], sites: Sequence[Site]
) -> Iterator[Told]:
    """Units that are kept and scaled, but not by one over the share that is kept."""
    found: dict[int, list[tuple[Array, float]]] = {}
    for step, several in zip(steps, every, strict=True):
        first: dict[int, Use] = {}
        for one in several:
            first.setdefault(one.draw.number, one)
        for one in first.values():
            scale = float(np.max(one.mask)) * _scaled_after(step, one.node)
            found.setdefault(one.draw.site, []).append((one.mask, scale))
    for site, seen in found.items():
        units = sum(mask.size for mask, _ in seen)
        kept = sum(np.count_nonzero(mask) for mask, _ in seen) / units
        scale = seen[0][1]
        if units < FEWEST_UNITS or abs(scale - 1) < 0.01 or LEFT[0] < scale * kept < LEFT[1]:
            continue
        said = (
            f"{quoted(sites[site])} draws a mask that keeps {kept:.0%} of the units, and these are "
            f"multiplied by {short(scale)}: on average {short(scale * kept)} of a unit is left, "
            "instead of 1"
        )
        yield at(sites[site], "dropout-scale", said, numbers={"kept": kept, "scale": scale})


def _scaled_after(step: Step, node: Node) -> float:
    """By what a masked value is multiplied or divided in the operation that takes it next."""
    for later in step.graph:
        if name_of(later) in ("Div", "Mult") and len(later.args) == 2:
            left, right = later.args
            if (
                isinstance(left, Ref)
                and left.node == node.number
                and isinstance(right, Ref | Const)
            ):
                by = step.value(right)
                if isinstance(by, int | float) and by:
                    return 1 / by if name_of(later) == "Div" else float(by)
    return 1.0
