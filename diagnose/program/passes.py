"""The pass by which a script tests its network, held against that of its training, by numbers.

The way forward of a step is run again on what the test hands its network, with the weights that the
test has. What meets a weight there is what meets it in the test, or the test computes another
function than the one that was trained; then the training's own expression is what is to be written.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from diagnose.network.arrays import Array
from diagnose.program.graph import Frame, Graph, Operation
from diagnose.program.judging import CLOSE, CLOSE_SINGLE, Judgement
from diagnose.program.names import Names, alive, names_of
from diagnose.program.points import is_number
from diagnose.program.signals import laid_out_of, noise
from diagnose.program.writing import LOOSE, Splice, Text, replaced
from diagnose.recording.sites import Site, Span, span_of

# So many arrays are taken for what a test hands its network, and so many values looked through.
MOST_TAKEN, MOST_VALUES = 4, 4000
# The name with which what holds a weight begins.
ROOT = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, kw_only=True)
class Parting:
    """Where a test computes something else than the training does.

    test, training: the places of both. splices: what to write in the place of the test's, and in
    which file; none where that is not known. left_out: whether the test has what the training adds
    to it, without that.
    """

    test: int
    training: int
    left_out: bool
    file: str = ""
    splices: tuple[Splice, ...] = ()


class Meeting(NamedTuple):
    """An operation in which a weight, or a bias, meets what is made of samples."""

    operation: Operation
    weight: int
    other: int


class Block(NamedTuple):
    """Samples of a test in as large a block as a step takes, by the axis along which they stand."""

    rows: Array
    axis: int


def partings(
    made: Judgement, test: Graph, sites: Sequence[Site], texts: Mapping[str, Text]
) -> Iterator[Parting]:
    """Where a test parts from the way forward of a step; nowhere, where it has none."""
    way = _Way(made)
    if not way.meetings:
        return
    several = [(at, held) for at in _taken(way, test) if (held := _held(way, test, at, {}))]
    if not several:
        return
    taken, held = max(several, key=lambda each: len(each[1].partners))
    instead: dict[int, int] = {}
    while held is not None and (apart := held.apart()) is not None and apart[0] not in instead:
        found = held.parted(*apart, sites, texts)
        if found is None:
            return
        yield found
        instead[apart[0]] = apart[1]  # and what is wrong beside that
        held = _held(way, test, taken, instead) if not apart[2] else None


class _Way:
    """The way forward of a step.

    samples: what first meets a weight. unused: what a step makes before its outputs, and these are
    not made of.
    """

    def __init__(self, made: Judgement) -> None:
        graph = self.graph = made.graph
        joint = made.joint
        self.passed = graph.behind(joint.outputs)
        self.close = _closeness(graph.recorded[joint.outputs[0]])
        self.values = graph.run(graph.given)
        self.meetings = [*self._meetings(joint.forward, joint.active, joint.fed)]
        first = [one.other for one in self.meetings[:1]]
        self.samples = first[0] if first else -1
        self.weights = list(dict.fromkeys(one.weight for one in self.meetings))
        earlier = {one.value for one in graph.operations if one.value <= max(joint.outputs)}
        self.unused = earlier - self.passed
        reached = graph.reached([self.samples, *self.weights])
        self.affected = sorted((self.passed | self.unused) & reached)
        drawn = noise(graph) - graph.reached([self.samples])
        if self.samples in joint.active or self._takes(drawn):
            self.meetings = []  # it has noise, which no test has

    def _takes(self, values: set[int]) -> bool:
        takers = map(self.graph.operation, self.passed.intersection(self.affected))
        return any(one is not None and not values.isdisjoint(one.operands) for one in takers)

    def _meetings(
        self, forward: frozenset[int], active: frozenset[int], fed: frozenset[int]
    ) -> Iterator[Meeting]:
        for one in self.graph.operations:
            if one.value not in forward or one.value not in self.passed:
                continue
            mine = [each for each in one.operands if each in active and each not in fed]
            others = [each for each in one.operands if each in fed]
            if len(mine) == len(others) == 1:
                yield Meeting(one, mine[0], others[0])

    def again(self, rows: Array, weights: Mapping[int, Any]) -> list[Any] | None:
        """Its values from other samples and weights; None where it cannot be done with these."""
        replaced = {self.samples: rows, **weights}
        try:
            return self.graph.again(self.values, replaced, {*self.affected} - replaced.keys())
        except (
            Exception
        ):  # what the author's functions raise of other samples is no error of theirs
            return None

    @cached_property
    def of_weights(self) -> dict[int, int]:
        """Of which weights each value is made."""
        return self.graph.made_of(self.weights)


def _closeness(value: Any) -> float:
    return CLOSE_SINGLE if np.asarray(value).dtype == np.float32 else CLOSE


def _weights(way: _Way, test: Graph, reached: Collection[int]) -> dict[int, list[int]] | None:
    """The values of a test that are each weight of the training, as it was trained since.

    reached: what the test makes of its samples. Of several weights of one shape each is met in its
    turn; where the test has others than the training, each is the one of its direction. None where
    that is not clear.
    """
    bare = laid_out_of(test, {one.value for one in test.inputs})
    met: dict[tuple[int, ...], dict[bytes, list[int]]] = {}
    for one in map(test.operation, sorted(reached)):
        for value in one.operands if one is not None else ():
            its = test.recorded[value]
            if value in bare and value not in reached and is_number(its):
                several = met.setdefault(np.shape(its), {})
                several.setdefault(np.asarray(its, float).tobytes(), []).append(value)
    found: dict[int, list[int]] = {one: [] for one in way.weights}
    for shape in dict.fromkeys(np.shape(way.values[one]) for one in way.weights):
        mine = [one for one in way.weights if np.shape(way.values[one]) == shape]
        theirs = [*met.get(shape, {}).values()]
        if theirs and len(mine) != len(theirs):
            pairs = _by_direction(way, test, mine, theirs)
            if pairs is None:
                return None
            mine, theirs = pairs
        found.update(zip(mine, theirs, strict=False))
    return found


def _by_direction(
    way: _Way, test: Graph, mine: Sequence[int], theirs: Sequence[list[int]]
) -> tuple[list[int], list[list[int]]] | None:
    """Weights of the training, and those of a test that point as they do; None if that is unclear.

    Each is the one that points as another does, more than twice as far as any other that is there.
    """
    table = np.array(
        [[_along(way.values[one], test.recorded[each[0]]) for each in theirs] for one in mine]
    )
    pairs: list[tuple[int, int]] = []
    for _ in range(min(table.shape)):
        row, column = np.unravel_index(np.argmax(table), table.shape)
        others = [*np.delete(table[row], column), *np.delete(table[:, column], row), 0.0]
        if not table[row, column] > 2 * max(others) or np.size(way.values[mine[0]]) < 2:
            return None
        pairs.append((int(row), int(column)))
        table[row], table[:, column] = -np.inf, -np.inf
    return [mine[row] for row, _ in pairs], [theirs[column] for _, column in pairs]


def _along(one: Any, other: Array) -> float:
    left, right = np.ravel(one), np.ravel(other)
    norm = float(np.linalg.norm(left) * np.linalg.norm(right))
    return float(left @ right) / norm if norm else 0.0


def _taken(way: _Way, test: Graph) -> list[int]:
    """What meets the first weight in a test."""
    shape = np.shape(way.values[way.weights[0]])
    found: dict[tuple[int, int], int] = {}
    for one in test.operations:
        others = [each for each in one.operands if np.shape(test.recorded[each]) != shape]
        if len(others) == 1 < len(one.operands) and is_number(test.recorded[others[0]]):
            found.setdefault((one.site, np.size(test.recorded[others[0]])), others[0])
    return [*dict.fromkeys(found.values())][:MOST_TAKEN]


def _held(way: _Way, test: Graph, taken: int, instead: Mapping[int, int]) -> _Held | None:
    """A test held against the way forward, of what it takes for its samples.

    instead: values of the test that the way forward takes for its own.
    """
    block = _block(test.recorded[taken], np.shape(way.values[way.samples]))
    if block is None:
        return None
    reached = sorted(test.reached([taken]))[:MOST_VALUES]
    known = _weights(way, test, {*reached})
    if known is None:
        return None
    replaced = {one: test.recorded[its[0]] for one, its in known.items() if its}
    for value, its in instead.items():
        other = _block(test.recorded[its], np.shape(way.values[value]))
        if other is None:
            return None
        replaced[value] = other.rows
    values = way.again(block.rows, replaced)
    if values is None:
        return None
    partners: dict[int, int] = {}
    for value in (way.samples, *way.affected):
        if value in known:
            continue
        same = (one for one in reached if _agree(values[value], test.recorded[one], way.close))
        if (partner := next(same, None)) is not None:
            partners[value] = partner
    return _Held(way, test, values, reached, known, partners, block)


def _block(value: Any, shape: tuple[int, ...]) -> Block | None:
    """As many samples as a step takes, of those of a test, over and over if they are fewer."""
    given = np.asarray(value)
    if given.ndim == len(shape):
        apart = [at for at, sizes in enumerate(zip(given.shape, shape, strict=True))
                 if sizes[0] != sizes[1]]  # fmt: skip
        if len(apart) > 1 or 0 in given.shape:
            return None
        at = apart[0] if apart else 0
        return Block(given.take(np.arange(shape[at]) % given.shape[at], axis=at), at)
    for at in range(len(shape)):
        if (*shape[:at], *shape[at + 1 :]) == given.shape:
            return Block(np.repeat(np.expand_dims(given, at), shape[at], axis=at), at)
    return None


def _agree(one: Any, other: Any, close: float) -> bool:
    """Whether two values are the same, of as many samples as both have."""
    if not (is_number(one) and is_number(other)):
        return False
    both = _alike(np.squeeze(np.asarray(one, float)), np.squeeze(np.asarray(other, float)))
    if both is None:
        return False
    left, right = both
    most = float(np.abs(right).max(initial=0.0))
    if not 0 < most < np.inf or not np.isfinite(left).all():
        return False
    left, right = left / most, right / most  # whose squares may be too large
    return float(np.linalg.norm(left - right)) <= close * float(np.linalg.norm(right))


def _alike(one: Array, other: Array) -> tuple[Array, Array] | None:
    """As much of two arrays as they may have in common: along one axis one may be longer."""
    if one.ndim != other.ndim:
        longer, shorter = (one, other) if one.ndim > other.ndim else (other, one)
        for at in range(longer.ndim if longer.ndim == shorter.ndim + 1 else 0):
            if (*longer.shape[:at], *longer.shape[at + 1 :]) == shorter.shape:
                return longer.take(0, axis=at), shorter
        return None
    apart = [at for at, sizes in enumerate(zip(one.shape, other.shape, strict=True))
             if sizes[0] != sizes[1]]  # fmt: skip
    if len(apart) > 1:
        return None
    for at in apart:
        count = min(one.shape[at], other.shape[at])
        one, other = (each.take(np.arange(count), axis=at) for each in (one, other))
    return one, other


@dataclass(frozen=True)
class _Held:
    """A test held against the way forward.

    values: of the way forward, run on the test's samples. reached: what the test makes of these.
    weights: the test's, by the training's. partners: for each value of the way the same of the
    test.
    """

    way: _Way
    test: Graph
    values: list[Any]
    reached: list[int]
    weights: dict[int, list[int]]
    partners: dict[int, int]
    block: Block

    def apart(self) -> tuple[int, int, bool] | None:
        """Where both part: the training's value, the test's, and whether something is left out.

        None where the test computes what was trained, or is none of it.
        """
        whole = (1 << len(self.way.weights)) - 1
        if any(self.way.of_weights.get(one, 0) == whole for one in self.partners):
            return None
        here = {*self.reached}
        operands = [[*one.operands] for one in map(self.test.operation, self.reached) if one]
        met = {
            weight: [each for taken in operands if not {*several}.isdisjoint(taken)
                     for each in taken if each in here]
            for weight, several in self.weights.items()
        }  # fmt: skip
        tables = [one for one in met if np.ndim(self.values[one]) > 1]
        if not all(met[one] for one in tables):
            return None  # it is another network, or a part of it
        for meeting in self.way.meetings[1:]:
            several = met[meeting.weight]
            if several and not any(self._is(meeting.other, each) for each in several):
                return self._both_finite(meeting.other, several[0])
        missing = [one for one in self.way.meetings if not met[one.weight]]
        if missing and (without := self.partners.get(missing[-1].other)) is not None:
            return missing[-1].operation.value, without, True
        return None

    def _both_finite(self, value: int, other: int) -> tuple[int, int, bool] | None:
        """Values that are not the same; None where numbers have overflowed, which are no others."""
        pair = self.values[value], self.test.recorded[other]
        are = all(is_number(one) and np.isfinite(np.asarray(one, float)).all() for one in pair)
        return (value, other, False) if are else None

    def _is(self, value: int, other: int) -> bool:
        return _agree(self.values[value], self.test.recorded[other], self.way.close)

    def _mixes(self, value: int) -> bool:
        """Whether a sample's value hangs on other samples, as in a normalisation of a batch."""
        rows, at = self.block
        first, rest = rows.take([0], axis=at), rows.take(range(1, rows.shape[at]), axis=at)
        weights = {one: self.values[one] for one in self.way.weights}
        others = np.concatenate([first, 0.5 * np.flip(rest, axis=at)], axis=at)
        both = [self.way.again(each, weights) for each in (rows, others)]
        if both[0] is None or both[1] is None:
            return True
        left, right = (np.asarray(each[value], float) for each in both if each is not None)
        axes = [axis for axis, size in enumerate(left.shape) if size == rows.shape[at]]
        return len(rest) > 0 and not any(
            np.allclose(left.take(0, axis=axis), right.take(0, axis=axis), rtol=self.way.close)
            for axis in axes
        )

    def parted(
        self, value: int, other: int, left_out: bool, sites: Sequence[Site],
        texts: Mapping[str, Text],
    ) -> Parting | None:  # fmt: skip
        """The places of both, and what to write in that of the test.

        None where the training makes the very value of the test and does not use it: then it is the
        training that is to be mended.
        """
        mine, its = self.way.graph.operation(value), self.test.operation(other)
        if mine is None or its is None or self._mixes(value):
            return None
        if any(self._is(one, other) for one in self.way.unused.intersection(self.way.affected)):
            return None
        shared = {one.site for one in map(self.way.graph.operation, self.way.affected) if one}
        training = _levels(self.way.graph, mine)[0]
        found = Parting(test=_levels(self.test, its)[0], training=training, left_out=left_out)
        writer = _Writer(self, names_of(self.way.graph, sites, texts),
                         names_of(self.test, sites, texts))  # fmt: skip
        for place in _levels(self.test, its):
            text = texts.get(sites[place].file)
            node = text.expression(sites[place].span) if text is not None else None
            if place in shared or text is None or not isinstance(node, ast.expr):
                continue
            written = writer.written(value, place, its)
            if written == text.text(node):
                return None  # the very same, whatever differs
            if written is not None:
                splice = replaced(text, node, written)
                return Parting(
                    test=place, training=training, left_out=left_out, file=sites[place].file,
                    splices=(splice,),
                )  # fmt: skip
        return found


