"""Whether a network that was read out of a script does what the script did: held against its steps.

None of these steps was used to read the network; they lie after those that were, and on both sides
of an epoch's end where there is one. A training that overflows within its first steps has no such
ones: there those that it was read from count too, and the very first one. So it is with one that is
over after a few steps, where each that there was is held against it. Four things must hold:
the step's operations, run again, give what the script got (a), stepping the network from samples,
labels and rate alone makes the parameters that the script made (b), each declared layer, recomputed
from the parameters, gives what the network computes (c), and the initial draw, from the script's
own random numbers, is what it began with (d).

Before that, activations are looked at where the training never was.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from diagnose.network.activations import is_sloped
from diagnose.network.arrays import Array, Arrays, copied, is_finite
from diagnose.network.authors_code import kind_and_said
from diagnose.network.dropout import thinned
from diagnose.network.layers import activate, bias_rows
from diagnose.network.record import Layer, Network
from diagnose.reading.activations import recognised, softmaxes
from diagnose.watching.contract import functions
from diagnose.watching.handover import (
    AGAIN,
    FEWEST_HELD,
    LATE,
    OVERFLOWS,
    SAMPLES,
    STEPS,
    Handover,
    Parted,
    seen_targets,
    step_of,
)

# Of the largest parameter, and of the largest change in a step: both sides do the same in float64,
# but for the rate, which is taken out of the gradient and put back.
AGREEMENT = 1e-10
CHANGE = 1e-6
DOUBLE = float(np.finfo(np.float64).eps)
# Of the change, in units of a coarser number type's rounding: what sums of hundreds of such numbers
# may lose, and one part in ten thousand of a step in float32.
SINGLE_CHANGE = 1e3
LAYER = 1e-7
# Errors are differences of numbers of the size of 1, and carry their rounding; what is kept of
# their squares, or of errors behind a flat sigmoid, carries its square.
NOISE = (8 * DOUBLE) ** 2
FEWEST_FINITE = 2
# Of a share that is drawn, so many times its deviation: less than once in a million times.
SURELY = 5.0
# Of steps of which those alone are others with which an epoch begins.
BESIDE = (
    "the weights are changed beside the steps of an epoch, once in it ({}); read is a training "
    "whose steps do all that is done to them: do it in each step, by a factor so much nearer to 1"
)
# So often the lines are run: of a single sample, few units tell little at a time.
TIMES = 8
# Of so many samples an activation tells what it is.
MOST = 256
# Biases on both sides of 0, and small enough that no activation lies at its edges.
SPREAD = 0.5


def certify(network: Network, read: Handover, script: Path) -> Parted | None:
    """None if all four parts hold, else where script and network part, and how."""
    steps = range(len(read.said["steps"]))
    if len(steps) < FEWEST_HELD:
        return parted(read, script, "loop", "fewer than four steps were left to hold it against")
    checked = whole = torn = 0
    beside = None
    for at in steps:
        rows, labels, before, after = step_of(read, network, at)
        if not is_finite(before):
            continue
        wrong = _targets(network, read, at, labels)
        made = wrong or _stepped(network, read.said["steps"][at]["rate"], rows, labels, before)
        if not isinstance(made, dict) or (wrong := _parts_in(made, rows, before, after)):
            count = read.said["steps"][at]["at"] + 1
            reason = f"step {count}: {wrong or made}"
            if read.said["steps"][at]["begins"]:
                beside = reason
                continue
            return parted(read, script, "backward", reason)
        reason = _layers(network, rows, before) or _without_masks(network, rows, before)
        if not reason and not checked and read.said.get("looped"):
            reason = _fewer(network, rows, labels, before)
        if reason:
            return parted(read, script, "forward", reason)
        checked += 1
        whole += is_finite(after)
        torn += _is_torn(made, before, after)
    if beside:
        line = read.said["places"].get("epochs", (None, read.said["loop"]))[1]
        return Parted(
            file=str(script), line=line, reason=BESIDE.format(beside) if checked else beside
        )
    # of a training that overflows at once few steps can be held against anything; but one that
    # makes nan of some numbers of an array, and not of others, tells by which these are
    if not torn and (checked < FEWEST_FINITE or not whole):
        return parted(read, script, "loop", OVERFLOWS)
    reason = _initial(read, script)
    return parted(read, script, "init", reason) if reason else None


def alike_until(network: Network, read: Handover) -> tuple[int, str] | None:
    """For how many epochs its steps are the network's, and what is another in one seen later."""
    known = 1
    for at, one in enumerate(read.said.get(LATE) or (), len(read.said["steps"])):
        if one["others"]:
            return known, SAMPLES
        if not _is_its_own(network, read, at, one["rate"]):
            return known, STEPS
        known = max(int(one["epoch"]), known)
    return None


