"""Two things that should be two arrays are one, so that writing one overwrites the other.

What it looks at
    Every function runs several times, each time on copies of its own, and what it gave the first
    time is compared with what it was then: a draw after the next draw and after a step, a trace
    after the next forward pass, gradients after the next backward pass, parameters after the next
    pass. Nothing that was handed over could have changed it, so what changed shares its memory
    with something else. Of a step, two parameters that are one array are compared with two that
    are two. Of the labels and images, those that order and prepare were handed are compared before
    and after, and prepare is handed the same images in another order: each must get its own row.
    Targets are asked for again after those of other labels: none of these may be left in them.

Why it skews the probabilities
    Labels that are shuffled without their images are noise, and a network that learns noise
    answers all images alike. A bias that is two layers' bias moves with both. A draw that is the
    same array each time is no fresh start: the second training goes on where the first one ended.
    And of a buffer that is used again, whoever kept a result finds the last one in its place.

Example:
    b1 = b2 = np.zeros(10)
    START = np.random.randn(10, 784); def init(): return START
    rng.shuffle(labels)                             # and images stay as they are
    TABLE[label] = 1; return TABLE                  # and the ones of before stay too

Use instead
    b1, b2 = np.zeros(10), np.zeros(10)
    def init(): return START.copy()
    order = rng.permutation(len(labels)); labels[order], images[order]
    target = np.zeros(10); target[label] = 1; return target

When it stays silent
    A step that writes into the parameters that it is handed and returns them; arrays that share
    memory and are never written into; parts of one long vector that do not overlap; a weight that
    is another one's transpose, tied on purpose; inputs standardised over the batch. A pass that
    writes into what it is handed is inplace-mutation.

References:
    NumPy user guide, "Copies and views"; numpy.shares_memory. Python language reference, 7.2: an
    assignment to several names binds all of them to one object.

"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnose.calculus.points import generic_point
from diagnose.instruments.bench import Bench, Defect, finding, spread
from diagnose.instruments.kept_targets import (
    Cleared,
    FreshTargets,
    OnLabelCopies,
    kept,
    labels_changed,
)
from diagnose.instruments.line_tracing import changed_share
from diagnose.network.arrays import Array, Arrays, copied
from diagnose.network.record import Network
from diagnose.report import Finding, Numbers
from diagnose.style.figures import FOUND, new_figure
from diagnose.style.text import listed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "aliased-arrays"


# Sums over a batch in another order differ by rounding, 1e-7 in float32 and more in long sums.
ROUNDING = 1e-4
# Images that prepare is tried on.
SAMPLES = 40


# Whose fault each kind of sharing is.
ROLES = {
    "labels": "order",
    "rows": "prepare",
    "images": "prepare",
    "twins": "init",
    "draws": "init",
    "trace": "forward",
    "gradients": "backward",
    "steps": "update",
    "targets": "encode",
}


@dataclass(frozen=True)
class Copies:
    """A function of the contract whose result is made of arrays of its own."""

    function: Callable[..., Arrays]

    def __call__(self, *arguments: Any) -> Arrays:
        """Arrays by name."""
        return {name: np.array(one) for name, one in self.function(*arguments).items()}


@dataclass(frozen=True)
class OneByOne:
    """A preparation that is handed copies of the images, all at once or one at a time."""

    prepare: Callable[[Array], Array]
    alone: bool

    def __call__(self, images: Array) -> Array:
        """Prepared inputs, ``(n, features)``."""
        if not self.alone:
            return self.prepare(np.array(images))
        rows = [self.prepare(np.array(images[at : at + 1])) for at in range(len(images))]
        return np.concatenate(rows)


@dataclass(frozen=True)
class ShufflingLabels:
    """An order that shuffles the labels it is handed, and not the images: the planted fault."""

    order: Callable[[Array, int, int], Array]

    def __call__(self, labels: Array, epoch: int, seed: int) -> Array:
        """Indices of the epoch's samples."""
        indices = self.order(labels, epoch, seed)
        np.random.default_rng([seed, epoch, 1]).shuffle(labels)
        return indices


def measure(bench: Bench) -> Numbers:
    """Call every function several times on copies, and look at what changed that must not."""
    network, data = bench.network, bench.data
    numbers: Numbers = {
        "labels": float(labels_changed(network, data.labels, bench.seed).mean()),
        **_prepared(network, data.images[spread(len(data.images), SAMPLES)]),
        **_drawn(network, bench.seed),
        **_passes(network, bench.inputs, data.labels),
        "targets": _targets(network, data.labels),
    }
    kind = next((kind for kind in ROLES if numbers[kind]), "draws")
    lost = bench.place("pairs") if kind == "labels" else None
    numbers["where"] = lost or bench.place(ROLES[kind])
    return numbers


def _targets(network: Network, labels: Array) -> float:
    """Share of a batch's targets in which those of samples of another class are left."""
    some = labels[: network.batch_size]
    return max(
        kept(network.encode, some, np.full_like(some, other)) for other in np.unique(labels)[:2]
    )


