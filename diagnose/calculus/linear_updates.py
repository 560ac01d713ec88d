"""A step that is linear in a parameter, its gradient and one array that it carries on, as numbers.

With momentum, weight decay or both, whatever the way in which they are written,

    parameter' = a * parameter + b * carried + c * gradient
    carried'   = d * parameter + e * carried + f * gradient

entry by entry, and each of the six numbers is a constant and a multiple of the learning rate. They
are fitted to what the update makes of random arrays at several rates, and hold where nothing is
left of what it made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from diagnose.network.arrays import Array, Arrays, copied
from diagnose.style.text import plural

# parameters and what is carried, gradients, rate -> the same after the step
Stepping = Callable[[Arrays, Arrays, float], Arrays]

# Steps whose arrays are drawn, at these multiples of the rate in turn: 12 numbers of each entry,
# more than the 6 that are sought of the least array, which has a single one.
RATES = (1.0, 2.0, 0.5, 1.5)
DRAWS = 12
# Entries to which the numbers are fitted; all of them are held against these.
FITTED = 200
# What may be left, relative to the largest entry: some thousand roundings of float64 (2e-16). And
# what is too little to be anything else than these, of arrays whose entries are about 1.
LEFT, NONE = 1e-12, 1e-13
# Of a fitted number: the last of float64's sixteen are rounding, and other for each network.
DIGITS = 12


@dataclass(frozen=True, eq=False)
class Rule:
    """How one parameter is stepped.

    numbers: ``(2, 3, 2)``: of the new parameter and of what is carried on; what they take of the
    parameter, of what was carried, and of the gradient; the constant and the multiple of the rate.
    carried: the name of what is carried, if there is any. Before the first step it is 0.
    """

    numbers: Array
    carried: str | None = None

    @property
    def plain(self) -> float | None:
        """What ``-rate * gradient`` is multiplied by where a step is that and nothing else."""
        others = self.numbers[0].copy()
        others[2, 1] = 0.0
        is_plain = self.carried is None and np.array_equal(others, [[1, 0], [0, 0], [0, 0]])
        return -float(self.numbers[0, 2, 1]) if is_plain else None

    def of_penalized(self, multiple: float) -> Rule:
        """The same, of a gradient to which this multiple of the parameter is added first."""
        numbers = self.numbers.copy()
        numbers[:, 0] += multiple * numbers[:, 2]
        return replace(self, numbers=numbers)


def plainly(multiple: float = 1.0) -> Rule:
    """The rule of a step by a multiple of ``-rate * gradient``."""
    numbers = np.zeros((2, 3, 2))
    numbers[0, 0, 0], numbers[0, 2, 1] = 1.0, -multiple
    return Rule(numbers)


@dataclass(frozen=True)
class _Draw:
    """One step of random arrays: what it began with, and what came out."""

    rate: float
    before: Arrays
    gradients: Arrays
    after: Arrays


def rules(update: Stepping, parameters: Arrays, like: Arrays, rate: float) -> dict[str, Rule] | str:
    """The rule of each parameter, or why there is none.

    like: gradients as backward returns them; one that it does not return is 0. rate: one other
    than 0.
    """
    first = update(copied(parameters), copied(like), rate)
    others = {name: np.asarray(one) for name, one in first.items() if name not in parameters}
    if strange := [name for name, one in others.items() if one.dtype != np.float64 or not one.ndim]:
        return f"its update carries {plural(len(strange), 'number')} beside its parameters"
    random = np.random.default_rng(0)
    drawn = [
        _draw(update, parameters, others, like, rate * RATES[at % len(RATES)], random)
        for at in range(DRAWS)
    ]
    found, free = {}, list(others)
    for name in parameters:
        if name in like and not is_alike(like[name], parameters[name]):
            return f"the gradient of {name} has another shape"
        fitting = [key for key in free if is_alike(others[key], parameters[name])]
        tried = (_rule(drawn, name, key, rate) for key in (None, *fitting))
        rule = next((one for one in tried if one), None)
        if rule is None:
            return f"the step of {name} is not linear in {name} and its gradient"
        if rule.carried:
            free.remove(rule.carried)
        found[name] = rule
    if free:
        return "its update carries more than one array for each parameter"
    zeros = {name: np.zeros_like(one) for name, one in others.items()}
    if not begins_with(update, zeros, drawn[0].before, drawn[0].gradients):
        return "what its update carries is not 0 before the first step"
    return found


def is_alike(one: Array, other: Array) -> bool:
    """Whether two arrays have the same entries in the same order, such as ``(1, n)`` and ``(n,)``.

    Their shapes may differ in axes of length 1.
    """
    return [n for n in np.shape(one) if n != 1] == [n for n in np.shape(other) if n != 1]


def _draw(
    update: Stepping,
    parameters: Arrays,
    others: Arrays,
    like: Arrays,
    rate: float,
    random: np.random.Generator,
) -> _Draw:
    """A step of about 1, so that nothing of it is lost beside the parameters."""
    before = {name: random.normal(size=one.shape) for name, one in {**parameters, **others}.items()}
    gradients = {name: random.normal(size=np.shape(one)) / rate for name, one in like.items()}
    with np.errstate(all="ignore"):
        after = update(copied(before), copied(gradients), rate)
    return _Draw(rate, before, gradients, {name: np.array(one) for name, one in after.items()})


def _rule(drawn: list[_Draw], name: str, carried: str | None, rate: float) -> Rule | None:
    """The rule of one parameter with this array carried, if it holds."""
    numbers = np.zeros((2, 3, 2))
    for at, key in enumerate([name, carried]):
        if key is None:
            continue
        sums, made = [], []
        for one in drawn:
            pace = one.rate / rate
            none = np.zeros_like(one.before[name])
            before = one.before[carried] if carried else none
            terms = [one.before[name], before, one.gradients.get(name, none) * rate]
            sums.append(np.array([term.ravel() * by for term in terms for by in (1.0, pace)]))
            if key not in one.after or one.after[key].shape != one.before[key].shape:
                return None
            made.append(one.after[key].ravel())
        some = np.linspace(0, made[0].size - 1, min(FITTED, made[0].size)).astype(int)
        fitted, *_ = np.linalg.lstsq(
            np.concatenate([one[:, some].T for one in sums]),
            np.concatenate([one[some] for one in made]),
            rcond=None,
        )
        fitted[np.abs(fitted) < NONE] = 0.0
        left = max(np.abs(fitted @ a - b).max() for a, b in zip(sums, made, strict=True))
        if not left <= LEFT * max(np.abs(one).max() for one in made):
            return None
        # the gradients were handed in units of 1/rate
        scaled = fitted.reshape(3, 2) * np.array([[1, 1 / rate], [1, 1 / rate], [rate, 1.0]])
        numbers[at] = [[float(f"{one:.{DIGITS}g}") for one in row] for row in scaled]
    return Rule(numbers, carried)


def begins_with(update: Stepping, first: Arrays, before: Arrays, gradients: Arrays) -> bool:
    """Whether a step to which nothing is carried yet is one to which these arrays are."""
    bare = {name: one for name, one in before.items() if name not in first}
    one, other = (
        update(copied(start), copied(gradients), 1.0) for start in (bare, {**bare, **first})
    )
    return all(np.allclose(one[name], other[name], rtol=LEFT, atol=LEFT) for name in other)
