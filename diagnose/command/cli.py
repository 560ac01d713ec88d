"""The command line: ``diagnose --help``.

What the terminal can do is found out here and passed on. Everything that takes long to import is
imported where it is used, so that help comes at once.
"""

from __future__ import annotations

import atexit
import gc
import io
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diagnose import __version__
from diagnose.command.console import MARKS, can_say, say, terminal_width, wants_color
from diagnose.command.ctrl_c import INTERRUPTED, second_ends
from diagnose.command.files import check_targets, write_all
from diagnose.command.parameter_types import Commands, DefectName, Size, out_option
from diagnose.command.progress_bar import showing
from diagnose.command.template_files import STYLES, start
from diagnose.errors import BadInputError
from diagnose.training.progress import Stages

if TYPE_CHECKING:
    from diagnose.network.samples import Data
    from diagnose.report import Report

MADE, FAILED, BAD_INPUT = 0, 1, 2

MOST_SEEDS = 1000


class Stopped(click.ClickException):
    """Ctrl-C, with what had been finished by then."""

    exit_code = INTERRUPTED


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", message="%(prog)s %(version)s (netdiagnose)")
def cli() -> None:
    """Find out why a hand-written neural network answers one class whatever you show it.

    Without a command: a report on the post's network and its corrected twin, that is
    `diagnose report buggy_reference --against fixed`, with the options of `report`.

    \b
    Examples:
      diagnose                                     the post's network, in this terminal
      diagnose -o report.html -o report.json       the same, with pictures and as data
      diagnose --probes-only                       in seconds, without causes
      diagnose new my_network.py                   a file to start from
      diagnose report my_network.py                a network of your own
      diagnose report my_package.nets:small --data digits/ --fail-on cause
      diagnose render report.json -o page.html     a saved report, without the network
      diagnose explain class-order                 what one defect is

    \b
    Exit codes: 0 report made, 1 by --fail-on, 2 bad use or bad input, 130 interrupted.
    """  # noqa: D301


