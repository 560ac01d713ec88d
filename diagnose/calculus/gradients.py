"""The loss of a network, and its gradient found in four ways.

By the author's own backward pass; by reverse mode on the author's own forward pass
(``true_gradients``, exact, where the code can be followed); by reverse mode on the layers that the
network declares (exact, and fast); and by central differences of the author's own forward pass
(slow, and right whatever the code does).
Everything is computed on float64 copies, so that nothing handed in is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diagnose.calculus.autodiff import UntraceableError, traced_gradients
from diagnose.calculus.margins import error_of, hinge
from diagnose.network.activations import activation_of
from diagnose.network.arrays import Array, Arrays
from diagnose.network.dropout import thinned
from diagnose.network.layers import activate, derivative, forward_rows
from diagnose.network.precision import TOLERANCES, number_type
from diagnose.network.record import Network

# A central difference confirms a derivative when both agree to this much of the value, plus ten
# times the difference's own error bound. 500 times smaller than an error of 0.05 %.
CONFIRMS = 1e-6


class UndefinedLossError(ValueError):
    """The network's loss cannot be computed from its output, as its output layer is declared."""


class UnknownGradientError(UndefinedLossError):
    """Reverse mode can follow neither the code nor the layers that the network declares."""


@dataclass(frozen=True)
class Difference:
    """A derivative found numerically, and a bound for what it may be off by."""

    value: float
    error: float

    def agrees(self, slope: float) -> bool:
        """Whether a derivative that was computed may be the one that was measured."""
        return abs(slope - self.value) <= (
            CONFIRMS * max(abs(slope), abs(self.value)) + 10 * self.error
        )


def passed(
    network: Network, parameters: Arrays, rows: Array
) -> tuple[Arrays, Callable[[Array], Arrays]]:
    """The trace for ``(B, features)`` rows, on float64 copies, and its backward pass, of labels."""
    copies, x = _copies(parameters), _x(network, rows)
    with np.errstate(all="ignore"):
        trace = network.forward(copies, x)

    def back(labels: Array) -> Arrays:
        with np.errstate(all="ignore"):
            gradients = network.backward(copies, trace, x, np.array(labels))
        return {name: np.array(gradient) for name, gradient in gradients.items()}

    # Copies, since code that uses its arrays again would change them with the next call.
    return {name: np.array(one) for name, one in trace.items()}, back


def forward(network: Network, parameters: Arrays, rows: Array) -> Arrays:
    """Compute the network's own trace for ``(B, features)`` rows, on float64 copies."""
    return passed(network, parameters, rows)[0]


def loss(network: Network, parameters: Arrays, rows: Array, labels: Array) -> float:
    """Compute the network's loss on ``(B, features)`` rows with ``(B,)`` labels, mean over them.

    Cross-entropy, in nats, is computed from the logits, so that it is finite where the network's
    own softmax or sigmoid overflows. UndefinedLossError when the network's output is finite and is
    not the softmax or sigmoid of its logits, or for another output layer.
    """
    return loss_of(network, forward(network, parameters, rows), labels)


def declared_loss(network: Network, parameters: Arrays, rows: Array, labels: Array) -> float:
    """Compute the loss of what the declared layers say, all ``(n, features)`` rows at once."""
    with np.errstate(all="ignore"):
        pre, out = forward_rows(network, parameters, rows)[-1]
    last = network.layers[-1]
    trace = {last.pre: network.lay_out(pre), last.out: network.lay_out(out)}
    return loss_of(network, trace, labels)


def own_gradients(network: Network, parameters: Arrays, rows: Array, labels: Array) -> Arrays:
    """Ask the author's backward for the gradients of ``(B, features)`` rows, on copies."""
    return passed(network, parameters, rows)[1](labels)


