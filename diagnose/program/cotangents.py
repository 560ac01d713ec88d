"""What the rules of reverse mode are written with: a call, and cotangents brought to shapes.

A cotangent of an array is the derivative of one number, the loss, by each of its entries.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
# Where an argument stands: at a position, or under a keyword.
Place = int | str
Found = dict[Place, Any]


class NoRuleError(LookupError):
    """An operation whose derivative is not known, by its name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no derivative of {name} is known")
        self.name = name


@dataclass(frozen=True, eq=False)
class Call:
    """An operation as it was done: ``function(*args, **kw)`` made ``value``.

    The cotangent is a float64 array with the shape of the value. Where the value is a list or a
    tuple it is one with as many items, or an array.
    """

    name: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kw: dict[str, Any]
    value: Any
    cotangent: Any
    wanted: Sequence[bool] | None = None

    def wants(self, place: Place) -> bool:
        """Whether the cotangent of an argument is asked for."""
        return self.wanted is None or not isinstance(place, int) or self.wanted[place]

    def __getitem__(self, place: Place) -> Any:
        return self.args[place] if isinstance(place, int) else self.kw[place]

    def places(self) -> Iterator[Place]:
        """Of all arguments."""
        yield from range(len(self.args))
        yield from self.kw

    def place(self, position: int, *words: str) -> Place | None:
        """Of an argument that may stand at a position or under one of some keywords."""
        if position < len(self.args):
            return position
        return next((word for word in words if word in self.kw), None)

    def needed(self, position: int, *words: str) -> Place:
        """The place of an argument without which there is no rule."""
        place = self.place(position, *words)
        if place is None:
            raise NoRuleError(self.name)
        return place

    def taken(self, position: int, *words: str, default: Any = None) -> Any:
        """An argument, or what it is where it is not given."""
        place = self.place(position, *words)
        return default if place is None else self[place]

    def again(self, exchanged: Mapping[Place, Any], without: tuple[str, ...] = ()) -> Any:
        """What the function makes where some arguments are others; nothing is written into."""
        args = [exchanged.get(at, one) for at, one in enumerate(self.args)]
        if isinstance(self.function, np.ufunc):
            del args[self.function.nin :]
        kw = {word: exchanged.get(word, one) for word, one in self.kw.items()
              if word != "out" and word not in without}  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.function(*args, **kw)


Rule = Callable[[Call], Found]


def numbers(argument: Any) -> Array:
    """Anything as a float64 array."""
    return np.asarray(argument, dtype=np.float64)


def unbroadcast(cotangent: Array, shape: tuple[int, ...]) -> Array:
    """The cotangent of an array of this shape, which was broadcast to the cotangent's.

    It is the sum over the entries that came of one. A cotangent that is smaller is repeated.
    """
    if cotangent.shape == shape:
        return cotangent
    more = cotangent.ndim - len(shape)
    if more > 0:
        cotangent = cotangent.sum(axis=tuple(range(more)))
    ones = tuple(axis for axis, length in enumerate(shape[len(shape) - cotangent.ndim :])
                 if length == 1 != cotangent.shape[axis])  # fmt: skip
    if ones:
        cotangent = cotangent.sum(axis=ones, keepdims=True)
    return np.broadcast_to(cotangent, shape)


def shaped(argument: Any, cotangent: Any) -> Any:
    """The cotangent in the form of its argument: an array, or a list of such for a list.

    None where nothing can flow: into what is True or False, and into a text.
    """
    if cotangent is None or argument is None or isinstance(argument, bool | np.bool_ | str):
        return None
    if isinstance(argument, list | tuple):
        if not isinstance(cotangent, list | tuple):
            cotangent = unbroadcast(numbers(cotangent), np.shape(argument))
        return [shaped(one, part) for one, part in zip(argument, cotangent, strict=True)]
    if isinstance(argument, np.ndarray) and argument.dtype.kind in "bSUO":
        return None
    return unbroadcast(numbers(cotangent), np.shape(argument))


def owned(cotangent: Any, source: Any) -> Any:
    """The same in memory of its own, which whoever takes it may write into."""
    if isinstance(cotangent, list):
        return [owned(one, source) for one in cotangent]
    if cotangent is None or (cotangent.flags.writeable and not _share(cotangent, source)):
        return cotangent
    return np.array(cotangent)


def _share(cotangent: Array, source: Any) -> bool:
    if isinstance(source, list | tuple):
        return any(_share(cotangent, one) for one in source)
    return isinstance(source, np.ndarray) and np.may_share_memory(cotangent, source)


def calm(product: Array, cotangent: Array) -> Array:
    """A cotangent times slopes: where no cotangent comes none goes, however steep it is there."""
    if np.isfinite(product.sum()):
        return product
    return np.where(cotangent == 0, 0.0, product)


def nothing(call: Call) -> Found:
    """No cotangent flows: counts, comparisons, positions, steps."""
    return {}
