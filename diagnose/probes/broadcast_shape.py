"""A bias, an error or a target silently became a matrix, because NumPy stretches shapes to fit.

What it looks at
    The shapes of one step of the network's own size: of every pre-activation and output against
    the declared layers and the batch, of every gradient against its parameter, and of every
    parameter before and after the step. Also whether each bias is added to its unit, and not to
    its sample where there are as many of both, and, with one output, whether the gradient is that
    of every output with every target of the batch. Parameters and inputs are drawn so that no term
    vanishes. The mending that is proposed was tried: with it two steps run, and every array has
    the shape that it should have.

Why it skews the probabilities
    A bias gradient that is not summed over the batch makes a bias for each place in the batch, and
    a network that can answer nothing but whole batches. A bias of shape (n,) added to a column
    (n, 1) makes n columns of it. ``y - out`` with shapes (B,) and (B, 1) holds every output against
    every target, so that of a sample's own target no more is learned than the batch's mean tells.

Example:
    ``db = dZ.sum(axis=1)`` has the shape (n,), and ``b - rate * db`` is (n, n) if b is (n, 1).

Use instead
    ``db = dZ.sum(axis=1, keepdims=True)``; ``y.reshape(-1, 1) - out``; and
    ``assert b.shape == db.shape`` in the code.

When it stays silent
    When shapes differ and nothing comes of it: a gradient of shape (n,) for a bias of shape (1, n),
    a bias of shape (n,) for rows, code that reshapes before it adds. It looks at the network with
    the defects found before it repaired.

References:
    The NumPy documentation, "Broadcasting". CS231n notes, "Python NumPy tutorial".

"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnose.calculus.gradients import output_error
from diagnose.instruments import broadcasting
from diagnose.instruments.bench import Bench, Defect, place
from diagnose.instruments.broadcasting import Mending, Point, mended
from diagnose.network.arrays import Array, Arrays
from diagnose.network.record import Network
from diagnose.report import ABSENT, MASKED, PRESENT, Finding, Numbers
from diagnose.style.figures import FOUND, INK, NEUTRAL, new_figure
from diagnose.style.text import listed
from diagnose.symptoms import only_in_batches

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "broadcast-shape"


def measure(bench: Bench) -> Numbers:
    """Take a step, note all shapes, and find what mends them."""
    network = bench.sane
    labels = bench.data.labels
    mending = broadcasting.find(network, labels)
    numbers: Numbers = {
        "mending": None
        if mending is None
        else {
            "biases": [[name, list(shape)] for name, shape in mending.biases],
            "labels": mending.labels,
            "gradients": [list(one) for one in mending.gradients],
        },
        "batch_size": network.batch_size,
        "layout": network.layout,
        **_step(network, labels),
    }
    numbers["where"] = _place(bench, network, mending)
    if mending:
        found, run = bench.network, bench.train(bench.network)
        numbers["training"] = bench.trainer.trouble(found, bench.seed)
        rows = bench.sample(found)
        numbers["alone"] = "" if run.stopped else only_in_batches(found, run.parameters, rows)
    return numbers


def _place(bench: Bench, network: Network, mending: Mending | None) -> Numbers | None:
    """The line that makes the first array of a wrong shape."""
    if mending and mending.biases:
        return bench.place("init", mending.biases[0][0])
    if mending and mending.labels:
        return bench.place("labels") or bench.place("backward")
    names = [name for name, _ in mending.gradients] if mending else []
    if len(names) > 1 and len(names) == len(network.init(bench.seed)):
        # not one gradient alone: outputs and targets have made a table
        return bench.place("labels") or bench.place("backward")
    return bench.place("backward", names[-1] if names else "")


def _step(network: Network, labels: Array) -> Numbers:
    """The shapes of one step, as far as it comes."""
    point = Point.of(network, labels)
    trace = broadcasting.forward(network, point)
    given = None if trace is None else broadcasting.backward(network, point, trace)
    after = None if given is None else broadcasting.update(network, point, given)
    return {
        "parameters": _shapes(point.parameters),
        "trace": None if trace is None else _shapes(trace),
        "gradients": None if given is None else _shapes(given),
        "after": None if after is None else _shapes(after),
    }


def judge(numbers: Numbers) -> Finding:
    """Is there a mending, and is it needed?"""
    mending = numbers["mending"]
    present = bool(mending) and any(mending.values())
    if present:
        observed = "; ".join([*_bias_words(numbers), *_label_words(numbers), *_words(numbers)])
        if numbers["training"]:
            observed += f"; {numbers['training']}"
        elif numbers["alone"]:
            observed += f"; only whole batches get an answer: for one sample {numbers['alone']}"
        status = PRESENT
    elif mending is None:
        status, observed = MASKED, "the shapes of a step do not fit, and nothing tried mends them"
    else:
        count = len(numbers["parameters"])
        status = ABSENT
        observed = f"all {count} parameters have the same shape before and after a step"
    return Finding(
        defect=NAME,
        status=status,
        observed=observed,
        expected="each parameter keeps its shape, each gradient has that of its parameter, and "
        "each pre-activation has one number for each unit and sample",
        where=place(numbers) if present else None,
        advice=_advice(numbers) if present else "",
        numbers=numbers,
    )


def repair(network: Network, numbers: Numbers) -> Network:
    """Draw the biases, hand over the labels and fit the gradients as was found to be right."""
    found = numbers["mending"]
    if not found:
        return network
    return mended(
        network,
        Mending(
            biases=tuple((name, tuple(shape)) for name, shape in found["biases"]),
            labels=found["labels"],
            gradients=tuple((name, how) for name, how in found["gradients"]),
        ),
    )


@dataclass(frozen=True)
class Unsummed:
    """A backward pass that leaves the sum over the batch out of one bias's gradient.

    In a batch the gradient has a row (or column) for each sample, which together sum to the
    author's; for one sample it has the shape that stretches against the bias.
    """

    network: Network
    name: str

    def __call__(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Compute the gradients."""
        network, last = self.network, self.network.layers[-1]
        pre, out = (np.array(network.as_rows(trace[name])) for name in (last.pre, last.out))
        given = dict(network.backward(parameters, trace, x, labels))
        gradient = np.ravel(given[self.name])
        if network.batch_size == 1:
            column = np.shape(parameters[self.name]) == (gradient.size, 1)
            given[self.name] = gradient if column else gradient[:, np.newaxis]
            return given
        each = output_error(network, pre, out, labels) / len(labels)
        each = each + (gradient - each.sum(axis=0)) / len(labels)
        given[self.name] = (each if network.layout == "rows" else each.T).astype(gradient.dtype)
        return given


