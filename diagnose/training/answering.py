"""What trained networks answer: symptoms, scores and losses on the samples of one set of data.

Where several are asked for the same samples, the sums of their first layers are one product, for
which these are read, and made numbers of, once. Its sums have the same terms in the same order as
those of each network alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any, TypeVar

import numpy as np

from diagnose.calculus.gradients import UndefinedLossError, declared_loss, loss
from diagnose.network.arrays import Array, Arrays
from diagnose.network.layers import first_weight
from diagnose.network.record import Network
from diagnose.network.samples import Data
from diagnose.report import Symptoms
from diagnose.symptoms import (
    declared_layers_hold,
    fast_probabilities,
    own_probabilities,
    score,
    symptoms,
)
from diagnose.training.compiled import flatten
from diagnose.training.digests import digest, functions
from diagnose.training.loop import Run
from diagnose.training.prepared import Prepared

Key = TypeVar("Key")
Trained = tuple[Network, Run]

# A mean over so many samples is known to about 1/sqrt(500), 4 % of the spread of single losses.
LOSS_IMAGES = 500
# A share of so many right answers is known to 1.6 %.
SCORED_IMAGES = 1000
# Units of all first layers in one product: more make it no quicker for each, and take memory.
MOST_UNITS = 160
# Bytes of the samples that are multiplied at a time, as numbers: a part of a third-level cache.
AT_ONCE = 1 << 22
# Terms of one network's sums in each product. Of less than a million, OpenBLAS makes each sum in
# another order; and with less there is nothing to save.
FEWEST_TERMS = 1 << 21


@dataclass(kw_only=True)
class Answering:
    """Asks trained networks, and remembers what their declared layers say of the test samples."""

    data: Data
    prepared: Prepared
    _seen: dict[tuple[Any, bytes], Symptoms] = field(default_factory=dict)
    _holds: dict[Any, bool] = field(default_factory=dict)
    # A run is kept, so that its id stays its own.
    _digests: dict[int, tuple[Run, bytes]] = field(default_factory=dict)

    def of_others(self, data: Data, prepared: Prepared) -> Answering:
        """The same networks, asked for other test samples."""
        return Answering(data=data, prepared=prepared, _holds=self._holds)

    def symptoms(self, trained: Sequence[Trained]) -> list[Symptoms]:
        """What each does on the test samples.

        Its own functions are asked only if they do not agree with the declared layers.
        """
        keys, new = [self._key(*one) for one in trained], dict[Any, Trained]()
        for key, one in zip(keys, trained, strict=True):
            if key and key not in self._seen:
                new.setdefault(key, one)
        labels = self.data.test_labels
        asked = ((key, key[0], one) for key, one in new.items())
        for key, said in _asked(asked, lambda one: self.prepared.rows(one, "test_images")):
            self._seen[key] = symptoms(new[key][0], said, labels)
        return [
            self._seen[key] if key else symptoms(network, self._own(network, run), labels)
            for key, (network, run) in zip(keys, trained, strict=True)
        ]

    def scores(self, trained: Sequence[Trained]) -> list[float]:
        """How well each answers some of its training samples, 0 to 1."""
        some, scores = self.spread(SCORED_IMAGES), [0.0] * len(trained)
        asked = list[tuple[int, Any, Trained]]()
        for at, (network, run) in enumerate(trained):
            if not run.stopped and self._declared(network, run.parameters):
                asked.append((at, _way(network)[::2], (network, run)))
            elif not run.stopped:
                said = own_probabilities(
                    network, run.parameters, self.prepared.taken(network)(some)
                )
                scores[at] = score(symptoms(network, said, self.data.labels[some]))
        for at, said in _asked(asked, lambda one: self.prepared.taken(one)(some)):
            scores[at] = score(symptoms(trained[at][0], said, self.data.labels[some]))
        return scores

    def loss(self, network: Network, parameters: Arrays) -> float:
        """Mean loss with some parameters on some training samples; nan where it has none."""
        some = self.spread(LOSS_IMAGES)
        rows, labels = self.prepared.taken(network)(some), self.data.labels[some]
        with np.errstate(all="ignore"):
            try:
                if self._declared(network, parameters):
                    return declared_loss(network, parameters, rows, labels)
                each = ([at] for at in range(len(some)))
                losses = [loss(network, parameters, rows[at], labels[at]) for at in each]
            except UndefinedLossError:
                return float("nan")
        return float(np.mean(losses))

    def spread(self, most: int) -> Array:
        """At most so many of the training samples, spread over all."""
        count = len(self.data.labels)
        return np.linspace(0, count - 1, min(most, count)).astype(int)

    def _key(self, network: Network, run: Run) -> Any:
        """What determines the answers of the declared layers; None where these are not asked."""
        if run.stopped or not self._declared(network, run.parameters):
            return None
        if id(run) not in self._digests:
            self._digests[id(run)] = run, digest(flatten(network, run.parameters))
        return _way(network), self._digests[id(run)][1]

    def _own(self, network: Network, run: Run) -> Array:
        """What a network's own functions say of the test samples; nothing where they stopped."""
        if run.stopped:
            return np.full(network.targets(self.data.test_labels).shape, np.nan)
        rows = self.prepared.rows(network, "test_images")
        return own_probabilities(network, run.parameters, rows)

    def _declared(self, network: Network, parameters: Arrays) -> bool:
        """Whether the declared layers compute what the network does; looked at once.

        On the first parameters of networks with the same functions, draw and inputs.
        """
        same = (functions(network), network.init, network.prepare)
        if same not in self._holds:
            rows = self.prepared.rows(network, "test_images")
            self._holds[same] = declared_layers_hold(network, parameters, rows)
        return self._holds[same]


