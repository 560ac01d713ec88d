"""Numbers each of which is taken out of its own place in an array, taken out all at once.

As ``g[0]``, ``g[1]`` and so on of ``b[i] -= rate * g[i]``, which are ``g``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diagnose.reading.loops import Key
from diagnose.recording.nodes import ALL, Const, Group, Node, Ref, Taken, leaves

# Numbers that belong together, by the keys by which each is carried.
Members = tuple[Key, ...]


class UnlikeNumbersError(Exception):
    """The numbers of a list are not all made alike, as far as can be told."""


class ApartError(UnlikeNumbersError):
    """They are made by other operations, of other places, or some of them not at all."""

    def __init__(self, members: Members = ()) -> None:
        super().__init__()
        self.members = members


def out_of_an_array(
    nodes: Sequence[Node], start: int, every: list[Node], shape: tuple[int, ...]
) -> list[Taken]:
    """An array and an index, where each number is one of its own place in the array.

    nodes: of the tape. start: where the turn begins. every: what takes each number out. shape: of
    their list.
    """
    spots = [_spot(nodes, start, one) for one in every]
    owner = spots[0][0]
    if any((one.node, one.version) != (owner.node, owner.version) for one, _ in spots):
        raise UnlikeNumbersError
    size = np.shape(nodes[owner.node].value)
    where = np.array([index for _, index in spots], dtype=int).reshape(len(every), -1)
    if where.shape[1] != len(size) or not size:
        raise UnlikeNumbersError
    along = [at for at in range(len(size)) if np.ptp(where[:, at])]
    for at in reversed(range(len(size))):  # of a list of one number
        if len(along) < len(shape) and at not in along and size[at] == 1:
            along.append(at)
    along.sort()
    fits = len(along) == len(shape) and tuple(size[at] for at in along) == shape
    places = np.indices(shape).reshape(len(shape), -1).T
    if not fits:
        raise UnlikeNumbersError
    if not np.array_equal(where[:, along] % np.array(shape), places):
        raise ApartError
    index: list[Taken] = [
        ALL if at in along else Const(int(where[0, at])) for at in range(len(size))
    ]
    return [owner, index[0] if len(index) == 1 else Group(tuple, index)]


def _spot(nodes: Sequence[Node], start: int, node: Node) -> tuple[Ref, tuple[int, ...]]:
    """The array that a number is taken out of, and where: ``g[i][j]`` is at i, j."""
    index: tuple[int, ...] = ()
    while True:
        owner, at = node.args[0], _plain_index(node.args[1])
        if not isinstance(owner, Ref) or at is None:
            raise UnlikeNumbersError
        index = (*at, *index)
        outer = nodes[owner.node]
        if outer.kind != "get" or outer.number < start or owner.version:
            return owner, index
        if _plain_index(outer.args[1]) is None:
            return owner, index
        node = outer


def _plain_index(taken: Taken) -> tuple[int, ...] | None:
    """The whole numbers of an index; None where there is anything else in it."""
    every = [one for _, one in leaves([taken])]
    if isinstance(taken, Group) and taken.of is not tuple:
        return None
    found = [one.value for one in every if isinstance(one, Const)]
    whole = all(isinstance(one, int | np.integer) and not isinstance(one, bool) for one in found)
    return tuple(int(one) for one in found) if whole and len(found) == len(every) else None
