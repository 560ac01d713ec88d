"""A script, a function of one, or a network, diagnosed from Python: the answer as an object."""

from __future__ import annotations

import ast
import inspect
import os
import textwrap
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diagnose.errors import BadInputError
from diagnose.style.shown import SHOWN_AS

if TYPE_CHECKING:
    from diagnose.network.record import Network
    from diagnose.report import Finding, Report

TAKES = "run takes the path of a script, a function of one that trains, or a Network"


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a network, and what mends it.

    report: all that was measured; ``print(diagnosis.report)`` shows it.
    """

    report: Report

    @cached_property
    def text(self) -> str:
        """The answer, as the command shows it first: at most 25 lines of 80 columns."""
        from diagnose.render import screen

        return screen.render(self.report) if self.report.watched else str(self.report)

    @cached_property
    def html(self) -> str:
        """The whole report as a part of a page, with its pictures."""
        return SHOWN_AS["html"](self.report)

    @property
    def patch(self) -> str:
        """What to change, as a unified diff; empty where no edit was shown to mend anything."""
        return str((self.report.patch or {}).get("diff", ""))

    @property
    def findings(self) -> list[Finding]:
        """What was found in the network, each with its line."""
        from diagnose.report import PRESENT

        every = self.report.findings.get(self.report.network.name, [])
        return [finding for finding in every if finding.status == PRESENT]

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        found = ", ".join(dict.fromkeys(finding.defect for finding in self.findings)) or "nothing"
        patch = "; with a patch" if self.patch else ""
        return f"<Diagnosis of {self.report.network.name}, found: {found}{patch}; print() shows it>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(self.text)}</pre>"


def run(
    target: str | os.PathLike[str] | Callable[..., Any] | Network, *arguments: str,
    patch: bool = True, within: float | None = None,
) -> Diagnosis:  # fmt: skip
    """Diagnose a script or notebook by its path, what one of its functions trains, or a network.

    arguments: the script's own. patch: also look for the edits that mend it, of what has a file.
    within: seconds to do so in; by default as many as the command takes. Nothing is written into
    the script's folder. Raises BadInputError for what cannot be diagnosed, and Interrupted, with
    what was done by then, at Ctrl-C.
    """
    from diagnose.network.record import Network

    if isinstance(target, Network):
        from diagnose.study import diagnose

        return Diagnosis(diagnose(target, within=within))
    line: int | None = None
    if isinstance(target, str | os.PathLike):
        path = os.fspath(target)
    elif inspect.isfunction(target):
        path, line = _loop_of(target)
    else:
        raise BadInputError(f"{TAKES}; {type(target).__name__} is none of these")
    asked = [
        *(["--line", str(line)] if line else []),
        *(["--within", f"{within}s"] if within is not None else []),
    ]
    return Diagnosis(_reported(path, [*asked, *(["--", *arguments] if arguments else [])], patch))


def _reported(path: str, options: list[str], patch: bool) -> Report:
    """The report that the command makes."""
    import click

    from diagnose.command import cli
    from diagnose.command.report_command import Stopped
    from diagnose.network.temporary import temporary_folder
    from diagnose.report import Interrupted

    with temporary_folder() as temporary:
        saved = Path(temporary) / "report.json"
        asked = [path, "--quiet", "-o", str(saved)]
        asked += ["--patch", str(Path(temporary) / "patch.diff")] if patch else []
        try:
            cli.report.main([*asked, *options], prog_name="diagnose", standalone_mode=False)
        except Stopped as stop:
            if not saved.exists():
                raise KeyboardInterrupt(stop.message) from stop
            raise Interrupted(cli.read_report(saved)) from stop
        except click.ClickException as error:
            raise BadInputError(error.format_message()) from error
        return cli.read_report(saved)


def _loop_of(function: Callable[..., Any]) -> tuple[str, int]:
    """The file in which a function stands, and the line of the first loop in it."""
    name = getattr(function, "__name__", "the function")
    try:
        path = inspect.getsourcefile(function)
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError):
        path, lines, first = None, [], 0
    if path is None or not Path(path).exists():
        raise BadInputError(f"{name} stands in no file: save it in a script, or use %diagnose")
    loops: list[int] = []
    with suppress(SyntaxError):  # of a lambda, whose lines are no statement
        tree = ast.parse(textwrap.dedent("".join(lines)))
        loops = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]
    if not loops:
        raise BadInputError(f"{name} has no loop that trains; give the function that has it")
    return path, first + min(loops) - 1
