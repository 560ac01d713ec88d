"""Whether test labels were taken out of their array by the rows of their samples.

``x_test, y_test = x[order[450:]], y[450:]`` gives a sample the label of another, where the arrays
belong together row by row: the samples and labels of the training, out of the same two, say so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.lineage import lineage, takes_rows
from diagnose.reading.loops import Loop
from diagnose.recording.nodes import Const, Group, Node, Ref, Taken


@dataclass(frozen=True, eq=False)
class Chosen:
    """Rows ``(n,)`` that an operation took of an array, before the training."""

    node: Node
    of: int
    rows: Array


# Samples, and labels.
Pair = tuple[Chosen, Chosen]


def chosen(loop: Loop, taken: Taken | None) -> Chosen | None:
    """Which rows an array was made of; None where none were taken, or several times over."""
    line = lineage(loop, taken)
    found = [one for one in line if one.number < loop.starts[0] and takes_rows(one)]
    if len(found) != 1 or not isinstance(of := found[0].args[0], Ref):
        return None
    whole, index = loop.tape.nodes[of.node].value, _index(loop, found[0].args[1])
    if whole is None or index is None:
        return None
    return Chosen(found[0], of.node, np.arange(len(whole))[index])


def _index(loop: Loop, index: Taken) -> Array | slice | None:
    if isinstance(index, Ref):
        value: Array | None = loop.tape.nodes[index.node].value
        return value if value is None or value.dtype.kind in "iub" else None
    if isinstance(index, Group) and all(isinstance(one, Const) for one in index.items):
        ends = [one.value for one in index.items if isinstance(one, Const)]
        return slice(*ends)
    return None


def both(loop: Loop, samples: Taken | None, labels: Taken | None) -> Pair | None:
    """The rows of samples and of labels, if those of both are known."""
    x, y = chosen(loop, samples), chosen(loop, labels)
    return (x, y) if x and y else None


def unpaired(trained: Pair, tested: Pair) -> bool:
    """Whether samples and labels of a test are of other rows, while those of a training agree."""
    (x, y), (its_x, its_y) = trained, tested
    same = (x.of, y.of) == (its_x.of, its_y.of) and np.array_equal(x.rows, y.rows)
    return same and len(its_x.rows) == len(its_y.rows) and bool((its_x.rows != its_y.rows).any())
