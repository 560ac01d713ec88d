"""What a command gives out: the files asked for, and the text in the terminal."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diagnose.command.console import MARKS, can_say, mention, say, terminal_width, wants_color
from diagnose.command.files import check_targets, write_all
from diagnose.errors import BadInputError

if TYPE_CHECKING:
    from diagnose.report import Report
# Exit codes; that of an interruption stands in ``ctrl_c``.
# NOT_READ: of a script, no network was certified. NOT_GIVEN: the report was made, and not all that
# was asked for could be written.
MADE, FAILED, BAD_INPUT, NOT_READ, NOT_GIVEN = 0, 1, 2, 3, 4


class NotGivenError(click.ClickException):
    """A report that was made, and could not be given out as it was asked for."""

    exit_code = NOT_GIVEN


def renderers_for(outputs: Iterable[Path]) -> dict[Path, Callable[[Report], str]]:
    """The renderer of each file to write, which can be written; BadInputError if one cannot.

    The files are named from the root on, for a network's code may go to another folder meanwhile.
    """
    from diagnose.render import renderer_for

    outputs = list(outputs)
    chosen = [renderer_for(path) for path in outputs]
    check_targets(outputs)
    return {path.absolute(): one for path, one in zip(outputs, chosen, strict=True)}


def give_out(
    made: Report,
    renderers: dict[Path, Callable[[Report], str]],
    in_terminal: bool,
    first_screen: bool = False,
) -> None:
    """Render everything, then write the files, then print; of a script its first screen will do.

    What took long to make is not lost because one of these cannot be done: files that cannot be
    written are answered by the terminal, and where nothing else can be written the report is kept
    as JSON in the system's folder for temporary files. NotGivenError then says so.
    """
    color = wants_color(sys.stdout)

    def shown() -> str:
        from diagnose.render import screen, terminal

        render = screen.render if first_screen else terminal.render
        return render(made, terminal_width(), color, can_say(MARKS, sys.stdout))

    texts = {path: render(made) for path, render in renderers.items()}
    text = shown() if in_terminal else ""
    trouble, given = [], 0
    try:
        write_all(texts)
        given += len(texts)
    except BadInputError as error:
        trouble.append(f"{error}, and no file was written")
        in_terminal = True
    if in_terminal:
        try:
            say(text or shown(), color)
            given += 1
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            trouble.append(f"stdout: cannot be written ({reason})")
    if trouble:
        kept = "what else was asked for is written" if given else _kept(made)
        raise NotGivenError(f"the report was made, but {'; '.join(trouble)}; {kept}")


def _kept(made: Report) -> str:
    """Keep a report that could be given out nowhere; what is said of it."""
    try:
        number, name = tempfile.mkstemp(prefix="netdiagnose-", suffix=".json")
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
            file.write(made.to_json())
    except OSError as error:
        return f"it could not be kept either ({error.strerror or error})"
    return f"it is kept in {name}"


def say_written(outputs: Iterable[Path]) -> None:
    """Name the files on stderr."""
    for path in outputs:
        mention(f"wrote {path}")
