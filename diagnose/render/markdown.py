"""The report as GitHub-flavoured Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from diagnose.network.tasks import CLASSIFICATION
from diagnose.render import cause_words, part_words, patch_words, words
from diagnose.render.outsiders import fit_to_show
from diagnose.render.repair_order import Step, beyond
from diagnose.render.repair_order import steps as steps_of
from diagnose.render.verdict import is_healthy, paragraphs
from diagnose.report import PRESENT, CodePair, Finding, Report, Symptoms
from diagnose.style.places import NOTEBOOK
from diagnose.style.text import dedented, number, plain

# A piece of code: as many backticks behind it as before it (CommonMark 6.1).
CODE = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")


def render(report: Report) -> str:
    """Write the report as Markdown."""
    report = fit_to_show(report)
    blocks = [f"# Diagnosis of {_text(report.network.name)}", *_verdict(report)]
    blocks += _watched(report)
    if not words.was_read(report):
        return "\n\n".join([*blocks, *_findings(report), *_patch(report)]) + "\n"
    if not is_healthy(report):
        blocks += [*_symptoms(report), *_parts(report), *_causes(report), *_steps(report)]
        blocks += _harmless(report)
    blocks += _patch(report)
    blocks += [*_findings(report), *_end(report)]
    return "\n\n".join(blocks) + "\n"


def _verdict(report: Report) -> Iterator[str]:
    lead, *rest = paragraphs(report)
    yield _bold(lead)
    yield from map(_paragraph, rest)


def _watched(report: Report) -> Iterator[str]:
    rows = words.watched_rows(report)
    if rows and report.watched:
        yield f"## Read from {_text(report.watched['script'])}"
        yield f"{words.how_sure(report)}."
        yield _table(
            ["", "line", "what stands there"],
            [[name, line, _code(text)] for name, line, text in rows],
        )


def _patch(report: Report) -> Iterator[str]:
    """The patch of a script, where one was asked for."""
    patch = report.patch
    if patch is None:
        return
    yield "## Patch"
    if said := patch_words.heading(patch):
        yield _text(said)
        diff = patch["diff"].rstrip()
        if patch["file"].endswith(NOTEBOOK):
            diff = "\n".join(line for _, line in patch_words.diff_lines(patch))
        fence = "`" * (1 + max(2, *map(len, re.findall("`+", diff)), 0))
        yield f"{fence}diff\n{diff}\n{fence}"
    if why := patch_words.reasons(patch):
        yield "\n".join(f"- {_text(one)}" for one in why)
    yield from map(_text, patch_words.sentences(report))


def _symptoms(report: Report) -> Iterator[str]:
    shown = {name: report.symptoms[name] for name in words.names(report) if name in report.symptoms}
    if not shown:
        return
    seen = next(iter(shown.values()))
    compared = words.columns(report)
    columns = [words.symptom_values(one) for one in compared.values()]
    yield "## Symptoms"
    yield _table(
        ["symptom", *compared, "healthy", "chance"],
        [
            [words.symptom_name(name), *(one[name] for one in columns), one.healthy, one.chance]
            for name, one in words.expectations(seen).items()
        ],
    )
    yield from map(_paragraph, words.notes(report))
    if words.task_of(seen) is CLASSIFICATION:
        yield from _classes(report, shown)
    else:
        yield "Mean answer by target, from the smallest targets to the largest:"
        groups = words.answers_by_target([*shown.values()])
        rows = [[plain(target), *map(plain, answers)] for target, answers in groups]
        yield _table(["target", *shown], rows)


def _classes(report: Report, shown: dict[str, Symptoms]) -> Iterator[str]:
    seen = next(iter(shown.values()))
    posted = report.network.posted
    rows = []
    for index, true in enumerate(seen.class_shares):
        row = [str(index), number(true)]
        for one in shown.values():
            row.append(number(_at(one.mean_probabilities, index)))
        rows.append(row + ([number(_at(posted, index))] if posted else []))
    yield "Mean predicted probability per class:"
    yield _table(["class", "true share", *shown, *(["posted"] if posted else [])], rows)


def _at(values: Sequence[float | None], index: int) -> float | None:
    return values[index] if index < len(values) else None


def _parts(report: Report) -> Iterator[str]:
    rows = part_words.rows(report)
    if not rows or report.twin is None:
        return
    yield "## Parts"
    yield _text(f"Each exchanged with that of a sound network, {part_words.heading(report.twin)}.")
    cells = [
        [
            *(one.name, "yes" if one.blamed else "no"),
            *(one.alone, one.without, one.share, one.place, one.found),
        ]
        for one in rows
    ]
    yield _table(["part", "needed", "alone", "all but it", "share", "where", "found in it"], cells)


def _causes(report: Report) -> Iterator[str]:
    if not report.causes:
        return
    yield "## Causes"
    rows = []
    for defect in cause_words.tried(report):
        row = [defect]
        for cause in report.causes.values():
            one = cause.verdicts.get(defect)
            share = cause_words.share(cause, defect, interval=True) if one else ""
            if one and share:
                row.append(Marked(f"{_bold(one.verdict)}, {_text(share)}"))
            else:
                row.append(one.verdict if one else "")
        rows.append(row)
    yield _table(["defect", *map(words.symptom_name, report.causes)], rows)
    yield "Beside each verdict: the repair's share of the cure (Shapley value) and its range."
    yield _bullets(map(_text, cause_words.interactions(report)))


def _steps(report: Report) -> Iterator[str]:
    steps, parts = steps_of(report), beyond(report)
    if steps:
        yield "## What to repair, in this order"
        yield from _ladder(report, steps)
    elif parts:
        yield "## What to repair"
    if parts:
        yield _bullets(
            f"{_bold(part.part)}: {_text(part.how)}"
            + (f" ({_text(part.brings)} with a sound one in its place)" if part.brings else "")
            for part in parts
        )


def _ladder(report: Report, steps: Sequence[Step]) -> Iterator[str]:
    yield "Measured after each repair, the ones above it made too; **bold** is needed for a cure."
    found = [words.symptom_value(name, one.found) for name, one in report.causes.items()]
    rows = [["", "as found", *found, ""]]
    for index, step in enumerate(steps, 1):
        values = [words.symptom_value(name, step.values.get(name)) for name in report.causes]
        name = _bold(step.repair) if step.needed else step.repair
        rows.append([str(index), name, *values, step.advice])
    yield _table(["", "repair", *map(words.symptom_name, report.causes), "how"], rows)


def _harmless(report: Report) -> Iterator[str]:
    idle = cause_words.harmless(report)
    if idle:
        yield "## Harmless here"
        yield "Real defects, worth mending, but not for what you see here:"
        yield _bullets(
            f"{_bold(name)}, {_text(cause_words.why_harmless(report, name))}" for name in idle
        )


def _findings(report: Report) -> Iterator[str]:
    every = words.findings(report)
    if every:
        yield "## Findings"
        yield _text(words.counted(report, report.network.name)) + "."
    code = {pair.defect: pair for pair in report.code}
    for finding in words.findings(report, PRESENT):
        yield from _present(finding, code.get(finding.defect))
    rest = [one for one in every if one.status != PRESENT]
    if rest:
        yield _table(
            ["defect", "status", "observed"],
            [[one.defect, one.status, one.observed] for one in rest],
        )
    if report.against and report.against.name in report.findings:
        yield _text(words.counted(report, report.against.name)) + "."


def _present(finding: Finding, pair: CodePair | None) -> Iterator[str]:
    place = words.place(finding)
    mild = f", {_text(words.mild(finding))}" if words.mild(finding) else ""
    yield f"### {_text(finding.defect)}{mild}" + (f" ({_code(place)})" if place else "")
    said = {"Observed": finding.observed, "Expected": finding.expected, "Try": finding.advice}
    said["Written"] = words.stands(finding)
    yield _bullets(f"{label}: {_text(text)}" for label, text in said.items() if text)
    if pair:
        # A fence longer than any in the code, as the code may itself hold one.
        shown = [
            *(("-", text) for _, text in dedented(pair.found)),
            *(("+", text) for _, text in dedented(pair.repaired)),
        ]
        ticks = max([2, *(len(one) for _, text in shown for one in re.findall("`+", text))]) + 1
        lines = "\n".join(f"{sign} {text}" for sign, text in shown)
        yield f"{'`' * ticks}diff\n{lines}\n{'`' * ticks}"


def _end(report: Report) -> Iterator[str]:
    if report.network.remarks:
        yield "## Also noticed"
        yield _bullets(_text(one) for one in report.network.remarks)
    rows = [[name, value] for name, value in words.settings(report).items()]
    if rows:
        yield "## Settings and data"
        yield _table(["", ""], rows)


def _bullets(texts: Iterable[str]) -> str:
    return "\n".join(f"- {text}" for text in texts)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [[_cell(one) for one in row] for row in (head, *rows)]
    lines.insert(1, ["---"] * len(head))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


class Marked(str):
    """Text that is Markdown already: what we put stars or backticks around ourselves."""

    __slots__ = ()


def _bold(text: str) -> Marked:
    return Marked(f"**{_text(text)}**")


def _code(text: str) -> Marked:
    """Code as it is, between more backticks than it holds in a row."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    ticks = "`" * (longest + 1)
    room = " " if text.startswith("`") or text.endswith("`") else ""
    return Marked(f"{ticks}{room}{text}{room}{ticks}")


def _cell(text: str) -> str:
    return _text(text).replace("|", "\\|")


def _paragraph(text: str) -> str:
    """A text on its own, whose first word could otherwise make it a heading or a list."""
    return re.sub(r"^(?=(#+|[-+=])(\s|$))", r"\\", _text(text))


def _text(text: str) -> str:
    """Escape what Markdown would read as HTML, a link or emphasis, but not inside backticks."""
    if isinstance(text, Marked):
        return text
    made, at = [], 0
    for code in CODE.finditer(text):
        made += [_escaped(text[at : code.start()]), code.group()]
        at = code.end()
    return "".join([*made, _escaped(text[at:])])


def _escaped(text: str) -> str:
    text = re.sub(r"\\(?=[!-/:-@\[-`{-~]|$)", r"\\\\", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # An underscore inside a word is no emphasis; brackets make a link only before round ones.
    return re.sub(
        r"[*$`]|~(?=~)|\](?=\()|(?<![^\W_])_|_(?![^\W_])", lambda match: "\\" + match.group(), text
    )
