"""The functions that were read, as the contract calls them.

They were written here and are certified, so nothing of what they take and return is checked again,
and nothing is copied: they write into no parameter and into no gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from diagnose.network.arrays import Array, Arrays, as_array


@dataclass(frozen=True, kw_only=True, eq=False)
class Adapted:
    """Forward, backward and update, handed their arrays by name.

    run takes x and ``given``, and returns ``trace``; back takes ``takes`` and returns a gradient
    for each of ``names``; step takes parameters, gradients and the rate. encode: the targets of
    labels. columns: how samples lie; vectors: whether x is a single sample ``(features,)``, with
    labels and targets of its own.
    """

    make: Callable[[int], Arrays]
    run: Callable[..., Any]
    back: Callable[..., Any]
    step: Callable[..., Any]
    names: tuple[str, ...]
    given: tuple[str, ...]
    trace: tuple[str, ...]
    takes: tuple[str, ...]
    encode: Callable[[Array], Array]
    columns: bool
    vectors: bool

    def init(self, seed: int) -> Arrays:
        """Draw the parameters."""
        return self.make(seed)

    def forward(self, parameters: Arrays, x: Array) -> Arrays:
        """Every intermediate array."""
        made = self.run(x, *[parameters[name] for name in self.given])
        return {name: as_array(one) for name, one in zip(self.trace, made, strict=True)}

    def backward(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """The gradients, on the trace's own arrays."""
        pool: dict[str, Any] = {**parameters, **trace, "x": x}
        if "labels" in self.takes:
            pool["labels"] = labels[0] if self.vectors else labels
        if "targets" in self.takes:
            targets = self.encode(labels)
            if self.vectors:
                targets = targets[0]
            elif self.columns:
                targets = targets.T
            pool["targets"] = targets
        made = self.back(*[pool[name] for name in self.takes])
        return {name: as_array(one) for name, one in zip(self.names, made, strict=True)}

    def update(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """One step."""
        given = [parameters[name] for name in self.names]
        made = self.step(*given, *[gradients[name] for name in self.names], rate)
        return {name: as_array(one) for name, one in zip(self.names, made, strict=True)}
