"""Where broadcasting silently made a matrix of a bias, a gradient or a target, and what mends it.

NumPy stretches ``(n,)`` and ``(n, 1)``, or ``(B,)`` and ``(B, 1)``, to a matrix without a word. A
mending says which biases to draw in another shape, in which shape to hand the labels over, and
which gradients to bring into the shape of their parameters. It is found by trying, at parameters
and inputs drawn so that no term of the network vanishes, and is only given when the mended network
then makes two steps in which every array has the shape that it should have.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from diagnose.calculus.gradients import is_along, output_error, reverse_mode
from diagnose.calculus.points import generic_point
from diagnose.instruments.softmaxes import probe_rows
from diagnose.network.arrays import Array, Arrays, copied
from diagnose.network.precision import TOLERANCES, number_type
from diagnose.network.record import Network, fan_out, layers_fit
from diagnose.network.tasks import CLASSIFICATION

# Rounding of a sum of some hundred terms, relative to the largest; a bias that is added along the
# wrong axis is off by its own size, some percent and more.
ROUNDING = {"float64": 1e-9, "float32": 1e-4, "float16": 1e-1}
# A gradient lies along another when at most this share of it is left over, in units of the number
# type's tolerance.
PARALLEL = 10
SHAPES: dict[str, Callable[[int], tuple[int, ...]]] = {
    "flat": lambda n: (n,),
    "column": lambda n: (n, 1),
    "row": lambda n: (1, n),
}


@dataclass(frozen=True, kw_only=True)
class Mending:
    """What makes the shapes right; empty where they are.

    biases: names, and the shapes to draw them in. labels: the shape to hand the labels to backward
    in, "column" or "row". gradients: names, and how each is brought into its parameter's shape:
    "reshape", "sum" or "mean" over the batch, or "exact", by the derivative of the declared layers.
    """

    biases: tuple[tuple[str, tuple[int, ...]], ...] = ()
    labels: str = ""
    gradients: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is to be mended."""
        return bool(self.biases or self.labels or self.gradients)


@dataclass(frozen=True)
class Reshaped:
    """An initial draw with some parameters in another shape: the same numbers."""

    init: Callable[[int], Arrays]
    shapes: tuple[tuple[str, tuple[int, ...]], ...]

    def __call__(self, seed: int) -> Arrays:
        """Draw the parameters."""
        drawn = dict(self.init(seed))
        return drawn | {name: np.reshape(drawn[name], shape) for name, shape in self.shapes}


@dataclass(frozen=True)
class LabelsAs:
    """A backward pass that is handed its labels in another shape."""

    backward: Callable[[Arrays, Arrays, Array, Array], Arrays]
    shape: str

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Compute the gradients."""
        shaped = np.reshape(labels, SHAPES[self.shape](len(labels)))
        return self.backward(parameters, trace, x, shaped)


@dataclass(frozen=True)
class Fitted:
    """A backward pass whose gradients are brought into the shapes of their parameters."""

    network: Network
    changes: tuple[tuple[str, str], ...]

    @property
    def anew(self) -> list[str]:
        """Parameters whose gradients are the truth, since their shape told too little."""
        return [name for name, how in self.changes if how == "exact"]

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Compute the gradients."""
        network, right = self.network, {}
        if self.anew:
            # Before the author's code runs, which may write into the trace.
            right = reverse_mode(network, parameters, trace, x, labels)
        given = dict(network.backward(parameters, trace, x, labels))
        for name, how in self.changes:
            if how == "exact":
                given[name] = right[name]
                continue
            if how != "reshape":
                reduced = np.sum if how == "sum" else np.mean
                given[name] = reduced(given[name], axis=_samples_axis(network))
            given[name] = np.reshape(given[name], np.shape(parameters[name]))
        return given


def mended(network: Network, mending: Mending) -> Network:
    """The network with what a mending says."""
    if mending.biases:
        network = replace(network, init=Reshaped(network.init, mending.biases))
    if mending.labels:
        network = replace(network, backward=LabelsAs(network.backward, mending.labels))
    if mending.gradients:
        network = replace(network, backward=Fitted(network, mending.gradients))
    return network


def find(network: Network, labels: Array) -> Mending | None:
    """What makes a network's shapes right: empty if they are, None if nothing tried does.

    labels: some of the data's, ``(n,)``, or ``(n, outputs)`` where these are numbers.

    Runs the network's own functions, which may raise anything but what is caught here: errors of
    shapes, which NumPy and Python tell as ValueError, IndexError and TypeError.
    """
    biases = _biases(network, labels)
    if biases is None:
        return None
    forward = mended(network, Mending(biases=biases))
    rest = _backward(forward, labels)
    if rest is None:
        return None
    whole = replace(rest, biases=biases)
    return whole if not whole or _makes_two_steps(mended(network, whole), labels) else None


