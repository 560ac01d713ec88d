"""Whether the compiled loop does what a network's own functions do: measured, never assumed.

The author's gradients are held against the true ones for the factor of each, and the loop is
stepped beside the network's own functions. Where the two do not agree, the own functions train.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from diagnose.calculus.adaptive_updates import STILL, Means, means
from diagnose.calculus.gradients import exact_gradients
from diagnose.calculus.linear_updates import Rule, is_alike, plainly, rules
from diagnose.calculus.points import generic_point
from diagnose.errors import BadInputError
from diagnose.network.arrays import Array, Arrays, copied, is_finite
from diagnose.network.authors_code import described
from diagnose.network.dropout import with_masks
from diagnose.network.record import Network, layers_fit
from diagnose.network.softmax import FAR, is_stable
from diagnose.training.compiled import (
    Arithmetic,
    Beginning,
    Carried,
    Order,
    Plan,
    coded,
    layer_sizes,
    named,
    unflatten,
)
from diagnose.training.inputs import Inputs
from diagnose.training.loop import dropped, step
from diagnose.training.masks import Masks
from diagnose.training.prepared import Taken
from diagnose.training.slopes import Gradients, Slopes, mistaken, right

Made = TypeVar("Made")
# The largest relative difference of any parameter array after the compared steps. Both paths use
# float64 (eps 2e-16) and differ only in the order of sums, of at most some thousand terms.
AGREEMENT = 1e-9
# The same where functions of float32 arrays (eps 1e-7) make such of some of what they are handed.
ROUNDED = 1e-4
# What rounding leaves of sums that are 0 by symmetry, such as the gradient of a bias where samples
# lie alike on both sides of 0, relative to what the steps have moved; no two ways to sum agree on
# it, and nothing comes of it.
CANCELLED = 1e-13
COMPARED_STEPS = 16
# What is left of a gradient beside a multiple of the true one, squared: rounding leaves some 1e-16.
PARALLEL = 1e-12
# How far a factor may be from half of another, as rounding has it; the whole is twice as much.
SHRUNK = 1e-6
# Of how many samples that is asked, at the least: as many as have shown the factor of full batches
# would take as long again, and so few batches say it; of one sample each, a layer may be dead.
SHOWN = 32
# Of a measured factor: the last three or four of float64's sixteen are rounding, and other for each
# variant of a network; runs that differ in nothing else are one.
DIGITS = 12
# Parameters that have grown so far in these few steps never come back: the training diverges.
EXPLODED = 1e3


def gradient_factors(
    network: Network,
    parameters: Arrays,
    rows: Array,
    labels: Array,
    batch: int,
    true: Callable[[Network, Arrays, Array, Array], Arrays] = exact_gradients,
) -> Array | str:
    """What each of the author's gradients is made of, or why that is not so.

    batch: samples in a step. true: what they are multiples of. ``(layers, 2, 2)``, of weight and
    bias: the multiple of the true gradient and that of the parameter itself, as of a penalty; 0 for
    a bias or a gradient that there is not.
    """
    found: list[list[tuple[Array, Array]]] = [[] for _ in range(2 * len(network.layers))]
    random = dropped(0)
    for start in range(0, len(rows) - batch + 1, batch):
        part = slice(start, start + batch)
        x = network.lay_out(rows[part])
        point = with_masks(network, parameters, random, len(rows[part]))
        trace = network.forward(point, x)
        given = network.backward(point, dict(trace), x, labels[part])
        meant = true(network, point, rows[part], labels[part])
        for at, name in enumerate(named(network)):
            if name is None or name not in given:
                continue
            if not is_alike(given[name], meant[name]):
                return f"the gradient of {name} has another shape"
            found[at].append((given[name].ravel().astype(np.float64), meant[name].ravel()))
    factors = np.zeros((2 * len(network.layers), 2))
    for at, (name, pairs) in enumerate(zip(named(network), found, strict=True)):
        if name is None or not pairs:
            continue
        a, b = (np.concatenate(one) for one in zip(*pairs, strict=True))
        whole = np.tile(parameters[name].ravel(), len(pairs))
        made = _multiple(a, b) or _two_multiples(a, b, whole)
        if made is None:
            return f"the gradient of {name} is not a multiple of the true one"
        factors[at] = made
    return factors.reshape(-1, 2, 2)


def _multiple(a: Array, b: Array) -> tuple[float, float] | None:
    """What ``b`` is multiplied by in ``a``, and 0, if ``a`` is nothing else."""
    ab, bb, aa = float(a @ b), float(b @ b), float(a @ a)
    # by Cauchy and Schwarz 0 for multiples
    if aa * bb - ab * ab > PARALLEL * aa * bb or (aa > 0 and bb == 0):
        return None
    return (ab / bb if bb > 0 else 1.0), 0.0


def _two_multiples(a: Array, b: Array, c: Array) -> tuple[float, float] | None:
    """What ``b`` and ``c`` are multiplied by in ``a``, if ``a`` is the sum of such multiples."""
    made, *_ = np.linalg.lstsq(np.stack([b, c], axis=1), a, rcond=None)
    left = a - made[0] * b - made[1] * c
    # as many numbers as are fitted would be met by anything
    if len(a) <= 2 or float(left @ left) > PARALLEL * float(a @ a):
        return None
    return float(made[0]), float(made[1])


def arithmetic(network: Network, rows: Array, labels: Array) -> Arithmetic | str:
    """Measure a network's arithmetic on some prepared rows, or say why the loop cannot do it."""
    reason = outside_family(network, network.init(0), labels)
    if reason:
        return reason
    parameters, rows = generic_point(network, rows)
    point = _wide(parameters), np.asarray(rows, np.float64)
    if network.classes:  # whatever the samples are: every class
        labels = np.arange(len(rows)) % network.classes
    found = _slopes_and_factors(network, *point, labels)
    if isinstance(found, str):
        return found
    slopes, factors = found
    is_whole = network.batch_size > 1 and _is_whole(network, point, labels, slopes, factors)
    ruled = update_rules(network, *point, labels)
    if isinstance(ruled, str):
        return ruled
    steps, numbers, carried = _as_numbers(ruled, factors[..., 0], factors[..., 1])
    return Arithmetic(
        factors=_to_digits(steps),
        slopes=slopes,
        whole=is_whole,
        rules=numbers,
        carried=carried,
        stable=is_stable(network, *point),
        stops=_stops_far_out(network, *point),
        narrow=any(one.dtype == np.float32 for one in parameters.values()),
    )


