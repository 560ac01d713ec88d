"""Whether the compiled loop does what a network's own functions do: measured, never assumed.

The author's gradients are held against the true ones for the factor of each, and the loop is
stepped beside the network's own functions. Where the two do not agree, the own functions train.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from diagnose.calculus.gradients import exact_gradients
from diagnose.calculus.points import generic_point
from diagnose.calculus.updates import multiples
from diagnose.network.arrays import Array, Arrays, copied, is_finite
from diagnose.network.record import Network, layers_fit
from diagnose.network.softmax import FAR, is_stable
from diagnose.training.compiled import (
    CODES,
    Arithmetic,
    Order,
    Plan,
    flatten,
    layer_sizes,
    unflatten,
)
from diagnose.training.loop import batches, step

# The largest relative difference of any parameter array after the compared steps. Both paths use
# float64 (eps 2e-16) and differ only in the order of sums, of at most some thousand terms.
AGREEMENT = 1e-9
# What rounding leaves of sums that are 0 by symmetry, such as the gradient of a bias where samples
# lie alike on both sides of 0, relative to what the steps have moved; no two ways to sum agree on
# it, and nothing comes of it.
CANCELLED = 1e-13
COMPARED_STEPS = 16
# Of a measured factor: the last three or four of float64's sixteen are rounding, and other for each
# variant of a network; runs that differ in nothing else are one.
DIGITS = 12
# Parameters that have grown so far in these few steps never come back: the training diverges.
EXPLODED = 1e3


def gradient_factors(
    network: Network, parameters: Arrays, rows: Array, labels: Array
) -> Array | str:
    """What each of the author's gradients is multiplied by, or why there is no such factor.

    ``(layers, 2)``, weight and bias; 0 for a bias that there is not.
    """
    found: list[list[tuple[float, float, float]]] = [[] for _ in range(2 * len(network.layers))]
    for start in range(0, len(rows) - network.batch_size + 1, network.batch_size):
        part = slice(start, start + network.batch_size)
        x = network.lay_out(rows[part])
        trace = network.forward(parameters, x)
        given = network.backward(parameters, dict(trace), x, labels[part])
        true = exact_gradients(network, parameters, rows[part], labels[part])
        for at, name in enumerate(_names(network)):
            if name is None:
                continue
            if name not in given or given[name].shape != true[name].shape:
                return f"the gradient of {name} is missing or has another shape"
            a, b = given[name].ravel().astype(np.float64), true[name].ravel()
            found[at].append((float(a @ b), float(b @ b), float(a @ a)))
    factors = np.zeros(2 * len(network.layers))
    for at, sums in enumerate(found):
        if not sums:
            continue
        ab, bb, aa = np.sum(sums, axis=0)
        factors[at] = ab / bb if bb > 0 else 1.0
        # by Cauchy and Schwarz 0 for multiples; rounding leaves some 1e-16 of it
        if aa * bb - ab * ab > 1e-12 * aa * bb or (aa > 0 and bb == 0):
            return f"the gradient of {_names(network)[at]} is not a multiple of the true one"
    return factors.reshape(-1, 2)


def arithmetic(network: Network, rows: Array, labels: Array) -> Arithmetic | str:
    """Measure a network's arithmetic on some prepared rows, or say why the loop cannot do it."""
    reason = outside_family(network, network.init(0), labels)
    if reason:
        return reason
    point = generic_point(network, rows)
    if network.classes:  # whatever the samples are: every class
        labels = np.arange(len(rows)) % network.classes
    factors = gradient_factors(network, *point, labels)
    if isinstance(factors, str):
        return factors
    factors = factors * update_factors(network, *point, labels)
    return Arithmetic(
        factors=_to_digits(factors),
        stable=is_stable(network, *point),
        stops=_stops_far_out(network, *point),
    )


def _stops_far_out(network: Network, parameters: Arrays, rows: Array) -> bool:
    """Whether the forward pass stops where exp overflows, as it does with ``math.exp``."""
    far = {layer.weight: parameters[layer.weight] * FAR for layer in network.layers}
    return overflows(network, {**parameters, **far}, rows)


def overflows(network: Network, parameters: Arrays, rows: Array) -> bool:
    """Whether the forward pass of some rows stops with an overflow."""
    with np.errstate(all="ignore"):
        try:
            for row in rows:
                network.forward(parameters, network.lay_out(row[None]))
        except OverflowError:
            return True
    return False


def _to_digits(factors: Array) -> Array:
    """The same, to ``DIGITS`` digits: what leaves a factor alone leaves its number alone."""
    return np.array([float(f"{one:.{DIGITS}g}") for one in factors.flat]).reshape(factors.shape)


