"""Parameters that are parts of one array: slices of a vector, rows of a weight that are its bias.

What a layer takes is followed back, number by number, to the array that is carried from step to
step. Weights and biases that are kept together must be its parts, side by side, with nothing left.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.loops import Key, name_of
from diagnose.reading.steps import Step
from diagnose.reading.writing import multiplied
from diagnose.recording.nodes import Const, Node, Ref, Taken, references
from diagnose.recording.operations import LAID_OUT, SPLITS, VIEWS


class Part(NamedTuple):
    """The key of a part of a state.

    whole: the key of the state; of: its shape. box: from where to where the part reaches, along
    each axis. shape: the one in which it is used, but for a transposition. within: for a part of
    a part, as a column of ``theta[:30].reshape(6, 5)`` is, that other part; ``of`` is its shape.
    """

    whole: Key
    of: tuple[int, ...]
    box: tuple[tuple[int, int], ...]
    shape: tuple[int, ...]
    within: Part | None = None

    def of_whole(self, whole: Any) -> Any:
        """The part of an array that is laid out as the state is."""
        held = whole if self.within is None else self.within.of_whole(whole)
        return held[boxed(self)].reshape(self.shape)


def kept_in(key: Key) -> Key:
    """The state in which a parameter is kept: its own, or the one that it is a part of."""
    return key.whole if isinstance(key, Part) else key


def stored(step: Step, key: Key) -> Any:
    """What a key stands for, as the author keeps it."""
    value = step.value(step.carried[kept_in(key)])
    return key.of_whole(value) if isinstance(key, Part) else value


def boxed(part: Part) -> tuple[slice, ...]:
    """The index of a part."""
    return tuple(slice(*ends) for ends in part.box)


def numbers_of(step: Step, taken: Taken) -> tuple[Key, Array] | None:
    """The state of whose numbers a value is made, and of which; None for any other value.

    The numbers of the state are counted in the order of its rows.
    """
    if not isinstance(taken, Ref):
        return None
    key = step.state(taken)
    if key is not None:
        shape = np.shape(step.value(step.carried[key]))
        if np.shape(step.value(taken)) != shape:
            return None  # another view of the same memory
        return key, np.arange(math.prod(shape)).reshape(shape)
    node = step.nodes[taken.node]
    if taken.node < step.start or not node.args:
        return None
    of = step.nodes[node.args[0].node] if node.kind == "item" else node  # type: ignore[union-attr]
    inner = of.args[0] if of.args else None
    found = numbers_of(step, inner) if inner else None
    if found is None or (isinstance(inner, Ref) and step.is_overwritten(taken, inner)):
        return None
    try:
        made = _again(step, node, of, found[1])
    except (TypeError, ValueError, IndexError):
        return None
    return None if made is None else (found[0], np.asarray(made))


def _again(step: Step, node: Node, of: Node, numbers: Array) -> Any:
    """A view, or a slice, of other numbers; None for what is neither."""
    name = name_of(of)
    if node.kind == "get":
        return numbers[_plain(step, node.args[1])]
    if node.kind == "item":
        given = [_plain(step, one) for one in of.args[1:]]
        return of.done(numbers, *given)[node.done] if name in SPLITS else None
    if name not in VIEWS:
        return None
    if name not in LAID_OUT:
        return numbers
    given = [_plain(step, one) for one in of.args[1:]]
    named = {word: _plain(step, one) for word, one in of.kw.items()}
    if node.kind == "call":
        return of.done(numbers, *given, **named)
    return numbers.T if name == "T" else getattr(numbers, name)(*given, **named)


def _plain(step: Step, taken: Taken) -> Any:
    """What an operation took, as it was; ValueError where that was not kept."""
    if any(step.value(one) is None for one in references([taken])):
        raise ValueError
    return step.loop.tape.value_of(taken)


def key_of(step: Step, whole: Key, numbers: Array) -> tuple[Key, bool] | None:
    """The key of some numbers of a state, and whether they are used transposed; None for no box.

    whole: the state, or the part of it in which the numbers are a box.
    """
    shape = np.shape(stored(step, whole))
    within = whole if isinstance(whole, Part) else None
    if within is not None:
        numbers = np.searchsorted(_numbers(within), numbers)
    turned = not _ascends(numbers)
    kept = numbers.T if turned else numbers
    if not kept.size or not _ascends(kept):
        return None
    if kept.shape == shape:
        return whole, turned
    along = np.unravel_index(kept.ravel(), shape)
    box = tuple((int(one.min()), int(one.max()) + 1) for one in along)
    if math.prod(stop - start for start, stop in box) != kept.size:
        return None
    return Part(kept_in(whole), shape, box, kept.shape, within), turned


def halves_of(step: Step, whole: Key, numbers: Array, at: int, axis: int) -> tuple[Key, Key] | None:
    """The keys of all rows, or columns, of some numbers of a state but one, and of that one.

    None where they are no parts of the state, nor of what the numbers are of it.
    """
    both = key_of(step, whole, numbers)
    if both is None:
        return None
    kept, along = (numbers.T, 1 - axis) if both[1] else (numbers, axis)
    halves = np.delete(kept, at, axis=along), np.take(kept, at, axis=along)
    for of in (whole, both[0]):
        rest, one = (key_of(step, of, half) for half in halves)
        if rest and one:
            return rest[0], one[0]
    return None


def _numbers(part: Part) -> Array:
    """Which numbers of the state a part has, counted in the order of its rows."""
    outer = part.within or part
    every = np.arange(math.prod(outer.of)).reshape(outer.of)
    return np.asarray(part.of_whole(every).ravel())


def _ascends(numbers: Array) -> bool:
    return bool((np.diff(numbers.ravel()) > 0).all())


def part_of(step: Step, taken: Ref | Const) -> Key | int | None:
    """The state, the part of a state or the node that a value is, whatever its shape."""
    origin = step.origin(taken)
    found = numbers_of(step, taken)
    key = key_of(step, *found) if found else None
    return key[0] if key else origin


def fill(parts: Sequence[Part]) -> bool:
    """Whether parts of one state lie side by side, and are all of it."""
    outer, inner = _by_place(parts)
    return axis_of(outer) is not None and all(axis_of(one) is not None for one in inner.values())


def _by_place(parts: Sequence[Part]) -> tuple[list[Part], dict[Part, list[Part]]]:
    """The parts of the state itself, and of each part that is in parts, those of it."""
    inner: dict[Part, list[Part]] = {}
    for part in parts:
        if part.within is not None:
            inner.setdefault(part.within, []).append(part)
    return list(dict.fromkeys(part.within or part for part in parts)), inner


def axis_of(parts: Sequence[Part]) -> int | None:
    """The axis along which parts of one state lie side by side; None if they are not all of it."""
    for axis, size in enumerate(parts[0].of):
        others = all(
            ends == (0, part.of[at])
            for part in parts
            for at, ends in enumerate(part.box)
            if at != axis
        )
        ends = sorted(part.box[axis] for part in parts)
        starts = [0, *(stop for _, stop in ends)]
        if others and [*(start for start, _ in ends), size] == starts:
            return axis
    return None


class PartStep(NamedTuple):
    """A part of a state plus, or minus, something: the operation, the sign and what is added."""

    numbers: Array
    node: int
    sign: int
    by: Ref


def steps_within(step: Step, whole: Key) -> list[PartStep]:
    """How a state is stepped in place, part by part; nothing if it is written into otherwise."""
    if whole[0] != "written":
        return []
    found = []
    for number in step.loop.writes(step.turn, whole[1]):
        node = step.nodes[number]
        if node.kind == "store" and _is_itself(step, node):
            continue  # as ``w[1:] += d`` puts back what it has stepped in place
        one = _stepped(step, node, whole)
        if one is None:
            return []
        found.append(one)
    return found


def _is_itself(step: Step, store: Node) -> bool:
    """Whether what is stored is the very part of the array in which it is stored."""
    value = store.args[2]
    if not isinstance(value, Ref) or step.nodes[value.node].root != store.root:
        return False
    return _alike(numbers_of(step, value), _stored_into(step, store))


def _alike(one: tuple[Key, Array] | None, other: tuple[Key, Array] | None) -> bool:
    return bool(one and other and one[0] == other[0] and np.array_equal(one[1], other[1]))


def _stored_into(step: Step, store: Node) -> tuple[Key, Array] | None:
    found = numbers_of(step, store.args[0])
    try:
        return found and (found[0], np.asarray(found[1][_plain(step, store.args[1])]))
    except (TypeError, ValueError, IndexError):
        return None


def _stepped(step: Step, node: Node, whole: Key) -> PartStep | None:
    into = numbers_of(step, node.args[0]) if node.kind == "in_place" else None
    made = node
    if node.kind == "store" and isinstance(node.args[2], Ref):
        into = _stored_into(step, node)
        made = step.nodes[node.args[2].node]
        if made.kind != "binary" or not _alike(numbers_of(step, made.args[0]), into):
            return None
    if into is None or into[0] != whole or made.done not in ("Add", "Sub"):
        return None
    by = made.args[1]
    if not isinstance(by, Ref) or np.shape(step.value(by)) != into[1].shape:
        return None
    return PartStep(into[1], made.number, 1 if made.done == "Add" else -1, by)


def steps_of(step: Step, parts: Sequence[Part]) -> list[PartStep]:
    """The steps of parts that are each stepped once, and by itself; else nothing."""
    found = steps_within(step, parts[0].whole)
    ordered = []
    for part in parts:
        numbers = _numbers(part)
        ordered += [one for one in found if np.array_equal(one.numbers.ravel(), numbers)]
    return ordered if len(found) == len(ordered) == len(parts) else []


@dataclass(frozen=True)
class Form:
    """A part as the contract wants it: in a shape, and transposed then where it is used so.

    times: which multiple of the author's numbers the contract has.
    """

    part: Part
    wanted: tuple[int, ...]
    turned: bool
    times: float = 1.0

    @property
    def of_gradient(self) -> Form:
        """The same of its gradient."""
        return replace(self, times=1 / self.times)

    def array(self, whole: Array) -> Array:
        """The part of an array."""
        found = np.asarray(self.part.of_whole(whole).reshape(self.wanted))
        laid = found.T if self.turned else found
        return laid if self.times == 1 else self.times * laid

    def text(self, whole: str) -> str:
        """The same in Python."""
        turned = ".T" if self.turned else ""
        return multiplied(f"{_taken(self.part, whole, self.wanted)}{turned}", self.times)

    def back(self, name: str) -> str:
        """The part in the place that it has in the array, of what the contract has."""
        turned = ".T" if self.turned else ""
        laid = f"{name}{turned}{_reshaped(self.wanted, _size(self.part))}"
        return multiplied(laid, 1 / self.times)


def put_together(forms: Sequence[tuple[Form, str]]) -> str:
    """An array of its parts, each by the name that the contract has for it."""
    texts = {form.part: form.back(name) for form, name in forms}
    outer, inner = _by_place([*texts])
    for part, several in inner.items():
        texts[part] = f"{_side_by_side(several, texts)}{_reshaped(part.shape, _size(part))}"
    return _side_by_side(outer, texts)


def _side_by_side(parts: Sequence[Part], texts: dict[Part, str]) -> str:
    axis = axis_of(parts) or 0
    ordered = sorted(parts, key=lambda one: one.box[axis])
    joined = ", ".join(texts[part] for part in ordered)
    return f"np.concatenate([{joined}]{f', axis={axis}' if axis else ''})"


def _taken(part: Part, whole: str, shape: tuple[int, ...]) -> str:
    """A part of an array, in a shape, in Python."""
    held = _taken(part.within, whole, part.of) if part.within else whole
    ends = [_ends(*one) for one in zip(part.box, part.of, strict=True)]
    while len(ends) > 1 and ends[-1] == ":":
        ends.pop()
    return f"{held}[{', '.join(ends)}]{_reshaped(_size(part), shape)}"


def _size(part: Part) -> tuple[int, ...]:
    """How far the part reaches along each axis."""
    return tuple(stop - start for start, stop in part.box)


def _ends(ends: tuple[int, int], size: int) -> str:
    """A slice, counted from the end where that is nearer: it holds for other sizes too."""
    start, stop = ends
    if ends == (size - 1, size) != (0, 1):
        return "-1:"
    until = "" if stop == size else "-1" if start == 0 and stop == size - 1 else str(stop)
    return f"{start or ''}:{until}"


def _reshaped(before: tuple[int, ...], after: tuple[int, ...]) -> str:
    if before == after:
        return ""
    wide = [at for at, size in enumerate(after) if size != 1]
    at = wide[0] if len(wide) == 1 else len(after) - 1 if not wide else None
    sizes = [str(-1 if n == at else size) for n, size in enumerate(after)]
    return f".reshape({', '.join(sizes)})"
