"""Programs with faults of which the PARTS to blame are known, for ``parts.py``.

Each program (``part_programs``, a file for each) is a small network as somebody writes it in NumPy,
with a training loop of its own, and correct unless it is made with switches. A switch is a fault,
for which the parts of the network are named that would mend it, or (with no parts) a change after
which the program is as right as before. A case is a program with some switches.

Faults are written where their authors would have made them, in the middle of the arithmetic. What
they do is not said here: ``parts.py`` measures it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.part_programs.bullseye import Bullseye
from benchmarks.part_programs.corners import Corners
from benchmarks.part_programs.digits import Digits
from benchmarks.part_programs.heaps import Heaps
from benchmarks.part_programs.moons import Moons
from benchmarks.part_programs.prices import Prices
from benchmarks.part_programs.program import Program
from benchmarks.part_programs.rings import Rings
from benchmarks.part_programs.sectors import Sectors
from benchmarks.part_programs.sigmoids import Sigmoids
from benchmarks.part_programs.sine import Sine
from benchmarks.part_programs.spirals import Spirals
from benchmarks.part_programs.surface import Surface
from benchmarks.part_programs.table import Table


@dataclass(frozen=True)
class Case:
    """A program with some switches; ``number`` counts from 1."""

    number: int
    program: type[Program]
    switches: tuple[str, ...]

    @property
    def name(self) -> str:
        """The program and its switches."""
        return f"{self.program.__name__}: {' + '.join(self.switches) or 'as it is'}"

    @property
    def faults(self) -> tuple[str, ...]:
        """The switches that are faults."""
        return tuple(one for one in self.switches if self.program.PARTS[one])

    def made(self, mended: Iterable[str] = ()) -> Program:
        """The program, with some of its faults mended."""
        return self.program([one for one in self.switches if one not in {*mended}])


SWITCHED: tuple[tuple[type[Program], tuple[str, ...]], ...] = (
    (Moons, ("summed, first sign wrong",)),
    (Heaps, ("summed, second sign wrong",)),
    (Sectors, ("summed, hidden sign wrong",)),
    (Spirals, ("summed, second sign wrong",)),
    (Digits, ("summed, first sign wrong",)),
    (Sine, ("summed, first sign wrong",)),
    (Moons, ("thousandfold, first sign wrong", "rate for thousandfold")),
    (Rings, ("hundredfold, hidden sign wrong", "rate for hundredfold")),
    (Bullseye, ("thousandfold, signs wrong", "rate for a thousandfold")),
    (Surface, ("second gradient squared", "rate for squares")),
    (Digits, ("pixels as they are", "rate for pixels")),
    (Surface, ("targets a hundredfold", "rate for a hundredfold")),
    (Corners, ("same start", "second sign wrong")),
    (Sigmoids, ("pixels as they are", "tiny rate")),
    (Sine, ("first sign wrong", "rate far too small")),
    (Corners, ("no bias",)),
    (Rings, ("no bias",)),
    (Sine, ("without hidden layer",)),
    (Corners, ("no hidden layer",)),
    (Heaps, ("one hidden unit",)),
    (Bullseye, ("one unit each",)),
    (Surface, ("linear hidden layer",)),
    (Spirals, ("linear hidden layers",)),
    (Corners, ("linear hidden layer",)),
    (Surface, ("last layer a ReLU",)),
    (Digits, ("last layer a ReLU",)),
    (Sigmoids, ("few epochs",)),
    (Spirals, ("few epochs",)),
    (Moons, ("tiny rate",)),
    (Prices, ("rate far too small",)),
    (Rings, ("rate too large",)),
    (Sectors, ("rate too large",)),
    (Spirals, ("fading rate",)),
    (Surface, ("growing rate",)),
    (Table, ("rate too large",)),
    (Rings, ("negative rate",)),
    (Bullseye, ("targets 2 and 5",)),
    (Prices, ("targets in thousands",)),
    (Sigmoids, ("targets 1 and 2",)),
    (Moons, ("targets 1 and 2",)),
    (Digits, ("pixels as they are",)),
    (Heaps, ("as measured",)),
    (Sectors, ("offset in the input",)),
    (Bullseye, ("distances in millimetres",)),
    (Table, ("columns as they are",)),
    (Prices, ("columns as they are",)),
    (Table, ("divided by the largest number",)),
    (Table, ("centered only",)),
    (Sigmoids, ("by class",)),
    (Digits, ("by class",)),
    (Bullseye, ("nothing drawn",)),
    (Moons, ("wide start",)),
    (Sigmoids, ("wide start",)),
    (Surface, ("wide start",)),
    (Table, ("flat start",)),
    (Sine, ("no start",)),
    (Spirals, ("slope of the other side",)),
    (Spirals, ("gradients swapped",)),
    (Digits, ("product of means",)),
    (Rings, ("absolute weights",)),
    (Bullseye, ("slope of the layer before, negated",)),
    (Table, ("first gradient reversed",)),
    (Heaps, ("coarse steps",)),
    (Bullseye, ("every second step undone",)),
    (Prices, ("biases stepped upwards",)),
    (Sectors, ("every unit steps as the first",)),
    (Prices, ("bounded weights",)),
    (Sigmoids, ("bounded weights",)),
    (Corners, ("up the slope",)),
    (Heaps, ("strong decay",)),
    (Sine, ("left half only",)),
    (Digits, ("one batch only",)),
    (Rings, ("outer ring never shown",)),
    (Prices, ("cheap ones only",)),
    (Table, ("a column lost",)),
    (Sectors, ("without signs",)),
    (Rings, ("whole numbers",)),
    (Surface, ("two values of one",)),
    (Sectors, ("two units drawn",)),
    (Spirals, ("dead start",)),
    (Bullseye, ("third layer reads the first",)),
    (Heaps, ("softmax over the batch",)),
    (Prices, ("output slope missing, signs wrong",)),
    (Sectors, ("hidden units on or off",)),
    (Table, ("whole numbers", "rate too large")),
    (Table, ("flat start", "first gradient reversed")),
    (Heaps, ("as measured", "softmax over the batch")),
    (Rings, ("outer ring never shown", "absolute weights")),
    (Bullseye, ("every second step undone", "targets 2 and 5")),
    (Heaps, ("coarse steps", "first two heaps only")),
    (Digits, ("by class", "summed, first sign wrong")),
    (Rings, ("no bias", "rate too large")),
    (Sine, ("degrees as they are", "left half only", "rate far too small")),
    (Sectors, ("two units drawn", "summed, hidden sign wrong", "without signs")),
    (Spirals, ("dead start", "few epochs")),
    (Prices, ("columns as they are", "cheap ones only", "bounded weights")),
    (Heaps, ("by heap", "as measured", "full batch")),
    (Bullseye, ("slope of the layer before", "nothing drawn")),
    (Bullseye, ("slope of the layer before",)),
    (Heaps, ("by heap",)),
    (Moons, ("slow",)),
    (Sine, ("slow",)),
    (Heaps, ("full batch",)),
    (Sectors, ("full batch",)),
    (Sigmoids, ()),
    (Sigmoids, ("slow",)),
    (Moons, ("few samples",)),
    (Bullseye, ("small inputs as they are",)),
    (Heaps, ("summed with decay",)),
    (Rings, ()),
    (Surface, ("noisy and small",)),
    (Heaps, ("no hidden layer",)),
    (Sine, ("no biases",)),
    (Heaps, ("rare class",)),
    (Spirals, ()),
    (Sine, ("decaying rate",)),
    (Digits, ()),
    (Bullseye, ("targets short of the ends",)),
    (Table, ()),
    (Corners, ()),
    (Prices, ()),
    (Sectors, ("clipped gradients",)),
)
CASES = tuple(Case(number, *one) for number, one in enumerate(SWITCHED, 1))
