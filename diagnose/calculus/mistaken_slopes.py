"""The derivative of an activation, written wrongly."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from diagnose.calculus.backward_pass import Case, right_slope
from diagnose.calculus.mistaken import Fits, Kind, Shape
from diagnose.network.activations import taken_apart
from diagnose.network.arrays import Array
from diagnose.network.layers import activate, derivative


def _of(*activations: str) -> Fits:
    return lambda shape, k: shape.activation(k) in activations


def _at_activation(case: Case, depth: int) -> Array:
    layer, out = case.network.layers[depth], case.out[depth]
    return derivative(layer, out, activate(layer, out))


def _one(case: Case, depth: int) -> Array:
    return np.ones_like(case.out[depth])


def _of_itself(case: Case, depth: int) -> Array:
    slope = right_slope(case, depth)
    return derivative(case.network.layers[depth], slope, slope)


@dataclass(frozen=True)
class _Other:
    """The derivative of another activation.

    at: the pre-activation, "pre"; or "called" with the activation, as if that were one; or written
    in terms of the activation, "out".
    """

    activation: str
    at: str

    def __call__(self, case: Case, depth: int) -> Array:
        layer = replace(case.network.layers[depth], activation=self.activation)
        pre, out = case.pre[depth], case.out[depth]
        match self.at:
            case "pre":
                return derivative(layer, pre, activate(layer, pre))
            case "out":
                return derivative(layer, out, out)
            case _:
                return derivative(layer, out, activate(layer, out))

    def fits(self, shape: Shape, depth: int) -> bool:
        own = shape.activation(depth)
        if own != taken_apart(own)[0] == self.activation:
            return False  # see ``fits_stretched``
        # of a linear layer, activation and pre-activation are one
        return own not in (self.activation, "softmax") and (own != "linear" or self.at != "called")

    def fits_linear(self, shape: Shape, depth: int) -> bool:
        return shape.activation(depth) == "linear" and self.fits(shape, depth)

    def fits_bent(self, shape: Shape, depth: int) -> bool:
        return shape.activation(depth) != "linear" and self.fits(shape, depth)

    def fits_stretched(self, shape: Shape, depth: int) -> bool:
        """Whether the layer's is the same, stretched: one of the two passes is mistaken."""
        own = shape.activation(depth)
        return own != taken_apart(own)[0] == self.activation


def _others() -> list[Kind]:
    said = {
        "pre": "the derivative of a {name}, at {{pre}}, is taken",
        "out": "the derivative of a {name}, written in terms of the activation, {{out}}, is taken",
        "called": "the derivative of a {name}, called with {{out}}, is taken",
    }
    ways: list[tuple[str, str]] = [("relu", "pre")]
    ways += [(name, at) for name in ("sigmoid", "tanh") for at in said]
    bent = [
        Kind(
            OF_ANOTHER,
            said[at].format(name=name) + ", where the layer is {own}",
            "multiply the error by the derivative of the layer's own activation ({own})",
            _Other(name, at),
            _Other(name, at).fits_bent,
        )
        for name, at in ways
    ]
    linear = [
        Kind(
            OF_ANOTHER,
            f"the backward pass has the slope of a {name}, and the forward pass applies none: "
            "{out} is linear",
            f"apply the {name} in the forward pass, if it is meant there, or leave its derivative "
            "out of the backward pass",
            _Other(name, at),
            _Other(name, at).fits_linear,
        )
        for name, at in ways
    ]
    plain = {
        "sigmoid": "a sigmoid, 1 / (1 + np.exp(-{pre})), with the minus and nothing else",
        "tanh": "np.tanh({pre})",
        "relu": "np.maximum({pre}, 0)",
    }
    stretched = [
        Kind(
            STRETCHED,
            f"the backward pass has the slope of a {name}, and the forward pass applies {{own}}: "
            f"{{out}} is no {name} of {{pre}}",
            f"write {plain[name]} in the forward pass, if that is meant, or multiply the error by "
            "the derivative of {own}",
            _Other(name, at),
            _Other(name, at).fits_stretched,
        )
        for name, at in ways
    ]
    return bent + linear + stretched