def goes_on(network: Network, read: Handover) -> bool:
    """Whether its steps were made again once the training was over, with what it had left."""
    first = len(read.said["steps"]) + len(read.said.get(LATE) or ())
    again = [*enumerate(read.said.get(AGAIN, ()), first)]
    return bool(again) and all(_is_its_own(network, read, *one) for one in again)


def _is_its_own(network: Network, read: Handover, at: int, rate: float) -> bool:
    """Whether a step is the network's, or its numbers are too large by then to tell."""
    try:
        rows, labels, before, after = step_of(read, network, at)
        if not is_finite(before):
            return True
        if not _thins_alike(network, before):
            return False
        made = _stepped(network, rate, rows, labels, before)
        wrong = _targets(network, read, at, labels)
        return isinstance(made, dict) and not (wrong or _parts_in(made, rows, before, after))
    except Exception:  # the author's code, and targets that no label stands for
        return False


def _thins_alike(network: Network, given: Arrays) -> bool:
    """Whether the masks of a step leave out as many units as those that were read, or nearly so."""
    for one in network.dropout:
        mask = given[one.mask]
        off = abs(float(np.mean(mask != 0)) - one.keep)
        if off > SURELY * np.sqrt(one.keep * (1 - one.keep) / max(mask.size, 1)):
            return False
    return True


def parted(read: Handover, script: Path, role: str, reason: str) -> Parted:
    """Where script and network part, by the first line of one of its functions."""
    lines = read.said[role]["lines"] if isinstance(read.said.get(role), dict) else []
    line = min((number for number, _ in lines), default=int(read.said.get("loop", 0)))
    return Parted(file=str(script), line=line, reason=reason)


def _targets(network: Network, read: Handover, at: int, labels: Array) -> str:
    seen = seen_targets(read, read.arrays[f"step:{at}:targets"])
    if seen.ndim == 1:
        return "" if np.array_equal(labels, seen) else "the labels are not the script's"
    same = np.array_equal(network.targets(labels), seen.astype(np.float64))
    return "" if same else "the targets of the labels are not the script's"


def room(theirs: Array, change: float, coarsest: float) -> float:
    """By how much an array may differ from the script's, of a change in a step.

    coarsest: the rounding of the coarsest number type that went in.
    """
    size = float(np.abs(theirs).max(initial=0))
    allowed = min(AGREEMENT * size, CHANGE * change)
    if coarsest > DOUBLE:
        allowed = SINGLE_CHANGE * coarsest * change
    return max(allowed, 8 * _rounding(theirs) * size, NOISE)


def _stepped(
    network: Network, rate: float, rows: Array, labels: Array, before: Arrays
) -> Arrays | str:
    """One step of the network from the script's own parameters; a reason if it is no such step."""
    x = network.lay_out(rows)
    kept = copied(before)
    try:
        with np.errstate(all="ignore"):
            given = network.stepped_from(before, rate)
            trace = network.forward(given, x)
            gradients = network.backward(given, trace, x, labels)
            slopes = {f"the gradient of {name}": one for name, one in gradients.items()}
            kept |= copied(slopes)
            made = network.update(before, gradients, rate)
    except Exception as error:
        return f"run again, it stops: {kind_and_said(error)}"
    for name, one in {**before, **slopes}.items():
        if not np.array_equal(one, kept[name], equal_nan=True):
            return f"run again, it writes into {name}"
    return made


