"""The step goes up the gradient, or somewhere that is not down it.

What it looks at
    The update alone: it is handed gradients chosen for this, at the network's own parameters, and
    the step that it makes is held against ``-rate * gradient``: its direction, its length, and
    what is left of a parameter when its gradient is zero. Whether a step that adds goes up or down
    depends on what backward returns: the loss is measured along the gradients that it returned, so
    a backward that returns the negative gradient and an update that adds it are right together.

Why it skews the probabilities
    Each step up makes the answer to its own sample worse, with more confidence each time, until
    the logits overflow or all units are dead. What is left answers one class for every image.

Example:
    ``W += rate * dW``, or ``W =- rate * dW``, which Python reads as ``W = (-rate * dW)``. Or
    ``sums += dW; W -= rate * sums``, where nothing sets ``sums`` back to 0: each gradient is then
    stepped down again in every step that follows. Or ``W -= rate * dW / mean_square``, without the
    root: then the smaller a gradient is, the longer is its step. Or ``np.clip(dW, 0, 1)``, which
    leaves out every negative gradient: then no weight ever grows.

Use instead
    ``W -= rate * dW`` with the derivative of the loss in ``dW``.

When it stays silent
    When a negative gradient is added, or a negative rate; when the step is shorter or longer than
    ``rate * gradient`` by a constant (it says so); at weight decay, gradient clipping that few
    numbers meet, or steps by the sign of the gradient, as long as they go down. At momentum, which
    forgets what it remembers sooner or later. An update that remembers earlier steps out of sight,
    so that it makes another step when it is called again with the same, cannot be judged.

References:
    Rumelhart, Hinton and Williams (1986), "Learning representations by back-propagating errors",
    Nature 323. Goodfellow, Bengio and Courville, "Deep Learning", section 4.3.

"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from diagnose.calculus import updates
from diagnose.calculus.updates import LATER, Update, kind_of
from diagnose.instruments.bench import Bench, Defect, as_place, finding
from diagnose.instruments.plain_steps import advised, draw_steps, grouped, stepped
from diagnose.instruments.statements import cut_in_step, halved_in_step
from diagnose.network.arrays import Arrays, copied
from diagnose.network.record import Network
from diagnose.report import ABSENT, MASKED, NOT_APPLICABLE, PRESENT, RISK, Finding, Numbers
from diagnose.style.text import listed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "update-direction"
_finding = partial(
    finding, NAME, "a step of -rate * gradient for every parameter: down the loss, cosine 1"
)
# Kinds that ``updates.kind_of`` names: those at fault here, and those that go down.
FAULTS = (
    "up", "elsewhere", "forgets", "back", "again", "alike", "inverse", "clipped", "one-way",
)  # fmt: skip
DOWN = ("plain", "scaled", "bent")

# Under which name the line stands that makes what a step keeps; no parameter is called so.
KEPT = "what is kept"
# Before the names of what is carried for the gradients of the other sign.
OTHERS = "of the other sign: "
# What is to be done where no plain step is to be written.
MENDED = {
    "again": "set back to 0, before each step, what the gradients are added up in",
    "back": "let momentum go on: velocity = 0.9 * velocity - rate * gradient, and add that",
    "inverse": "divide by the root of the mean square: rate * gradient / (np.sqrt(s) + 1e-8)",
    "one-way": "keep gradients of both signs: np.clip(gradient, -bound, bound)",
    "clipped": "cut gradients at a larger number, such as 1, or shorten each as a whole",
}


@dataclass(frozen=True)
class Upward:
    """An update that is handed every gradient with the opposite sign."""

    update: Update

    def __call__(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """Step up where the update would step down."""
        turned = {name: -np.asarray(one) for name, one in gradients.items()}
        return self.update(parameters, turned, rate)


@dataclass(frozen=True)
class Rooted:
    """An update that divides by the root of what its author divides by.

    ``g / sqrt(s)`` is the root of ``g / s`` times ``g``, whatever ``s`` is.
    """

    update: Update
    names: tuple[str, ...]

    def __call__(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """Make one step."""
        before = {name: np.array(parameters[name]) for name in self.names}
        sizes = {name: np.abs(rate * np.asarray(gradients[name])) for name in self.names}
        after = self.update(parameters, gradients, rate)
        steps = {name: after[name] - before[name] for name in self.names}
        return {**after} | {
            name: before[name] + np.sign(one) * np.sqrt(np.abs(one) * sizes[name])
            for name, one in steps.items()
        }


@dataclass(frozen=True)
class BothWays:
    """An update that takes gradients of one sign alone, once for these and once for the others.

    What it carries from step to step it carries for the others too, under names of their own.
    """

    update: Update
    names: tuple[str, ...]

    def __call__(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """Make one step, which is the difference of both."""
        before = {name: np.array(parameters[name]) for name in self.names}
        own = {name: one for name, one in parameters.items() if not name.startswith(OTHERS)}
        others = {
            name: np.array(parameters.get(OTHERS + name, one))
            if name not in gradients
            else np.array(one)
            for name, one in own.items()
            if name in gradients or OTHERS + name in parameters
        }
        turned = {name: -np.asarray(one) for name, one in gradients.items()}
        back = self.update(others, turned, rate)
        after = self.update(own, gradients, rate)
        after |= {name: after[name] - (back[name] - before[name]) for name in self.names}
        kept = {OTHERS + name: one for name, one in back.items() if name not in gradients}
        return {**after, **kept}


def measure(bench: Bench) -> Numbers:
    """Hand the update gradients, with the other defects repaired."""
    network = bench.sane
    rows, labels = bench.trainer.rows(network), bench.data.labels
    found = updates.measure(network, rows, labels, bench.seed)
    return {"where": bench.place("update"), "lines": _lines(bench, found), **found}


def _lines(bench: Bench, numbers: Numbers) -> Numbers:
    """The line of each parameter's step; of what it keeps, or cuts, where that is at fault."""
    parameters = numbers.get("parameters", {})
    kinds = {name: kind_of(one) for name, one in parameters.items()}
    lines = bench.lines("update", [*bench.network.init(bench.seed)])
    bounds = {name: parameters[name]["bound"] for name in kinds if kinds[name] == "clipped"}
    cut = cut_in_step(bench.network, bounds, bench.samples, bench.seed) if bounds else {}
    halved = [name for name, kind in kinds.items() if kind == "one-way"]
    if halved:
        cut |= halved_in_step(bench.network, halved, bench.samples, bench.seed)
    lines |= {name: there for name, one in cut.items() if (there := as_place(one))}
    elsewhere = [name for name, kind in kinds.items() if kind == "elsewhere"]
    lines |= _signless(bench, elsewhere)
    kept = {*kinds.values()} & {"again", "back"}
    return lines | (_kept_lines(bench, [*kinds]) if kept else {})


