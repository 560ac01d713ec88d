"""Samples as a network takes them, prepared once for each way to prepare them.

Of images most of which is 0, the compiled loop has a copy without the zeros (``Inputs``). Where
there is much of them that is all that stays: from it come the few samples that are asked for
afterwards, and all of them again for who asks for all. Where a way to prepare them only divides
what another one makes, it is these that are divided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.record import Network
from diagnose.network.samples import Data
from diagnose.training.inputs import Inputs

# Bytes of prepared samples that stay: 60,000 images as bytes do, and as numbers do not.
LARGE = 1 << 26
# Without zeros, they take at most this share of it.
SPARSE = 0.5

# Some of the samples by their indices, ``(n, features)``.
Taken = Callable[[Array], Array]


@dataclass(kw_only=True)
class Prepared:
    """The samples of one set of data, as networks prepare them; computed once for each way.

    whole: of which these are some of the samples to train on, and which.
    """

    data: Data
    whole: tuple[Prepared, Array] | None = None
    _rows: dict[Any, Array] = field(default_factory=dict)
    _inputs: dict[Any, Inputs] = field(default_factory=dict)
    # Ways to prepare of which all is in ``_inputs``; and of these the one that was last asked for.
    _let_go: dict[Any, np.dtype[Any]] = field(default_factory=dict)
    _last: tuple[Any, Array] | None = None

    def rows(self, network: Network, part: str = "images") -> Array:
        """Prepared images, ``(n, features)``."""
        tested = part == "test_images" and not self.data.tested_on_training
        otherwise = network.tests_on if tested else None
        key = (network.prepare, otherwise, part)
        if self._is_let_go(network, key):
            return self._made_again(key)
        if key not in self._rows and self.whole:
            whole, some = self.whole
            taken = part == "images"
            self._rows[key] = whole.taken(network)(some) if taken else whole.rows(network, part)
        if key not in self._rows:
            # A copy, so that code which writes into the images damages nobody else's.
            images = np.array(getattr(self.data, part))
            self._rows[key] = network.prepare(otherwise(images) if otherwise else images)
        return self._rows[key]

    def taken(self, network: Network) -> Taken:
        """What gives some of the prepared images, by their indices."""
        key = _of_training(network)
        if not self._is_let_go(network, key):
            return self.rows(network).__getitem__
        inputs, kind = self._inputs[network.prepare], self._let_go[key]
        return lambda some: inputs.rows(some).astype(kind, copy=False)

    def inputs(self, network: Network) -> Inputs:
        """Prepared images without their zeros."""
        key = _of_training(network)
        if network.prepare not in self._inputs and not self._is_let_go(network, key):
            rows = self.rows(network)
            made = self._inputs[network.prepare] = Inputs.of(rows)
            if _is_all(made, rows):
                self._let_go[key], self._last = rows.dtype, (key, rows)
                del self._rows[key]
        return self._inputs[network.prepare]

    def of_others(self, data: Data) -> Prepared:
        """The same to train on, and other samples to test on."""
        return Prepared(data=data, _inputs={**self._inputs}, _let_go={**self._let_go})

    def let_go(self) -> None:
        """Give back what can be had again out of what is kept without zeros."""
        self._last = None

    def forget(self) -> None:
        """Give back the memory, but for little that the compiled loop has; it is prepared again."""
        self._rows.clear()
        self._let_go.clear()
        self._last = None
        for way in [way for way, one in self._inputs.items() if one.nbytes > LARGE]:
            del self._inputs[way]

    def has(self, inputs: Inputs) -> bool:
        """Whether these are still kept."""
        return any(one is inputs for one in self._inputs.values())

    def _is_let_go(self, network: Network, key: Any) -> bool:
        """Whether prepared images come from what is kept without zeros."""
        large = 8 * self.data.images.size > LARGE and self.whole is None
        if large and key == _of_training(network) and network.prepare not in self._inputs:
            self._divide(network)
        return key in self._let_go

    def _divide(self, network: Network) -> None:
        """Divide what another way to prepare makes, where that is all: to the last bit the same."""
        prepare, divisor = getattr(network.prepare, "divided", (None, 0.0))
        if prepare is None:
            return
        other = replace(network, prepare=prepare)
        inputs, key = self.inputs(other), _of_training(other)
        rows = self._rows.get(key)
        are_bytes = type(rows) is np.ndarray and rows.dtype == np.uint8 and rows.flags.c_contiguous
        numbers = inputs.features * (len(inputs.starts) - 1)
        is_sparse = inputs.nbytes <= SPARSE * 8 * numbers
        if is_sparse and (are_bytes or self._let_go.get(key) == np.float64):
            self._inputs[network.prepare] = replace(inputs, values=inputs.values / divisor)
            self._let_go[_of_training(network)] = np.dtype(float)

    def _made_again(self, key: Any) -> Array:
        if self._last is None or self._last[0] != key:
            self._last = None
            inputs = self._inputs[key[0]]
            every = np.arange(len(inputs.starts) - 1)
            self._last = key, inputs.rows(every).astype(self._let_go[key], copy=False)
        return self._last[1]


def _of_training(network: Network) -> Any:
    return network.prepare, None, "images"


def _is_all(inputs: Inputs, rows: Array) -> bool:
    """Whether prepared images are to be had again, to the last bit, from what is kept of them."""
    return (
        type(rows) is np.ndarray
        and rows.dtype in (np.float64, np.float32)
        and rows.flags.c_contiguous
        and rows.nbytes > LARGE
        and inputs.nbytes <= SPARSE * rows.nbytes
        # of a zero without its sign
        and np.count_nonzero(np.signbit(rows)) == np.count_nonzero(np.signbit(inputs.values))
    )
