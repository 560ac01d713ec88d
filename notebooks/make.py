"""Make versions of the notebooks from the one source of each, the solution that is committed.

    python notebooks/make.py student OUT_DIR   versions to hand out, without solutions and outputs
    python notebooks/make.py run [NAME ...]    execute in place, each from a clean kernel
    python notebooks/make.py check [NAME ...]  execute copies, and compare with what is committed

A solution stands between nbgrader's marks ``### BEGIN SOLUTION`` and ``### END SOLUTION``. A cell
tagged ``verify`` is one that fails until the learner has solved the cells before it.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
SOLUTION = re.compile(
    r"^([ \t]*)### BEGIN SOLUTION[ \t]*\n(?:.*\n)*?[ \t]*### END SOLUTION[ \t]*$", re.M
)
STUB = r"\1# your code here"
VERIFY = "verify"
SECONDS = 300

# Numbers may differ a little between machines: sums of floats are not made in one order everywhere,
# and trainings of 50,000 steps carry that on.
NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
ABSOLUTE, RELATIVE = 0.02, 0.02


def names(wanted: Sequence[str] = ()) -> list[Path]:
    """Paths of the notebooks, all or those named, in order."""
    return [HERE / one for one in wanted] if wanted else sorted(HERE.glob("[0-9]_*.ipynb"))


def read(path: Path) -> Any:
    """Read a notebook."""
    return nbformat.read(path, as_version=4)


def student(notebook: Any) -> Any:
    """Take the solutions and the outputs out of a copy of a notebook."""
    bare = deepcopy(notebook)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.source = SOLUTION.sub(STUB, cell.source)
            cell.outputs, cell.execution_count = [], None
    return bare


def execute(notebook: Any, *, go_on: bool = False) -> Any:
    """Execute a copy of a notebook in a clean kernel, in an empty folder, and make it plain.

    go_on: do not stop at an error. Raises nbclient's CellExecutionError otherwise.
    """
    done = deepcopy(notebook)
    path = os.pathsep.join(filter(None, (str(HERE.parent), os.environ.get("PYTHONPATH"))))
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            done,
            kernel_name="python3",
            timeout=SECONDS,
            allow_errors=go_on,
            resources={"metadata": {"path": folder}},
        )
        client.execute(env={**os.environ, "PYTHONPATH": path})
    return plain(done)


def execute_both(notebook: Any) -> tuple[Any, Any]:
    """Execute the solution in a clean kernel, and the version to hand out when it is through.

    In the same kernel, which then forgets every name, but not what it has trained and probed: that
    takes most of the time, and is the same. Nothing stops at an error.
    """
    bare = student(notebook)
    both = deepcopy(notebook)
    both.cells = [*both.cells, nbformat.v4.new_code_cell("%reset -f"), *bare.cells]
    cells, count = execute(both, go_on=True).cells, len(notebook.cells)
    solution = deepcopy(notebook)
    solution.cells, bare.cells = cells[:count], cells[count + 1 :]
    return solution, bare


def plain(notebook: Any) -> Any:
    """Keep of a notebook what is the same on every machine and in every run."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = {"tags": tags} if tags else {}
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    return notebook


def _joined(outputs: list[Any]) -> list[Any]:
    """Join what a cell prints in several pieces: where they are cut is chance."""
    joined: list[Any] = []
    for one in outputs:
        if joined and one.output_type == "stream" and joined[-1].get("name") == one.name:
            joined[-1].text += one.text
        else:
            joined.append(one)
    return joined


def failing(notebook: Any) -> set[str]:
    """Ids of the cells that end in an error."""
    return {
        cell.id
        for cell in notebook.cells
        if any(one.output_type == "error" for one in cell.get("outputs", []))
    }


def tagged(notebook: Any, tag: str = VERIFY) -> set[str]:
    """Ids of the cells with a tag."""
    return {cell.id for cell in notebook.cells if tag in cell.metadata.get("tags", [])}


def said(cell: Any) -> str:
    """All text that a cell puts out; a picture's is what it shows in words."""
    texts = []
    for one in cell.get("outputs", []):
        if one.output_type == "stream":
            texts.append(one.text)
        elif one.output_type == "error":
            texts.append(f"{one.ename}: {one.evalue}")
        else:
            texts.append(one.data.get("text/plain", ""))
            texts.append(" ".join(sorted(one.data)))
    return "\n".join(texts)


def numbers(text: str) -> list[float]:
    """All numbers in a text; ``5,000`` is one."""
    return [float(one.replace(",", "")) for one in NUMBER.findall(re.sub(r",(?!\d{3})", " ", text))]


def same(text: str, other: str) -> bool:
    """Whether two outputs say the same, and their numbers to a tolerance."""
    return NUMBER.sub("#", text).split() == NUMBER.sub("#", other).split() and all(
        abs(a - b) <= max(ABSOLUTE, RELATIVE * max(abs(a), abs(b)))
        for a, b in zip(numbers(text), numbers(other), strict=True)
    )


def differences(committed: Any, executed: Any) -> list[str]:
    """Where the outputs of a notebook are not those of the code as it is now."""
    found = []
    for old, new in zip(committed.cells, executed.cells, strict=True):
        if not same(said(old), said(new)):
            found.append(f"cell {old.id}:\n--- committed\n{said(old)}\n--- now\n{said(new)}")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0, or 1 if ``check`` finds a difference."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("student").add_argument("folder", type=Path)
    for command in ("run", "check"):
        commands.add_parser(command).add_argument("name", nargs="*")
    options = parser.parse_args(arguments)
    if options.command == "student":
        options.folder.mkdir(parents=True, exist_ok=True)
        for path in names():
            nbformat.write(student(read(path)), options.folder / path.name)
            print(options.folder / path.name)
        return 0
    wrong = 0
    for path in names(options.name):
        notebook = read(path)
        executed = execute(notebook)
        if options.command == "run":
            nbformat.write(executed, path)
            print(f"{path.name}: executed")
        else:
            found = differences(notebook, executed)
            wrong += bool(found)
            print(f"{path.name}: {'as committed' if not found else 'differs'}", *found, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