def _signless(bench: Bench, names: list[str]) -> Numbers:
    """Where a step makes the mean of gradients without their sign, by parameter.

    Of the two means that Adam keeps of a gradient one turns round with it, and the other, that of
    its square, does not. Where both stay, the one that is made first was to be the former.
    """
    network = bench.network
    start, found = network.init(bench.seed), dict[str, list[str]]()
    random = np.random.default_rng(bench.seed)
    given = {name: random.normal(size=np.shape(one)) for name, one in start.items()}

    def after(sign: float, name: str) -> Arrays:
        handed = {each: sign * one * (each == name) for each, one in given.items()}
        with np.errstate(all="ignore"):
            return network.update(copied(start), handed, network.learning_rate(0))

    for name in names:
        none, once, turned = (after(sign, name) for sign in (0.0, 1.0, -1.0))
        moved = [
            one
            for one in once
            if one not in start
            and np.shape(once[one]) == np.shape(start[name])
            and not np.array_equal(once[one], none[one])
        ]
        if len(moved) > 1 and all(np.array_equal(once[one], turned[one]) for one in moved):
            found[name] = moved
    lines = bench.lines("update", [each for several in found.values() for each in several])
    first = {
        name: min((lines[one] for one in several if one in lines), default=None, key=_by_line)
        for name, several in found.items()
    }
    return {name: line for name, line in first.items() if line}


def _by_line(place: Numbers) -> int:
    return int(place["line"])


def _kept_lines(bench: Bench, names: list[str]) -> Numbers:
    """Where the step makes what it keeps for the next one, under ``KEPT``; nothing if unseen."""
    network = bench.network
    start = network.init(bench.seed)
    ones = {name: np.ones(np.shape(start[name])) for name in names}
    after = network.update(copied(start), ones, network.learning_rate(0))
    kept = [name for name, one in after.items() if name not in start and np.ndim(one)]
    lines = bench.lines("update", kept)
    return {KEPT: lines[kept[0]]} if kept and kept[0] in lines else {}


def _last_step(numbers: Numbers, names: Sequence[str]) -> int:
    """The line of the last of some parameters' steps; 0 where none is known."""
    places = (numbers.get("lines", {}).get(name) for name in names)
    return max((_by_line(one) for one in places if one), default=0)


def judge(numbers: Numbers) -> Finding:
    """Which parameters does the update move away from where their loss falls?"""
    if "reason" in numbers:
        return _finding(numbers, NOT_APPLICABLE, f"no step was judged: {numbers['reason']}")
    parameters = numbers["parameters"]
    if wrong := wrong_names(numbers):
        said = [_sentence(names, one) for names, one in grouped(wrong, parameters)]
        if right := [name for name, one in parameters.items() if kind_of(one) in DOWN]:
            said.append(f"{listed(right)} {'go' if len(right) > 1 else 'goes'} down")
        kinds = {name: kind_of(parameters[name]) for name in wrong}
        said_of = [words for kind, words in MENDED.items() if kind in kinds.values()]
        said_of += advised([name for name in wrong if kinds[name] not in MENDED], parameters)
        if "again" in kinds.values() and (last := _last_step(numbers, wrong)):
            said.append(f"the line that sets it back belongs behind line {last}, the last step")
        # what is added to, not what steps with it
        kept = {*kinds.values()} & {"again", "back"}
        places = [KEPT] if kept else wrong
        found = _finding(numbers, PRESENT, "; ".join(said), "; ".join(said_of), places)
        return replace(found, severity=RISK if {*kinds.values()} == {"clipped"} else "")
    untold = [name for name, one in parameters.items() if one["sign"] is None]
    if untold:
        return _finding(
            numbers,
            MASKED,
            f"the update adds gradients to {listed(untold)}, and whether backward returns the "
            "negative gradient cannot be told: the loss does not change along it, or is unknown",
            "repair what keeps the loss from being measured first",
        )
    return _finding(numbers, ABSENT, "; ".join(_harmless(numbers)))


