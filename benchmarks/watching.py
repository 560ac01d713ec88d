"""What watching costs: until a script is certified, beside the script itself making as many turns.

    python benchmarks/watching.py [MNIST_DIR] [--reports]

Each script is watched once, and then again, beside a copy of it that runs by itself and ends after
as many turns of the same loop as were watched. Both are processes of their own, of which one goes
on while the other is stopped, turn about, since a machine is now quicker and now slower. Printed
are the seconds of a processor and the most memory that each took, and what watching adds: of three
such pairs the one in which that is the median. The scripts are the post's own file on folders of
JPEG files, a network in batches and one that takes one sample at a time. With MNIST_DIR, which
holds the four IDX files of MNIST, these train on its 60,000 images, else on the digits that
diagnose carries. Fifteen seconds in which a rate is watched for changes are no part of it: these
rates are written as numbers, or told by the lines that make them. With ``--reports`` it is the
whole report on the post's own file beside that on its adapter, ``buggy_reference``: both on the
same JPEG files, all of which they train on and are tested on, and without a limit of time.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from buggy_reference.verbatim import POST
from diagnose.data import carried, load, write_jpegs
from diagnose.network.samples import Data

WINDOWS = "C:\\Users\\Desktop\\MNIST - JPG - training\\"
ROOT = Path(__file__).resolve().parents[1]
START = """
import numpy as np
np.random.seed(1)
seen = np.load("digits.npz")
X = seen["images"].reshape(len(seen["images"]), -1) / 255
Y = np.eye(10)[seen["labels"]]
W1, b1 = np.random.randn(784, 128) * 0.05, np.zeros(128)
W2, b2 = np.random.randn(128, 10) * 0.1, np.zeros(10)
"""
BATCHES = f"""{START}
for epoch in range(3):
    order = np.random.permutation(len(X))
    for start in range(0, len(X), 32):
        pick = order[start:start + 32]
        x, y = X[pick], Y[pick]
        h = np.maximum(x @ W1 + b1, 0)
        z = h @ W2 + b2
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        d2 = (p - y) / len(x)
        d1 = (d2 @ W2.T) * (h > 0)
        W2 -= 0.1 * h.T @ d2
        b2 -= 0.1 * d2.sum(axis=0)
        W1 -= 0.1 * x.T @ d1
        b1 -= 0.1 * d1.sum(axis=0)
"""
SINGLE = f"""{START}
for epoch in range(3):
    for i in np.random.permutation(len(X)):
        x, y = X[i], Y[i]
        h = 1 / (1 + np.exp(-(x @ W1 + b1)))
        o = 1 / (1 + np.exp(-(h @ W2 + b2)))
        d2 = (o - y) * o * (1 - o)
        d1 = (W2 @ d2) * h * (1 - h)
        W2 -= 0.1 * np.outer(h, d2)
        b2 -= 0.1 * d2
        W1 -= 0.1 * np.outer(x, d1)
        b1 -= 0.1 * d1