@dataclass(frozen=True)
class _Away:
    """The derivative that belongs to another layer, or that is taken of another layer's numbers.

    away: the layer, so many above; formula: "own", at the other layer's pre-activation; "out",
    the own one in terms of the other layer's activation; or "whole", the other layer's derivative.
    """

    away: int
    formula: str

    def __call__(self, case: Case, depth: int) -> Array:
        own, other = case.network.layers[depth], depth + self.away
        pre, out = case.pre[other], case.out[other]
        match self.formula:
            case "own":
                return derivative(own, pre, activate(own, pre))
            case "out":
                return derivative(own, out, out)
            case _:
                return right_slope(case, other)

    def fits(self, shape: Shape, depth: int) -> bool:
        other = depth + self.away
        if not 0 <= other <= shape.last or shape.sizes[other + 1] != shape.sizes[depth + 1]:
            return False
        own, another = shape.activation(depth), shape.activation(other)
        if "softmax" in (own, another) or "linear" in (own, another):
            return False  # of a linear layer it is the derivative of another activation, or none
        if self.formula == "out" and own in ("relu", "leaky-relu"):
            return False  # on which side of 0 something is says its pre-activation, too
        # of one activation in both layers, all three are the same
        return own != another or self.formula == "whole"


def _of_other_layers() -> list[Kind]:
    said = {
        "whole": "the derivative is that of the layer {where}",
        "own": "the derivative of the activation is taken at the pre-activation of the layer "
        "{where}, where that of {{pre}} is meant",
        "out": "the derivative of the activation is taken of the activation of the layer {where}, "
        "where {{out}} is meant",
    }
    return [
        Kind(
            "derivative-of-another-layer",
            said[formula].format(where=where),
            "multiply the error by the derivative of the layer's own activation ({own}), at its "
            "own {pre} or {out}",
            _Away(away, formula),
            _Away(away, formula).fits,
        )
        for formula in said
        for away, where in ((1, "above"), (-1, "below"))
    ]


# The name of mistakes in which forward and backward pass do not agree on an activation.
OF_ANOTHER = "derivative-of-another-activation"
STRETCHED = "stretched-activation"


SLOPES = (
    Kind(
        "derivative-at-activation",
        "the derivative of the activation is taken at the activation, {out}, where its formula "
        "wants the pre-activation, {pre}",
        "call the derivative with {pre}",
        _at_activation,
        _of("sigmoid", "tanh"),
    ),
    Kind(
        "derivative-at-pre-activation",
        "the derivative of the activation is written in terms of the activation, {out}, and is "
        "handed the pre-activation, {pre}",
        "call the derivative with {out}",
        lambda case, k: derivative(case.network.layers[k], case.pre[k], case.pre[k]),
        _of("sigmoid", "tanh"),
    ),
    Kind(
        "derivative-left-out",
        "the derivative of the activation is left out",
        "multiply the error by the derivative of the activation",
        _one,
        _of("relu", "leaky-relu", "sigmoid", "tanh"),
    ),
    Kind(
        "derivative-always-one",
        "the derivative of the activation is 1 everywhere, as where a ReLU's output, {out}, is "
        "asked whether it is >= 0",
        "ask whether {pre} is > 0",
        _one,
        _of("relu"),
    ),
    Kind(
        "derivative-inverted",
        "the derivative of the activation is that of the other side of 0",
        "let it be 1 where {pre} is > 0, and small or 0 elsewhere",
        lambda case, k: derivative(case.network.layers[k], -case.pre[k], -case.pre[k]),
        _of("relu", "leaky-relu"),
    ),
    Kind(
        "derivative-twice",
        "the derivative of the activation is applied twice",
        "multiply the error by the derivative of the activation once",
        lambda case, k: right_slope(case, k) ** 2,
        _of("leaky-relu", "sigmoid", "tanh"),
    ),
    Kind(
        "derivative-of-derivative",
        "the derivative of the activation is taken of itself: what it is handed is a derivative "
        "already",
        "call the derivative once, with what its formula wants",
        _of_itself,
        _of("sigmoid", "tanh"),
    ),
    Kind(
        "activation-for-derivative",
        "the activation itself, {out}, stands where its derivative should be",
        "multiply the error by the derivative of the activation",
        lambda case, k: case.out[k],
        _of("relu", "leaky-relu", "sigmoid", "tanh", "linear"),
    ),
    Kind(
        "derivative-incomplete",
        "of the derivative of the activation there is only 1 - {out}",
        "complete it: {out} * (1 - {out}) of a sigmoid, 1 - {out}**2 of a tanh",
        lambda case, k: 1 - case.out[k],
        _of("sigmoid", "tanh"),
    ),
    *_others(),
    *_of_other_layers(),
)

# Of a derivative that is handed the error itself; only where the size of the error does not matter.
BACKS = (
    Kind(
        "derivative-at-error",
        "it is asked of the error that is handed down whether it is > 0, and not of the layer's "
        "own numbers",
        "ask whether {pre}, or {out}, is > 0, and let the error be 0 where it is not",
        lambda case, k, handed, slope: handed * derivative(case.network.layers[k], handed, handed),
        _of("relu", "leaky-relu"),
    ),
)
