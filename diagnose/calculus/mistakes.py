"""The usual mistakes of a hand-written backward pass, each as the gradients that it would give.

A mistake is one part of a backward pass (``backward_pass.Steps``) written wrongly, in one layer or
in several. If an author's
gradients of all parameters, on several samples and at several points, are what exactly one mistake
gives, that is what the author wrote. The same records plant mistakes in tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diagnose.calculus.backward_pass import (
    Case,
    Steps,
    backward,
    case_of,
    has_slope,
    right_carry,
    right_entering,
    right_slope,
)
from diagnose.network.arrays import Array, Arrays
from diagnose.network.layers import activate, derivative
from diagnose.network.record import Network, fan_in
from diagnose.style.text import listed

# The mistakes


@dataclass(frozen=True)
class Mistake:
    """A mistake at one place of one network: kind, sentence, advice, and the backward pass."""

    kind: str
    sentence: str
    advice: str
    steps: Steps


@dataclass(frozen=True)
class _Here:
    """A part written wrongly in some layers and rightly in the others."""

    layers: tuple[int, ...]
    wrong: Callable[..., Any]
    right: Callable[..., Any]

    def __call__(self, case: Case, depth: int, *rest: Any) -> Any:
        return (self.wrong if depth in self.layers else self.right)(case, depth, *rest)


# The derivative of an activation


def _at_activation(case: Case, depth: int) -> Array:
    layer, out = case.network.layers[depth], case.out[depth]
    return derivative(layer, out, activate(layer, out))


def _of_activation_at_pre(case: Case, depth: int) -> Array:
    return derivative(case.network.layers[depth], case.pre[depth], case.pre[depth])


def _left_out(case: Case, depth: int) -> Array:
    return np.ones_like(case.out[depth])


def _twice(case: Case, depth: int) -> Array:
    return right_slope(case, depth) ** 2


SLOPES = (
    (
        "derivative-at-activation",
        "the derivative of the activation is taken at the activation, {out}, where its formula "
        "wants the pre-activation, {pre}",
        "call the derivative with {pre}",
        _at_activation,
    ),
    (
        "derivative-at-pre-activation",
        "the derivative of the activation is written in terms of the activation, {out}, and is "
        "handed the pre-activation, {pre}",
        "call the derivative with {out}",
        _of_activation_at_pre,
    ),
    (
        "derivative-left-out",
        "the derivative of the activation is left out",
        "multiply the error by the derivative of the activation",
        _left_out,
    ),
    (
        "derivative-twice",
        "the derivative of the activation is applied twice",
        "multiply the error by the derivative of the activation once",
        _twice,
    ),
)


# How an error is handed down


def _untransposed(case: Case, depth: int, deltas: dict[int, Array], gradient: Array) -> Array:
    return deltas[depth + 1] @ case.weights[depth + 1]


def _without_weight(case: Case, depth: int, deltas: dict[int, Array], gradient: Array) -> Array:
    return deltas[depth + 1]


def _output_error(case: Case, depth: int, deltas: dict[int, Array], gradient: Array) -> Array:
    return deltas[case.last]


def _skipping(case: Case, depth: int, deltas: dict[int, Array], gradient: Array) -> Array:
    return deltas[depth + 2] @ case.weights[depth + 2].T


def _stepped(case: Case, depth: int, deltas: dict[int, Array], gradient: Array) -> Array:
    return deltas[depth + 1] @ (case.weights[depth + 1] - case.rate * gradient).T


CARRIES = (
    (
        "weight-untransposed",
        "the error is handed down by {above} where it should be by its transpose",
        "transpose {above} there",
        _untransposed,
        lambda sizes, k: sizes[k + 1] == sizes[k + 2],
    ),
    (
        "weight-left-out",
        "the error of the layer above is taken as it is, without {above}",
        "multiply the error of the layer above by {above}, transposed",
        _without_weight,
        lambda sizes, k: sizes[k + 1] == sizes[k + 2],
    ),
    (
        "output-error-in-hidden-layer",
        "the error of the output is used for a hidden layer",
        "hand the error down from layer to layer, by {above}, transposed",
        _output_error,
        lambda sizes, k: sizes[k + 1] == sizes[-1],
    ),
    (
        "layer-skipped",
        "the layer above is left out: the error comes from two layers above",
        "hand the error down from layer to layer, by {above}, transposed",
        _skipping,
        lambda sizes, k: k + 3 < len(sizes) and sizes[k + 1] == sizes[k + 2],
    ),
    (
        "stepped-too-early",
        "the error is handed down by {above} after its step, where it should be by {above} before",
        "compute all errors first, then make the steps",
        _stepped,
        lambda sizes, k: True,
    ),
)


def _pre_entering(case: Case, depth: int) -> Array:
    return case.pre[depth - 1]


# The error of the output


def _elementwise(case: Case, slope: Any) -> Array:
    return case.error * case.out[-1] * (1 - case.out[-1])


def _jacobian(case: Case, slope: Any) -> Array:
    out = case.out[-1]
    return out * (case.error - (case.error * out).sum(axis=1, keepdims=True))


def _plain(case: Case, slope: Any) -> Array:
    return case.error


def _by_probability(case: Case, slope: Any) -> Array:
    return -case.network.targets(case.labels) / case.out[-1]


OUTPUTS = {
    ("cross-entropy", "softmax"): (
        ("extra-output-derivative", "a factor out * (1 - out) too many", _elementwise),
        ("extra-softmax-jacobian", "the derivative of the softmax too many", _jacobian),
        ("softmax-left-out", "no derivative of the softmax: it is -target / out", _by_probability),
    ),
    ("cross-entropy", "sigmoid"): (
        ("extra-output-derivative", "a factor out * (1 - out) too many", _elementwise),
    ),
    ("squared-error", "softmax"): (
        ("missing-output-derivative", "no derivative of the softmax: it is out - target", _plain),
        ("softmax-elementwise", "out * (1 - out) for the softmax's derivative", _elementwise),
    ),
}
RIGHT_OUTPUT = {
    "cross-entropy": "with cross-entropy it is out - target, and nothing more",
    "squared-error": "with squared error it is out - target times the derivative of the output's "
    "activation, which of a softmax is out * (error - sum(error * out))",
}


# Factors and signs


@dataclass(frozen=True)
class _Times:
    """Multiply what is named, in some layers."""

    value: float
    whats: tuple[str, ...]
    layers: tuple[int, ...]

    def __call__(self, case: Case, depth: int, what: str) -> float:
        return self.value if what in self.whats and depth in self.layers else 1.0


def mistakes(network: Network, parameters: Arrays, batch: int) -> Iterator[Mistake]:
    """Every mistake at every place of a network where the shapes allow it; batch: samples a step.

    A mistake that changes nothing there (ReLU's derivative is the same at the activation) is among
    them too.
    """
    layers = network.layers
    sizes = [fan_in(network, layer, parameters) for layer in network.layers]
    sizes.append(network.outputs)
    hidden = tuple(range(len(layers) - 1))
    sloped = hidden
    if network.loss == "squared-error" and has_slope(network, len(layers) - 1):
        sloped = (*hidden, len(layers) - 1)
    for kind, sentence, advice, wrong in SLOPES:
        for where in _places(sloped, hidden):
            steps = Steps(slope=_Here(where, wrong, right_slope))
            yield _made(network, kind, sentence, advice, where, steps)
    for kind, sentence, advice, wrong_carry, fits in CARRIES:
        for where in _places(tuple(k for k in hidden if fits(sizes, k))):
            steps = Steps(carry=_Here(where, wrong_carry, right_carry))
            yield _made(network, kind, sentence, advice, where, steps)
    for where in _places(tuple(k + 1 for k in hidden)):
        yield _made(
            network,
            "pre-activation-entering",
            "the gradient of {weight} is made with the pre-activation of the layer below, where "
            "its activation enters",
            "use the activation of the layer below",
            where,
            Steps(entering=_Here(where, _pre_entering, right_entering)),
        )
    for kind, sentence, output in OUTPUTS.get((network.loss, layers[-1].activation), ()):
        yield Mistake(
            kind,
            f"the error of the output has {sentence}",
            f"{RIGHT_OUTPUT[network.loss]}",
            Steps(output=output),
        )
    for k in range(len(layers)):
        if sizes[k] == sizes[k + 1] > 1:
            yield _made(
                network,
                "gradient-transposed",
                "the gradient of {weight} comes out transposed",
                "transpose the gradient of {weight}",
                (k,),
                Steps(turned=k),
            )
    yield from _multiplied(network, batch)


def _multiplied(network: Network, batch: int) -> Iterator[Mistake]:
    every = tuple(range(len(network.layers)))
    numbers = {"2": 2.0, "1/2": 0.5}
    if network.classes:
        numbers |= {f"{network.classes} (the number of classes)": float(network.classes)}
        numbers |= {f"1/{network.classes} (1 / the number of classes)": 1 / network.classes}
    if batch > 1:
        numbers |= {f"{batch} (the batch size)": float(batch)}
        numbers |= {f"1/{batch} (1 / the batch size)": 1 / batch}
    whole = ("weight", "bias")
    groups: list[tuple[str, tuple[str, ...], tuple[int, ...]]] = [
        ("all gradients are {} times the true ones", whole, every),
        ("the gradients of all weights are {} times the true ones", ("weight",), every),
        ("the gradients of all biases are {} times the true ones", ("bias",), every),
    ]
    for k in every[:-1]:
        said = f"in layer {k + 1}, the error, and with it every gradient from there down, is "
        groups.append((said + "{} times the true one", ("delta",), (k,)))
    if len(every) > 2:
        said = "the error is multiplied by {} again each time it is handed down a layer"
        groups.append((said, ("delta",), every[:-1]))
    for said, whats, where in groups:
        for text, value in numbers.items():
            yield Mistake(
                "factor",
                said.format(text),
                "divide by the number of samples in the step once, and by nothing else",
                Steps(factor=_Times(value, whats, where)),
            )
        yield Mistake(
            "sign",
            said.format("-1"),
            "let the error of the output be out - target, and subtract in the update",
            Steps(factor=_Times(-1.0, whats, where)),
        )


def _places(layers: tuple[int, ...], some: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    """Each layer by itself, some together, and all together."""
    together = [one for one in (some, layers) if len(one) > 1]
    return list(dict.fromkeys([*((one,) for one in layers), *together]))


def _made(
    network: Network, kind: str, sentence: str, advice: str, where: tuple[int, ...], steps: Steps
) -> Mistake:
    layers = [network.layers[k] for k in where]
    above = [network.layers[k + 1] for k in where if k + 1 < len(network.layers)]
    words = {
        "out": listed(one.out for one in layers),
        "pre": listed(one.pre for one in layers),
        "weight": listed(one.weight for one in layers),
        "above": listed(one.weight for one in above) if above else "",
    }
    place = f"in layer{'s' if len(where) > 1 else ''} {listed(str(k + 1) for k in where)}"
    return Mistake(kind, f"{place}, {sentence.format(**words)}", advice.format(**words), steps)


# Naming and planting


def named(calls: list[tuple[Case, Arrays, Arrays]], tolerance: float) -> list[Mistake]:
    """The mistakes that explain an author's gradients on every call; several cannot be told apart.

    calls: of each call its case, the parameters and the author's gradients, of one network.
    tolerance: relative distance for each parameter, as the gradient check uses it.
    """
    if not calls:
        return []
    case, parameters, _ = calls[0]
    left = list(mistakes(case.network, parameters, len(case.labels)))
    # From here on the arithmetic of a mistake may overflow, which only means that it is not it.
    with np.errstate(all="ignore"):
        for case, parameters, authors in calls:
            left = [
                one
                for one in left
                if _alike(backward(case, parameters, one.steps), authors, tolerance)
            ]
        right = all(
            _alike(backward(case, parameters, Steps()), authors, tolerance)
            for case, parameters, authors in calls
        )
    return [] if right else left


def _alike(found: Arrays, authors: Arrays, tolerance: float) -> bool:
    for name, one in found.items():
        longer = max(np.linalg.norm(one), np.linalg.norm(authors[name]))
        if not np.linalg.norm(one - authors[name]) <= tolerance * longer:
            return False
    return True


@dataclass(frozen=True)
class Mistaken:
    """A backward pass over a network's declared layers with one mistake."""

    network: Network
    mistake: Mistake

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Compute the gradients."""
        case = case_of(self.network, parameters, trace, x, labels)
        return backward(case, parameters, self.mistake.steps)


def planted(network: Network, mistake: Mistake) -> Network:
    """The network with a backward pass that makes the mistake, and nothing else wrong."""
    return replace(network, backward=Mistaken(network, mistake))
