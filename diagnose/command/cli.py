"""The command line: ``diagnose --help``.

What the terminal can do is found out here and passed on. Everything that takes long to import is
imported where it is used, so that help comes at once.
"""

from __future__ import annotations

import atexit
import gc
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diagnose import __version__
from diagnose.command.console import say, wants_color
from diagnose.command.ctrl_c import INTERRUPTED
from diagnose.command.output import BAD_INPUT, MADE, give_out, renderers_for, say_written
from diagnose.command.parameter_types import Commands, DefectName, out_option
from diagnose.command.report_command import Stopped, report
from diagnose.command.template_files import STYLES, start
from diagnose.errors import BadInputError

if TYPE_CHECKING:
    from diagnose.report import Report


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", message="%(prog)s %(version)s (netdiagnose)")
def cli() -> None:
    """Find out why a hand-written neural network answers one class whatever you show it.

    Without a command: a report on the post's network and its corrected twin, that is
    `diagnose report buggy_reference --against fixed`, with the options of `report`.

    \b
    Examples:
      diagnose                                     the post's network, in this terminal
      diagnose my_script.py                        a script of your own, as it is
      diagnose -o report.html -o report.json       the same, with pictures and as data
      diagnose --probes-only                       in seconds, without causes
      diagnose new my_network.py                   a file to start from
      diagnose report my_network.py                a network of your own
      diagnose report my_package.nets:small --data digits/ --fail-on cause
      diagnose render report.json -o page.html     a saved report, without the network
      diagnose explain class-order                 what one defect is

    \b
    Exit codes: 0 report made, 1 by --fail-on, 2 bad use or bad input, 3 no
    network could be read out of a script, 130 interrupted.
    """  # noqa: D301


cli.add_command(report)


@cli.command()
@click.argument("saved", type=click.Path(path_type=Path), metavar="SAVED.json")
@out_option("Write the report to a file instead of the terminal.")
def render(saved: Path, outputs: tuple[Path, ...]) -> None:
    """Show a saved report again, without the network.

    \b
    Examples:
      diagnose render report.json
      diagnose render report.json -o page.html -o page.md
    """  # noqa: D301
    renderers = renderers_for(outputs)
    made = read_report(saved)
    try:
        give_out(made, renderers, in_terminal=not outputs)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise BadInputError(
            f"{saved}: a report with parts that do not fit together ({error!r}); make it again"
        ) from error
    say_written(outputs)


@cli.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE.py")
@click.option(
    "--style",
    type=click.Choice(STYLES),
    default=STYLES[0],
    show_default=True,
    help="Plain functions, a class with its parameters in attributes, or layer objects.",
)
@click.option("--force", is_flag=True, help="Replace the file if there is one.")
def new(path: Path, style: str, force: bool) -> None:
    """Write a network to start from, which runs as it is.

    \b
    Examples:
      diagnose new my_network.py
      diagnose new --style class my_network.py
    """  # noqa: D301
    start(path, style, force)
    say_written([path])
    click.echo(f"try it: diagnose report {path}", err=True)


@cli.command(short_help="Explain one defect.")
@click.argument("name", type=DefectName(told=True), metavar="NAME")
def explain(name: str) -> None:
    """Explain one defect: what it does, how it is found, what to write instead."""
    from diagnose.probes import DEFECTS

    page = next((defect.page for defect in DEFECTS if defect.name == name), "")
    if not page:
        from diagnose.watching.telling import KINDS

        page = KINDS[name].page
    color = wants_color(sys.stdout)
    lines = [name, "=" * len(name), *page.strip().splitlines()]
    # Headings are the lines that start at the margin; the first three are the title and summary.
    text = "\n".join(
        click.style(line, bold=True) if line[:1].strip() and at != 1 else line
        for at, line in enumerate(lines)
    )
    say(f"{text}\n", color)


@cli.command("list")
def list_defects() -> None:
    """List the defects that can be found, one line each."""
    from diagnose.probes import DEFECTS

    longest = max(len(defect.name) for defect in DEFECTS)
    for defect in DEFECTS:
        say(f"{defect.name:{longest}}  {defect.summary}\n", wants_color(sys.stdout))


def read_report(path: Path) -> Report:
    """A saved report; BadInputError if the file cannot be read or holds none."""
    from diagnose.report import from_json

    try:
        return from_json(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise BadInputError(f"{path}: is no text in UTF-8; give a .json made with -o") from error
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read ({error.strerror or error})") from error
    except BadInputError as error:
        raise BadInputError(f"{path}: {error}") from error


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    _seldom_search_for_cycles()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        return int(cli.main(args, prog_name="diagnose", standalone_mode=False) or MADE)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "diagnose"
        return complain(f"{error.format_message()} (see {command} --help)", BAD_INPUT)
    except Stopped as error:
        return complain(error.message, INTERRUPTED)
    except (BadInputError, click.ClickException) as error:
        return complain(str(error), BAD_INPUT)
    except (click.Abort, KeyboardInterrupt):
        return complain("interrupted", INTERRUPTED)


def _seldom_search_for_cycles() -> None:
    """Let Python look for reference cycles less often, and no more at exit.

    Among the objects of some large libraries that takes a tenth of a short report's time, and what
    it finds is little: memory stays the same.
    """
    gc.set_threshold(5_000)
    atexit.register(gc.freeze)


def complain(message: str, code: int) -> int:
    """Say in one line what is wrong."""
    click.echo(f"error: {' '.join(message.split())}", err=True)
    return code
