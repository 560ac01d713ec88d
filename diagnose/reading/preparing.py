"""How samples were prepared: what they were multiplied by and shifted by since they were read.

An array is followed back through operations that scale and shift it, by one number or by one for
each feature, through those that choose or lay out samples, and through one that puts a 1 beside
each, for a bias, to where anything else made it. A loop over the columns, or a function of somebody
else's, scales samples too: that is told from the numbers before and after.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.lineage import only_hands_on
from diagnose.reading.loops import Loop, name_of, takes
from diagnose.recording.nodes import Const, Group, Node, Ref, Taken, leaves, references
from diagnose.recording.operations import LESS, OVER, PLUS, RECKONED, TIMES, TURNED, VIEWS

# What may lay the numbers of a sample out otherwise.
LAYING = TURNED | {"reshape", "flatten", "ravel", "swapaxes"}
# Numbers that were computed in another order, or told from others, are as alike as this; what is
# less apart is nothing to a network.
ALIKE = 1e-6
# A column follows from another one if no number of it is further off, in units of its largest.
FOLLOWS = 1e-9
# Of so many operations before one that is not known, it is tried whether they made what it scaled.
MOST_TRIED = 60
# Two numbers of a column follow from any two others.
FEWEST = 3


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """``scale * source + shift``, each a number, or one for each feature.

    source: the operation that made what was scaled. nodes: those that scaled it, taken: those that
    took a part of it, views: these, and those that laid its numbers out otherwise, the last one
    first; last: the last of all that gave numbers. computed: whether numbers it was scaled by were
    computed of something, as a mean is. made: of each operation on the way the scale and shift from
    what it made to the samples. less: of each that took something off, or divided by it, the
    operations by which that came about, and the scale and shift from what it was taken off.
    """

    scale: Array
    shift: Array
    source: Node
    nodes: tuple[Node, ...]
    taken: tuple[Node, ...]
    views: tuple[Node, ...]
    computed: bool
    made: dict[int, tuple[Array, Array]]
    less: tuple[tuple[frozenset[int], tuple[Array, Array]], ...]

    def normalised_by(
        self, other: Preparation
    ) -> tuple[tuple[Array, Array], tuple[Array, Array]] | None:
        """Both preparations, if this one normalises by numbers of the samples of the other.

        These numbers are in the unit that those samples have at that place, and so is what they are
        taken off. None where they are not, or where both samples are of one array.
        """
        if self.source.number == other.source.number:
            return None
        for number, its in other.made.items():
            mine = [one for met, one in self.less if number in met]
            if mine:
                return mine[-1], its
        return None

    @property
    def last(self) -> Node:
        """Where the samples last got their numbers."""
        return self.nodes[0] if self.nodes else self.source

    def laid_otherwise(self, other: Preparation, features: int) -> Node | None:
        """The first operation that lays samples out otherwise than one of the other's does.

        Or the last of all, where the other's are laid out by more; None where all are alike.
        """
        mine, its = (
            [one for one in each.views[::-1] if _lays(one, features)] for each in (self, other)
        )
        for here, there in zip(mine, its, strict=False):
            if _lays(here, features) != _lays(there, features):
                return here
        if len(mine) > len(its):
            return mine[len(its)]
        return mine[-1] if mine and len(mine) < len(its) else None

    def made_of(self, other: Preparation) -> tuple[Array, Array] | None:
        """Scale and shift that make of samples prepared so what the other would have made of them.

        None where nothing is to be made, or where the two were not made of the same kind of thing.
        """
        mine, its = self.source, other.source
        alike = mine.number == its.number or (
            (mine.site, mine.kind) == (its.site, its.kind) and name_of(mine) == name_of(its)
        )
        here, there = (self.scale, self.shift), (other.scale, other.shift)
        if not alike and (both := self.normalised_by(other)) is not None:
            alike, (here, there) = True, both
        with np.errstate(all="ignore"):
            scale = there[0] / here[0]
            shift = there[1] - here[1] * scale
        if not alike or not (np.isfinite(scale).all() and np.isfinite(shift).all()):
            return None
        same = np.allclose(scale, 1, rtol=ALIKE) and np.allclose(
            shift, 0, atol=ALIKE * (1 + float(np.abs(there[1]).max()))
        )
        return None if same or not scale.all() else (scale, shift)


def _lays(node: Node, features: int) -> tuple[str, ...]:
    """What an operation does to the order of a sample's features; nothing if it leaves that."""
    name = name_of(node)
    if node.kind == "get":
        index, made = node.args[1], node.value
        by_column = isinstance(index, Group) and index.of is tuple and len(index.items) > 1
        is_table = isinstance(made, np.ndarray) and made.shape[1:] == (features,)
        return ("get", _words(index)) if by_column and is_table else ()
    if name not in LAYING:
        return ()
    given = [] if name == "reshape" else node.args[1:]
    named = [f"{key}={_words(one)}" for key, one in sorted(node.kw.items())]
    return (name, *map(_words, given), *named)


