"""What is said of a patch, or of a search without one: the sentences, and the record of both."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from diagnose.network.arrays import Array
from diagnose.patching.search import Search
from diagnose.patching.trial import Trials
from diagnose.report import PARTS, Report

# Rates that differ by their rounding are one.
NEAR = 0.05

UNREAD = (
    "no patch: no network could be read of the script, so it cannot be measured whether an edit "
    "helps"
)
UNMEASURED = (
    "it was not measured what the script learns with the edits: nothing but what is said of the "
    "step is known of them"
)
NO_YARDSTICK = "the network itself does better than any sound one that was trained"
TOO_LONG = "it would take too long to train"
OVER = "no patch: the time was over before an edit was shown to work"
OTHER_UNIT = (
    "no patch: with the edits the targets are in another unit, and nothing shows that the script "
    "brings its answers back to that of its test"
)
# Almost any fault does less harm at a smaller rate.
PACE_ALONE = "no patch: another rate alone makes it better, and does not make it work"
NOT_IN_ORDER = (
    "no patch: the labels stand in another order than their samples, and no edit that was tried "
    "puts them into it"
)
NOTHING = "nothing to mend: the network is as good as a sound one of its shape"


def still_there(parts: Collection[str]) -> str:
    """That errors in some parts are left, though the script works."""
    said = " and ".join(sorted(parts))
    return f"an error that was found in {said} is left as it is: no edit that was tried mends it"


def no_twin(report: Report) -> str:
    """That there is nothing to measure an edit by; nothing where only time was lacking."""
    reason = report.runs.get("no_twin")
    return f"no patch: there is no sound network to measure an edit by: {reason}" if reason else ""


def not_better(as_found: Array, patched: Array) -> str:
    """That edits are no patch, by what was measured with each seed."""
    before, after = (" ".join(f"{score:.2f}" for score in some) for some in (as_found, patched))
    return (
        "no patch: the edits that were tried together are not better with every seed, and by more "
        f"than other seeds are: as found {before}, with them {after}"
    )


def other_set(report: Report, mended: Collection[str], works: bool) -> list[str]:
    """Why the patch mends other parts than the smallest sets have; nothing where they agree.

    works: whether it does with every seed.
    """
    sets = report.parts.minimal if report.parts is not None else []
    if not sets or any({*parts} == {*mended} for parts in sets):
        return []
    nearest = min(sets, key=lambda parts: len({*parts} ^ {*mended}))
    lacking, beside = {*nearest} - {*mended}, {*mended} - {*nearest}
    of_set = f"of the parts that must be mended at once ({_and(nearest)})"
    found = []
    if "answer" in lacking:
        found.append(
            "how answers are prepared, read off or counted is left as it is: the training that was "
            "measured does not tell of it"
        )
    if others := lacking - {"answer"}:
        why = "with the edits it works without that" if works else "no edit that was tried does"
        found.append(f"{of_set}, the patch does not mend {_and(others)}: {why}")
    if beside:
        found.append(
            f"beside those {of_set.removeprefix('of the ')}, the patch mends {_and(beside)}: they "
            "were found with a sound network's parts, and edits are tried among the script's own"
        )
    return found


def other_rate(report: Report, mended: Collection[str], rate: float) -> list[str]:
    """Why the patch has another rate than the set of parts that it mends; nothing if it has not."""
    parts = report.parts
    for some, theirs in zip(parts.minimal, parts.rates, strict=True) if parts is not None else ():
        if {*some} == {*mended} and theirs and abs(rate - abs(theirs)) > NEAR * abs(theirs):
            return [
                f"the patch trains at a rate of {rate:.3g}, and the set of parts at "
                f"{abs(theirs):.3g}: each is the one that did best beside the rest of it"
            ]
    return []


def _and(parts: Collection[str]) -> str:
    return " and ".join(part for part in PARTS if part in parts) or " and ".join(sorted(parts))


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
