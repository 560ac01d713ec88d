"""What the operations of a step take, in Python: parameters, samples, targets, constants."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnose.reading.began import Clock, read_clock
from diagnose.reading.counting import SIZED, is_of_its_own, times_told
from diagnose.reading.dropping import drawn
from diagnose.reading.loops import STILL, Key, name_of
from diagnose.reading.not_read import NotReadError
from diagnose.reading.parts import Part, kept_in, numbers_of, stored
from diagnose.reading.roles import Roles
from diagnose.reading.steps import same
from diagnose.reading.targets import Targets, of_label
from diagnose.reading.writing import (
    WRITES,
    Line,
    Names,
    Writer,
    kept_as,
    literal,
    plain_name,
    simple,
)
from diagnose.recording.nodes import Const, Node, Ref
from diagnose.recording.operations import SPLITS
from diagnose.recording.sites import Site

VARIES = "what is used here is another in each step, and nothing says why"


@dataclass
class Values:
    """What is known while the passes are written.

    counted: whether a number that is as large as every batch seen is the size of the batch, or
    stays what it is where a batch has fewer samples; counts: where such numbers stand.
    """

    roles: Roles
    targets: Targets
    sites: list[Site]
    names: Names = field(default_factory=Names)
    lines: list[Line] = field(default_factory=list)
    called: dict[int, str] = field(default_factory=dict)
    trace: dict[int, str] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    pres: dict[int, str] = field(default_factory=dict)
    forward: bool = True
    unit: bool = False
    counted: bool = True
    counts: list[Site] = field(default_factory=list)
    summed: bool = False
    clock: Clock | None = None

    def __post_init__(self) -> None:
        self.step = self.roles.step
        self.start = self.step.start
        self.at = {number: place for place, number in enumerate(self.step.need)}
        self.outside = self.step.outside()
        self.x = self.outside[self.roles.x]
        self.target = self.outside[self.roles.target]
        self.writer = Writer(self.sites, self.refer, self.const)
        self.parameters, self.arrays = self._parameter_names()
        self.states = self._state_names()
        self.masks = {
            one.node: self.names.take(self.sites[self.step.nodes[one.node].site].target or "mask")
            for one in self.roles.masks
        }
        self.updating = False
        self.ticks = self.names.take("steps_done")

    # names

    def _parameter_names(self) -> tuple[dict[Key, str], dict[Key, str]]:
        """The names of the parameters, and of the states in which their author keeps them."""
        found: dict[Key, str] = {}
        kept = dict.fromkeys(map(kept_in, self.roles.parameters))
        crowded = len({key[1] for key in kept}) < len(kept)  # one line steps several
        alone = {
            part.whole
            for part in self.roles.parameters
            if isinstance(part, Part)
            and sum(kept_in(one.weight) == part.whole for one in self.roles.layers) == 1
        }
        arrays = {key: "" for key in kept if key in self.roles.parts and key not in alone}
        for state in arrays:
            arrays[state] = self.names.take(plain_name(self._made_at(state).target) or "weights")
        for count, layer in enumerate(self.roles.layers, 1):
            for letter, key in (("W", layer.weight), ("b", layer.bias)):
                if key is None or key in found:
                    continue
                wanted = "" if crowded else plain_name(self._made_at(key).target)
                if isinstance(key, Part):
                    wanted = wanted if key.whole in alone else ""
                    if wanted and letter == "b":
                        wanted = f"{wanted}_bias"
                found[key] = self.names.take(wanted or f"{letter}{count}")
        for state in kept:
            held = next(one for one in self.roles.parameters if kept_in(one) == state)
            whole = arrays.get(state) or self.names.take(f"{found[held]}_whole")
            arrays[state] = whole if state in self.roles.parts else found[held]
        return found, arrays

    def _made_at(self, key: Key) -> Site:
        """Where a parameter gets its name: at its step, or where it was made if that is lost."""
        kept = kept_in(key)
        return self.sites[self.step.nodes[kept[1]].site] if kept[0] == STILL else self.site(key)

    def _state_names(self) -> dict[Key, str]:
        others = [key for key in self.step.keys if key not in self.arrays]
        return {key: self.names.take(f"state_{count}") for count, key in enumerate(others, 1)}

    def constant(self, value: Any) -> str:
        """The name under which an array is kept."""
        return kept_as(value, self.constants, self.names)

    @property
    def batch(self) -> str:
        """How many samples a step has, in Python."""
        if self.roles.vectors and not self.summed:
            return "1"
        return "x.shape[1]" if self.roles.layout == "columns" else "len(x)"

    # what an operation takes

    def const(self, taken: Const, node: Node, path: tuple[Any, ...]) -> str:
        """A value that the tape does not know: a count of samples, or a constant."""
        if (node.number, path) in self.roles.rates and (self.unit or self.updating):
            return self.roles.unit_rate(self.batch) if self.unit else self.roles.rate
        if (self.at.get(node.number), path) == self.roles.target:
            return self._target()  # a plain number, out of a list of samples
        value = taken.value
        if isinstance(value, int) and not isinstance(value, bool) and self._is_counted():
            each = self._per_sample(value, node, path)
            if each:
                return self.batch if each == 1 else f"({each} * {self.batch})"
        clock = read_clock(self.roles.steps, node, path) if self.updating else None
        if clock:
            return self._counted_steps(clock)
        size = self.targets.sizes[0]
        if isinstance(value, range) and value == range(size) and size > 1:
            return f"range({self.batch})"
        if self._varies(node, path) and not self._is_rate(node, path):
            if self._is_label(node, path):
                return self._target()
            raise NotReadError(
                "this number is another in each step, and nothing says why", self.sites[node.site]
            )
        return literal(value, self.sites[node.site], self.constant)

    def _is_label(self, node: Node, path: tuple[Any, ...]) -> bool:
        """Whether a plain number is the label of the sample, in all steps."""
        if not self.targets.index:
            return False
        labels = [one.value(one.places()[self.roles.target]) for one in self.roles.steps]
        seen = self._over_steps(node, path)
        return bool(seen) and all(map(same, seen, labels))

    def _counted_steps(self, clock: Clock) -> str:
        self.clock = self.clock or clock
        return f"({self.ticks} + {clock.offset})" if clock.offset else self.ticks

    def _is_counted(self) -> bool:
        """Whether a number here may be that of the samples."""
        return not self.updating and (self.summed or not self.roles.vectors)

    def _is_rate(self, node: Node, path: tuple[Any, ...]) -> bool:
        return (node.number, path) in self.roles.rates

    def _over_steps(self, node: Node, path: tuple[Any, ...]) -> list[Any]:
        at = self.at.get(node.number)
        if at is None:
            return []
        every = (one.places().get((at, path)) for one in self.roles.steps)
        return [one.value if isinstance(one, Const) else None for one in every]

    def _per_sample(self, value: int, node: Node, path: tuple[Any, ...]) -> int:
        """How many times the number of samples a number is; 0 if that is not what it counts."""
        if self.updating:
            return 0  # a step is handed no samples that it could count
        loop = self.step.loop
        sizes = (
            tuple(loop.samples(one.turn) for one in self.roles.steps)
            if loop.turns_within(self.step.turn)
            else self.targets.sizes
        )
        each = value // sizes[0]
        counts = self._over_steps(node, path)
        if counts and len(set(sizes)) > 1:
            return each if counts == [each * size for size in sizes] else 0
        if value < 2 or value != each * sizes[0]:
            return 0
        if self._is_one_for_each_sample(node):
            return each
        text = self.sites[node.site].operand(node.kind, path)
        sized = {np.size(self.step.value(one)) // sizes[0] for one in (self.x, self.target)}
        told = times_told(text, path, self.sites, sized)
        if each not in told or is_of_its_own(text, self.step, self.sites):
            return 0
        self.counts.append(self.sites[node.site])
        return each if self.counted else 0

    def _is_one_for_each_sample(self, node: Node) -> bool:
        """Whether an operation makes a 1 for each sample, which is put beside its numbers."""
        laid = np.shape(node.value)[:: 1 if self.roles.layout == "rows" else -1]
        return name_of(node) == "ones" and laid == (self.targets.sizes[0], 1)

    def _varies(self, node: Node, path: tuple[Any, ...]) -> bool:
        at = self.at.get(node.number)
        if at is not None:
            return (at, path) in self.roles.varying
        return self._varies_beside(node, path)

    def _varies_beside(self, node: Node, path: tuple[Any, ...]) -> bool:
        """The same of what an operation takes which nothing of the state enters.

        Of numbers that were computed it is not asked: a rate is written out, and replaced later.
        """
        if node.number < self.start:
            return False
        found: list[Any] = []
        for one in self.roles.steps:
            taken = self.step.taken_in(one.turn, node.number, path)
            if isinstance(taken, Const):
                found.append(taken.value)
            elif taken is not None and name_of(node) not in SIZED:
                value = one.value(taken)  # of an array that is split, its parts are asked
                found += [value] if not _is_split(value) and np.ndim(value) else []
        return any(not same(one, found[0]) for one in found[1:])

    def refer(self, ref: Ref, node: Node, path: tuple[Any, ...]) -> str:
        """A value that the tape knows."""
        if (node.number, path) in self.roles.rates and (self.unit or self.updating):
            return self.roles.unit_rate(self.batch) if self.unit else self.roles.rate
        if ref.node in self.called:
            return self.called[ref.node]
        if ref.node in self.masks:
            return self._hand(self.masks[ref.node])
        key = self.step.state(ref)
        if key is not None:
            if self.updating and key in self.states:
                return self.states[key]
            if key not in self.arrays:
                raise NotReadError(
                    "a state beside the parameters takes part in the step", self.sites[node.site]
                )
            return self.arrays[key] if key in self.roles.parts else self._hand(self.arrays[key])
        if not self.forward and ref.node >= self.start and self._looks_at_state(ref.node):
            return self._seen_again(self.step.nodes[ref.node])
        if self.step.is_active(ref) and ref.node >= self.start and self.step.masks.get(ref.node):
            if not self.forward and ref.node in self.trace:
                name = self._hand(self.trace[ref.node])
                # of samples that come one by one, a number is handed on as an array of one
                is_number = np.ndim(self.step.nodes[ref.node].value) == 0
                return f"{name}[0]" if self.roles.vectors and is_number else name
            raise NotReadError(
                "a value is used before it is known how it comes about", self.sites[node.site]
            )
        return self._outside(ref, node, path)

    def _looks_at_state(self, number: int) -> bool:
        """Whether an operation makes a view of a state: the forward pass need not hand it on."""
        node = self.step.nodes[number]
        several = name_of(node) in SPLITS and isinstance(node.args[0], Ref)
        found = numbers_of(self.step, node.args[0] if several else Ref(number, 0))
        if found is None:
            return False
        return several or found[0][0] != "written" or node.root == found[0][1]

    def _seen_again(self, made: Node) -> str:
        text, site = self.writer.expression(made), self.sites[made.site]
        self.called[made.number] = name = self.names.take(site.target)
        self.lines.append(Line(site.line, f"{name} = {text}"))
        return name

    def _hand(self, name: str) -> str:
        if name not in self.taken:
            self.taken.append(name)
        return name

    def _outside(self, ref: Ref, node: Node, path: tuple[Any, ...]) -> str:
        """A value from elsewhere: samples, targets, what is computed of them, or a constant."""
        if node.whole and path == (0, 0):
            return self._overwritten(ref, node)
        known = self._known(ref, node, path)
        if known:
            return known
        made = self.step.nodes[ref.node]
        varies = self._varies(node, path)
        value = self.step.value(ref)
        if (
            ref.node >= self.start
            and (made.kind not in ("leaf", "item") or self._is_part_filled(made))
            and (not self.step.is_drawn(ref, self.x) or self._is_of_masks(ref))
        ):
            try:
                return self._computed(ref, made)
            except NotReadError as error:
                if varies and error.reason != VARIES:
                    raise
        if varies and not self._is_rate(node, path):
            if told := self._of_label(ref, node, path):
                return told
            raise NotReadError(VARIES, self.sites[node.site])
        if isinstance(value, np.ndarray):
            name = self.constant(value)
            if made.root is not None and self._is_written(made.root):
                copy = self.names.take(self.sites[made.site].target or "buffer")
                self.lines.append(Line(self.sites[node.site].line, f"{copy} = {name}.copy()"))
                self.called[ref.node] = copy
                return copy
            return name
        if value is None:
            raise NotReadError("a value of this operation was not kept", self.sites[node.site])
        return literal(value, self.sites[node.site], self.constant)

    def _is_part_filled(self, made: Node) -> bool:
        """Whether a value is a part of an array that is filled part by part."""
        whole = made.args[0] if made.kind == "item" else None
        is_part = isinstance(whole, Ref) and name_of(self.step.nodes[whole.node]) in SPLITS
        return is_part and made.root is not None and self._is_written(made.root)

    def _is_of_masks(self, ref: Ref) -> bool:
        made = drawn(self.step, ref)
        return made is not None and made[0].number in self.masks

    def _overwritten(self, ref: Ref, node: Node) -> str:
        """An array all of which is written at once: what it was before does not matter."""
        array = self.step.nodes[ref.node].value
        if not isinstance(array, np.ndarray):
            raise NotReadError("a value of this operation was not kept", self.sites[node.site])
        name = self.names.take(self.sites[self.step.nodes[ref.node].site].target or "buffer")
        text = f"{name} = np.zeros({array.shape}, dtype=np.{array.dtype.name})"
        self.lines.append(Line(self.sites[node.site].line, text))
        self.called[ref.node] = name
        return name

    def _is_written(self, root: int) -> bool:
        return any(one in self.at for one in self.step.loop.tape.writes.get(root, ()))

    def _computed(self, ref: Ref, made: Node) -> str:
        """What is computed within the step, without the parameters."""
        writes = [one for one in self.step.loop.written(ref) if one >= self.start]
        if any(not self.step.masks.get(one) for one in writes):
            raise NotReadError(
                "this array is written into before it is used", self.sites[made.site]
            )
        text = self.writer.expression(made)
        if not isinstance(made.value, np.ndarray):
            return simple(text)
        site = self.sites[made.site]
        name = self.names.take(site.target)
        self.lines.append(Line(site.line, f"{name} = {text}"))
        self.called[ref.node] = name
        return name

    def _known(self, ref: Ref, node: Node, path: tuple[Any, ...]) -> str:
        """Samples, targets, labels, or which rows, where that is what a value is in all steps."""
        if isinstance(self.x, Ref) and ref.node == self.x.node and ref.version == self.x.version:
            return self._hand("x")
        target = None if self.forward or not isinstance(self.target, Ref) else self.target
        if target and (ref.node, ref.version) == (target.node, target.version):
            return self._target()
        at = self.at.get(node.number)
        place = (at, path) if at is not None else None
        if place is not None and place == self.roles.target:
            return self._target()
        values = self._in_all_steps(ref, node, path)
        if not all(isinstance(one, np.ndarray | np.generic | float) for one in values):
            return ""
        samples = [
            one.value(one.outside()[self.roles.x]) for one in self.roles.steps[: len(values)]
        ]
        shapes: tuple[tuple[str, Any], ...] = (
            ("x", np.shape), ("x.T", np.shape), ("x.reshape(-1)", lambda one: -1),
            ("x.reshape(-1, 1)", lambda one: (-1, 1)), ("x.reshape(1, -1)", lambda one: (1, -1)),
        )  # fmt: skip
        for text, shape in shapes:
            every = [
                np.transpose(one) if text == "x.T" else np.reshape(one, shape(one))
                for one in samples
            ]
            if np.size(values[0]) > 1 and all(map(_equal, values, every)):
                self._hand("x")
                return text
        if self.forward or (node.kind in WRITES and path == (0, 0)):
            return self._rows(values)  # what is written into is no target, though it looks like one
        differs = np.size(values[0]) > 1 or self._varies(node, path)
        differs = differs or not all(same(one, values[0]) for one in values[1:])
        for text, every in self.targets.forms(self.roles.steps[: len(values)]):
            if all(map(same, values, every)) and differs:
                self._hand("labels" if text.startswith("labels") else "targets")
                return text
        return self._rows(values)

    def _in_all_steps(self, ref: Ref, node: Node, path: tuple[Any, ...]) -> list[Any]:
        """What is taken at a place in all steps, or in the one that is read."""
        if (at := self.at.get(node.number)) is not None:
            return [one.value(one.places()[at, path]) for one in self.roles.steps]
        return self._inner(ref, node) or [self.step.value(ref)]

    def _of_label(self, ref: Ref, node: Node, path: tuple[Any, ...]) -> str:
        """A number for each sample that its label alone tells, such as the weight of its class."""
        values = self._in_all_steps(ref, node, path)
        labels = self.targets.labels(self.roles.steps[: len(values)])
        found = None if self.forward or labels is None else of_label(values, labels)
        if found is None:
            return ""
        self._hand("labels")
        name, site = self.names.take("of_label"), self.sites[node.site]
        self.lines.append(Line(site.line, f"{name} = {self.constant(found[0])}{found[1]}"))
        self.called[ref.node] = name
        return name

    def _inner(self, ref: Ref, node: Node) -> list[Any]:
        """The values in all steps of what an operation outside of the graph takes."""
        made = self.step.nodes[ref.node]
        if ref.node < self.start:
            return []
        found = []
        for one in self.roles.steps:
            there = self.step.number_in(one.turn, made.number)
            if there is None:
                return []
            found.append(one.nodes[there].value)
        return found

    def _rows(self, values: list[Any]) -> str:
        sizes = self.targets.sizes
        if self.roles.vectors or sizes[0] < 2:
            return ""
        if all(same(one, np.arange(n)) for one, n in zip(values, sizes, strict=False)):
            self._hand("x")
            return f"np.arange({self.batch})"
        return ""

    def _target(self) -> str:
        text = self.targets.text
        self._hand("labels" if text.startswith("labels") else "targets")
        return text

    def stored(self, key: Key) -> Any:
        """A state as the author keeps it."""
        return stored(self.step, key)

    def name(self, key: Key) -> str:
        """What a state is called: an array of parameters, or what is carried beside them."""
        return self.arrays.get(key) or self.states[key]

    def site(self, key: Key) -> Site:
        """Where a state is made anew."""
        kept = kept_in(key)
        made = self.step.made(kept)
        return self.sites[self.step.nodes[kept[1] if made is None else made].site]


def _is_split(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, np.ndarray) for one in value)


def _equal(one: Any, other: Any) -> bool:
    return np.shape(one) == np.shape(other) and bool(np.array_equal(one, other))
