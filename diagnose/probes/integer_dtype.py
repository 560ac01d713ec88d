"""Numbers that need fractions are kept as integers, so that steps and pixels are cut off.

What it looks at
    The number types of the initial parameters, of the prepared inputs, and of the arrays that the
    forward and the backward pass return. A type alone is no finding: the same function runs once
    on what it is handed and once on float64 copies of it, and what comes out is compared. A step
    is compared where parameters are integers; what prepare makes of images and of float images;
    logits and gradients where parameters or inputs are integers. Where prepare leaves only two
    values, whichever gray a pixel has but the brightest, it has divided as integers do; where it
    makes whole numbers of fractions, what it cuts off is measured against the straight line
    through them; where a gray jumps by 256, bytes were read as signed ones.

Why it skews the probabilities
    A step of 0.003 on an integer is no step: the parameter stays as it was drawn, or NumPy refuses
    to write the result into it. Bytes have no negative numbers: 100 - 128 is 228, so dark pixels
    turn bright. And 254 // 255 is 0: all gray goes, and what is left of an image is a few dots.

Example:
    b1 = np.zeros(10, int); b1[:] = b1 - rate * db1
    x = images - 128                                # images are bytes (uint8)
    x = (images / 255).astype(np.uint8)

Use instead
    b1 = np.zeros(10)
    x = images.astype(float) - 128
    x = images / 255

When it stays silent
    Bytes that become floats in prepare, or in the first product with float weights; integer
    parameters whose first step makes floats of them; labels, one-hot targets and boolean masks;
    float32; images made black and white on purpose, at a gray below the brightest; zeros and ones
    made of fractions, as categories are; whole numbers in steps that are a twentieth of their
    spread and less.

References:
    NumPy user guide, "Data types", on overflow errors, and NumPy reference, numpy.ufunc, on
    casting rules. Python language reference, 6.7, on floor division.

"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnose.calculus.gradients import exact_gradients, own_gradients
from diagnose.calculus.points import generic_point
from diagnose.instruments.bench import Bench, Defect, finding
from diagnose.instruments.integer_images import ROUNDING, cut, looked_at, overflow, shades, wrapped
from diagnose.instruments.whole_numbers import (
    FloatDraw,
    FloatInputs,
    IntegerBiases,
    Recomputed,
    Shaded,
    Straight,
    WithExact,
    Written,
)
from diagnose.network.arrays import Array, Arrays, as_float, is_whole
from diagnose.network.authors_code import said
from diagnose.network.layers import forward_rows
from diagnose.network.made_whole import LeftWhole, MadeWhole
from diagnose.network.record import Network
from diagnose.report import Finding, Numbers
from diagnose.style.figures import FOUND, NEUTRAL, REPAIRED, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "integer-dtype"


def measure(bench: Bench) -> Numbers:
    """Run each function on what it is handed and on float64 copies of it, and compare."""
    network = bench.network
    chosen, size = looked_at(bench.data.images), network.batch_size
    images = bench.data.images[chosen]
    drawn = network.init(bench.seed)
    rows = network.prepare(np.array(images))
    floats = replace(network, init=FloatDraw(network.init))
    numbers: Numbers = {
        "types": {name: str(one.dtype) for name, one in drawn.items()},
        "image_type": str(images.dtype),
        "input_type": str(rows.dtype),
        "steps": _steps(network, drawn),
        "overflow": overflow(network.prepare, images, rows),
        "shades": shades(images, rows),
        "cut": cut(images, rows),
        "wrapped": wrapped(images, rows),
        "pass": _pass(network, drawn, rows[:size], bench.data.labels[chosen][:size]),
        "arrays": [],
        "gradients": [],
    }
    some = as_float(rows)[: max(10, network.batch_size)]
    parameters, some = generic_point(floats, some)
    numbers |= _cast_within(floats, parameters, some, bench.data.labels[: len(some)])
    role = _first(numbers)
    drawn_whole = role == "pass" and _drawn_whole(numbers)
    found = numbers[role] if role in ("steps", "arrays", "gradients") else []
    name = found[0]["name"] if found else ""
    numbers["where"] = bench.place("init" if drawn_whole else ROLES[role], name)
    return numbers


# What each kind of finding is a fault of.
ROLES = {
    "steps": "init",
    "overflow": "prepare",
    "shades": "prepare",
    "cut": "prepare",
    "wrapped": "prepare",
    "pass": "backward",
    "arrays": "forward",
    "gradients": "backward",
}


def _first(numbers: Numbers) -> str:
    """The first kind of finding that there is."""
    return next((role for role in ROLES if numbers[role]), "steps")


def _steps(network: Network, drawn: Arrays) -> list[Numbers]:
    """How much of a step each integer parameter does not make, or how the step stops.

    With gradients drawn at random, of size 1, at the rate of the first epoch.
    """
    whole = [name for name, one in drawn.items() if is_whole(one)]
    if not whole:
        return []
    random = np.random.default_rng(0)
    gradients = {name: random.normal(size=one.shape) for name, one in drawn.items()}
    rate = float(network.learning_rate(0))

    def stepped(parameters: Arrays) -> Arrays:
        handed = {name: np.array(one) for name, one in parameters.items()}
        with np.errstate(all="ignore"):
            copies = {name: np.array(one) for name, one in gradients.items()}
            return network.update(handed, copies, rate)

    after = stepped({name: as_float(one) for name, one in drawn.items()})
    stops, found = None, {}
    try:
        found = stepped(drawn)
    except TypeError as error:
        stops = said(error)
    steps = []
    for name in whole:
        wanted = np.asarray(after[name], float) - drawn[name]
        made = np.asarray(found[name], float) - drawn[name] if name in found else 0 * wanted
        size = float(np.sqrt(np.mean(wanted**2)))
        lost = float(np.sqrt(np.mean((wanted - made) ** 2))) / size if size > 0 else 0.0
        if lost > ROUNDING:
            kind = str(drawn[name].dtype)
            steps.append({"name": name, "type": kind, "step": size, "lost": lost, "stops": stops})
    return steps


def _pass(network: Network, drawn: Arrays, rows: Array, labels: Array) -> Numbers | None:
    """How far logits and gradients are from those of float64 copies, or how the pass stops."""
    if not is_whole(rows) and not any(is_whole(one) for one in drawn.values()):
        return None

    def made(convert: Callable[[Array], Array]) -> Arrays:
        parameters = {name: np.array(convert(one)) for name, one in drawn.items()}
        x = network.lay_out(np.array(convert(rows)))
        with np.errstate(all="ignore"):
            trace = network.forward(parameters, x)
            logits = np.array(trace[network.layers[-1].pre], float)
            gradients = network.backward(parameters, trace, x, np.array(labels))
        named = {f"the gradient of {name}": one for name, one in gradients.items()}
        return {"the logits": logits, **{name: np.array(one, float) for name, one in named.items()}}

    wanted = made(as_float)
    numbers: Numbers = {"inputs": is_whole(rows), "stops": None, "off": []}
    try:
        found = made(np.asarray)
    except TypeError as error:
        return numbers | {"stops": said(error)}
    for name, one in wanted.items():
        size, off = (float(np.abs(a).max(initial=0)) for a in (one, found[name] - one))
        if off > ROUNDING * size:
            verb = "are" if name == "the logits" else "is"
            numbers["off"].append({"name": name, "verb": verb, "off": off, "size": size})
    return numbers if numbers["off"] else None


def _cast_within(network: Network, parameters: Arrays, rows: Array, labels: Array) -> Numbers:
    """Arrays of the layers, and gradients, that are integers though all that goes in is float64."""
    x = network.lay_out(rows)
    with np.errstate(all="ignore"):
        trace = network.forward({name: np.array(one) for name, one in parameters.items()}, x)
        given = own_gradients(network, parameters, rows, labels)
    made = forward_rows(network, parameters, rows)
    arrays = []
    for layer, (pre, out) in zip(network.layers, made, strict=True):
        for name, wanted in ((layer.pre, pre), (layer.out, out)):
            found = np.asarray(trace[name])
            off = _apart(network.as_rows(found), wanted) if is_whole(found) else 0.0
            if off > ROUNDING:
                arrays.append({"name": name, "type": str(found.dtype), "lost": off})
    whole = [name for name in parameters if name in given and is_whole(given[name])]
    gradients = []
    if whole:
        exact = exact_gradients(network, parameters, rows, labels)
        for name in whole:
            off = _apart(given[name], exact[name])
            if off > ROUNDING:
                gradients.append({"name": name, "type": str(given[name].dtype), "lost": off})
    return {"arrays": arrays, "gradients": gradients}


def _apart(found: Array, wanted: Array) -> float:
    """Distance relative to what is wanted; 0 for other shapes, which are not this defect."""
    size = float(np.linalg.norm(wanted))
    if np.shape(found) != np.shape(wanted) or size == 0:
        return 0.0
    return float(np.linalg.norm(np.asarray(found, float) - wanted)) / size


def judge(numbers: Numbers) -> Finding:
    """Does anything come out other than from float64 copies?"""
    said = _said(numbers)
    types = ", ".join(f"{name} {kind}" for name, kind in numbers["types"].items())
    if not said:
        observed = (
            f"parameters {types}; images {numbers['image_type']}, prepared "
            f"{numbers['input_type']}; float64 copies give the same"
        )
    else:
        observed = "; ".join(said)
    expected = (
        "the same numbers from float64 copies, to rounding: nothing is cut off and nothing "
        "overflows"
    )
    advice = _advice(numbers) if said else ""
    part = "input" if said and ROLES[_first(numbers)] == "prepare" else ""
    return finding(NAME, expected, numbers, bool(said), observed, advice, part=part)


def _said(numbers: Numbers) -> list[str]:
    said = []
    for one in numbers["steps"]:
        what = f"{one['name']} is drawn as {one['type']}: of a step of {one['step']:.3g} on "
        if one["stops"]:
            said.append(f"{what}it nothing is made, for the update stops with {one['stops']}")
        else:
            said.append(f"{what}float64, {one['lost']:.0%} is lost")
    if one := numbers["overflow"]:
        said.append(
            f"prepare makes other numbers of {one['share']:.0%} of the inputs when the images are "
            f"{numbers['image_type']} than when they are float64, such as {one['as_found']:.4g} "
            f"instead of {one['as_float']:.4g}"
        )
    if one := numbers["shades"]:
        said.append(
            f"prepare leaves two values, {one['low']:.4g} and {one['high']:.4g}, of {one['grays']} "
            f"grays: {one['share']:.0%} of the pixels above {one['darkest']:.4g} become what "
            f"{one['darkest']:.4g} becomes, as only {one['brightest']:.4g} is not cut off"
        )
    if one := numbers["cut"]:
        said.append(
            f"prepare makes {one['values']} whole numbers of {one['numbers']:,} numbers with "
            f"fractions: what is cut off is {one['lost']:.0%} of their spread"
        )
    if one := numbers["wrapped"]:
        said.append(
            f"prepare reads bytes as signed ones: from gray {one['gray']:.0f} on, in "
            f"{one['share']:.0%} of the pixels, inputs start again at {one['as_found']:.3g}"
        )
    if one := numbers["pass"]:
        of = "inputs" if one["inputs"] and not _drawn_whole(numbers) else "parameters"
        if one["stops"]:
            said.append(f"with {of} as integers a pass stops with {one['stops']}")
        said += [
            f"with {of} as integers {off['name']} {off['verb']} off by {off['off']:.3g}, where "
            f"float64 copies give up to {off['size']:.3g}"
            for off in one["off"]
        ]
    said += [
        f"{one['name']} is cast to {one['type']}, which takes {one['lost']:.0%} of it away"
        for one in (*numbers["arrays"], *({**g, "name": f"the gradient of {g['name']}"} for g in
                                          numbers["gradients"]))
    ]  # fmt: skip
    return said


def _drawn_whole(numbers: Numbers) -> list[str]:
    """Names of the parameters that are drawn as integers."""
    return [name for name, kind in numbers["types"].items() if "float" not in kind]


def _advice(numbers: Numbers) -> str:
    steps = []
    if numbers["steps"] or numbers["pass"]:
        if whole := _drawn_whole(numbers):
            steps.append(f"draw {', '.join(whole)} as floats, as by np.zeros(shape)")
        else:
            steps.append("make floats of the inputs, as by images.astype(float)")
    if numbers["overflow"]:
        steps.append("make floats of the images first, as by images.astype(float)")
    if one := numbers["shades"]:
        steps.append(f"divide by {one['brightest']:.4g} with / and leave the result a float")
    if numbers["cut"]:
        steps.append("divide with / instead of //, and do not cast the result to integers")
    if numbers["wrapped"]:
        steps.append("make floats of the images, or leave them unsigned bytes (uint8)")
    if numbers["arrays"] or numbers["gradients"]:
        steps.append("make room for results as floats, and do not cast them")
    return "; ".join(steps)


def repair(network: Network, numbers: Numbers) -> Network:
    """Draw floats, prepare in floats, and compute what is cast within as it is declared."""
    passed: dict[str, Any] = numbers["pass"] or {}
    if _drawn_whole(numbers) and (numbers["steps"] or passed):
        network = replace(network, init=FloatDraw(network.init))
    lost = any(numbers[kind] for kind in ("overflow", "shades", "cut", "wrapped"))
    if lost and isinstance(network.prepare, MadeWhole):
        network = replace(network, prepare=LeftWhole(network.prepare))
    elif one := numbers["shades"] or numbers["wrapped"]:
        shaded = Shaded(one["darkest"], one["brightest"], one["low"], one["high"])
        network = replace(network, prepare=shaded)
    elif one := numbers["cut"]:
        straight = Straight(tuple(one["scale"]), tuple(one["shift"]))
        network = replace(network, prepare=straight)
    elif numbers["overflow"] or passed.get("inputs"):
        floats = FloatInputs(network.prepare, within=bool(numbers["overflow"]))
        network = replace(network, prepare=floats)
    if numbers["arrays"]:
        network = replace(network, forward=Recomputed(network))
    if numbers["gradients"]:
        names = tuple(one["name"] for one in numbers["gradients"])
        network = replace(network, backward=WithExact(network, names))
    return network


def inject(network: Network) -> Network:
    """Draw the biases as integers, and write each step into them."""
    names = tuple(layer.bias for layer in network.layers if layer.bias)
    if not names:
        raise ValueError("the network has no biases; weights of whole numbers are another defect")
    init = IntegerBiases(network.init, names)
    return replace(network, init=init, update=Written(network.update))


def draw(numbers: Numbers) -> Figure:
    """What is lost of each step and array, or what prepare makes of bytes and of floats."""
    figure, (axes,) = new_figure(6.4, 2.8)
    if one := numbers["overflow"] or numbers["cut"] or numbers["wrapped"]:
        floats, found = np.array(one["pairs"]).T
        ends = [floats.min(), floats.max()]
        axes.plot(ends, ends, color=NEUTRAL, linewidth=1, label="as fractions")
        axes.plot(floats, found, ".", color=FOUND, markersize=3, label="as found")
        axes.set(xlabel="input prepared as fractions", ylabel="as prepared")
        axes.legend(frameon=False, fontsize=9)
    elif one := numbers["shades"]:
        ends = [one["darkest"], one["brightest"]]
        axes.plot(ends, [one["low"], one["high"]], color=REPAIRED, label="divided as floats")
        axes.step(ends, [one["low"], one["high"]], where="post", color=FOUND, label="as found")
        axes.set(xlabel="pixel", ylabel="input")
        axes.legend(frameon=False, fontsize=9)
    else:
        lost = [*numbers["steps"], *numbers["arrays"], *numbers["gradients"]]
        names = [f"{one['name']}\n{one['type']}" for one in lost] or ["every array"]
        axes.bar(names, [100 * one["lost"] for one in lost] or [0.0], 0.5, color=FOUND)
        axes.set_ylabel("% lost")
    return figure


DEFECT = Defect(NAME, "start", __doc__, measure, judge, repair, inject, draw)
