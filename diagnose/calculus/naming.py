"""Which usual mistakes give exactly the gradients that an author computes.

Each is held against them by the fit that finds an author's convention (``calculus.convention``), so
that scale, sign and decay are taken out first and one formula serves for all ways to write a loss.
One mistake is tried before two: what one explains, two are not blamed for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from diagnose.calculus.backward_pass import Case, Steps, backward, case_of
from diagnose.calculus.bounds import bounded, norm_bound
from diagnose.calculus.class_weights import weighed
from diagnose.calculus.convention import FITS, SAME, fit, steps_at_points, together, usual_units
from diagnose.calculus.gradients import forward
from diagnose.calculus.mistaken_slopes import STRETCHED
from diagnose.calculus.mistakes import Mistake, misdirected, multiplied
from diagnose.network.arrays import Array, Arrays
from diagnose.network.precision import TOLERANCES, number_type
from diagnose.network.record import Network

# A call of the author's backward pass: what it was handed, the parameters, and what it returned.
Call = tuple[Case, Arrays, Arrays]
# Of each parameter, by how much its gradient exceeds that of a mistake; None where it has none.
Factors = dict[str, float | None]
# Two mistakes at once are tried as long as that takes a second or two: a pair takes some 0.1 ms
# in a small network, and 1 ms in one that classifies digits.
MOST_PAIRS = 2000
RIGHT = Mistake("", "", "", Steps())


def named(
    calls: Sequence[Call], tolerance: float, usual: Collection[float] = (1.0,)
) -> list[Mistake]:
    """The mistakes that explain an author's gradients on every call; several cannot be told apart.

    calls: of one network, all with gradients of the same parameters. tolerance: of the number type,
    relative to a gradient. usual: factors that are a convention. Empty where nothing is wrong, too.
    """
    if not calls:
        return []
    case, parameters, _ = calls[0]
    network, batch, room = case.network, len(case.labels), FITS * tolerance
    same = max(SAME, room)
    times = [
        (one, _multiples(one.steps, network, parameters)) for one in multiplied(network, batch)
    ]
    # The arithmetic of a mistake may overflow, which only means that it is not it.
    with np.errstate(all="ignore"):
        right = _factors(calls, RIGHT.steps, room)
        if right and _ratio(right, dict.fromkeys(right, 1.0), (1.0,), same):
            return []
        meant = [*weighed(calls), *bounded(calls)]
        directions = [*misdirected(network, parameters, batch), *meant]
        held = [(one, found) for one in directions if (found := _factors(calls, one.steps, room))]
        alone = [one for one, more in times if right and _ratio(right, more, (1.0,), same)]
        for one, found in held:
            if ratio := _ratio(found, dict.fromkeys(found, 1.0), usual, same):
                alone.append(replace(one, times=ratio))
        # the sign or factor that a stretched activation lacks is said of its line
        alone = [one for one in alone if one.kind == STRETCHED] or alone
        alone = alone or [one for one in meant if _is_held_to_a_norm(calls, one.steps, room)]
        if alone:
            return alone
        both = [
            replace(combined(one, other), times=ratio)
            for one, found in held
            for other, more in times
            if (ratio := _ratio(found, more, usual, same))
        ]
        if right:
            both += [
                combined(one, other)
                for (one, more), (other, too) in combinations(times, 2)
                if _ratio(right, {key: more[key] * too[key] for key in more}, (1.0,), same)
            ]
        for one, other in _pairs(calls[0], directions, room):
            pair = combined(one, other)
            more = _factors(calls, pair.steps, room)
            if more and (ratio := _ratio(more, dict.fromkeys(more, 1.0), usual, same)):
                both.append(replace(pair, times=ratio))
    return both or [_scaled(one, ratio) for one, found in held if (ratio := _shared(found, same))]


def unit_beside(network: Network, rows: Array, labels: Array) -> float | None:
    """The usual unit that gradients are written in, if they are exactly those of a mistake.

    rows, labels: as of ``calculus.convention``. None where no mistake explains them, or where what
    is left beside it is no convention.
    """
    if network.dropout:
        return None
    calls: list[Call] = []
    try:
        for one in steps_at_points(network, rows, labels):
            trace = forward(network, one.point, one.rows)
            x = network.lay_out(np.asarray(one.rows, float))
            calls.append((case_of(network, one.point, trace, x, one.labels), one.point, one.own))
        tolerance = TOLERANCES[number_type(*(own for *_, all_ in calls for own in all_.values()))]
        usual = usual_units(network, min(network.batch_size, len(rows)))
        times = {mistake.times for mistake in named(calls, tolerance, usual)}
    except Exception:  # the author's code may raise anything
        return None
    return times.pop() if len(times) == 1 and times <= {*usual} else None


def _is_held_to_a_norm(calls: Sequence[Call], steps: Steps, room: float) -> bool:
    """Whether an author's gradients are others' along their whole length, but no longer than that.

    In whatever unit: none is as long as where nothing holds it.
    """
    pairs: list[tuple[Arrays, Arrays]] = []
    for case, parameters, authors in calls:
        made = backward(case, parameters, steps)
        pairs.append((authors, {name: made[name] for name in authors}))
    factors = [_along(own, made) for own, made in pairs]
    if not all(0 < one < np.inf for one in factors):
        return False
    unit = max(factors)
    scaled = [({name: one / unit for name, one in own.items()}, made) for own, made in pairs]
    return norm_bound(scaled, room) is not None


def _along(own: Arrays, made: Arrays) -> float:
    """By how much some gradients exceed others, all together."""
    above = sum(float((own[name] * one).sum()) for name, one in made.items())
    below = sum(float((one**2).sum()) for one in made.values())
    return above / below if below else 0.0


def _multiples(steps: Steps, network: Network, parameters: Arrays) -> dict[str, float]:
    """By how much factors of weights, biases and errors exceed the gradient of each parameter."""
    found = dict.fromkeys(parameters, 1.0)
    error = 1.0
    for depth in reversed(range(len(network.layers))):
        layer = network.layers[depth]
        error *= steps.factor(depth, "delta")
        found[layer.weight] = error * steps.factor(depth, "weight")
        if layer.bias is not None:
            found[layer.bias] = error * steps.factor(depth, "bias")
    return found


def _factors(calls: Sequence[Call], steps: Steps, room: float) -> Factors | None:
    """By how much an author's gradients exceed those of a mistake; None where they are not its."""
    made = [backward(calls[0][0], calls[0][1], steps)]
    names = sorted(calls[0][2], key=lambda name: np.size(calls[0][2][name]))
    if not all(_is_alike(calls[0], made[0], name, room) for name in names):
        return None  # as nearly all are, at one of the smallest gradients of the first call
    made += [backward(case, parameters, steps) for case, parameters, _ in calls[1:]]
    factors: Factors = {}
    for name in calls[0][2]:
        parts = [
            (authors[name], one[name], parameters[name])
            for (_, parameters, authors), one in zip(calls, made, strict=True)
        ]
        found = fit(*together(parts, room).fitted)
        if not found.is_one:
            return None
        factors[name] = found.factor or None
    return factors


