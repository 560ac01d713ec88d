"""A numerical gradient check at one operating point: everything measured, and the kind of mistake.

The author's gradient is held against central differences along a random direction and along some
coordinates of every parameter. Where the differences confirm the true gradient, as reverse mode
gives it, that is held against the author's gradient entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import numpy as np

from diagnose.calculus import gradients as found_by
from diagnose.calculus.backward_pass import case_of
from diagnose.calculus.bounds import norm_bound
from diagnose.calculus.convention import FITS, fitted, snapped, usual_units
from diagnose.calculus.gradient_kinds import distance, is_wrong, seen, summary, with_lengths_told
from diagnose.calculus.gradients import UndefinedLossError
from diagnose.calculus.other_losses import Call, of_another_loss
from diagnose.network.arrays import Array, Arrays, is_finite
from diagnose.network.dropout import with_masks
from diagnose.network.precision import TOLERANCES
from diagnose.network.record import Network
from diagnose.report import Numbers

Truth = Callable[[Arrays, Array, Array], Arrays]


# Calls of the backward pass at each point, and of these, how many are held against differences:
# some twelve directions of every parameter there, forty at all points; they take most of the time.
CALLS = 8
DIFFERENCES = 2
# Calls at each point whose entries are held against the truth: an entry between two ReLU units
# is 0 on three of four samples and more, so it takes dozens to have seen nearly all of them. Fewer
# for large networks, so that the gradients kept stay below some 100 MB.
WHOLE_CALLS = 64
KEPT_ENTRIES = 2_000_000
# Steps of the exact gradient before the second point ("burn-in", CS231n: "use only once the loss
# starts to go down"): biases have left zero, so terms that vanish with them show.
BURN_IN = 20
# Parameters that a few steps make so many times as large are not on their way to anything.
LED_AWAY = 10
# Coordinates per parameter and call: the largest true ones, the largest ones of the author's, and
# some at random.
LARGEST, RANDOM = 2, 2
# Points at which a parameter must change nothing to be called unused.
RANDOM_POINTS = 5


def examine(
    network: Network,
    parameters: Arrays,
    inputs: Array,
    labels: Array,
    seed: int,
    turned: dict[str, int],
    burn_in: int = 0,
    unit: float | None = None,
    aside: Collection[str] = (),
) -> Numbers:
    """Measure everything at one operating point, or give the reason why nothing can be.

    See ``_examine``. With dropout it is asked of the whole network, and of one with units left out:
    what a backward pass divides by for those belongs to a network without some. Gradients that are
    wrong in one of these alone are told of that one; right ones have to be so with units left out.
    """
    given = network, parameters, inputs, labels, seed, turned, burn_in, unit, aside
    whole = _examine(*given, masked=False)
    if not network.dropout or "reason" in whole:
        return whole
    thinned = _examine(*given, masked=True)
    is_known = "reason" not in thinned and not (is_wrong(whole) and is_wrong(thinned))
    return thinned if is_known else whole


def _examine(
    network: Network,
    parameters: Arrays,
    inputs: Array,
    labels: Array,
    seed: int,
    turned: dict[str, int],
    burn_in: int,
    unit: float | None,
    aside: Collection[str],
    *,
    masked: bool,
) -> Numbers:
    """Measure everything at one operating point, or give the reason why nothing can be.

    parameters: the point; inputs: ``(n, features)``, prepared; labels: ``(n,)``; turned: what
    ``updates.signs`` says of them. With ``burn_in``, a second point is taken after so many steps of
    the exact gradient, and many more calls are compared entry by entry. unit: in which the
    gradients are written, if that is known already (``calculus.convention``). aside: parameters
    whose gradients are not the author's, so that no mistake of theirs shows in them. masked: with
    the masks of dropout, for which there is the formula of the declared layers alone. Returns plain
    JSON values: ``reason`` (and whether there is a ``softmax``), or calls, calls whose output was
    not_finite, ``extra`` names that backward returns, the unit, whether any gradient told it
    exactly (``known``) and which usual one it is (``said``), and per parameter what ``kind_of``
    judges.
    """
    softmax = network.layers[-1].activation == "softmax"
    if not is_finite(parameters):
        return {"reason": "the parameters are not finite", "softmax": softmax}
    random = np.random.default_rng(seed)
    size = min(network.batch_size, len(inputs))
    kept = KEPT_ENTRIES // sum(np.size(one) for one in parameters.values())
    count = max(CALLS, min(WHOLE_CALLS, kept)) if burn_in else CALLS
    calls = [random.choice(len(inputs), size=size, replace=False) for _ in range(count)]
    points = [parameters]
    try:
        found_by.loss(network, parameters, inputs[calls[0]], labels[calls[0]])
        first = inputs[calls[0]], labels[calls[0]]
        not_followed = found_by.why_not_followed(network, parameters, *first)
        truth: Truth = partial(found_by.true_gradients, network, not_followed=not_followed)
        if masked:
            truth = partial(found_by.exact_gradients, network)
        if burn_in:
            given = network, truth, parameters, inputs, labels, random, burn_in
            points.append(_after_burn_in(*given))
        records, taken_at = [], []
        for point in points:
            left = DIFFERENCES
            for index in calls[:CALLS]:
                drawn = random if left else None
                at = with_masks(network, point, random, size) if masked else point
                record = _compare(network, truth, at, inputs[index], labels[index], turned, drawn)
                records.append(record)
                taken_at.append(at)
                left -= left > 0 and record is not None
        # The formula for the declared layers is faster, where it gives the same.
        found = [one for record in records if record for one in record["parameters"].values()]
        faster = None if all(one["by_layers"] for one in found) else truth
        records += [
            _compare(network, faster, point, inputs[index], labels[index], turned, None)
            for point in points
            for index in (() if masked else calls[CALLS:])
        ]
    except UndefinedLossError as error:
        known = not isinstance(error, found_by.UnknownGradientError)
        return {"reason": str(error), "softmax": softmax and known}
    usable = [one for one in records if one is not None]
    if not usable:
        return {"reason": "the output is not finite on any sample tried", "softmax": softmax}
    bound, usable = _unbound(usable)
    of = {name: [one["parameters"][name] for one in usable] for name in parameters}
    every = {name: seen(some) for name, some in of.items()}
    used = {
        name: one.true.any() or is_used(network, parameters, name, inputs[calls[0]])
        for name, one in every.items()
    }
    written, usual = fitted(every, network, size), usual_units(network, size)

    def in_unit(unit: float) -> Numbers:
        """Everything, with the author's gradients divided by their unit."""
        return {
            "calls": len(usable),
            "not_finite": len(records) - len(usable),
            "not_followed": not_followed,
            "extra": sorted({name for one in usable for name in one["extra"]}),
            "samples": size,
            "unit": unit,
            "known": written.known,
            "norm_bound": bound,
            "parameters": with_lengths_told(
                {
                    name: summary(some, every[name], written.fits[name], unit)
                    | {"sign": turned.get(name, 1), "used": bool(used[name])}
                    for name, some in of.items()
                }
            ),
            "other_losses": [],
        }

    unit = unit or written.unit
    numbers = in_unit(unit)
    if burn_in and is_wrong(numbers):
        held = _held(network, unit, taken_at, calls[:CALLS], inputs, labels, records, aside)
        losses = of_another_loss(*held, [one / unit for one in usual])
        times = {one.times for one in losses}
        if not written.known and len(times) == 1 and min(times) > 0:
            # The gradients of a loss that is known tell their unit, as right ones do.
            unit, said = snapped(unit * times.pop(), usual, written.same)
            numbers = in_unit(unit) | {"known": said is not None}
        numbers["other_losses"] = list(dict.fromkeys(one.sentence for one in losses))
    numbers["said"] = usual.get(numbers["unit"], "")
    return numbers