def update_factors(network: Network, parameters: Arrays, rows: Array, labels: Array) -> Array:
    """What the update multiplies each gradient by before it subtracts it, ``(layers, 2)``."""
    x, labels = network.lay_out(rows[: network.batch_size]), labels[: network.batch_size]
    like = network.backward(parameters, network.forward(parameters, x), x, labels)
    made = multiples(network, parameters, like)
    return np.array([made.get(name or "", 1.0) for name in _names(network)]).reshape(-1, 2)


def outside_family(network: Network, parameters: Arrays, labels: Array) -> str | None:
    """Why a network lies outside what the compiled loop covers, or None."""
    if network.dropout:
        return "units are left out of its steps at random"
    for layer in network.layers[:-1]:
        if layer.activation == "softmax":
            return f"{layer.out} is a softmax in a hidden layer"
    for layer in network.layers:
        if layer.activation not in CODES:
            return f"{layer.out} is a {layer.activation}"
    last = network.layers[-1]
    if network.loss == "cross-entropy" and last.activation not in ("softmax", "sigmoid"):
        return f"its loss is the cross-entropy of {last.activation} outputs"
    targets = network.targets(np.arange(network.classes) if network.classes else labels)
    if targets.shape[1] != layer_sizes(network, parameters)[-1]:
        return f"its targets are {targets.shape[1]} numbers for each sample, its outputs others"
    listed = {name for name in _names(network) if name}
    if listed != set(parameters):
        return f"parameters outside the layers: {sorted(set(parameters) ^ listed)}"
    if not layers_fit(network, parameters):
        return "its parameters have not the shapes of dense layers"
    if any(array.dtype != np.float64 for array in parameters.values()):
        return "the parameters are not float64"
    return None


def certify(
    network: Network, planned: Plan, rows: Array, labels: Array, seed: int, like: Arrays
) -> str | None:
    """Step the compiled loop beside the network's own functions; None if they agree, else why not.

    Both take the same steps, spread over the first epoch, at its learning rate, from the same
    initial parameters. Steps that diverge magnify rounding from each to the next: then both take
    each of them from where the network's own functions have come, as long as that is anywhere.
    like: the parameters that the plan begins with.
    """
    labels = np.array(labels)  # a network may write into those that its order is handed
    every = list(batches(network, labels, 0, seed))
    chosen = np.linspace(0, len(every) - 1, min(COMPARED_STEPS, len(every))).astype(int)
    reason = ""
    for parts in ([chosen], np.split(chosen, len(chosen))):
        reason = _disagreement(network, planned, rows, labels, like, every, parts)
        if not reason:
            return None
    return reason


def _disagreement(
    network: Network,
    planned: Plan,
    rows: Array,
    labels: Array,
    like: Arrays,
    every: Sequence[Array],
    parts: Sequence[Array],
) -> str:
    """What differs after the steps of each part, which both begin at the same parameters."""
    parameters = copied(like)
    far = EXPLODED * (1 + _size(parameters))
    taken = 0
    for part in parts:
        steps = Order(indices=np.ascontiguousarray(planned.order.indices[:1, part]))
        start = flatten(network, parameters)
        rates = planned.rates[:1] if planned.rates.ndim == 1 else planned.rates[:1, part]
        short = replace(planned, theta=start, order=steps, rates=rates)
        before = copied(parameters)
        mine = unflatten(network, short.run().theta, like)
        for at in part:
            index, rate = every[at], network.rate(0, at)
            parameters, _ = step(network, parameters, rows[index], labels[index], rate)
            taken += 1
        if not _size(parameters) <= far and (taken > len(part) or not is_finite(mine)):
            return ""  # the steps before agreed; out here units saturate, and rounding decides
        with np.errstate(all="ignore"):
            moved = max(np.abs(one - parameters[name]).max() for name, one in before.items())
        for name, theirs in parameters.items():
            if name not in mine:
                return "its steps carry more than the parameters from one to the next"
            with np.errstate(all="ignore"):
                apart = np.abs(mine[name] - theirs).max()
                distance = apart / max(np.abs(theirs).max(), 1e-300)
            if not (distance <= AGREEMENT or apart < CANCELLED * moved):
                return f"{name} differs by {distance:.1e} after {taken} steps"
    return ""


def _size(arrays: Arrays) -> float:
    """The largest absolute value; nan or inf where one is not finite."""
    return float(max(np.abs(one).max() for one in arrays.values()))


def _names(network: Network) -> list[str | None]:
    return [name for layer in network.layers for name in (layer.weight, layer.bias)]
