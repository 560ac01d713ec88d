"""A gradient written by hand is not the derivative of the loss.

What it looks at
    The gradient that the network's own backward pass returns, against the loss that its own
    forward pass gives. First every parameter is moved along a random direction, then along single
    coordinates of every parameter, those with the largest gradients and some drawn at random, and
    the loss is measured on both sides (central differences, in float64). Where these differences
    confirm the formula for the layers that the network declares, that formula is then compared
    with every single entry. It tells by which factor each gradient is off, and a wrong factor, a
    wrong sign, a transposed, a missing and a misdirected gradient apart. All this happens at a
    sane point, at the start and after some steps, with the other defects found repaired: a network
    with dead units calls a wrong gradient perfect (0 = 0), one with a saturated softmax calls a
    right one wrong. What a check sees at the network's own point is reported too.

Why it skews the probabilities
    A gradient with the wrong sign or direction climbs where it should descend. One that is merely
    too small or too large makes its layer learn more slowly or faster than the others: often
    harmless, and this is why the trainings with and without the repair decide.

Example:
    ``dw3 = 1 / Y.size * dz3 @ A2.T`` where ``Y`` is the one-hot column of one sample: its size is
    the number of classes, not the number of samples, so ``dw3`` is a tenth of the gradient.

Use instead
    ``dw3 = dz3 @ A2.T / samples``, and the same divisor for every weight and every bias. Check it
    with central differences after each change.

When it stays silent
    At kinks of (leaky) ReLU, where there is no derivative; when float32 arithmetic rounds; when
    the code adds ``decay * weight`` (L2 weight decay) to a weight's gradient; when all gradients
    are those of the same loss written in another usual way, which is the same as another learning
    rate: summed over the batch; of the squared error, without the half, or averaged over outputs.
    It does not judge a network whose probabilities are not the softmax of its logits.

References:
    CS231n notes, "Gradient checks". Nielsen, "Neural Networks and Deep Learning", chapter 2.
    Press et al., "Numerical Recipes", 3rd edition, section 5.7 (the step).

"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnose import gradients as found_by
from diagnose.gradient_check import BURN_IN, PARALLEL, Numbers, examine, kind_of
from diagnose.gradients import TOLERANCES
from diagnose.network import Array, Arrays, Network
from diagnose.probes.defect import Bench, Defect, place
from diagnose.report import ABSENT, MASKED, NOT_APPLICABLE, PRESENT, Finding

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "wrong-gradient"

# At a point where plain differences are off by more, CS231n's bands call a right gradient wrong.
DROWNED = 1e-2


@dataclass(frozen=True)
class Divided:
    """A backward pass, its gradients divided by a number."""

    backward: Callable[..., Arrays]
    divisor: float

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Gradients by the parameters' names."""
        given = self.backward(parameters, trace, x, labels)
        return {name: one / self.divisor for name, one in given.items()}


def measure(bench: Bench) -> Numbers:
    """Compare the gradients at the sane point, and at the network's own, at its start and end."""
    labels, seed, sane, own = bench.data.labels, bench.seed, bench.sane, bench.network
    rows = bench.trainer.rows(sane)
    numbers: Numbers = {
        "where": bench.place("backward"),
        "batch_size": sane.batch_size,
        "classes": sane.classes,
        "outputs": sane.targets(labels[:1]).shape[1],
        "scale": 1.0,
        "scale_is": "",
        "sane": examine(sane, sane.init(seed), rows, labels, seed, BURN_IN),
    }
    if found := _usual_scale(sane, numbers):
        # Measured again in the unit in which most of them are right.
        numbers["scale"], numbers["scale_is"] = found
        sane, own = (
            replace(one, backward=Divided(one.backward, numbers["scale"])) for one in (sane, own)
        )
        numbers["sane"] = examine(sane, sane.init(seed), rows, labels, seed, BURN_IN)
    numbers["start"] = examine(own, own.init(seed), bench.inputs, labels, seed, 0)
    numbers["trained"] = _after_training(bench, own)
    return numbers


def _after_training(bench: Bench, own: Network) -> Numbers:
    try:
        parameters = bench.train(bench.network).parameters
    except Exception as error:  # a gradient of the wrong shape, for one, stops a training
        return {"reason": f"its training stops with {error!r}", "softmax": True}
    return examine(own, parameters, bench.inputs, bench.data.labels, bench.seed, 0)


