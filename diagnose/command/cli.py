"""The command line: ``diagnose --help``.

What the terminal can do is found out here and passed on. Everything that takes long to import is
imported where it is used, so that help comes at once.
"""

from __future__ import annotations

import atexit
import errno
import gc
import io
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diagnose import __version__
from diagnose.command.console import forget_stdout, is_broken, mention, say, wants_color
from diagnose.command.ctrl_c import INTERRUPTED
from diagnose.command.output import (
    BAD_INPUT,
    MADE,
    NOT_GIVEN,
    NotGivenError,
    give_out,
    renderers_for,
    say_written,
)
from diagnose.command.parameter_types import Commands, DefectName, FilePath, explained, out_option
from diagnose.command.report_command import Stopped, report
from diagnose.command.template_files import STYLES, start, start_from
from diagnose.errors import BadInputError

if TYPE_CHECKING:
    from diagnose.report import Report

# A saved report of the largest study takes some megabytes.
MOST_BYTES = 64 << 20
# Seconds for a thread of somebody's to come to its end.
PATIENCE = 1.0
# Seconds after which Python gives its lock to a thread that waits for it. One that trains takes it
# for a moment every few milliseconds, and with Python's own five would wait as long as it trains.
SHARED_EACH = 0.0005


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
    network could be read out of a script, 4 report made and not all of it
    could be written, 130 interrupted.
    """  # noqa: D301


cli.add_command(report)


@cli.command()
@click.argument("saved", type=FilePath(), metavar="SAVED.json")
@out_option("Write the report to a file instead of the terminal.")
def render(saved: Path, outputs: tuple[Path, ...]) -> None:
    """Show a saved report again, without the network.

    \b
    Examples:
      diagnose render report.json
      diagnose render report.json -o page.html -o page.md
    """  # noqa: D301
    from diagnose.network.authors_code import kind_and_said

    renderers = renderers_for(outputs)
    made = read_report(saved)
    try:
        give_out(made, renderers, in_terminal=not outputs)
    except (BadInputError, NotGivenError):
        raise
    except Exception as error:  # whatever a file from anywhere makes a renderer stumble over
        raise BadInputError(
            f"{saved}: a report with parts that do not fit together ({kind_and_said(error)}); "
            "make it again"
        ) from error
    say_written(outputs)


@cli.command()
@click.argument("path", type=FilePath(written=True), metavar="FILE.py")
@click.option(
    "--style",
    type=click.Choice(STYLES),
    default=STYLES[0],
    show_default=True,
    help="Plain functions, a class with its parameters in attributes, or layer objects.",
)
@click.option(
    "--from",
    "script",
    type=FilePath(),
    metavar="SCRIPT.py",
    help="Watch this script, and write the network that is read out of it.",
)
@click.argument("arguments", nargs=-1)
@click.option("--force", is_flag=True, help="Replace the file if there is one.")
def new(
    path: Path, style: str, script: Path | None, arguments: tuple[str, ...], force: bool
) -> None:
    """Write a network to start from, which runs as it is.

    With --from, the network of a script, with the script's own lines, and its samples beside it;
    ARGUMENTS are the script's own, after --. Of a script that cannot be read with certainty, as
    much as was understood.

    \b
    Examples:
      diagnose new my_network.py
      diagnose new --style class my_network.py
      diagnose new my_network.py --from my_script.py
    """  # noqa: D301
    if script is None:
        if arguments:
            raise click.UsageError("ARGUMENTS go with --from SCRIPT.py")
        start(path, style, force)
        written = [path]
    else:
        mention(f"watching {script} train")
        written = start_from(path, script, arguments, style, force)
        if len(written) == 1:
            mention(f"{script} was not read with certainty: {path} says how far")
    say_written(written)
    mention(f"try it: diagnose report {path}")


@cli.command(short_help="Explain one defect.")
@click.argument("name", type=DefectName(told=True), metavar="NAME")
def explain(name: str) -> None:
    """Explain one defect: what it does, how it is found, what to write instead."""
    color = wants_color(sys.stdout)
    lines = [name, "=" * len(name), *explained()[name].page.strip().splitlines()]
    # Headings are the lines that start at the margin; the first three are the title and summary.
    text = "\n".join(
        click.style(line, bold=True) if line[:1].strip() and at != 1 else line
        for at, line in enumerate(lines)
    )
    say(f"{text}\n", color)


@cli.command("list")
def list_defects() -> None:
    """List the defects that can be found, one line each."""
    every = explained()
    longest = max(map(len, every))
    for name, one in every.items():
        say(f"{name:{longest}}  {one.summary}\n", wants_color(sys.stdout))


def read_report(path: Path) -> Report:
    """A saved report; BadInputError if the file cannot be read or holds none."""
    from diagnose.data.opening import contents
    from diagnose.report import from_json

    content = contents(path, MOST_BYTES)
    try:
        return from_json(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadInputError(f"{path}: is no text in UTF-8; give a .json made with -o") from error
    except BadInputError as error:
        raise BadInputError(f"{path}: {error}") from error


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    try:
        code = run(args)
    except KeyboardInterrupt:  # while it was said what was wrong
        code = complain("interrupted", INTERRUPTED)
    if args is None:
        heed_no_more()
        leave_threads(code)
    return code


def heed_no_more() -> None:
    """Let no Ctrl-C come between what was done and the exit code: little is left to do.

    Python ends by the signal, whatever the code, once one has left what it runs from a text, as
    dataclasses are made; until it runs the next.
    """
    exec("")
    with suppress(ValueError):  # in another thread, which none interrupts
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def run(args: Sequence[str] | None) -> int:
    """Run the command line, and say in one line what went wrong if that is not our mistake."""
    _seldom_search_for_cycles()
    sys.setswitchinterval(SHARED_EACH)
    one_thread_each()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        return int(cli.main(args, prog_name="diagnose", standalone_mode=False) or MADE)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "diagnose"
        return complain(f"{error.format_message()} (see {command} --help)", BAD_INPUT)
    except (Stopped, NotGivenError) as error:
        return complain(error.message, error.exit_code)
    except (BadInputError, click.ClickException) as error:
        return complain(str(error), BAD_INPUT)
    except (click.Abort, KeyboardInterrupt):
        return complain("interrupted", INTERRUPTED)
    except MemoryError:
        return complain("there is not enough memory for it; use fewer --images", BAD_INPUT)
    except OSError as error:
        if error.filename is not None and error.errno == errno.ENOSPC:
            return complain(f"{error.filename}: {error.strerror}; make room there", BAD_INPUT)
        if error.filename is not None:
            return complain(f"{error.filename}: {error.strerror}; give another path", BAD_INPUT)
        if folder_is_gone():
            return complain("the current folder is gone; go to another and try again", BAD_INPUT)
        if is_broken(sys.stdout) or error.errno in {errno.ENOSPC, errno.EBADF, errno.EIO}:
            return complain(f"stdout: cannot be written ({error.strerror})", NOT_GIVEN)
        raise
    finally:
        if is_broken(sys.stdout):
            forget_stdout()


def folder_is_gone() -> bool:
    """Whether somebody has deleted the current folder."""
    try:
        Path.cwd()
    except OSError:
        return True
    return False


def one_thread_each() -> None:
    """Let each process multiply matrices with one thread, however many OMP_NUM_THREADS allows.

    Several threads add in another order, and the last digits of a report would depend on the
    machine. It is for NumPy's libraries to read, which are loaded later.
    """
    for library in ("OPENBLAS", "MKL", "BLIS"):
        os.environ[f"{library}_NUM_THREADS"] = "1"
    os.environ["VECLIB_MAXIMUM_THREADS"] = "1"


def leave_threads(code: int) -> None:
    """End the process in spite of threads that the network's code has started and never ends.

    Python waits for them for ever. What is to be done at exit is done, and what has little left to
    do may do it.
    """
    every = [one for one in threading.enumerate() if one is not threading.main_thread()]
    engines = [one for one in every if _is_engines(one)]
    theirs = [one for one in every if not one.daemon and one not in engines]
    for one in theirs:
        one.join(PATIENCE)
    if any(one.is_alive() for one in theirs):
        if engines:  # its processes are waited for at exit, and told to end only after all threads
            from joblib.externals.loky import get_reusable_executor

            get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=True)
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(code)


def _is_engines(thread: threading.Thread) -> bool:
    """Whether what hands trainings to processes has started a thread, and ends it at exit."""
    return type(thread).__module__.startswith("joblib.externals.loky.")


def _seldom_search_for_cycles() -> None:
    """Let Python look for reference cycles less often, and no more at exit.

    Among the objects of some large libraries that takes a tenth of a short report's time, and what
    it finds is little: memory stays the same.
    """
    gc.set_threshold(5_000)
    atexit.register(gc.freeze)


def complain(message: str, code: int) -> int:
    """Say in one line what is wrong."""
    mention(f"error: {message}")
    return code
