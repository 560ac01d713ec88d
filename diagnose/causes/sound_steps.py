"""The step of an author's optimizer as it was published, for one that departs from it.

Which optimizer is meant is told by what its update carries and does: two arrays for each parameter
and steps that hardly grow with the gradient are Adam's (Kingma and Ba 2015, "Adam: a method for
stochastic optimization"); one array and such steps AdaGrad's, where it never shrinks (Duchi, Hazan
and Singer 2011, Journal of Machine Learning Research 12), or else RMSprop's (Tieleman and Hinton
2012, "Neural networks for machine learning", lecture 6.5); one array and steps in proportion
momentum's (Polyak 1964). What it forgets from step to step is the author's, where that is possible.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnose.calculus.updates import Update, floating
from diagnose.causes.sound_parts import PlainStep, as_shaped
from diagnose.network.arrays import Array, Arrays, copied
from diagnose.network.record import Network

# Of a gradient ten times as long the step is ten times as long in proportion, 3.2 times where a
# root of it divides once too little, and as long as before for Adam and its like.
TIMES, GROWS = 10.0, 5.0
# As published: what Adam keeps of its two means, and what keeps a division from one by 0.
ADAM, EPSILON = (0.9, 0.999), 1e-8
# The first step of AdaGrad is as long as the rate, to this factor; RMSprop's is 3 times as long.
FIRST = 1.5
NOTHING_LEFT = 1e-9


@dataclass(frozen=True)
class Momentum:
    """``v = keeps * v + g``, and ``p -= multiple * rate * v``.

    multiples: ``(name, number)`` for each parameter; negative where the gradient is.
    """

    multiples: tuple[tuple[str, float], ...]
    keeps: float

    def __call__(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """The parameters after the step, and their velocities."""
        after = {}
        for name, multiple in self.multiples:
            one = parameters[name]
            velocity = as_shaped(gradients[name], one)
            if (before := parameters.get(f"velocity of {name}")) is not None:
                velocity = velocity + self.keeps * before
            after[f"velocity of {name}"] = velocity
            after[name] = (one - multiple * rate * velocity).astype(floating(one), copy=False)
        return after


@dataclass(frozen=True)
class Adaptive:
    """``p -= rate * m / (sqrt(v) + 1e-8)``, of running means of the gradient and of its square.

    signs: ``(name, 1 or -1)`` for each parameter. keeps: what is kept of both means in a step; None
    for a sum of squares. corrected: whether both are divided by the weight that they have so far.
    """

    signs: tuple[tuple[str, int], ...]
    keeps: tuple[float, float | None]
    corrected: bool

    def __call__(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """The parameters after the step, both means, and the number of the step."""
        steps = parameters.get("steps made", np.zeros(())) + 1
        after: Arrays = {"steps made": steps}
        first, second = self.keeps
        for name, sign in self.signs:
            one = parameters[name]
            g = sign * np.asarray(as_shaped(gradients[name], one), float)
            mean = first * parameters.get(f"mean of {name}", 0.0) + (1 - first) * g
            squares = parameters.get(f"squares of {name}", 0.0)
            squares = squares + g**2 if second is None else second * squares + (1 - second) * g**2
            after[f"mean of {name}"], after[f"squares of {name}"] = mean, squares
            if self.corrected and second is not None:
                mean, squares = mean / (1 - first**steps), squares / (1 - second**steps)
            step = rate * mean / (np.sqrt(squares) + EPSILON)
            after[name] = (one - step).astype(floating(one), copy=False)
        return after


def sound_step(
    network: Network, parameters: Arrays, multiple: float, signs: dict[str, int]
) -> Update:
    """The published step of the optimizer that is meant; the plain one where none is.

    multiple: what the update makes of gradients, where that is in proportion. signs: -1 for
    parameters whose update adds, rightly, the negative gradient.
    """
    multiples = tuple((name, multiple * signs.get(name, 1)) for name in parameters)
    try:
        found = _seen(network, parameters)
    except Exception:  # the author's code may raise anything
        found = None
    if found is None:
        return PlainStep(multiples)
    ways = tuple((name, signs.get(name, 1)) for name in parameters)
    kept = sorted(one for one in found.kept if 0 < one < 1)
    if not found.adapts:
        return Momentum(multiples, kept[-1]) if kept else PlainStep(multiples)
    if len(found.kept) > 1:
        keeps = (kept[0], kept[-1]) if len(kept) > 1 and kept[0] < kept[-1] else ADAM
        return Adaptive(ways, keeps, corrected=True)
    is_sum = not kept and 1 / FIRST <= found.first <= FIRST
    return Adaptive(ways, (0.0, None if is_sum else [*kept, ADAM[0]][0]), corrected=False)


@dataclass(frozen=True)
class _Seen:
    """What is seen of an update.

    kept: of each array that it carries, what is left after a step without a gradient. adapts:
    whether its steps hardly grow with the gradient. first: the length of the first, by its rate.
    """

    kept: tuple[float, ...]
    adapts: bool
    first: float


def _seen(network: Network, parameters: Arrays) -> _Seen | None:
    """None for an update that carries no arrays shaped as parameters, or makes no step."""
    random = np.random.default_rng(0)
    rate = abs(float(network.learning_rate(0)))
    name = max(parameters, key=lambda one: parameters[one].size)
    shape = np.shape(parameters[name])
    zeros = {each: np.zeros_like(one, floating(one)) for each, one in parameters.items()}
    # none below 0, of which a mistaken update may take roots
    given = {each: np.abs(random.normal(size=np.shape(one))) for each, one in parameters.items()}

    def after(times: float, before: Arrays, only: str | None = None) -> Arrays:
        handed = {
            each: zeros[each]
            if only not in (None, each)
            else (times * one).astype(zeros[each].dtype)
            for each, one in given.items()
        }
        with np.errstate(all="ignore"):
            return network.update(copied(before), handed, rate)

    still, once, more = (after(times, parameters) for times in (0.0, 1.0, TIMES))
    alike = sum(np.shape(one) == shape for one in parameters.values())
    carried = [one for one in once if one not in parameters and np.shape(once[one]) == shape]
    step, longer = (_length(one[name] - still[name]) for one in (once, more))
    if not rate or not step > 0 or not carried or len(carried) < alike:
        return None
    # of one parameter, whose arrays are those that its own gradient moves
    alone = after(1.0, parameters, name)
    its = [one for one in carried if _length(alone[one] - still[one]) > NOTHING_LEFT]
    rests = after(0.0, once)
    kept = tuple(_length(rests[one]) / _length(once[one]) for one in its if _length(once[one]))
    first = float(np.median(np.abs(once[name] - still[name]))) / rate
    return _Seen(kept, longer < GROWS * step, first) if kept else None


def _length(array: Array) -> float:
    return float(np.linalg.norm(np.asarray(array, float)))
