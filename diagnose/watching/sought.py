"""The layers of a network that was read, as they are looked for in what a program does later.

A weight is known by its shape as a row of samples meets it, whichever way round they are laid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnose.folding.elements import held
from diagnose.network.arrays import Array
from diagnose.reading.parts import Part, kept_in
from diagnose.reading.steps import Step
from diagnose.watching.understanding import Understood, as_contract


@dataclass(frozen=True, kw_only=True)
class Shaped:
    """A layer as it is looked for: shape (in, out) of its weight as a row meets it, and its names.

    bias: its name and its shape in the contract; None without one, or if the weight holds it, for
    an input of 1 that is ``ones`` ("first" or "last"). threshold: whether it is subtracted, and
    so -1 times what the author has. mask: that of its output, if it has one.
    scale: by what its products are multiplied, and so the author's weight for the contract.
    """

    name: str
    shape: tuple[int, int]
    bias: tuple[str, tuple[int, ...]] | None
    ones: str = ""
    ones_name: str = ""
    threshold: bool = False
    scale: float = 1.0
    mask: str = ""

    @property
    def size(self) -> int:
        """How many numbers the weight has."""
        return self.shape[0] * self.shape[1]

    @property
    def features(self) -> int:
        """How many numbers of the layer's input are no 1 that stands there for a bias."""
        return self.shape[0] - bool(self.ones)


def sought(understood: Understood) -> list[Shaped]:
    """The layers, the first one first."""
    roles = understood.roles
    names = {key: name for name, key in understood.passes.parameters.items()}
    masks = iter(understood.passes.masks)
    step = roles.step
    state = {key: step.value(ref) for key, ref in step.carried.items()}
    found = []
    for layer in roles.layers:
        if isinstance(layer.weight, Part):
            weight = np.asarray(layer.used)
        else:
            weight = _as_used(held(state, layer.weight), layer.turned)
        shape = np.shape(weight)
        if len(shape) < 2:
            shape = np.reshape(weight, layer.flat_shape(roles.layout)).shape
        laid = shape if roles.layout == "rows" else shape[::-1]
        bias = None
        if layer.bias and not layer.ones:
            kept = as_contract(understood, names[layer.bias], held(state, kept_in(layer.bias)))
            bias = names[layer.bias], np.shape(kept)
        found.append(
            Shaped(
                name=names[layer.weight], shape=(laid[0], laid[1]), bias=bias, ones=layer.ones,
                ones_name=names[layer.bias] if layer.ones and layer.bias else "",
                mask=next(masks) if layer.mask else "", threshold=layer.threshold,
                scale=1.0 if layer.scaled_first else layer.scale,
            )
        )  # fmt: skip
    return found


def stepped_at(step: Step) -> set[int]:
    """The sites at which a step makes what is carried from one to the next."""
    made = (step.made(key) for key in step.keys)
    return {step.nodes[one].site for one in made if one is not None}


def _as_used(weight: Any, turned: bool) -> Array:
    return np.asarray(weight).T if turned else np.asarray(weight)


def met_by(x: Any, weight: Any, layer: Shaped, *, left: bool) -> tuple[Array, Array] | None:
    """Samples as ``(n, in)``, and a weight as ``(in, out)``, if both may be those of a layer."""
    if not isinstance(x, np.ndarray) or not isinstance(weight, np.ndarray):
        return None
    if weight.size != layer.size or not 0 < x.ndim < 3 or weight.ndim > 2:
        return None
    rows = x.reshape(1, -1) if x.ndim == 1 else x if left else x.T
    if weight.ndim == 2:
        given = weight if left else weight.T
    elif x.ndim == 1 and x.size != layer.shape[0]:
        return None
    else:
        given = weight.reshape(layer.shape)
    return (rows, given) if given.shape == layer.shape == (rows.shape[1], given.shape[1]) else None


def half(array: Array, layout: str, ones: str, *, bias: bool) -> Array:
    """Weight or bias, as the contract wants it, of the array that holds both."""
    whole = array if layout == "rows" else array.T
    at = -1 if ones == "last" else 0
    if bias:
        return np.asarray(whole[at])
    rest = np.delete(whole, at, axis=0)
    return rest if layout == "rows" else rest.T


def without_ones(rows: Array, layer: Shaped) -> Array | None:
    """Samples without the 1 that is put beside each of them; None where it is not there."""
    if not layer.ones:
        return rows
    at = -1 if layer.ones == "last" else 0
    return np.delete(rows, at, axis=1) if (rows[:, at] == 1).all() else None


def as_product(name: str, args: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The product of two matrices that an ``einsum`` is; anything else as it was."""
    if name != "einsum" or len(args) != 3 or not isinstance(args[0], str):
        return name, args
    terms, _, out = args[0].replace(" ", "").partition("->")
    indices = terms.split(",")
    if any(np.ndim(one) != len(of) for one, of in zip(args[1:], indices, strict=True)):
        return name, args
    shared = {*indices[0]} & {*indices[1]} - {*out}
    for at in (0, 1):
        first, second = indices[at], indices[1 - at]
        if len(first) == len(second) == 2 and len(shared) == 1:
            (along,) = shared
            if out == first.replace(along, "") + second.replace(along, ""):
                x, y = args[1 + at], args[2 - at]
                turned = x if first[1] == along else x.T, y if second[0] == along else y.T
                return "matmul", turned
    return name, args
