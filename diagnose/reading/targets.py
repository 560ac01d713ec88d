"""How a program writes down what its outputs should be, and what the contract calls it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.not_read import NotReadError
from diagnose.recording.threads import Held, OneRow, Thread

if TYPE_CHECKING:
    from diagnose.reading.roles import Roles
    from diagnose.reading.steps import Step
    from diagnose.recording.nodes import Const, Ref
    from diagnose.recording.sites import Site

# What is known of an array.
Known = Held | OneRow | None


@dataclass(frozen=True, kw_only=True)
class Targets:
    """The author's targets as an expression in the contract's ``targets`` or ``labels``.

    text: that expression. sizes: how many samples each of the steps has. index: whether they are
    numbers of classes. place: where the step takes them.
    """

    text: str
    sizes: tuple[int, ...]
    index: bool
    roles: Roles

    def rows(self, step: Step) -> Array:
        """The targets of a step, a row for each sample; ``(B,)`` where they are classes."""
        taken: Ref | Const = step.places()[self.roles.target]
        return as_rows(step.value(taken), samples_in(self.roles, step), self.roles, self.index)

    def forms(self, steps: list[Step]) -> list[tuple[str, list[Any]]]:
        """Other ways in which the same targets may be taken, with their values in all steps."""
        own = [one.value(one.places()[self.roles.target]) for one in steps]
        if self.index:
            labels = [self.rows(one) for one in steps]
            return [
                (self.text, own),
                ("labels", labels),
                ("labels[:, None]", [one[:, None] for one in labels]),
            ]
        laid = [(self.text, own)]
        if self.roles.target_sign < 0:  # beside ``-y / p`` stands ``(1 - y) / (1 - p)``
            laid.append((self.text[2:-1], [np.negative(one) for one in own]))
        found = [
            form
            for text, every in laid
            for form in (
                (text, every),
                (f"{text}.T", [np.transpose(one) for one in every]),
                (f"{text}.reshape(-1, 1)", [np.reshape(one, (-1, 1)) for one in every]),
                (f"{text}.reshape(1, -1)", [np.reshape(one, (1, -1)) for one in every]),
                (f"{text}.reshape(-1)", [np.reshape(one, -1) for one in every]),
            )
        ]
        rows = [self.rows(one) for one in steps]
        if are_hot(rows):
            found.append(("labels", [one.argmax(axis=1) for one in rows]))
        return found

    def labels(self, steps: list[Step]) -> list[Array] | None:
        """The labels that the contract has for these targets; None where they are no classes."""
        rows = [self.rows(one) for one in steps]
        if self.index:
            return rows
        if are_hot(rows):
            return [one.argmax(axis=1) for one in rows]
        kinds = np.unique(np.concatenate([one.ravel() for one in rows]))
        if len(kinds) != 2 or any(one.shape[1] != 1 for one in rows):
            return None
        return [(one[:, 0] == kinds[1]).astype(int) for one in rows]


def are_hot(rows: list[Array]) -> bool:
    """Whether each row of targets has one of the highest."""
    return all(one.shape[1] > 1 and (one == one.max()).sum(axis=1).max() == 1 for one in rows)


def of_label(values: Sequence[Any], labels: Sequence[Array]) -> tuple[Array, str] | None:
    """A number for each sample that its label alone tells, in all steps, as a table of them.

    With how it is taken by the labels. None for other numbers, and for those that are all one.
    """
    shape = np.shape(values[0])
    sizes = [(np.size(one), len(of)) for one, of in zip(values, labels, strict=True)]
    if len(shape) > 2 or any(size != count for size, count in sizes):
        return None
    each = np.concatenate([np.ravel(one) for one in values])
    every = np.concatenate([*labels])
    if each.dtype.kind != "f":
        return None
    table = np.full(int(every.max(initial=0)) + 1, np.nan, each.dtype)
    table[every] = each
    if not np.array_equal(table[every], each) or len(np.unique(each)) < 2:
        return None
    wide = "[labels][:, None]" if shape[-1:] == (1,) else "[labels][None]"
    return table, ("[labels[0]]", "[labels]", wide)[len(shape)]


def samples_in(roles: Roles, step: Step) -> int:
    """How many samples a step has."""
    x = step.value(step.places()[roles.x])
    if roles.vectors:
        return 1
    return int(np.shape(x)[1 if roles.layout == "columns" else 0])


def rows_of(x: Any, roles: Roles) -> Array:
    """Samples of a step as ``(B, features)``."""
    array = np.asarray(x)
    if roles.vectors:
        return array.reshape(1, -1)
    return array.T if roles.layout == "columns" else array


def as_rows(value: Any, size: int, roles: Roles, index: bool) -> Array:
    """Targets as ``(B, outputs)``, or as ``(B,)`` classes."""
    array = np.asarray(value)
    if index:
        return array.reshape(-1)
    array = array if roles.target_sign > 0 else -array
    if array.size == size:
        return array.reshape(size, 1)
    if array.ndim < 2:
        return array.reshape(1, -1) if size == 1 else array.reshape(size, -1)
    samples_last = array.shape[1] == size and (roles.layout == "columns" or array.shape[0] != size)
    return array.T if samples_last else array


def samples_axis(shape: Sequence[int], size: int, roles: Roles) -> int | None:
    """Along which axis the samples of a step lie in its targets; None for a single one."""
    if not shape or (size == 1 and roles.vectors):
        return None
    if len(shape) == 1:
        return 0 if shape[0] == size else None
    last = shape[1] == size and (roles.layout == "columns" or shape[0] != size)
    return 1 if last else 0 if shape[0] == size else None


def thread_of(known: Known, size: int, roles: Roles, *, samples: bool) -> Thread | None:
    """Where the samples of a step, or its targets, come from; None if that is not known."""
    if known is None:
        return None
    held = known.held() if isinstance(known, OneRow) else known
    axis: int | None = 1 if roles.layout == "columns" else 0
    if not samples:
        axis = samples_axis(held.shape, size, roles)
    if roles.vectors or axis is None or len(held.shape) <= axis:
        return held.gone if size == 1 else None
    if size == 1 and held.gone is not None:
        return held.gone
    return held.thread(axis) if held.shape[axis] == size else None


def row_of(known: Known, size: int) -> tuple[Thread, int] | None:
    """Of a single sample that was taken by its place: out of which axis, and which place it is.

    What ``thread_of`` says of it, without making a thread of each. None of any other.
    """
    if size != 1 or not isinstance(known, OneRow) or known.owner.gone is not None:
        return None
    return known.owner.thread(0), known.place


def read_targets(roles: Roles, sites: list[Site]) -> Targets:
    """How the author's targets come of the contract's; NotReadError if there is not one for each.

    As of a number, another in each step, that what the network computes meets before its targets.
    """
    steps = roles.steps
    sizes = tuple(samples_in(roles, one) for one in steps)
    step = roles.step
    at, path = roles.target
    value = step.value(step.places()[roles.target])
    node = step.graph[at]
    indexes = node.kind in ("get", "store") and path[:2] == (0, 1)
    array = np.asarray(value)
    if sizes[0] and array.size % sizes[0]:
        several = "a number" if array.size == 1 else f"{array.size} numbers"
        raise NotReadError(
            f"what the network computes of {sizes[0]} samples meets {several} here, another in "
            "each step, before any targets: no layer that is read has such",
            sites[node.site],
        )
    index = indexes and array.dtype.kind in "iu"
    text = "labels" if index else target_text(array, sizes[0], roles)
    if index and array.ndim == 0 and not roles.vectors:
        text = "labels[0]"
    elif index and array.ndim == 2:
        text = "labels.reshape(-1, 1)" if array.shape[1] == 1 else "labels.reshape(1, -1)"
    elif array.dtype != np.float64 and not index:
        text = f'{text}.astype("{array.dtype}")' if array.dtype.kind in "iufb" else text
    text = text if roles.target_sign > 0 else f"(-{text})"
    return Targets(text=text, sizes=sizes, index=index, roles=roles)


def target_text(array: Array, size: int, roles: Roles) -> str:
    """The targets of so many samples as the author lays them, in the contract's ``targets``."""
    outputs = array.size // size if size else 1
    if roles.vectors:
        laid: tuple[int, ...] = (outputs,)
    else:
        laid = (outputs, size) if roles.layout == "columns" else (size, outputs)
    if array.shape == laid:
        return "targets"
    if array.ndim == 0:
        return "targets[0]" if roles.vectors else "targets[0, 0]"
    if array.ndim == 2 and array.shape == laid[::-1]:
        return "targets.T"
    if array.ndim == 1:
        return "targets.reshape(-1)"
    return f"targets.reshape{'(1, -1)' if array.shape[0] == 1 else '(-1, 1)'}"