def _is_alike(call: Call, made: Arrays, name: str, room: float) -> bool:
    """Whether a parameter's gradient may be that of a mistake, in one call."""
    _, point, authors = call
    own, true, weights = (np.ravel(np.asarray(one[name], float)) for one in (authors, made, point))
    return fit(own, true, weights, room).is_one


def _alike(call: Call, made: Arrays, room: float) -> set[str]:
    """The parameters whose gradient may be that of a mistake, in one call."""
    return {name for name in call[2] if _is_alike(call, made, name, room)}


def _ratio(
    found: Factors, wanted: dict[str, float], usual: Collection[float], same: float
) -> float | None:
    """By which usual number factors exceed those that are wanted; None where by none."""
    ratios = [one / wanted[name] for name, one in found.items() if one is not None]
    for number in usual:
        if ratios and all(abs(one / number - 1) <= same for one in ratios):
            return number
    return None


def _shared(found: Factors, same: float) -> float | None:
    """The number that all factors are."""
    return next(
        (
            one
            for one in found.values()
            if one is not None and _ratio(found, dict.fromkeys(found, 1.0), (one,), same)
        ),
        None,
    )


def _scaled(one: Mistake, ratio: float) -> Mistake:
    """A mistake, all gradients of which are a number as well that is no convention."""
    said = f"{one.sentence}; besides, all are {ratio:.4g} times that"
    return replace(one, sentence=said, times=ratio, parts=one.parts + 1)


def combined(one: Mistake, other: Mistake) -> Mistake:
    """Two mistakes at once, in different parts of a backward pass."""
    return Mistake(
        f"{one.kind} and {other.kind}",
        f"{one.sentence}; and {other.sentence}",
        "; ".join(dict.fromkeys((one.advice, other.advice))),
        replace(one.steps, **_wrong(other.steps)),
        one.parts + other.parts,
        applied=one.applied + other.applied,
    )


def _wrong(steps: Steps) -> dict[str, Any]:
    """The parts that are not the right ones."""
    return {name: one for name, one in vars(steps).items() if one is not vars(RIGHT.steps)[name]}


def _pairs(call: Call, every: list[Mistake], room: float) -> Iterator[tuple[Mistake, Mistake]]:
    """Two mistakes of different parts that may together give an author's gradients.

    Where only one of them changes a gradient, that has to be the author's already.
    """
    case, parameters, authors = call
    right = backward(case, parameters, RIGHT.steps)
    sound = _alike(call, right, room)
    seen = []
    for one in every:
        made = backward(case, parameters, one.steps)
        changed = {name for name in authors if not np.array_equal(made[name], right[name])}
        seen.append((one, changed, _alike(call, made, room), _wrong(one.steps).keys()))
    count = 0
    for (one, changed, alike, here), (other, too, fits, there) in combinations(seen, 2):
        if (
            set(authors) - changed - too <= sound
            and changed - too <= alike
            and too - changed <= fits
            and not here & there
        ):
            count += 1
            if count > MOST_PAIRS:
                return
            yield one, other