def _words(taken: Taken) -> str:
    """What an operation takes, as far as that is written in the code."""
    if isinstance(taken, Group):
        return ", ".join(map(_words, taken.items))
    return "an array" if isinstance(taken, Ref) else str(taken.value)


def preparation(loop: Loop, taken: Taken | None, features: int) -> Preparation | None:
    """How an array of samples was prepared; None for one that was made out of sight.

    features: how many numbers a sample has.
    """
    scale: Array = np.ones(())
    shift: Array = np.zeros(())
    nodes: list[Node] = []
    views: list[Node] = []
    computed = False
    source, ones = None, None
    made: dict[int, tuple[Array, Array]] = {}
    less: list[tuple[frozenset[int], tuple[Array, Array]]] = []
    while isinstance(taken, Ref):
        source = made_by(loop, taken)
        made[source.number] = scale, shift
        found = _scaled(loop, source, features)
        if found is not None:
            taken, by, first = found
            with np.errstate(all="ignore"):
                scale, shift = _before(name_of(source), scale, shift, by, first)
            nodes.append(source)
            computed = computed or _is_computed(loop, source)
            if name_of(source) in LESS | OVER and first:
                less.append((_goes_back_to(loop, source.args[1]), (scale, shift)))
        elif (series := _windows_of(loop, source, features)) is not None:
            views.append(source)
            taken = series
        elif name_of(source) in VIEWS or only_hands_on(source):
            inner = source.args[0] if source.args else None
            if not isinstance(inner, Ref):
                break
            views.append(source)
            taken = inner
        elif ones is None and (beside := _beside_ones(loop, source)) is not None:
            taken, ones = beside
            features -= 1
            scale, shift = (np.delete(one, ones) if one.ndim else one for one in (scale, shift))
        elif (fits := _follows(loop, source, features)) is not None:
            taken, times, plus = fits
            scale, shift = scale * times, shift + scale * plus
            nodes.append(source)
            computed = True
        else:
            break
    if source is None:
        return None
    if ones is not None:
        scale, shift = (
            np.insert(np.broadcast_to(one, features), ones, kept)
            for one, kept in ((scale, 1.0), (shift, 0.0))
        )
        made, less = {}, []  # these may have no number for the ones
    return Preparation(
        scale=scale, shift=shift, source=source, nodes=tuple(nodes), views=tuple(views),
        taken=tuple(one for one in views if one.kind == "get"), computed=computed,
        made=made, less=tuple(less),
    )  # fmt: skip


def made_by(loop: Loop, taken: Ref) -> Node:
    """The operation that last gave an array its numbers, also where it wrote into it."""
    writes = loop.written(taken)
    return loop.tape.nodes[max(taken.node, *writes) if writes else taken.node]


def _before_it(loop: Loop, first: Taken) -> Iterator[Ref]:
    """The values that one goes back to, itself among them, nearest first; not too many."""
    todo = deque(references(first))
    met: set[tuple[int, int]] = set()
    while todo and len(met) < MOST_TRIED:
        one = todo.popleft()
        if (one.node, one.version) not in met:
            met.add((one.node, one.version))
            yield one
            todo += takes(made_by(loop, one))


def _goes_back_to(loop: Loop, taken: Taken) -> frozenset[int]:
    """The operations that made a value, and what it was made of."""
    return frozenset(made_by(loop, one).number for one in _before_it(loop, taken))


def _follows(loop: Loop, node: Node, features: int) -> tuple[Ref, Array, Array] | None:
    """What an operation scaled, by its numbers alone: that, and scale and shift of each column.

    Of what the operation was made of, the nearest from which each column follows by two numbers.
    """
    made = node.value
    if not isinstance(made, np.ndarray) or made.dtype != np.float64 or made.ndim != 2:
        return None
    if features not in made.shape:
        return None
    for one in _before_it(loop, Group(list, [*node.args, *node.kw.values()])):
        value = made_by(loop, one).value
        if not isinstance(value, np.ndarray) or value.shape != made.shape:
            continue
        turned = made.shape[1] != features
        found = _line(*((value.T, made.T) if turned else (value, made)))
        if found is not None:
            return one, *found
    return None


