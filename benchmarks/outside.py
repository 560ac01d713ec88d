"""Which networks of the benchmarks train outside the compiled loop as they are, and why.

    python benchmarks/outside.py [--every 8] [--only networks | faults | learners] [--names]

``networks`` are the programs of ``networks/``, ``faults`` each fault that is planted in one of them
alone, as their builders hand them over, and ``learners`` every so manieth of ``learners/``, read
out of the script as it is. Nothing is trained: each is held against the loop as a training is
before it begins. What a training of repaired or exchanged parts needs is not counted: it is outside
as long as the part that is the reason is in it. ``--names`` prints each reason as it is, with its
program.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

# One thread for each process; it must be said before NumPy is loaded.
if "numpy" not in sys.modules:
    for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(_name, "1")
sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import learners, planting
from benchmarks.planting import Case
from benchmarks.tables import markdown
from diagnose.command.target import load_network
from diagnose.errors import BadInputError
from diagnose.network.record import Network
from diagnose.training.trainer import Trainer
from diagnose.watching.script import watch

SETS = ("networks", "faults", "learners")
INSIDE, UNREAD = "inside the loop", "not read"
# The loop's reasons, told from each other by what they have in common; any other stands as it is.
REASONS = (
    (r"is not a multiple of the true one", "a gradient is not a multiple of the true one"),
    (r"the gradient of \w+ has another shape", "a gradient has another shape"),
    (r"differs by .* after", "its steps differ from those of the loop"),
    (r"its own functions stopped", "its own functions stop"),
    (r"its loss is the", "its loss is not that of its outputs"),
    (r"parameters outside the layers", "it has parameters outside its layers"),
    (r"is a softmax in a hidden layer", "a softmax in a hidden layer"),
    (r"^\S+ is an? ", "an activation that the loop does not have"),
    (r"neither linear in its", "a step that is neither linear nor by a mean of squares"),
    (r"are of the types", "its parameters are neither float64 nor float32"),
)


def kind(reason: str) -> str:
    """What a reason has in common with others."""
    return next((said for pattern, said in REASONS if re.search(pattern, reason)), reason)


def reason(network: Network) -> str:
    """Why a network's own functions train it, or that they need not."""
    planned = Trainer(data=network.data(), epochs=1)._plan(network, 0)
    return planned if isinstance(planned, str) else INSIDE


def planted(case: Case) -> str:
    """The same of a program of ``networks/``, as its builder hands it over."""
    with tempfile.TemporaryDirectory() as folder:
        path = planting.write(case, Path(folder))
        try:
            return reason(load_network(str(path)))
        except BadInputError:
            return UNREAD


def as_it_is(name: str) -> str:
    """The same of a program of ``learners/``, as it is read."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            network = watch(learners.copied({"id": name}, Path(folder))).network
        except BadInputError:
            return UNREAD
        return UNREAD if network is None else reason(network)


def found(which: str, every: int) -> Iterator[tuple[str, str]]:
    """Names of the programs of a set, and the reason of each."""
    if which == "learners":
        names = sorted(file.stem for file in learners.HERE.glob("p*.json"))
        yield from ((name, as_it_is(name)) for name in names[::every])
        return
    for network in planting.names():
        for case in planting.alone(network):
            if bool(case.faults) == (which == "faults"):
                yield case.name, planted(case)


def main() -> None:
    """Look at each, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=8)
    parser.add_argument("--only", choices=SETS, nargs="*", default=SETS)
    parser.add_argument("--names", action="store_true", help="print each that is outside")
    asked = parser.parse_args()
    counted: dict[str, Counter[str]] = {}
    for which in asked.only:
        counted[which] = Counter()
        for name, said in found(which, asked.every):
            counted[which][kind(said)] += 1
            if asked.names and said != INSIDE:
                print(f"{name}: {said}", flush=True)
    every = sum(counted.values(), Counter[str]())
    rows = [
        [said, *(str(of[said]) for of in counted.values())]
        for said in sorted(every, key=lambda one: (one != INSIDE, one != UNREAD, -every[one]))
    ]
    print(markdown(["as they are", *counted], rows))


if __name__ == "__main__":
    main()