def _levels(graph: Graph, one: Operation) -> list[int]:
    """The places at which a value is made: of the calls that give it back, and its own.

    The outermost first.
    """
    found = [one.site]
    for call, frame in zip(reversed(one.calls), graph.frames(one.frame), strict=False):
        within = [
            each.value
            for each in graph.operations
            if each.frame and frame[0] <= each.frame[0] and each.frame[1] <= frame[1]
        ]
        if max(within, default=-1) != one.value:
            break
        found.insert(0, call)
    return found


class _Writer:
    """Writes what the training computes as the test would, in the names that it has there."""

    def __init__(self, held: _Held, names: Names, there: Names) -> None:
        self.held, self.names, self.there = held, names, there
        self.graph = held.way.graph

    def written(self, value: int, place: int, its: Operation) -> str | None:
        """The expression of a value, for a place of the test at which it is to be made."""
        return self._made(value, self._scope(place, its), set())

    def _made(self, value: int, scope: Mapping[int, str], within: set[int]) -> str | None:
        """The expression by which the training makes a value, in the names of the test."""
        one = self.graph.operation(value)
        if one is None or value in within:
            return None
        for level in _levels(self.graph, one):
            site = self.names.sites[level]
            text = self.names.texts.get(site.file)
            node = text.expression(site.span) if text is not None else None
            if text is not None and isinstance(node, ast.expr):
                known = self._known(self._frame(one, level))
                written = self._with_operands(node, text, known, scope, {*within, value})
                if written is not None:
                    return written
        return None

    def _frame(self, one: Operation, level: int) -> Frame:
        """The run of a function in which a place stands that an operation is done at, or within."""
        if level == one.site:
            return one.frame
        frames = [*self.graph.frames(one.frame), ()]
        at = [*reversed(one.calls)].index(level)
        return frames[at + 1]

    def _known(self, frame: Frame) -> dict[Span | str, int]:
        """What stands in a run of a function, by its place, and by its name."""
        found: dict[Span | str, int] = {each.name: each.value for each in
                                        self.names.met.get(frame, ())}  # fmt: skip
        for one in self.graph.operations:
            if one.frame == frame and (span := self.names.sites[one.site].span) is not None:
                found[span] = one.value
        return found

    def _scope(self, place: int, its: Operation) -> dict[int, str]:
        """What the values of the test are called where an expression is to stand."""
        graph = self.held.test
        frame = its.frame
        if place != its.site:
            at = [*reversed(its.calls)].index(place)
            frame = [*graph.frames(its.frame), ()][at + 1]
        last = [one for one in graph.operations if one.frame == frame and one.value <= its.value]
        one = last[-1] if last else its
        found = {value: name for name, value in alive(self.there, one)}
        for each in last:
            site = self.there.sites[each.site]
            text = self.there.texts.get(site.file)
            node = text.expression(site.span) if text is not None else None
            if text is not None and isinstance(node, ast.expr) and each.value not in found:
                inner = self.there.sites[place].span
                if inner is not None and span_of(node) is not None and _is_within(node, inner):
                    found[each.value] = text.text(node)
        return found

    def _spelled(
        self, node: ast.expr, text: Text, known: Mapping[Span | str, int],
        scope: Mapping[int, str], within: set[int],
    ) -> str | None:  # fmt: skip
        """A part of an expression: what is made of samples or weights as the test has it."""
        span = span_of(node)
        value = known.get(span) if span is not None else None
        if value is None and isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
            value = known.get(ast.unparse(node))
        if value is None:
            return self._with_operands(node, text, known, scope, within)
        if (partner := self.held.partners.get(value)) in scope and partner is not None:
            return scope[partner]
        if value in self.held.weights:
            own = (scope[one] for one in self.held.weights[value] if one in scope)
            return next(own, None) or self._as_the_others(text.text(node), scope)
        if value not in self.held.way.affected:
            return self._with_operands(node, text, known, scope, within)
        return self._made(value, scope, within)

    def _with_operands(
        self, node: ast.expr, text: Text, known: Mapping[Span | str, int],
        scope: Mapping[int, str], within: set[int],
    ) -> str | None:  # fmt: skip
        """An expression, with all parts of it as the test has them."""
        start, end = text.ends(node)
        spelled = text.code[start:end]
        inner = []
        for child in _operands(node):
            made = self._spelled(child, text, known, scope, within)
            if made is None:
                return None
            if child is not node and _binds(node, child):
                made = _in_brackets(made, child)
            inner.append((*text.ends(child), made))
        for first, last, made in sorted(inner, reverse=True):
            spelled = spelled[: first - start] + made.encode() + spelled[last - start :]
        return spelled.decode()

    def _as_the_others(self, written: str, scope: Mapping[int, str]) -> str:
        """What the test would call a weight that it does not use, as it calls the others."""
        owner = ROOT.match(written)
        for weight, several in self.held.weights.items():
            mine = {name for name, each in self._every_name if each == weight}
            for theirs in (scope[one] for one in several if one in scope):
                there = ROOT.match(theirs)
                for name in mine if owner and there else ():
                    assert owner is not None
                    assert there is not None
                    if (at := ROOT.match(name)) is None or at[0] != owner[0]:
                        continue
                    if name[at.end() :] == theirs[there.end() :] != "":
                        return there[0] + written[owner.end() :]
        return written

    @cached_property
    def _every_name(self) -> set[tuple[str, int]]:
        return {(one.name, one.value) for several in self.names.met.values() for one in several}


def _operands(node: ast.AST) -> list[ast.expr]:
    """The expressions within one, but for the name of what it calls."""
    if isinstance(node, ast.Call):
        owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        return [*owner, *node.args, *(one.value for one in node.keywords)]
    if isinstance(node, ast.Attribute):
        return [node.value]
    return [one for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr)]


def _binds(node: ast.expr, child: ast.expr) -> bool:
    """Whether a sum in the place of a part of an expression must stand in brackets there."""
    return not isinstance(node, ast.Call) or child not in node.args


def _in_brackets(written: str, instead: ast.expr) -> str:
    """A sum, or the like, in brackets, where it stands in the place of a name."""
    is_loose = isinstance(ast.parse(written, mode="eval").body, LOOSE)
    return f"({written})" if is_loose and not isinstance(instead, LOOSE) else written


def _is_within(node: ast.expr, span: Span) -> bool:
    mine = span_of(node)
    assert mine is not None
    return span[:2] <= mine[:2] and mine[2:] <= span[2:]
