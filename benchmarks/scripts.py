"""Programs as they are: which are read and certified, and whether they are read as they were meant.

    python benchmarks/scripts.py [FILE.py ...]

Without files: the programs of ``networks/``, each by its own loop, without its builder's call. What
the builder says of a program is the truth that the reading is held against: layers, classes, batch
size, rate and loss. With files: these scripts; there is nothing to hold them against but the
certificate.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import sys
import tempfile
import time
from pathlib import Path

from diagnose.errors import BadInputError
from diagnose.network.record import Network
from diagnose.watching.script import watch

NETWORKS = Path(__file__).with_name("networks")


def as_script(file: Path) -> str:
    """A program of ``networks/`` as somebody would run it: its loop is called, no builder is."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    tree.body = [one for one in tree.body if not _is_handed_over(one)]
    return f"{ast.unparse(tree)}\n\nlearn(0)\n"


def _is_handed_over(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").startswith("diagnose.builders")
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "NETWORK"


def differences(read: Network, meant: Network) -> list[str]:
    """What was read otherwise than it is meant; a loss only where it makes a difference."""
    pairs = {
        "activations": [tuple(layer.activation for layer in one.layers) for one in (read, meant)],
        "classes": [read.classes, meant.classes],
        "batch size": [read.batch_size, meant.batch_size],
        "epochs": [read.epochs, meant.epochs],
        "rate": [f"{one.learning_rate(0):.6g}" for one in (read, meant)],
        "loss": [read.loss, meant.loss],
    }
    return [
        f"{name}: {here}, meant {there}" for name, (here, there) in pairs.items() if here != there
    ]


def main() -> None:
    """Read each program and print a line for it, and one for all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    files = parser.parse_args().files
    own = not files
    files = files or sorted(NETWORKS.glob("*.py"))
    sys.path.insert(0, str(NETWORKS))
    certified = wrong = 0
    for file in files:
        began = time.perf_counter()
        said = ""
        try:
            with tempfile.TemporaryDirectory() as folder:
                script = Path(folder, file.name) if own else file
                if own:
                    script.write_text(as_script(file), encoding="utf-8")
                seen = watch(script)
        except BadInputError as error:
            print(f"{file.stem:16} {error}")
            continue
        if seen.network is not None:
            certified += 1
            meant = importlib.import_module(file.stem).NETWORK if own else None
            found = differences(seen.network, meant) if meant else []
            wrong += bool(found)
            said = "certified" + (f", but {'; '.join(found)}" if found else "")
        elif seen.parted is not None:
            said = f"line {seen.parted.line}: {seen.parted.reason}"
        print(f"{file.stem:16} {said}  ({seen.steps} steps, {time.perf_counter() - began:.1f} s)")
    print(f"certified {certified} of {len(files)}, read otherwise than meant {wrong}")


if __name__ == "__main__":
    main()
