"""What of a patch changes no number at all, and is taken out of it again.

An edit is chosen beside others, and by few runs of a script that may draw other numbers in each. So
it may be one that says the same in other words, as ``h > 0`` of what a ReLU gave for ``z > 0``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from diagnose.patching.source import Edit, Splice, is_python
from diagnose.patching.trial import Trials
from diagnose.watching.script import WINDOWLESS

# What runs a script so that all of its numbers can be held against those of another run.
CHILD = Path(__file__).with_name("ending.py")
# Runs for one patch: of those that have so many places most are one edit, made in each of them.
MOST_RUNS = 8
# Seconds that the first of them may take, and how many times as long any other, and a little.
LONGEST, TIMES, SPARE = 30.0, 2.0, 3.0


def without_idle(trials: Trials, edits: Sequence[Edit]) -> list[Edit]:
    """The edits but for the places at which one writes something else and no number is another.

    Each of them where there is no time to see, and where the script cannot be run so.
    """
    kept = [*edits]
    places = [(at, one) for at, edit in enumerate(kept) for one in edit.splices]
    if len(places) < 2 or trials.load is not None or trials.is_late:
        return kept
    began = time.monotonic()
    whole = _ending(trials, kept, LONGEST)
    longest = SPARE + TIMES * (time.monotonic() - began)
    for at, one in places[:MOST_RUNS] if whole else ():
        fewer = [*kept]
        fewer[at] = _without(kept[at], one)
        if trials.is_late or not any(each.splices for each in fewer):
            break
        if is_python(trials.source, fewer) and _ending(trials, fewer, longest) == whole:
            kept = fewer
    return [one for one in kept if one.splices]


def _without(edit: Edit, gone: Splice) -> Edit:
    return replace(edit, splices=tuple(one for one in edit.splices if one != gone))


def _ending(trials: Trials, edits: Sequence[Edit], seconds: float) -> str:
    """All that a copy prints, and what stands for its numbers; nothing where it does not end."""
    name, data = trials.source.runs_as([one for edit in edits for one in edit.splices])
    path = trials.folder / name
    path.write_bytes(data)
    with suppress(subprocess.TimeoutExpired):
        done = subprocess.run(
            [sys.executable, str(CHILD), str(path), *trials.arguments],
            cwd=trials.folder, env={**os.environ, **WINDOWLESS}, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=seconds, check=False, encoding="utf-8", errors="replace",
        )  # fmt: skip
        return "" if done.returncode else done.stdout
    return ""
