"""The usual mistakes of a hand-written backward pass, each as the gradients that it would give.

A mistake is one part of a backward pass (``backward_pass.Steps``) written wrongly, in one layer or
in several. If an author's gradients of all parameters, on several samples and at several points,
are what exactly one mistake gives, that is what the author wrote (``naming``). The same records
plant mistakes in tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from diagnose.calculus.backward_pass import (
    Case,
    Steps,
    backward,
    case_of,
    has_slope,
    right_back,
    right_bias,
    right_carry,
    right_mask,
    right_slope,
    right_weight,
)
from diagnose.calculus.mistaken import Kind, Shape
from diagnose.calculus.mistaken_errors import CARRIES, EVERY_OUTPUT, MASKS, OUTPUTS, RIGHT_OUTPUT
from diagnose.calculus.mistaken_gradients import BIASES, SEEN, WEIGHTS
from diagnose.calculus.mistaken_slopes import BACKS, OF_ANOTHER, SLOPES, STRETCHED
from diagnose.network.arrays import Array, Arrays
from diagnose.network.record import Network, widths
from diagnose.style.text import listed

# Of more steps than these after one forward pass, in an inner loop, the ones that are seen differ.
MOST_REPEATS = 10


@dataclass(frozen=True)
class Mistake:
    """A mistake at one place of one network: kind, sentence, advice, and the backward pass.

    parts: how many mistakes it is made of; times: what the gradients are multiplied by besides.
    applied: the activations to whose lines in the forward pass it does not fit.
    """

    kind: str
    sentence: str
    advice: str
    steps: Steps
    parts: int = 1
    times: float = 1.0
    applied: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Here:
    """A part written wrongly in some layers and rightly in the others."""

    layers: tuple[int, ...]
    wrong: Callable[..., Any]
    right: Callable[..., Any]

    def __call__(self, case: Case, depth: int, *rest: Any) -> Any:
        return (self.wrong if depth in self.layers else self.right)(case, depth, *rest)


def mistakes(network: Network, parameters: Arrays, batch: int) -> Iterator[Mistake]:
    """Every mistake at every place of a network where it can be made; batch: samples a step."""
    yield from misdirected(network, parameters, batch)
    yield from multiplied(network, batch)


def misdirected(network: Network, parameters: Arrays, batch: int) -> Iterator[Mistake]:
    """The mistakes that make gradients of another direction."""
    shape = Shape(network=network, sizes=widths(network, parameters), batch=batch)
    every = range(shape.last + 1)
    sloped = network.loss == "squared-error" and has_slope(network, shape.last)
    biased = [k for k in every if network.layers[k].bias is not None]
    dropped = sorted({one.layer for one in network.dropout})
    tables: list[tuple[str, Sequence[Kind], Sequence[int], Callable[..., Any]]] = [
        ("slope", SLOPES, every if sloped else every[:-1], right_slope),
        ("mask", MASKS, dropped, right_mask),
        ("back", BACKS, every[:-1], right_back),
        ("carry", CARRIES, every[:-1], right_carry),
        ("weight", WEIGHTS, every, right_weight),
        ("bias", BIASES, biased, right_bias),
    ]
    for part, kinds, layers, right in tables:
        for kind in kinds:
            for where in _places([k for k in layers if kind.fits(shape, k)], shape.last):
                here: dict[str, Any] = {part: _Here(where, kind.wrong, right)}
                steps = Steps(**here)
                yield _made(network, kind, where, steps)
    own = OUTPUTS.get((network.loss, network.layers[-1].activation), ())
    for name, sentence, output in (*own, *EVERY_OUTPUT):
        said = f"the error of the output has {sentence}"
        yield Mistake(name, said, RIGHT_OUTPUT[network.loss], Steps(output=output))
    for kind in SEEN:
        if kind.fits(shape, 0):
            yield Mistake(kind.name, kind.sentence, kind.advice, Steps(seen=kind.wrong))
    for count in range(2, MOST_REPEATS + 1) if shape.last else ():
        yield Mistake(
            "several-steps-from-one-forward",
            f"each forward pass is followed by {count} steps, and all but the first are made with "
            "activations from before it, and weights from after it",
            "run the forward pass before each step",
            Steps(repeats=count),
        )


def _places(layers: list[int], last: int) -> list[tuple[int, ...]]:
    """Each layer by itself, all hidden ones together, and all together."""
    alone: list[tuple[int, ...]] = [(one,) for one in layers]
    hidden = tuple(one for one in layers if one < last)
    return list(dict.fromkeys(one for one in (*alone, hidden, tuple(layers)) if one))


def _made(network: Network, kind: Kind, where: tuple[int, ...], steps: Steps) -> Mistake:
    layers = [network.layers[k] for k in where]
    above = [network.layers[k + 1] for k in where if k + 1 < len(network.layers)]
    words = {
        "out": listed(one.out for one in layers),
        "pre": listed(one.pre for one in layers),
        "weight": listed(one.weight for one in layers),
        "bias": listed(one.bias for one in layers if one.bias),
        "own": listed(dict.fromkeys(one.activation for one in layers)),
        "above": listed(one.weight for one in above) if above else "",
    }
    place = f"in layer{'s' if len(where) > 1 else ''} {listed(str(k + 1) for k in where)}"
    sentence = f"{place}, {kind.sentence.format(**words)}"
    applied = tuple(one.out for one in layers) if kind.name in (OF_ANOTHER, STRETCHED) else ()
    return Mistake(kind.name, sentence, kind.advice.format(**words), steps, applied=applied)


# Factors and signs


@dataclass(frozen=True)
class _Times:
    """Multiply what is named, in some layers."""

    value: float
    whats: tuple[str, ...]
    layers: tuple[int, ...]

    def __call__(self, depth: int, what: str) -> float:
        return self.value if what in self.whats and depth in self.layers else 1.0


def multiplied(network: Network, batch: int) -> Iterator[Mistake]:
    """The mistakes that multiply gradients by a number."""
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


# Planting


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