def _usual_scale(network: Network, numbers: Numbers) -> tuple[float, str] | None:
    """The factor of most gradients, where another usual way to write the loss explains it.

    The sum over the batch for the mean; of the squared error also the whole for the half, and the
    mean over the outputs for the sum. That is no mistake, and the factor of all of them is that of
    a learning rate; so what is off is what differs from most.
    """
    seen = [one for one in numbers["sane"].get("parameters", {}).values() if one["true_norm"] > 0]
    ways = {"the sum over the batch": float(network.batch_size)}
    if network.loss == "squared-error":
        ways["the squared error without the half"] = 2.0
        ways["the mean over the outputs"] = 1 / numbers["outputs"]
    ways = {name: factor for name, factor in ways.items() if factor != 1}
    for several in chain.from_iterable(combinations(ways, n + 1) for n in range(len(ways))):
        scale = math.prod(ways[name] for name in several)
        alike = sum(
            kind_of(one) == "factor"
            and abs(one["factor"] / scale - 1) < PARALLEL * TOLERANCES[one["type"]]
            for one in seen
        )
        if 2 * alike > len(seen):
            return scale, " and ".join(several)
    return None


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
    parameters = sane["parameters"]
    kinds = {name: kind_of(one) for name, one in parameters.items()}
    wrong = wrong_names(numbers)
    unseen = [name for name, kind in kinds.items() if kind == "unseen"]
    right = [name for name in parameters if name not in wrong and name not in unseen]
    sentences = [_sentence(name, kinds[name], parameters[name], numbers) for name in wrong]
    if sane["extra"]:
        sentences.append(f"backward returns gradients of no parameter: {_list(sane['extra'])}")
    if right:
        worst = max(parameters[name]["numeric_distance"] for name in right)
        are = "are right, and agree" if len(right) > 1 else "is right, and agrees"
        sentences.append(f"{_list(right)} {are} with the differences to {worst:.0e}")
    sentences += [_remark(name, parameters[name], kinds[name]) for name in right]
    if numbers["scale_is"]:
        sentences.append(
            f"all are taken as {numbers['scale']:g} times those of the loss, for "
            f"{numbers['scale_is']}, which acts as a learning rate that many times as large"
        )
    if unseen:
        sentences.append(f"{_list(unseen)} cannot be seen: nothing but 0 on every sample tried")
    observed = "; ".join(one for one in sentences if one) + ". " + _own_point(numbers)
    if wrong or sane["extra"]:
        return _finding(numbers, PRESENT, observed, _advice(numbers, kinds, wrong))
    if unseen:
        return _finding(numbers, MASKED, observed, "repair what makes the gradient vanish first")
    return _finding(numbers, ABSENT, observed, "")


def wrong_names(numbers: Numbers) -> list[str]:
    """Names of the parameters whose gradients are wrong, first layer first."""
    sane = numbers["sane"]
    if "reason" in sane:
        return []
    return [
        name
        for name, one in sane["parameters"].items()
        if kind_of(one) not in ("right", "unseen", "decay")
    ]


def repair(network: Network, numbers: Numbers) -> Network:
    """Replace the wrong gradients, and only those, by the derivative of the loss.

    By reverse mode from the network's own trace where the check confirmed that, else by central
    differences, which are right but take two losses per entry.
    """
    if "reason" in numbers["sane"]:
        return network
    backward = partial(
        mended_backward,
        backward=network.backward,
        network=network,
        names=tuple(wrong_names(numbers)),
        scale=numbers["scale"],
        declared=all(
            numbers["sane"]["parameters"][name]["declared"] for name in wrong_names(numbers)
        ),
    )
    return replace(network, backward=backward)


def mended_backward(
    parameters: Arrays,
    trace: Arrays,
    x: Array,
    labels: Array,
    *,
    backward: Any,
    network: Network,
    names: tuple[str, ...],
    scale: float,
    declared: bool,
) -> Arrays:
    """Return the author's gradients, those under ``names`` replaced by right ones times a scale."""
    # The right ones first: the author's code may write into the trace.
    if declared:
        right = found_by.reverse_mode(network, parameters, trace, x, labels)
    else:
        rows = np.array(network.as_rows(x))
        right = {
            name: found_by.numerical_gradient(network, parameters, rows, labels, name)
            for name in names
        }
    authors = backward(parameters, trace, x, labels)
    kept = {name: one for name, one in authors.items() if name in parameters}
    return kept | {name: scale * right[name] for name in names}


