"""A step by running means of the gradient and of its square, as numbers: Adam's and its like.

Entry by entry, in step t, which counts from 1,

    m' = k * m + l * gradient                 where there is no m, the gradient itself
    v' = p * v + q * gradient**2
    parameter' = parameter - rate * multiple * m'' / (sqrt(v'' + inside) + outside)

where m'' and v'' are m' and v', or these divided by the weight that they have so far, 1 - k**t and
1 - p**t (Kingma and Ba 2015, "Adam: a method for stochastic optimization"; RMSprop: Tieleman and
Hinton 2012, "Neural networks for machine learning", lecture 6.5; AdaGrad: Duchi, Hazan and Singer
2011, Journal of Machine Learning Research 12). The numbers are fitted to what the update makes of
random arrays, in several steps, and hold where nothing is left of what it made.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diagnose.calculus.linear_updates import DIGITS, LEFT, Stepping, begins_with, is_alike
from diagnose.network.arrays import Array, Arrays, copied

# Steps made before those that are looked at: a mean that is corrected is so by another number each.
MADE = (0, 1, 4, 12, 40)
# Of the gradients handed: small, so that what keeps from a division by 0, mostly 1e-8, shows.
SIZE = 1e-4
# What may be left of the length of a step, relative to the largest: a quotient of differences.
STEP_LEFT = 1e-9
# As far as what comes of such quotients is known.
QUOTIENT_DIGITS = 9
# And what keeps from a division by 0, which is a ten-thousandth of what it is added to here.
WRITTEN_DIGITS = 5


@dataclass(frozen=True, eq=False)
class Means:
    """How one parameter is stepped.

    numbers: ``(9,)``: k, l, p, q, inside, outside, multiple, and k and p again where the mean is
    corrected, or else 0. carried: the names of m and v, None where there is no m. Before the first
    step both are 0.
    """

    numbers: Array
    carried: tuple[str | None, str | None]


# Of a bias that there is not: it stays what it is.
STILL = Means(np.array([0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0]), (None, None))


@dataclass(frozen=True)
class _Draw:
    """One step: how many were made before it, what it began with, and what came out."""

    made: int
    before: Arrays
    gradients: Arrays
    after: Arrays


def means(
    update: Stepping, parameters: Arrays, like: Arrays, rate: float
) -> dict[str, Means] | str:
    """The numbers of each parameter's step, or why there are none.

    like: gradients as backward returns them. rate: one other than 0.
    """
    first = update(copied(parameters), copied(like), rate)
    others = {name: np.asarray(one) for name, one in first.items() if name not in parameters}
    counters = {name: float(one) - 1 for name, one in others.items() if not one.ndim}
    arrays = {name: one for name, one in others.items() if one.ndim}
    if any(one.dtype != np.float64 for one in arrays.values()) or set(counters.values()) - {0, 1}:
        return "its update carries other numbers than means of its gradients"
    random = np.random.default_rng(0)
    drawn = [_draw(update, parameters, arrays, counters, like, rate, made, random) for made in MADE]
    found, free = {}, list(arrays)
    for name in parameters:
        if name not in like or not is_alike(like[name], parameters[name]):
            return f"the gradient of {name} is missing or has another shape"
        fitting = [key for key in free if is_alike(arrays[key], parameters[name])]
        rule = _means(drawn, name, fitting, rate, bool(counters))
        if rule is None:
            return f"the step of {name} is neither linear in its gradient nor by a mean of squares"
        free = [key for key in free if key not in rule.carried]
        found[name] = rule
    if free:
        return "its update carries more than two arrays for each parameter"
    zeros = {name: np.zeros_like(one) for name, one in arrays.items()}
    counts = {name: np.asarray(one) for name, one in counters.items()}
    if not begins_with(update, zeros | counts, drawn[0].before, drawn[0].gradients):
        return "what its update carries is not 0 before the first step"
    return found


def _draw(
    update: Stepping,
    parameters: Arrays,
    arrays: Arrays,
    counters: dict[str, float],
    like: Arrays,
    rate: float,
    made: int,
    random: np.random.Generator,
) -> _Draw:
    """A step of about as much as the parameters are, so that nothing of it is lost beside them."""
    drawn = {name: random.normal(0, rate, one.shape) for name, one in parameters.items()}
    # a mean of squares is positive, and a mean may be; which is which, the update tells
    means = {name: SIZE**2 * (1 + random.random(one.shape)) for name, one in arrays.items()}
    counts = {name: np.asarray(began + made) for name, began in counters.items()}
    before = {**drawn, **means, **counts}
    gradients = {name: random.normal(0, SIZE, np.shape(one)) for name, one in like.items()}
    with np.errstate(all="ignore"):
        after = update(copied(before), copied(gradients), rate)
    return _Draw(made, before, gradients, {name: np.array(one) for name, one in after.items()})


def _means(
    drawn: Sequence[_Draw], name: str, fitting: Sequence[str], rate: float, counted: bool
) -> Means | None:
    """The numbers of one parameter with some of these arrays carried, if any hold."""
    squares = [(key, two) for key in fitting if (two := _mean(drawn, name, key, 2)) is not None]
    first = [(key, two) for key in fitting if (two := _mean(drawn, name, key, 1)) is not None]
    for (v, (p, q)), (m, (k, taken)) in itertools.product(squares, [*first, (None, (0.0, 1.0))]):
        for corrected in itertools.product((0, 1), repeat=2) if counted else [(0, 0)]:
            weighed = k * corrected[0], p * corrected[1]
            if max(weighed) > 1 - LEFT:  # a sum has no weight by which to divide
                continue
            for power in (1, 2):
                numbers = _divided(drawn, name, (m, v), rate, weighed, power)
                if numbers is not None:
                    every = [k, taken, p, q, *numbers, *weighed]
                    return Means(np.array([float(f"{one:.{DIGITS}g}") for one in every]), (m, v))
    return None


def _mean(drawn: Sequence[_Draw], name: str, key: str, power: int) -> tuple[float, float] | None:
    """What is kept of an array and what is taken of a power of the gradient, if that is all."""
    terms = np.concatenate(
        [
            np.stack([one.before[key].ravel(), one.gradients[name].ravel() ** power])
            for one in drawn
        ],
        axis=1,
    )
    if any(one.after[key].shape != one.before[key].shape for one in drawn):
        return None
    made = np.concatenate([one.after[key].ravel() for one in drawn])
    sizes = np.abs(terms).max(axis=1)
    fitted, *_ = np.linalg.lstsq((terms / sizes[:, None]).T, made, rcond=None)
    left = np.abs(fitted @ (terms / sizes[:, None]) - made).max()
    if not left <= LEFT * np.abs(made).max() or not abs(fitted[1]) > LEFT * np.abs(made).max():
        return None
    return float(fitted[0] / sizes[0]), float(fitted[1] / sizes[1])


def _divided(
    drawn: Sequence[_Draw],
    name: str,
    carried: tuple[str | None, str],
    rate: float,
    weighed: tuple[float, float],
    power: int,
) -> tuple[float, float, float] | None:
    """inside, outside and multiple, if the steps are such quotients of the two means.

    weighed: k and p where the mean is corrected, else 0. power: 2 where what keeps from a division
    by 0 stands inside of the root: the square of mean by step is then a straight line of that of
    the root; 1 where it stands outside, and they are so themselves.
    """
    roots, quotients = [], []
    for one in drawn:
        if one.after[name].shape != one.before[name].shape:
            return None
        of_mean, of_squares = (1 / (1 - kept ** (one.made + 1)) for kept in weighed)
        mean = one.after[carried[0]] if carried[0] else one.gradients[name]
        moved = (one.before[name] - one.after[name]).ravel() / rate
        with np.errstate(all="ignore"):
            roots.append(np.sqrt(of_squares * one.after[carried[1]].ravel()))
            quotients.append(of_mean * mean.ravel() / moved)
    x, y = np.concatenate(roots) ** power, np.concatenate(quotients) ** power
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return None
    heights = np.ones_like(x)
    fitted, *_ = np.linalg.lstsq(np.stack([x / x.max(), heights], axis=1), y, rcond=None)
    slope, height = fitted[0] / x.max(), fitted[1]
    if not slope > 0 or np.abs(slope * x + height - y).max() > STEP_LEFT * np.abs(y).max():
        return None
    multiple = slope ** (-1 / power)
    off = _rounded(float(height * multiple**power), float(x.max()))
    multiple = float(f"{multiple:.{QUOTIENT_DIGITS}g}")
    return (off, 0.0, multiple) if power == 2 else (0.0, off, multiple)


def _rounded(value: float, beside: float) -> float:
    """A number as somebody writes it, as far as it is known beside another; 0 for nothing."""
    if abs(value) < STEP_LEFT * beside:
        return 0.0
    return float(f"{value:.{WRITTEN_DIGITS}g}")
