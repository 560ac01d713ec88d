"""What the person sees, as numbers."""

from __future__ import annotations

import numpy as np

from diagnose.errors import BadInputError
from diagnose.network.arrays import Array, Arrays, if_finite
from diagnose.network.authors_code import described
from diagnose.network.dropout import answering, of_samples
from diagnose.network.layers import forward_rows, softmax_rows
from diagnose.network.record import Network, layers_fit
from diagnose.network.softmax import SUMS_TO_ONE
from diagnose.network.tasks import CLASSIFICATION, REGRESSION, TASKS
from diagnose.report import Symptoms

# How far the network's own probabilities may lie from ours (float64, sums of some thousand terms;
# a float32 network is compared at its own precision).
SAME_PROBABILITY = {"float64": 1e-9, "float32": 1e-4}
CHECKED_IMAGES = 20
# Pairs of target and answer that are kept for pictures.
MOST_PAIRS = 200
# A number is answered rightly that is off by less than half of the targets' spread: if all are,
# less than a quarter of the variance stays unexplained; the mean is a right answer to few of them.
CLOSE = 0.5


def own_probabilities(network: Network, parameters: Arrays, inputs: Array) -> Array:
    """``(n, outputs)`` from the network's own forward pass, one image at a time.

    A network that has no answer for one image alone is asked in batches of the size in which it is
    trained, as its own code must do: its answers are those that the person sees.
    """
    return _own(network, parameters, inputs)[0]


def probabilities(network: Network, parameters: Arrays, inputs: Array) -> tuple[Array, int]:
    """``(n, classes)`` probabilities, and for how many images the network's own softmax overflows.

    Where the network's own softmax is not finite, that of its logits is taken with the largest one
    subtracted first, which changes no probability (Goodfellow, Bengio and Courville, Deep
    Learning, section 4.1). Probabilities stay non-finite only where the logits are.
    """
    outputs, logits = _own(network, parameters, inputs)
    lost = ~_finite_rows(outputs)
    if lost.any() and network.layers[-1].activation == "softmax":
        with np.errstate(all="ignore"):
            outputs[lost] = softmax_rows(logits[lost])
    return outputs, int(lost.sum())


def _own(network: Network, parameters: Arrays, inputs: Array) -> tuple[Array, Array]:
    """Probabilities and logits, ``(n, outputs)`` each; nan for an image without an answer.

    One image after the other; all at once where the answers of a batch are no answers of single
    images, as those of a softmax over the batch are not: then there is nothing else to look at.
    """
    width = network.outputs
    outputs, logits = np.full((2, len(inputs), width), np.nan)
    handed = answering(network, parameters, len(inputs))
    size = 1
    if network.batch_size > 1 and _fails(network, parameters, inputs[:1]):
        size = network.batch_size
    elif network.batch_size > 1 and _mixes(network, parameters, inputs[: network.batch_size]):
        size = len(inputs)
    for at in range(0, len(inputs), size):
        index = np.arange(at, at + size) % len(inputs)  # the last batch is filled up from the front
        try:
            trace = _answer(network, of_samples(network, handed, index), inputs[index])
        except BadInputError:
            raise
        except Exception:  # what it is, no_answer says
            continue
        for array, name in ((outputs, network.layers[-1].out), (logits, network.layers[-1].pre)):
            given = network.as_rows(np.asarray(trace[name]))
            if given.size == size * width:
                array[index] = given.reshape(size, width)
    return outputs, logits


def _mixes(network: Network, parameters: Arrays, rows: Array) -> bool:
    """Whether the first of some samples gets another answer among the others than alone."""
    handed = answering(network, parameters, len(rows))
    try:
        several, alone = (
            network.as_rows(np.asarray(_answer(network, given, some)[network.layers[-1].out]))[0]
            for given, some in (
                (handed, rows),
                (of_samples(network, handed, np.arange(1)), rows[:1]),
            )
        )
    except Exception:  # what it is, no_answer says
        return False
    unit = max(1.0, float(np.abs(alone).max(initial=0)))
    room = unit * SAME_PROBABILITY.get(str(np.result_type(*parameters.values())), 1e-9)
    return several.shape == alone.shape and bool((np.abs(several - alone) > room).any())


def _answer(network: Network, parameters: Arrays, rows: Array) -> Arrays:
    with np.errstate(all="ignore"):
        return network.forward(parameters, network.lay_out(rows))


