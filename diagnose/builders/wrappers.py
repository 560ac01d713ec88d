"""What is put around somebody's code: one sample at a time, pre-activations, the accuracy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnose.builders.names import Names, gather
from diagnose.builders.vocabulary import Adapter, Words
from diagnose.network.arrays import Array, Arrays
from diagnose.network.record import Layer


@dataclass(frozen=True, kw_only=True, eq=False)
class Metric:
    """The author's accuracy, handed what it takes, as a function of outputs and labels."""

    words: Words
    call: Callable[..., Any]
    takes: Names
    out: str

    def __call__(self, outputs: Array, labels: Array) -> Any:
        """What the author's function returns."""
        axis = 0 if self.words.layout == "columns" else 1
        several = outputs.shape[axis] > 1
        pool = {
            **dict.fromkeys(("outputs", "probabilities", self.out), outputs),
            "predictions": outputs.argmax(axis=axis) if several else outputs,
            "labels": labels,
            **dict.fromkeys(("targets", "Y"), self.words.targets(labels)),
        }
        return self.call(*gather(self.takes, pool, self.call))


@dataclass(frozen=True, kw_only=True, eq=False)
class OneAtATime:
    """Hand code that takes one sample as a vector one sample at a time; gradients are averaged.

    axis: where the samples are in the contract's own arrays. flat: whether a sample is a vector,
    and no column or row. own: what forward takes of the parameters that each sample has for itself,
    as a mask is.
    """

    inner: Adapter
    axis: int
    flat: bool = True
    own: tuple[str, ...] = ()

    def init(self, seed: int) -> Arrays:
        """Draw the parameters."""
        return self.inner.init(seed)

    def forward(self, parameters: Arrays, x: Array) -> Arrays:
        """Run each sample and put the vectors side by side."""
        samples = self._samples(x)
        every = self._each_its_own(parameters, len(samples))
        traces = [self.inner.forward(*one) for one in zip(every, samples, strict=True)]
        return {name: self._together([trace[name] for trace in traces]) for name in traces[0]}

    def backward(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Run each sample backward, on views of the trace, and average."""
        sides = {name: self._samples(array) for name, array in trace.items()}
        each = [
            self.inner.backward(
                parameters,
                {name: side[at] for name, side in sides.items()},
                one,
                labels[at : at + 1],
            )
            for at, one in enumerate(self._samples(x))
        ]
        if len(each) == 1:
            return each[0]
        return {name: np.mean([one[name] for one in each], axis=0) for name in each[0]}

    def update(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """Make one step."""
        return self.inner.update(parameters, gradients, rate)

    def _each_its_own(self, parameters: Arrays, count: int) -> list[Arrays]:
        """The parameters of each sample."""
        own = {name for name in self.own if np.ndim(parameters.get(name, 0.0))}
        if not own:
            return [parameters] * count
        sides = {name: self._samples(parameters[name]) for name in own}
        return [
            {**parameters, **{name: side[at] for name, side in sides.items()}}
            for at in range(count)
        ]

    def _samples(self, array: Array) -> list[Array]:
        """Views, so that what is written into them is written into the array."""
        if not self.flat:
            count = array.shape[self.axis]
            return [array[:, k : k + 1] if self.axis else array[k : k + 1] for k in range(count)]
        if array.shape[self.axis] == 1:
            return [array[:, 0] if self.axis else array[0]]
        return list(array.swapaxes(0, self.axis))

    def _together(self, vectors: list[Array]) -> Array:
        if not self.flat and np.ndim(vectors[0]) == 2:
            return np.concatenate(vectors, axis=self.axis)
        if len(vectors) == 1:
            return np.atleast_1d(vectors[0])[:, None] if self.axis else np.atleast_2d(vectors[0])
        return np.stack([np.atleast_1d(one) for one in vectors], axis=self.axis)


def with_pre(
    parameters: Arrays,
    x: Array,
    *,
    forward: Callable[[Arrays, Array], Arrays],
    layers: tuple[Layer, ...],
    columns: bool,
) -> Arrays:
    """Run forward and add the pre-activations that the code does not keep."""
    trace = dict(forward(parameters, x))
    entering = x
    for layer in layers:
        if layer.pre not in trace and layer.out in trace:
            weight = parameters[layer.weight]
            pre = weight @ entering if columns else entering @ weight
            if layer.bias is not None:
                bias = np.reshape(parameters[layer.bias], (-1, 1) if columns else (1, -1))
                pre = pre + bias
            trace[layer.pre] = pre
        entering = trace.get(layer.out, entering)
    return trace
