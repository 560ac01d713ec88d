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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np

from diagnose.calculus.autodiff import traced_gradients
from diagnose.calculus.bounds import norm_bound
from diagnose.calculus.gradients import exact_gradients, is_along, own_gradients
from diagnose.calculus.points import generic_point
from diagnose.network.arrays import Array, Arrays
from diagnose.network.authors_code import described
from diagnose.network.dropout import with_masks
from diagnose.network.precision import TOLERANCES, number_type
from diagnose.network.record import Network

# Points and steps at each: two points tell a decay from a factor, since the weights differ.
POINTS = 2
STEPS = 4
# A gradient fits when what is left of it is this small, in units of its number type's tolerance:
# the room of a single comparison, and some more for the rounding of the fit.
FITS = 10
# Two factors are one convention when they agree to this much: rounding of a fit in float64.
SAME = 1e-6
# A length is taken for a usual factor when it is within a quarter of it: no two of them that occur
# together (1, 2, the batch, the outputs) are nearer to each other than a factor of two.
NEAR = 1.25
# Two unknowns are fitted to three different numbers at least; two would be met by any of them.
EQUATIONS = 3
# Weights are along a gradient when what is across it is a thousandth of their length, here squared:
# what is more has 13 of float64's 16 digits left, which is many more than any room needs.
ALONG = 1e-6


class Seen(NamedTuple):
    """One parameter over all steps looked at, each ``(k,)``, and how far rounding may part them.

    own: as the author computes it; true: the gradient of the mean loss; weights: the parameter.
    room: share of the length of ``own`` that may be left over. size: numbers in one step, k if 0.
    """

    own: Array
    true: Array
    weights: Array
    room: float
    size: int = 0

    @property
    def fitted(self) -> tuple[Array, Array, Array, float]:
        """What a fit takes."""
        return self.own, self.true, self.weights, self.room


@dataclass(frozen=True, kw_only=True)
class Fit:
    """One parameter's gradient against the true one.

    factor, decay: see above; left: what they leave over, relative to the gradient's length;
    length: that of the author's gradient in units of the true one's; cosine: of the angle between
    the two; is_one: whether it is the true gradient but for factor and decay. All 0 where the true
    gradient is 0, which tells no factor; length inf if the author's is not, or is not finite.
    lasso: whether the decay is one of each weight's sign (L1), and not of the weight (L2).
    spared: which numbers of the parameter have none, one after the other; () if all have.
    """

    factor: float
    decay: float
    left: float
    length: float
    cosine: float
    is_one: bool
    lasso: bool = False
    spared: tuple[bool, ...] = ()

    def pull(self, weights: Array) -> Array:
        """What the decay is a multiple of; weights: the parameter, of one step or of several."""
        pulled = np.sign(weights) if self.lasso else weights
        return pulled * ~np.resize(self.spared, pulled.shape) if self.spared else pulled


@dataclass(frozen=True, kw_only=True)
class Convention:
    """The unit in which an author's gradients are written.

    factor: the positive number by which most of them exceed the gradient of the mean loss; known:
    whether any of them told it exactly, and not by its length alone; said: which usual way to
    write the loss it is, "" for that of the mean, None for none. fits: parameter by parameter.
    loss: of which they are the gradients. same: to how much two factors are one.
    """

    factor: float
    known: bool
    said: str | None
    fits: dict[str, Fit]
    loss: str
    same: float

    @property
    def pulled(self) -> dict[str, Fit]:
        """The parameters whose gradient is the true one and a weight decay: how both lie in it."""
        return {name: one for name, one in self.fits.items() if one.is_one and one.decay}

    @property
    def unit(self) -> float:
        """What the gradients are to be divided by before they are held against the true ones.

        A factor that all share and nobody writes on purpose is one to be told of. Where nothing
        but lengths is known, that of the steps is kept.
        """
        return self.factor if self.said is not None or not self.known else 1.0

    def departs(self, signs: dict[str, int]) -> list[str]:
        """The parameters whose gradient is not the true one in this unit.

        signs: -1 for those whose negative gradient is what the update wants.
        """
        return [
            name
            for name, one in self.fits.items()
            if not one.is_one
            or (one.factor and abs(signs.get(name, 1) * one.factor / self.unit - 1) > self.same)
            or signs.get(name, 1) * one.decay < 0
        ]


