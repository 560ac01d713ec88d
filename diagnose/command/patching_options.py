"""What ``--patch`` and ``--apply`` ask for: the diff in a file, or the script itself edited."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diagnose.command.console import is_terminal, mention
from diagnose.command.files import check_targets, replace_keeping, write_all
from diagnose.command.parameter_types import FilePath
from diagnose.errors import BadInputError

if TYPE_CHECKING:
    from diagnose.patching.handed import Handed, Load
    from diagnose.report import Report
    from diagnose.training.progress import Stages
    from diagnose.watching.script import Watched

# Of the time that there is, the share of the report; the rest is for edits, which are trained as
# what they are compared with was.
REPORTING = 0.5


@dataclass(frozen=True)
class Clock:
    """When the command began, and the seconds that there are; None where nothing limits them."""

    began: float
    seconds: float | None

    @property
    def spent(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    @property
    def left(self) -> float:
        """Seconds that are left of those that there are."""
        return math.inf if self.seconds is None else max(self.seconds - self.spent, 0.0)


def patching_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that may mend what it diagnoses."""
    options = (
        click.option(
            "--patch",
            "patch",
            type=FilePath(written=True),
            metavar="FILE",
            help="Look for the edits of the script that make it work, and write them as a diff.",
        ),
        click.option(
            "--patch-all",
            "whole",
            is_flag=True,
            help="With --patch or --apply: mend what is harmless too, if nothing gets worse.",
        ),
        click.option(
            "--apply",
            "apply_it",
            is_flag=True,
            help="Make these edits in the script itself, and keep the original beside it.",
        ),
        click.option("--yes", is_flag=True, help="With --apply: do not ask."),
    )
    for one in reversed(options):
        command = one(command)
    return command


def check_patching(
    context: click.Context,
    script: Path | None,
    patch: Path | None,
    apply_it: bool,
    yes: bool,
    probes_only: bool,
    whole: bool = False,
) -> bool:
    """Whether edits are asked for; refuses what cannot be, before anything is run."""
    if yes and not apply_it:
        context.fail("--yes goes with --apply")
    if patch is None and not apply_it:
        if whole:
            context.fail("--patch-all goes with --patch or --apply")
        return False
    if script is None:
        context.fail(
            "--patch and --apply need a script, or one file that hands a network over; the target "
            "is a package, or needs its neighbours"
        )
    if probes_only:
        context.fail("--patch needs the trainings that --probes-only leaves out; drop one of them")
    if apply_it and not yes and not is_terminal(sys.stdin):
        context.fail("--apply asks before it edits, and nobody is there; give --yes")
    if patch is not None:
        if patch.resolve() == script.resolve():
            context.fail("--patch would write over the script; give another file")
        check_targets([patch])
    if apply_it:
        check_targets([script, kept_as(script)])
    return True


def with_patch(
    made: Report,
    script: Path,
    seen: Watched | Handed,
    arguments: tuple[str, ...],
    seconds: float,
    whole: bool,
    jobs: int | None,
    stages: Stages,
    clock: Clock,
    load: Load | None = None,
) -> Report:
    """The report with what came of looking for edits that make the script work.

    seconds: how long a script is watched at most; jobs: how many copies run beside each other, if
    not one for each processor; clock: how long the report took, and what is left. load: gives the
    network of a copy, where the file hands one over.
    """
    from diagnose.network.other_process import processors
    from diagnose.patching.patch import find_patch, seconds_for
    from diagnose.patching.shown import beside_findings

    soon = seconds_for(clock.spent) if clock.seconds is None else clock.left
    found = find_patch(
        script,
        seen,
        made,
        arguments=arguments,
        seconds=seconds,
        most_seconds=soon,
        whole=whole,
        at_once=jobs or processors(),
        progress=stages,
        load=load,
    )
    return replace(made, patch=found, code=made.code or beside_findings(made, found))


def with_shown_lines(made: Report, script: Path, seen: Watched) -> Report:
    """The report with the lines that the step was shown right with, where it has none."""
    from diagnose.patching.shown import beside_shown

    return replace(made, code=made.code or beside_shown(made, script, seen.seen))


def kept_as(script: Path) -> Path:
    """Where the original is kept; BadInputError where something is kept there already."""
    path = script.with_name(f"{script.name}.orig")
    if path.exists():
        raise BadInputError(f"{path}: is there already, from an earlier --apply; move it away")
    return path


def give_patch(
    made: Report, script: Path, patch: Path | None, apply_it: bool, yes: bool, quiet: bool = False
) -> None:
    """Write the diff, and edit the script where that was asked for and agreed to."""
    diff, left = (made.patch["diff"], made.patch["left"]) if made.patch else ("", [])
    if not diff:
        why = [one.removeprefix("no patch") for one in left if one.startswith("no patch:")]
        _say(f"no patch was written{''.join(why[:1])}", quiet)
        return
    if patch is not None:
        write_all({patch: diff})
        _say(f"wrote {patch}", quiet)
    if apply_it:
        from diagnose.patching.source import applied, by_file

        each = {script.parent / name: part for name, part in by_file(diff).items()}
        for path, part in each.items():
            applied(path.read_bytes(), part)  # or it is of no use to ask
        names = " and ".join(map(str, each))
        if not yes and not click.confirm(f"Edit {names}?", err=True):
            _say(f"{names} stays as it is", quiet)
            return
        for path, part in each.items():
            kept, before = kept_as(path), path.read_bytes()  # which may be another by now
            replace_keeping(path, kept, before, applied(before, part))
            _say(f"edited {path}; the original is {kept}", quiet)


def _say(text: str, quiet: bool) -> None:
    if not quiet:
        mention(text)
