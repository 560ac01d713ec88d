"""What this core can do, and how much of it a step of the compiled loop takes.

    python benchmarks/limits.py [--of [--mnist MNIST_DIR | ARGUMENTS OF diagnose]]

Of 784-128-10 units and batches of 32 of the carried digits, of which a fifth of the pixels is lit,
and of the post's 784-10-10-10 with one sample in each step. A term is a product that is added to a
sum, both rounded, in eight doubles at a time: it takes the processor a multiplication and an
addition, and the weights that it reads come out of the second-level cache; those that a step
changes go back there. All three are measured here by the loop's own instructions, in seconds of the
processor, the least of some tries.

With ``--of``, of all steps of a diagnosis instead, the default report's if no arguments follow: how
many it makes, what they take, and what they would take at that rate; and what all of it would take
at least, on one core and on two, with steps as they are and with such. What is not steps is Python,
which one core does. With ``--mnist``, of the network of ``benchmarks/ordinary.py``, and beside one
training by its own functions.

    python benchmarks/limits.py --first

The default report where numba has kept nothing, and where it has kept all: seconds of the processor
with one job. What one starts first cannot take less than the second.

    python benchmarks/limits.py --probes-only

What ``diagnose --probes-only`` cannot do without: the libraries that it loads, its data, and its
trainings, each in seconds of the processor.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

# Threads of BLAS that wait for each other would count; before NumPy is loaded.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))

import numpy as np
from numba import njit

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.ordinary import OWN, seconds, written_network  # noqa: E402
from benchmarks.trainings import diagnosed  # noqa: E402
from diagnose.data import carried  # noqa: E402
from diagnose.training import kernel  # noqa: E402
from diagnose.training.compiled import Inputs  # noqa: E402
from diagnose.training.kernel_parts import LANES, add_terms, spread_terms  # noqa: E402

TRIES, ROUNDS, STEPS = 7, 200, 2000
# Numbers in a row of the first layer; rows that stay in a first-level cache, and all of them.
WIDE, FEW, ALL = 128, 16, 784
RATE = 0.05
# What makes steps, and where among its arguments stand units, samples of each step and where their
# pixels begin; then the runs that live, or how many layers of the one run do not.
MADE_BY = {"steps_in_lanes": (5, 9, 14, 4), "train_one_by_one": (3, 7, 12, 2),
           "train_alone": (3, 7, 12, 2)}  # fmt: skip
# Units, samples in each step, runs side by side.
SHAPES = (((784, 128, 10), 32, 1), ((784, 10, 10, 10), 1, 1), ((784, 10, 10, 10), 1, 8))


class Rates(NamedTuple):
    """Seconds for a term of ``LANES`` doubles.

    near: of weights in a first-level cache; far: read out of the second level; back: added to
    weights that come from there and go back.
    """

    near: float
    far: float
    back: float

    def least(self, every: float, first: float, moved: float) -> float:
        """Seconds for so many terms.

        first: of them those of the first layer's sums; moved: how many go back of its changes.
        """
        return first * self.far + moved * self.back + (every - first - moved) * self.near


@njit
def added(total: Any, factor: Any, term: Any, index: Any, rounds: int) -> None:
    """Add rows to one, again and again."""
    for _ in range(rounds):
        add_terms(total, 0, factor, 0, 1, term, 0, WIDE, index, 0, index.size, WIDE)


@njit
def changed(total: Any, factor: Any, term: Any, index: Any, rounds: int) -> None:
    """Add multiples of one row to others, again and again."""
    for _ in range(rounds):
        spread_terms(term, 0, WIDE, factor, 0, total, 0, index, 0, index.size, WIDE)


def least(work: Callable[[], object], count: int) -> float:
    """Seconds of the processor for one of so many pieces of work: the least of some tries."""
    work()
    taken = []
    for _ in range(TRIES):
        began = time.process_time()
        work()
        taken.append((time.process_time() - began) / count)
    return min(taken)


def seconds_of_a_term(rows: int, by: Callable[..., None] = added) -> float:
    """Seconds for a term of ``LANES`` doubles, of rows that are taken one after the other."""
    index = (np.arange(ALL) % rows).astype(np.int32)
    term = np.ones(rows * WIDE)
    total, factor = np.zeros(WIDE), np.full(ALL, 1e-9)
    vectors = ROUNDS * ALL * WIDE // LANES
    return least(lambda: by(total, factor, term, index, ROUNDS), vectors)


def step(sizes: tuple[int, ...], batch: int, runs: int) -> tuple[float, float]:
    """Seconds of a step of so many runs side by side, for each; and the pixels that are lit."""
    random, digits = np.random.default_rng(0), carried()
    inputs = Inputs.of(digits.images.reshape(len(digits.images), -1) / 255)
    layers = len(sizes) - 1
    drawn = [
        np.append(random.normal(0, (2 / n) ** 0.5, n * width), np.zeros(width))
        for n, width in pairwise(sizes)
    ]
    theta = np.array([np.concatenate(drawn)] * runs)
    order = random.integers(0, len(digits.labels), (1, STEPS, batch)).astype(np.int32)
    given = (
        np.array(sizes), np.array([0] * (layers - 1) + [5]), np.zeros(layers),
        np.ones((runs, layers, 2)), order, np.full((runs, 1), RATE), digits.labels,
        np.eye(sizes[-1]), 0, inputs.starts, inputs.columns, inputs.values, np.ones(runs, bool),
        np.zeros((runs, 0, 2, 3, 2)), np.zeros(runs, bool), np.zeros((0, 0, 0, 0), np.uint8),
        np.ones(layers - 1),
    )  # fmt: skip
    lit = np.diff(inputs.starts)[order].sum() / STEPS
    return least(lambda: kernel.train(theta.copy(), *given), STEPS * runs), float(lit)


def terms(
    sizes: Any, samples: float, steps: int, lit: float, live: Any
) -> tuple[float, float, float]:
    """Terms of so many samples of which so many pixels are lit, and those of the first sums.

    And how many weights of the first layer are changed: all of them at most, in each step. live: in
    how many runs each layer lives. Each weight is met twice for each sample, and above the first
    layer once more.
    """
    first = lit * sizes[1] * live[0] / LANES
    inner = sum(n * width * k for n, width, k in zip(sizes[1:-1], sizes[2:], live[1:], strict=True))
    every = steps * sizes[0] * sizes[1] * live[0] / LANES
    return 2 * first + 3 * samples * inner / LANES, first, min(first, every)


@contextmanager
def noted(rates: Rates) -> Iterator[dict[str, list[float]]]:
    """For each way to make steps: steps of single runs, seconds, and those at the core's rate."""
    made: dict[str, list[float]] = defaultdict(lambda: [0, 0.0, 0.0])
    own = {name: getattr(kernel, name) for name in MADE_BY}

    def timed(name: str) -> Callable[..., None]:
        def steps(*given: Any) -> None:
            began = time.process_time()
            own[name](*given)
            took = time.process_time() - began
            sizes, order, starts, live = (given[at] for at in MADE_BY[name])
            if name != "steps_in_lanes":
                live = np.arange(sizes.size - 1) >= live
            shown = order[order >= 0]
            made_steps = (order[:, 0] >= 0).sum()
            lit = (starts[shown + 1] - starts[shown]).sum()
            at_best = rates.least(*terms(sizes, shown.size, made_steps, lit, live))
            added = made_steps * live[-1], took, at_best
            made[name] = [a + b for a, b in zip(made[name], added, strict=True)]

        return steps

    try:
        for name in MADE_BY:
            setattr(kernel, name, timed(name))
        yield made
    finally:
        for name, one in own.items():
            setattr(kernel, name, one)


