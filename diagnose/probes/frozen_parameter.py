"""A parameter is never moved by its gradient.

What it looks at
    The update alone: it is handed one gradient at a time, all others being zero, at the network's
    own parameters. Each parameter must move with its own gradient, in all of its entries, and stay
    where it is at every other one's. The network's other defects are repaired for this.

Why it skews the probabilities
    A weight that stays as it was drawn leaves its layer a random projection, on which the other
    layers have to do all the work. Without its bias, the output layer cannot say how frequent the
    classes are. A parameter that follows another one's gradient takes steps that have nothing to
    do with its own loss.

Example:
    ``b1_new = b1 - rate * db1`` followed by ``return W1, b1, W2, b2``; ``W = W - rate * dW`` in a
    loop over a list, which gives a local name another value and leaves the list as it was; ``b2``
    updated with ``db1``.

Use instead
    ``b1 = b1 - rate * db1`` for every parameter, and return what it gives; or ``W -= rate * dW``,
    which writes into the array that the list holds.

When it stays silent
    When a parameter is never used, so that nothing is lost; when backward returns no gradient of
    it, or always 0, for then ``wrong-gradient`` tells; at updates in place, weight decay and steps
    of another length. An update that remembers earlier steps out of sight, so that it makes another
    step when it is called again with the same, cannot be judged.

References:
    Python language reference, "Naming and binding" and "Augmented assignment statements".
    Goodfellow, Bengio and Courville, "Deep Learning", section 8.3.1.

"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from diagnose.calculus import updates
from diagnose.calculus.gradient_check import is_used
from diagnose.calculus.updates import Update, kind_of
from diagnose.instruments.bench import Bench, Defect, as_place, finding
from diagnose.instruments.plain_steps import advised, draw_steps, stepped
from diagnose.instruments.statements import stepped_aside
from diagnose.network.arrays import Arrays
from diagnose.network.authors_code import line_naming
from diagnose.network.record import Network
from diagnose.report import ABSENT, NOT_APPLICABLE, PRESENT, Finding, Numbers
from diagnose.style.text import listed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "frozen-parameter"
_finding = partial(
    finding, NAME, "every parameter moves by -rate * its own gradient, and nothing else moves it"
)
# Kinds that ``updates.kind_of`` names.
FAULTS = ("frozen", "partly", "mixed")


@dataclass(frozen=True)
class Frozen:
    """An update that leaves one parameter as it is."""

    update: Update
    name: str

    def __call__(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """Make one step."""
        kept = np.array(parameters[self.name])
        return {**self.update(parameters, gradients, rate), self.name: kept}


def measure(bench: Bench) -> Numbers:
    """Hand the update one gradient at a time, with the other defects repaired."""
    network = bench.sane
    rows, labels = bench.trainer.rows(network), bench.data.labels
    numbers = updates.measure(network, rows, labels, bench.seed)
    some = rows[: network.batch_size]
    for name, one in numbers.get("parameters", {}).items():
        suspect = kind_of(one) in FAULTS
        one["used"] = not suspect or is_used(network, network.init(bench.seed), name, some)
    lines = _lines(bench, numbers)
    beside = _beside(list(numbers.get("parameters", {})), lines)
    place = bench.place("update")
    return {"where": place, "lines": lines | beside, "beside": [*beside], **numbers}


def _lines(bench: Bench, numbers: Numbers) -> Numbers:
    """The line that steps each parameter; where no step is written, the one that takes it."""
    names = list(numbers.get("parameters", {}))
    lines = bench.lines("update", names)
    left = [name for name in names if name not in lines]
    aside = stepped_aside(bench.network, left, bench.samples, bench.seed)
    step = bench.network.code.get("update")
    for name in left:
        if there := as_place(aside.get(name) or line_naming(step, name)):
            lines[name] = there
    if bench.network.stands("update") is None:
        for layer in bench.network.layers:
            taken = bench.lines("forward", [layer.pre]).get(layer.pre)
            alone = [name for name in (layer.weight, layer.bias) if name and name not in lines]
            lines |= dict.fromkeys(alone, taken) if taken else {}
    return lines


def _beside(names: list[str], lines: Numbers) -> Numbers:
    """For what no line steps the line before which that belongs: the step of the next one.

    Of the last ones it is the step of the one before.
    """
    found = {}
    for at, name in enumerate(names):
        others = [*names[at + 1 :], *reversed(names[:at])]
        there = next((lines[other] for other in others if other in lines), None)
        if name not in lines and there:
            found[name] = there
    return found


def judge(numbers: Numbers) -> Finding:
    """Does every parameter move with its own gradient, and with no other?"""
    if "reason" in numbers:
        return _finding(numbers, NOT_APPLICABLE, f"no step was judged: {numbers['reason']}")
    parameters = numbers["parameters"]
    if wrong := wrong_names(numbers):
        beside = numbers.get("beside", ())
        said = [_sentence(name, parameters[name], alone=name in beside) for name in wrong]
        advice = "; ".join(advised(wrong, parameters))
        return _finding(numbers, PRESENT, "; ".join(said), advice, wrong)
    moved = [name for name, one in parameters.items() if one["moved"]]
    said = [f"moved by their own gradients, and by no other: {listed(moved)}"] if moved else []
    if unused := [name for name, one in parameters.items() if not one["used"]]:
        said.append(f"the network never uses {listed(unused)}")
    idle = {name for name, one in parameters.items() if kind_of(one) in FAULTS} - {*unused}
    if idle:
        said.append(
            f"backward returns nothing but 0 for {listed(sorted(idle))}, which the update leaves"
        )
    return _finding(numbers, ABSENT, "; ".join(said) or "there is no gradient to hand")


def wrong_names(numbers: Numbers) -> list[str]:
    """Names of the parameters that do not move with their own gradient alone."""
    return [
        name
        for name, one in numbers.get("parameters", {}).items()
        if kind_of(one) in FAULTS and one["used"] and one["given"]
    ]


def repair(network: Network, numbers: Numbers) -> Network:
    """Make a plain step with the parameters concerned."""
    return stepped(network, numbers, wrong_names(numbers))


def inject(network: Network) -> Network:
    """Leave the last layer's bias as it is; in a network without, the first layer's weight."""
    first, last = network.layers[0], network.layers[-1]
    return replace(network, update=Frozen(network.update, last.bias or first.weight))


def draw(numbers: Numbers) -> Figure:
    """Plot each parameter's step as a multiple of a plain one."""
    return draw_steps(numbers, wrong_names(numbers))


# Words


def _sentence(name: str, one: Numbers, *, alone: bool) -> str:
    """What is wrong with a step; alone: whether no line makes one, and its neighbour's is shown."""
    movers = listed(one["others"])
    match kind_of(one):
        case "frozen" if movers:
            return f"{name} is moved by the gradient of {movers}, and not at all by its own"
        case "frozen" if alone:
            return f"no line steps {name}: its own step is missing beside this one"
        case "frozen":
            return f"the update never moves {name}, whatever gradient it is handed"
        case "partly":
            return f"{one['stuck']} of {one['entries']} entries of {name} never move"
        case _:
            sizes = listed(f"{size:.3g}" for size in one["others"].values())
            return (
                f"{name} is moved by the gradient of {movers} too, by {sizes} times as much as a "
                "plain step"
            )


DEFECT = Defect(NAME, "step", __doc__, measure, judge, repair, inject, draw)
