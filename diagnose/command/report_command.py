"""``diagnose report``: probe a network, and train it with repairs on and off."""

from __future__ import annotations

import math
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diagnose.command.console import tell
from diagnose.command.ctrl_c import INTERRUPTED, second_ends
from diagnose.command.output import FAILED, MADE, NOT_READ, give_out, renderers_for, say_written
from diagnose.command.parameter_types import DefectName, FilePath, Seconds, Size, Time, out_option
from diagnose.command.patching_options import (
    REPORTING,
    Clock,
    check_patching,
    give_patch,
    patching_options,
    with_patch,
    with_shown_lines,
)
from diagnose.command.progress_bar import showing
from diagnose.command.time_asked import drawing, time_for
from diagnose.errors import BadInputError
from diagnose.training.progress import Stages

if TYPE_CHECKING:
    from diagnose.network.samples import Data
    from diagnose.patching.handed import Handed
    from diagnose.report import Finding, Report
    from diagnose.watching.handover import OfStep
    from diagnose.watching.script import Watched

MOST_SEEDS = 1000
# More of these is a slip of the hand.
MOST, MOST_JOBS = 10**9, 1000
# The share of what there is that a script may take to train, so that something is left to diagnose
# it in.
WATCHING = 0.5
# The share that it may run on for once its network is read, to be seen predicting.
AFTERWARDS = 0.125
# Seconds that a start takes at most; a kernel, or what else calls the command, has run for longer.
STARTING = 5.0
# Seconds, however little is left: what needs no training is said even so.
LEAST = 0.5


class Stopped(click.ClickException):
    """Ctrl-C, with what had been finished by then."""

    exit_code = INTERRUPTED


