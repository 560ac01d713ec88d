"""Which of the author's statements makes an array, seen while their functions run.

After each line of an author's function, what it can reach is looked through: an array that was not
there before, or has other numbers, was made by that line; of functions that call one another, by a
line of the innermost.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType, FunctionType, ModuleType
from typing import Any

import numpy as np

from diagnose.instruments.line_tracing import installed, is_theirs, traced
from diagnose.network.arrays import Array, copied
from diagnose.network.authors_code import line_of_element, line_of_tuple
from diagnose.network.record import Network

# Arrays are looked for in attributes, lists and dicts, and in those of these.
DEEP = 3
# Samples in the calls that are watched: all lines are seen with few.
SAMPLES = 64
# The fields of ``Network`` that make arrays, or a number.
ROLES = (
    "init", "prepare", "encode", "order", "learning_rate", "forward", "backward", "update",
    "accuracy",
)  # fmt: skip
# Arrays are one but for a factor where their cosine is 1 to so many parts: single precision, summed
# over a batch, rounds less.
PARALLEL = 1e-5
Place = tuple[str, int]
# The way to an array from a function's variables.
Path = tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Made:
    """An array, or a single number of NumPy's, and the line that made it what it is.

    path: the way to the array in the function. callers: the lines that called it, innermost first.
    """

    file: str
    line: int
    array: Any
    path: Path
    callers: tuple[Place, ...]

    @property
    def place(self) -> Place:
        """File and line; of a list that is written over several lines, that of its elements."""
        return self.file, line_of_element(self.file, self.line, self.path[-1:])


@dataclass
class Watch:
    """A trace function (``sys.settrace``) that notes what each line makes.

    installed: the author's code that is (``installed``). ended: the line with which the last of
    the author's functions returned.
    """

    installed: tuple[str, ...] = ()
    made: list[Made] = field(default_factory=list)
    known: dict[int, tuple[Any, Array | None]] = field(default_factory=dict)
    ended: Place | None = None

    def run(self, call: Callable[[], Any]) -> Any:
        """Call something and watch it."""
        return traced(self, call)

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        """A function begins: what it is handed is there already."""
        if not self.is_theirs(frame):
            return None
        outer = frame.f_back
        for path, one in reachable(frame):
            if self._is_new(one) and outer and self.is_theirs(outer):
                self._add(outer, outer.f_lineno, one, path)  # on the way into the call
            self._remember(one)
        return _Lines(self, frame.f_lineno)

    def is_theirs(self, frame: FrameType) -> bool:
        """Whether a call is of the author's code."""
        return is_theirs(frame.f_code.co_filename, self.installed)

    def note(self, frame: FrameType, line: int, returned: Any = None) -> None:
        """A line is done."""
        by_element = _by_element(frame, line, returned)
        for path, one in (*reachable(frame), *arrays_in(returned, DEEP, ("return",))):
            if self._is_new(one):
                self._add(frame, by_element.get(id(one), line), one, path)

    def _add(self, frame: FrameType, line: int, one: Any, path: Path) -> None:
        file = frame.f_code.co_filename
        self.made.append(Made(file, line, one, path, self._callers(frame)))
        self._remember(one)

    def _callers(self, frame: FrameType) -> tuple[Place, ...]:
        found = []
        outer = frame.f_back
        while outer is not None:
            if self.is_theirs(outer):
                found.append((outer.f_code.co_filename, outer.f_lineno))
            outer = outer.f_back
        return tuple(found)

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


def reachable(frame: FrameType) -> Iterator[tuple[Path, Any]]:
    """The arrays that a function has got hold of: in its variables, and in globals it names."""
    for name, one in list(frame.f_locals.items()):
        yield from arrays_in(one, DEEP, (name,))
    for name in frame.f_code.co_names:
        if name in frame.f_globals:
            yield from arrays_in(frame.f_globals[name], DEEP, ("global", name))


def arrays_in(value: Any, deep: int, path: Path) -> Iterator[tuple[Path, Any]]:
    """The arrays and numbers of NumPy's in a value, its items and its attributes, with the way."""
    if isinstance(value, np.ndarray | np.generic):
        if value.dtype != object:
            yield path, value
    elif deep and not isinstance(value, type | ModuleType | FunctionType | str | bytes):
        if isinstance(value, Mapping):
            inner: Any = value
        elif isinstance(value, list | tuple):
            inner = dict(enumerate(value))
        else:
            inner = getattr(value, "__dict__", {})
        for name, one in list(inner.items()):
            yield from arrays_in(one, deep - 1, (*path, name))


def place_of(made: list[Made], array: Any) -> Place | None:
    """Where an array was last made, as far as that can be seen."""
    found = maker(made, array)
    return found.place if found else None


def maker(made: list[Made], array: Any) -> Made | None:
    """The last that made an array; where none made that very one, one that has its numbers."""
    for one in reversed(made):
        if one.array is array:
            return one
    wanted = np.ravel(array)
    for one in reversed(made):
        if np.size(one.array) == wanted.size and any(
            np.array_equal(np.ravel(side), wanted, equal_nan=_floats(wanted))
            for side in (one.array, one.array.T)
        ):
            return one
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
    for watch, made in _watched(network, role, samples, seed):
        for name in names:
            array = made.get(name) if isinstance(made, Mapping) else made
            there = None if array is None else place_of(watch.made, array)
            if there and role == "init":
                there = _drawn(watch.made, array) or there
            if not name and not isinstance(made, Mapping):
                there = there or watch.ended
            if there:
                found.setdefault(name, there)
        if len(found) == len(names):
            break
    return found


