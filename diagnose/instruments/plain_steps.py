"""What the probes of the update share: the plain step as a repair, words, and the picture."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnose.calculus.updates import Update, floating, kind_of
from diagnose.network.arrays import Array, Arrays
from diagnose.network.record import Network
from diagnose.report import Numbers
from diagnose.style.figures import FOUND, NEUTRAL, REPAIRED, new_figure
from diagnose.style.text import listed

if TYPE_CHECKING:
    from matplotlib.figure import Figure


# Kinds of steps that are a multiple of the gradient at first, the wrong way or again and again.
KEEPING = ("up", "again")


@dataclass(frozen=True)
class Stepped:
    """An update in which some parameters make a plain step: ``p - times * |rate| * gradient``.

    times: ``(name, times)`` pairs; negative where backward returns the negative gradient.
    """

    update: Update
    times: tuple[tuple[str, float], ...]

    def __call__(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """Make one step."""
        # The plain steps first: the author's own may write into what it is handed.
        plain = {
            name: _plain(parameters[name], times * abs(float(rate)) * np.asarray(gradients[name]))
            for name, times in self.times
            if name in gradients
        }
        return {**self.update(parameters, gradients, rate), **plain}


def _plain(parameter: Array, step: Array) -> Array:
    if step.size == parameter.size:
        step = step.reshape(parameter.shape)
    return (parameter - step).astype(floating(parameter), copy=False)


def stepped(network: Network, numbers: Numbers, names: Collection[str]) -> Network:
    """The network with a plain step for some parameters; numbers: what ``measure`` returned."""
    times = tuple((name, _times(numbers["parameters"][name])) for name in names)
    return replace(network, update=Stepped(network.update, times)) if times else network


def _times(one: Numbers) -> float:
    """What multiplies a plain step: its direction is mended, and its length stays.

    ``W += rate * dW / len(x)`` steps by a part of ``rate * dW``, and so does what it should be. A
    step of another direction, or of none, has no length of its own to be kept.
    """
    kept = kind_of(one) in KEEPING and one["proportional"] and one["along"]
    return (-1 if one["sign"] == -1 else 1) * (abs(float(one["along"])) if kept else 1.0)


def grouped(
    names: Collection[str], parameters: Mapping[str, Numbers]
) -> Iterator[tuple[str, Numbers]]:
    """Names whose steps are of one kind and one length, listed, with the numbers of the first."""
    alike: dict[Any, list[str]] = {}
    for name in names:
        one = parameters[name]
        sizes = {"up": round(one["along"], 6), "again": 0.0, "inverse": 0.0, "back": 0.0}
        sizes["clipped"] = one["bound"] and float(f"{one['bound']:.3g}")
        size = sizes.get(kind_of(one), name)
        alike.setdefault((kind_of(one), one["sign"], size), []).append(name)
    for together in alike.values():
        yield listed(together), parameters[together[0]]


def advised(names: Collection[str], parameters: Mapping[str, Numbers]) -> list[str]:
    """The step to write for each of some parameters."""
    return [
        f"{name} = {name} {'+' if parameters[name]['sign'] == -1 else '-'} rate * d{name}"
        for name in names
    ]


def draw_steps(numbers: Numbers, wrong: Collection[str]) -> Figure:
    """Plot each parameter's step as a multiple of a plain one, -1 where backward turns it round."""
    parameters = numbers.get("parameters", {})
    figure, (axes,) = new_figure(6.4, 1.4 + 0.3 * max(1, len(parameters)))
    names = list(parameters)
    multiples = [one["along"] * (-1 if one["sign"] == -1 else 1) for one in parameters.values()]
    colors = [FOUND if name in wrong else REPAIRED for name in names]
    axes.barh(names, multiples, color=colors, height=0.6)
    axes.axvline(1, color=NEUTRAL, linestyle="--")
    axes.axvline(0, color=NEUTRAL, linewidth=1)
    axes.invert_yaxis()
    axes.set_xlabel("step, as a multiple of -rate × gradient (dashed: a plain step)")
    return figure
