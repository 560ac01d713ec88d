"""How a program tests that computes one number after the other.

Its forward pass is the same operations, in the same order, whatever sample it is of: those of the
steps, up to the last unit. Where they are done again, and no operation of a step's way back
follows, the network was asked, and not trained; with samples that are trained on, only where none
of the steps comes from. That the operations belong together shows in what they take: all units of a
layer take the same numbers.
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from diagnose.folding.units import Unit, UnitLayer, beside
from diagnose.network.arrays import Array
from diagnose.reading.collecting import Collector
from diagnose.reading.loops import takes
from diagnose.reading.steps import Place
from diagnose.recording.calling import way
from diagnose.recording.reaching import reached
from diagnose.recording.tape import Tape
from diagnose.watching.evaluations import Evaluations
from diagnose.watching.series import Mark
from diagnose.watching.understanding import Understood


class NumberEvaluations(Evaluations):
    """Looks at each operation for the forward pass of units that were read one by one."""

    FOLLOWED = (*Evaluations.FOLLOWED, float)

    def __init__(self, understood: Understood, seen: Collector, tape: Tape) -> None:
        super().__init__(understood, seen, tape)
        graph, joint = understood.roles.step.graph, understood.roles.joint
        at = {node.number: place for place, node in enumerate(graph)}
        self.units = [
            [(one, _places(one, at[one.node])) for one in layer.units] for layer in understood.units
        ]
        every = [place for layer in self.units for _, places in layer for place in places]
        last = max(at[unit.node] for layer in understood.units for unit in layer.units)
        kinds = {(graph[one].site, graph[one].kind) for one in every}
        order = [n for n, one in enumerate(graph[: last + 1]) if (one.site, one.kind) in kinds]
        self.order = [(graph[n].site, graph[n].kind) for n in order]
        self.place = {n: count for count, n in enumerate(order)}
        self.kinds, self.sites = kinds, {site for site, _ in kinds}
        # the latest operations of these kinds: what each was, and what it took and made
        self.latest_kinds: deque[tuple[int, str]] = deque(maxlen=len(self.order))
        self.done: deque[tuple[tuple[Any, ...], Any]] = deque(maxlen=len(self.order))
        own = _made_of(understood, understood.units)
        forward = {graph[at[number]].site for number in own}
        self.back = {one.site for one in graph[joint:]} - forward - self.sites
        self.trained = self.sites

    def wants(self, site: int) -> bool:
        """Whether an operation on plain numbers is one that it looks at."""
        return bool(self.marks) or site in self.sites or site in self.back

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at an operation."""
        if self.over:
            return
        if site in self.back and self.latest is not None and kind != "get":
            of = self.latest[0]
            of.dropped, of.rows, self.latest = True, [], None
            self.of_steps.add(of.place)
            self.marks.clear()
        if site not in self.sites:
            super().see(site, kind, name, args, value)
        elif (site, kind) in self.kinds:
            self.latest_kinds.append((site, kind))
            self.done.append((args, value))
            if (site, kind) == self.order[-1] and [*self.latest_kinds] == self.order:
                self._passes(site)

    def _value_at(self, place: Place) -> Any:
        """What the pass that is just done took at a place of the step."""
        at, (_, *path) = place
        value: Any = self.done[self.place[at]][0]
        for one in path:
            value = value[one]
        return value

    def _numbers_at(self, places: Sequence[Place]) -> Array:
        """The same of several places, one after the other."""
        return _joined([np.ravel(np.asarray(self._value_at(one), np.float64)) for one in places])

    def _take_the_same(self, units: Sequence[Unit]) -> bool:
        """Whether all units of a layer take the same numbers; mostly these are the same objects."""
        first, *others = ([self._value_at(one) for one in unit.inputs] for unit in units)
        return all(
            all(map(operator.is_, first, other))
            or np.array_equal(
                self._numbers_at(units[0].inputs), self._numbers_at(unit.inputs), equal_nan=True
            )
            for other, unit in zip(others, units[1:], strict=True)
        )

    def _passes(self, site: int) -> None:
        """A sample has gone through all layers, if they take each other's numbers."""
        every = [[unit for unit, _ in layer] for layer in self.units]
        if not all(map(self._take_the_same, every)):
            return  # where all units are computed in one line, any operation may be the last
        # the next one begins after it
        self.latest_kinds.clear()
        by, rows = way(self.own), self._numbers_at(every[0][0].inputs)[None]
        if (by, site) in self.of_steps and self._is_trained_on(rows):
            self.latest = None
            return
        series = self._series(by, site, rows)
        self.marks.clear()
        first = series.count
        series.count += 1
        series.rows.append(rows)
        series.sites |= self.sites
        for units, shaped in zip(every, self.layers, strict=True):
            if shaped.name in series.parameters:
                continue
            weight = [self._numbers_at([*map(beside, unit.inputs)]) for unit in units]
            series.parameters[shaped.name] = np.array(weight)
            if shaped.bias is not None:
                bias = [0.0 if u.added is None else self._numbers_at([u.added])[0] for u in units]
                kept = np.reshape(bias, shaped.bias[1])
                series.parameters[shaped.bias[0]] = -kept if shaped.threshold else kept
        outs = [self.done[self.place[places[-1]]][1] for _, places in self.units[-1]]
        series.last[first] = np.array([outs], np.float64)
        self.latest = series, first
        if len(outs) == 1:
            mark = Mark(series, first, np.array([first]), len(self.layers), True, False, way=())
            self.marks.keep(outs[0], mark)


def of_numbers(understood: Understood) -> bool:
    """Whether a network was read unit by unit, of one sample after the other."""
    units = [one for layer in understood.units for one in layer.units]
    return bool(units) and understood.roles.layout == "columns"


def _places(unit: Unit, own: int) -> list[int]:
    """The operations of a unit of which something is to be known; its sum is the last of them."""
    added = [] if unit.added is None else [unit.added[0]]
    return [*(place[0] for place in unit.inputs), *added, own]


def _joined(several: list[Array]) -> Array:
    return several[0] if len(several) == 1 else np.concatenate(several)


def _made_of(understood: Understood, layers: tuple[UnitLayer, ...]) -> set[int]:
    """The operations of the step of which the outputs are made."""
    step = understood.roles.step
    output: Any = understood.roles.output
    items = getattr(output, "items", (output,))
    ends = {one.node for one in items} | {unit.node for layer in layers for unit in layer.units}
    needed = {*step.need}

    def before(number: int) -> set[int]:
        return needed & {one.node for one in takes(step.nodes[number])}

    return reached(needed & ends, before)
