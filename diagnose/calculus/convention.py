"""How an author writes the gradient of the loss: its scale, its sign and its decay.

One author takes the mean over a batch and the next the sum, one writes the squared error with a
half and the next without, one averages over the outputs, one adds weight decay. None of that is a
mistake: it is the unit in which the learning rate is meant. So each gradient is fitted as

    own = factor * true + decay * parameter

over several steps at several points, and what is left over tells whether it is a gradient at all.
Whoever puts the right gradient in the place of the author's keeps the author's unit, for else the
steps would have another length, and two things would have been changed at once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from diagnose.calculus.gradients import exact_gradients, own_gradients
from diagnose.calculus.points import generic_point
from diagnose.network.arrays import Array
from diagnose.network.authors_code import described
from diagnose.network.precision import TOLERANCES, number_type
from diagnose.network.record import Network

# Points and steps at each: two points tell a decay from a factor, since the weights differ.
POINTS = 2
STEPS = 4
# A gradient fits when what is left of it is this small, in units of its number type's tolerance.
FITS = 10
# Two factors are one convention when they agree to this much: rounding of a fit.
SAME = 1e-6
# A length is taken for a usual factor when it is within a quarter of it: no two of them that occur
# together (1, 2, the batch, the outputs) are nearer to each other than a factor of two.
NEAR = 1.25


@dataclass(frozen=True, kw_only=True)
class Fit:
    """One parameter's gradient against the true one.

    factor, decay: see above; left: what they leave over, relative to the gradient's length;
    length: that of the author's gradient in units of the true one's; is_one: whether it is the true
    gradient but for factor and decay. factor 1 and length 1 where the true gradient is 0.
    """

    factor: float
    decay: float
    left: float
    length: float
    is_one: bool


@dataclass(frozen=True, kw_only=True)
class Convention:
    """The unit in which an author's gradients are written.

    factor: the positive number by which most of them exceed the gradient of the mean loss; known:
    whether any of them told it exactly, and not by its length alone. fits: parameter by parameter.
    """

    factor: float
    known: bool
    fits: dict[str, Fit]

    @property
    def decays(self) -> dict[str, float]:
        """The weight decay that is in the gradients, as a multiple of each parameter."""
        return {name: one.decay for name, one in self.fits.items() if one.is_one and one.decay}

    def departs(self, signs: dict[str, int]) -> list[str]:
        """The parameters whose gradient is not the true one in this unit.

        signs: -1 for those whose negative gradient is what the update wants.
        """
        return [
            name
            for name, one in self.fits.items()
            if not one.is_one or abs(signs.get(name, 1) * one.factor / self.factor - 1) > SAME
        ]


def convention(network: Network, rows: Array, labels: Array) -> Convention | str:
    """Find out in which unit an author's gradients are written, or say why that cannot be told.

    rows: ``(n, features)``, prepared; labels ``(n,)`` or ``(n, outputs)``. Looked at where no layer
    is dead and no softmax saturated, in steps of as many samples as really are in one. The true
    gradient is that of the layers which the network declares.
    """
    size = min(network.batch_size, len(rows))
    own: dict[str, list[Array]] = {}
    true: dict[str, list[Array]] = {}
    weights: dict[str, list[Array]] = {}
    kinds: list[Array] = []
    for seed in range(POINTS):
        random = np.random.default_rng(seed)
        for _ in range(STEPS):
            index = random.choice(len(rows), size=size, replace=False)
            point, scaled = generic_point(network, rows[index], seed)
            try:
                given = own_gradients(network, point, scaled, labels[index])
                right = exact_gradients(network, point, scaled, labels[index])
            except Exception as error:  # the author's code may raise anything
                return described(error)
            for name, one in right.items():
                mine = given.get(name)
                if mine is None or np.size(mine) != one.size:
                    return f"there is no gradient of {name} of its size"
                own.setdefault(name, []).append(np.ravel(np.asarray(mine, float)))
                true.setdefault(name, []).append(one.ravel())
                weights.setdefault(name, []).append(np.ravel(np.asarray(point[name], float)))
                kinds.append(mine)
    room = FITS * TOLERANCES[number_type(*kinds)]
    fits = {
        name: fit(
            np.concatenate(own[name]),
            np.concatenate(true[name]),
            np.concatenate(weights[name]),
            room,
        )
        for name in own
    }
    return common(fits, network, size)


def fit(own: Array, true: Array, weights: Array, room: float) -> Fit:
    """Fit ``own = factor * true + decay * weights``, all ``(k,)``, to a share ``room`` of it."""
    size, right = float(np.linalg.norm(own)), float(np.linalg.norm(true))
    if not (np.isfinite(size) and right > 0):
        return Fit(factor=1.0, decay=0.0, left=0.0, length=1.0, is_one=size == 0)
    factor, decay = float(own @ true) / right**2, 0.0
    left = float(np.linalg.norm(own - factor * true))
    if left > room * size and np.any(weights):
        both = np.stack([true, weights], axis=1)
        (with_decay, shrink), *_ = np.linalg.lstsq(both, own, rcond=None)
        rest = float(np.linalg.norm(own - both @ np.array([with_decay, shrink])))
        if rest <= room * size and shrink > 0:
            factor, decay, left = float(with_decay), float(shrink), rest
    share = left / size if size > 0 else 1.0
    is_one = size > 0 and share <= room and factor != 0
    return Fit(factor=factor, decay=decay, left=share, length=size / right, is_one=is_one)


def common(fits: dict[str, Fit], network: Network, size: int) -> Convention:
    """The factor that most gradients share; where none is one, the usual one nearest in length."""
    exact = [abs(one.factor) for one in fits.values() if one.is_one]
    if exact:
        rounded = Counter(float(f"{one:.6g}") for one in exact)
        (most, _) = max(rounded.items(), key=lambda item: (item[1], -abs(np.log(item[0]))))
        return Convention(
            factor=next(one for one in exact if float(f"{one:.6g}") == most), known=True, fits=fits
        )
    lengths = [one.length for one in fits.values() if one.length > 0]
    length = float(np.median(lengths)) if lengths else 1.0
    usual = [one for one in usual_factors(network, size) if 1 / NEAR < length / one < NEAR]
    nearest = min(usual, key=lambda one: abs(np.log(length / one)), default=length)
    return Convention(factor=nearest, known=False, fits=fits)


def usual_factors(network: Network, size: int) -> list[float]:
    """What people multiply the gradient of the mean loss by; size: samples in a step.

    The sum over the batch; of the squared error also the whole for the half, and the mean over the
    outputs for the sum.
    """
    scales = {1.0, float(size)}
    if network.loss == "squared-error":
        scales |= {2 * one for one in scales}
    outputs = network.outputs
    return sorted(scales | {one / outputs for one in scales})