def _parts_in(made: Arrays, rows: Array, before: Arrays, after: Arrays) -> str:
    """Part (a) and (b): in what a step of the network is not the script's."""
    for name, theirs in after.items():
        mine = np.asarray(made[name])
        if mine.shape != theirs.shape:
            return f"{name} has the shape {mine.shape}, in the script {theirs.shape}"
        finite = np.isfinite(theirs)
        if not np.array_equal(np.isfinite(mine), finite) or not finite.any():
            if finite.all():
                return f"{name} is not finite, in the script it is"
            continue
        change = float(np.abs(theirs - before[name])[finite].max(initial=0))
        off = float(np.abs(mine - theirs)[finite].max(initial=0))
        coarsest = max(_rounding(one) for one in (rows, *before.values()))
        if not off <= room(theirs[finite], change, coarsest):
            return f"{name} differs by {off:.2g} from the script's, of a change of {change:.2g}"
    return ""


def _is_torn(made: Arrays, before: Arrays, after: Arrays) -> bool:
    """Whether a step makes some numbers nan, the same in both, and moves others."""
    for name, theirs in after.items():
        finite, mine = np.isfinite(theirs), np.asarray(made[name])
        moved = finite & (theirs != before[name])
        if moved.any() and not finite.all() and np.array_equal(np.isfinite(mine), finite):
            return True
    return False


def _rounding(array: Array) -> float:
    return float(np.finfo(array.dtype if array.dtype.kind == "f" else np.float64).eps)


def _layers(network: Network, rows: Array, parameters: Arrays) -> str:
    """Part (c): each layer from the parameters and what enters it."""
    with np.errstate(all="ignore"):
        trace = network.forward(parameters, network.lay_out(rows))
    out = np.asarray(rows, float)
    for count, layer in enumerate(network.layers, 1):
        weight = np.asarray(parameters[layer.weight], float)
        out = thinned(network, parameters, count - 2, out)
        with np.errstate(all="ignore"):
            pre = out @ (weight.T if network.layout == "columns" else weight)
            if layer.bias is not None:
                pre = pre + bias_rows(network, parameters[layer.bias], pre)
        single = trace[layer.pre].dtype == np.float32
        found = [np.asarray(network.as_rows(trace[name]), float) for name in (layer.pre, layer.out)]
        if found[0].shape != pre.shape or not close(found[0], pre, single):
            return f"layer {count} is not {layer.weight} times what enters it, plus its bias"
        if not any(close(found[1], one, single) for one in _activated(layer, found[0])):
            return f"layer {count} is no {layer.activation} of its pre-activations"
        out = found[1]
    return ""


def _without_masks(network: Network, rows: Array, parameters: Arrays) -> str:
    """The same of the network that answers, from which no unit is left out."""
    if not network.dropout:
        return ""
    return _layers(network, rows, _but_masks(network, parameters))


def _but_masks(network: Network, parameters: Arrays) -> Arrays:
    masks = {one.mask for one in network.dropout}
    return {name: one for name, one in parameters.items() if name not in masks}


def _fewer(network: Network, rows: Array, labels: Array, parameters: Arrays) -> str:
    """Whether a part of a batch is taken too, where loops were read of batches of one size."""
    parameters = _but_masks(network, parameters)
    shapes: dict[str, tuple[int, ...]] = {}
    for count in sorted({1, len(rows) - 1, len(rows)} - {0}, reverse=True):
        some = f"with {count} of {len(rows)} samples"
        x = network.lay_out(rows[:count])
        try:
            with np.errstate(all="ignore"):
                trace = network.forward(parameters, x)
                found = network.backward(parameters, trace, x, labels[:count])
        except Exception as error:
            return f"run {some}, it stops: {kind_and_said(error)}"
        for name, one in found.items():
            if np.shape(one) != shapes.setdefault(name, np.shape(one)):
                return f"{some}, the gradient of {name} has another shape"
        reason = _layers(network, rows[:count], parameters)
        if reason:
            return f"{some}, {reason}"
    return ""


def _activated(layer: Layer, pre: Array) -> list[Array]:
    """The activation's values; of a softmax along any axis, which a probe looks into."""
    with np.errstate(all="ignore"):
        found = [activate(layer, pre)]
    return found + (softmaxes(pre) if layer.activation == "softmax" else [])


def close(one: Array, other: Array, single: bool = False) -> bool:
    """Whether two arrays agree but for rounding; where one has overflowed it says nothing."""
    if one.shape != other.shape:
        return False
    finite = np.isfinite(one) & np.isfinite(other)
    size = float(np.abs(other[finite]).max(initial=0)) + 1e-300
    allowed = LAYER * (1e3 if single else 1) * max(size, 1e-3)
    return bool((np.abs(one[finite] - other[finite]) <= allowed).all())


