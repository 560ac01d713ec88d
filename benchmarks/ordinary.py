"""How long an ordinary network is diagnosed, in trainings by its own functions.

    python benchmarks/ordinary.py MNIST_DIR [--script] [--keep REPORT.json]

MNIST_DIR holds the four IDX files of MNIST. The program is as a learner may write it: functions,
784-128-10 units, batches of 32 of the 60,000 images, three epochs, with two defects: pixels of 0 to
255, and a start of spread 1. It is handed over by a builder, or with ``--script`` as it is. What is
counted are seconds of the processor, of one job and with no trainings kept, so that other work on
the machine does not matter much.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.two_layers import PASSES  # noqa: E402

PROGRAM = f"""
import gzip
import numpy as np


def read(name, skip):
    with gzip.open(f"{{FOLDER}}/{{name}}-ubyte.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=skip)


def load(name):
    return read(f"{{name}}-images-idx3", 16).reshape(-1, 784), read(f"{{name}}-labels-idx1", 8)


def init():
    return np.random.randn(784, 128), np.zeros(128), np.random.randn(128, 10), np.zeros(10)

{PASSES}

def update(W1, b1, W2, b2, dW1, db1, dW2, db2, rate):
    return W1 - rate * dW1, b1 - rate * db1, W2 - rate * dW2, b2 - rate * db2
"""
TRAINING = """

def train(X, y, epochs=3, batch=32, rate=0.1):
    W1, b1, W2, b2 = init()
    for epoch in range(epochs):
        order = np.random.permutation(len(X))
        for start in range(0, len(X), batch):
            some = order[start:start + batch]
            x, t = X[some], np.eye(10)[y[some]]
            Z1, A1, Z2, P = forward(x, W1, b1, W2, b2)
            dW1, db1, dW2, db2 = backward(x, t, Z1, A1, P, W2)
            W1, b1, W2, b2 = update(W1, b1, W2, b2, dW1, db1, dW2, db2, rate)
    return W1, b1, W2, b2


if __name__ == "__main__":
    np.random.seed(0)
    images, labels = load("train")
    trained = train(images.astype(float), labels)
    test, answers = load("t10k")
    P = forward(test.astype(float), *trained)[-1]
    print("accuracy", np.mean(P.argmax(axis=1) == answers))
"""
BUILDER = """

from diagnose.builders import from_functions
from diagnose.data import load as from_files


def prepare(images):
    return images.reshape(len(images), 784).astype(float)


NETWORK = from_functions(
    parameters="W1 b1 W2 b2", init=init, forward=forward, trace="Z1 A1 Z2 P", backward=backward,
    update=update, layers=("W1 b1 Z1 A1 relu", "W2 b2 Z2 P softmax"), layout="rows",
    prepare=prepare, data=lambda: from_files(FOLDER), order="shuffled", learning_rate=0.1,
    epochs=3, batch_size=32,
)
"""
ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
OWN = """
from diagnose.training.loop import train
from network import NETWORK
data = NETWORK.data()
train(NETWORK, NETWORK.prepare(data.images), data.labels, 0)
"""


def seconds(arguments: list[str], folder: str) -> float:
    """Seconds of the processor that a Python process takes, one core."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    path = os.pathsep.join([str(ROOT), folder])
    environment = {**os.environ, **ONE_CORE, "PYTHONPATH": path}
    subprocess.run([sys.executable, *arguments], check=True, cwd=folder, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def written_network(folder: str, mnist: Path) -> Path:
    """The file in a folder in which the network is handed over by a builder."""
    file = Path(folder, "network.py")
    file.write_text(f"{start_of(mnist)}{BUILDER}", encoding="utf-8")
    return file


def start_of(mnist: Path) -> str:
    """The program up to where its training, or its builder, begins."""
    return f"FOLDER = {str(mnist.resolve())!r}\n{PROGRAM}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mnist", type=Path)
    parser.add_argument("--script", action="store_true")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="Keep the report here (JSON).")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        script, network = Path(folder, "script.py"), written_network(folder, asked.mnist)
        script.write_text(start_of(asked.mnist) + TRAINING, encoding="utf-8")
        once = seconds(["script.py"] if asked.script else ["-c", OWN], folder)
        program = script if asked.script else network
        report = asked.keep.resolve() if asked.keep else Path(folder, "report.json")
        command = ["-m", "diagnose", "report", program.name, "-o", str(report)]
        options = ["--jobs", "1", "--no-cache", "--quiet"]
        # What is compiled is there from here on.
        seconds([*command, *options, "--probes-only", "--images", "500"], folder)
        took = seconds([*command, *options], folder)
    print(f"one training {once:.1f} s, the diagnosis {took:.1f} s: {took / once:.1f} times as long")


if __name__ == "__main__":
    main()
