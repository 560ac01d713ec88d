"""A step whose samples and targets are taken number by number, put together as rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from diagnose.folding.elements import stacked
from diagnose.reading.steps import Place, Step
from diagnose.recording.nodes import Const, Ref

X, TARGET = "samples", "targets"


@dataclass(frozen=True)
class Parts:
    """Values that stand side by side in what is read: numbers of a vector, or columns."""

    items: tuple[Ref | Const, ...]


@dataclass(eq=False)
class NumberStep(Step):
    """A step whose samples and targets are taken number by number.

    entering, wanted: where. They are found under the first of these places, with a word behind it.
    """

    entering: tuple[Place, ...] = ()
    wanted: tuple[Place, ...] = ()
    batch: bool = False

    @cached_property
    def _packed(self) -> dict[Any, Any]:
        found: dict[Any, Any] = dict(Step.places(self))
        for word, several in ((X, self.entering), (TARGET, self.wanted)):
            found[packed_place(several, word)] = Parts(tuple(found[one] for one in several))
        return found

    def places(self) -> dict[Place, Ref | Const]:
        """All values that the step takes, and samples and targets as a whole."""
        return self._packed

    def value(self, taken: Any) -> Any:
        """A value as it was when it was taken."""
        if not isinstance(taken, Parts):
            return Step.value(self, taken)
        values = [Step.value(self, one) for one in taken.items]
        if any(one is None for one in values):
            return None
        if self.batch and len(values) == 1 and np.ndim(values[0]) > 1:
            return values[0]
        return stacked(values, batch=self.batch)

    def again(self, turn: int) -> NumberStep:
        """The same of another turn."""
        return NumberStep(self.loop, turn, self.keys, self.entering, self.wanted, self.batch)

    def parts(self, place: Place) -> tuple[Place, ...]:
        """Where what is found under a place is taken from."""
        if place == packed_place(self.entering, X):
            return self.entering
        return self.wanted if place == packed_place(self.wanted, TARGET) else (place,)

    def joined(self, place: Place, values: list[Any]) -> Any:
        """What was taken from there, as one."""
        if place not in (packed_place(self.entering, X), packed_place(self.wanted, TARGET)):
            return values[0]
        return self.value(Parts(tuple(Const(one) for one in values)))


def packed_place(several: tuple[Place, ...], word: str) -> Place:
    """Under which place the values of several are found as a whole."""
    return (several[0][0], (*several[0][1], word))
