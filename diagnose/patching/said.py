"""What is said of a patch, or of a search without one: the sentences, and the record of both."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from diagnose.patching.search import Search
from diagnose.patching.trial import Trials
from diagnose.report import Report

COUNTED = (
    "what the script prints last hardly changes, though its training now works: that is consistent "
    "with a mistake in how it prepares its test samples, reads off its answers or counts them"
)
BY_PRINT = "what the script prints last, in its own run, shows what the edits do"
BY_PRINT_ALONE = (
    "what was read of the script was not certified, so nothing more is known of the network than "
    f"that; {BY_PRINT}"
)
OVER = "no patch: the time was over before an edit was shown to work"
NOTHING = "nothing to mend: the network is as good as a sound one of its shape"
OTHERWISE = (
    "nothing to mend in its training, which is as good as that of a sound network of its shape; "
    "what the script prints last is far less, and no edit that was tried mends how it prepares its "
    "test samples, reads off its answers or counts them"
)


def still_there(parts: Collection[str]) -> str:
    """That errors in some parts are left, though the script works."""
    said = " and ".join(sorted(parts))
    return f"an error that was found in {said} is left as it is: no edit that was tried mends it"


def no_twin(report: Report) -> str:
    """Why edits are judged by what the script prints."""
    reason = report.runs.get("no_twin", "no parts were exchanged")
    return f"there is no sound network to measure an edit by: {reason}"


def part_of_the_way(reached: float, works: float) -> str:
    """How far edits bring it that are not all that it takes."""
    digits = 2 if f"{reached:.2f}" != f"{works:.2f}" else 4
    return (
        f"the edits bring it most of the way, to {reached:.{digits}f}, and not to "
        f"{works:.{digits}f}, from which it works: something is left that no edit that was tried "
        "mends"
    )


def untried(trials: Trials, best: float | None, rang: bool) -> list[str]:
    """When the search was ended, and how much of it was left; nothing where it came to its end.

    rang: whether it was ended within a trial; a slow one may make the time longer that there is.
    """
    if not rang and not trials.is_late and trials.runs < trials.most_runs:
        return []
    reached = "" if best is None else f", the best of which reaches {best:.2f}"
    more = f"; at least {trials.untried} more were to be tried" if trials.untried else ""
    return [
        f"the search was ended after {trials.spent:.0f} s and {trials.runs} copies{reached}{more}"
    ]


def left_of(search: Search, blamed: Sequence[str]) -> str:
    """What was tried for a set of parts, and what it gave."""
    without = [one for one in blamed if one in search.left]
    reached = "nothing that could be trained" if search.best is None else f"{search.best:.2f}"
    why = f"; no edit that was tried mends {' and '.join(without)}" if without else ""
    what = f"for {', '.join(blamed)}" if blamed else "no patch"
    return f"{what}: the best of the edits that were tried reaches {reached}{why}"


def record(
    path: Path,
    *,
    diff: str = "",
    lines: int = 0,
    hunks: Sequence[dict[str, Any]] = (),
    tried: dict[str, Any] | None = None,
    left: Sequence[str] = (),
) -> dict[str, Any]:
    """What the report holds of a patch, or of a search that found none."""
    return {
        "file": path.name, "diff": diff, "lines": lines, "hunks": list(hunks), "tried": tried,
        "left": list(left),
    }  # fmt: skip