def why_not_followed(
    network: Network, parameters: Arrays, rows: Array, labels: Array
) -> str | None:
    """Why ``traced_gradients`` cannot be had at a point, or None if it can and is right there.

    It is held against a central difference along one direction of each parameter, since a library
    may be wrong too (autograd 1.9.1 is, for norms).
    """
    try:
        found = traced_gradients(network, parameters, rows, labels)
    except UntraceableError as error:
        return str(error)
    random = np.random.default_rng(0)
    for name, gradient in found.items():
        direction = random.normal(size=gradient.shape)
        direction /= np.linalg.norm(direction)
        measured = central_difference(network, parameters, rows, labels, name, direction)
        slope = float((gradient * direction).sum())
        if measured and not measured.agrees(slope):
            return f"reverse mode gives a derivative of {name} that differences do not confirm"
    return None


def true_gradients(
    network: Network, parameters: Arrays, rows: Array, labels: Array, not_followed: str | None
) -> Arrays:
    """The gradient of ``loss`` from the author's own forward pass, which is left unmodified.

    not_followed: what ``why_not_followed`` said; with a reason, and where the forward pass takes a
    way at this point that cannot be followed, the gradient is that of the layers that the network
    declares. UnknownGradientError where these have no formula.
    """
    if not_followed is None:
        try:
            return traced_gradients(network, parameters, rows, labels)
        except UntraceableError as error:
            not_followed = str(error)
    if any(layer.activation == "softmax" for layer in network.layers[:-1]):
        raise UnknownGradientError(
            f"a hidden layer is a softmax, and the forward pass cannot be followed: {not_followed}"
        )
    return exact_gradients(network, parameters, rows, labels)


def exact_gradients(
    network: Network, parameters: Arrays, rows: Array, labels: Array, trace: Arrays | None = None
) -> Arrays:
    """Compute the gradient of ``loss`` by reverse mode on the declared layers.

    Shapes and names of the parameters. ValueError for a softmax in a hidden layer. trace: what
    ``forward`` gives there, where that is known.
    """
    x = _x(network, rows)
    with np.errstate(all="ignore"):
        trace = network.forward(_copies(parameters), np.array(x)) if trace is None else trace
        trace = _unspoiled(network, parameters, trace, x)
        return reverse_mode(network, _copies(parameters), trace, x, np.asarray(labels))


def _unspoiled(network: Network, parameters: Arrays, trace: Arrays, x: Array) -> Arrays:
    """The trace, with what the declared layers say wherever they lead to the same logits.

    A forward pass may write into what it has computed, once it has the output.
    """
    made = forward_rows(network, parameters, np.asarray(network.as_rows(x)))
    logits, own = made[-1][0], network.as_rows(np.asarray(trace[network.layers[-1].pre]))
    room = TOLERANCES[number_type(own)] * (1 + float(np.abs(logits).max(initial=0)))
    if own.shape != logits.shape or not np.abs(own - logits).max(initial=0) <= room:
        return trace
    said = {
        name: network.lay_out(one)
        for layer, pair in zip(network.layers[:-1], made[:-1], strict=True)
        for name, one in zip((layer.pre, layer.out), pair, strict=True)
    }
    return {**trace, **said}


def reverse_mode(
    network: Network, parameters: Arrays, trace: Arrays, x: Array, labels: Array
) -> Arrays:
    """Compute the gradient of the mean loss from a trace, for the declared dense layers.

    Shapes of ``x`` and of the trace as in ``Network``, labels ``(B,)``.
    """
    last = network.layers[-1]
    pre, out = (network.as_rows(trace[name]) for name in (last.pre, last.out))
    delta = output_error(network, pre, out, labels) / len(labels)
    return propagated(network, parameters, trace, x, delta)


