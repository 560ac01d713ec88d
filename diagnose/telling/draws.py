"""Dropout that is left on when predicting: random masks drawn where no step follows.

A draw is told apart by the calls that lead to it. In training ``train -> forward -> dropout`` leads
to the draw, in a prediction ``predict -> forward -> dropout``; the line where the two ways part is
the one that calls the forward pass as it is in training. That the one is a training and the other
is not is seen by the products that follow: those of the backward pass come after the first only.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnose.recording.calling import Way, way
from diagnose.recording.operations import MATRIX_PRODUCTS
from diagnose.recording.sites import Site
from diagnose.telling.record import Told, quoted

# Which sample is taken may be drawn, too; that makes no mask.
CHOOSES = {"permutation", "shuffle", "choice", "seed", "default_rng", "RandomState"}
# By what numbers that were drawn are made a mask.
COMPARED = {"Lt", "LtE", "Gt", "GtE", "less", "less_equal", "greater", "greater_equal"}
# So many predictions in a row are averaged on purpose by those who want to know how sure a network
# is; the same is seen where samples are predicted one by one. It is then said as a risk.
IN_A_ROW = 10
MOST_WAYS = 64


@dataclass
class Draw:
    """What came by one way to one place: how often, and which products followed before the next.

    whole: of how many of them a mask was made that leaves nothing out. value: the last of them.
    """

    count: int = 0
    whole: int = 0
    value: Callable[[], Any] = field(default=lambda: None)
    row: int = 0
    longest: int = 0
    products: set[int] = field(default_factory=set)


class Draws:
    """Keeps the ways to every draw of random numbers.

    own: the program's files. masks: the places of which it was seen that what they draw is
    multiplied with what the state makes; trained: the ways to them by which a step was made. Both
    are said from outside.
    """

    def __init__(self, own: set[str]) -> None:
        self.own = own
        self.ways: dict[tuple[int, Way], Draw] = {}
        self.last: dict[int, Draw] = {}
        self.by_call: dict[tuple[int, int], Way] = {}
        self.masks: set[int] = set()
        self.trained: set[tuple[int, Way]] = set()

    def takes(self, kind: str, name: str) -> bool:
        """Whether an operation is one that it looks at."""
        return name in MATRIX_PRODUCTS or name in COMPARED

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at a draw, or at a product that follows one."""
        if name in MATRIX_PRODUCTS:
            for draw in self.last.values():
                draw.products.add(site)
        elif name in COMPARED and isinstance(value, np.ndarray):
            for draw in self.last.values():
                if (drawn := draw.value()) is not None and any(one is drawn for one in args):
                    draw.whole += bool(value.all())

    def drew(self, site: int, call: int, name: str, value: Any) -> None:
        """Random numbers were drawn; ``call`` counts how often this place was seen on the tape."""
        if name in CHOOSES or not isinstance(value, np.ndarray) or len(self.ways) > MOST_WAYS:
            return
        by = way(self.own)
        draw = self.ways.setdefault((site, by), Draw())
        draw.row = draw.row + 1 if self.last.get(site) is draw else 1
        draw.count += 1
        draw.value = weakref.ref(value)
        draw.whole += bool(value.size and value.dtype.kind in "iub" and value.all())
        draw.longest = max(draw.longest, draw.row)
        self.last[site] = draw
        self.by_call[site, call] = by

    def trains(self, site: int, call: int) -> None:
        """A draw is seen to be a mask, and to be one of a step."""
        self.masks.add(site)
        self.belongs(site, call)

    def belongs(self, site: int, call: int) -> None:
        """A draw is seen to be one of a step, whatever is made of it."""
        by = self.by_call.get((site, call))
        if by is not None:
            self.trained.add((site, by))

    def told(self, sites: Sequence[Site]) -> list[Told]:
        """Each line that calls the forward pass as it is in training, where nothing is trained."""
        found: dict[tuple[str, int], Told] = {}
        for (site, by), draw in self.ways.items():
            steps = [one for at, one in self.trained if at == site]
            if site not in self.masks or not steps or (site, by) in self.trained:
                continue
            if draw.whole == draw.count:  # with a probability of 1 to keep a unit
                continue
            after = set().union(*(self.ways[site, one].products for one in steps))
            if not draw.products < after:
                continue
            common = max(_common(by, one) for one in steps)
            if not 0 < common < len(by):
                continue
            file, function, line = by[common]
            found.setdefault((file, line), _told(file, line, function, sites[site], draw))
        return list(found.values())


def _common(one: Way, other: Way) -> int:
    """How many of the innermost calls two ways share."""
    count = 0
    for mine, its in zip(one, other, strict=False):
        if mine != its:
            break
        count += 1
    return count


def _told(file: str, line: int, function: str, draw_site: Site, draw: Draw) -> Told:
    who = "the program" if function == "<module>" else f"`{function}`"
    said = (
        f"{who} calls the forward pass here as it is in training: {quoted(draw_site)} in line "
        f"{draw_site.line} drew random numbers for it ({draw.count:,} times in what was seen), and "
        "no step followed"
    )
    return Told(
        kind="dropout-when-predicting", file=file, line=line, observed=said,
        severity="risk" if draw.longest >= IN_A_ROW else "",
        numbers={"drawn": draw.count, "in_a_row": draw.longest, "draw_line": draw_site.line},
    )  # fmt: skip