def inject(network: Network) -> Network:
    """Leave the sum over the batch out of the last bias's gradient, or, for one sample, keepdims.

    ValueError for a network whose last layer has no bias, and where the shape changes nothing.
    """
    name = network.layers[-1].bias
    if name is None:
        raise ValueError(f"{NAME} cannot be planted: the last layer has no bias")
    if network.batch_size == 1 and network.init(0)[name].size == 1:
        raise ValueError(f"{NAME} cannot be planted: one number for one sample has one shape only")
    return replace(network, backward=Unsummed(network, name))


def draw(numbers: Numbers) -> Figure:
    """Draw how many numbers each parameter has before and after a step."""
    before, after = numbers["parameters"], numbers["after"] or {}
    names = list(before)
    figure, (axes,) = new_figure(6.4, 1.0 + 0.35 * len(names))
    rows = np.arange(len(names))
    for offset, shown, color, label in (
        (-0.2, before, NEUTRAL, "as drawn"),
        (0.2, after, FOUND, "after one step"),
    ):
        sizes = [int(np.prod(shown[name])) if name in shown else 0 for name in names]
        axes.barh(rows + offset, sizes, 0.38, color=color, label=label)
        for row, name in enumerate(names):
            said = _shown(shown[name]) if name in shown else "the step stops"
            axes.text(max(sizes[row], 1), row + offset, f" {said}", va="center", color=INK, size=8)
    axes.set(xscale="log", xlabel="numbers in the parameter", yticks=rows, yticklabels=names)
    axes.set_xlim(0.8, 12 * max(int(np.prod(one)) for one in [*before.values(), *after.values()]))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.legend(frameon=False, loc="lower right")
    return figure


# Words


