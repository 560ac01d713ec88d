"""Rules of what moves numbers and leaves them as they are: shapes, indices, joins, repetitions.

One mechanism serves them all. The operation is done once more, on arrays of numbers 1, 2, 3 ...,
which count the entries of what it takes; what it makes of them says of each entry of the value
where it came from, 0 where it is new (the margin of ``pad``). The cotangents are added up there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from diagnose.program.cotangents import Array, Call, Found, NoRuleError, Place, Rule, numbers

# Keywords of the first argument.
FIRST = ("a", "x", "arr", "m", "A", "v", "array", "ary", "tup", "arrays", "object")


def layout(*data: tuple[Any, ...]) -> Rule:
    """The rule where the arguments at these places (position, keywords) are moved."""

    def rule(call: Call) -> Found:
        places = [call.place(*one) for one in data]
        return moved(call, [one for one in places if one is not None])

    return rule


def moved(
    call: Call,
    places: list[Place],
    more: dict[Place, Any] | None = None,
    without: tuple[str, ...] = ("dtype", "casting"),
) -> Found:
    """Cotangents of the arguments at these places, whose entries the operation moves."""
    counted, many = {}, 0
    for place in places:
        counted[place], many = _counted(call[place], many)
    made = call.again({**(more or {}), **counted}, without)
    sources = np.concatenate([np.zeros(0, np.int64), *_sources(call, made, call.value)])
    sums = np.bincount(sources, _flat(call.value, call.cotangent), many + 1)
    return {place: _collected(call[place], counted[place], sums) for place in places}


def _counted(argument: Any, many: int) -> tuple[Any, int]:
    """The argument with numbers from many + 1 on in its entries, and the last of them."""
    if isinstance(argument, list | tuple):
        items = []
        for one in argument:
            item, many = _counted(one, many)
            items.append(item)
        return (items if isinstance(argument, list) else tuple(items)), many
    if isinstance(argument, np.ndarray):
        array = np.empty_like(argument, dtype=np.int64)  # ordered in memory as the argument is
        array[...] = np.arange(many + 1, many + 1 + array.size).reshape(array.shape)
        return array, many + array.size
    if isinstance(argument, np.generic) and not isinstance(argument, str):
        return np.int64(many + 1), many + 1
    if isinstance(argument, int | float):
        return many + 1, many + 1
    return argument, many


def _sources(call: Call, made: Any, value: Any) -> Iterator[Array]:
    """Of each entry of the value, the number of that from which it came."""
    if isinstance(value, list | tuple):
        if len(made) != len(value):
            raise NoRuleError(call.name)
        for one, other in zip(made, value, strict=True):
            yield from _sources(call, one, other)
        return
    if np.shape(made) != np.shape(value):
        raise NoRuleError(call.name)
    yield np.ravel(np.asarray(made)).astype(np.int64)


def _flat(value: Any, cotangent: Any) -> Array:
    """The cotangent of each entry of the value, in a row; None in a list says 0."""
    if isinstance(value, list | tuple):
        parts = [None] * len(value) if cotangent is None else list(cotangent)
        rows = [_flat(one, part) for one, part in zip(value, parts, strict=True)]
        return np.concatenate([np.zeros(0), *rows])
    return np.ravel(np.broadcast_to(numbers(0.0 if cotangent is None else cotangent),
                                    np.shape(value)))  # fmt: skip


def _collected(argument: Any, counted: Any, sums: Array) -> Any:
    """The sums in the form of the argument, by the numbers of its entries."""
    if isinstance(argument, list | tuple):
        return [_collected(one, at, sums) for one, at in zip(argument, counted, strict=True)]
    if isinstance(argument, np.ndarray | np.generic | int | float):
        return sums[np.asarray(counted)]
    return None


def same(call: Call) -> Found:
    """Of what has the same entries in the same order, of another shape or precision."""
    at = call.needed(0, *FIRST)
    argument = call[at]
    if _rounds(argument, call.value):
        return {}
    if not isinstance(argument, list | tuple) and not isinstance(call.value, list | tuple):
        return {at: call.cotangent.reshape(np.shape(argument))}
    whole = {place: np.int64 for place in call.places()
             if place not in (at, "dtype") and _is_type(call[place])}  # fmt: skip
    return moved(call, [at], whole)


def _is_type(argument: Any) -> bool:
    return isinstance(argument, type | np.dtype | str)


def _rounds(argument: Any, value: Any) -> bool:
    """Whether numbers were made whole numbers, which takes every slope away."""
    if isinstance(value, list | tuple) or np.asarray(value).dtype.kind not in "iub":
        return False
    return bool(np.asarray(argument).dtype.kind == "f")


def _reshape(call: Call) -> Found:
    """In the order of rows, or where one says another order, by that."""
    at = call.needed(0, *FIRST)
    if "order" in call.kw or any(isinstance(one, str) for one in call.args):
        return moved(call, [at])
    return same(call)


def _all_arguments(call: Call) -> Found:
    if len(call.args) == 1 and not isinstance(call.args[0], list | tuple):
        return same(call)
    return moved(call, [*range(len(call.args))])


def _every_array(call: Call) -> Found:
    return moved(call, [*range(len(call.args))])


def _transpose(call: Call) -> Found:
    if len(call.args) == 1 and not call.kw and isinstance(call.args[0], np.ndarray):
        return {0: call.cotangent.T}
    return layout((0, *FIRST))(call)


def _index(call: Call) -> Found:
    """array[index], or of a list, or of ``np.r_`` and ``np.c_`` that join what stands in []."""
    array, index = call.args
    if isinstance(array, list | tuple):
        return moved(call, [0])
    if not isinstance(array, np.ndarray | np.generic | np.flatiter):
        parts = index if isinstance(index, tuple) else (index,)
        if any(isinstance(one, slice) for one in parts):
            raise NoRuleError(call.name)
        return moved(call, [1])
    shape = np.shape(array)
    if _is_basic(index):
        there = np.zeros(shape)
        there[index] = call.cotangent
        return {0: there}
    size = int(np.prod(shape))
    sources = np.arange(size).reshape(shape)[index]
    sums = np.bincount(np.ravel(sources), np.ravel(call.cotangent), size)
    return {0: sums.reshape(shape)}


def _is_basic(index: Any) -> bool:
    """Whether no entry can be taken twice."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        one is None
        or one is Ellipsis
        or isinstance(one, slice | np.integer)
        or (isinstance(one, int) and not isinstance(one, bool))
        for one in parts
    )