def wrong_names(numbers: Numbers) -> list[str]:
    """Names of the parameters that the update moves in a wrong direction."""
    return [
        name
        for name, one in numbers.get("parameters", {}).items()
        if one["sign"] is not None and kind_of(one) in FAULTS
    ]


def repair(network: Network, numbers: Numbers) -> Network:
    """Make a plain step with the parameters concerned, or take the root, or both signs."""
    parameters = numbers.get("parameters", {})
    kinds = {name: kind_of(parameters[name]) for name in wrong_names(numbers)}
    inverse = tuple(name for name, kind in kinds.items() if kind == "inverse")
    if inverse:
        network = replace(network, update=Rooted(network.update, inverse))
    halved = tuple(name for name, kind in kinds.items() if kind == "one-way")
    if halved:
        network = replace(network, update=BothWays(network.update, halved))
    plain = [name for name in kinds if name not in (*inverse, *halved)]
    return stepped(network, numbers, plain)


def inject(network: Network) -> Network:
    """Add the gradients where they should be subtracted."""
    return replace(network, update=Upward(network.update))


def draw(numbers: Numbers) -> Figure:
    """Plot each parameter's step as a multiple of a plain one."""
    return draw_steps(numbers, wrong_names(numbers))


# Words


def _sentence(name: str, one: Numbers) -> str:
    low, high = (round(cosine, 3) for cosine in one["cosines"])
    match kind_of(one):
        case "up" if one["sign"] == -1:
            return (
                f"the update subtracts the gradient of {name} ({-one['along']:+.4g} times rate * "
                "gradient), and backward returns the negative gradient: up the loss"
            )
        case "up":
            return (
                f"the update moves {name} by {-one['along']:+.4g} times rate * gradient: up the "
                "gradient that it is handed"
            )
        case "forgets":
            return (
                f"even with a gradient of 0, a step leaves {one['kept']:.3g} times what {name} was"
                ": overwritten, not moved"
            )
        case "alike":
            return (
                f"the step of {name} is one and the same for all its {one['entries']} numbers, as "
                "of the sum or the mean of its gradient"
            )
        case "inverse":
            return (
                f"the step of {name} is the shorter, the longer its gradient is, as where it is "
                "divided by its mean square and not by the root of that"
            )
        case "clipped":
            return (
                f"the step of {name} cuts each number of its gradient at {one['bound']:.2g}, and "
                "most of them are larger: little but their signs is left"
            )
        case "one-way":
            return (
                f"the step of {name} leaves out every number of its gradient that is "
                f"{'negative' if one['one_way'] > 0 else 'positive'}"
            )
        case "back":
            return (
                f"the step of {name} takes {-one['at_once']:.0%} of the one before back, as "
                "momentum of the wrong sign does"
            )
        case "again":
            return (
                f"what is added up for {name} is never set back: {LATER} steps after a gradient, "
                f"without another one, a step still makes {one['again']:.0%} of what it made at "
                "first"
            )
        case _:
            return (
                f"the step of {name} does not go down the gradient: its cosine with the way down "
                f"is {low:g} to {high:g} for several gradients"
            )


def _harmless(numbers: Numbers) -> list[str]:
    """What is to be said of an update that goes down."""
    parameters = numbers["parameters"]
    if not parameters:
        return ["backward returns no gradient that the update could be handed"]
    judged = [name for name, one in parameters.items() if kind_of(one) != "frozen"]
    said = [f"{listed(judged)} {'go' if len(judged) > 1 else 'goes'} down"] if judged else []
    if added := [name for name in judged if parameters[name]["sign"] == -1]:
        said.append(
            f"backward returns the negative gradient of {listed(added)} and the update adds it, "
            "which is right together"
        )
    for name in judged:
        one = parameters[name]
        if kind_of(one) == "scaled":
            said.append(
                f"the rate of {name} really is {abs(one['along']):.4g} times the one that the "
                "update is given"
            )
        if kind_of(one) == "bent":
            said.append(f"the step of {name} is not proportional to its gradient")
        if abs(1 - one["kept"]) > 1e-9:
            said.append(
                f"a step multiplies {name} by {one['kept']:.8g} even with a gradient of 0, as "
                "weight decay does"
            )
    return said


DEFECT = Defect(NAME, "step", __doc__, measure, judge, repair, inject, draw)
