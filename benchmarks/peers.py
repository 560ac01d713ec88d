"""Time many small trainings in this project's compiled loop, in JAX and in PyTorch.

    python benchmarks/peers.py [--venv DIR] [--json FILE] [--runs R ...] [--here]

Start it where this project is installed. It makes an environment of its own in DIR, for JAX and
PyTorch, and measures there; ``--here`` measures in the environment it was started in.

All do the same trainings: the fixed network (784-10-10-10, ReLU, softmax, cross-entropy, float64),
one sample per step, an initial draw and a learning rate for each run, a sample order for each seed.
Each may use all cores. The parameters must agree, or nothing is printed.
"""

from __future__ import annotations

import argparse
import getpass
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
import numpy as np

# Started as a script, Python looks only into this folder, and the package is the one above.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.peers_environment import REQUIREMENTS, environment
from benchmarks.peers_problem import SEEDS, Problem, Ready
from diagnose.network.arrays import Arrays
from diagnose.training import certificate, compiled
from diagnose.training.masks import Masks
from diagnose.training.pool import Pool
from fixed import NETWORK

CORES = joblib.cpu_count()
# Runs, and as many steps as take some seconds.
STEPS = {8: 20_000, 32: 10_000, 80: 5_000, 320: 2_000, 1_280: 1_000}
ROUNDS = 5
# Parameters that far apart after so many steps do not come from the same arithmetic.
AGREEMENT, COMPARED_STEPS = 1e-6, 300
TRIED_STEPS = 200
OURS = "this project"


def ours(problem: Problem) -> Ready:
    started = time.perf_counter()
    Pool(jobs=CORES).run(_plans(problem.first(1))[:1], "")
    seconds = time.perf_counter() - started
    plans = _plans(problem)

    def go() -> list[compiled.Result]:
        return Pool(jobs=CORES).run(plans, "")  # a new one: it remembers what it ran

    def read(results: list[compiled.Result]) -> Arrays:
        like = {name: array[0, 0] for name, array in problem.parameters.items()}
        each = [compiled.unflatten(NETWORK, one.theta, like) for one in results]
        return {
            name: np.stack([one[name] for one in each]).reshape(array.shape)
            for name, array in problem.parameters.items()
        }

    return Ready(how="compiled loop", compile_seconds=seconds, go=go, read=read)