class _Replayed:
    """Stands for a random stream: gives out, one by one, what the script drew."""

    def __init__(self, drawn: list[Any]) -> None:
        self.drawn = drawn

    def __getattr__(self, name: str) -> Any:
        def draw(*args: Any, **kw: Any) -> Any:
            value = self.drawn.pop(0)
            return np.array(value) if np.ndim(value) else value[()]

        return draw


class _Numpy:
    """NumPy, but for its random stream."""

    def __init__(self, random: _Replayed) -> None:
        self.random = random

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


class _Random:
    """Python's ``random``, whose generators draw from the stream that is handed out."""

    def __init__(self, stream: _Replayed) -> None:
        self.stream = stream

    def Random(self, _: Any) -> _Replayed:  # noqa: N802 - as the module calls it
        return self.stream


def _initial(read: Handover, script: Path) -> str:
    """Part (d): the lines that draw, with what the script drew, give what it began with."""
    count = int(read.said["init"]["draws"])
    drawn = [read.arrays.get(f"draw:{at}") for at in range(count)]
    names = read.said["parameters"]
    kept = {f"initial:{name}" for name in names} <= set(read.arrays)
    if not kept or any(one is None for one in drawn):
        return "what it drew at first was not kept"
    init = functions(read, script)["init"]
    stream = _Replayed(drawn)
    scope = {**init.__globals__, "np": _Numpy(stream), "random": _Random(stream)}
    anew = types.FunctionType(init.__code__, scope)
    given = [stream for _ in inspect.signature(init).parameters]
    try:
        made = anew(*given)
    except Exception as error:
        return f"drawn again, it stops: {kind_and_said(error)}"
    for name, one in zip(names, made, strict=True):
        theirs = read.arrays[f"initial:{name}"]
        if np.shape(one) != np.shape(theirs) or not np.array_equal(one, theirs, equal_nan=True):
            return f"{name}, drawn again with the same random numbers, is another"
    return ""


def with_activations(read: Handover, network: Network) -> Handover:
    """What was read, with the activations that its lines have at other points, too.

    As it was where these are those that were read, or none that is known.
    """
    if read.said["dropout"]:
        return read
    try:
        traces = [*_traces(read, network)]
    except Exception:  # it is the author's code, at points that it was not written for
        return read
    layers, roles = [*read.said["layers"]], dict(read.roles)
    for at, layer in enumerate(network.layers):
        pairs = [(trace[layer.pre], trace[layer.out]) for trace in traces]
        finite = all(np.isfinite(one).all() for pair in pairs for one in pair)
        if layer.activation == "softmax" or not finite:
            continue
        single = traces[0][layer.pre].dtype == np.float32
        if all(close(out, activate(layer, pre), single) for pre, out in pairs):
            continue
        name, slope = recognised(pairs, same=False)
        if name is None or name == "softmax":
            continue
        names = layers[at].split()[:4]
        layers[at] = " ".join([*names, name, *([repr(slope)] if is_sloped(name) else [])])
        row = roles[f"layer {at + 1}"]
        text = f"{row['text'].rpartition(', ')[0]}, {name}"
        roles[f"layer {at + 1}"] = {**row, "text": text}
    if layers == read.said["layers"]:
        return read
    return replace(read, said={**read.said, "layers": layers}, roles=roles)


def _traces(read: Handover, network: Network) -> Iterator[dict[str, Array]]:
    """What the forward pass makes of samples and parameters that are drawn, a row per sample."""
    rng = np.random.default_rng(0)
    rows, size = read.arrays["rows"], min(int(read.said["batch_size"]), MOST)
    weights = {layer.weight for layer in network.layers}
    for _ in range(TIMES):
        given = {}
        for name in read.said["parameters"]:
            like = read.arrays[f"step:0:before:{name}"]
            spread = 1 / np.sqrt(max(like.shape)) if name in weights else SPREAD
            given[name] = (spread * rng.normal(size=like.shape)).astype(like.dtype)
        x = rng.normal(size=(size, rows.shape[1])).astype(rows.dtype)
        with np.errstate(all="ignore"):
            trace = network.forward(given, network.lay_out(x))
        yield {name: np.asarray(network.as_rows(one)) for name, one in trace.items()}