def _way(network: Network) -> tuple[Any, ...]:
    """What tells apart how samples are handed to networks, and answered."""
    answered = network.dropout if network.drops_when_answering else ()
    return network.prepare, network.tests_on, answered


def _asked(
    asked: Iterable[tuple[Key, Any, Trained]], rows: Callable[[Network], Array]
) -> Iterator[tuple[Key, Array]]:
    """What the declared layers of each say, ``(n, outputs)``; those together that go one way.

    asked: each with its key and its way. rows: the samples as a network takes them.
    """
    ways: dict[Any, dict[Key, tuple[Network, Arrays]]] = {}
    for key, way, (network, run) in asked:
        ways.setdefault(way, {})[key] = network, run.parameters
    for some in ways.values():
        entering = rows(next(iter(some.values()))[0])
        yield from zip(some, together([*some.values()], entering), strict=True)


def together(asked: Sequence[tuple[Network, Arrays]], rows: Array) -> Iterator[Array]:
    """``fast_probabilities`` of each of some networks, for the same samples."""
    rows = np.asarray(rows)
    for terms, alike in groupby(asked, lambda one: _terms(one[0], one[1], rows)):
        left = [*alike]
        many = max(1, MOST_UNITS * rows.size // terms) if terms else 1
        for some in (left[at : at + many] for at in range(0, len(left), many)):
            first: Iterable[Array | None] = (
                _products([first_weight(*one) for one in some], rows, terms) if terms else [None]
            )
            for (network, parameters), its in zip(some, first, strict=True):
                yield fast_probabilities(network, parameters, rows, its)


def _terms(network: Network, parameters: Arrays, rows: Array) -> int:
    """How many terms the sums of its first layer have that may be made with others'; 0 if none.

    One unit is another product, of a matrix with a vector, and sums in another order.
    """
    if network.drops_when_answering:
        return 0
    units = first_weight(network, parameters).shape[1]
    terms = rows.size * units
    return terms if units > 1 and terms >= FEWEST_TERMS else 0


def _products(weights: Sequence[Array], rows: Array, terms: int) -> Iterator[Array]:
    """``rows @ weight`` for each of some weights, ``(features, units)`` each, as numbers.

    terms: of each, of which every product has at least ``FEWEST_TERMS``.
    """
    every = np.concatenate(weights, axis=1)
    made = np.empty((len(rows), every.shape[1]))
    parts = max(1, min(8 * rows.size // AT_ONCE, terms // FEWEST_TERMS))
    ends = np.linspace(0, len(rows), parts + 1).astype(int)
    with np.errstate(all="ignore"):
        for start, end in pairwise(ends):
            np.matmul(np.asarray(rows[start:end], dtype=float), every, out=made[start:end])
    yield from map(np.ascontiguousarray, np.split(made, len(weights), axis=1))
