"""The report as one HTML page that needs nothing but itself: no network, no scripts.

``content`` gathers what any HTML rendering shows, so that the templates only place it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from diagnose.network.tasks import CLASSIFICATION, answers
from diagnose.render import cause_words, part_words, patch_words, pictures, words
from diagnose.render.glossary import glossary
from diagnose.render.outsiders import fit_to_show
from diagnose.render.pictures import Picture
from diagnose.render.repair_order import beyond, steps
from diagnose.render.verdict import is_healthy, paragraphs
from diagnose.report import PRESENT, Finding, Report
from diagnose.style.text import dedented, plain

if TYPE_CHECKING:
    from collections.abc import Callable


def render(report: Report) -> str:
    """Write the report as a whole HTML page."""
    return environment().get_template("report.html.j2").render(content(report))


@cache
def environment() -> Environment:
    """Give the templates' surroundings: everything that a report says is escaped."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["code"] = code
    made.filters["dedent"] = dedented
    made.filters["plain"] = plain
    made.filters["slug"] = lambda text: re.sub(r"[^a-z]+", "-", text.lower())
    return made


def code(text: str) -> Markup:
    """Mark what stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def content(report: Report) -> dict[str, Any]:
    """Everything that the templates place: sentences, tables and pictures."""
    report = fit_to_show(report)
    present = words.findings(report, PRESENT)
    shown = {name: report.symptoms[name] for name in words.names(report) if name in report.symptoms}
    seen = next(iter(shown.values()), None)
    lead, *rest = paragraphs(report)
    with pictures.style():
        drawn = {
            "symptoms": _symptoms(report),
            "lattice": _lattices(report),
            "shares": _shares(report),
            "ladder": _ladders(report),
            # the first of a name is the probe's, which has the numbers for it
            "probe": {one.defect: probe_picture(one) for one in reversed(present)},
        }
    return {
        "report": report,
        "words": words,
        "cause_words": cause_words,
        "glossary": glossary(report),
        "lead": lead,
        "rest": rest,
        "healthy": is_healthy(report),
        "symptoms": {
            name: words.symptom_values(one) for name, one in words.columns(report).items()
        },
        "part_rows": part_words.rows(report),
        "patch": report.patch,
        "patch_words": patch_words,
        "twin_line": part_words.heading(report.twin) if report.twin else "",
        "seen": seen,
        "task": words.task_of(seen) if seen else None,
        "expectations": words.expectations(seen) if seen else {},
        "present": present,
        "others": [one for one in words.findings(report) if one.status != PRESENT],
        "against": report.findings.get(report.against.name, []) if report.against else [],
        "steps": steps(report),
        "beyond": beyond(report),
        "harmless": cause_words.harmless(report),
        "code": {pair.defect: pair for pair in report.code},
        "pictures": drawn,
    }


def to_markup(picture: Picture) -> Markup:
    """Write a picture as markup that the templates place as it is."""
    figure, said = picture
    return Markup(pictures.to_svg(figure, said))


def probe_picture(finding: Finding) -> Markup | None:
    """Draw a finding's own picture; None if its defect is unknown here or cannot be drawn.

    A report may come from another version, whose numbers this one cannot draw; the page then
    shows the numbers without the picture.
    """
    try:
        from diagnose.probes import DEFECTS

        draw: Callable[[dict[str, Any]], Any] = {one.name: one.draw for one in DEFECTS}[
            finding.defect
        ]
        return to_markup((draw(finding.numbers), f"{finding.defect}. {finding.observed}"))
    except Exception:
        return None


def _symptoms(report: Report) -> Markup | None:
    seen = {
        name: report.symptoms[name]
        for name in words.names(report)
        if name in report.symptoms and answers(report.symptoms[name])
    }
    if not seen:
        return None
    task = words.task_of(next(iter(seen.values())))
    if task is CLASSIFICATION:
        return to_markup(pictures.symptom_bars(seen, report.network.posted))
    return to_markup(pictures.answers_over_targets(seen))


def _lattices(report: Report) -> list[Markup]:
    return [
        to_markup(pictures.lattice(cause, words.symptom_name(symptom)))
        for symptom, cause in report.causes.items()
        if cause.minimal_repairs
    ]


def _shares(report: Report) -> list[Markup]:
    drawn = []
    for symptom, cause in report.causes.items():
        if cause.minimal_repairs:
            shares = {name: one.share for name, one in cause.verdicts.items()}
            drawn.append(to_markup(pictures.share_intervals(shares, words.symptom_name(symptom))))
    return drawn


def _ladders(report: Report) -> list[Markup]:
    """One ladder per symptom, each in that symptom's own best order."""
    drawn = []
    for symptom, cause in report.causes.items():
        if not cause.minimal_repairs:
            continue
        needed = set(cause.minimal_repairs[0])
        rungs: list[tuple[str, float | None, bool]] = [("as found", cause.found, False)]
        rungs += [(rung.repair, rung.value, rung.repair in needed) for rung in cause.ladder]
        drawn.append(to_markup(pictures.ladder(rungs, words.symptom_name(symptom))))
    return drawn