def convention(network: Network, rows: Array, labels: Array) -> Convention | str:
    """Find out in which unit an author's gradients are written, or say why that cannot be told.

    rows: ``(n, features)``, prepared; labels ``(n,)`` or ``(n, outputs)``. Looked at where no layer
    is dead and no softmax saturated, in steps of as many samples as really are in one. The true
    gradient is that of the layers which the network declares, and of the loss which it declares,
    or of the one that fits its output if the gradients are exactly that one's.
    """
    return _fitted_at_points(as_written(network, rows, labels), rows, labels)


def as_written(network: Network, rows: Array, labels: Array) -> Network:
    """The network with the loss that its author takes the gradient of.

    That is the one it declares, unless the gradients of the output layer are exactly those of the
    loss that fits its output: who prints one cost and descends another, the better one, has made
    no mistake. rows, labels: as of ``convention``.
    """
    fitting = with_fitting_loss(network, labels)
    if fitting is None:
        return network
    declared, other = (_fitted_at_points(one, rows, labels) for one in (network, fitting))
    if isinstance(declared, str) or isinstance(other, str):
        return network
    last = network.layers[-1].weight
    return fitting if other.fits[last].is_one and not declared.fits[last].is_one else network


class Looked(NamedTuple):
    """One step at one point: parameters, rows ``(B, features)``, labels, both sets of gradients."""

    point: Arrays
    rows: Array
    labels: Array
    own: Arrays
    true: Arrays


def steps_at_points(network: Network, rows: Array, labels: Array) -> Iterator[Looked]:
    """Some steps at some points, with gradients of the same sizes; raises what its code raises."""
    size = min(network.batch_size, len(rows))
    for seed in range(POINTS):
        random = np.random.default_rng(seed)
        for _ in range(STEPS):
            index = random.choice(len(rows), size=size, replace=False)
            point, scaled = generic_point(network, rows[index], seed)
            point = with_masks(network, point, random, size)
            given = own_gradients(network, point, scaled, labels[index])
            right = exact_gradients(network, point, scaled, labels[index])
            for name, one in right.items():
                if name not in given or np.size(given[name]) != one.size:
                    raise ValueError(f"there is no gradient of {name} of its size")
            yield Looked(point, scaled, labels[index], given, right)


def of_own_outputs(network: Network, rows: Array, labels: Array) -> float | None:
    """The unit of gradients that are right for the outputs as its forward pass computes them.

    Those of a softmax whose forward pass is not as it is declared: with another activation under
    it, say. rows, labels: as of ``convention``. None where they are no multiple of that gradient.
    """
    if network.loss != "cross-entropy" or network.layers[-1].activation != "softmax":
        return None
    pairs: list[tuple[Array, Array]] = []
    try:
        for one in steps_at_points(network, rows, labels):
            with np.errstate(all="ignore"):
                right = traced_gradients(network, one.point, one.rows, one.labels, by_outputs=True)
            pairs += [(np.ravel(one.own[name]), np.ravel(true)) for name, true in right.items()]
    except Exception:  # the author's code may raise anything
        return None
    own, true = (np.concatenate(one) for one in zip(*pairs, strict=True))
    if not is_along(own, true, FITS * TOLERANCES[number_type(*(one for one, _ in pairs))]):
        return None
    size = min(network.batch_size, len(rows))
    factor = float(own @ true) / float(true @ true)
    return snapped(factor, usual_units(network, size), SAME)[0]


def _fitted_at_points(network: Network, rows: Array, labels: Array) -> Convention | str:
    parts: dict[str, list[tuple[Array, Array, Array]]] = {}
    try:
        steps = [*steps_at_points(network, rows, labels)]
    except Exception as error:  # the author's code may raise anything
        return described(error)
    room = FITS * TOLERANCES[number_type(*(own for one in steps for own in one.own.values()))]
    bound = norm_bound([(one.own, one.true) for one in steps], room)
    multiples = bound.multiples if bound else (1.0,) * len(steps)
    for one, multiple in zip(steps, multiples, strict=True):
        for name, true in one.true.items():
            own = one.own[name] if multiple == 1 else multiple * one.own[name]
            parts.setdefault(name, []).append((own, true, one.point[name]))
    seen = {name: together(some, room) for name, some in parts.items()}
    return fitted(seen, network, min(network.batch_size, len(rows)))


def together(parts: list[tuple[Array, Array, Array]], room: float) -> Seen:
    """One parameter's own gradients, true ones and values, of several steps, in one."""
    own, true, weights = (
        np.concatenate([np.ravel(np.asarray(one, float)) for one in some])
        for some in zip(*parts, strict=True)
    )
    return Seen(own, true, weights, room, np.size(parts[0][0]))