def _bias_words(numbers: Numbers) -> list[str]:
    """Say of each bias that is drawn in a wrong shape what it does."""
    said = []
    for name, shape in numbers["mending"]["biases"]:
        found = numbers["parameters"][name]
        rows = numbers["layout"] == "rows"
        samples = numbers["batch_size"]
        units = int(np.prod(found))
        array = (samples, units) if rows else (units, samples)
        stretched = _stretched(array, tuple(found))
        text = f"{name} is drawn as {_shown(found)} and added to {_shown(array)}, which "
        if stretched is None:
            text += "NumPy refuses"
        elif stretched == array:
            text += "adds its numbers to the samples of the batch instead of to the units"
        else:
            text += f"makes {_shown(stretched)} of it"
        said.append(f"{text}; as {_shown(shape)} it is added to the units")
    return said


def _label_words(numbers: Numbers) -> list[str]:
    if not numbers["mending"]["labels"]:
        return []
    batch = numbers["batch_size"]
    return [
        "labels and outputs meet in backward, of which one is a list and the other a column or row "
        f"of {batch}: that makes a table of {batch} x {batch} errors, each output with each label; "
        "given one shape, each output meets its own label"
    ]


def _words(numbers: Numbers) -> list[str]:
    """Say of each gradient of a wrong shape what the step makes of its parameter."""
    changes = dict(numbers["mending"]["gradients"])
    given, after = numbers["gradients"] or {}, numbers["after"] or {}
    said, table = [], []
    for name in changes:
        shape, gradient = numbers["parameters"][name], given.get(name)
        if gradient is None or (gradient == shape and changes[name] == "exact"):
            table.append(name)
            continue
        text = f"{name} is {_shown(shape)}, and its gradient is {_shown(gradient)}"
        if name not in after:
            text += ": the step stops"
        elif after[name] != shape:
            text += f": after one step {name} is {_shown(after[name])}"
        else:
            text += ": all its numbers take the same step"
        said.append(text)
    if table and not said:
        said.append(
            f"the gradient is that of every output with every target of the batch: of a table of "
            f"{numbers['batch_size']} x {numbers['batch_size']} errors, not of "
            f"{numbers['batch_size']}"
        )
    return said


def _advice(numbers: Numbers) -> str:
    mending = numbers["mending"]
    steps = [f"draw {name} as {_shown(shape)}" for name, shape in mending["biases"]]
    if mending["labels"]:
        shape = "-1, 1" if mending["labels"] == "column" else "1, -1"
        steps.append(f"give labels and outputs one shape in backward, as by .reshape({shape})")
    ways: dict[str, list[str]] = {}
    for name, how in mending["gradients"]:
        ways.setdefault(how, []).append(name)
    axis = 0 if numbers["layout"] == "rows" else 1
    texts = {
        "reshape": "give the gradient of {} the shape of its parameter, as keepdims=True does",
        "sum": f"sum the gradient of {{}} over the samples (axis={axis})",
        "mean": f"take the mean of the gradient of {{}} over the samples (axis={axis})",
        "exact": "give outputs and targets one shape, and {} the gradient that follows from it",
    }
    for how, names in ways.items():
        single = [name for name in names if how == "exact" and _is_one_number(name, numbers)]
        if single:
            steps.append(
                f"sum, or take the mean of, the gradient of {listed(single)} over the samples "
                f"alone (axis={axis})"
            )
        if others := [name for name in names if name not in single]:
            steps.append(texts[how].format(listed(others)))
    if {*ways} == {"sum"} and len(ways["sum"]) > 1:
        # not one forgotten sum: everything is written for one sample
        steps.append('if it is made for one sample at a time, say vectors="matrices"')
    return "; ".join(steps)


def _is_one_number(name: str, numbers: Numbers) -> bool:
    """Whether the gradient of a parameter of several numbers is a single one."""
    given = (numbers["gradients"] or {}).get(name)
    size = int(np.prod(numbers["parameters"][name]))
    return given is not None and int(np.prod(given)) == 1 < size


def _stretched(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...] | None:
    try:
        return tuple(np.broadcast_shapes(one, other))
    except ValueError:
        return None


def _shapes(arrays: Arrays) -> dict[str, list[int]]:
    return {name: list(np.shape(one)) for name, one in arrays.items()}


def _shown(shape: Any) -> str:
    return str(tuple(shape))


DEFECT = Defect(NAME, "gradient", __doc__, measure, judge, repair, inject, draw)
