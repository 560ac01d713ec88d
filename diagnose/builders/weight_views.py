"""Weights that an author keeps otherwise than the contract: turned, or with the bias within.

A layer that says ``W1.T`` is multiplied by the transpose of what the author keeps. One whose bias
is ``W1[-1]``, ``W1[0]``, ``W1[:,-1]`` or ``W1[:,0]`` has it in that row or column of the weight,
and the author's own code appends ones to what enters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from diagnose.builders.kept_state import alone
from diagnose.builders.vocabulary import Adapter
from diagnose.errors import BadInputError
from diagnose.network.arrays import Array, Arrays
from diagnose.network.record import Layer

TURNED = ".T"
# Along which axis a bias lies, and at which end.
WITHIN = {"[0]": (0, 0), "[-1]": (0, -1), "[:,0]": (1, 0), "[:,-1]": (1, -1)}


@dataclass(frozen=True)
class View:
    """How an author keeps one weight: whether turned, and where its bias is, if it is within."""

    weight: str
    turned: bool
    bias: str | None

    @property
    def within(self) -> tuple[int, int]:
        """Along which axis of the author's array the bias lies, and at which end."""
        assert self.bias is not None
        return WITHIN[self.bias.removeprefix(self.weight)]

    def apart(self, whole: Array, *, columns: bool) -> Arrays:
        """The weight and the bias of what the author keeps."""
        found: Arrays = {}
        if self.bias is not None:
            axis, end = self.within
            bias = np.take(whole, end, axis=axis)
            found[self.bias] = bias[:, None] if columns else bias
            kept = slice(1, None) if end == 0 else slice(None, -1)
            whole = whole[kept] if axis == 0 else whole[:, kept]
        return {self.weight: whole.T if self.turned else whole} | found

    def together(self, parameters: Arrays) -> Array:
        """What the author keeps."""
        weight = parameters[self.weight]
        whole = weight.T if self.turned else weight
        if self.bias is None:
            return whole
        axis, end = self.within
        bias = np.expand_dims(np.ravel(parameters[self.bias]), axis)
        return np.concatenate([bias, whole] if end == 0 else [whole, bias], axis=axis)


def viewed(layers: Sequence[Layer]) -> tuple[list[Layer], list[View]]:
    """The layers as the contract has them, and how their author keeps their weights."""
    plain, views = [], []
    for layer in layers:
        weight = layer.weight.removesuffix(TURNED)
        bias = layer.bias if (layer.bias or "").startswith(f"{weight}[") else None
        if bias is not None and bias.removeprefix(weight) not in WITHIN:
            known = ", ".join(f"{weight}{one}" for one in WITHIN)
            raise BadInputError(f"the bias {bias} is no row or column of {weight}; say {known}")
        plain.append(replace(layer, weight=weight))
        if bias is not None or weight != layer.weight:
            views.append(View(weight, weight != layer.weight, bias))
    return plain, views


@dataclass(frozen=True, kw_only=True, eq=False)
class Viewed:
    """Hand an author's code its weights as it keeps them."""

    inner: Adapter
    views: Sequence[View]
    columns: bool

    def init(self, seed: int) -> Arrays:
        """Draw the parameters."""
        return self._apart(self.inner.init(seed), "init")

    def forward(self, parameters: Arrays, x: Array) -> Arrays:
        """Run the author's forward pass."""
        return self.inner.forward(self._together(parameters), x)

    def backward(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Run the author's backward pass."""
        given = self.inner.backward(self._together(alone(parameters)), trace, x, labels)
        return self._apart(given, "backward")

    def update(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """Make the author's step."""
        after = self.inner.update(self._together(parameters), self._together(gradients), rate)
        return self._apart(after, "update")

    def _apart(self, found: Arrays, role: str) -> Arrays:
        parts: Arrays = {}
        views = {one.weight: one for one in self.views}
        for name, one in found.items():
            if name not in views:
                parts[name] = one
                continue
            if np.ndim(one) != 2:
                raise BadInputError(f"{role} returned {name} {np.shape(one)}, expected a matrix")
            parts |= views[name].apart(one, columns=self.columns)
        return parts

    def _together(self, parts: Arrays) -> Arrays:
        biases = {one.bias for one in self.views}
        views = {one.weight: one for one in self.views}
        return {
            name: views[name].together(parts) if name in views else one
            for name, one in parts.items()
            if name not in biases
        }