def fitted(seen: Mapping[str, Seen], network: Network, size: int) -> Convention:
    """The convention that gradients are written in; size: samples in a step."""
    same = max([SAME, *(one.room for one in seen.values())])
    found = common({name: fit(*one.fitted) for name, one in seen.items()}, network, size, same)
    # Two unknowns say nothing of a single bias; with the factor known, one of them is left.
    fits = {
        name: one
        if one.is_one
        else decayed(*seen[name].fitted, found.factor)
        or shrunk(*seen[name].fitted, found.factor)
        or sparing(seen[name], found.factor)
        or one
        for name, one in found.fits.items()
    }
    return replace(found, fits=fits)


def fit(own: Array, true: Array, weights: Array, room: float) -> Fit:
    """Fit ``own = factor * true + decay * weights``, all ``(k,)``, to a share ``room`` of it.

    A decay shrinks the parameter in a step that descends: a positive factor has no negative decay.
    """
    size, right = float(np.linalg.norm(own)), float(np.linalg.norm(true))
    if not (np.isfinite(size) and right > 0):
        length = 0.0 if size == 0 else np.inf
        return Fit(factor=0.0, decay=0.0, left=0.0, length=length, cosine=0.0, is_one=size == 0)
    factor, decay = float(own @ true) / right**2, 0.0
    rest = own - factor * true
    left = float(np.linalg.norm(rest))
    if (
        left > room * size
        and not _stays(rest, true, weights, room * size)
        and len(np.unique(weights)) >= EQUATIONS
    ):
        both = np.stack([true, weights], axis=1)
        (with_decay, shrink), *_ = np.linalg.lstsq(both, own, rcond=None)
        still = float(np.linalg.norm(own - both @ np.array([with_decay, shrink])))
        if still <= room * size and (shrink > 0 or with_decay < 0):
            factor, decay, left = float(with_decay), float(shrink), still
    return _fit(own, true, factor, decay, left, room)


def _stays(rest: Array, true: Array, weights: Array, most: float) -> bool:
    """Whether more than ``most`` of what a factor leaves surely stays with any decay, all ``(k,)``.

    Nearly always it does, and this is told many times faster than by the fit of both.
    """
    across = weights - float(weights @ true) / float(true @ true) * true
    heavy = float(across @ across)
    if heavy <= ALONG * float(weights @ weights):
        return False
    # Twice, so that rounding decides nothing.
    return float(np.linalg.norm(rest - float(rest @ across) / heavy * across)) > 2 * most


def decayed(own: Array, true: Array, weights: Array, room: float, factor: float) -> Fit | None:
    """The fit with a given factor, or its negative, and a decay alone to be found; None if none."""
    size, heavy = float(np.linalg.norm(own)), float(weights @ weights)
    if not (np.isfinite(size) and size > 0 and heavy > 0 and len(np.unique(weights)) > 1):
        return None
    for signed in (factor, -factor):
        rest = own - signed * true
        decay = float(rest @ weights) / heavy
        left = float(np.linalg.norm(rest - decay * weights))
        if left <= room * size and (decay > 0 or signed < 0):
            return _fit(own, true, signed, decay, left, room)
    return None


def shrunk(own: Array, true: Array, weights: Array, room: float, factor: float) -> Fit | None:
    """The same for a decay of each weight's sign: an L1 penalty, whose derivative that is."""
    if len(np.unique(weights)) < EQUATIONS:
        return None
    found = decayed(own, true, np.sign(weights), room, factor)
    return found and replace(found, lasso=True)


def sparing(seen: Seen, factor: float) -> Fit | None:
    """The same for a decay that spares some weights: a bias that is a row of its weight, say.

    Spared are those whose gradient is, in all steps, the true one but for the factor. At least
    three others must have the same decay.
    """
    own, true, weights, room = seen.fitted
    if not np.isfinite(own).all():
        return None
    for signed in (factor, -factor):
        left = np.abs(own - signed * true).reshape(-1, seen.size or own.size)
        spared = (left <= room * np.abs(own).max(initial=0)).all(axis=0)
        if not spared.any() or (~spared).sum() < EQUATIONS:
            continue
        held = weights * ~np.resize(spared, weights.shape)
        found = decayed(own, true, held, room, signed)
        if found is not None and found.factor == signed:
            return replace(found, spared=tuple(spared.tolist()))
    return None


