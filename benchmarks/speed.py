"""How fast it is, as ratios taken in one run on one machine.

    python benchmarks/speed.py MNIST_DIR [--json FILE] [--picture FILE] [--peers]

MNIST_DIR holds the four IDX files of MNIST. The yardstick is one verbatim run of the post's code
on full MNIST as JPEG files, which are written to a temporary folder first; it is run before and
after the reports, since it opens 600,000 files, and how long that takes differs from hour to hour
by more than anything that is computed: the mean of the two counts, and each is shown. Every figure
is taken in a process of its own, one after the other; second starts are taken three times, and the
median counts. The whole takes some nine minutes; ``--peers`` adds JAX and PyTorch (see
``peers.py``).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import buggy_reference
import diagnose
import fixed
from diagnose.data import carried, load, subset, write_jpegs
from diagnose.network.record import Network
from diagnose.network.samples import Data
from diagnose.training import compiled
from diagnose.training.loop import train
from diagnose.training.pool import Pool
from diagnose.training.trainer import Trainer
from fixed import NETWORK as FIXED

PACKAGES = [str(Path(one.__file__).parent) for one in (diagnose, buggy_reference, fixed)]
STUDY = "all sets of repairs x 5 seeds x 10 epochs x 60,000 images"
ONE_CORE = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"),
}


@dataclass(frozen=True)
class Row:
    """One figure: seconds, the ratio to its yardstick, and the most that the ratio should be."""

    what: str
    seconds: float
    against: str
    ratio: float
    wanted: float | None = None
    megabytes: float | None = None


def timed(arguments: list[str], **environment: str) -> tuple[float, float]:
    """Seconds and peak megabytes of a Python process."""
    code = (
        "import resource, subprocess, sys; "
        "done = subprocess.run([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL, "
        "stderr=subprocess.PIPE); "
        "sys.stderr.write(done.stderr.decode()[-2000:]) if done.returncode else None; "
        "print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    print("python", *arguments, file=sys.stderr, flush=True)
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    seconds = time.perf_counter() - started
    code_, kilobytes = done.stdout.split()
    if code_ != "0":
        sys.exit(f"{' '.join(arguments)} ended with {code_}:\n{done.stderr}")
    return seconds, float(kilobytes) / 1024


def median(arguments: list[str], **environment: str) -> tuple[float, float]:
    """Seconds and peak megabytes of a Python process that takes seconds: the median of three."""
    tried = sorted(timed(arguments, **environment) for _ in range(3))
    return tried[1]


def one_training(data: Data) -> float:
    """Seconds of one compiled training of the fixed network, data in memory, one core."""
    trainer = Trainer(data=data, epochs=FIXED.epochs, pool=Pool(jobs=1))
    plan = trainer._plan(FIXED, 0)
    assert isinstance(plan, compiled.Plan), plan
    replace(plan, rates=plan.rates[:1], order=compiled.Order(indices=plan.order.indices[:1])).run()
    started = time.perf_counter()
    plan.run()
    return time.perf_counter() - started


def own_epoch(data: Data) -> float:
    """Seconds of one epoch by the network's own functions, inputs prepared and in memory."""
    rows = FIXED.prepare(data.images)
    started = time.perf_counter()
    train(FIXED, rows, data.labels, 0, 1)
    return time.perf_counter() - started


def measure(mnist: Path, work: Path) -> Iterator[Row]:
    """All figures but the peers', those against the verbatim run last."""
    data = load(mnist)
    jpegs = work / "jpegs"
    write_jpegs(data.images, data.labels, data.numbers, jpegs)
    verbatim = ["-m", "buggy_reference", "--data", str(jpegs)]
    before, _ = timed(verbatim, **ONE_CORE)
    fast = one_training(data)
    own = FIXED.epochs * own_epoch(data)
    yield Row("the same", fast, "own functions on arrays (one epoch x 10)", fast / own, 1 / 15)
    # As pip does when it installs; what numba compiles is kept from the first start to the second.
    timed(["-m", "compileall", "-q", *PACKAGES])
    fresh = {"NUMBA_CACHE_DIR": str(work / "numba")}
    plain = ["-m", "diagnose", "--no-cache", "--quiet", "-o", str(work / "report.html")]
    first, _ = timed(plain, **fresh)
    second, size = median(plain, **fresh)
    kept = [*plain[:2], "--cache", str(work / "runs"), *plain[3:]]
    timed(kept, **fresh)
    third, _ = median(kept, **fresh)
    probes, _ = median([*plain, "--probes-only"], **fresh)
    study, most = timed([*plain, "--data", str(mnist)], **fresh)
    after, _ = timed(verbatim, **ONE_CORE)
    post = (before + after) / 2
    for what, seconds, wanted, megabytes in (
        ("verbatim run of the post on 60,000 JPEGs, 10 epochs: before", before, None, None),
        ("the same after the reports", after, None, None),
        ("one training of fixed, 60,000 images, 10 epochs, one core", fast, 1 / 40, None),
        ("default report, first start (compiles)", first, 1 / 5, None),
        ("default report, second start", second, 1 / 8, size),
        ("default report, trainings kept from before", third, None, None),
        ("--probes-only, second start", probes, 1 / 20, None),
        (f"full study: {STUDY}", study, 1.0, most),
    ):
        yield Row(what, seconds, "verbatim (mean)", seconds / post, wanted, megabytes)


