"""One training run with the network's own functions: the reference for everything faster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from diagnose.errors import BadInputError
from diagnose.network.arrays import Array, Arrays, copied
from diagnose.network.authors_code import described, ends_no_process
from diagnose.network.dropout import with_masks
from diagnose.network.record import Network
from diagnose.training.budget import UNLIMITED, Budget, OutOfTime

# Of a seed, the stream by which units are left out: another than that of draw and order.
DROPPED = 3


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a training run leaves.

    parameters: after the last step. largest_logit: the largest absolute logit met in any step
    (inf or nan when one was not finite). path: which code did the arithmetic. stopped: what the
    network's own code raised in a step, with the author's line; all parameters are nan then.
    """

    parameters: Arrays
    largest_logit: float
    path: Literal["own functions", "compiled"]
    stopped: str | None = None


def batches(network: Network, labels: Array, epoch: int, seed: int) -> Iterator[Array]:
    """The index arrays of an epoch's steps, each of shape ``(B,)``."""
    order = network.order(labels, epoch, seed)
    for start in range(0, len(order), network.batch_size):
        yield order[start : start + network.batch_size]


def step(
    network: Network,
    parameters: Arrays,
    rows: Array,
    labels: Array,
    rate: float,
    random: np.random.Generator | None = None,
) -> tuple[Arrays, Array]:
    """One step on ``(B, features)`` rows: the new parameters, and the logits it computed.

    random: by which units are left out, where the network has dropout; none are if it is None.

    Overflow and division warnings are not raised: a network under test may overflow, and what
    comes out of it is looked at afterwards.
    """
    x = network.lay_out(rows)
    given = network.stepped_from(parameters, rate)
    if random is not None:
        given = with_masks(network, given, random, len(rows))
    with np.errstate(all="ignore"):
        trace = network.forward(given, x)
        logits = np.array(trace[network.layers[-1].pre])
        gradients = network.backward(given, trace, x, labels)
        return network.update(parameters, gradients, rate), logits


def dropped(seed: int) -> np.random.Generator:
    """By what the units are drawn that are left out of a training's steps."""
    return np.random.default_rng([seed, DROPPED])


@ends_no_process()  # in worker processes too
def train(
    network: Network,
    inputs: Array,
    labels: Array,
    seed: int,
    epochs: int | None = None,
    budget: Budget = UNLIMITED,
) -> Run:
    """Train a network from its own initial draw.

    inputs: ``(n, features)``, already prepared; labels: ``(n,)``. A training whose step raises ends
    there, and answers nothing: its parameters are nan, as are those of one that has overflowed.
    OutOfTime if it does not end in time: what it would have been by then is no result.
    """
    # Copies, so that a network that writes into its labels or its draw starts afresh each time.
    labels, parameters = np.array(labels), copied(network.init(seed))
    random = dropped(seed)
    largest = 0.0
    for epoch in range(network.epochs if epochs is None else epochs):
        for at, index in enumerate(batches(network, labels, epoch, seed)):
            if budget.is_over():
                raise OutOfTime
            rate = network.rate(epoch, at)
            try:
                rows = inputs[index]
                parameters, logits = step(network, parameters, rows, labels[index], rate, random)
            except BadInputError:
                raise
            except Exception as error:
                return _stopped(network, seed, error)
            largest = float(np.maximum(largest, np.abs(logits).max()))  # keeps a nan
        if all(np.isnan(parameters[layer.weight]).all() for layer in network.layers):
            break  # nan stays nan, whatever is done with it
    return Run(parameters=parameters, largest_logit=largest, path="own functions")


def _stopped(network: Network, seed: int, error: Exception) -> Run:
    parameters = {name: np.full(np.shape(one), np.nan) for name, one in network.init(seed).items()}
    return Run(
        parameters=parameters,
        largest_logit=np.nan,
        path="own functions",
        stopped=described(error),
    )
