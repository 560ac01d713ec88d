"""A gradient written by hand is not the derivative of the loss.

What it looks at
    The gradient that the network's own backward pass returns, against the loss that its own forward
    pass gives. First every parameter is moved along a random direction, then along single
    coordinates of every parameter, those with the largest gradients and some drawn at random, and
    the loss is measured on both sides (central differences, in float64). Where these differences
    confirm the exact gradient, that is then compared with every single entry. It is taken from the
    forward pass itself, unmodified, by reverse mode; where that cannot be followed (it fills plain
    arrays, or leaves NumPy), from the formula for the layers that the network declares. Of each
    gradient it tells whether it has a wrong factor, and which, a wrong sign or a wrong direction,
    is transposed, or is missing. All this happens at a sane point, at the start and after some
    steps, with the other defects found repaired: a network with dead units calls a wrong gradient
    perfect (0 = 0), one with a saturated softmax calls a right one wrong. What a check sees at the
    network's own point is reported too.

Why it skews the probabilities
    A gradient with the wrong sign or direction climbs where it should descend. One that is merely
    too small or too large makes its layer learn more slowly or faster than the others: often
    harmless, or even meant, and this is why the trainings with and without the repair decide.
    Where these have shown that it does no harm, it is a risk and no error.

Example:
    ``dw3 = 1 / Y.size * dz3 @ A2.T`` where ``Y`` is the one-hot column of one sample: its size is
    the number of classes, not the number of samples, so ``dw3`` is a tenth of the gradient.

Use instead
    ``dw3 = dz3 @ A2.T / samples``, and the same divisor for every weight and every bias. Check it
    with central differences after each change.

When it stays silent
    At kinks of (leaky) ReLU, where there is no derivative; when float32 arithmetic rounds; when the
    code adds ``decay * weight`` (L2 weight decay) to a weight's gradient, or to a part of it, as
    where the bias is a row of the weight; when all gradients are those of the same loss written in
    another usual way, which is the same as another learning rate: summed over the batch; of the
    squared error, without the half, or averaged over outputs; when they are negative and the update
    adds them, which is the same step; when they are those of cross-entropy, of a sigmoid or a
    softmax for which the squared error is declared: that loss fits such an output, and its gradient
    does not fade where the output is wrong and sure. It does not judge a network whose outputs are
    not what its last layer is declared to compute.

References:
    CS231n notes, "Gradient checks". Nielsen, "Neural Networks and Deep Learning", chapter 2.
    Press et al., "Numerical Recipes", 3rd edition, section 5.7 (the step).

"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from diagnose.calculus import gradients as found_by
from diagnose.calculus.convention import as_written
from diagnose.calculus.gradient_check import BURN_IN, examine
from diagnose.calculus.gradient_kinds import SOUND, kind_of
from diagnose.calculus.updates import signs
from diagnose.instruments import gradient_words
from diagnose.instruments.anew import computed_anew
from diagnose.instruments.bench import Bench, Defect, finding
from diagnose.network.arrays import Array, Arrays
from diagnose.network.precision import TOLERANCES
from diagnose.network.record import Network, bare
from diagnose.report import ABSENT, MASKED, NOT_APPLICABLE, PRESENT, Finding, Numbers
from diagnose.style.figures import FOUND, INK, NEUTRAL, REPAIRED, logarithmic, new_figure
from diagnose.style.places import is_head
from diagnose.style.text import listed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "wrong-gradient"
# Kinds of gradients that are as they should be but for how long they are.
LENGTHS = {"factor", "clipped", "shortened"}
Source = Literal["layers", "code", "differences"]


def measure(bench: Bench) -> Numbers:
    """Compare the gradients at the sane point, and at the network's own, at its start and end."""
    labels, seed = bench.data.labels, bench.seed
    rows = bench.trainer.rows(bench.sane)
    sane = as_written(bench.sane, rows, labels)
    own = replace(bench.network, loss=sane.loss)
    aside = computed_anew(bench.sane, "backward")
    turned = signs(sane, rows, labels, seed)
    found = examine(sane, sane.init(seed), rows, labels, seed, turned, BURN_IN, aside=aside)
    numbers: Numbers = {
        "where": bench.place("backward"),
        "batch_size": sane.batch_size,
        "classes": sane.classes,
        "outputs": sane.outputs,
        "loss": sane.loss,
        "declared_loss": bench.sane.loss,
        "scale": found.get("unit", 1.0),
        "scale_is": found.get("said", ""),
        "sane": found,
    }
    numbers["aside"] = aside
    numbers["only_lengths"] = _only_lengths(numbers)
    numbers["lines"] = _lines(bench, sane, numbers)
    unit = numbers["scale"]
    turned = signs(own, bench.inputs, labels, seed)
    numbers["start"] = examine(own, own.init(seed), bench.inputs, labels, seed, turned, unit=unit)
    numbers["trained"] = _after_training(bench, own, turned, unit)
    return numbers


