"""What is known of a script as soon as its step was run again, while it is still watched."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

from diagnose.command.console import MARKS, can_say, terminal_width
from diagnose.command.shown_places import sources_of, with_shown_places
from diagnose.command.told import findings_told
from diagnose.command.unread import unread_report
from diagnose.patching.shown import beside_shown
from diagnose.render.answer import gradients_right
from diagnose.render.screen import render_places
from diagnose.training.progress import Stages
from diagnose.watching.handover import OfStep


def say_early(
    stages: Stages, script: Path, select: Collection[str], ignore: Collection[str], step: OfStep
) -> None:
    """Show where its step is wrong, and what was shown right there, of what was selected."""
    found = findings_told(step.told, select, ignore)
    if not found:
        if step.right and not step.wrong:
            stages.say_known(f"{script.name}: {gradients_right(step.right, step.others)}")
        return
    watched = {"script": script.name, "certified": False, "parted": None, "roles": {}}
    report = unread_report(watched, found)
    report.code.extend(beside_shown(report, script, step.told))
    shown = with_shown_places(report, sources_of(script))
    stages.say_known(render_places(shown, terminal_width(), can_say(MARKS, sys.stderr)))