"""


# Other work on the machine may make watching slow; it is not to be broken off for that.
PATIENCE = 600.0
# How long one of two goes on before the other does, in seconds; and how often both are measured.
MOMENT, PAIRS = 0.3, 3
WATCHING = """
import json, sys
from pathlib import Path
from diagnose.watching.script import watch
said = watch(Path(sys.argv[1]), seconds=float(sys.argv[2]))
Path("said.json").write_text(json.dumps(said.told()), encoding="utf-8")
"""


@dataclass(frozen=True)
class Cost:
    """Of a process: seconds of a processor, and the most memory that it had, in MiB."""

    seconds: float
    memory: float


def measured(command: Sequence[str], folder: Path) -> Cost:
    """Run a command in a folder, by a process of its own that counts what its child took."""
    return _cost(_begun(command, folder))


def turn_about(commands: Sequence[Sequence[str]], folder: Path) -> list[Cost]:
    """The same of several, of which one goes on at a time, for a moment each."""
    running = [_begun(command, folder) for command in commands]
    for one in running:
        os.killpg(one.pid, signal.SIGSTOP)
    left = list(running)
    while left:
        for one in list(left):
            os.killpg(one.pid, signal.SIGCONT)
            with suppress(subprocess.TimeoutExpired):
                one.wait(MOMENT)
            if one.poll() is None:
                os.killpg(one.pid, signal.SIGSTOP)
            else:
                left.remove(one)
    return [_cost(one) for one in running]


def _begun(command: Sequence[str], folder: Path) -> subprocess.Popen[str]:
    ask = (
        "import resource, subprocess, sys;"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL);"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)"
    )
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-c", ask, *command],
        cwd=folder, env={**os.environ, "PYTHONPATH": path, "MPLBACKEND": "Agg"},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip


def _cost(process: subprocess.Popen[str]) -> Cost:
    said, _ = process.communicate()
    seconds, memory = map(float, said.split())
    return Cost(seconds, memory)


def ending(text: str, line: int, turns: int) -> str:
    """A script that ends after so many turns of the loop at a line."""
    tree = ast.parse(text)
    loop = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.For | ast.While) and node.lineno == line
    )
    counted = (
        "__import__('builtins').turns_made = __import__('builtins').turns_made + 1\n"
        f"if __import__('builtins').turns_made > {turns}: __import__('os')._exit(0)"
    )
    loop.body = [*ast.parse(counted).body, *loop.body]
    first = "__import__('builtins').turns_made = 0"
    return f"{first}\n{ast.unparse(ast.fix_missing_locations(tree))}\n"


def compare(name: str, script: Path) -> str:
    """Watch a script, beside it by itself for as many turns, and say what both took."""
    watching = [sys.executable, "-c", WATCHING, script.name, str(PATIENCE)]
    measured(watching, script.parent)
    said = json.loads((script.parent / "said.json").read_text(encoding="utf-8"))
    if not said["roles"]:
        parted = said["parted"]
        return f"{name:38} not read: {parted['reason'] if parted else '?'}"
    line, turns = int(said["roles"]["training loop"]["line"]), int(said["steps"])
    copy = script.with_name(f"ending_{script.name}")
    copy.write_text(ending(script.read_text(encoding="utf-8"), line, turns), encoding="utf-8")
    both = [watching, [sys.executable, copy.name]]
    pairs = [turn_about(both, script.parent) for _ in range(PAIRS)]
    watched, alone = sorted(pairs, key=lambda pair: pair[0].seconds - pair[1].seconds)[PAIRS // 2]
    sure = "certified" if said["certified"] else "not certified"
    return (
        f"{name:38} {sure}, {turns:6,} turns: {watched.seconds:6.1f} s, alone "
        f"{alone.seconds:6.1f} s, so {watched.seconds - alone.seconds:+5.1f} s (at most 5); "
        f"{watched.memory:5.0f} MiB, alone {alone.memory:5.0f}"
    )


REPORT = ["-m", "diagnose", "report"]
ASKED = ["--jobs", "1", "--no-cache", "--quiet", "--within", "none"]


def compare_reports(name: str, script: Path, digits: Path) -> str:
    """The whole report on a script, and on the adapter with a folder of the same digits.

    A first one is not measured: numba compiles in it, and keeps that for the others.
    """
    few = ["--images", "50", "--epochs", "2"]
    measured([sys.executable, *REPORT, "buggy_reference", *few, *ASKED], script.parent)
    adapter = [sys.executable, *REPORT, "buggy_reference", "--data", str(digits), *ASKED]
    handed = measured(adapter, script.parent)
    own = measured([sys.executable, *REPORT, script.name, *ASKED], script.parent)
    return (
        f"{name:38} report on its own file: {own.seconds:6.1f} s, on its adapter "
        f"{handed.seconds:6.1f} s, so {own.seconds / handed.seconds:.2f} times (at most 1.3)"
    )


def lay_out_the_post(data: Data, folder: Path) -> Path:
    """The post's own file, and its images where it looks for them: two names on most machines."""
    script = folder / "post.py"
    shutil.copy(POST, script)
    for label, image, number in zip(data.labels, data.images, data.numbers, strict=True):
        listed = folder / f"{WINDOWS}{label}" / f"{number}.jpg"
        listed.parent.mkdir(exist_ok=True)
        listed.touch()
        opened = folder / f"{WINDOWS}{label}\\{number}.jpg"
        Image.fromarray(image.astype(np.uint8)).save(opened, format="JPEG", quality=95)
    return script


def lay_out_for_the_adapter(data: Data, folder: Path) -> Path:
    """The same images to train on and to be tested on, as a script has them that keeps none."""
    digits = folder / "digits"
    for part in ("train", "test"):
        write_jpegs(data.images, data.labels, data.numbers, digits / part)
    return digits


def main() -> None:
    """Print a line for each script."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mnist", nargs="?", type=Path)
    parser.add_argument(
        "--reports", action="store_true", help="of the whole report, not of watching"
    )
    asked = parser.parse_args()
    data = load(asked.mnist) if asked.mnist else carried()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if not asked.reports:
            compare_networks(data, folder)
        if os.name != "nt":
            name, script = (
                f"the post, {len(data.labels):,} JPEG files",
                lay_out_the_post(data, folder),
            )
            if asked.reports:
                print(compare_reports(name, script, lay_out_for_the_adapter(data, folder)))
            else:
                print(compare(name, script), flush=True)


def compare_networks(data: Data, folder: Path) -> None:
    """Print a line for each of two networks on digits in an array."""
    np.savez(folder / "digits.npz", images=data.images, labels=data.labels)
    for name, text in (("batches of 32", BATCHES), ("one sample at a time", SINGLE)):
        script = folder / f"{name.split()[0]}.py"
        script.write_text(text, encoding="utf-8")
        print(compare(f"{name}, {len(data.labels):,} images", script), flush=True)


if __name__ == "__main__":
    main()
