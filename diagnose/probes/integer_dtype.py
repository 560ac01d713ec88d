"""Numbers that need fractions are kept as integers, so that steps and pixels are cut off.

What it looks at
    The number types of the initial parameters, of the prepared inputs, and of the arrays that the
    forward and the backward pass return. A type alone is no finding: the same function runs once
    on what it is handed and once on float64 copies of it, and what comes out is compared. A step
    is compared where parameters are integers; what prepare makes of images and of float images;
    logits and gradients where parameters or inputs are integers. Where prepare leaves only two
    values, whichever gray a pixel has but the brightest, it has divided as integers do.

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
    float32; images made black and white on purpose, at a gray below the brightest.

References:
    NumPy user guide, "Data types", on overflow errors, and NumPy reference, numpy.ufunc, on
    casting rules. Python language reference, 6.7, on floor division.

"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnose.activations import forward_rows
from diagnose.compiled import generic_point
from diagnose.gradients import exact_gradients, own_gradients
from diagnose.network import Array, Arrays, Network
from diagnose.pictures import FOUND, NEUTRAL, REPAIRED, new_figure
from diagnose.probes.defect import Bench, Defect, Numbers, place, spread
from diagnose.report import ABSENT, PRESENT, Finding
from diagnose.whole_numbers import (
    FloatDraw,
    FloatInputs,
    IntegerBiases,
    Preparing,
    Recomputed,
    Shaded,
    WithExact,
    Written,
    as_float,
    is_whole,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "integer-dtype"

# Rounding to the coarsest number type in use, float16, is off by 5e-4 of a number.
ROUNDING = 1e-3
# Images looked at.
SAMPLES = 100
# With fewer grays than this, a picture has no shades to lose.
SHADES = 8
# A sum of bytes that overflows is off by 256, once or a few times; a function that treats bytes
# and floats differently on purpose, as by dividing bytes alone, is off by as many numbers as there
# are grays, and agrees on no gray but 0.
JUMPS = 3
AGREE = 0.05


def measure(bench: Bench) -> Numbers:
    """Run each function on what it is handed and on float64 copies of it, and compare."""
    network = bench.network
    images = bench.data.images[_looked_at(bench.data.images)]
    drawn = network.init(bench.seed)
    rows = network.prepare(np.array(images))
    floats = replace(network, init=FloatDraw(network.init))
    numbers: Numbers = {
        "types": {name: str(one.dtype) for name, one in drawn.items()},
        "image_type": str(images.dtype),
        "input_type": str(rows.dtype),
        "steps": _steps(network, drawn),
        "overflow": _overflow(network.prepare, images, rows),
        "shades": _shades(images, rows),
        "logits": _logits(network, drawn, rows[: network.batch_size]),
        "arrays": [],
        "gradients": [],
    }
    some = as_float(rows)[: max(10, network.batch_size)]
    parameters, some = generic_point(floats, some)
    numbers |= _cast_within(floats, parameters, some, bench.data.labels[: len(some)])
    role = next((role for role in ROLES if numbers[role]), "steps")
    numbers["where"] = bench.place(ROLES[role])
    return numbers


def _looked_at(images: Array) -> Array:
    """Indices of images spread over the set, and of some that hold the brightest pixels."""
    peaks = images.reshape(len(images), -1).max(axis=1)
    brightest = np.argsort(-peaks.astype(float), kind="stable")[: SAMPLES // 10]
    return np.union1d(spread(len(images), SAMPLES), brightest)


# What each kind of finding is a fault of.
ROLES = {
    "steps": "init",
    "overflow": "prepare",
    "shades": "prepare",
    "logits": "forward",
    "arrays": "forward",
    "gradients": "backward",
}


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
        stops = str(error)
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


def _overflow(prepare: Preparing, images: Array, rows: Array) -> Numbers | None:
    """Where prepare makes other numbers of bytes than of the same numbers as floats."""
    if not is_whole(images):
        return None
    try:
        floats = np.asarray(prepare(as_float(images)), float)
    except Exception:
        # Code that looks bytes up in a table, or shifts their bits, can take no floats.
        return None
    if floats.shape != rows.shape or not np.isfinite(floats).all():
        return None
    pairs = np.unique(np.stack([floats.ravel(), as_float(rows).ravel()], axis=1), axis=0)
    off = pairs[:, 0] - pairs[:, 1]
    differ = np.abs(off) > ROUNDING * max(float(np.ptp(floats)), 1e-300)
    if not differ.any() or len(pairs) <= SHADES:
        return None
    jumps = np.unique(np.round(off[differ] / np.abs(off[differ]).max(), 3))
    agree = float((~differ & (pairs[:, 0] != 0)).mean())
    if len(jumps) > JUMPS and agree < AGREE:
        return None
    worst = int(np.abs(off).argmax())
    apart = np.abs(floats - rows) > ROUNDING * float(np.ptp(floats))
    return {
        "share": float(apart.mean()),
        "as_found": float(pairs[worst, 1]),
        "as_float": float(pairs[worst, 0]),
        "pairs": pairs[spread(len(pairs), 256)].tolist(),
    }


def _shades(images: Array, rows: Array) -> Numbers | None:
    """How many of the pixels that are not the darkest lost their shade to an integer division."""
    pixels = np.asarray(images, float).reshape(len(images), -1)
    values = np.asarray(rows, float)
    if pixels.shape != values.shape or len(np.unique(pixels)) <= SHADES:
        return None
    darkest, brightest = float(pixels.min()), float(pixels.max())
    below = pixels < brightest
    low, high = np.unique(values[below]), np.unique(values[~below])
    gray = below & (pixels > darkest)
    if len(low) != 1 or len(high) != 1 or low[0] == high[0]:
        return None
    share = float(gray.sum() / (pixels > darkest).sum())
    if share < 0.5:
        # So few shades that the picture was black and white before.
        return None
    return {
        "share": share,
        "grays": len(np.unique(pixels)),
        "darkest": darkest,
        "brightest": brightest,
        "low": float(low[0]),
        "high": float(high[0]),
    }


def _logits(network: Network, drawn: Arrays, rows: Array) -> Numbers | None:
    """How far the logits of integer parameters and inputs are from those of float64 copies."""
    if not is_whole(rows) and not any(is_whole(one) for one in drawn.values()):
        return None
    last = network.layers[-1]
    made = []
    for convert in (np.array, as_float):
        parameters = {name: convert(one) for name, one in drawn.items()}
        with np.errstate(all="ignore"):
            trace = network.forward(parameters, network.lay_out(np.array(convert(rows))))
        made.append(np.asarray(trace[last.pre], float))
    found, wanted = made
    size = float(np.abs(wanted).max())
    off = float(np.abs(found - wanted).max())
    if not off > ROUNDING * size:
        return None
    return {"off": off, "size": size, "inputs": is_whole(rows)}


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
    return Finding(
        defect=NAME,
        status=PRESENT if said else ABSENT,
        observed=observed,
        expected="the same numbers from float64 copies, to rounding: nothing is cut off and "
        "nothing overflows",
        where=place(numbers),
        advice=_advice(numbers) if said else "nothing to do",
        numbers=numbers,
    )


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
    if one := numbers["logits"]:
        said.append(
            f"logits are off by {one['off']:.3g} from those of float64 copies, which are up to "
            f"{one['size']:.3g}"
        )
    said += [
        f"{one['name']} is cast to {one['type']}, which takes {one['lost']:.0%} of it away"
        for one in (*numbers["arrays"], *({**g, "name": f"the gradient of {g['name']}"} for g in
                                          numbers["gradients"]))
    ]  # fmt: skip
    return said


def _advice(numbers: Numbers) -> str:
    steps = []
    if numbers["steps"] or numbers["logits"]:
        whole = [name for name, kind in numbers["types"].items() if "float" not in kind]
        if whole:
            steps.append(f"draw {', '.join(whole)} as floats, as by np.zeros(shape)")
        elif numbers["logits"]:
            steps.append("make floats of the inputs, as by images.astype(float)")
    if numbers["overflow"]:
        steps.append("make floats of the images first, as by images.astype(float)")
    if one := numbers["shades"]:
        steps.append(f"divide by {one['brightest']:.4g} with / and leave the result a float")
    if numbers["arrays"] or numbers["gradients"]:
        steps.append("make room for results as floats, and do not cast them")
    return "; ".join(steps)


def repair(network: Network, numbers: Numbers) -> Network:
    """Draw floats, prepare in floats, and compute what is cast within as it is declared."""
    logits: dict[str, Any] = numbers["logits"] or {}
    if numbers["steps"] or (logits and not all("float" in k for k in numbers["types"].values())):
        network = replace(network, init=FloatDraw(network.init))
    if one := numbers["shades"]:
        shaded = Shaded(one["darkest"], one["brightest"], one["low"], one["high"])
        network = replace(network, prepare=shaded)
    elif numbers["overflow"] or logits.get("inputs"):
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
    if numbers["overflow"]:
        floats, found = np.array(numbers["overflow"]["pairs"]).T
        axes.plot(floats, floats, color=NEUTRAL, linewidth=1, label="from floats")
        axes.plot(floats, found, ".", color=FOUND, markersize=3, label="from bytes")
        axes.set(xlabel="input prepared from floats", ylabel="as prepared")
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


DEFECT = Defect(
    name=NAME,
    page=__doc__,
    measure=measure,
    judge=judge,
    repair=repair,
    inject=inject,
    draw=draw,
)
