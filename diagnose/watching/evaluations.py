"""Forward passes that no step follows, and what their answers are held against: how a script tests.

A pass begins where samples meet a weight of the first layer, and goes on along everything that is
computed of it, value by value. Weights and biases are known by the shapes of those that are
trained, whoever holds them: a copy that was kept as the best is one too. Where a product follows
after the last layer, it is a step's way back, and the pass is none of a test; nor are others of
samples that are trained on, if they come from there.
What an answer is compared with, or subtracted from, may be its label; whether it is, and whether
the pass is one of the network that was read, is not decided here (``own_test``).
"""

from __future__ import annotations

import itertools
import math
import time
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.before_whole import before_whole
from diagnose.reading.began import drawn_at
from diagnose.reading.collecting import Collector
from diagnose.reading.lineage import lineage
from diagnose.reading.loops import Loop, name_of
from diagnose.recording.calling import Way, begins_at, way
from diagnose.recording.nodes import Node
from diagnose.recording.operations import ARRAYS, LESS, MATMULS, PLUS, TIMES, VIEWS, memory
from diagnose.recording.sites import Site
from diagnose.recording.tape import Tape
from diagnose.telling.record import Told
from diagnose.watching.answers_met import Answers, compared
from diagnose.watching.labels_met import Met, level, met
from diagnose.watching.own_weights import OwnWeights, is_as_drawn
from diagnose.watching.reading_off import LONGEST, did
from diagnose.watching.series import MOST_ROWS, Mark, Series, fits, one_after_the_other, same_rows
from diagnose.watching.sought import (
    as_product,
    half,
    met_by,
    sought,
    stepped_at,
    without_ones,
)
from diagnose.watching.sources import Sources, prepared_for_training
from diagnose.watching.understanding import Understood

NUMBER = int | float | np.integer | np.floating
BACKWARD = MATMULS | {"outer", "einsum", "inner"}
MOST_BYTES = 64 << 20
# Sets of samples that are kept at once.
MOST_SERIES = 8
# A pass of trained samples that comes in so many turns one after the other belongs to the steps.
# A round number, not a measured one: a test is seldom made after so many steps in a row, and what
# is computed in each step is followed no longer than that, since to follow it takes time.
IN_A_ROW = 100
# Of a pass, samples up to so many bytes are copied as they go in.
COPIED = 4 << 20