def of_a_diagnosis(rates: Rates, arguments: list[str]) -> tuple[float, float]:
    """Print what a diagnosis takes, and what it would take at the rate that is measured here.

    All of it and its steps alone, at that rate.
    """
    for shape in SHAPES:
        step(*shape)  # what is compiled is there from here on
    with noted(rates) as made:
        groups, whole = diagnosed(arguments)
    print(f"{sum(runs for _, runs, *_ in groups)} trainings")
    print("| made by | steps of single runs | seconds | at that rate |\n|---|---|---|---|")
    for name, (count, took, least_) in made.items():
        print(f"| {name} | {count:,.0f} | {took:.1f} | {least_:.1f} |")
    steps, limit = (sum(one[at] for one in made.values()) for at in (1, 2))
    rest = whole - steps
    print(f"steps {steps:.1f} s of {whole:.1f}; the rest, which one core does, {rest:.1f}")
    for words, one in (("as they are", steps), ("at that rate", limit)):
        on_two = max(rest, (rest + one) / 2)
        print(f"with steps {words}: {rest + one:.1f} s, on two cores {on_two:.1f}")
    return rest + limit, limit


def of_the_ordinary(rates: Rates, mnist: Path) -> None:
    """Print the same of the ordinary network, in trainings by its own functions."""
    with tempfile.TemporaryDirectory() as folder:
        file = written_network(folder, mnist)
        once = min(seconds(["-c", OWN], folder) for _ in range(3))
        whole, steps = of_a_diagnosis(rates, ["report", str(file)])
    print(f"one training by its own functions {once:.1f} s; at that rate all of it would take")
    print(f"{whole / once:.1f} times as long, its steps alone {steps / once:.1f}")