def _unbound(records: list[Numbers]) -> tuple[float | None, list[Numbers]]:
    """The norm to which gradients are held, if any, and the calls as they would be without."""
    whole = [
        one
        for one in records
        if all(found["fits"] and found["exact"] is not None for found in one["parameters"].values())
    ]
    pairs = [
        tuple(
            {name: found[side] for name, found in one["parameters"].items()}
            for side in ("author", "exact")
        )
        for one in whole
    ]
    kinds = {found["type"] for one in whole for found in one["parameters"].values()}
    room = FITS * max((TOLERANCES[one] for one in kinds), default=0.0)
    bound = norm_bound([(own, true) for own, true in pairs], room)
    if bound is None:
        return None, records
    return bound.norm, [
        {**one, "parameters": {n: _times(by, found) for n, found in one["parameters"].items()}}
        for one, by in zip(whole, bound.multiples, strict=True)
    ]


def _times(by: float, found: Numbers) -> Numbers:
    checks = [(by * own, *measured) for own, *measured in found["checks"]]
    return {**found, "author": by * found["author"], "checks": checks}


def _held(
    network: Network,
    unit: float,
    points: list[Arrays],
    indices: list[Array],
    inputs: Array,
    labels: Array,
    records: list[Numbers | None],
    aside: Collection[str],
) -> tuple[list[Call], float]:
    """What a backward pass is handed in calls, and the author's gradients there, in their unit.

    points: of each record, over all indices at the first point, then at the next. With the
    tolerance of their number type. None where another formula than that of the declared layers is
    the true one, of which those of other losses are made. Gradients that have not the shape of
    their parameters are left out: what is wrong with them is known, and hides nothing else.
    """
    calls, room = [], 0.0
    for count, (point, record) in enumerate(zip(points, records, strict=False)):
        index = indices[count % len(indices)]
        if record is None:
            continue
        every = record["parameters"].items()
        found = {name: one for name, one in every if one["fits"] and name not in aside}
        if not found or not all(one["by_layers"] for one in found.values()):
            return [], 0.0
        if any(one["exact"] is None for one in found.values()):  # a kink: several are right
            continue
        authors = {name: one["author"] / unit for name, one in found.items()}
        trace = found_by.forward(network, point, inputs[index])
        x = network.lay_out(np.asarray(inputs[index], dtype=float))
        calls.append((case_of(network, point, trace, x, labels[index]), point, authors))
        room = max(room, *(TOLERANCES[one["type"]] for one in found.values()))
    return calls, room