def _line(x: Array, y: Array) -> tuple[Array, Array] | None:
    """Scale and shift that make of each column of ``(n, columns)`` numbers the other; else None.

    A column that is always the same tells only one of the two: its scale is that of the others.
    """
    if x.dtype.kind not in "iuf" or len(x) < FEWEST:
        return None
    x = x.astype(float)
    with np.errstate(all="ignore"):
        middle = x - x.mean(axis=0)
        size = (middle**2).sum(axis=0)
        varies = np.ptp(x, axis=0) > 0
        scale = (middle * y).sum(axis=0) / size
        if not varies.any() or not np.isfinite(scale[varies]).all():
            return None
        if not varies.all():
            if not np.allclose(scale[varies], scale[varies][0], rtol=FOLLOWS):
                return None
            scale[~varies] = scale[varies][0]
        shift = y.mean(axis=0) - scale * x.mean(axis=0)
        off = np.abs(scale * x + shift - y).max(axis=0)
        room = FOLLOWS * (np.abs(y).max(axis=0) + np.abs(scale * x).max(axis=0))
    return (scale, shift) if (off <= room).all() and scale.all() else None


def _windows_of(loop: Loop, node: Node, features: int) -> Ref | None:
    """The series of which an operation puts slices together, each of them one sample."""
    taken = [one for _, one in leaves(node.args) if isinstance(one, Ref)]
    for one in node.args[:1]:
        if isinstance(one, Const) and isinstance(one.value, list):  # too long to be looked into
            taken = [ref for each in one.value if (ref := loop.tape.place_of(each)) is not None]
    whole, made = node.value, [loop.tape.nodes[one.node] for one in taken]
    if not isinstance(whole, np.ndarray) or whole.shape != (len(taken), features):
        return None
    inner = {
        (one.args[0].node, one.args[0].version): one.args[0]
        for one in made
        if one.kind == "get" and isinstance(one.args[0], Ref)
    }
    first = next(iter(inner.values()), None)
    alike = len(inner) == 1 and all(one.kind == "get" for one in made)
    series = number_of(loop, first) if alike and first else None
    return first if series is not None and series.ndim == 1 else None


def _beside_ones(loop: Loop, node: Node) -> tuple[Ref, int] | None:
    """The samples that an operation puts a column or a row of ones beside, and where those lie."""
    whole = node.value
    if not isinstance(whole, np.ndarray) or whole.ndim != 2:
        return None
    for _, one in leaves(node.args):
        inner = number_of(loop, one) if isinstance(one, Ref) else None
        if inner is None or inner.ndim != 2 or not isinstance(one, Ref):
            continue
        for made, given in ((whole, inner), (whole.T, inner.T)):
            if given.shape != (len(made), made.shape[1] - 1):
                continue
            for at, rest in ((0, made[:, 1:]), (given.shape[1], made[:, :-1])):
                if (made[:, at] == 1).all() and np.array_equal(rest, given):
                    return one, at
    return None


def _scaled(loop: Loop, node: Node, features: int) -> tuple[Ref, Array, bool] | None:
    """What an operation scales or shifts, by what, and whether it is the first operand."""
    if name_of(node) not in RECKONED or len(node.args) != 2 or node.kind == "compare":
        return None
    left, right = node.args
    for one, other, first in ((left, right, True), (right, left, False)):
        by = number_of(loop, other)
        if by is None or by.dtype.kind not in "iuf" or not isinstance(one, Ref):
            continue
        value = number_of(loop, one)
        if value is not None and (value.size <= by.size or value.size < features):
            continue
        if by.size in (1, features) and (first or name_of(node) not in OVER):
            return one, by.reshape(-1 if by.size > 1 else ()).astype(float), first
    return None


def _before(name: str, scale: Array, shift: Array, by: Array, first: bool) -> tuple[Array, Array]:
    """Scale and shift of what an operation took, from those of what it made."""
    if name in PLUS:
        return scale, shift + scale * by
    if name in LESS:
        return (scale, shift - scale * by) if first else (-scale, shift + scale * by)
    return (scale * by if name in TIMES else scale / by), shift


def number_of(loop: Loop, taken: Taken) -> Array | None:
    """A value as it was taken; None if it was not kept."""
    value = loop.tape.value_of(taken)
    return np.asarray(value) if isinstance(value, np.ndarray | np.generic | int | float) else None


def _is_computed(loop: Loop, node: Node) -> bool:
    refs = [one for one in node.args if isinstance(one, Ref)]
    return len(refs) > 1 and all(loop.tape.nodes[one.node].kind != "leaf" for one in refs)
