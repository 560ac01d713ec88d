"""A step of a whole batch in lists of lists: its samples are told apart, and read one by one.

Numbers that meet the same weight belong to different samples, and what is computed of one sample
alone belongs to it, wherever in the step that is done. What is made of several is a sum. Where all
samples are computed alike, the step is one that takes them one after the other, but for the order
in which it computes; and it is read as that.
"""

from __future__ import annotations

from collections import Counter
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnose.reading.loops import Key, Loop, Turns, name_of, takes
from diagnose.reading.sample_loops import SampleLoop, reduced, shape_of, summed, takes_samples
from diagnose.reading.steps import Step, steps_in
from diagnose.recording.nodes import Const, Group, Node, Ref, leaves

FEWEST = 2  # samples; one alone meets no weight twice
ADDED = (0, 1)  # where a sum that is told anew takes what it adds


@dataclass(eq=False)
class Untangled(SampleLoop):
    """A training loop whose steps compute all samples of a batch at once, number by number."""


def untangled(loop: Loop, turns: list[int]) -> Loop:
    """The loop with the first sample of each step; as it is where samples cannot be told apart."""
    if loop.turns_within(turns[0]) is not None:
        return loop
    keys = loop.first_state(turns)
    if not keys or not _is_of_numbers(Step(loop, turns[len(turns) // 2], keys)):
        return loop
    steps = steps_in(loop, turns, keys)
    within: dict[int, Turns] = {}
    tape = copy(loop.tape)
    tape.nodes = list(tape.nodes)
    for step in steps:
        meeting = _Meeting(step)
        samples = meeting.turns()
        if samples is None:
            continue
        within[step.turn] = samples
        for number, (begin, item) in meeting.joint.items():
            node = tape.nodes[number] = copy(tape.nodes[number])
            node.done, node.args = np.add, [begin, item]
    if len(within) * 2 <= len(steps):
        return loop
    others = {number for one in within.values() for number in one.same_as}
    return Untangled(
        tape=reduced(tape, within, others.__contains__), site=loop.site, starts=loop.starts,
        within=within,
    )  # fmt: skip


def _is_of_numbers(step: Step) -> bool:
    """Whether all that is trained are numbers by themselves."""
    made = [step.made(key) for key in step.keys]
    return all(one is not None and np.ndim(step.nodes[one].value) == 0 for one in made)


@dataclass(eq=False)
class _Meeting:
    """Which operations of a step belong to the same sample, as far as was gone through them.

    sample: of each operation another of its sample, and at last the one that stands for all of it.
    weights: by that, the weights that the sample has met. sums: operations that add something of a
    sample to what was made of others. joint: those that add something of all samples at once, with
    what they begin with and what they add of the first.
    """

    step: Step
    sample: dict[int, int] = field(default_factory=dict)
    weights: dict[int, set[Key]] = field(default_factory=dict)
    sums: set[int] = field(default_factory=set)
    joint: dict[int, tuple[Any, Any]] = field(default_factory=dict)

    def of(self, number: int) -> int:
        """The operation that stands for all of a sample."""
        while self.sample[number] != number:
            self.sample[number] = self.sample[self.sample[number]]
            number = self.sample[number]
        return number

    def turns(self) -> Turns | None:
        """The samples as turns of a loop, if all are computed alike, and only summed; else None."""
        later: set[int] = set()  # what is made of sums, or of weights alone
        for node in self.step.graph:
            refs = [one for one in takes(node) if self.step.is_active(one)]
            own = {self.of(one.node) for one in refs if one.node in self.sample}
            if any(one.node in later or one.node in self.joint for one in refs):
                later.add(node.number)
            elif any(one.node in self.sums for one in refs):
                self._add(node, refs, later)
            elif len(own) > 1 and self._meet(own):
                self._begin(node, refs, later)
            elif own or any(self.step.is_outside(one) for _, one in leaves((node.args, node.kw))):
                self._join(node, own)
            else:
                later.add(node.number)
        return self._alike()

    def _meet(self, own: set[int]) -> bool:
        """Whether some of what belongs together so far has met the same weight as others."""
        every = [one for sample in own for one in self.weights[sample]]
        return len(every) > len({*every})

    def _join(self, node: Node, own: set[int]) -> None:
        """An operation makes one sample of what it takes."""
        met = {key for one in takes(node) if (key := self.step.state(one)) is not None}
        self.sample[node.number] = first = min(own, default=node.number)
        for one in own - {first}:
            self.sample[one] = first
        self.weights[first] = met.union(*(self.weights.get(one, ()) for one in (first, *own)))

    def _begin(self, node: Node, refs: list[Ref], later: set[int]) -> None:
        """What is made of several samples meets for the first time."""
        items = node.args[0].items if node.args and isinstance(node.args[0], Group) else None
        if name_of(node) in ("sum", "fsum") and items is not None:
            begin = node.args[1] if len(node.args) > 1 else Const(0.0)
            self.joint[node.number] = begin, items[0]
        else:
            self._add(node, refs, later)

    def _add(self, node: Node, refs: list[Ref], later: set[int]) -> None:
        """Something of another sample is added to a sum, by the same operation as before."""
        before = [one for one in refs if shape_of(self.step.nodes[one.node]) == shape_of(node)]
        added = [one for one in refs if one not in before and one.node in self.sample]
        if len(before) == len(added) == 1 and len(refs) == 2 and added[0].node not in self.sums:
            self.sums.add(node.number)
            self.sample[node.number] = self.of(added[0].node)
        else:
            later.add(node.number)

    def _alike(self) -> Turns | None:
        """The samples, each by its operations; None where they differ, or more is between them."""
        groups: dict[int, list[int]] = {}
        for node in self.step.graph:
            if node.number in self.sample:
                groups.setdefault(self.of(node.number), []).append(node.number)
        shapes = {
            one: tuple(shape_of(self.step.nodes[number]) for number in group)
            for one, group in groups.items()
        }
        sizes = Counter[Any]()
        for shape in shapes.values():
            sizes[shape] += len(shape)
        if not sizes:
            return None
        # a decay of a weight is a product with a number as well, and soon done
        shape = sizes.most_common(1)[0][0]
        samples = [group for one, group in groups.items() if shapes[one] == shape]
        sums = self._sums(samples)
        if len(samples) < FEWEST or sums is None or not self._apart(samples, {*sums}):
            return None
        first = samples[0]
        same_as = {number: first[at] for group in samples[1:] for at, number in enumerate(group)}
        return Turns(
            site=self.step.loop.site, begins=first[0], first=(*first, *sorted(self.joint)),
            sums=sums | dict.fromkeys(self.joint, ADDED), left_out=None, count=len(samples),
            same_as=same_as,
        )  # fmt: skip

    def _sums(self, samples: list[list[int]]) -> dict[int, tuple[Any, ...]] | None:
        """The operations of the first sample that begin sums, with the way to what they add."""
        places = {at for one in samples for at, number in enumerate(one) if number in self.sums}
        found: dict[int, tuple[Any, ...]] = {}
        for at in places:
            number = samples[0][at]
            way = summed(self.step.nodes[number], {*samples[0]})
            if way is None or any(one[at] not in self.sums for one in samples[1:]):
                return None
            found[number] = way
        return found

    def _apart(self, samples: list[list[int]], sums: set[int]) -> bool:
        """Whether nothing goes from sample to sample, or out of one, but sums over all of them."""
        if not sums and not self.joint:
            return False
        place = {one: (n, at) for n, group in enumerate(samples) for at, one in enumerate(group)}
        ends = {samples[-1][at] for at, one in enumerate(samples[0]) if one in sums}
        for node in self.step.graph:
            taken = [place[one.node] for one in takes(node) if one.node in place]
            n, at = place.get(node.number, (None, None))
            if node.number in self.joint:
                whole = [(n, taken[0][1]) for n in range(len(samples))] if taken else None
                if taken != whole or len(takes(node)) != len(samples):
                    return False
            elif n is None:
                if any(samples[of][where] not in ends for of, where in taken):
                    return False
            elif any(of != n and (of, where) != (n - 1, at) for of, where in taken):
                return False
        begin = samples[0]
        return all(takes_samples(self.step, begin, one, sums) for one in samples[1:])