def _lines(bench: Bench, network: Network, numbers: Numbers) -> Numbers:
    """The lines that make wrong gradients; of a parameter that nothing reads, that should add it.

    Of a gradient that is no array of the author's, since it is stepped with at once, the step.
    """
    parameters = numbers["sane"].get("parameters", {})
    names = _from_the_output(network, wrong_names(numbers))
    # what does not go down before what goes down by steps of another length
    names.sort(key=lambda name: kind_of(parameters[name]) in LENGTHS)
    made = bench.lines("backward", names)
    stepped = bench.lines("update", [name for name in names if name not in made])
    lines = {name: made.get(name) or stepped.get(name) for name in names}
    found = {name: one for name, one in lines.items() if one and not is_head(one["text"])}
    unread = {
        one.pre: one.bias
        for one in network.layers
        if one.bias in names and not parameters[one.bias]["used"]
    }
    sums = bench.lines("forward", [*unread])
    return found | {name: sums[pre] for pre, name in unread.items() if pre in sums and name}


def _after_training(bench: Bench, own: Network, turned: dict[str, int], unit: float) -> Numbers:
    run = bench.train(bench.network)
    if run.stopped:  # by a gradient of the wrong shape, for one
        return {"reason": f"its training stops with {run.stopped}", "softmax": True}
    labels = bench.data.labels
    return examine(own, run.parameters, bench.inputs, labels, bench.seed, turned, unit=unit)


def judge(numbers: Numbers) -> Finding:
    """Say which gradients are wrong, by which factor or in which way."""
    sane = numbers["sane"]
    if "reason" in sane:
        return _finding(
            numbers,
            MASKED if sane["softmax"] else NOT_APPLICABLE,
            f"no gradient was judged: {sane['reason']}",
            "mend the output layer first" if sane["softmax"] else "",
        )
    if sane["other_losses"]:
        said = "; or ".join(sane["other_losses"])
        return _finding(numbers, ABSENT, f"all gradients are exactly those of another loss: {said}")
    parameters = sane["parameters"]
    kinds = {name: kind_of(one) for name, one in parameters.items()}
    wrong = wrong_names(numbers)
    unseen = [name for name, kind in kinds.items() if kind == "unseen"]
    aside = [name for name in numbers["aside"] if name not in wrong]
    right = [name for name in parameters if name not in {*wrong, *unseen, *aside}]
    sentences = [
        gradient_words.sentence(name, kinds[name], parameters[name], numbers) for name in wrong
    ]
    if sane["extra"]:
        sentences.append(f"{listed(sane['extra'])} are gradients of no parameter, and not judged")
    if right:
        worst = max(parameters[name]["numeric_distance"] for name in right)
        are = "are right, and agree" if len(right) > 1 else "is right, and agrees"
        sentences.append(f"{listed(right)} {are} with the differences to {worst:.0e}")
    sentences += [gradient_words.remark(name, parameters[name], kinds[name]) for name in right]
    sentences += [gradient_words.loss(numbers), gradient_words.unit(numbers, wrong)]
    if sane.get("norm_bound"):
        sentences.append(f"all of them together are held to a norm of {sane['norm_bound']:.4g}")
    if unseen:
        sentences.append(f"{listed(unseen)} cannot be seen: nothing but 0 on every sample tried")
    if aside:
        are = "are computed anew" if len(aside) > 1 else "is computed anew"
        sentences.append(
            f"the gradient of {listed(aside)} {are} in the repair of another defect, and not judged"
        )
    observed = "; ".join(one for one in sentences if one) + ". " + gradient_words.own_point(numbers)
    if wrong:
        return _finding(numbers, PRESENT, observed, gradient_words.advice(numbers, kinds, wrong))
    if unseen:
        return _finding(numbers, MASKED, observed, "repair what makes the gradient vanish first")
    if aside:
        return _finding(numbers, MASKED, observed, "repair what else was found, then look again")
    return _finding(numbers, ABSENT, observed, "")