def propagated(
    network: Network, parameters: Arrays, trace: Arrays, x: Array, delta: Array
) -> Arrays:
    """Send an error of the last layer's pre-activations, ``(B, outputs)``, down to all gradients.

    The error of each layer below is ``(error @ weight) * derivative`` (Rumelhart, Hinton and
    Williams 1986; Nielsen, "Neural Networks and Deep Learning", chapter 2, equations BP2 to BP4).
    A parameter that no layer names has a gradient of zero, one that several name the sum of theirs.
    """
    masks = {one.mask for one in network.dropout}
    gradients = {
        name: np.zeros(np.shape(one)) for name, one in parameters.items() if name not in masks
    }
    layers, met = network.layers, set[str]()

    def add(name: str, slope: Array) -> None:
        gradients[name] = gradients[name] + slope if name in met else slope
        met.add(name)

    for depth in reversed(range(len(layers))):
        layer = layers[depth]
        entering = network.as_rows(trace[layers[depth - 1].out] if depth else x)
        entering = thinned(network, parameters, depth - 1, entering)
        columns = network.layout == "columns"
        add(layer.weight, delta.T @ entering if columns else entering.T @ delta)
        if layer.bias is not None:
            bias = parameters[layer.bias]
            is_row = bias.size == delta.shape[1]  # and else one for each sample
            add(
                layer.bias,
                delta.sum(axis=0).reshape(bias.shape) if is_row else network.lay_out(delta),
            )
        if depth:
            below = layers[depth - 1]
            weight = parameters[layer.weight]
            back = delta @ (weight if columns else weight.T)
            back = thinned(network, parameters, depth - 1, back)
            pre, out = network.as_rows(trace[below.pre]), network.as_rows(trace[below.out])
            delta = back * derivative(below, pre, out)
    return gradients


def output_error(network: Network, pre: Array, out: Array, labels: Array) -> Array:
    """Derivative of each sample's loss with respect to its logits, ``(B, outputs)``.

    For cross-entropy on a softmax or on sigmoids that is ``out - target``; for half the squared
    error ``out - target`` goes back through the derivative of the activation, which for a softmax
    is a matrix per sample.
    """
    last, error = network.layers[-1], error_of(network, out, labels)
    if network.loss == "cross-entropy":
        return error
    if last.activation == "softmax":
        return out * (error - (error * out).sum(axis=1, keepdims=True))
    return error * derivative(last, pre, out)


def is_along(one: Array, other: Array, room: float) -> bool:
    """Whether one vector is a positive multiple of the other, to a share ``room`` of its length."""
    length = float(np.linalg.norm(one))
    share = float(one @ other) / max(float(other @ other), 1e-300)
    return length > 0 and share > 0 and float(np.linalg.norm(one - share * other)) <= room * length


def central_difference(
    network: Network,
    parameters: Arrays,
    rows: Array,
    labels: Array,
    name: str,
    direction: Array,
    logits: Array | None = None,
) -> Difference | None:
    """Measure the loss's derivative when ``name`` moves along ``direction`` (of the same shape).

    logits: the last layer's pre-activations at the point, where they are known already; they tell
    the number type and how much is rounded.

    The step is ``eps ** (1/3)`` times the parameter's scale there: truncation (step squared) and
    rounding (eps / step) then are of one size (Press et al., "Numerical Recipes", 3rd edition,
    section 5.7). Taken with the step and with half of it and extrapolated; how much the two
    differ, and the rounding, bound the error. When a pre-activation of a (leaky) ReLU crosses its
    kink between the two ends the difference means nothing: smaller steps are tried, and None is
    returned if even those cross.
    """
    if logits is None:
        logits = forward(network, parameters, rows)[network.layers[-1].pre]
    eps = np.finfo(number_type(logits)).eps
    size = 1 + float(np.abs(logits).max())
    value = np.asarray(parameters[name], dtype=float)
    largest = float(np.abs(value[direction != 0]).max(initial=0))
    scale = max(1.0, largest) / max(1.0, float(np.abs(direction).max()))

    def slope(step: float) -> float | None:
        moved = ({**parameters, name: value + by * direction} for by in (step, -step))
        ends = [forward(network, one, rows) for one in moved]
        sides = [[pre > 0 for pre in _kinked(network, end)] for end in ends]
        if any((up != down).any() for up, down in zip(*sides, strict=True)):
            return None
        up, down = (loss_of(network, end, labels) for end in ends)
        return (up - down) / (2 * step)

    for shrink in (1, 10, 100, 1000):
        step = float(np.cbrt(eps)) * scale / shrink
        wide, narrow = slope(step), slope(step / 2)
        if wide is not None and narrow is not None:
            rounding = 4 * float(eps) * size / step
            return Difference((4 * narrow - wide) / 3, abs(narrow - wide) + rounding)
    return None