def _slopes_and_factors(
    network: Network, parameters: Arrays, rows: Array, labels: Array
) -> tuple[Slopes, Array] | str:
    """How derivatives are written, and what gradients are made of; or why that is not known.

    Derivatives that are wrong are looked for where gradients are made of no true ones.
    """
    batch = network.batch_size
    made = gradient_factors(network, parameters, rows, labels, batch)
    if not isinstance(made, str):
        return right(network), made
    for slopes in mistaken(network):
        true = Gradients(slopes)
        few = gradient_factors(network, parameters, rows[:batch], labels[:batch], batch, true)
        if isinstance(few, str):
            continue
        factors = gradient_factors(network, parameters, rows, labels, batch, true)
        if not isinstance(factors, str):
            return slopes, factors
    return made


def _is_whole(
    network: Network, point: tuple[Arrays, Array], labels: Array, slopes: Slopes, factors: Array
) -> bool:
    """Whether a batch that is not full is divided as a full one is, or is a sum.

    Its mean gradient then has another factor, the smaller the fewer samples it has.
    """
    half, some = network.batch_size // 2, max(2 * network.batch_size, SHOWN)
    parameters, rows = point[0], point[1][:some]
    true = Gradients(slopes) if any(slopes) else exact_gradients
    try:
        found = gradient_factors(network, parameters, rows, labels[:some], half, true)
    except Exception:  # the author's code may raise anything
        return False
    if isinstance(found, str):
        return False
    expected = factors[..., 0] * half / network.batch_size
    return np.allclose(found[..., 0], expected, rtol=SHRUNK, atol=0)


def _wide(parameters: Arrays) -> Arrays:
    """The same numbers as float64, in which functions of float32 arrays compute as well.

    Those that are one array stay one.
    """
    made: dict[int, Array] = {}
    return {
        name: made.setdefault(id(one), one.astype(np.float64)) for name, one in parameters.items()
    }


def _stops_far_out(network: Network, parameters: Arrays, rows: Array) -> bool:
    """Whether the forward pass stops where exp overflows, as it does with ``math.exp``."""
    far = {layer.weight: parameters[layer.weight] * FAR for layer in network.layers}
    return overflows(network, {**parameters, **far}, rows)