def wrong_names(numbers: Numbers) -> list[str]:
    """Names of the parameters whose gradients are wrong, first layer first."""
    sane = numbers["sane"]
    if "reason" in sane or sane["other_losses"]:
        return []
    return [name for name, one in sane["parameters"].items() if kind_of(one) not in SOUND]


def _only_lengths(numbers: Numbers) -> bool:
    """Whether all that is wrong is how long gradients are, or may be: they still go down."""
    wrong, sane = wrong_names(numbers), numbers["sane"]
    kinds = {kind_of(sane["parameters"][name]) for name in wrong}
    return bool(kinds) and kinds <= LENGTHS


def _from_the_output(network: Network, names: list[str]) -> list[str]:
    """Names of parameters, the output's first: errors there spread downwards.

    Of a layer, the weight first: its gradient has a direction also where the bias is one number.
    """
    layers = reversed(network.layers)
    return [name for one in layers for name in (one.weight, one.bias) if name and name in names]


def repair(network: Network, numbers: Numbers) -> Network:
    """Replace the wrong gradients, and only those, by the derivative of the loss.

    They keep the author's unit and weight decay, and the loss whose gradients the others are, so
    that nothing but what is wrong changes.
    By reverse mode on the declared layers, which is fastest, where the check found that to be the
    same; else on the author's own forward pass; where that cannot be followed, by central
    differences, which are right but take four losses per entry.
    """
    if "reason" in numbers["sane"]:
        return network
    found, wrong = numbers["sane"]["parameters"], wrong_names(numbers)
    unit = numbers["scale"]
    mended = Mended(
        network.backward,
        bare(replace(network, loss=numbers["loss"])),
        tuple((name, unit * found[name]["sign"], _kept_decay(found[name])) for name in wrong),
        _source(numbers, wrong),
    )
    return replace(network, backward=mended)


def _kept_decay(one: Numbers) -> float:
    """The decay of all weights in a gradient, with the sign that the update wants."""
    return one["sign"] * abs(one["decay"]) if one["is_one"] and not one["spares"] else 0.0


def _source(numbers: Numbers, names: list[str]) -> Source:
    """From where the right gradients of some parameters are to be had."""
    found = [numbers["sane"]["parameters"][name] for name in names]
    if not all(one["confirmed"] for one in found):
        return "differences"
    return "layers" if all(one["by_layers"] for one in found) else "code"


@dataclass(frozen=True)
class Mended:
    """A backward pass whose gradients of some parameters are replaced by the right ones.

    multiples: ``(name, factor, decay)``, of the derivative of the loss and of the parameter: the
    unit of the others, and negative where the update adds what it is handed.
    source: reverse mode on the declared layers or on the author's own code, or differences.
    """

    backward: Callable[..., Arrays]
    network: Network
    multiples: tuple[tuple[str, float, float], ...]
    source: Source

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Compute the gradients."""
        # The right ones first: the author's code may write into the trace.
        rows = np.array(self.network.as_rows(x))
        if self.source == "layers":
            right = found_by.exact_gradients(self.network, parameters, rows, labels)
        elif self.source == "code":
            right = found_by.traced_gradients(self.network, parameters, rows, labels)
        else:
            right = {
                name: found_by.numerical_gradient(self.network, parameters, rows, labels, name)
                for name, *_ in self.multiples
            }
        authors = self.backward(parameters, trace, x, labels)
        kept = {name: one for name, one in authors.items() if name in parameters}
        return kept | {
            name: factor * right[name] + (decay * parameters[name] if decay else 0)
            for name, factor, decay in self.multiples
        }


def inject(network: Network) -> Network:
    """Make the gradient of the last layer's weight a tenth of what it is."""
    return replace(network, backward=Shrunk(network.backward, network.layers[-1].weight, 0.1))


