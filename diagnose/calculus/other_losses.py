"""Losses that are not declared, of which an author's gradients may be exactly the gradients.

That is no mistake. Each is the right backward pass with another error of the output, and held
against the author's gradients by the fit that finds an author's convention
(``calculus.convention``), so that scale, sign and decay are taken out first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from diagnose.calculus.backward_pass import Case, Output, Slope, backward, error_back
from diagnose.calculus.bounds import error_bound, norm_bound
from diagnose.calculus.class_weights import weights
from diagnose.calculus.convention import FITS, SAME, fit, together
from diagnose.network.arrays import Array, Arrays

# A call of the author's backward pass: what it was handed, the parameters, and what it returned.
Call = tuple[Case, Arrays, Arrays]


@dataclass(frozen=True)
class OtherLoss:
    """A loss: what the error of the output is with it, in words and as what computes it.

    times: by which usual unit an author's gradients exceed its own.
    """

    sentence: str
    output: Output
    times: float = 1.0


# Huber 1964, "Robust estimation of a location parameter", with his bound at 1, as it mostly is.
OF_ERRORS = (
    OtherLoss(
        "the error of the output has only its sign, as of a loss of absolute errors",
        lambda case, slope: error_back(case, np.sign(case.error), slope),
    ),
    OtherLoss(
        "the error of the output has a bound of 1, as of Huber's loss",
        lambda case, slope: error_back(case, np.clip(case.error, -1, 1), slope),
    ),
    OtherLoss(
        "the error of the output has its hyperbolic tangent in its place, as of the loss log(cosh)",
        lambda case, slope: error_back(case, np.tanh(case.error), slope),
    ),
)


@dataclass(frozen=True)
class _Bounded:
    """The output's error, cut at a bound."""

    bound: float

    def __call__(self, case: Case, slope: Slope) -> Array:
        return error_back(case, np.clip(case.error, -self.bound, self.bound), slope)


def of_another_loss(
    calls: Sequence[Call], tolerance: float, usual: Collection[float] = (1.0,)
) -> list[OtherLoss]:
    """The losses that explain an author's gradients on every call.

    calls: of one network, all with gradients of the same parameters. tolerance: of the number type,
    relative to a gradient. usual: factors that are a convention. Empty where nothing is wrong, too.
    """
    if not calls:
        return []
    room = FITS * tolerance
    same = max(SAME, room)
    # The arithmetic of a loss may overflow, which only means that it is not it.
    with np.errstate(all="ignore"):
        every = [*_declared_otherwise(calls), *_weighed(calls), *_bounded(calls)]
        found = [
            replace(one, times=ratio) for one in every
            if (factors := _factors(calls, one.output, room))
            and (ratio := _ratio(factors, usual, same))
        ]  # fmt: skip
        return found or [one for one in every if _is_held_to_a_norm(calls, one.output, room)]


def _declared_otherwise(calls: Sequence[Call]) -> Sequence[OtherLoss]:
    """The losses of errors that stand beside the squared error."""
    network = calls[0][0].network
    is_one = network.layers[-1].activation in ("linear", "sigmoid", "tanh", "relu")
    return OF_ERRORS if network.loss == "squared-error" and is_one else ()


def _bounded(calls: Sequence[Call]) -> list[OtherLoss]:
    """The loss with that bound which is nearest to an author's gradients of one call, if any."""
    found = (error_bound(case, authors) for case, _, authors in calls)
    bound = next((one for one in found if one is not None), None)
    if bound is None:
        return []
    said = f"the error of the output has a bound of {bound:.4g}, as of Huber's loss"
    return [OtherLoss(said, _Bounded(bound))]


def _weighed(calls: Sequence[Call]) -> list[OtherLoss]:
    """The losses that weigh their classes so as to be nearest to an author's gradients, if any."""
    found = []
    for one, met in weights(calls):
        listed = ", ".join(f"{one.numbers[at]:.4g} for class {at}" for at in met)
        shared = ", and divided by the sum of these" if one.averaged else ""
        said = "the error of the output is multiplied by a number of the sample's class"
        found.append(OtherLoss(f"{said}: {listed}{shared}", one))
    return found


def _factors(calls: Sequence[Call], output: Output, room: float) -> list[float] | None:
    """By how much gradients exceed those of a loss, where they are not 0; None if not its."""
    made = [backward(case, parameters, output=output) for case, parameters, _ in calls]
    factors = []
    for name in calls[0][2]:
        parts = [
            (authors[name], one[name], parameters[name])
            for (_, parameters, authors), one in zip(calls, made, strict=True)
        ]
        found = fit(*together(parts, room).fitted)
        if not found.is_one:
            return None
        factors += [found.factor] if found.factor else []
    return factors


def _ratio(factors: Sequence[float], usual: Collection[float], same: float) -> float | None:
    """The number that all factors are, the usual one if it is that; None where they are none.

    Another one is another rate, of a loss that is as good.
    """
    for number in (*usual, *factors[:1]):
        if number > 0 and all(abs(one / number - 1) <= same for one in factors):
            return number
    return None


def _is_held_to_a_norm(calls: Sequence[Call], output: Output, room: float) -> bool:
    """Whether an author's gradients are a loss's along their whole length, but no longer than that.

    In whatever unit: none is as long as where nothing holds it.
    """
    pairs: list[tuple[Arrays, Arrays]] = []
    for case, parameters, authors in calls:
        made = backward(case, parameters, output=output)
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
