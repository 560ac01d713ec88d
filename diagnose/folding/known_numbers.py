"""What a number from elsewhere is, told by its values in all steps.

It may be one of the sample's, one of its target's, or one of two, as the sign of a unit decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnose.folding.elements import Numbers
from diagnose.folding.units import UnitLayer
from diagnose.reading.steps import Place, same


@dataclass(eq=False)
class KnownNumbers:
    """Tells what numbers are, in Python; nothing for what is none of these.

    wanted_at: where targets are taken. batch: whether a number is a column of many samples; then
    text is what targets of one unit are called.
    """

    numbers: Numbers
    layers: list[UnitLayer]
    wanted_at: tuple[Place, ...]
    batch: bool
    text: str

    def __post_init__(self) -> None:
        self.entering = [self.numbers.values(place) for place in self.layers[0].entering]
        self.wanted = [self.numbers.values(place) for place in self.wanted_at]

    def of_sample(self, values: list[Any], prefer: int | None) -> str:
        """A number of the sample; prefer: which, if several are alike."""
        several = [at for at, one in enumerate(self.entering) if _all_equal(values, one)]
        if several:
            at = prefer if prefer in several else several[0]
            if len(self.entering) == 1 and np.ndim(values[0]) and not self.batch:
                return "x"
            return f"x[:, {at}]" if self.batch else f"x[{at}]"
        if len(self.entering) == 1 and np.ndim(self.entering[0][0]) == 1 and not self.batch:
            for at in range(len(self.entering[0][0])):
                if _all_equal(values, [np.asarray(one)[at] for one in self.entering[0]]):
                    return f"x[{at}]"
        return ""

    def of_target(self, values: list[Any]) -> str:
        """A number of the target, or one that it tells, as the weight of its class."""
        for at, one in enumerate(self.wanted):
            if _all_equal(values, one) and any(not same(values[0], two) for two in values):
                return self.target(at)
        return self._by_target(values)

    def _by_target(self, values: list[Any]) -> str:
        """One of two numbers, each of which stands beside one of two targets."""
        single = len(self.wanted) == 1 and not self.batch
        if not single or not all(map(_is_number, (*values, *self.wanted[0]))):
            return ""
        pairs = {(float(one), float(t)) for one, t in zip(values, self.wanted[0], strict=True)}
        if len(pairs) != 2 or len({t for _, t in pairs}) != 2:
            return ""
        (low, below), (high, above) = sorted(pairs, key=lambda pair: pair[1])
        if low == high:
            return ""
        return f"({high!r} if {self.target(0)} > {(below + above) / 2!r} else {low!r})"

    def target(self, at: int) -> str:
        """What is taken at one of the places of the targets."""
        if len(self.wanted) == 1 and np.ndim(self.wanted[0][0]) and not self.batch:
            return "targets"
        if self.batch:
            return self.text if len(self.wanted) == 1 else f"targets[:, {at}]"
        return f"targets[{at}]"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _all_equal(several: list[Any], others: list[Any]) -> bool:
    return len(several) == len(others) and all(map(_equal, several, others))


def _equal(one: Any, other: Any) -> bool:
    """Whether two numbers, or columns, are the same, whatever type they are kept as."""
    return np.size(one) == np.size(other) and bool(
        np.array_equal(np.reshape(one, -1), np.reshape(other, -1))
    )