@dataclass(frozen=True)
class Point:
    """A step's parameters, samples and labels at which nothing vanishes."""

    parameters: Arrays
    rows: Array
    labels: Array

    @classmethod
    def of(cls, network: Network, labels: Array) -> Point:
        """Draw one for a step of the network's own size, with all classes or the labels given."""
        count = network.batch_size
        parameters, rows = generic_point(network, probe_rows(network, count))
        if network.task is CLASSIFICATION:
            return cls(parameters, rows, np.arange(count) % network.classes)
        return cls(parameters, rows, np.resize(labels, (count, *labels.shape[1:])))


def forward(network: Network, point: Point) -> Arrays | None:
    """The network's own trace, or None where its arrays do not go together."""
    x = network.lay_out(np.array(point.rows))
    with np.errstate(all="ignore"):
        try:
            return network.forward(copied(point.parameters), x)
        except (ValueError, IndexError, TypeError):
            return None


def backward(network: Network, point: Point, trace: Arrays) -> Arrays | None:
    """The author's gradients, or None where arrays do not go together."""
    x = network.lay_out(np.array(point.rows))
    with np.errstate(all="ignore"):
        try:
            return network.backward(copied(point.parameters), copied(trace), x, point.labels.copy())
        except (ValueError, IndexError, TypeError):
            return None


def update(network: Network, point: Point, gradients: Arrays) -> Arrays | None:
    """The parameters after a step, or None where arrays do not go together."""
    rate = network.learning_rate(0)
    with np.errstate(all="ignore"):
        try:
            return network.update(copied(point.parameters), copied(gradients), rate)
        except (ValueError, IndexError, TypeError, KeyError):
            return None


def trace_fits(network: Network, point: Point, trace: Arrays | None) -> bool:
    """Whether every pre-activation and output has one number for each unit and sample."""
    if trace is None:
        return False
    for layer in network.layers:
        units = fan_out(network, layer, point.parameters)
        for name in (layer.pre, layer.out):
            if np.ndim(trace[name]) != 2:
                return False
            if network.as_rows(trace[name]).shape != (len(point.rows), units):
                return False
    return True


def values_fit(network: Network, point: Point, trace: Arrays) -> bool:
    """Whether every pre-activation is that of its declared layer: each bias added to its unit."""
    entering = np.asarray(point.rows, float)
    for layer in network.layers:
        weight = np.asarray(point.parameters[layer.weight], float)
        pre = entering @ (weight.T if network.layout == "columns" else weight)
        if layer.bias is not None:
            pre = pre + np.asarray(point.parameters[layer.bias], float).reshape(1, -1)
        seen = network.as_rows(trace[layer.pre])
        room = ROUNDING[number_type(seen)] * (1 + np.abs(pre).max())
        if not np.abs(pre - seen).max() <= room:
            return False
        entering = np.asarray(network.as_rows(trace[layer.out]), float)
    return True


def misfits(network: Network, point: Point, gradients: Arrays) -> list[str]:
    """Names of the parameters that a gradient of another shape moves wrongly."""
    odd = [
        name
        for name, one in point.parameters.items()
        if name in gradients
        and np.shape(gradients[name]) != one.shape
        and not np.size(gradients[name]) == one.size == 1  # one number is moved by one
    ]
    if not odd:
        return []
    after, rate = update(network, point, gradients), network.learning_rate(0)
    wrong = []
    for name in odd:
        parameter, gradient = point.parameters[name], np.asarray(gradients[name])
        if after is None:
            # An update in place, which NumPy refuses where it would have to grow the parameter.
            if gradient.size != parameter.size or not _stretches_to(gradient.shape, parameter):
                wrong.append(name)
        elif after[name].size != parameter.size:
            wrong.append(name)
        elif gradient.size != parameter.size and _stretches_to(gradient.shape, parameter):
            moved = parameter - rate * gradient
            if np.allclose(moved, after[name], rtol=1e-6):
                wrong.append(name)
    return wrong


def is_table(network: Network, point: Point, trace: Arrays, gradients: Arrays) -> bool:
    """Whether the last weight's gradient is that of every output with every target of the batch.

    ``(B,)`` targets taken from ``(B, 1)`` outputs make a B x B table of errors. Summed over its
    targets it is the error of each output with the mean target, over its outputs that of the mean
    output with each target. Only for one output, and not where the gradient is the right one, or
    its negative, which an update may add. One number is a multiple of any other, and tells nothing.
    """
    weight = network.layers[-1].weight
    if network.outputs > 1 or len(point.rows) < 2 or weight not in gradients:
        return False
    given = np.asarray(gradients[weight], float)
    if given.shape != point.parameters[weight].shape or given.size == 1:
        return False
    last, before = network.layers[-1], network.layers[-2:-1]
    pre, out = (network.as_rows(trace[name]) for name in (last.pre, last.out))
    entering = network.as_rows(trace[before[0].out]) if before else point.rows
    every = np.array(
        [output_error(network, pre, out, np.full(len(point.rows), label)) for label in point.labels]
    )
    right = output_error(network, pre, out, point.labels)
    room = PARALLEL * TOLERANCES[number_type(given, out)]
    flat = given.ravel()
    if any(is_along(one, (right * entering).sum(axis=0), room) for one in (flat, -flat)):
        return False
    # every: (targets, outputs, 1)
    sums = (every.mean(axis=0), every.mean(axis=1))
    tables = [(one * entering).sum(axis=0) for one in sums]
    return any(is_along(sign * flat, one, room) for one in tables for sign in (1, -1))