def of_first_start() -> Iterator[tuple[str, float]]:
    """The default report with nothing compiled before, and with all."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NUMBA_CACHE_DIR"] = folder
        report = ["-m", "diagnose", "--no-cache", "--quiet", "--jobs", "1"]
        report += ["-o", str(Path(folder, "report.html"))]
        first = seconds(report, folder)
        second = min(seconds(report, folder) for _ in range(2))
    yield "first start", first
    yield "second start", second
    yield "compiling", first - second


def without(code: str) -> float:
    """Seconds of the processor that a process of Python's takes, the least of three."""
    program = f"{code}\nimport time\nprint(time.process_time())"
    given = [sys.executable, "-c", program]
    runs = [subprocess.run(given, capture_output=True, check=True, cwd=ROOT) for _ in range(3)]
    return min(float(run.stdout) for run in runs)


def of_probes() -> Iterator[tuple[str, float]]:
    """What a report of probes alone, with its page, cannot do without, and all of it."""
    diagnosed(["--probes-only"])  # what is compiled is there from here on
    made, took = diagnosed(["--probes-only"])
    libraries = "import numpy"
    plain, drawn = without(libraries), without(f"{libraries}, matplotlib.figure")
    yield "Python and NumPy", plain
    yield "numba", without(f"{libraries}, numba") - plain
    yield "matplotlib", drawn - plain
    reading = "from diagnose import data"
    yield "the carried digits", without(f"{reading}; data.carried()") - without(reading)
    yield f"{sum(runs for _, runs, *_ in made)} trainings", sum(one[-1] for one in made)
    yield "all else that it does, without the page", took - sum(one[-1] for one in made)


def main() -> None:
    """Measure and print."""
    tables = {"--probes-only": of_probes, "--first": of_first_start}
    if sys.argv[1:2] and sys.argv[1] in tables:
        for what, taken in tables[sys.argv[1]]():
            print(f"| {what} | {taken:.2f} |")
        return
    near, far, back = rates = Rates(
        seconds_of_a_term(FEW), seconds_of_a_term(ALL), seconds_of_a_term(ALL, changed)
    )
    if sys.argv[1:3] == ["--of", "--mnist"]:
        return of_the_ordinary(rates, Path(sys.argv[3]))
    if sys.argv[1:2] == ["--of"]:
        of_a_diagnosis(rates, sys.argv[2:])
        return
    print(f"{2 * LANES / near / 1e9:.0f} GF/s in double precision, without fused steps")
    print(f"{8 * LANES / far / 1e9:.0f} GB/s out of {8 * ALL * WIDE / 1e3:.0f} kB, a term for each")
    print(f"{16 * LANES / back / 1e9:.0f} GB/s there and back")
    print("| units | samples | runs | a step, us | its terms by peak | by what is moved | of all |")
    print("|---|---|---|---|---|---|---|")
    for sizes, batch, runs in SHAPES:
        took, lit = step(sizes, batch, runs)
        met = terms(sizes, batch, 1, lit, [1] * (len(sizes) - 1))
        moved = rates.least(*met)
        name = "-".join(map(str, sizes))
        print(
            f"| {name} | {batch} | {runs} | {1e6 * took:.2f} | {1e6 * met[0] * near:.2f} "
            f"| {1e6 * moved:.2f} | {moved / took:.0%} |"
        )


if __name__ == "__main__":
    main()
