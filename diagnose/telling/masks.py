"""What the masks of dropout tell: by which calls they are drawn, how they scale, where they return.

A mask is what was drawn at random and is 0 in some places and one number in all others, where it is
multiplied with what the state makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.loops import Key, Loop, name_of, takes
from diagnose.reading.steps import Step
from diagnose.recording.nodes import Const, Node, Ref
from diagnose.recording.operations import MATRIX_PRODUCTS, is_random
from diagnose.recording.sites import Site
from diagnose.telling.draws import Draws
from diagnose.telling.record import Told, at, quoted, short

# How far the operations behind a value are looked at.
MOST_BEHIND = 3000
PRODUCTS = MATRIX_PRODUCTS | {"outer"}
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
    wrong = [*_wrong_mask(every, sites)] or [*_never_back(steps, every, sites)]
    return [*_wrong_scale(steps, every, sites), *wrong]


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


def _wrong_mask(every: Sequence[Sequence[Use]], sites: Sequence[Site]) -> Iterator[Told]:
    """One mask that returns twice, while another of its shape never does."""
    found: set[int] | None = None
    said: dict[int, str] = {}
    for several in every:
        by_draw: dict[int, list[Use]] = {}
        for one in several:
            by_draw.setdefault(one.draw.number, []).append(one)
        once = [uses for uses in by_draw.values() if len(uses) == 1]
        often = [uses for uses in by_draw.values() if len(uses) > 2]
        here = set()
        for many in often:
            for (lost,) in once:
                if lost.mask.shape == many[0].mask.shape:
                    here.add(many[1].node.site)
                    lines = sites[many[0].draw.site].line, sites[lost.draw.site].line
                    said[many[1].node.site] = (
                        f"takes the mask that was drawn in line {lines[0]}, which is taken "
                        f"{len(many)} times in a step; that of line {lines[1]}, of the same shape "
                        f"{lost.mask.shape}, is taken on the way forward and not on the way back"
                    )
        found = here if found is None else found & here
    for site in sorted(found or ()):
        yield at(sites[site], "dropout-mask", f"{quoted(sites[site])} {said[site]}")


def _never_back(
    steps: Sequence[Step], every: Sequence[Sequence[Use]], sites: Sequence[Site]
) -> Iterator[Told]:
    """Errors that are handed down to units which their mask has left out, in every step.

    What is left out changes no answer: the gradient of its pre-activation is 0, whether the mask is
    taken again on the way back or the derivative at the masked unit is 0.
    """
    found: set[tuple[int, int]] | None = None
    for step, several in zip(steps, every, strict=True):
        forward: dict[int, Use] = {}
        for one in several:
            forward.setdefault(one.draw.number, one)
        here = set()
        for one in forward.values():
            if (down := _handed_down(step, one)) is not None:
                here.add((one.draw.site, down.site))
        found = here if found is None else found & here
    for drawn, hands in sorted(found or ()):
        said = (
            f"{quoted(sites[hands])} hands the error down to units that the mask drawn in line "
            f"{sites[drawn].line} has left out, and they are trained by it: that mask is taken on "
            "the way forward and not on the way back"
        )
        yield at(sites[hands], "dropout-mask", said)


def _handed_down(step: Step, use: Use) -> Node | None:
    """The product by which an error comes to units that a mask left out; None where none does.

    The gradient of the weights whose units are masked is a product of what enters these and of
    their error, which has the shape of the mask.
    """
    loop, start = step.loop, step.loop.starts[step.turn]
    into = _last_product(step, use.node.number, start, weighs=True)
    keys = _keys(step, into) if into is not None else []
    stepped = loop.made(step.turn, keys[0]) if keys else None
    if stepped is None:
        return None
    begun = use.node.number
    gradient = _last_product(step, stepped, begun, weighs=False)
    for taken in takes(gradient) if gradient is not None else ():
        error = step.value(taken)
        if isinstance(error, np.ndarray) and error.shape != use.mask.shape:
            error = error.T
        if isinstance(error, np.ndarray) and error.shape == use.mask.shape:
            is_left_out = not np.any(error[use.mask == 0])
            return None if is_left_out else _last_product(step, taken.node, begun, weighs=True)
    return None


def _last_product(step: Step, number: int, first: int, *, weighs: bool) -> Node | None:
    """The last product of matrices behind an operation, of those that take a parameter or not."""
    return max(
        (
            node
            for node in behind(step.loop, number, first)
            if name_of(node) in PRODUCTS and bool(_keys(step, node)) == weighs
        ),
        key=lambda node: node.number,
        default=None,
    )


def _keys(step: Step, node: Node) -> list[Key]:
    """The parameters that an operation takes."""
    return [key for ref in takes(node) if isinstance(key := step.origin(ref), tuple)]