def is_used(network: Network, parameters: Arrays, name: str, rows: Array) -> bool:
    """Tell whether any array of the forward pass ever changes with a parameter.

    A dead unit hides a parameter, and then a gradient of 0 proves nothing; of one that the network
    never uses, a gradient of 0 is right. So this is asked away from the network's own point, at
    some drawn at random, where units are alive.
    """
    random = np.random.default_rng(0)
    for _ in range(RANDOM_POINTS):
        point = {key: random.normal(size=np.shape(one)) for key, one in parameters.items()}
        moved = {**point, name: point[name] + 1}
        before, after = (found_by.forward(network, one, rows) for one in (point, moved))
        if any(not np.array_equal(before[key], after[key], equal_nan=True) for key in before):
            return True
    return False


def _after_burn_in(
    network: Network,
    truth: Truth,
    parameters: Arrays,
    inputs: Array,
    labels: Array,
    random: Any,
    steps: int,
) -> Arrays:
    """Parameters after some steps of the true gradient; the start, if these lead away from it.

    Steps that diverge, as too large a rate makes them, are tried again with a smaller one: far out
    all is rounding.
    """
    for shrink in (1, 10, 100):
        rate = network.learning_rate(0) / shrink
        now = {name: np.array(one, dtype=float) for name, one in parameters.items()}
        with np.errstate(all="ignore"):
            for _ in range(steps):
                index = random.choice(len(inputs), size=min(len(inputs), network.batch_size))
                exact = truth(now, inputs[index], labels[index])
                now = {name: one - rate * exact[name] for name, one in now.items()}
            if _size(now) <= LED_AWAY * (1 + _size(parameters)):
                return now
    return parameters


def _size(arrays: Arrays) -> float:
    """Root mean square of all numbers of all arrays; nan or inf where one is not finite."""
    return float(np.sqrt(np.mean(np.concatenate([np.ravel(one) for one in arrays.values()]) ** 2)))