def _prepared(network: Network, images: Array) -> Numbers:
    """Share of pixels that prepare changes in the images, and of rows that are another image's."""
    handed = np.array(images)
    rows = np.array(network.prepare(handed), float)
    moved = 0.0
    # Not a seed that prepare may use: two of the same permutation can be made in either order.
    order = np.random.default_rng([20, 26, 11]).permutation(len(images))
    others = np.array(network.prepare(np.array(images)[order]), float)
    if others.shape == rows.shape and rows.ndim == 2 and np.isfinite(rows).all():
        wanted, room = rows[order], ROUNDING * (float(np.abs(rows).max()) or 1.0)
        direction = np.random.default_rng(1).normal(size=rows.shape[1])
        sums, other_sums = (np.sort(one @ direction) for one in (wanted, others))
        # The same rows in another order; a preparation that draws noise gives other rows.
        if np.abs(sums - other_sums).max() <= room * np.sqrt(rows.shape[1]):
            moved = float((np.abs(others - wanted).max(axis=1) > room).mean())
    return {"images": changed_share(handed, images), "rows": moved}


def _drawn(network: Network, seed: int) -> Numbers:
    """Parameters that are one array, or one in all draws, and what a step makes of that.

    The step is made on the arrays as they were drawn, which then get back what was in them.
    """
    first = network.init(seed)
    before = {name: np.array(one) for name, one in first.items()}
    random = np.random.default_rng(0)
    gradients = {name: random.normal(size=one.shape) for name, one in before.items()}
    rate = float(network.learning_rate(0))
    redrawn = {name: np.array(one) for name, one in network.init(seed + 1).items()}
    refilled = [name for name in first if changed_share(first[name], before[name]) > 0]
    _put_back(first, before)
    try:
        with np.errstate(all="ignore"):
            apart = network.update(
                {name: np.array(one) for name, one in before.items()}, copied(gradients), rate
            )
            apart = {name: np.array(one) for name, one in apart.items()}
            together = network.update(dict(first), copied(gradients), rate)
            together = {name: np.array(one) for name, one in together.items()}
        again = network.init(seed)
        stale = [
            name
            for name, one in again.items()
            if np.shares_memory(one, first[name]) and changed_share(one, before[name]) > 0
        ]
    except TypeError:
        # A step that NumPy refuses, since a parameter is drawn as integers, writes nothing.
        return {"twins": [], "draws": []}
    finally:
        _put_back(first, before)
    names = list(first)
    twins = []
    for at, one in enumerate(names):
        for other in names[at + 1 :]:
            if not np.shares_memory(first[one], first[other]) or _tied(first[one], first[other]):
                continue
            off = max(_off(together[name], apart[name], before[name]) for name in (one, other))
            if off > ROUNDING:
                twins.append({"names": [one, other], "off": off})
    draws = [
        {"name": name, "off": _off(other[name], before[name], 0 * before[name])}
        for which, other in ((refilled, redrawn), (stale, together))
        for name in which
    ]
    return {"twins": twins, "draws": draws}


def _passes(network: Network, inputs: Array, labels: Array) -> Numbers:
    """Arrays that a pass returned and that a later pass, on copies of everything, changed."""
    size = network.batch_size
    index = spread(len(inputs), 2 * size)
    at = np.resize(index, 2 * size)
    parameters, rows = generic_point(network, np.asarray(inputs[at], float))
    batches = [
        (rows[part] * factor, labels[at][part])
        for part, factor in ((slice(0, size), 1.0), (slice(size, None), 0.7))
    ]
    returned: dict[str, list[tuple[Arrays, Arrays]]] = {"trace": [], "gradients": [], "steps": []}

    def keep(kind: str, found: Arrays) -> None:
        arrays = {name: np.asarray(one) for name, one in found.items()}
        returned[kind].append((arrays, {name: np.array(one) for name, one in arrays.items()}))

    try:
        with np.errstate(all="ignore"):
            for some, of in batches:
                x = np.array(network.lay_out(some))
                trace = network.forward(copied(parameters), x)
                keep("trace", trace)
                found = network.backward(
                    copied(parameters), copied(trace), np.array(x), np.array(of)
                )
                keep("gradients", found)
                after = network.update(copied(parameters), found, float(network.learning_rate(0)))
                # Only what the next pass changes counts: a step may write into the gradients.
                returned["gradients"][-1][1].update(copied(found))
                keep("steps", after)
    except TypeError:
        returned["steps"] = []
    return {
        kind: [
            {"name": name, "share": share}
            for name in arrays
            if (share := changed_share(arrays[name], before[name])) > 0
        ]
        for kind, kept in returned.items()
        for arrays, before in kept[:1] or [({}, {})]
    }


def _put_back(arrays: Arrays, before: Arrays) -> None:
    for name, one in arrays.items():
        if one.flags.writeable:
            one[...] = before[name]


def _tied(one: Array, other: Array) -> bool:
    """Whether one is the other's transpose, as weights are that are tied on purpose."""
    return (
        one.ndim == 2
        and one.__array_interface__["data"][0] == other.__array_interface__["data"][0]
        and one.shape == other.shape[::-1]
        and one.strides == other.strides[::-1]
    )