@click.command()
@click.argument("target")
@click.argument("arguments", nargs=-1)
@click.option(
    "--against", metavar="TARGET", help="Network to hold it against, e.g. a repaired one."
)
@click.option(
    "--data",
    type=FilePath(),
    metavar="PATH",
    help="Folder of images in class folders 0 to 9, folder of IDX files, or .npz file.  "
    "[default: 5,000 carried MNIST digits]",
)
@click.option(
    "--resize", type=Size(), metavar="HxW", help="Resize the images of --data, e.g. 28x28."
)
@click.option(
    "--images",
    type=click.IntRange(1, MOST),
    metavar="N",
    help="Use N training images.  [default: all]",
)
@click.option(
    "--epochs",
    type=click.IntRange(1, MOST),
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
    type=click.IntRange(1, MOST_JOBS),
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
    type=FilePath(file_okay=False),
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
@click.option(
    "--within",
    type=Time(),
    metavar="TIME",
    help="Report within this time, e.g. 90s, 2m or 1h, what could be shown by then; none for no "
    "limit.  [default: 2m in a terminal, else 5m for a script, and none for what is handed over]",
)
@click.option(
    "--watch-seconds",
    type=Seconds(min=1, max=MOST),
    default=120,
    show_default=True,
    metavar="S",
    help="Run a script so long at most to see it train.",
)
@click.option(
    "--folder",
    type=FilePath(file_okay=False),
    metavar="DIR",
    help="Run a script in this folder.  [default: its own]",
)
@click.option(
    "--line",
    type=click.IntRange(min=1),
    metavar="N",
    help="Of a script that trains several times, read the training in whose loop line N stands, "
    "or that line N calls.  [default: the first]",
)
@click.option(
    "--full", is_flag=True, help="Of a script, show all that was measured, not the first screen."
)
@click.option("--show-output", is_flag=True, help="Show what the script printed, too.")
@click.option("--probes-only", is_flag=True, help="Look for defects, and leave their effects open.")
@out_option("Write the report to a file too.")
@patching_options
@click.option(
    "--fail-on",
    type=click.Choice(["cause", "defect", "risk", "never"]),
    default="never",
    show_default=True,
    help="End with exit code 1 if the network has a cause; a defect that is an error or a cause; "
    "or any, also a risk that does no harm here.",
)
@click.option("--quiet", is_flag=True, help="No progress; with -o nothing in the terminal at all.")
@click.pass_context
def report(
    context: click.Context,
    /,
    target: str,
    arguments: tuple[str, ...],
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
    within: float | None,
    watch_seconds: float,
    folder: Path | None,
    line: int | None,
    full: bool,
    show_output: bool,
    probes_only: bool,
    outputs: tuple[Path, ...],
    patch: Path | None,
    whole: bool,
    apply_it: bool,
    yes: bool,
    fail_on: str,
    quiet: bool,
) -> None:
    """Probe the network TARGET, and train it with repairs on and off.

    TARGET is a script or a notebook that trains a network: it is run, watched, and its network
    read out of it; ARGUMENTS are the script's own, after --. Or it is a module or a file that
    hands a network over, with a name after a colon if it holds several: my_network.py,
    my_network.py:SMALL, my_package, my_package.nets:SMALL.

    \b
    Examples:
      diagnose report my_script.py -o report.html
      diagnose report my_script.py --patch fix.diff
      diagnose report my_network.py
      diagnose report my_network.py --against my_network.py:REPAIRED -o report.html
      diagnose report my_network.py --data digits/ --select class-order --seeds 3
    """  # noqa: D301
    # Starting took time, too: at least as much as the processor was busy with it, in a process that
    # was started for this.
    began = time.monotonic() - min(time.process_time(), STARTING)
    context.with_resource(without_warnings())
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
    from diagnose.command.target import file_of, is_script, load_copy, load_network

    script = Path(target) if is_script(target) else None
    draws = jobs != 1 and any(one.suffix.lower() == ".html" for one in outputs)
    # it loads what it needs while this process does; a script is watched first
    if draws and script is None:
        draw_aside(context)
    asked = time_for(within, script is not None)
    seconds = None if asked is None else max(asked - drawing(outputs), LEAST)
    looked = None
    if against is not None and script is None and jobs != 1 and not cluster:
        from diagnose.command import beside

        looked = beside.begin(
            context, target=target, against=against, path=data, size=resize, images=images,
            epochs=epochs, seed=seed, seeds=seeds, jobs=jobs, select=select, ignore=ignore,
            cache=cache, no_cache=no_cache, within=seconds, probes_only=probes_only,
        )  # fmt: skip
    from diagnose.command.handed import told_where_gradients_fail
    from diagnose.command.told import findings_told, joined
    from diagnose.training.cluster import on_cluster
    from diagnose.training.store import default_folder

    if line is not None and script is None:
        context.fail(f"--line asks for a training of a script, and {target} hands a network over")
    asks = patch is not None or apply_it
    place = file_of(target) if script is None else None
    edited = place[0] if place and asks else script
    mending = check_patching(context, edited, patch, apply_it, yes, probes_only, whole)
    if mending and folder is not None:
        context.fail("--patch tries edits in a copy of the script's own folder; drop --folder")
    if mending and (data or images or epochs):
        context.fail("--patch is tried on the script's own samples and epochs; drop the others")
    clock = Clock(began, seconds)
    if mending and seconds is not None:
        seconds = max(REPORTING * seconds, LEAST)  # edits are tried in the rest of it
    watched, seen, known = None, None, ""
    given: Watched | Handed | None = None
    told: list[Finding] = []
    if script is not None:
        # What watches is large, and loaded for scripts alone.
        from diagnose.command.early import say_early
        from diagnose.command.shown_places import names_of, sources_of, with_shown_places
        from diagnose.command.tried_rates import at_best_rate
        from diagnose.command.unread import unread_report, with_sound_twin
        from diagnose.watching.cells import source_of
        from diagnose.watching.script import as_far_as_seen

        there = math.inf if seconds is None else max(seconds - (time.monotonic() - began), LEAST)
        most = min(watch_seconds, (WATCHING + AFTERWARDS) * there)
        patience = min(most, WATCHING * there), AFTERWARDS * there, most
        with showing(sys.stderr, quiet) as stages:
            stages(f"watching {script.name} train", 0, 1)
            tell_early = partial(say_early, stages, script, select, ignore)
            seen = read_script(target, arguments, patience, folder, line, tell_early)
            known = stages.known
        if show_output:
            tell(f"{seen.output}{seen.errors}".removesuffix("\n"))
        seen, epochs = as_far_as_seen(seen, epochs)
        if script.suffix == ".py" and not probes_only:
            seen = at_best_rate(seen, source_of(script), seed, seconds)
        watched, told = seen.told(), findings_told(seen.seen, select, ignore)
        if seen.network is None:
            unread = unread_report(watched, told)
            # that there is nothing to learn is an answer
            is_answer = any(one.numbers.get("nothing_to_learn") for one in told)
            if seen.interrupted:
                unread = replace(unread, interrupted=f"while {script.name} was watched")
            elif not (is_answer or probes_only):
                left = seconds and max(seconds - (time.monotonic() - began), LEAST)
                with showing(sys.stderr, quiet, known) as stages, second_ends():
                    unread = with_sound_twin(
                        unread, seen, seed=seed, jobs=jobs, seconds=left, stages=stages
                    )
            if mending and unread.interrupted is None:
                with showing(sys.stderr, quiet, known) as stages:
                    unread = with_patch(
                        unread, script, seen, arguments, watch_seconds, whole, jobs, stages, clock
                    )
            unread = with_shown_lines(unread, script, seen)
            unread = with_shown_places(unread, sources_of(script))
            give_out(unread, renderers, not (quiet and outputs), first_screen=not full)
            if not quiet:
                say_written(outputs)
            if mending:
                give_patch(unread, script, patch, apply_it, yes, quiet)
            stop_if_interrupted(unread)
            context.exit(MADE if is_answer else NOT_READ)
        network, given = seen.network, seen
    elif arguments:
        context.fail(f"Got unexpected extra argument ({' '.join(arguments)})")
    else:
        network = load_network(target)
        if mending and place is not None:
            from diagnose.patching.handed import of_file

            given = of_file(network, *place)
    other = None if against is None else load_network(against)
    if jobs != 1 and not cluster:
        from diagnose.training import ahead

        ahead.begin()
    with showing(sys.stderr, quiet, known) as stages, on_cluster(cluster), second_ends():
        if draws:
            if script is not None:
                draw_aside(context)
            ask_aside(stages)
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
            watched=watched,
            within=seconds and max(seconds - (time.monotonic() - began), LEAST),
            beside=looked,
        )
        if place is not None:
            probed = made.findings.get(made.network.name, [])
            left = math.inf if seconds is None else max(seconds - (time.monotonic() - began), LEAST)
            try:
                step = told_where_gradients_fail(probed, *place, left)
            except KeyboardInterrupt:
                step, made = (), replace(made, interrupted="while its step was run again")
            told = findings_told(step, select, ignore, of_a_run=False)
            given = given and replace(given, seen=step)
        made = joined(made, told, every_probe=not select and not ignore)
        if mending and edited is not None and given is not None:
            load = partial(load_copy, name=place[1]) if place else None
            made = with_patch(
                made, edited, given, arguments, watch_seconds, whole, jobs, stages, clock, load
            )
    if made.within is not None:  # of what was asked for, a script has had its share
        used = {"seconds": asked, "used": time.monotonic() - began}
        made = replace(made, within={**made.within, **used})
    if script is not None and seen is not None:
        made = with_shown_lines(made, script, seen)
        made = with_shown_places(made, sources_of(script), names_of(network))
    short = script is not None and other is None and not full
    give_out(made, renderers, not (quiet and outputs), first_screen=short)
    if not quiet:
        say_written(outputs)
    if mending and edited is not None:
        give_patch(made, edited, patch, apply_it, yes, quiet)
    stop_if_interrupted(made)
    if has_failed(made, fail_on):
        context.exit(FAILED)


