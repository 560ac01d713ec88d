"""Which of the author's statements makes an array, seen while their functions run.

After each line of an author's function, what it can reach is looked through: an array that was not
there before, or has other numbers, was made by that line; of functions that call one another, by a
line of the innermost.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType, FunctionType, ModuleType
from typing import Any

import numpy as np

from diagnose.instruments.line_tracing import is_theirs
from diagnose.network.arrays import Array, copied
from diagnose.network.authors_code import line_of_tuple
from diagnose.network.record import Network

# Arrays are looked for in attributes, lists and dicts, and in those of these.
DEEP = 3
# Samples in the calls that are watched: all lines are seen with few.
SAMPLES = 64
# The fields of ``Network`` that make arrays, or a number.
ROLES = ("init", "prepare", "encode", "order", "learning_rate", "forward", "backward", "update")
Place = tuple[str, int]


@dataclass(frozen=True, eq=False)
class Made:
    """An array, or a single number of NumPy's, and the line that made it what it is."""

    file: str
    line: int
    array: Any

    @property
    def place(self) -> Place:
        """File and line."""
        return self.file, self.line


@dataclass
class Watch:
    """A trace function (``sys.settrace``) that notes what each line makes.

    changed: is handed what was just made and how manieth it is, and may write into it. ended: the
    line with which the last of the author's functions returned.
    """

    changed: Callable[[int, Made], None] = lambda count, made: None
    made: list[Made] = field(default_factory=list)
    known: dict[int, tuple[Any, Array | None]] = field(default_factory=dict)
    ended: Place | None = None

    def run(self, call: Callable[[], Any]) -> Any:
        """Call something and watch it."""
        before = sys.gettrace()
        sys.settrace(self)
        try:
            return call()
        finally:
            sys.settrace(before)

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        """A function begins: what it is handed is there already."""
        if not is_theirs(frame.f_code.co_filename):
            return None
        for one in reachable(frame):
            self._remember(one)
        return _Lines(self, frame.f_lineno)

    def note(self, frame: FrameType, line: int, returned: Any = None) -> None:
        """A line is done."""
        lines = _by_element(frame, line, returned)
        for one in (*reachable(frame), *arrays_in(returned, DEEP)):
            if self._is_new(one):
                self.made.append(Made(frame.f_code.co_filename, lines.get(id(one), line), one))
                self.changed(len(self.made) - 1, self.made[-1])
                self._remember(one)

    def _is_new(self, one: Any) -> bool:
        there = self.known.get(id(one))
        if there is None or there[0] is not one:
            return True
        return there[1] is not None and not np.array_equal(there[1], one, equal_nan=_floats(one))

    def _remember(self, one: Any) -> None:
        self.known[id(one)] = one, np.array(one) if isinstance(one, np.ndarray) else None


@dataclass
class _Lines:
    """Follows the lines of one call of a function."""

    watch: Watch
    line: int

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        """A line was done."""
        if event in ("line", "return"):
            self.watch.note(frame, self.line, argument if event == "return" else None)
            if event == "return":
                self.watch.ended = frame.f_code.co_filename, self.line
            self.line = frame.f_lineno
        return self


def _floats(array: Any) -> bool:
    return bool(array.dtype.kind in "fc")


def _by_element(frame: FrameType, line: int, returned: Any) -> dict[int, int]:
    """Of a tuple that is returned, written over several lines, the line of each element."""
    if not isinstance(returned, tuple):
        return {}
    lines = line_of_tuple(frame.f_code.co_filename, line)
    if len(lines) != len(returned):
        return {}
    return {id(one): at for one, at in zip(returned, lines, strict=True)}


def reachable(frame: FrameType) -> Iterator[Any]:
    """The arrays that a function has got hold of: in its variables, and in globals it names."""
    seen = list(frame.f_locals.values())
    seen += [frame.f_globals[one] for one in frame.f_code.co_names if one in frame.f_globals]
    for one in seen:
        yield from arrays_in(one, DEEP)


def arrays_in(value: Any, deep: int) -> Iterator[Any]:
    """The arrays and numbers of NumPy's in a value, its items and its attributes."""
    if isinstance(value, np.ndarray | np.generic):
        if value.dtype != object:
            yield value
    elif deep and not isinstance(value, type | ModuleType | FunctionType | str | bytes):
        if isinstance(value, Mapping):
            inner: Any = list(value.values())
        elif isinstance(value, list | tuple):
            inner = value
        else:
            inner = list(getattr(value, "__dict__", {}).values())
        for one in inner:
            yield from arrays_in(one, deep - 1)


def place_of(made: list[Made], array: Any) -> Place | None:
    """Where an array was last made; where no line made that very one, one with its numbers."""
    for one in reversed(made):
        if one.array is array:
            return one.place
    wanted = np.ravel(array)
    for one in reversed(made):
        if np.size(one.array) == wanted.size and any(
            np.array_equal(np.ravel(side), wanted, equal_nan=_floats(wanted))
            for side in (one.array, one.array.T)
        ):
            return one.place
    return None


def places(
    network: Network,
    role: str,
    names: Collection[str],
    samples: tuple[Array, Array, Array],
    seed: int,
) -> dict[str, Place]:
    """Where a function of the network makes arrays, as far as that can be seen.

    role: the field of ``Network`` that holds the function. names: of parameters, of arrays of the
    forward pass, or an empty one where the function makes one array. samples: images as read, as
    the network is shown them, and labels.
    """
    found: dict[str, Place] = {}
    for count in dict.fromkeys((min(SAMPLES, network.batch_size), 1)):
        watch = Watch()
        some = tuple(one[:count] for one in samples)
        try:
            with np.errstate(all="ignore"):
                made = watch.run(_call(network, role, some, seed))
        except Exception:  # whatever somebody's code raises on samples chosen by us
            return found
        for name in names:
            array = made.get(name) if isinstance(made, Mapping) else made
            there = None if array is None else place_of(watch.made, array)
            if not name and not isinstance(made, Mapping):
                there = there or watch.ended
            if there:
                found.setdefault(name, there)
        if len(found) == len(names):
            break
    return found


def first_not_finite(call: Callable[[], Any]) -> Place | None:
    """The line that first makes a number that is not finite, or None if none does."""
    watch = Watch()
    try:
        watch.run(call)
    except ArithmeticError:
        return None
    return next((one.place for one in watch.made if not np.isfinite(one.array).all()), None)


def _call(network: Network, role: str, samples: tuple[Array, ...], seed: int) -> Callable[[], Any]:
    """A call of one of the network's functions, on arrays of its own."""
    images, rows, labels = samples
    x = network.lay_out(np.array(rows))
    match role:
        case "init":
            return lambda: network.init(seed)
        case "prepare":
            return lambda: network.prepare(np.array(images))
        case "encode" if network.encode is not None:
            encode = network.encode
            return lambda: encode(np.array(labels))
        case "order":
            return lambda: network.order(np.array(labels), 0, seed)
        case "learning_rate":
            return lambda: network.learning_rate(0)
    parameters = copied(network.init(seed))
    if role == "forward":
        return lambda: network.forward(parameters, x)
    trace = network.forward(parameters, x)
    if role == "backward":
        return lambda: network.backward(parameters, trace, x, np.array(labels))
    if role != "update":
        raise ValueError(f"{role} is no function that makes arrays")
    gradients = network.backward(copied(parameters), trace, x, np.array(labels))
    rate = network.learning_rate(0)
    return lambda: network.update(parameters, gradients, rate)