def overflows(network: Network, parameters: Arrays, rows: Array) -> bool:
    """Whether the forward pass of some rows stops with an overflow."""
    with np.errstate(all="ignore"):
        try:
            for row in rows:
                network.forward(parameters, network.lay_out(row[None]))
        except OverflowError:
            return True
    return False


def _to_digits(factors: Array) -> Array:
    """The same, to ``DIGITS`` digits: what leaves a factor alone leaves its number alone."""
    return np.array([float(f"{one:.{DIGITS}g}") for one in factors.flat]).reshape(factors.shape)


def update_rules(
    network: Network, parameters: Arrays, rows: Array, labels: Array
) -> list[Rule] | list[Means] | str:
    """How the update steps each parameter, weight and bias of each layer; or why that is not known.

    Where it carries nothing on, it is taken to be plain: the steps that are compared tell.
    """
    rate = float(network.learning_rate(0))
    x, labels = network.lay_out(rows[: network.batch_size]), labels[: network.batch_size]
    point = with_masks(network, parameters, dropped(0), len(labels))
    like = network.backward(point, network.forward(point, x), x, labels)
    given = network.update, parameters, like, rate
    found = rules(*given) if rate else {}
    if isinstance(found, str):
        if not {*network.update(copied(parameters), copied(like), rate)} > {*parameters}:
            found = {}
        elif isinstance(adaptive := means(*given), str):
            return found if "linear" not in found else adaptive
        else:
            return [adaptive.get(name or "", STILL) for name in named(network)]
    return [found.get(name or "", plainly()) for name in named(network)]


def _as_numbers(
    ruled: list[Rule] | list[Means], factors: Array, penalties: Array
) -> tuple[Array, Array, Carried]:
    """The factors of gradients, the rules as an array of their numbers, and what they carry."""
    linear = [rule for rule in ruled if isinstance(rule, Rule)]
    if not linear:
        adaptive = [rule for rule in ruled if isinstance(rule, Means)]
        numbers = np.column_stack([[rule.numbers for rule in adaptive], penalties.ravel()])
        return factors, numbers, tuple(zip(*(rule.carried for rule in adaptive), strict=True))
    plain = [rule.plain for rule in linear]
    if not penalties.any() and None not in plain:
        multiples = np.reshape(np.array(plain, float), (-1, 2))
        return factors * multiples, np.zeros((0, 2, 3, 2)), ()
    weighed = zip(linear, penalties.flat, strict=True)
    numbers = np.array([rule.of_penalized(multiple).numbers for rule, multiple in weighed])
    return factors, numbers, (tuple(rule.carried for rule in linear),)


def outside_family(network: Network, parameters: Arrays, labels: Array) -> str | None:
    """Why a network lies outside what the compiled loop covers, or None."""
    if network.ahead:
        return "its gradients are taken ahead of its parameters"
    for layer in network.layers[:-1]:
        if layer.activation == "softmax":
            return f"{layer.out} is a softmax in a hidden layer"
    for layer in network.layers:
        if coded(layer) is None:
            return f"{layer.out} is a {layer.activation}"
    last = network.layers[-1]
    if network.loss == "cross-entropy" and last.activation not in ("softmax", "sigmoid"):
        return f"its loss is the cross-entropy of {last.activation} outputs"
    if network.loss == "hinge" and last.activation != "linear":
        return f"its loss is the hinge of {last.activation} outputs"
    targets = network.targets(np.arange(network.classes) if network.classes else labels)
    if targets.shape[1] != layer_sizes(network, parameters)[-1]:
        return f"its targets are {targets.shape[1]} numbers for each sample, its outputs others"
    in_layers = {name for name in named(network) if name}
    if in_layers != set(parameters):
        return f"parameters outside the layers: {sorted(set(parameters) ^ in_layers)}"
    if not layers_fit(network, parameters):
        return "its parameters have not the shapes of dense layers"
    kinds = {array.dtype.name for array in parameters.values()}
    if not kinds <= {"float64", "float32"}:
        return f"its parameters are of the types {sorted(kinds)}"
    return None


