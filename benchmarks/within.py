"""What is said within the time that one has, of networks from quick to slow.

    python benchmarks/within.py [--within 10 60] [--training 1 10 60 180] [--keep DIR]

Each network is right or has one known defect, and waits in its own functions, so that one training
by them takes as many seconds as ``--training`` says; its step takes the same from each weight (an
L1 penalty), which the compiled loop does not do. Each is diagnosed in a process of its own, within
each time, with no trainings kept. A row says whether the time was kept, to a tenth and from the
start of the process to its end; how far the diagnosis came; and whether it was right: that it
blames nothing but what was planted, and names that, where it names anything.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.tables import markdown  # noqa: E402
from benchmarks.two_layers import PASSES  # noqa: E402

IMAGES, BATCH, EPOCHS = 2_000, 20, 5
STEPS = IMAGES // BATCH * EPOCHS
# The network, and what is planted: the text that is replaced, by what, and the part in which it is.
PAUSED = PASSES.replace("    Z1 =", "    time.sleep(PAUSE)\n    Z1 =")
NETWORK = f"""
import time
import numpy as np
from diagnose.builders import from_functions
from diagnose.data import carried, subset

def init():
    return (np.random.randn(784, 16) * np.sqrt(2 / 784), np.zeros(16),
            np.random.randn(16, 10) * np.sqrt(2 / 16), np.zeros(10))

def prepare(images):
    return images.reshape(len(images), 784) / 255

{PAUSED}
def update(W1, b1, W2, b2, dW1, db1, dW2, db2, rate):
    d1, d2 = dW1 + 1e-6 * np.sign(W1), dW2 + 1e-6 * np.sign(W2)
    return W1 - rate * d1, b1 - rate * db1, W2 - rate * d2, b2 - rate * db2

NETWORK = from_functions(
    parameters="W1 b1 W2 b2", init=init, forward=forward, trace="Z1 A1 Z2 P", backward=backward,
    update=update, layers=("W1 b1 Z1 A1 relu", "W2 b2 Z2 P softmax"), layout="rows",
    prepare=prepare, data=lambda: subset(carried(), IMAGES), order="shuffled",
    learning_rate=0.2, epochs=EPOCHS, batch_size=BATCH,
)
"""
PLANTED = {
    "right": ("", "", "", ""),
    "unnormalized-input": ("784) / 255", "784)", "unnormalized-input", "input"),
    "wrong-gradient": ("d2 @ W2.T *", "-d2 @ W2.T *", "wrong-gradient", "gradient"),
}


def written(name: str, seconds: float) -> str:
    """The program with a defect planted, that trains for so many seconds."""
    found, put, *_ = PLANTED[name]
    numbers = f"IMAGES, BATCH, EPOCHS, PAUSE = {IMAGES}, {BATCH}, {EPOCHS}, {seconds / STEPS}\n"
    return numbers + (NETWORK.replace(found, put) if found else NETWORK)


def diagnosed(name: str, training: float, within: float, keep: Path | None) -> dict[str, Any]:
    """Run the tool on it: the report, and how long the process took."""
    with tempfile.TemporaryDirectory() as folder:
        program, report = Path(folder, "network.py"), Path(folder, "report.json")
        program.write_text(written(name, training), encoding="utf-8")
        command = [sys.executable, "-m", "diagnose", "report", str(program), "-o", str(report)]
        options = ["--no-cache", "--quiet", "--within", f"{within}s"]
        began = time.perf_counter()
        subprocess.run([*command, *options], check=True, cwd=ROOT)
        took = time.perf_counter() - began
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            shutil.copy(report, keep / f"{name}-{training:g}-{within:g}.json")
        return {"report": json.loads(report.read_text(encoding="utf-8")), "took": took}


def blamed(report: dict[str, Any]) -> tuple[set[str], set[str]]:
    """The defects that are said to be causes or errors, and the parts that make the difference."""
    (every,) = report["findings"].values()
    said = {one["defect"] for one in every if one["severity"] == "error"}
    for cause in report["causes"].values():
        said |= {name for name, one in cause["verdicts"].items() if one["verdict"] == "cause"}
    sets = report["parts"]["minimal"] if report["parts"] else []
    return said, {part for several in sets for part in several}


def row(name: str, training: float, within: float, done: dict[str, Any]) -> list[str]:
    """A row of the table."""
    report, took = done["report"], done["took"]
    *_, defect, part = PLANTED[name]
    (every,) = report["findings"].values()
    defects, parts = blamed(report)
    wrong = sorted((defects - {defect}) | (parts - {part}))
    there = [one["defect"] for one in every if one["status"] == "present"]
    named = "nothing to name" if not defect else "named" if defect in there else "not named"
    probes = sum(one["status"] != "not reached" for one in every)
    came = [f"{probes}/{len(every)} probes"]
    came += ["symptoms"] if report["symptoms"] else []
    came += ["twin"] if report["twin"] else []
    if report["causes"]:
        few = [one["done"] for one in report["within"]["cut"] if one["what"] == "seeds"]
        came.append(f"causes, {few[0] if few else report['settings']['seeds']} seeds")
    more = report["within"]["more"]
    return [
        *(name, f"{training:g} s", f"{within:g} s", f"{took:.1f} s"),
        "yes" if took <= 1.1 * within else "NO",
        *(", ".join(came), named, ", ".join(wrong) or "nothing", f"{more:.0f} s" if more else "-"),
    ]


def rows(given: argparse.Namespace) -> Iterator[list[str]]:
    """A row for each network and each time."""
    for within in given.within:
        for training in given.training:
            for name in PLANTED:
                one = row(name, training, within, diagnosed(name, training, within, given.keep))
                print("  ".join(one), file=sys.stderr, flush=True)
                yield one


def main() -> None:
    """Diagnose them all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--within", nargs="*", type=float, default=[10, 60], metavar="SECONDS")
    parser.add_argument("--training", nargs="*", type=float, default=[1, 10, 60, 180], metavar="S")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="Keep the reports here.")
    head = ["network", "one training", "within", "took", "kept", "came to", "defect"]
    print(markdown([*head, "wrongly blamed", "all would take"], [*rows(parser.parse_args())]))


if __name__ == "__main__":
    main()