def inject(network: Network) -> Network:
    """Make the gradient of the last layer's weight a tenth of what it is."""
    backward = partial(
        shrunk_backward, backward=network.backward, name=network.layers[-1].weight, factor=0.1
    )
    return replace(network, backward=backward)


def shrunk_backward(
    parameters: Arrays,
    trace: Arrays,
    x: Array,
    labels: Array,
    *,
    backward: Any,
    name: str,
    factor: float,
) -> Arrays:
    """Return the author's gradients, that of one parameter times a factor."""
    gradients = backward(parameters, trace, x, labels)
    return {**gradients, name: factor * gradients[name]}


def draw(numbers: Numbers) -> Figure:
    """Plot the author's gradient against the measured one, each parameter in its own panel."""
    from diagnose.pictures import FOUND, INK, NEUTRAL, REPAIRED, new_figure

    parameters = numbers["sane"].get("parameters", {})
    names = list(parameters) or [""]
    wide = min(3, len(names))
    high = -(-len(names) // wide)
    figure, axes = new_figure(6.4, 0.6 + 1.9 * high, high, wide)
    wrong = wrong_names(numbers)
    pairs = {name: _positive(parameters[name]["pairs"]) for name in parameters}
    every = [value for pair in pairs.values() for one in pair for value in one] or [1e-3, 1]
    low, top = min(every) / 3, max(every) * 3
    for one, name in zip(axes, names, strict=False):
        one.set(xscale="log", yscale="log", xlim=(low, top), ylim=(low, top))
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
            one.set_title(f"{name}: {_label(kind, parameters[name])}", fontsize=9, color=INK)
    for one in axes[len(names) :]:
        one.set_visible(False)
    for one in axes[-wide:]:
        one.set_xlabel("by central difference", fontsize=8)
    for one in axes[::wide]:
        one.set_ylabel("by the code", fontsize=8)
    return figure


# Words


def _sentence(name: str, kind: str, one: Numbers, numbers: Numbers) -> str:
    error = f"relative error {_number(one['relative_error'])}"
    match kind:
        case "absent":
            return f"backward returns no gradient for {name}"
        case "shape":
            return f"the gradient of {name} has shape {one['given_shape']}, {name} {one['shape']}"
        case "not-finite":
            return f"the gradient of {name} is not finite"
        case "nonzero":
            return f"the gradient of {name} is not 0 where the true one is exactly 0"
        case "zero":
            return f"the gradient of {name} is 0 where the true one is not: a term is missing"
        case "factor":
            reason = _reason(one["factor"], numbers)
            return f"the gradient of {name} is {_factor(one)} times the true one{reason} ({error})"
        case "sign":
            return f"the gradient of {name} has the wrong sign: {_factor(one)} times the true one"
        case "transposed":
            return f"the gradient of {name} is the transpose of the true one ({error})"
        case "entries":
            count, total = one["coordinates_off"], one["coordinates"]
            first = one["first_off"]
            return f"the gradient of {name} is wrong in {count} of {total} entries, as {first}"
        case _:
            lo, hi = one["factors"] or (0.0, 0.0)
            span = f", factor {lo:.3g} to {hi:.3g}" if one["factors"] else ""
            cosine = f"cosine {one['cosine']:.6g}"
            return f"the gradient of {name} has a wrong direction ({cosine}{span}, {error})"


def _remark(name: str, one: Numbers, kind: str) -> str:
    if kind == "decay":
        return f"{name} has weight decay of {_number(one['decay'])} added, which is no mistake"
    return ""


def _reason(factor: float, numbers: Numbers) -> str:
    """Name the number that a factor most plausibly comes from, where only one is near."""
    counts = {"the batch size": numbers["batch_size"]}
    if numbers["classes"]:
        counts["the number of classes"] = numbers["classes"]
    else:
        counts["the number of outputs"] = numbers["outputs"]
    known = {f"{name}, {count}": count for name, count in counts.items() if count > 1}
    known |= {f"1 / {name}": 1 / count for name, count in known.items()}
    near = [text for text, value in known.items() if abs(factor / value - 1) < 1e-6]
    return f", {near[0]}" if len(near) == 1 else ""


def _own_point(numbers: Numbers) -> str:
    """Say what a check at the network's own points would have said."""
    start, trained = (_said(numbers[point]) for point in ("start", "trained"))
    if start == trained:
        return f"At the network's own point, at its start and trained, {start}."
    return f"At the network's own point, at its start, {start}; trained, {trained}."


def _said(own: Numbers) -> str:
    if "reason" in own:
        return f"nothing can be checked ({own['reason']})"
    parameters = own["parameters"]
    kinds = {name: kind_of(one) for name, one in parameters.items()}
    zeros = [name for name, kind in kinds.items() if kind == "unseen"]
    faults = [name for name, kind in kinds.items() if kind not in ("unseen", "right", "decay")]
    drowned = {
        name: error
        for name, one in parameters.items()
        if kinds[name] in ("right", "decay") and (error := one["numeric_distance"]) > DROWNED
    }
    parts = [f"finds fault with {_list(faults)}" if faults else "finds no fault"]
    if zeros:
        parts.append(f"is masked for {_list(zeros)} (exactly 0 in truth and by the code: 0 = 0)")
    if drowned:
        parts.append(
            f"calls {_list(list(drowned))} wrong by up to {max(drowned.values()):.0%} with plain "
            "differences where the code is right (rounding, saturation)"
        )
    if own["not_finite"]:
        parts.append(f"meets an output that is not finite on {own['not_finite']} samples")
    return f"the check {_list(parts)}"


def _advice(numbers: Numbers, kinds: dict[str, str], wrong: list[str]) -> str:
    steps = []
    for name in wrong:
        one = numbers["sane"]["parameters"][name]
        match kinds[name]:
            case "factor":
                steps.append(f"multiply the gradient of {name} by {1 / one['factor']:.4g}")
            case "sign":
                steps.append(f"turn the sign of the gradient of {name}")
            case "transposed":
                steps.append(f"transpose the gradient of {name}")
            case "absent" | "zero":
                steps.append(f"compute the gradient of {name}")
            case "shape":
                steps.append(f"give the gradient of {name} the shape {one['shape']}")
            case _:
                steps.append(f"derive the gradient of {name} again")
    if numbers["sane"]["extra"]:
        steps.append(f"name gradients as the parameters, unlike {_list(numbers['sane']['extra'])}")
    if len(wrong) > 1:
        steps.append(f"begin at {wrong[-1]}, nearest the output: errors there spread downwards")
    return "; ".join(steps)


def _finding(numbers: Numbers, status: str, observed: str, advice: str) -> Finding:
    sane = numbers["sane"]
    expected = "every gradient is the derivative of the loss: factor 1"
    if "parameters" in sane:
        undeclared = [n for n, one in sane["parameters"].items() if one["used"] > one["declared"]]
        checked = sum(one["checked"] for one in sane["parameters"].values())
        kind = max((one["type"] for one in sane["parameters"].values()), key=TOLERANCES.__getitem__)
        expected += (
            f", relative error below {TOLERANCES[kind]:.0e} in {kind}; held against {checked} "
            f"central differences and {sane['calls']} steps of the formula that they confirm, with "
            "the other defects repaired"
        )
        if undeclared:
            expected += f"; for {_list(undeclared)}, which no layer explains, by these alone"
    return Finding(
        defect=NAME,
        status=status,
        observed=observed.strip(),
        expected=expected,
        where=place(numbers),
        advice=advice,
        numbers=numbers,
    )


def _factor(one: Numbers) -> str:
    """Write the factor with as many digits as it takes to tell it from 1."""
    factor = one["factor"]
    near = abs(abs(factor) - 1) < 0.05
    return f"{factor:.6f}" if near else f"{factor:#.4g}"


def _number(value: float) -> str:
    return f"{value:.2g}"


def _list(names: list[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]


def _label(kind: str, one: Numbers) -> str:
    if kind in ("factor", "sign"):
        return f"{_factor(one)} × the truth"
    return {"direction": "wrong direction", "entries": "wrong entries", "unseen": "not seen"}.get(
        kind, kind
    )


def _positive(pairs: list[list[float]]) -> list[tuple[float, float]]:
    """Magnitudes of the pairs that a logarithmic axis can show."""
    return [(abs(a), abs(b)) for a, b in pairs if a and b]


DEFECT = Defect(
    name=NAME,
    page=__doc__ or "",
    measure=measure,
    judge=judge,
    repair=repair,
    inject=inject,
    draw=draw,
)
