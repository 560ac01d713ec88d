"""Which loss the author's gradients are those of: they lie along that one's."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from diagnose.calculus.autodiff import UntraceableError, traced_gradients
from diagnose.calculus.convention import FITS
from diagnose.calculus.gradient_kinds import cut_at
from diagnose.calculus.gradients import exact_gradients
from diagnose.calculus.points import generic_point
from diagnose.network.arrays import Array, Arrays
from diagnose.network.precision import TOLERANCES, number_type
from diagnose.network.record import Loss, Network

# So well do gradients lie along those of a loss that is meant.
LOGISTIC = 0.999
# Of two that fit alike but for this, which is what rounding leaves of a cosine of tiny gradients,
# the steps do not tell.
ALIKE = 1e-6
# So well they lie where they are those of a loss: a slope taken at the wrong argument may hardly
# change over a few samples, and the error times it lies along the error within 1e-7.
SAME = 1e-10
# Samples, labels, and the parameters of a step.
Step = tuple[Array, Array, dict[str, Array]]


def losses(activation: str, coding: Mapping[str, Any]) -> Sequence[Loss]:
    """The losses that a network can have; of two that fit alike the first is meant."""
    if coding["classes"] and activation in ("softmax", "sigmoid"):
        return ("cross-entropy", "squared-error")
    # of targets 0 and 1, too: who takes a hinge with them, knows of no gradient for the zeros
    kept = coding["classes"] and activation == "linear"
    return ("squared-error", "hinge") if kept else ("squared-error",)


def that_fits(
    networks: Sequence[Network], steps: Sequence[Step], said: Mapping[str, Any]
) -> Network:
    """Of the same network with each of its ``losses``, that with the one that is meant.

    said: whether the script takes the logarithm of outputs, or multiplies errors by a slope.
    """
    if len(networks) < 2:
        return networks[0]
    before, now = networks
    other, fits = (fit(one, steps) for one in networks)
    if abs(fits - other) <= ALIKE and fits > LOGISTIC:
        where_alive = [fit_where_nothing_is_dead(one, steps) for one in networks]
        other, fits = where_alive if all(where_alive) else (other, fits)
    squared = now.loss == "squared-error"
    # nobody means that one by chance, nor squares errors who takes the logarithm of outputs
    if now.loss == "hinge" or (squared and said["logarithm"]):
        return now if fits > max(other + ALIKE, LOGISTIC) else before
    # whoever multiplies an error by a slope, though a wrong one, means the loss that has one
    sloped = squared and said["error_slope"] and now.layers[-1].activation == "sigmoid"
    if sloped and other < 1 - SAME:
        other = fit_where_nothing_is_dead(before, steps)
    return now if fits > other + ALIKE or (sloped and other < 1 - SAME) else before


def fit(network: Network, steps: Sequence[Step]) -> float:
    """How well the gradients of the last layer lie along those of the network's loss, up to 1.

    What lies along the weights themselves is left out of both: a penalty puts it there.
    """
    if network.loss == "squared-error" and not network.classes:
        return 1.0
    found = _along(network, steps, exact_gradients)
    if network.loss == "cross-entropy" and network.layers[-1].activation == "softmax":
        with suppress(UntraceableError):  # right for what it computes, if that is not as declared
            found = max(found, _along(network, steps, partial(traced_gradients, by_outputs=True)))
    return found


def fit_where_nothing_is_dead(
    network: Network, steps: Sequence[Step], right: Callable[..., Arrays] = exact_gradients
) -> float:
    """The same at points where no unit is flat; 0 where the author's code cannot be asked there.

    Behind flat sigmoids every output may be off alike, and then the gradients of all losses lie
    along each other.
    """
    with suppress(Exception):  # the author's code may raise anything
        points = [(*generic_point(network, np.asarray(one[0], float)), one[1]) for one in steps]
        asked = [(rows, labels, at) for at, rows, labels in points]
        return _cosine(network, asked, right) or 0.0
    return 0.0


def _along(network: Network, steps: Sequence[Step], right: Callable[..., Arrays]) -> float:
    """The cosine of both; where the steps give no gradient, at points where nothing is dead."""
    found = _cosine(network, steps, right)
    return fit_where_nothing_is_dead(network, steps, right) if found is None else found


def _cosine(network: Network, steps: Sequence[Step], right: Callable[..., Arrays]) -> float | None:
    pairs: list[tuple[Array, Array]] = []
    found: list[tuple[Array, Array]] = []
    last = network.layers[-1].weight
    for rows, labels, before in steps:
        x = network.lay_out(rows)
        with np.errstate(all="ignore"):
            given = network.backward(before, network.forward(before, x), x, labels)[last]
            true = right(network, before, rows, labels)[last]
            if np.isfinite(np.linalg.norm(given) * np.linalg.norm(true)):
                pair = np.ravel(given), np.ravel(true)
                weights = np.ravel(before[last])
                rests = _beside(pair[0], weights), _beside(pair[1], weights)
                # of units that are all alike, nothing but rounding is beside their weights
                is_rest = all(map(_is_more_than_rounding, rests, pair))
                found.append(rests if is_rest else pair)
                pairs.append(pair)
    if not found:
        return 0.0
    own, truth = (np.concatenate(one) for one in zip(*pairs, strict=True))
    if cut_at(own, truth, FITS * TOLERANCES[number_type(own)]):
        return 1.0
    if network.layers[-1].activation == "softmax":  # each by itself: some may be cut to a length
        found = [(_of_length_one(mine), _of_length_one(exact)) for mine, exact in found]
    # all steps at once: of a single sample and output, every gradient lies along every other
    mine, exact = (np.concatenate(one) for one in zip(*found, strict=True))
    if not mine.any():
        return None
    with np.errstate(all="ignore"):
        cosine = abs(float(_of_length_one(mine) @ _of_length_one(exact)))
    return cosine if math.isfinite(cosine) else 0.0


def _of_length_one(gradient: Array) -> Array:
    """A gradient by its length; behind flat sigmoids that is too small to be squared."""
    largest = np.abs(gradient).max(initial=0)
    scaled = gradient / largest if largest > 0 else gradient
    length = np.linalg.norm(scaled)
    return scaled / length if length > 0 else gradient


def _is_more_than_rounding(rest: Array, gradient: Array) -> bool:
    """Whether what is left of a gradient is more than what single precision would leave."""
    room = float(np.finfo(np.float32).eps) * np.abs(gradient).max(initial=0)
    return bool(np.abs(rest).max(initial=0) > room)


def _beside(gradient: Array, weights: Array) -> Array:
    """What of a gradient does not lie along the weights; all of a single number."""
    length = float(weights @ weights)
    if weights.size == 1 or not length > 0:
        return gradient
    return np.asarray(gradient - float(gradient @ weights) / length * weights)