# Searching


def _biases(network: Network, labels: Array) -> tuple[tuple[str, tuple[int, ...]], ...] | None:
    """Which biases to draw in which shape; None if no shape makes the forward pass right."""
    point = Point.of(network, labels)
    if not layers_fit(network, point.parameters):
        return None

    def holds(parameters: Arrays) -> bool:
        at = replace(point, parameters=parameters)
        trace = forward(network, at)
        return (
            trace is not None and trace_fits(network, at, trace) and values_fit(network, at, trace)
        )

    names = [layer.bias for layer in network.layers if layer.bias is not None]
    if holds(point.parameters):
        return ()
    for shape in SHAPES.values():
        parameters = dict(point.parameters)
        parameters |= {
            name: parameters[name].reshape(shape(parameters[name].size)) for name in names
        }
        if not holds(parameters):
            continue
        for name in names:
            kept = parameters | {name: point.parameters[name]}
            parameters = kept if holds(kept) else parameters
        return tuple(
            (name, parameters[name].shape)
            for name in names
            if parameters[name].shape != point.parameters[name].shape
        )
    # Wrong in another way than by the shape of a bias, which is not for this to judge.
    return () if trace_fits(network, point, forward(network, point)) else None


def _backward(network: Network, labels: Array) -> Mending | None:
    """What makes the gradients fit, given that the forward pass is right."""
    point = Point.of(network, labels)
    trace = forward(network, point)
    if trace is None:
        return None
    given = backward(network, point, trace)
    wrong = [] if given is None else misfits(network, point, given)
    table = given is not None and is_table(network, point, trace, given)
    if given is not None and not wrong and not table:
        return Mending()
    if network.outputs == 1:
        for shape in ("column", "row"):
            tried = mended(network, Mending(labels=shape))
            found = backward(tried, point, trace)
            if found is None or misfits(network, point, found):
                continue
            if not is_table(network, point, trace, found):
                return Mending(labels=shape)
    if given is None:
        return None
    if table or (network.outputs == 1 and any(_is_weight(network, name) for name in wrong)):
        return Mending(gradients=tuple((name, "exact") for name in point.parameters))
    exact = reverse_mode(
        network, point.parameters, trace, network.lay_out(point.rows), point.labels
    )
    changes = [(name, _fitting(network, point, name, given, exact)) for name in wrong]
    if any(how is None for _, how in changes):
        return None
    return Mending(gradients=tuple((name, str(how)) for name, how in changes))


def _fitting(network: Network, point: Point, name: str, given: Arrays, exact: Arrays) -> str | None:
    """How one gradient is brought into its parameter's shape."""
    gradient, parameter = np.asarray(given[name]), point.parameters[name]
    if _squeezed(gradient) == _squeezed(parameter):
        return "reshape"
    if _is_weight(network, name):
        return None
    axis = _samples_axis(network)
    batch = (len(point.rows), parameter.size)
    if gradient.shape == (batch if axis == 0 else batch[::-1]):
        # As large, against the true one, as the gradient of the layer's weight.
        weight = next(layer.weight for layer in network.layers if layer.bias == name)
        wanted = _size(given[weight], exact[weight]) if weight in given else 1.0
        by = {how: _size(getattr(np, how)(gradient, axis), exact[name]) for how in ("sum", "mean")}
        return min(by, key=lambda how: abs(math.log(by[how] / wanted)))
    # Summed over its units too.
    return "exact" if gradient.size < parameter.size else None


def _makes_two_steps(network: Network, labels: Array) -> bool:
    """Whether two steps run in which every array keeps the size that it should have."""
    point = Point.of(network, labels)
    # A bias of shape (n,) may become (1, n), and nothing comes of it.
    before = {name: one.size for name, one in point.parameters.items()}
    for _ in range(2):
        trace = forward(network, point)
        if trace is None or not trace_fits(network, point, trace):
            return False
        gradients = backward(network, point, trace)
        after = None if gradients is None else update(network, point, gradients)
        if after is None or {name: np.size(after[name]) for name in before} != before:
            return False
        point = replace(point, parameters=after)
    return True


def _samples_axis(network: Network) -> int:
    return 0 if network.layout == "rows" else 1


def _is_weight(network: Network, name: str) -> bool:
    return any(layer.weight == name for layer in network.layers)


def _squeezed(array: Array) -> tuple[int, ...]:
    return tuple(size for size in array.shape if size != 1)


def _stretches_to(shape: tuple[int, ...], parameter: Array) -> bool:
    try:
        return np.broadcast_shapes(shape, parameter.shape) == parameter.shape
    except ValueError:
        return False


def _size(one: Array, other: Array) -> float:
    """How many times as long; never 0, for a logarithm is taken."""
    above, below = (float(np.linalg.norm(np.asarray(a, float))) for a in (one, other))
    return max(above, 1e-300) / max(below, 1e-300)