def no_answer(network: Network, parameters: Arrays, rows: Array) -> str:
    """Why a network gives no answer for ``(n, features)``, or nothing if it gives one.

    Neither for the first image alone nor for a batch of the size in which it is trained. It raises,
    or what it returns has not one number for each output: a parameter has become a matrix in
    training, for one.
    """
    alone = _fails(network, parameters, rows[:1])
    index = np.arange(network.batch_size) % len(rows)
    return alone if alone and _fails(network, parameters, rows[index]) else ""


def only_in_batches(network: Network, parameters: Arrays, rows: Array) -> str:
    """Why one image alone gets no answer where a batch gets one; nothing where both do, or none."""
    alone = _fails(network, parameters, rows[:1])
    return "" if no_answer(network, parameters, rows) else alone


def _fails(network: Network, parameters: Arrays, rows: Array) -> str:
    """Why these rows at once get no answer, or nothing if they get one."""
    try:
        out = np.asarray(_answer(network, parameters, rows)[network.layers[-1].out])
    except Exception as error:
        return f"it stops with {described(error)}"
    width = network.outputs
    if out.size == len(rows) * width:
        return ""
    expected = (len(rows), width) if network.layout == "rows" else (width, len(rows))
    return f"its output has the shape {out.shape} instead of {expected}"


def fast_probabilities(
    network: Network, parameters: Arrays, inputs: Array, first: Array | None = None
) -> Array:
    """``(n, classes)`` probabilities of the declared layers, all images at once, stable softmax.

    first: see ``forward_rows``.
    """
    with np.errstate(all="ignore"):
        handed = answering(network, parameters, len(inputs))
        return forward_rows(network, handed, inputs, first)[-1][1]