def certify(
    network: Network, planned: Plan, taken: Taken, labels: Array, seed: int, like: Arrays
) -> str | None:
    """Step the compiled loop beside the network's own functions; None if they agree, else why not.

    Both take the same steps, spread over the first epoch, at its learning rate, from the same
    initial parameters. Steps that diverge magnify rounding from each to the next: then both take
    each of them from where the network's own functions have come, as long as that is anywhere.
    taken: what gives prepared inputs. like: the parameters that the plan begins with. Those of
    float32 are handed on as float64, as the loop has them, so that there is no rounding of them but
    what the functions make.
    """
    like = _wide(like)
    labels = np.array(labels)  # a network may write into those that its order is handed
    order, size = network.order(labels, 0, seed), network.batch_size
    every = range(0, len(order), size)
    chosen = np.linspace(0, len(every) - 1, min(COMPARED_STEPS, len(every))).astype(int)
    # With all samples, all would be looked through for one on which a layer lives.
    planned = _of_steps(planned, taken, chosen)
    masks = Masks.of(network, planned.sizes, planned.order.indices, dropped(seed))
    planned = replace(planned, masks=masks)
    batched = [order[every[at] : every[at] + size] for at in chosen]
    paces = [network.rate(0, at) for at in chosen]
    reason, all_steps = "", np.arange(len(chosen))
    for parts in ([all_steps], np.split(all_steps, len(chosen))):
        random = dropped(seed)
        reason = _disagreement(network, planned, taken, labels, like, batched, paces, parts, random)
        if not reason:
            return None
    return reason


def _of_steps(plan: Plan, taken: Taken, steps: Array) -> Plan:
    """Some steps of the first epoch of a run, with those samples alone that they show."""
    indices = plan.order.indices[:1, steps]
    shown = np.unique(indices[indices >= 0])
    places = np.where(indices < 0, -1, np.searchsorted(shown, indices)).astype(np.int32)
    return replace(
        plan,
        order=Order(indices=places),
        rates=plan.rates[:1] if plan.rates.ndim == 1 else plan.rates[:1, steps],
        inputs=Inputs.of(np.asarray(taken(shown), np.float64)),
        labels=np.take(plan.labels, shown, axis=-1),  # laid out as ever, as numba asks
    )


def _disagreement(
    network: Network,
    planned: Plan,
    rows: Taken,
    labels: Array,
    like: Arrays,
    every: Sequence[Array],
    paces: Sequence[float],
    parts: Sequence[Array],
    random: np.random.Generator,
) -> str:
    """What differs after the steps of each part, which both begin at the same parameters.

    random: by which the masks of the plan were drawn.
    """
    parameters = copied(like)
    far = EXPLODED * (1 + _size(parameters))
    taken = 0
    for part in parts:
        steps = Order(indices=np.ascontiguousarray(planned.order.indices[:1, part]))
        start = Beginning.of(network, parameters, planned.carried)
        rates = planned.rates[:1] if planned.rates.ndim == 1 else planned.rates[:1, part]
        masks = planned.masks.of_steps(part)
        short = replace(planned, beginning=start, order=steps, rates=rates, masks=masks)
        before = copied(parameters)
        mine = unflatten(network, short.run().theta, like)
        for at in part:
            index = every[at]
            given = np.asarray(rows(index), np.float64), labels[index], paces[at], random
            parameters, _ = step(network, parameters, *given)
            taken += 1
        if not _size(parameters) <= far and (taken > len(part) or not is_finite(mine)):
            return ""  # the steps before agreed; out here units saturate, and rounding decides
        with np.errstate(all="ignore"):
            moved = max(np.abs(one - parameters[name]).max() for name, one in before.items())
        for name, theirs in parameters.items():
            if name not in mine:
                if theirs.ndim and not any(name in one for one in planned.carried):
                    return "its steps carry more than the parameters from one to the next"
                continue
            with np.errstate(all="ignore"):
                apart = np.abs(mine[name] - theirs).max()
                distance = apart / max(np.abs(theirs).max(), 1e-300)
            agreement = ROUNDED if planned.narrow else AGREEMENT
            if not (distance <= agreement or apart < CANCELLED * moved):
                return f"{name} differs by {distance:.1e} after step {taken}"
    return ""


def _size(arrays: Arrays) -> float:
    """The largest absolute value; nan or inf where one is not finite."""
    return float(max(np.abs(one).max() for one in arrays.values()))


def tried(compare: Callable[[], Made]) -> Made | str:
    """What a comparison of the network's own functions says, or that these stopped, and where."""
    try:
        return compare()
    except BadInputError:
        raise
    except Exception as error:
        return f"its own functions stopped: {described(error)}"