def _off(found: Array, wanted: Array, start: Array) -> float:
    """How far what came out is from what is wanted, relative to the way from the start."""
    way = float(np.linalg.norm(np.asarray(wanted, float) - start))
    off = float(np.linalg.norm(np.asarray(found, float) - wanted))
    return off / way if way > 0 else float(off > 0)


def judge(numbers: Numbers) -> Finding:
    """Did anything change that nobody was handed?"""
    said = _said(numbers)
    observed = (
        "; ".join(said) or "what each function gave, and the labels and images, stayed as they were"
    )
    expected = (
        "what a function gave stays as it is when others are called with copies of "
        "everything, and each image has its own row and label"
    )
    advice = _advice(numbers) if said else ""
    return finding(NAME, expected, numbers, bool(said), observed, advice)


def _said(numbers: Numbers) -> list[str]:
    said = []
    if share := numbers["labels"]:
        said.append(
            f"order changes the labels that it is handed: {share:.0%} are no longer those of "
            "their images after one epoch's order was made"
        )
    if share := numbers["rows"]:
        said.append(f"prepare gives {share:.0%} of the images a row that is another image's")
    if share := numbers["images"]:
        said.append(
            f"prepare changes {share:.0%} of the pixels of the images that it is handed, so the "
            "same images are others the next time"
        )
    said += [
        f"{listed(one['names'])} are one array: a step takes them {one['off']:.0%} of its length "
        "away from where it takes two arrays"
        for one in numbers["twins"]
    ]
    if draws := numbers["draws"]:
        names, most = listed([one["name"] for one in draws]), max(one["off"] for one in draws)
        said.append(
            f"init gives the same arrays each time for {names}: after a step or another draw, "
            f"they are off by up to {most:.2g} of their size from what was drawn"
        )
    for kind, what, when in (
        ("trace", "arrays that forward returned", "forward runs on other samples"),
        ("gradients", "gradients that backward returned", "backward runs on other samples"),
        ("steps", "parameters that update returned", "the next pass runs"),
    ):
        if found := numbers[kind]:
            names = ", ".join(f"{one['name']} ({one['share']:.0%})" for one in found)
            said.append(f"{what} change when {when}: {names}")
    if share := numbers["targets"]:
        said.append(
            f"the targets of earlier labels are left in those of later ones: {share:.0%} of a "
            "step's targets are others than in a table that was cleared"
        )
    return said


def _advice(numbers: Numbers) -> str:
    steps = {
        "labels": "make a permutation and take labels and images by it, instead of shuffling one",
        "rows": "leave the order of the images as it is in prepare",
        "images": "let prepare return a new array, as by images / 255",
        "twins": "make an array for each parameter",
        "draws": "return copies from init",
        "trace": "let forward make new arrays",
        "gradients": "let backward make new arrays",
        "steps": "let update return arrays that are not the gradients'",
        "targets": "make a new array of targets each time, as by np.eye(classes)[labels]",
    }
    return "; ".join(step for kind, step in steps.items() if numbers[kind])


def repair(network: Network, numbers: Numbers) -> Network:
    """Copy what shares memory where it is handed over."""
    if numbers["labels"]:
        network = replace(network, order=OnLabelCopies(network.order))
    if numbers["rows"] or numbers["images"]:
        alone = bool(numbers["rows"])
        network = replace(network, prepare=OneByOne(network.prepare, alone))
    if numbers["twins"] or numbers["draws"]:
        network = replace(network, init=Copies(network.init))
    if numbers["trace"]:
        network = replace(network, forward=Copies(network.forward))
    if numbers["gradients"]:
        network = replace(network, backward=Copies(network.backward))
    if numbers["steps"]:
        network = replace(network, update=Copies(network.update))
    if numbers["targets"] and network.encode:
        backward = Cleared(network.backward, network.encode)
        network = replace(network, encode=FreshTargets(network.encode), backward=backward)
    return network


def inject(network: Network) -> Network:
    """Shuffle the labels with each order, and not the images."""
    return replace(network, order=ShufflingLabels(network.order))


def draw(numbers: Numbers) -> Figure:
    """How much changed of each array that nobody was handed."""
    bars = {"labels": numbers["labels"], "rows of inputs": numbers["rows"]}
    bars |= {"images": numbers["images"], "targets": numbers["targets"]}
    bars |= {listed(one["names"]): min(one["off"], 1) for one in numbers["twins"]}
    for kind in ("trace", "gradients", "steps"):
        bars |= {f"{one['name']} ({kind})": one["share"] for one in numbers[kind]}
    bars |= {f"{one['name']} (draws)": min(one["off"], 1) for one in numbers["draws"]}
    shown = {name: share for name, share in bars.items() if share} or {"every array": 0.0}
    figure, (axes,) = new_figure(6.4, 1.2 + 0.35 * len(shown))
    axes.barh(list(shown), [100 * share for share in shown.values()], 0.6, color=FOUND)
    axes.invert_yaxis()
    axes.set(xlim=(0, 100), xlabel="% changed")
    return figure


DEFECT = Defect(NAME, "data", __doc__, measure, judge, repair, inject, draw)