def declared_layers_hold(network: Network, parameters: Arrays, inputs: Array) -> bool:
    """Whether the declared layers compute what the network's own forward pass does."""
    if not layers_fit(network, parameters):
        return False
    some = inputs[:: max(1, len(inputs) // CHECKED_IMAGES)]
    own = own_probabilities(network, parameters, some)
    fast = fast_probabilities(network, parameters, some)
    if own.shape != fast.shape:
        return False
    if np.isnan(own).all() and no_answer(network, parameters, some):
        return False
    known = np.isfinite(own)
    with np.errstate(all="ignore"):
        apart = np.abs(own - fast)[known]
    # Probabilities are at most 1; of other outputs the room is in their own unit.
    unit = max(1.0, float(np.abs(own[known]).max(initial=0)))
    kind = str(np.result_type(*parameters.values()))
    return bool(np.all(apart <= unit * SAME_PROBABILITY.get(kind, 1e-9)))


def total_variation(p: Array, q: Array) -> float:
    """Half the sum of absolute differences of two distributions: 0 (equal) to 1 (disjoint)."""
    return 0.5 * float(np.abs(p - q).sum())


def answers(network: Network, outputs: Array) -> Array:
    """The class that each row of ``(n, outputs)`` answers: the one whose target is nearest.

    For one-hot targets that is the largest output, for one output with targets 0 and 1 or -1 and 1
    the side of the middle. A row that is not finite answers the first class, as ``argmax`` does.
    """
    targets = network.targets(np.arange(network.classes))
    # A softmax gives the classes' probabilities, whatever targets it was handed; and labels that
    # were not encoded, one number for all outputs, tell nothing about how to read them.
    is_softmax = network.layers[-1].activation == "softmax"
    of_classes = outputs.shape[1] == network.classes
    if network.encode is None or (
        of_classes and (is_softmax or targets.shape[1] != outputs.shape[1])
    ):
        return outputs.argmax(axis=1)
    with np.errstate(all="ignore"):
        return np.square(outputs[:, None, :] - targets).sum(axis=2).argmin(axis=1)


def class_probabilities(network: Network, outputs: Array) -> Array:
    """``(n, outputs)`` read as probabilities of the classes, ``(n, classes)``.

    A softmax gives them, and one that does not sum to one over the classes is divided by its sum,
    as sigmoid outputs are, one for each class; a single sigmoid gives that of class 1. Outputs that
    are no probabilities count as wholly sure of the answer nearest to them.
    """
    kind = network.layers[-1].activation
    if kind == "softmax":
        with np.errstate(all="ignore"):
            sums = outputs.sum(axis=1, keepdims=True)
            return np.where(np.abs(sums - 1) > SUMS_TO_ONE, outputs / sums, outputs)
    if kind == "sigmoid" and outputs.shape[1] == 1 and network.classes == 2:
        first = float(network.targets(np.array([0]))[0, 0])
        return np.hstack([1 - outputs, outputs] if first == 0 else [outputs, 1 - outputs])
    if kind == "sigmoid" and outputs.shape[1] == network.classes:
        with np.errstate(all="ignore"):
            return outputs / outputs.sum(axis=1, keepdims=True)
    sure = np.eye(network.classes)[answers(network, outputs)]
    return np.where(_finite_rows(outputs)[:, None], sure, np.nan)


def symptoms(network: Network, outputs: Array, labels: Array, overflowed: int = 0) -> Symptoms:
    """Measure the symptoms.

    outputs: ``(n, outputs)`` of the network; labels: as in ``Network``. An image whose outputs are
    not finite gets the answer that ``argmax`` gives, as the network's own code would; its
    probability counts as wholly misplaced in the skew.
    """
    measure = _of_classes if network.task is CLASSIFICATION else _of_numbers
    return measure(network, outputs, labels, overflowed)


def score(seen: Symptoms) -> float:
    """How good a network is, from 0 to 1: balanced accuracy, or explained variance.

    The explained variance is 1 - unexplained variance (R squared), and 0 where the network does
    worse than always answering the mean.
    """
    goodness = TASKS[seen.task].goodness
    value = goodness.counted(seen)
    return value if goodness.higher_is_better else 1 - value


def chance(network: Network) -> float:
    """The score of a network that gives the best answer that is always the same."""
    return 1 / network.classes if network.task is CLASSIFICATION else 0.0


def half_way(by_chance: float) -> float:
    """The score that is as far from chance as from perfect: what is below it, fails."""
    return (1 + by_chance) / 2


def is_right(network: Network, outputs: Array, labels: Array) -> Array:
    """Which of ``(n, outputs)`` are right: that class, or every number within ``CLOSE``."""
    if network.task is CLASSIFICATION:
        return np.asarray(answers(network, outputs) == labels)
    targets = network.targets(labels)
    with np.errstate(all="ignore"):
        return np.asarray((np.abs(outputs - targets) <= CLOSE * targets.std(axis=0)).all(axis=1))


def _of_classes(network: Network, outputs: Array, labels: Array, overflowed: int) -> Symptoms:
    classes = network.classes
    given = class_probabilities(network, outputs)
    every = np.bincount(labels, minlength=classes)
    shares = every / len(labels)
    finite = _finite_rows(given)
    mean = np.where(finite[:, None], given, 0.0).mean(axis=0)
    lost = 1.0 - float(finite.mean())
    said = answers(network, outputs)
    counts = np.bincount(said, minlength=classes)
    right = np.bincount(labels[said == labels], minlength=classes)
    seen = [c for c in range(classes) if shares[c] > 0]
    return Symptoms(
        skew=total_variation(mean, shares) + lost / 2,
        favoured_class=int(counts.argmax()),
        favoured_share=float(counts.max() / len(labels)),
        input_dependence=float(given.std(axis=0).mean()) if not lost else None,
        balanced_accuracy=float(np.mean(right[seen] / every[seen])),
        mean_probabilities=[float(p) if not lost else None for p in mean],
        class_shares=[float(share) for share in shares],
        images=len(labels),
        overflowed=overflowed,
        task=CLASSIFICATION.name,
        never_answered=[c for c in seen if not counts[c]],
    )


def _of_numbers(network: Network, outputs: Array, labels: Array, overflowed: int) -> Symptoms:
    """Of several outputs together, as the loss takes them: sums over outputs are compared."""
    targets = network.targets(labels)
    variance = targets.var(axis=0).sum()
    with np.errstate(all="ignore"):  # a copy of a script may make all of its test labels alike
        error = np.square(outputs - targets).sum(axis=1).mean()
        spread = float(np.sqrt(outputs.var(axis=0).sum() / variance))
        unexplained = float(error / variance)
    some = np.linspace(0, len(labels) - 1, min(MOST_PAIRS, len(labels))).astype(int)
    pairs = np.stack([targets[some, 0], outputs[some, 0]], axis=1).tolist()
    return Symptoms(
        skew=None,
        favoured_class=None,
        favoured_share=None,
        input_dependence=if_finite(spread),
        balanced_accuracy=None,
        mean_probabilities=[],
        class_shares=[],
        images=len(labels),
        overflowed=overflowed,
        task=REGRESSION.name,
        unexplained_variance=if_finite(unexplained),
        pairs=[[if_finite(one) for one in pair] for pair in pairs],
    )


def _finite_rows(outputs: Array) -> Array:
    return np.asarray(np.logical_and.reduce(np.isfinite(outputs), axis=1))