@dataclass(frozen=True)
class Shrunk:
    """A backward pass in which the gradient of one parameter is multiplied by a factor."""

    backward: Callable[..., Arrays]
    name: str
    factor: float

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Compute the gradients."""
        gradients = self.backward(parameters, trace, x, labels)
        return {**gradients, self.name: self.factor * gradients[self.name]}


def draw(numbers: Numbers) -> Figure:
    """Plot the author's gradient against the measured one, each parameter in its own panel."""
    parameters = numbers["sane"].get("parameters", {})
    names = list(parameters) or [""]
    wide = min(3, len(names))
    high = -(-len(names) // wide)
    figure, axes = new_figure(6.4, 0.6 + 1.9 * high, high, wide, shared=True)
    wrong = wrong_names(numbers)
    pairs = {name: _positive(parameters[name]["pairs"]) for name in parameters}
    every = [value for pair in pairs.values() for one in pair for value in one] or [1e-3, 1]
    low, top = min(every) / 3, max(every) * 3
    logarithmic(axes[0], "x", "y")
    axes[0].set(xlim=(low, top), ylim=(low, top))
    for one, name in zip(axes, names, strict=False):
        one.plot([low, top], [low, top], color=NEUTRAL, linewidth=1)
        if name in parameters:
            bad = name in wrong
            if pairs[name]:
                one.scatter(
                    [pair[0] for pair in pairs[name]],
                    [pair[1] for pair in pairs[name]],
                    s=12,
                    marker="x" if bad else "o",
                    color=FOUND if bad else REPAIRED,
                    linewidths=1,
                )
            kind = kind_of(parameters[name])
            one.set_title(
                f"{name}: {gradient_words.label(kind, parameters[name])}", fontsize=9, color=INK
            )
    for one in axes[len(names) :]:
        one.set_visible(False)
    for one in axes[len(names) - wide : len(names)]:  # the lowest of each column
        one.set_xlabel("by central difference", fontsize=8)
        one.tick_params(labelbottom=True)
    for one in axes[::wide]:
        one.set_ylabel("by the code", fontsize=8)
    return figure


def _finding(numbers: Numbers, status: str, observed: str, advice: str = "") -> Finding:
    sane = numbers["sane"]
    expected = "every gradient is the derivative of the loss: factor 1"
    if "parameters" in sane:
        unconfirmed = [n for n, one in sane["parameters"].items() if one["used"] > one["confirmed"]]
        checked = sum(one["checked"] for one in sane["parameters"].values())
        kind = max((one["type"] for one in sane["parameters"].values()), key=TOLERANCES.__getitem__)
        expected += (
            f", relative error below {TOLERANCES[kind]:.0e} in {kind}; held against {checked} "
            f"central differences and {sane['calls']} steps of the "
            f"{gradient_words.exact(sane)} that they confirm, with the other defects repaired"
        )
        if unconfirmed:
            expected += f"; for {listed(unconfirmed)}, which it does not explain, by these alone"
    return finding(
        NAME, expected, numbers, status, observed.strip(), advice, numbers.get("lines", ())
    )


def _positive(pairs: list[list[float]]) -> list[tuple[float, float]]:
    """Magnitudes of the pairs that a logarithmic axis can show."""
    return [(abs(a), abs(b)) for a, b in pairs if a and b]


DEFECT = Defect(NAME, "gradient", __doc__, measure, judge, repair, inject, draw)