@cli.command()
@click.argument("target")
@click.option(
    "--against", metavar="TARGET", help="Network to hold it against, e.g. a repaired one."
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Folder of images in class folders 0 to 9, folder of IDX files, or .npz file.  "
    "[default: 5,000 carried MNIST digits]",
)
@click.option(
    "--resize", type=Size(), metavar="HxW", help="Resize the images of --data, e.g. 28x28."
)
@click.option(
    "--images",
    type=click.IntRange(min=1),
    metavar="N",
    help="Use N training images.  [default: all]",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Train for N epochs.  [default: as many as the network says]",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31),
    default=0,
    show_default=True,
    metavar="N",
    help="First seed of the random numbers.",
)
@click.option(
    "--seeds",
    type=click.IntRange(1, MOST_SEEDS),
    default=5,
    show_default=True,
    metavar="N",
    help="Show causes with N seeds.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Train N variants at once.  [default: one for each core]",
)
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Train on the workers of this dask scheduler, e.g. tcp://127.0.0.1:8786.",
)
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Keep finished trainings here, and find them again.  [default: the system's cache folder]",
)
@click.option("--no-cache", is_flag=True, help="Keep no trainings, and use none kept.")
@click.option(
    "--select",
    multiple=True,
    type=DefectName(),
    metavar="NAME",
    help="Look for this defect only. Repeatable.",
)
@click.option(
    "--ignore",
    multiple=True,
    type=DefectName(),
    metavar="NAME",
    help="Do not look for this defect. Repeatable.",
)
@click.option("--probes-only", is_flag=True, help="Look for defects, and leave their effects open.")
@out_option("Write the report to a file too.")
@click.option(
    "--fail-on",
    type=click.Choice(["cause", "defect", "never"]),
    default="never",
    show_default=True,
    help="End with exit code 1 if the network has a cause, or any defect.",
)
@click.option("--quiet", is_flag=True, help="No progress; with -o nothing in the terminal at all.")
@click.pass_context
def report(
    context: click.Context,
    /,
    target: str,
    against: str | None,
    data: Path | None,
    resize: tuple[int, int] | None,
    images: int | None,
    epochs: int | None,
    seed: int,
    seeds: int,
    jobs: int | None,
    cluster: str | None,
    cache: Path | None,
    no_cache: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    probes_only: bool,
    outputs: tuple[Path, ...],
    fail_on: str,
    quiet: bool,
) -> None:
    """Probe the network TARGET, and train it with repairs on and off.

    TARGET is a module or a file, with a name after a colon if it holds several networks:
    my_network.py, my_network.py:SMALL, my_package, my_package.nets:SMALL.

    \b
    Examples:
      diagnose report my_network.py
      diagnose report my_network.py --against my_network.py:REPAIRED -o report.html
      diagnose report my_network.py --data digits/ --select class-order --seeds 3
    """  # noqa: D301
    if resize is not None and data is None:
        context.fail("--resize goes with --data: the carried digits have their size")
    if probes_only and fail_on == "cause":
        context.fail(
            "--fail-on cause needs the trainings that --probes-only leaves out; "
            "drop one of them, or use --fail-on defect"
        )
    if cache and no_cache:
        context.fail("--cache and --no-cache say the opposite; drop one of them")
    if cluster and jobs:
        context.fail("--cluster uses all of its workers; drop --jobs")
    renderers = renderers_for(outputs)
    from diagnose.command.target import load_network
    from diagnose.training.cluster import on_cluster
    from diagnose.training.store import default_folder

    network = load_network(target)
    other = load_network(against) if against else None
    with showing(sys.stderr, quiet) as stages, on_cluster(cluster), second_ends():
        made = interruptible(
            stages,
            network=network,
            against=other,
            read=lambda: read_data(data, resize, stages),
            images=images,
            epochs=epochs,
            seed=seed,
            seeds=seeds,
            jobs=jobs,
            cache=None if no_cache else cache or default_folder(),
            select=select,
            ignore=ignore,
            probes_only=probes_only,
        )
    give_out(made, renderers, in_terminal=not (quiet and outputs))
    if not quiet:
        say_written(outputs)
    if made.interrupted is not None:
        raise Stopped(f"interrupted {made.interrupted}; the report holds what was done by then")
    if has_failed(made, fail_on):
        context.exit(FAILED)


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
@click.argument("name", type=DefectName(), metavar="NAME")
def explain(name: str) -> None:
    """Explain one defect: what it does, how it is found, what to write instead."""
    from diagnose.probes import DEFECTS

    page = next(defect.page for defect in DEFECTS if defect.name == name)
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


def renderers_for(outputs: Iterable[Path]) -> dict[Path, Callable[[Report], str]]:
    """The renderer of each file to write, which can be written; BadInputError if one cannot."""
    from diagnose.render import renderer_for

    chosen = {path: renderer_for(path) for path in outputs}
    check_targets(chosen)
    return chosen


def read_data(data: Path | None, resize: tuple[int, int] | None, stages: Stages) -> Data | None:
    """The labelled images asked for; None for the carried digits."""
    if data is None:
        return None
    from diagnose.data import load

    return load(data, resize, lambda done, total: stages(f"reading {data.name}", done, total))


def interruptible(stages: Stages, *, read: Callable[[], Data | None], **asked: Any) -> Report:
    """Read the data and diagnose; errors name the author's line.

    After Ctrl-C the report is on what was done by then, unless nothing was begun.
    """
    from diagnose.network.authors_code import own_line, stopped
    from diagnose.report import Interrupted
    from diagnose.study import diagnose

    try:
        return diagnose(data=read(), progress=stages, **asked)
    except Interrupted as stop:
        return stop.report
    except KeyboardInterrupt as error:
        raise Stopped(f"interrupted {stages.story()}; no report was made") from error
    except BadInputError:
        raise
    except Exception as error:
        if own_line(error) is None:
            raise  # our mistake: the whole traceback is what helps
        raise BadInputError(f"the network's own code stopped: {stopped(error)}") from error


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


def has_failed(made: Report, fail_on: str) -> bool:
    """Whether the network under test has what the person asked to fail on."""
    from diagnose.report import CAUSE, PRESENT

    if fail_on == "cause":
        verdicts = [one for cause in made.causes.values() for one in cause.verdicts.values()]
        return any(one.verdict == CAUSE for one in verdicts)
    if fail_on == "defect":
        return any(one.status == PRESENT for one in made.findings[made.network.name])
    return False


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
