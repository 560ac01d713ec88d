"""The report as one HTML page that needs nothing but itself: no network, no scripts.

``content`` gathers what any HTML rendering shows, so that the templates only place it.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from diagnose.render import aside, cause_words, part_words, patch_words, pictures, words
from diagnose.render.aside import Wanted
from diagnose.render.glossary import glossary
from diagnose.render.outsiders import fit_to_show
from diagnose.render.repair_order import beyond, steps
from diagnose.render.verdict import is_healthy, paragraphs
from diagnose.report import PRESENT, Finding, Report
from diagnose.style.text import dedented, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment


def render(report: Report) -> str:
    """Write the report as a whole HTML page."""
    return filled("report.html.j2", report)


def filled(template: str, report: Report) -> str:
    """A template with all that it places; they are read while others draw the last pictures."""
    report = fit_to_show(report)
    aside.ask(*chain(*_wanted(report).values()))
    *_, whole = map(environment().get_template, ("parts.html.j2", "style.css", template))
    return whole.render(content(report))


@cache
def environment() -> Environment:
    """Give the templates' surroundings: everything that a report says is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # while others draw, too

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
    present = words.findings(report, PRESENT)
    shown = {name: report.symptoms[name] for name in words.names(report) if name in report.symptoms}
    seen = next(iter(shown.values()), None)
    lead, *rest = paragraphs(report)
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
        "pictures": _drawn(report, present),
    }


def _wanted(report: Report) -> dict[str, list[Wanted]]:
    """Every picture, by what it shows."""
    return {
        "symptoms": _symptoms(report),
        "lattice": _lattices(report),
        "shares": _shares(report),
        "ladder": _ladders(report),
        "probe": [aside.of_finding(one) for one in words.findings(report, PRESENT)],
    }


def _drawn(report: Report, present: Sequence[Finding]) -> dict[str, Any]:
    """Every picture, as markup that the templates place as it is."""
    wanted = _wanted(report)
    every = iter(aside.drawn([one for several in wanted.values() for one in several]))
    made: dict[str, Any] = {
        name: [None if svg is None else Markup(svg) for svg in islice(every, len(several))]
        for name, several in wanted.items()
    }
    made["symptoms"] = next(iter(made["symptoms"]), None)
    # the first of a name is the probe's, which has the numbers for it
    named = zip(present, made["probe"], strict=True)
    made["probe"] = {one.defect: svg for one, svg in reversed([*named])}
    return made


def _symptoms(report: Report) -> list[Wanted]:
    names = [name for name in words.names(report) if name in report.symptoms]
    seen = {name: report.symptoms[name] for name in names}
    return aside.of_symptoms(seen, report.network.posted)


def _lattices(report: Report) -> list[Wanted]:
    return [
        aside.of_picture(pictures.lattice, cause, words.symptom_name(symptom))
        for symptom, cause in report.causes.items()
        if cause.minimal_repairs
    ]


def _shares(report: Report) -> list[Wanted]:
    wanted = []
    for symptom, cause in report.causes.items():
        if cause.minimal_repairs:
            shares = {name: one.share for name, one in cause.verdicts.items()}
            wanted.append(
                aside.of_picture(pictures.share_intervals, shares, words.symptom_name(symptom))
            )
    return wanted


def _ladders(report: Report) -> list[Wanted]:
    """One ladder per symptom, each in that symptom's own best order."""
    wanted = []
    for symptom, cause in report.causes.items():
        if not cause.minimal_repairs:
            continue
        needed = set(cause.minimal_repairs[0])
        rungs: list[tuple[str, float | None, bool]] = [("as found", cause.found, False)]
        rungs += [(rung.repair, rung.value, rung.repair in needed) for rung in cause.ladder]
        wanted.append(aside.of_picture(pictures.ladder, rungs, words.symptom_name(symptom)))
    return wanted