@contextmanager
def without_warnings() -> Iterator[None]:
    """Within the block NumPy says nothing of numbers that overflow: the report does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def draw_aside(context: click.Context) -> None:
    """Have pictures drawn by another process until the command ends."""
    from diagnose.render import aside

    aside.begin()
    context.call_on_close(aside.end)


def ask_aside(stages: Stages) -> None:
    """Have the pictures of what is told of stages drawn as soon as it is."""
    from diagnose.render import aside

    stages.found = lambda finding: aside.ask(aside.of_finding(finding))
    stages.seen = lambda *seen: aside.ask(*aside.of_symptoms(*seen))


def stop_if_interrupted(made: Report) -> None:
    """Say so, and end with the exit code of Ctrl-C, once the report is given out."""
    if made.interrupted is not None:
        raise Stopped(f"interrupted {made.interrupted}; the report holds what was done by then")


def read_script(
    target: str,
    arguments: tuple[str, ...],
    patience: tuple[float, float, float],
    folder: Path | None,
    line: int | None,
    tell_early: Callable[[OfStep], None],
) -> Watched:
    """Watch a script, and read its network; none that the probes cannot work on.

    patience: seconds until it trains, seconds for which it runs on, and for which it runs at most.
    tell_early: takes what its step is known by.
    """
    from diagnose.instruments.admission import admit
    from diagnose.watching.script import FURTHER, watch

    seconds, further, most = patience
    further = min(further, FURTHER)
    seen = watch(
        Path(target), arguments, seconds, folder, further, line, most=most, tell=tell_early
    )
    if seen.network is None or seen.network.data is None:
        return seen
    try:
        admit(seen.network, seen.network.data())
    except BadInputError as error:
        return seen.refused(str(error))
    return seen


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
    from diagnose.command.surroundings import undisturbed
    from diagnose.network.authors_code import own_line, stopped
    from diagnose.report import Interrupted
    from diagnose.study import diagnose

    try:
        with undisturbed():
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


def has_failed(made: Report, fail_on: str) -> bool:
    """Whether the network under test has what the person asked to fail on."""
    from diagnose.report import CAUSE, SEVERE

    if fail_on == "cause":
        verdicts = [one for cause in made.causes.values() for one in cause.verdicts.values()]
        return any(one.verdict == CAUSE for one in verdicts)
    severities = {one.severity for one in made.findings[made.network.name]} - {""}
    return {"defect": SEVERE in severities, "risk": bool(severities)}.get(fail_on, False)
