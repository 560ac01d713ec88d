"""The gradients of weights and biases, made wrongly of errors that are right or out of date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from diagnose.calculus.backward_pass import Case, right_weight
from diagnose.calculus.mistaken import Kind, Shape, batched
from diagnose.network.arrays import Array

# The gradient of a weight


def _along_rows(case: Case, depth: int, deltas: dict[int, Array]) -> Array:
    products = (case.entering[depth] * deltas[depth]).sum(axis=0)
    return np.tile(products, (len(products), 1))


@dataclass(frozen=True)
class _AddedUp:
    """The gradient of rows, or of columns, that are all one object: what each of them gets."""

    axis: int

    def __call__(self, case: Case, depth: int, deltas: dict[int, Array]) -> Array:
        right = right_weight(case, depth, deltas)
        return np.broadcast_to(right.sum(axis=self.axis, keepdims=True), right.shape)

    def fits(self, shape: Shape, depth: int) -> bool:
        return shape.sizes[depth + self.axis] > 1


# What a weight of which several rows are one object gets.
ONE_FOR_ALL = "weight-of-all"
OUTER = (
    "the gradient of {weight} is made by multiplying entry by entry what broadcasting makes fit, "
    "where an outer product is meant"
)

WEIGHTS = (
    Kind(
        "pre-activation-entering",
        "the gradient of {weight} is made with the pre-activation of the layer below, where "
        "its activation enters",
        "use the activation of the layer below",
        lambda case, k, deltas: case.pre[k - 1].T @ deltas[k],
        lambda shape, k: k > 0 and shape.activation(k - 1) != "linear",
    ),
    Kind(
        "own-activation-entering",
        "the gradient of {weight} is made with the layer's own activation, {out}, where that of "
        "the layer below enters",
        "use what enters the layer",
        lambda case, k, deltas: case.out[k].T @ deltas[k],
        lambda shape, k: shape.sizes[k] == shape.sizes[k + 1],
    ),
    Kind(
        "gradient-transposed",
        "the gradient of {weight} comes out transposed",
        "transpose the gradient of {weight}",
        lambda case, k, deltas: (case.entering[k].T @ deltas[k]).T,
        lambda shape, k: shape.is_square(k),
    ),
    Kind(
        "outer-product-broadcast",
        OUTER,
        "make it the outer product of what enters and the error",
        _along_rows,
        lambda shape, k: shape.is_square(k),
    ),
    Kind(
        "outer-product-broadcast",
        OUTER,
        "make it the outer product of what enters and the error",
        lambda case, k, deltas: _along_rows(case, k, deltas).T,
        lambda shape, k: shape.is_square(k),
    ),
    Kind(
        "weight-of-last-sample",
        "the gradient of {weight} is that of the last sample of a batch alone",
        "add the gradients of all samples up",
        lambda case, k, deltas: case.entering[k][-1:].T @ deltas[k][-1:],
        batched,
    ),
    Kind(
        "samples-summed-too-early",
        "the gradient of {weight} is made of the sum of what enters and the sum of the errors, "
        "where the sum of their products over the samples is meant",
        "multiply for each sample first, then sum",
        lambda case, k, deltas: np.outer(case.entering[k].sum(axis=0), deltas[k].sum(axis=0)),
        batched,
    ),
    Kind(
        "error-of-another-layer",
        "the gradient of {weight} is made with the error of the layer above",
        "use the error of the layer itself",
        lambda case, k, deltas: case.entering[k].T @ deltas[k + 1],
        lambda shape, k: k < shape.last and shape.sizes[k + 1] == shape.sizes[k + 2],
    ),
    *(
        Kind(
            ONE_FOR_ALL,
            f"the gradient of {{weight}} is added up over all {over}, so that each gets that of "
            "all, as what is one object would",
            f"give each of the {over} weights of its own, and its own gradient",
            _AddedUp(axis),
            _AddedUp(axis).fits,
        )
        for axis, over in enumerate(("inputs", "units"))
    ),
)


# The gradient of a bias


@dataclass(frozen=True)
class _BiasOf:
    """The gradient of the bias of another layer, so many above."""

    away: int

    def __call__(self, case: Case, depth: int, deltas: dict[int, Array]) -> Array:
        return deltas[depth + self.away].sum(axis=0)

    def fits(self, shape: Shape, depth: int) -> bool:
        other = depth + self.away
        return 0 <= other <= shape.last and shape.sizes[other + 1] == shape.sizes[depth + 1]


BIASES = (
    *(
        Kind(
            "bias-of-another-layer",
            f"the gradient of {{bias}} is that of the bias of the layer {where}",
            "sum the error of the layer itself over the samples",
            _BiasOf(away),
            _BiasOf(away).fits,
        )
        for away, where in ((1, "above"), (-1, "below"))
    ),
    Kind(
        "bias-of-last-sample",
        "the gradient of {bias} is that of the last sample of a batch alone",
        "sum the error over the samples",
        lambda case, k, deltas: deltas[k][-1],
        batched,
    ),
    Kind(
        "bias-summed-over-units",
        "the gradient of {bias} is summed over the units too, so that each gets that of all",
        "sum the error over the samples alone",
        lambda case, k, deltas: np.full(deltas[k].shape[1], deltas[k].sum()),
        lambda shape, k: shape.sizes[k + 1] > 1,
    ),
)


# What the backward pass looks at


def _at(case: Case, index: int) -> Case:
    """The case of one sample of the batch."""

    def row(arrays: list[Array]) -> list[Array]:
        return [one[index : index + 1 or None] for one in arrays]

    return replace(
        case,
        entering=row(case.entering),
        pre=row(case.pre),
        out=row(case.out),
        kept=[one if isinstance(one, float) else row([one])[0] for one in case.kept],
        labels=case.labels[index : index + 1 or None],
    )


def _stale(*fields: str) -> Callable[[Case], Case]:
    """The case with some of what it was at parameters that were there earlier."""

    def seen(case: Case) -> Case:
        before = case.before or case
        return replace(case, **{name: getattr(before, name) for name in fields})

    return seen


SEEN = (
    Kind(
        "only-the-last-sample",
        "all gradients are those of the last sample of a batch alone",
        "add the gradients of all samples up, where now each takes the place of the one before",
        lambda case: _at(case, -1),
        batched,
    ),
    Kind(
        "only-the-first-sample",
        "all gradients are those of the first sample of a batch alone",
        "add the gradients of all samples up, and leave the loop after the last one",
        lambda case: _at(case, 0),
        batched,
    ),
    Kind(
        "stale-forward",
        "the gradients are made with what a forward pass computed before the last steps",
        "run the forward pass again after each step, and use what it computes",
        _stale("entering", "pre", "out"),
    ),
    Kind(
        "stale-weights",
        "the error is handed down by weights as they were before the last steps",
        "use the weights that the forward pass has used",
        _stale("weights"),
    ),
    Kind(
        "stale-gradients",
        "the gradients do not react to changed parameters: they are those of an earlier point",
        "compute forward pass and gradients anew in each step",
        _stale("weights", "entering", "pre", "out"),
    ),
)