class Evaluations(Answers):
    """Looks at each operation for passes of the network that was read; a watch of the witness."""

    FOLLOWED: tuple[type, ...] = ARRAYS

    def __init__(self, understood: Understood, seen: Collector, tape: Tape) -> None:
        self.tape = tape
        self.layers = sought(understood)
        super().__init__(self.FOLLOWED, len(self.layers))
        self.layout = understood.roles.layout
        self.loop = understood.roles.step.loop.site
        self.drawn = drawn_at(understood.roles.step)
        self.stepped = stepped_at(understood.roles.step)
        graph = understood.roles.step.graph
        self.weights = OwnWeights({one.size for one in self.layers}, self.stepped)
        self.trained = {one.site for one in graph if name_of(one) in MATMULS}
        steps = understood.roles.step.loop
        # the reading's own tape may be another one, which does not go on
        self.steps = Loop(tape, steps.site, steps.starts)
        # noise is no preparation
        self.prepared = None if seen.noisy else prepared_for_training(understood, self.layers[0])
        step, roles = understood.roles.step, understood.roles
        x = step.places()[step.parts(roles.x)[0]]
        self.made_whole = before_whole(step.loop, x, self.layers[0].features) is not None
        self.sources = Sources(tape, self.steps, made_whole=self.made_whole)
        self.seen = seen
        self.own = tape.own
        self.known: set[int] = set()
        self.counted = 0
        # how many samples there are to train on, once that is known
        self.trained_on = 0
        self.drawn_by: Way = ()
        self.over = self.anew = self.again = self.ended = False
        self.series: dict[tuple[Way, int], list[Series]] = {}
        # where passes of the steps come from
        self.of_steps: set[tuple[Way, int]] = set()
        self.serial = itertools.count(1)

    def turned(self, site: int) -> None:
        """A loop begins another turn."""
        if site != self.loop:
            return
        self.turns += 1
        self.marks.turn = self.turns
        self.again = self.over = self.over or self.anew
        # what a pass made may be compared after its turn, but not after the next one
        if self.marks.are_old():
            self.marks.clear()
            self.latest = None

    def told(self, sites: Sequence[Site]) -> list[Told]:
        """Nothing: passes are no fault."""
        return []

    def wants(self, site: int) -> bool:
        """Whether an operation on plain numbers is one that it looks at, beside comparisons."""
        return False

    def takes(self, kind: str, name: str) -> bool:
        """Whether an operation is one that it looks at."""
        return True

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at an operation."""
        if self.over:
            return
        if isinstance(value, list):
            self.in_rows(site, kind, args, value)
            return
        self.weights.note_on(site, kind, args, value)
        kind = "store" if name == "at" and value is None else kind  # as ``np.add.at`` does
        if not self.tape.recording:
            self.sources.note_on(site, kind, name, args, value)
        if kind == "call" and site in self.drawn:
            # parameters are drawn anew: what follows is another network, if that is trained
            self.drawn_by = self.drawn_by or way(self.own)
            self.anew, self.latest = True, None
            self.marks.clear()
        if (
            name == "Div"
            and self.latest is not None
            and all(isinstance(one, NUMBER) for one in args)
        ):
            self.latest[0].divides(site, float(args[0]), float(args[1]), self.trained_on)
        if kind == "get" and self.latest is not None and _is_one_of(value, args):
            self.picked = value, args[0], int(args[1])
        if kind in ("get", "store") and self.is_in_table(site, kind, args, value):
            return  # what counts answers is none
        name, args = as_product(name, args)
        marks = [self.marks.of(one) for one in args] if self.marks else []
        of = next((one for one in marks if one is not None), None)
        if site in self.stepped and not (marks and marks[0]):
            return  # a parameter is part of no pass, whatever it is stepped by
        if of is None:
            if name in MATMULS:
                self._begins(site, args, value)
            elif self.latest is not None and (pair := compared(kind, name, args)) is not None:
                self.may_be_answers(*self.latest, site, pair)
        elif not of.series.dropped:
            if name in BACKWARD and not self.are_counted(of, site, args, marks):
                self._product(of, site, args, marks, value)
            else:
                self._goes_on(of, site, kind, name, args, marks, value)

    # how a pass goes on

    def _begins(self, site: int, args: tuple[Any, ...], value: Any) -> None:
        """A product of a first layer's weight with samples."""
        layer = self.layers[0]
        if len(args) != 2 or layer.size not in (np.size(args[0]), np.size(args[1])):
            return
        # a batch may have as many samples as there are units: then it is as in the training
        for at in (1, 0) if self.layout == "columns" else (0, 1):
            found = met_by(args[at], args[1 - at], layer, left=at == 0)
            if found is None:
                continue
            rows, weight = found
            inner = without_ones(rows, layer)
            if inner is None:
                continue
            by = way(self.own)
            if (by, site) in self.of_steps and self._is_trained_on(inner):
                continue
            series = self._series(by, site, inner)
            most = min(MOST_ROWS, MOST_BYTES // max(inner[:1].nbytes, 1))
            if series.count and series.count + len(inner) > most:
                return
            first = series.count
            series.count += len(inner)
            copied = len(inner) == 1 or inner.nbytes <= COPIED
            series.rows.append(np.array(inner) if copied else inner)
            if not first:
                series.whole = memory(args[at]).size // inner.shape[1]
                series.prepared = self.sources.prepared(args[at], inner.shape[1])
                series.before = self.sources.before_whole(args[at], inner.shape[1])
            self._weight(series, 0, weight)
            numbers = np.arange(first, series.count)
            columns = at == 1 and np.ndim(args[at]) == 2
            series.sites.add(site)
            self._done(site, value, Mark(series, first, numbers, 1, layer.bias is None, columns))
            return

    def _series(self, by: Way, site: int, rows: Array) -> Series:
        """The passes that one of these samples goes on with, or a new one.

        Whoever answers samples of the training and those of a test in one line has two there. A
        single sample of the training may be among those of a test, too; and some of a batch, if all
        were made whole numbers, so that many are alike.
        """
        trained = self._is_trained_on(rows)
        every = self.series.setdefault((by, site), [])
        last = every[-1] if every else None
        if (
            last
            and (last.turn, last.anew, last.dropped) == (self.turns, self.anew, False)
            and (trained == last.trained or (len(rows) == 1 and trained) or self.made_whole)
        ):
            return last
        # what other passes of this turn gave may be compared still
        self.marks.leave_those_of(self.turns)
        kept = [one for one in every if one.met and not one.dropped][-1:]
        since = self.turns - last.turn if last else 2
        in_a_row = last.in_a_row + since if last and since < 2 else 0
        if in_a_row >= IN_A_ROW:
            self.of_steps.add((by, site))
        new = Series(
            number=next(self.serial), turn=self.turns, anew=self.anew,
            repeated=any(one.turn < self.turns for one in every), trained=trained,
            anew_at=begins_at(self.drawn_by, by), place=(by, site), in_a_row=in_a_row,
        )  # fmt: skip
        self.series[by, site] = [*kept, new]
        if len(self.series) > MOST_SERIES:
            del self.series[min(self.series, key=lambda one: self.series[one][-1].number)]
        return self.series[by, site][-1]

    def _is_trained_on(self, rows: Array) -> bool:
        rows_of_batches = self.seen.rows  # numbered as they came
        while self.counted < len(rows_of_batches):
            self.known.update(rows_of_batches[self.counted])
            self.counted += 1
        some = (rows[at] for at in {0, len(rows) // 2, len(rows) - 1})
        return all(zlib.crc32(np.ascontiguousarray(one).data) in self.known for one in some)

    def _weight(self, series: Series, at: int, weight: Array) -> None:
        layer = self.layers[at]
        if layer.name in series.parameters:
            return
        series.own = series.own and self.weights.is_own(weight)
        laid = weight if self.layout == "rows" else weight.T
        if layer.ones:
            series.parameters[layer.name] = np.array(
                half(laid, self.layout, layer.ones, bias=False)
            )
            bias = np.array(half(laid, self.layout, layer.ones, bias=True))
            series.parameters[layer.ones_name] = -bias if layer.threshold else bias
        else:
            series.parameters[layer.name] = np.array(layer.scale * laid)
        ref = next(filter(None, map(self.tape.place_of, (weight, memory(weight)))), None)
        written = id(memory(weight)) in self.sources.written
        if ref and not written and is_as_drawn(self.steps, ref):
            series.as_drawn.append(layer.name)

    def _product(
        self, of: Mark, site: int, args: tuple[Any, ...], marks: list[Mark | None], value: Any
    ) -> None:
        """The next layer's product; any other one that follows the last layer is a way back."""
        is_last = of.layer == len(self.layers)
        if is_last or sum(one is not None for one in marks) > 1:
            if is_last:
                of.series.dropped, of.series.rows = True, []
                self.of_steps.add(of.series.place)
            return
        layer = self.layers[of.layer]
        at = marks.index(of)
        found = met_by(args[at], args[1 - at], layer, left=at == 0) if len(args) == 2 else None
        if found is None or len(found[0]) != len(of.rows):
            return
        self._weight(of.series, of.layer, found[1])
        of.series.sites.add(site)
        columns = at == 1 and np.ndim(args[at]) == 2
        done = of._replace(layer=of.layer + 1, biased=layer.bias is None, columns=columns)
        self._done(site, value, done)

    def _done(self, site: int, value: Any, mark: Mark) -> None:
        """A layer's pre-activations; those of the last are kept."""
        self.marks.keep(value, mark)
        if mark.layer == len(self.layers):
            self.marks.keep(value, mark._replace(way=()))
            array = np.asarray(value)
            turned = mark.columns and array.ndim == 2
            laid = array.T if turned else array.reshape(len(mark.rows), -1)
            mark.series.last[mark.first] = np.array(laid)
            self.latest = mark.series, int(mark.rows[-1])

    def _goes_on(
        self,
        of: Mark,
        site: int,
        kind: str,
        name: str,
        args: tuple[Any, ...],
        marks: list[Mark | None],
        value: Any,
    ) -> None:
        """Anything else that is computed of a pass."""
        if name.endswith("_like"):
            return  # as many numbers, none of which comes of it
        size = len(of.rows)
        other = args[marks.index(None)] if len(args) == 2 and None in marks else None
        if other is not None and self._is_bias(of, name, other, args[-1] is other):
            self._done(site, value, of._replace(biased=True))
            return
        if isinstance(other, np.ndarray) and other.shape == np.shape(value):
            self._keep_mask(of, name, other)
        if of.layer == len(self.layers):
            self.latest = of.series, int(of.rows[-1])
            of_pass = [one is not None for one in marks]
            found = met(kind, name, args, of_pass, size, of.columns)
            if found is not None:
                found = found._replace(way=of.way, made=of.made)
                of.series.met_at = time.perf_counter()
            of = self._further(of, site, kind, name, args, of_pass)
            if found is None and of.way and (found := level(value, name, size)) is not None:
                found = found._replace(way=of.way, made=site)
            if found is not None:
                self._meets(of, found, site, args)
                if kind == "store":
                    return  # what counts answers is none
        if kind == "get":
            self.marks.taken(of, args, marks, value)
        elif of.several and not one_after_the_other(value, of):
            return
        elif fits(value, size) and all(one is None or same_rows(one, of) for one in marks):
            columns = np.ndim(value) > 1 and np.shape(value)[0] != size
            self.marks.keep(value, of._replace(columns=columns, several=False))

    def _is_bias(self, of: Mark, name: str, other: Any, is_last: bool) -> bool:
        """Whether a layer's bias is added, or its threshold taken off, which is kept then."""
        layer = self.layers[of.layer - 1]
        less = layer.threshold and name in LESS and is_last
        if not (less or name in PLUS) or of.biased or not layer.bias or less != layer.threshold:
            return False
        key, shape = layer.bias
        if np.size(other) != math.prod(shape):
            return False
        laid = np.array(np.reshape(other, shape))
        of.series.parameters.setdefault(key, -laid if less else laid)
        return True

    def _keep_mask(self, of: Mark, name: str, other: Array) -> None:
        """Keep what a layer's units are multiplied by where it drops some in the training."""
        mask = self.layers[of.layer - 1].mask
        if name in TIMES and mask and of.biased:
            stays = other != 0
            laid = stays.T if of.columns else stays.reshape(len(of.rows), -1)
            of.series.masks.setdefault(mask, {}).setdefault(of.first, laid)

    def _meets(self, of: Mark, found: Met, site: int, args: tuple[Any, ...]) -> None:
        """Keep what the last layer's values met, by which picks, and where that was."""
        of.series.meets(of.rows, found, site)
        of.series.picks((found.kind, site), self.picked_of(args))

    def _further(
        self, of: Mark, site: int, kind: str, name: str, args: tuple[Any, ...], of_pass: list[bool]
    ) -> Mark:
        """A value of a pass with the operation that goes on from it, after the last layer."""
        if kind == "get" or name in VIEWS - {"astype"}:
            return of  # the same numbers
        done = None if of.way is None else did(site, kind, name, args, of_pass)
        if done is None or of.way is None or len(of.way) >= LONGEST:
            return of._replace(way=None, made=site)
        return of._replace(way=(*of.way, done), made=site)

    def stand(self, *nodes: Node) -> list[int]:
        """Where operations stand: of each the call of the author's function that does no other."""
        calls = self.tape.calls_done
        found = []
        for node in nodes:
            alone = (
                site
                for first, end, site in calls
                if [one for one in nodes if first <= one.number < end] == [node]
            )
            found.append(next(alone, node.site))
        return found

    def chosen_at(self, taken: Node) -> int:
        """Where it was said which rows are taken: where an array of their numbers was made."""
        made = lineage(self.steps, taken.args[1])
        return made[-1].site if made else taken.site

    def found(self) -> Iterator[Series]:
        """Passes that came to their end, the earliest first."""
        every = [one for each in self.series.values() for one in each]
        names = {one.name for one in self.layers}
        for one in sorted(every, key=lambda one: one.number):
            whole = sum(map(len, one.last.values())) == one.count == sum(map(len, one.rows))
            # of weights that were drawn anew it is known at the end only that nothing trained them
            left = one.anew and (self.again or not self.ended)
            if one.count and not (one.dropped or left) and whole and names <= set(one.parameters):
                yield one


def _is_one_of(value: Any, args: tuple[Any, ...]) -> bool:
    """Whether a number was taken out of an array of numbers, by its place."""
    one = isinstance(args[0], np.ndarray) and args[0].ndim == 1 and args[0].dtype.kind in "iuf"
    return one and isinstance(value, np.generic) and isinstance(args[1], int | np.integer)