def _compare(
    network: Network,
    truth: Truth | None,
    parameters: Arrays,
    rows: Array,
    labels: Array,
    turned: dict[str, int],
    random: Any,
) -> Numbers | None:
    """Hold one call of backward against the truth and, given a random stream, differences.

    What backward returns is taken times its sign in ``turned``, which is -1 where the update adds
    it. Without ``truth``, the declared layers' formula is it. None where the output is not finite.
    """
    trace, back = found_by.passed(network, parameters, rows)
    if not np.isfinite(found_by.loss_of(network, trace, labels)) or not is_finite(trace):
        return None
    authors = back(labels)
    here = parameters, rows, labels
    exact = truth(*here) if truth else found_by.exact_gradients(network, *here, trace)
    formula = _formula(network, here, trace) if random else exact
    at_kink = found_by.on_a_kink(network, trace)
    logits = np.asarray(trace[network.layers[-1].pre])
    tolerance = TOLERANCES[found_by.number_type(logits)]
    measured = partial(found_by.central_difference, network, parameters, rows, labels)
    compared, masks = {}, {one.mask for one in network.dropout}
    for name, value in parameters.items():
        if name in masks:
            continue
        given = authors.get(name)
        fits = given is not None and _fits(np.shape(given), np.shape(value))
        author = (
            turned.get(name, 1) * np.broadcast_to(np.asarray(given, dtype=float), np.shape(value))
            if fits and given is not None
            else np.zeros(np.shape(value))
        )
        directions = _directions(exact[name], author, random) if random else []
        checks = [
            (direction, difference)
            for direction in directions
            if (difference := measured(name, direction, logits))
        ]
        compared[name] = {
            "given": None if given is None else list(np.shape(given)),
            "fits": fits,
            "confirmed": all(
                difference.agrees(float((exact[name] * direction).sum()))
                for direction, difference in checks
            ),
            "type": found_by.number_type(logits, *([] if given is None else [given])),
            "value": np.asarray(value, dtype=float),
            "author": author,
            # Where the loss has a kink there are several right answers: differences step round it.
            "exact": None if at_kink else exact[name],
            "checks": [
                (float((author * direction).sum()), difference.value, difference.error)
                for direction, difference in checks
            ],
            "at_kinks": len(directions) - len(checks),
            "by_layers": formula is not None
            and (formula is exact or at_kink or distance(formula[name], exact[name]) <= tolerance),
        }
    extra = [name for name in authors if name not in parameters]
    return {"extra": extra, "parameters": compared}


def _formula(network: Network, here: tuple[Arrays, Array, Array], trace: Arrays) -> Arrays | None:
    """The gradients of the declared layers, or None where there is no formula for these."""
    try:
        return found_by.exact_gradients(network, *here, trace)
    except ValueError:
        return None


def _directions(exact: Array, author: Array, random: Any) -> list[Array]:
    """One random direction of length 1, then single coordinates."""
    gaussian = random.normal(size=exact.shape)
    size = np.abs(exact).ravel()
    alive = np.flatnonzero(size) if size.any() else np.arange(size.size)
    picked = {
        *np.argsort(size)[-LARGEST:].tolist(),
        *np.argsort(np.abs(author).ravel())[-LARGEST:].tolist(),
        *random.choice(alive, size=min(RANDOM, alive.size), replace=False).tolist(),
    }
    coordinates = []
    for index in sorted(picked):
        one = np.zeros(exact.size)
        one[index] = 1
        coordinates.append(one.reshape(exact.shape))
    return [gaussian / np.linalg.norm(gaussian), *coordinates]


def _fits(gradient: tuple[int, ...], parameter: tuple[int, ...]) -> bool:
    """Whether ``parameter - rate * gradient`` keeps as many entries as the parameter has."""
    aligned = parameter[len(parameter) - len(gradient) :]
    return len(gradient) <= len(parameter) and all(
        one in (1, other) for one, other in zip(gradient, aligned, strict=True)
    )