def stepped_aside(
    network: Network, names: Collection[str], samples: tuple[Array, Array, Array], seed: int
) -> dict[str, Place]:
    """Where an update computes the step of parameters that it then leaves as they were."""

    def is_step(array: Array, before: Array, gradient: Array) -> bool:
        return np.shape(array) == np.shape(before) and parallel(array - before, gradient)

    return _in_a_step(network, names, is_step, samples, seed)


def cut_in_step(
    network: Network, bounds: Mapping[str, float], samples: tuple[Array, Array, Array], seed: int
) -> dict[str, Place]:
    """Where an update cuts the numbers of gradients, by their parameters; bounds: at what."""
    found: dict[str, Place] = {}
    for name, bound in bounds.items():

        def is_cut(array: Array, before: Array, gradient: Array, bound: float = bound) -> bool:
            wanted = np.clip(gradient, -bound, bound)
            return np.shape(array) == np.shape(gradient) and parallel(array, wanted)

        found |= _in_a_step(network, [name], is_cut, samples, seed)
    return found


def halved_in_step(
    network: Network, names: Collection[str], samples: tuple[Array, Array, Array], seed: int
) -> dict[str, Place]:
    """Where an update leaves out the numbers of a gradient that have one sign, by parameters."""

    def is_half(array: Array, before: Array, gradient: Array) -> bool:
        if np.shape(array) != np.shape(gradient) or not gradient.min() < 0 < gradient.max():
            return False
        taken = np.asarray(array) != 0
        return any(np.array_equal(taken, one) for one in (gradient > 0, gradient < 0))

    return _in_a_step(network, names, is_half, samples, seed)


def _in_a_step(
    network: Network,
    names: Collection[str],
    is_it: Callable[[Array, Array, Array], bool],
    samples: tuple[Array, Array, Array],
    seed: int,
) -> dict[str, Place]:
    """The first place in a step where an array is made of which ``is_it(array, before, gradient)``.

    before: a parameter as it was, gradient: its own.
    """
    found: dict[str, Place] = {}
    count = min(SAMPLES, network.batch_size)
    _, rows, labels = (one[:count] for one in samples)
    try:
        with np.errstate(all="ignore"):
            before, x = network.init(seed), network.lay_out(np.array(rows))
            trace = network.forward(copied(before), x)
            gradients = network.backward(copied(before), trace, x, np.array(labels))
            watch, rate = Watch(installed(network)), network.learning_rate(0)
            watch.run(lambda: network.update(copied(before), copied(gradients), rate))
    except Exception:  # whatever somebody's code raises on samples chosen by us
        return found
    for name in names:
        gradient = gradients.get(name)
        if gradient is None or np.shape(gradient) != np.shape(before[name]):
            continue
        for one in watch.made:
            if is_it(one.array, before[name], gradient):
                found.setdefault(name, one.place)
    return found


def _drawn(made: list[Made], array: Any) -> Place | None:
    """Where the numbers of a parameter were first there, whatever they were multiplied by since."""
    return next((one.place for one in made if parallel(one.array, array)), None)


def _watched(
    network: Network, role: str, samples: tuple[Array, Array, Array], seed: int
) -> Iterator[tuple[Watch, Any]]:
    """A function of the network watched on some samples, and on a single one; what it returned."""
    for count in dict.fromkeys((min(SAMPLES, network.batch_size), 1)):
        watch = Watch(installed(network))
        some = tuple(one[:count] for one in samples)
        try:
            with np.errstate(all="ignore"):
                made = watch.run(_call(network, role, some, seed))
        except Exception:  # whatever somebody's code raises on samples chosen by us
            return
        yield watch, made


def second_call(
    network: Network, name: str, samples: tuple[Array, Array, Array], seed: int
) -> Place | None:
    """Where the forward pass calls a function again that makes an array of what it made before.

    Where one line does it both times it is not that line which does it once too often.
    """
    for watch, trace in _watched(network, "forward", samples, seed):
        last = maker(watch.made, trace[name])
        if last is None:
            continue
        before = [one for one in watch.made if one.place == last.place and one is not last]
        earlier = {one.callers for one in before}
        for place in last.callers if before else ():
            if not all(place in one for one in earlier):
                return place
        return last.callers[0] if before and last.callers else last.place
    return None


def first_not_finite(network: Network, call: Callable[[], Any]) -> Place | None:
    """The line of a network that first makes a number that is not finite, or None if none does."""
    watch = Watch(installed(network))
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
    if role == "accuracy" and network.accuracy is not None:
        accuracy, outputs = network.accuracy, trace[network.layers[-1].out]
        return lambda: accuracy(outputs, np.array(labels))
    if role == "backward":
        return lambda: network.backward(parameters, trace, x, np.array(labels))
    if role != "update":
        raise ValueError(f"{role} is no function that makes arrays")
    gradients = network.backward(copied(parameters), trace, x, np.array(labels))
    rate = network.learning_rate(0)
    return lambda: network.update(parameters, gradients, rate)


def _along(one: Array, other: Array) -> float:
    """The cosine between two arrays; 0 where there is none."""
    first, second = (np.ravel(np.asarray(side, float)) for side in (one, other))
    if first.size != second.size:
        return 0.0
    sizes = float(np.linalg.norm(first)), float(np.linalg.norm(second))
    if not all(np.isfinite(size) and size > 0 for size in sizes):
        return 0.0
    return float(first @ second) / sizes[0] / sizes[1]


def parallel(one: Array, other: Array) -> bool:
    """Whether two arrays are one but for a factor that is not 0."""
    return abs(_along(one, other)) > 1 - PARALLEL