def growth() -> dict[str, list[tuple[int, float]]]:
    """Seconds of trainings as one thing grows, the others as in the carried digits, one core."""
    digits = carried()

    def seconds(
        network: Network = FIXED, images: int = 2000, epochs: int = 4, seeds: int = 1
    ) -> float:
        trainer = Trainer(data=subset(digits, images), epochs=epochs, pool=Pool(jobs=1))
        plans = [trainer._plan(network, seed) for seed in range(seeds)]
        started = time.perf_counter()
        trainer.pool.run([plan for plan in plans if isinstance(plan, compiled.Plan)], "")
        return time.perf_counter() - started

    def wide(units: int) -> Network:
        def init(seed: int) -> dict[str, Any]:
            rng = np.random.default_rng(seed)
            sizes = ((784, units), (units, 10), (10, 10))
            pairs = [
                (f"w{n}", rng.normal(0, (2 / inputs) ** 0.5, (outputs, inputs)))
                for n, (inputs, outputs) in enumerate(sizes, 1)
            ]
            biases = [(f"b{n}", np.zeros((outputs, 1))) for n, (_, outputs) in enumerate(sizes, 1)]
            return dict([*pairs, *biases])

        return replace(FIXED, init=init)

    seconds()  # compiled and warm
    return {
        "images": [(n, seconds(images=n)) for n in (625, 1250, 2500, 5000)],
        "epochs": [(n, seconds(epochs=n)) for n in (2, 4, 8, 16)],
        "seeds": [(n, seconds(seeds=n)) for n in (1, 2, 4, 8)],
        "units in the first layer": [(n, seconds(wide(n))) for n in (10, 20, 40, 80, 160)],
        "defects (sets of repairs)": [(n, _lattice(n)) for n in (2, 4, 6, 8)],
    }


def _lattice(count: int) -> float:
    """Seconds for all sets of repairs of the post's first ``count`` defects, 500 images."""
    from buggy_reference import NETWORK
    from diagnose.causes.lattice import measure_lattice
    from diagnose.examining.probing import probe, repairs
    from diagnose.probes import DEFECTS

    trainer = Trainer(data=subset(carried(), 500), epochs=4, pool=Pool(jobs=1))
    every = repairs(probe(NETWORK, trainer, DEFECTS, (0, 1, 2)))[:count]
    started = time.perf_counter()
    measure_lattice(NETWORK, every, (0,), trainer)
    return time.perf_counter() - started


def draw(grown: dict[str, list[tuple[int, float]]], path: Path) -> None:
    """Time against each thing that grows, both axes logarithmic."""
    from diagnose.style.figures import FOUND, new_figure, style

    with style():
        figure, axes = new_figure(11, 2.6, columns=len(grown))
        for one, (what, points) in zip(axes, grown.items(), strict=True):
            one.loglog(*zip(*points, strict=True), "o-", color=FOUND)
            one.set_xlabel(what)
            one.set_xticks([n for n, _ in points], [str(n) for n, _ in points])
            one.minorticks_off()
        axes[0].set_ylabel("seconds")
        figure.savefig(path, dpi=120)


def table(rows: list[Row]) -> Iterator[str]:
    """Aligned lines."""
    for row in rows:
        limit = f" at most {row.wanted:.3f}" if row.wanted else ""
        verdict = "" if row.wanted is None else "  ok" if row.ratio <= row.wanted else "  MISSED"
        memory = f"  {row.megabytes:,.0f} MiB" if row.megabytes else ""
        figures = f"{row.seconds:8.2f} s {row.ratio:8.4f} of {row.against}"
        yield f"{row.what:<72} {figures}{limit}{verdict}{memory}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mnist", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--peers", action="store_true")
    asked = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for row in measure(asked.mnist, Path(folder)):
            rows.append(row)
            print(next(table([row])), flush=True)
    grown = growth()
    for what, points in grown.items():
        print(f"{what:<28}", "  ".join(f"{n}: {seconds:.3f} s" for n, seconds in points))
    if asked.picture:
        draw(grown, asked.picture)
    found: dict[str, Any] = {"rows": [asdict(row) for row in rows], "growth": grown}
    if asked.peers:
        import peers

        found["peers"] = peers.measure_apart(Path(tempfile.gettempdir()) / "peers", [8, 80])
        print(json.dumps(found["peers"], indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