def _set(old: Any, index: Any, new: Any) -> Any:
    copy = list(old) if isinstance(old, list | tuple) else np.array(old)
    copy[index] = new
    return copy


def _scatter(call: Call) -> Found:
    """A copy of old with old[index] = new: of an entry that is set twice the last one counts."""
    if not isinstance(call.value, list | tuple) and np.asarray(call.value).dtype.kind in "iub":
        return {} if np.asarray(call.args[2]).dtype.kind == "f" else _scattered(call)
    return _scattered(call)


def _scattered(call: Call) -> Found:
    old, index, new = call.args
    if isinstance(old, np.ndarray) and not isinstance(new, list | tuple) and _is_basic(index):
        rest = np.array(call.cotangent)
        rest[index] = 0.0
        part = np.asarray(call.cotangent[index])
        return {0: rest, 2: _without_leading(part, np.shape(new))}
    done = Call(call.name, _set, call.args, {}, call.value, call.cotangent)
    return moved(done, [0, 2])


def _scatter_add(call: Call) -> Found:
    """A copy of old with new added at index, as often as an entry stands there."""
    part = np.asarray(call.cotangent[call.args[1]])
    return {0: call.cotangent, 2: _without_leading(part, np.shape(call.args[2]))}


def _without_leading(part: Array, shape: tuple[int, ...]) -> Array:
    """The cotangent with axes of length 1 in front, where what is assigned has more axes."""
    return part.reshape((1,) * (len(shape) - part.ndim) + part.shape)


def _pad(call: Call) -> Found:
    """With constants, or with copies of entries."""
    mode = call.taken(2, "mode", default="constant")
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap", "empty"):
        raise NoRuleError(call.name)
    if call.kw.get("reflect_type") == "odd":
        raise NoRuleError(call.name)
    blank: dict[Place, Any] = {} if mode != "empty" else {call.needed(2, "mode"): "constant"}
    margin: list[Place] = ["constant_values"] if "constant_values" in call.kw else []
    return moved(call, [call.needed(0, *FIRST), *margin], blank)


def _full(call: Call) -> Found:
    """np.full(shape, number), np.full_like(array, number)."""
    return {call.needed(1, "fill_value"): call.cotangent}


_FIRST_ONE = """swapaxes moveaxis rollaxis matrix_transpose broadcast_to repeat tile concatenate
    hstack vstack dstack column_stack row_stack stack block unstack delete split array_split hsplit
    vsplit dsplit roll flip fliplr flipud rot90 take take_along_axis diag diagflat diagonal triu
    tril item tolist resize list tuple as_strided attribute:mT"""
_SAME = """copy array asarray asanyarray ascontiguousarray asfortranarray asarray_chkfinite astype
    float float64 float32 float16 double single half longdouble real real_if_close view squeeze
    expand_dims attribute:real attribute:flat"""
_OTHER: dict[str, Rule] = {
    "reshape ravel flatten": _reshape,
    "atleast_1d atleast_2d atleast_3d": _all_arguments,
    "broadcast_arrays meshgrid": _every_array,
    "transpose permute_dims T attribute:T": _transpose,
    "insert": layout((0, "arr"), (2, "values")),
    "append": layout((0, "arr"), (1, "values")),
    "choose": layout((1, "choices")),
    "select": layout((1, "choicelist"), (2, "default")),
    "extract": layout((1, "arr")),
    "index": _index,
    "scatter": _scatter,
    "scatter_add": _scatter_add,
    "pad": _pad,
    "full full_like": _full,
}

RULES: dict[str, Rule] = {
    **{name: layout((0, *FIRST)) for name in _FIRST_ONE.split()},
    **dict.fromkeys(_SAME.split(), same),
    **{name: rule for names, rule in _OTHER.items() for name in names.split()},
}
