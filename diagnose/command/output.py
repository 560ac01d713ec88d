"""What a command gives out: the files asked for, and the text in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diagnose.command.console import MARKS, can_say, say, terminal_width, wants_color
from diagnose.command.files import check_targets, write_all

if TYPE_CHECKING:
    from diagnose.report import Report
# Exit codes; that of an interruption stands in ``ctrl_c``.
# NOT_READ: of a script, no network was certified.
MADE, FAILED, BAD_INPUT, NOT_READ = 0, 1, 2, 3


def renderers_for(outputs: Iterable[Path]) -> dict[Path, Callable[[Report], str]]:
    """The renderer of each file to write, which can be written; BadInputError if one cannot."""
    from diagnose.render import renderer_for

    chosen = {path: renderer_for(path) for path in outputs}
    check_targets(chosen)
    return chosen


def give_out(
    made: Report, renderers: dict[Path, Callable[[Report], str]], in_terminal: bool
) -> None:
    """Render everything, then write the files, then print."""
    from diagnose.render import terminal

    texts = {path: render(made) for path, render in renderers.items()}
    color = wants_color(sys.stdout)
    shown = terminal.render(made, terminal_width(), color, can_say(MARKS, sys.stdout))
    write_all(texts)
    if in_terminal:
        say(shown, color)


def say_written(outputs: Iterable[Path]) -> None:
    """Name the files on stderr."""
    for path in outputs:
        click.echo(f"wrote {path}", err=True)
