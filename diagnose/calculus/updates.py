"""What a network's update does with the gradients that it is handed, measured.

A plain step moves a parameter by ``-rate * gradient`` and is moved by nothing else. So the update
is handed gradients that are zero but for one parameter, at the network's own parameters, and what
every parameter then does is compared with what it does without any gradient. What it does without
one (weight decay) is therefore no part of the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnose.calculus import gradients as found_by
from diagnose.calculus.gradients import UndefinedLossError
from diagnose.network.arrays import Array, Arrays, copied, is_finite
from diagnose.network.authors_code import kind_and_said
from diagnose.network.record import Network
from diagnose.report import Numbers

Update = Callable[[Arrays, Arrays, float], Arrays]


# Gradients handed for each parameter: with one alone, a mean over two entries may pass for both.
DRAWS = 3
# Length of a gradient that is handed: below the usual bounds of gradient clipping, 1 and more
# (Pascanu, Mikolov and Bengio 2013, "On the difficulty of training recurrent neural networks"),
# so that a step that is clipped is not taken for one in another direction.
LENGTH = 0.1
# A step must be this many roundings of the parameter long, so that rounding is 0.1 % of it.
ROUNDINGS = 1e3
# Relative deviation that counts as none: ten times what rounding may make.
SAME = 1e-2
# A proportional step less aligned with the gradient than this (26 degrees) goes another way. One
# that weighs some entries twice lies above; transposes, means and products lie far below.
ALIGNED = 0.9
# What another parameter's gradient must move, relative to a plain step. Exactly 0 in sound code.
MOVED = 1e-3
# Weight decay takes some 1e-3 of a weight in a step, and 1e-2 is much. A step that takes more
# than half of every entry is none: ``w =- rate * dw`` takes all.
FORGETS = 0.5
# Of a step, after so many later ones without any gradient, momentum makes again what is left of it:
# of 0.999, 74 %, which is more than anybody uses. What is never set back makes all of it again.
LATER, AGAIN = 300, 0.9
# Momentum goes on in the direction of the step before, and no sound step takes a share of it back
# at once, without a gradient that says so.
TAKEN_BACK = -0.1
# How many times as long the step of a gradient twice as long is, as a power of 2: 1 of a plain
# step, 0 of one by signs, of RMSprop's, AdaGrad's and Adam's; -1 where these divide by the mean
# square and not by its root. What lies nearer to that grows the shorter the gradient gets.
SHRINKS = -0.5
# Of a gradient so many times a usual one, a bound on its numbers cuts nearly all. A step that has
# one is plain below it, to rounding. One that most numbers of the network's own gradients meet
# leaves little but their signs; usual bounds are 1 and more.
HUGE, PLAIN, MOSTLY = 1e6, 1e-3, 0.5
# Calls of backward that tell which gradients there are.
CALLS = 8


def signs(network: Network, rows: Array, labels: Array, seed: int) -> dict[str, int]:
    """-1 for parameters whose update adds, rightly, the negative gradient; 1 for all others."""
    found = measure(network, rows, labels, seed).get("parameters", {})
    return {name: -1 for name, one in found.items() if one["sign"] == -1}


def measure(network: Network, rows: Array, labels: Array, seed: int) -> Numbers:
    """Measure what the update does with every parameter's gradient.

    rows: ``(n, features)``, prepared; labels ``(n,)``. Returns plain JSON values: ``reason`` where
    nothing can be said, or ``rate`` and ``parameters``; for each parameter, by its name,

    along: the step's multiple of ``-|rate| * gradient`` (1: plain; -1: up the gradient; 0: none).
        A negative rate that is added is as good as a positive one that is subtracted.
    cosines: the lowest and the highest, of the step and ``-gradient``, over several gradients
    proportional: whether twice the opposite gradient makes twice the opposite step
    moved, stuck, entries: how many of its entries its own gradient moves, how many nothing does,
        and all
    others: which other gradients move it, and by how much, relative to a plain step
    alike: whether all its entries make the same step, whatever gradient they have
    one_way: 1 where positive entries of its gradients move it and negative ones never do, -1 the
        other way round, else 0
    growth: how many times as long the step of a gradient twice as long is, as a power of 2, in
        most of its entries
    bound: what its gradient's entries are cut at, if they are, and cut: the share of those of its
        own gradients that are larger, over several steps
    kept: what its entries are multiplied by without any gradient, the largest such number (1, or
        a little less: weight decay)
    at_once, again: which share of its step a gradient makes again in the next step, and in one long
        after, where the update carries more than the parameters from step to step; else they are
        not there
    given: whether backward returns a gradient of it that is not 0 on every sample tried
    sign: 1 where the gradient is to be subtracted, -1 where backward returns the negative
        gradient, None where that could not be told
    """
    start = network.init(seed)
    if not is_finite(start):
        return {"reason": "the parameters are not finite"}
    random = np.random.default_rng(seed)
    size = min(network.batch_size, len(rows))
    calls = [random.choice(len(rows), size=size, replace=False) for _ in range(CALLS)]
    authors = [
        found_by.own_gradients(network, start, rows[index], labels[index]) for index in calls
    ]
    rates = (float(network.learning_rate(epoch)) for epoch in range(network.epochs))
    rate = next((one for one in rates if one), 0.01)
    # Off zero, where what is proportional to a parameter would not show.
    point = {
        name: (one + random.normal(0, 0.1, np.shape(one))).astype(floating(one))
        for name, one in start.items()
    }
    try:
        found = responses(network, point, authors[0], rate, random)
    except Exception as error:  # such as a KeyError, for a gradient that backward leaves out
        return {"reason": f"the update stops with {kind_and_said(error)} at what backward returns"}
    if isinstance(found, str):
        return {"reason": found}
    for name, one in found.items():
        one["cut"] = _share_above(one["bound"], [given[name] for given in authors])
        one["given"] = any(np.any(gradients.get(name, 0)) for gradients in authors) or _given(
            network, point, rows[calls[0]], labels[calls[0]], name
        )
    signs = _signs(network, start, rows, labels, calls, authors, found)
    for name, one in found.items():
        one["sign"] = signs[name]
    return {"rate": rate, "parameters": found}


def responses(
    network: Network, point: Arrays, like: Arrays, rate: float, random: np.random.Generator
) -> dict[str, Numbers] | str:
    """How the update moves every parameter, or why that cannot be told.

    like: gradients as backward returns them, whose shapes and types the handed ones have. What
    comes out in another shape, or has no gradient of as many entries, is left out.
    """
    handed = _Handed(network, point, like, rate)
    without = handed.step({})
    if not is_finite(without):
        return "the update makes numbers that are not finite"
    names = [
        name
        for name, one in point.items()
        if name in like and np.size(like[name]) == one.size and without[name].shape == one.shape
    ]
    first = {name: random.normal(size=point[name].shape) for name in names}
    if not _same(handed.step(first), handed.step(first)):
        return "the update makes another step when it is called again with the same arguments"
    found: dict[str, Numbers] = {}
    for name in names:
        response = _response(handed, name, without, random)
        if response is None:
            return f"the update makes nan or inf of a finite gradient of {name}"
        found[name] = response
        found[name]["bound"] = handed.bound(name, without, first[name])
    for name, one in found.items():
        one["others"] = {
            other: size
            for other in names
            if other != name and (size := found[other]["moves"].get(name, 0.0)) > MOVED
        }
    for one in found.values():
        del one["moves"]
    for name, shares in handed.again(first).items():
        found[name] |= shares
    return found


@dataclass(frozen=True)
class _Handed:
    """An update at one point, which is handed copies of everything."""

    network: Network
    point: Arrays
    like: Arrays
    rate: float

    def step(self, gradients: Arrays) -> Arrays:
        """The parameters after a step with these gradients and zeros for all others."""
        after = self._after(self.point, gradients)
        return {name: np.array(after[name]) for name in self.point}

    def _after(self, point: Arrays, gradients: Arrays) -> Arrays:
        handed = {}
        for name, one in self.like.items():
            whole = gradients.get(name, np.zeros(np.shape(one)))
            kind = floating(self.point.get(name, one))
            handed[name] = whole.reshape(np.shape(one)).astype(kind)
        with np.errstate(all="ignore"):
            return self.network.update(copied(point), handed, self.rate)

    def again(self, gradients: Arrays) -> dict[str, dict[str, float]]:
        """The share of their steps that gradients make again: at once, and ``LATER`` steps after.

        Nothing for an update that hands on nothing but the parameters.
        """
        steps: list[list[Arrays]] = []
        for first in (gradients, {}):
            points = [self.point, self._after(self.point, first)]
            if first and {*points[-1]} <= {*self.point}:
                return {}
            for _ in range(LATER):
                points.append(self._after(copied(points[-1]), {}))
            steps.append([_between(points[at], points[at + 1]) for at in (0, 1, LATER)])
        found = {}
        for name in gradients:
            step, soon, late = (one[name] - none[name] for one, none in zip(*steps, strict=True))
            whole = float((step**2).sum())
            found[name] = {
                "at_once": _ratio(float((step * soon).sum()), whole),
                "again": _ratio(float((step * late).sum()), whole),
            }
        return found

    def bound(self, name: str, without: Arrays, gradient: Array) -> float | None:
        """What the numbers of a parameter's gradient are cut at in a step; None where they are not.

        Of a gradient so large that nearly all are cut the steps are of one length, and what is
        below the bound makes a plain step: this parts it from a step by signs.
        """
        if gradient.size < DRAWS:
            return None
        huge = np.abs(self._moved(name, without, HUGE * gradient))
        bound = float(np.median(huge)) / abs(self.rate)
        if not 0 < bound < np.inf or np.mean(np.abs(huge / np.median(huge) - 1) < PLAIN) < MOSTLY:
            return None
        below = gradient * (bound / 2 / np.abs(gradient).max())
        if np.linalg.norm(below) < self.visible(name):
            return None
        step, plain = self._moved(name, without, below), -abs(self.rate) * below
        off = min(np.linalg.norm(step - plain), np.linalg.norm(step + plain))
        return bound if off <= PLAIN * np.linalg.norm(plain) else None

    def _moved(self, name: str, without: Arrays, gradient: Array) -> Array:
        return np.asarray(self.step({name: gradient})[name] - without[name], float)

    def length(self, name: str) -> float:
        """How long the gradients are that are handed for a parameter."""
        return max(LENGTH, self.visible(name))

    def visible(self, name: str) -> float:
        """How long a gradient of a parameter must be to show in its number type."""
        value = self.point[name]
        eps = float(np.finfo(floating(value)).eps)
        visible = ROUNDINGS * eps * float(np.abs(value).max(initial=0)) / abs(self.rate)
        return visible * float(np.sqrt(value.size))


def _response(
    handed: _Handed, name: str, without: Arrays, random: np.random.Generator
) -> Numbers | None:
    """What the gradient of one parameter does, to itself and to the others.

    None where no step that it makes is finite.
    """
    value = handed.point[name]
    along, cosines, growths, proportional = [], [], [], True
    alike = []  # of gradients with both signs: one with a single sign makes alike steps by signs
    moved = np.zeros(value.shape, bool)
    sides = {1: False, -1: False}  # whether entries of a gradient that have this sign move it
    moves: dict[str, float] = {}
    spoilt = 0
    for _ in range(DRAWS):
        gradient = random.normal(size=value.shape)
        gradient *= handed.length(name) / np.linalg.norm(gradient)
        once, twice = handed.step({name: gradient}), handed.step({name: -2 * gradient})
        step, opposite = (np.asarray(one[name] - without[name], float) for one in (once, twice))
        if not (np.isfinite(step).all() and np.isfinite(opposite).all()):
            step, opposite = np.zeros(value.shape), np.zeros(value.shape)
            spoilt += 1
        # Of the entries that it moves: what is kept within bounds goes nowhere.
        here = (step != 0) | (opposite != 0)
        plain = -abs(handed.rate) * gradient
        along.append(_ratio(float((step * plain)[here].sum()), float((plain**2)[here].sum())))
        cosines += [_cosine(step, plain * here), _cosine(opposite, -plain * here)]
        moved |= here
        for side in sides:
            given = (step[side * gradient > 0], opposite[side * gradient < 0])
            sides[side] |= any(one.any() for one in given)
        if gradient.min() < 0 < gradient.max():
            alike.append(bool(here.all() and np.ptp(step) <= SAME * np.abs(step).max()))
        both = (step != 0) & (opposite != 0)  # most entries decide: few lie near what keeps from /0
        growths.append(
            float(np.median(np.log2(np.abs(opposite[both] / step[both])))) if both.any() else 1.0
        )
        longer = max(np.linalg.norm(2 * step), np.linalg.norm(opposite))
        proportional &= bool(np.linalg.norm(opposite + 2 * step) <= SAME * longer)
        for other, after in once.items():
            if other != name and after.shape == without[other].shape:
                size = float(np.linalg.norm(np.asarray(after - without[other], float)))
                size /= float(np.linalg.norm(plain))
                moves[other] = max(moves.get(other, 0.0), size)
    if spoilt == DRAWS:
        return None
    start = np.asarray(value, float)
    return {
        "along": float(np.mean(along)),
        "cosines": [min(cosines), max(cosines)],
        "proportional": proportional,
        "alike": bool(alike) and all(alike),
        "one_way": int(sides[1]) - int(sides[-1]),
        "growth": float(np.mean(growths)),
        "moved": int(moved.sum()),
        # Not those that are moved without a gradient: such as are kept within bounds.
        "stuck": int((~moved & (without[name] == value)).sum()),
        "entries": int(value.size),
        "kept": float((without[name] / start).max()),
        "moves": moves,
    }


def _between(before: Arrays, after: Arrays) -> Arrays:
    return {name: after[name] - one for name, one in before.items()}


def _share_above(bound: float | None, gradients: list[Array]) -> float:
    """The share of the numbers of some gradients, of those that are not 0, that exceed a bound."""
    if bound is None:
        return 0.0
    sizes = np.abs(np.concatenate([np.ravel(np.asarray(one, float)) for one in gradients]))
    return float(np.mean(sizes[sizes > 0] > bound)) if sizes.any() else 0.0


def _cosine(one: Array, other: Array) -> float:
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return _ratio(float((one * other).sum()), lengths)


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0 else 0.0


def _same(one: Arrays, other: Arrays) -> bool:
    return all(np.array_equal(one[name], other[name], equal_nan=True) for name in one)


def floating(array: Array) -> np.dtype[Any]:
    """Its number type, float64 for whole numbers."""
    kind = np.asarray(array).dtype
    return kind if kind.kind == "f" else np.dtype(float)


def _given(network: Network, point: Arrays, rows: Array, labels: Array, name: str) -> bool:
    """Whether backward ever returns more than 0 for a parameter, where units are alive."""
    random = np.random.default_rng(0)
    for _ in range(5):
        drawn = {
            key: random.normal(size=one.shape) / np.sqrt(max(one.shape, default=1))
            for key, one in point.items()
        }
        if np.any(found_by.own_gradients(network, drawn, rows, labels).get(name, 0)):
            return True
    return False


def kind_of(one: Numbers) -> str:
    """Name what the update does with one parameter's gradient, in one word.

    plain, frozen, partly (some entries never move), mixed (other gradients move it too), up,
    elsewhere (in another direction), forgets (the parameter is lost in a step), back (the next step
    takes a share of it back), again (the step is made again in all later ones), alike (one number,
    for all entries), inverse (shorter, the longer the gradient), clipped (most entries of its
    gradients are cut at a bound), one-way (gradients of one sign are left out), scaled (plain, by
    another rate) or bent (downwards, and not in proportion to the gradient).
    """
    low, high = one["cosines"]
    if one["moved"] == 0:
        return "frozen"
    if one.get("one_way"):
        return "one-way"
    if one.get("again", 0.0) >= AGAIN:
        return "again"
    if one.get("at_once", 0.0) <= TAKEN_BACK:
        return "back"
    if one["stuck"]:
        return "partly"
    if one["others"]:
        return "mixed"
    if one["kept"] < FORGETS:
        return "forgets"
    if one["alike"]:
        return "alike"
    if one["growth"] < SHRINKS:
        return "inverse"
    if one.get("cut", 0.0) > MOSTLY:
        return "clipped"
    turned = -1 if one["sign"] == -1 else 1
    low, high = (low, high) if turned == 1 else (-high, -low)
    if one["proportional"]:
        if high <= -ALIGNED:
            return "up"
        if low < ALIGNED:
            return "elsewhere"
        return "plain" if abs(abs(one["along"]) - 1) <= SAME else "scaled"
    if high < 0:
        return "up"
    return "elsewhere" if low <= 0 else "bent"


# Which sign the gradient has that backward returns


def _signs(
    network: Network,
    start: Arrays,
    rows: Array,
    labels: Array,
    calls: list[Array],
    authors: list[Arrays],
    found: dict[str, Numbers],
) -> dict[str, int | None]:
    """For each parameter 1 where its gradient should be subtracted, -1 where it should be added.

    An update that adds is right where backward returns the negative gradient, so the two are
    judged together. Where they do not fit each other, what most parameters do is meant.
    """
    ways = {name: -1 if one["along"] < 0 else 1 for name, one in found.items()}
    if all(way == 1 for way in ways.values()):
        return dict.fromkeys(found, 1)
    slopes = {name: _slope(network, start, rows, labels, calls, authors, name) for name in found}
    fitting = [ways[name] for name, slope in slopes.items() if slope == ways[name]]
    meant = -1 if sum(fitting) < 0 else 1
    if all(slope is None for slope in slopes.values()):
        return dict.fromkeys(found)
    return {name: ways[name] if slopes[name] == ways[name] else meant for name in found}


def _slope(
    network: Network,
    start: Arrays,
    rows: Array,
    labels: Array,
    calls: list[Array],
    authors: list[Arrays],
    name: str,
) -> int | None:
    """1 if the loss rises along the gradient that backward returns, -1 if it falls."""
    rises = 0
    for index, gradients in zip(calls, authors, strict=True):
        given = np.asarray(gradients[name], float).reshape(start[name].shape)
        length = float(np.linalg.norm(given))
        if not 0 < length < np.inf:
            continue
        try:
            slope = found_by.central_difference(
                network, start, rows[index], labels[index], name, given / length
            )
        except UndefinedLossError:
            return None
        if slope and abs(slope.value) > slope.error:
            rises += 1 if slope.value > 0 else -1
    return int(np.sign(rises)) or None