def _plans(problem: Problem) -> list[compiled.Plan]:
    rows, labels = problem.rows, problem.labels
    some = slice(None, None, len(rows) // 16)
    measured = certificate.arithmetic(NETWORK, rows[some], labels[some])
    if isinstance(measured, str):
        sys.exit(f"the compiled loop does not take the fixed network: {measured}")
    inputs = compiled.Inputs.of(rows)
    plans = []
    for seed in range(SEEDS):
        steps = len(problem.order)
        epochs = -(-steps // len(labels))
        indices = np.full((epochs * len(labels), 1), -1, np.int32)  # -1: no sample
        indices[:steps, 0] = problem.order[:, seed]
        order = compiled.Order(indices=indices.reshape(epochs, len(labels), 1))
        first = {name: array[seed, 0] for name, array in problem.parameters.items()}
        sizes = compiled.layer_sizes(NETWORK, first)
        masks = Masks.of(NETWORK, sizes, order.indices, np.random.default_rng(seed))
        for run, rate in enumerate(problem.rates[seed]):
            draw = {name: array[seed, run] for name, array in problem.parameters.items()}
            one = replace(
                NETWORK,
                init=lambda _, draw=draw: draw,
                learning_rate=lambda _, rate=rate: float(rate),
            )
            start = compiled.Beginning.of(one, draw, measured.carried)
            plans.append(compiled.plan(one, measured, inputs, order, labels, sizes, start, masks))
    return plans


def jax_whole(problem: Problem) -> Ready:
    """All runs in one program: what one writes first."""
    return _jax(problem, None)


def jax_parts(problem: Problem) -> Ready:
    """The same in parts that fit into a cache, some on each core: the fastest that we found."""
    each = problem.rates.shape[1]
    sizes = [size for size in (4, 10, 20, 40) if size < each and each % size == 0] + [each]
    return _fastest(problem, [lambda problem, size=size: _jax(problem, size) for size in sizes])


def _jax(problem: Problem, size: int | None) -> Ready:
    """In parts of ``size`` runs of one seed, or all at once."""
    import jax

    jax.config.update("jax_enable_x64", True)

    def loss(p, x, target):
        a1 = jax.nn.relu(p["w1"] @ x + p["b1"])
        a2 = jax.nn.relu(p["w2"] @ a1 + p["b2"])
        return -(jax.nn.log_softmax(p["w3"] @ a2 + p["b3"]) * target).sum()

    def descend(p, rate, x, target):
        return jax.tree.map(lambda a, slope: a - rate * slope, p, jax.grad(loss)(p, x, target))

    # The inner one is over runs of one seed, which see the same sample: faster than a copy for each
    step = jax.vmap(jax.vmap(descend, (0, 0, None, None)))

    def train(p, rates, order, rows, targets):
        return jax.lax.scan(lambda p, i: (step(p, rates, rows[i], targets[i]), None), p, order)[0]

    each = problem.rates.shape[1]
    if size is None:
        parts = [(slice(None), slice(None))]
        how = "vmap, scan: one program"
    else:
        starts = range(0, each, size)
        parts = [(slice(s, s + 1), slice(a, a + size)) for s in range(SEEDS) for a in starts]
        how = f"vmap, scan: {len(parts)} parts of {size} runs"
    rows, targets = jax.numpy.array(problem.rows), jax.numpy.array(problem.targets)
    arguments = [
        (
            {name: jax.numpy.array(array[part]) for name, array in problem.parameters.items()},
            jax.numpy.array(problem.rates[part]),
            jax.numpy.array(problem.order[:, part[0]]),
            rows,
            targets,
        )
        for part in parts
    ]
    started = time.perf_counter()
    program = jax.jit(train).lower(*arguments[0]).compile()
    seconds = time.perf_counter() - started

    def go() -> list[Any]:
        with ThreadPoolExecutor(min(CORES, len(arguments))) as pool:
            return list(pool.map(lambda one: jax.block_until_ready(program(*one)), arguments))

    def read(trained: list[Any]) -> Arrays:
        found = {name: np.empty_like(array) for name, array in problem.parameters.items()}
        for part, p in zip(parts, trained, strict=True):
            for name, array in p.items():
                found[name][part] = np.asarray(array)
        return found

    return Ready(how=how, compile_seconds=seconds, go=go, read=read)


def pytorch(problem: Problem) -> Ready:
    """With gradients by hand or by torch.func, with one thread or more, whichever is fastest."""
    ways = [
        lambda problem, way=way, threads=threads: way(problem, threads)
        for way in (torch_by_hand, torch_func)
        for threads in sorted({1, CORES})
    ]
    return _fastest(problem, ways)


def torch_by_hand(problem: Problem, threads: int) -> Ready:
    import torch

    parameters, rates, order, rows, targets = _tensors(problem)
    seeds, each = problem.rates.shape
    runs = seeds * each

    @torch.inference_mode()
    def go() -> Any:
        torch.set_num_threads(threads)
        # The runs of one seed see the same sample: their first layers are one matrix.
        w1 = parameters["w1"].reshape(seeds, each * 10, -1).clone()
        b1 = parameters["b1"].reshape(seeds, each * 10, 1).clone()
        w2, w3 = (parameters[name].reshape(runs, 10, 10).clone() for name in ("w2", "w3"))
        b2, b3 = (parameters[name].reshape(runs, 10, 1).clone() for name in ("b2", "b3"))
        down = -rates.reshape(seeds, each, 1, 1)
        for i in order:
            x, target = rows[i].unsqueeze(2), targets[i].reshape(seeds, 1, 10, 1)
            a1 = torch.baddbmm(b1, w1, x).relu_().view(runs, 10, 1)
            a2 = torch.baddbmm(b2, w2, a1).relu_()
            d3 = torch.softmax(torch.baddbmm(b3, w3, a2), 1).view(seeds, each, 10, 1)
            d3 = d3.sub_(target).mul_(down).view(runs, 10, 1)
            d2 = torch.bmm(w3.mT, d3).mul_(a2 > 0)
            d1 = torch.bmm(w2.mT, d2).mul_(a1 > 0).view(seeds, each * 10, 1)
            w3.baddbmm_(d3, a2.mT)
            w2.baddbmm_(d2, a1.mT)
            w1.baddbmm_(d1, x.mT)
            b3 += d3
            b2 += d2
            b1 += d1
        return {"w1": w1, "b1": b1, "w2": w2, "b2": b2, "w3": w3, "b3": b3}

    def read(trained: Any) -> Arrays:
        return {
            name: trained[name].numpy().reshape(array.shape)
            for name, array in problem.parameters.items()
        }

    return Ready(
        how=f"bmm, gradients by hand, threads: {threads}", compile_seconds=None, go=go, read=read
    )


def torch_func(problem: Problem, threads: int) -> Ready:
    import torch

    parameters, rates, order, rows, targets = _tensors(problem)

    def loss(p, x, target):
        a1 = torch.relu(p["w1"] @ x + p["b1"])
        a2 = torch.relu(p["w2"] @ a1 + p["b2"])
        return -(torch.log_softmax(p["w3"] @ a2 + p["b3"], 0) * target).sum()

    slopes = torch.func.vmap(torch.func.vmap(torch.func.grad(loss), (0, None, None)))
    down = {
        name: -rates.reshape(*rates.shape, *(1 for _ in array.shape[2:]))
        for name, array in problem.parameters.items()
    }

    @torch.no_grad()
    def go() -> Any:
        torch.set_num_threads(threads)
        p = {name: array.clone() for name, array in parameters.items()}
        for i in order:
            for name, slope in slopes(p, rows[i], targets[i]).items():
                p[name].addcmul_(down[name], slope)
        return p

    def read(trained: Any) -> Arrays:
        return {name: array.numpy() for name, array in trained.items()}

    return Ready(
        how=f"torch.func vmap and grad, threads: {threads}", compile_seconds=None, go=go, read=read
    )


def _tensors(problem: Problem) -> tuple[Any, ...]:
    import torch

    parameters = {name: torch.tensor(array) for name, array in problem.parameters.items()}
    order = torch.tensor(problem.order, dtype=torch.int64)
    rates, rows, targets = map(torch.tensor, (problem.rates, problem.rows, problem.targets))
    return parameters, rates, order, rows, targets


def _fastest(problem: Problem, ways: Sequence[Callable[[Problem], Ready]]) -> Ready:
    if len(ways) == 1:
        return ways[0](problem)
    tried = [way(problem.first(TRIED_STEPS)) for way in ways]
    seconds = [[_time(ready)[0] for ready in tried] for _ in range(5)]
    # Not the best of each: two threads are fast at times and slow whenever a core is taken.
    return ways[int(np.argmin(np.median(seconds, axis=0)))](problem)


def _time(ready: Ready) -> tuple[float, Any]:
    started = time.perf_counter()
    result = ready.go()
    return time.perf_counter() - started, result


# Name, how it is prepared, and the package that it needs.
PEERS: tuple[tuple[str, Callable[[Problem], Ready], str | None], ...] = (
    (OURS, ours, None),
    ("JAX", jax_whole, "jax"),
    ("JAX, in parts", jax_parts, "jax"),
    ("PyTorch", pytorch, "torch"),
)


def measure(runs: Sequence[int] = tuple(STEPS), rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """Time each peer that is installed; a record for each number of runs and peer.

    The peers take turns, and the fastest of all rounds counts: what else the machine does can only
    make a round slower. Ends the program if the parameters that they arrive at do not agree.
    """
    here = [
        (name, prepare)
        for name, prepare, package in PEERS
        if package is None or importlib.util.find_spec(package)
    ]
    records = []
    for count in runs:
        problem = Problem.of(count, STEPS.get(count, 2_000))
        short = problem.first(COMPARED_STEPS)
        early = {}
        ready = {}
        for name, prepare in here:
            ready[name] = prepare(problem)  # first: it is the first use that compiles
            compared = prepare(short)
            early[name] = compared.read(compared.go())
            apart = _difference(early[name], early[OURS])
            if not apart <= AGREEMENT:
                sys.exit(
                    f"peers.py: after {COMPARED_STEPS} steps of {count} runs the parameters of "
                    f"{name} ({compared.how}) and of {OURS} differ by {apart:.1e}: not the same "
                    "trainings, so no times"
                )
        seconds = dict.fromkeys(ready, np.inf)
        last = {}
        for _ in range(rounds):
            for name, one in ready.items():
                taken, result = _time(one)
                seconds[name] = min(seconds[name], taken)
                last[name] = one.read(result)
        _check_alive(problem, last[OURS])
        for name, one in ready.items():
            records.append(
                {
                    "runs": count,
                    "steps": len(problem.order),
                    "peer": name,
                    "how": one.how,
                    "seconds": seconds[name],
                    "microseconds": seconds[name] / count / len(problem.order) * 1e6,
                    "ratio": seconds[name] / seconds[OURS],
                    "compile_seconds": one.compile_seconds,
                    "early_difference": _difference(early[name], early[OURS]),
                    "final_difference": _difference(last[name], last[OURS]),
                }
            )
    return records


def _difference(one: Arrays, other: Arrays) -> float:
    """The largest difference in any array of any run, relative to that array's largest number."""
    largest = []
    for name, theirs in other.items():
        axes = tuple(range(2, theirs.ndim))
        largest.append(np.abs(one[name] - theirs).max(axes) / np.abs(theirs).max(axes))
    return float(np.max(largest))


def _check_alive(problem: Problem, p: Arrays) -> None:
    a = np.broadcast_to(problem.rows[:500].T, (*problem.rates.shape, 784, 500))
    for layer in "12":
        a = np.maximum(p["w" + layer] @ a + p["b" + layer][..., None], 0)
        if not (a > 0).any(axis=(2, 3)).all():
            sys.exit("peers.py: a run died, which saves the compiled loop its work: no fair times")


def measure_here(runs: Sequence[int]) -> dict[str, Any]:
    """Measure in this environment, and say where that was."""
    load = os.getloadavg() if hasattr(os, "getloadavg") else None
    records = measure(runs)
    packages = [
        "numpy",
        "numba",
        *(name for name in REQUIREMENTS if importlib.util.find_spec(name)),
    ]
    return {
        "machine": f"{platform.system()} {platform.machine()}, {CORES} cores",
        "load_before": load,
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
        "records": records,
    }


def measure_apart(where: Path, runs: Sequence[int]) -> dict[str, Any]:
    """Measure in an environment in that folder, which is made if need be."""
    python = environment(where)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "peers.json"
        command = [python, __file__, "--here", "--json", target, "--runs", *map(str, runs)]
        # Its own numba may be another one: it must not share this one's cache.
        variables = {**os.environ, "NUMBA_CACHE_DIR": str(where / "numba-cache")}
        done = subprocess.run(command, stdout=subprocess.DEVNULL, env=variables)
        if done.returncode:
            sys.exit(done.returncode)
        return json.loads(target.read_text(encoding="utf-8"))


def table(document: dict[str, Any]) -> str:
    """Lay a measurement out for reading."""
    versions = ", ".join(f"{name} {number}" for name, number in document["versions"].items())
    load = document["load_before"]
    busy = f" (load {load[0]:.1f} before)" if load else ""
    lines = [
        f"{document['machine']}{busy}, Python {document['python']}, {versions}",
        "Best of several rounds, without compiling. Difference: of the parameters from those of",
        f"{OURS}, after {COMPARED_STEPS} steps and at the end.",
        "",
        f"{'runs':>4} {'steps':>6}  {'':13} {'us/run/step':>11} {'ratio':>6} {'compile s':>9}"
        f" {'early':>7} {'end':>7}  how",
    ]
    previous = None
    for one in document["records"]:
        if previous not in (None, one["runs"]):
            lines.append("")
        previous = one["runs"]
        compiling = one["compile_seconds"]
        lines.append(
            f"{one['runs']:4} {one['steps']:6}  {one['peer']:13} {one['microseconds']:11.3f}"
            f" {one['ratio']:6.2f} {'-' if compiling is None else format(compiling, '.2f'):>9}"
            f" {one['early_difference']:7.0e} {one['final_difference']:7.0e}  {one['how']}"
        )
    missing = [name for name in REQUIREMENTS if name not in document["versions"]]
    if missing:
        lines += ["", f"Not measured, because not installed: {', '.join(missing)}"]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    default = Path(tempfile.gettempdir()) / f"netdiagnose-peers-{getpass.getuser()}"
    parser.add_argument("--venv", type=Path, default=default, metavar="DIR")
    parser.add_argument("--here", action="store_true", help="measure in this environment")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
    parser.add_argument("--runs", type=int, nargs="+", default=tuple(STEPS), metavar="R")
    options = parser.parse_args()
    if any(runs < 1 or runs % SEEDS for runs in options.runs):
        parser.error(f"the numbers of runs must be multiples of {SEEDS}")
    if options.here:
        document = measure_here(options.runs)
    else:
        document = measure_apart(options.venv.resolve(), options.runs)
    print(table(document))
    if options.json:
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
