"""``%diagnose`` in a notebook: the cells run so far, run once more and watched."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diagnose.command import cli
from diagnose.command.diagnosis import Diagnosis

if TYPE_CHECKING:
    from diagnose.report import Report

NAME = "notebook.ipynb"


def load_ipython_extension(shell: Any) -> None:
    """Give a running notebook the magic ``%diagnose``: ``%load_ext diagnose`` calls this."""

    def magic(line: str, cell: str | None = None) -> Diagnosis | Report | None:
        """Diagnose the cells run so far, and, as ``%%diagnose``, the one below it.

        Takes the options of ``diagnose report``.
        """
        return diagnose_cells(shell.history_manager.input_hist_raw[1:], line)

    shell.register_magic_function(magic, "line_cell", "diagnose")


def diagnose_cells(cells: list[str], options: str = "") -> Diagnosis | Report | None:
    """The answer on what cells train, run once more in a process of their own; None after an error.

    options: of ``diagnose report``, as they are typed; with ``--full`` it is the whole report. What
    is wrong with cells or options is printed, as the command prints it.
    """
    from diagnose.network.temporary import temporary_folder
    from diagnose.watching.cells import as_notebook

    with temporary_folder() as temporary:
        notebook, saved = Path(temporary) / NAME, Path(temporary) / "report.json"
        notebook.write_text(as_notebook(cells), encoding="utf-8")
        asked = [str(notebook), "--folder", ".", "--quiet", "-o", str(saved)]
        own = shlex.split(options)
        cli.main(["report", *asked, *own])
        if not saved.exists():
            return None
        made = cli.read_report(saved)
        return made if "--full" in own else Diagnosis(made)