def _fit(own: Array, true: Array, factor: float, decay: float, left: float, room: float) -> Fit:
    size, right = float(np.linalg.norm(own)), float(np.linalg.norm(true))
    share = left / size if size > 0 else 1.0
    return Fit(
        factor=factor,
        decay=decay,
        left=share,
        length=size / right if right > 0 else 1.0,
        cosine=float(own @ true) / (size * right) if size * right > 0 else 0.0,
        is_one=size > 0 and share <= room and factor != 0,
    )


def common(fits: dict[str, Fit], network: Network, size: int, same: float) -> Convention:
    """The factor that most gradients share; where none is one, the usual one nearest in length.

    size: samples in a step; same: to how much two factors are one.
    """
    usual = usual_units(network, size)
    exact = [abs(one.factor) for one in fits.values() if one.is_one and one.factor]
    if exact:
        rounded = Counter(float(f"{one:.6g}") for one in exact)
        (most, _) = max(rounded.items(), key=lambda item: (item[1], -abs(np.log(item[0]))))
        factor = next(one for one in exact if float(f"{one:.6g}") == most)
    else:
        lengths = [one.length for one in fits.values() if 0 < one.length < np.inf]
        length = float(np.median(lengths)) if lengths else 1.0
        near = [one for one in usual if 1 / NEAR < length / one < NEAR]
        factor = min(near, key=lambda one: abs(np.log(length / one)), default=length)
    factor, said = snapped(factor, usual, same)
    return Convention(
        factor=factor, known=bool(exact), said=said, fits=fits, loss=network.loss, same=same
    )


def snapped(factor: float, usual: Mapping[float, str], same: float) -> tuple[float, str | None]:
    """The usual factor that one is, and how it is said; the factor itself and None for no such."""
    return next(
        ((one, words) for one, words in usual.items() if abs(factor / one - 1) <= same),
        (factor, None),
    )


def usual_units(network: Network, size: int) -> dict[float, str]:
    """What people multiply the gradient of the mean loss by, and how that is said.

    size: samples in a step. The sum over the batch; where fewer samples are left than were meant
    to be in a batch, the sum over these divided by the number that was meant; of the squared error
    also the whole for the half; of outputs that are taken one by one, the mean over them for the
    sum. The fewest ways that make a number are the ones that are said.
    """
    batch = {"": 1.0, "the sum over the batch": float(size)}
    if size < network.batch_size:
        batch[f"the mean over a batch of {network.batch_size}"] = size / network.batch_size
    half, mean = {"": 1.0}, {"": 1.0}
    if network.loss == "squared-error":
        half["the squared error without the half"] = 2.0
    if network.loss == "squared-error" or network.layers[-1].activation == "sigmoid":
        mean["the mean over the outputs"] = 1 / network.outputs
    found: dict[float, str] = {}
    for ways in sorted(product(batch, half, mean), key=lambda ways: sum(map(bool, ways))):
        factor = batch[ways[0]] * half[ways[1]] * mean[ways[2]]
        found.setdefault(factor, " and ".join(one for one in ways if one))
    return found


# The loss that makes an output's error ``out - target``, and with it a gradient that does not
# vanish where the output is wrong and sure (Nielsen, "Neural Networks and Deep Learning",
# chapter 3; Bridle 1990 for the softmax).
FITTING = {"sigmoid": "cross-entropy", "softmax": "cross-entropy"}


def with_fitting_loss(network: Network, labels: Array) -> Network | None:
    """The network with the loss that fits its output, where that is another than is declared.

    None where its targets are no probabilities, of which alone there is a cross-entropy.
    """
    last = network.layers[-1].activation
    if FITTING.get(last, network.loss) == network.loss:
        return None
    targets = network.targets(labels)
    if targets.min() < 0 or targets.max() > 1:
        return None
    if last == "softmax" and not np.allclose(targets.sum(axis=1), 1):
        return None
    return replace(network, loss="cross-entropy")


def differences(network: Network, rows: Array, labels: Array) -> dict[str, dict[str, float]]:
    """How each gradient lies to the true one: its ``cosine``, and its ``length ratio``.

    rows, labels: as of ``convention``. Lengths are in the unit of the author's gradients, where
    any of them tells it. Empty where nothing can be compared.
    """
    found = convention(network, rows, labels)
    if isinstance(found, str):
        return {}
    unit = found.factor if found.known else 1.0
    return {
        name: {"cosine": one.cosine, "length ratio": one.length / unit}
        for name, one in found.fits.items()
        if one.length or not one.is_one  # no gradient, rightly: there is nothing to compare
    }