def numerical_gradient(
    network: Network, parameters: Arrays, rows: Array, labels: Array, name: str
) -> Array:
    """Measure the whole gradient of one parameter by central differences, entry by entry.

    For a network whose forward pass is not what its layers declare. At a kink the entry is 0.
    """
    gradient = np.zeros(np.shape(parameters[name]))
    logits = forward(network, parameters, rows)[network.layers[-1].pre]
    for index in np.ndindex(gradient.shape):
        direction = np.zeros_like(gradient)
        direction[index] = 1
        found = central_difference(network, parameters, rows, labels, name, direction, logits)
        gradient[index] = found.value if found else 0.0
    return gradient


def on_a_kink(network: Network, trace: Arrays) -> bool:
    """Tell whether a (leaky) ReLU is at exactly 0, where two derivatives are right."""
    return any(bool((pre == 0).any()) for pre in _kinked(network, trace))


def _kinked(network: Network, trace: Arrays) -> list[Array]:
    """Pre-activations, each from a kink of its layer's activation on."""
    return [
        trace[layer.pre] - kink
        for layer in network.layers
        if (known := activation_of(layer.activation)) is not None
        for kink in known.kinks
    ]


def loss_of(network: Network, trace: Arrays, labels: Array) -> float:
    """Compute the loss of a trace that ``forward`` gave; errors as of ``loss``."""
    last = network.layers[-1]
    targets = network.targets(labels)
    out = np.asarray(network.as_rows(trace[last.out]), dtype=float)
    if out.shape != targets.shape:
        raise UndefinedLossError(f"{last.out} is {out.shape} for targets of {targets.shape}")
    if network.loss == "squared-error":
        with np.errstate(all="ignore"):
            return float(0.5 * np.square(out - targets).sum(axis=1).mean())
    if network.loss == "hinge":
        return float(hinge(out, targets).mean())
    if last.activation not in ("softmax", "sigmoid"):
        raise UndefinedLossError(f"the last layer is {last.activation}, not softmax or sigmoid")
    logits = np.asarray(network.as_rows(trace[last.pre]), dtype=float)
    with np.errstate(all="ignore"):
        # ten times the table's room: clipped probabilities (1e-7 is usual) are still a softmax
        room = 10 * TOLERANCES[number_type(trace[last.pre], trace[last.out])]
        if last.activation == "sigmoid":
            said, losses = activate(last, logits), np.logaddexp(0, logits) - targets * logits
        else:
            shifted = logits - logits.max(axis=1, keepdims=True)
            powers = np.exp(shifted)
            total = powers.sum(axis=1, keepdims=True)
            said, losses = powers / total, targets * (np.log(total) - shifted)
        if np.abs(out - said).max() > room and np.isfinite(out).all():
            raise UndefinedLossError(f"{last.out} is not the {last.activation} of {last.pre}")
        return float(losses.sum(axis=1).mean())


def _copies(parameters: Arrays) -> Arrays:
    return {
        name: np.array(one, dtype=bool if np.asarray(one).dtype == bool else float)
        for name, one in parameters.items()
    }


def _x(network: Network, rows: Array) -> Array:
    return np.array(network.lay_out(np.asarray(rows, dtype=float)))
