"""What was left out for want of time, in sentences."""

from __future__ import annotations

import math
from typing import Any

from diagnose.report import (
    CUT_BESIDE,
    CUT_CAUSES,
    CUT_CHECKS,
    CUT_DEFECTS,
    CUT_PROBES,
    CUT_SEEDS,
    CUT_SETS,
    CUT_SYMPTOMS,
    CUT_TWIN,
    Report,
)
from diagnose.style.text import duration, listed, plural

# A limit of less is told in seconds.
MINUTES = 180


def cuts(report: Report) -> list[dict[str, Any]]:
    """What time cut off, but for what was done after all: later, in what others left over."""
    done = {CUT_CAUSES: bool(report.causes), CUT_TWIN: report.twin is not None}
    done |= {CUT_SYMPTOMS: report.network.name in report.symptoms}
    noted = report.within["cut"] if report.within else []
    return [one for one in noted if not done.get(one["what"])]


def cut(report: Report, what: str) -> dict[str, Any] | None:
    """How much of something was done and how much there was, if time cut some off."""
    return next((one for one in cuts(report) if one["what"] == what), None)


def sentences(report: Report) -> list[str]:
    """What was left out of a diagnosis whose time was limited, and how long it would take."""
    if report.within is None or not cuts(report):
        return []
    left = [_left_out(report, one) for one in cuts(report)]
    said = f"In {_limit(report.within['seconds'])} there was no time for {listed(left)}."
    more = report.within["more"]
    if more is None or more <= report.within["seconds"]:
        return [f"{said} --within gives it more."]
    return [f"{said} With --within {option(more)} they are made, by what steps took here."]


def shortly(report: Report) -> str:
    """That something was left out for want of time, in few words; nothing where nothing was."""
    if report.within is None or not cuts(report):
        return ""
    more, given = report.within["more"], report.within["seconds"]
    enough = f"--within {option(more)} would do" if more and more > given else "--within gives more"
    return f"Not all could be tried in {_limit(given)}; {enough}."


def _left_out(report: Report, one: dict[str, Any]) -> str:
    of, left = one["of"], one["of"] - one["done"]
    beside = report.against.name if report.against else ""
    words = {
        CUT_CHECKS: "running each of its functions once",
        CUT_SYMPTOMS: "a whole training as found",
        CUT_PROBES: f"{left} of {plural(of, 'probe')}",
        CUT_TWIN: "a sound twin to hold it against",
        CUT_SETS: f"{plural(left, 'more set')} of parts" if left else "rates between those tried",
        CUT_CAUSES: f"training with the {plural(of, 'set')} of repairs",
        CUT_DEFECTS: f"{left} of {plural(of, 'defect')} among the repairs",
        CUT_SEEDS: f"{left} of {plural(of, 'seed')} of the causes",
        CUT_BESIDE: f"what {beside} shows beside it",
    }[one["what"]]
    needed = one["needed"]
    return f"{words} (about {duration(needed)})" if needed else words


def _limit(seconds: float) -> str:
    """A limit as it was given, where a minute more or less would be another one."""
    return f"{seconds:.0f} s" if seconds < MINUTES else duration(seconds)


def option(seconds: float) -> str:
    """A time that is not less, as ``--within`` takes it."""
    if seconds < 60:
        return f"{math.ceil(seconds / 10) * 10}s"
    if seconds < 3600:
        return f"{math.ceil(seconds / 60)}m"
    return f"{math.ceil(seconds / 3600)}h"


def few_seeds(report: Report) -> str:
    """With how few seeds causes were shown; nothing where it was with all that were asked for."""
    one = cut(report, CUT_SEEDS)
    if one is None:
        return ""
    return (
        f"This was seen with {one['done']} of {plural(one['of'], 'seed')} only; "
        f"{'another' if one['done'] == 1 else 'others'} may say otherwise."
    )


def untrained(report: Report) -> str:
    """That a network was not trained whole; what a cut training shows is no answer."""
    one = cut(report, CUT_SYMPTOMS) or cut(report, CUT_CHECKS)
    if one is None:
        return ""
    takes = f": one training takes about {duration(one['needed'])}" if one["needed"] else ""
    return (
        f"What {report.network.name} answers was not seen within "
        f"{duration(report.within['seconds'] if report.within else 0)}{takes}."
    )
