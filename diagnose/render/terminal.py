"""The report as text for a terminal.

What the terminal can do (width, colour, Unicode) is found out by the command line and passed in.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from diagnose.render import cause_words, part_words, patch_words, words
from diagnose.render.outsiders import fit_to_show
from diagnose.render.printed import NARROWEST, Line, cut, wrapped, written
from diagnose.render.repair_order import Step, beyond
from diagnose.render.repair_order import steps as steps_of
from diagnose.render.verdict import is_healthy, paragraphs, verdict
from diagnose.report import (
    NOT_REACHED,
    PRESENT,
    Cause,
    CodePair,
    Finding,
    Report,
)
from diagnose.style.text import brief, listed, plural

MOST_CLASSES = 20
# Lines as they should be that stand beside a finding; of more, the page tells.
MOST_MENDED = 4


def render(report: Report, width: int = 80, color: bool = False, unicode: bool = True) -> str:
    """Write the report as text of at most ``width`` columns; pure ASCII without ``unicode``."""
    width = max(width, NARROWEST)
    return written(_lines(fit_to_show(report), width, unicode), width, color, unicode)


def _lines(report: Report, width: int, unicode: bool) -> Iterator[Line]:
    if is_healthy(report):
        for sentence in verdict(report):
            yield from wrapped(sentence, width)
        yield from _watched(report, width)
        yield from _patch(report, width)
        return
    first, *rest = paragraphs(report)
    yield from wrapped(first, width, look="bold")
    for paragraph in rest:
        yield from wrapped(paragraph, width)
    yield from _watched(report, width)
    if not words.was_read(report):
        yield from _findings(report, width, unicode)
        yield from _patch(report, width)
        return
    yield from _symptoms(report, width)
    yield from _classes(report, width, unicode)
    yield from _targets(report, width, unicode)
    yield from _findings(report, width, unicode)
    yield from _parts(report, width)
    if report.causes:
        yield from _causes(report, width)
    yield from _steps(report, width)
    if report.causes:
        yield from _harmless(report, width)
    yield from _patch(report, width)
    yield from _end(report, width)


def _heading(text: str, note: str = "") -> Iterator[Line]:
    yield []
    yield [(text.upper(), "heading"), (f"  {note}" if note else "", "quiet")]


def _watched(report: Report, width: int) -> Iterator[Line]:
    """What was read out of a script, each with its line."""
    rows = words.watched_rows(report)
    if not rows or report.watched is None:
        return
    yield from _heading(f"read from {report.watched['script']}", words.how_sure(report))
    first = max(len(name) for name, _, _ in rows)
    for name, line, text in rows:
        yield [(f"  {name:{first}} {line:>5}  ", "quiet"), (cut(text, width - first - 10), "")]


def _symptoms(report: Report, width: int) -> Iterator[Line]:
    """Give a row per symptom, a column per network, and what to expect."""
    shown = words.columns(report)
    if not shown:
        return
    seen = next(iter(shown.values()))
    samples = f"{seen.images:,} {words.task_of(seen).sample}s"
    yield from _heading("symptoms", f"on {words.seen_on(report, samples)}")
    columns = {name: words.symptom_values(one) for name, one in shown.items()}
    expectations = words.expectations(seen)
    first = max(18, *(len(words.symptom_name(one)) for one in expectations))
    size = min(18, (width - first - 22) // max(len(columns), 1))
    head = "".join(f"{cut(name, size - 2):>{size}}" for name in columns)
    yield [(f"  {'':{first}}{head}   expected", "quiet")]
    for symptom, expected in expectations.items():
        values: Line = [
            (f"{cut(one[symptom], size - 1):>{size}}", _side(index))
            for index, one in enumerate(columns.values())
        ]
        yield [
            (f"  {words.symptom_name(symptom):{first}}", ""),
            *values,
            (f"   {expected.short}", "quiet"),
        ]
    for note in words.notes(report):
        yield from wrapped(note, width, indent="  ")


def _side(index: int) -> str:
    return "found" if index == 0 else "repaired"


def _classes(report: Report, width: int, unicode: bool) -> Iterator[Line]:
    """Give a row per class: the true share, and each mean probability as bar and number."""
    shown = [report.symptoms[name] for name in words.names(report) if name in report.symptoms]
    vectors = [one.mean_probabilities for one in shown]
    known = [value for vector in vectors for value in vector if value is not None]
    if not known:
        return
    posted = report.network.posted
    scale = max([*known, *(posted or []), *shown[0].class_shares])
    names = [name for name in words.names(report) if name in report.symptoms]
    bar = max(6, (width - 12 - (9 if posted else 0)) // len(shown) - 9)
    yield from _heading("mean probability per class")
    head = "".join(f"  {cut(name, bar + 7):{bar + 7}}" for name in names[:1])
    head += f"{'posted':>9}" if posted else ""
    head += "".join(f"  {cut(name, bar + 7):{bar + 7}}" for name in names[1:])
    yield [(f"  {'':5}{'true':>5}{head}", "quiet")]
    classes = range(len(shown[0].class_shares))
    for index in list(classes)[:MOST_CLASSES]:
        line: Line = [(f"  {index:>3}  {_decimal(shown[0].class_shares[index], 5)}", "")]
        for column, vector in enumerate(vectors):
            value = vector[index] if index < len(vector) else None
            drawn = _bar(value or 0.0, scale, bar, unicode)
            line.append((f"  {drawn:{bar}}", _side(column)))
            line.append((_decimal(value, 7), ""))
            if column == 0 and posted:
                given = posted[index] if index < len(posted) else None
                line.append((_decimal(given, 9), ""))
        yield line
    if len(classes) > MOST_CLASSES:
        yield [(f"  ... {len(classes) - MOST_CLASSES} more classes", "quiet")]


def _targets(report: Report, width: int, unicode: bool) -> Iterator[Line]:
    """Give a row per group of targets: their mean, and each mean answer as mark and number."""
    names = [name for name in words.names(report) if name in report.symptoms]
    groups = words.answers_by_target([report.symptoms[name] for name in names])
    if not groups:
        return
    targets = [target for target, _ in groups]
    size = max(12, (width - 12) // len(names) - 11)
    marks = "●│" if unicode else "o|"
    yield from _heading("mean answer by target", f"{marks[1]} the target, {marks[0]} the answer")
    head = "".join(f"  {cut(name, size + 9):{size + 9}}" for name in names)
    yield [(f"  {'target':>8}{head}", "quiet")]
    for target, answers in groups:
        line: Line = [(f"  {target:>8.3g}", "")]
        for column, answer in enumerate(answers):
            drawn = _strip(target, answer, (min(targets), max(targets)), size, marks)
            line += [(f"  {drawn}", _side(column)), (f"{_general(answer):>9}", "")]
        yield line


def _strip(
    target: float, answer: float | None, span: tuple[float, float], width: int, marks: str
) -> str:
    """Draw target and answer in their places between the smallest target and the largest."""
    low, high = span
    strip = [" "] * width
    for value, mark in ((target, marks[1]), (answer, marks[0])):
        if value is not None:
            share = (value - low) / (high - low) if high > low else 0.5
            strip[round(min(max(share, 0.0), 1.0) * (width - 1))] = mark
    return "".join(strip)


def _general(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _decimal(value: float | None, width: int) -> str:
    text = "-" if value is None else f"{value:.3f}".replace("0.", ".", 1)
    return f"{text:>{width}}"


def _bar(value: float, scale: float, width: int, unicode: bool) -> str:
    """Draw a bar; in Unicode to the eighth of a column."""
    eighths = round(8 * width * max(value, 0.0) / scale) if scale else 0
    if not unicode:
        return "#" * round(eighths / 8)
    return "█" * (eighths // 8) + (" ▏▎▍▌▋▊▉"[eighths % 8] if eighths % 8 else "")


def _findings(report: Report, width: int, unicode: bool) -> Iterator[Line]:
    """List what is present in full, the rest in a line each or together."""
    every = words.findings(report)
    present = words.findings(report, PRESENT)
    if not every:
        return
    yield from _heading("findings", words.how_many_found(report))
    if present:
        # of two networks held side by side the other one's lines stand in the page
        mended = {} if report.against else {one.defect: one for one in report.code}
        yield from _present(present, mended, width, unicode)
    absent = [one.defect for one in every if one.status == "absent"]
    if absent:
        yield from wrapped(f"absent: {', '.join(absent)}", width, indent="  ")
    if later := [one.defect for one in every if one.status == NOT_REACHED]:
        yield from wrapped(f"not reached: {', '.join(later)}", width, indent="  ")
    for finding in every:
        if finding.status not in {PRESENT, "absent", NOT_REACHED}:
            text = f"{finding.status}: {finding.defect}: {finding.observed}"
            where = words.place(finding)
            yield from wrapped(f"{text} ({where})" if where else text, width, indent="  ")
    if report.against and report.against.name in report.findings:
        yield from wrapped(words.counted(report, report.against.name), width, indent="  ")


def _present(
    findings: list[Finding], mended: Mapping[str, CodePair], width: int, unicode: bool
) -> Iterator[Line]:
    """Name and place on the left, what was observed beside them."""
    mark = "●" if unicode else "*"
    places = [words.place(one).rsplit("/", 1)[-1] for one in findings]
    left = min(max(len(one) for one in (*places, *(one.defect for one in findings))), 30) + 1
    room = width - left - 3
    for finding in findings:
        observed = textwrap.wrap(
            brief(finding.observed, 3 * room - 15), room, break_on_hyphens=False
        )
        if written := words.stands(finding):
            observed.append(cut(written, room))
        if (pair := mended.get(finding.defect)) and len(pair.repaired) <= MOST_MENDED:
            observed += [cut(f"should be `{text.strip()}`", room) for _, text in pair.repaired]
        place = cut(words.place(finding).rsplit("/", 1)[-1], left - 1)
        names = [one for one in (finding.defect, place, words.mild(finding)) if one]
        for index in range(max(len(observed), len(names))):
            name = names[index] if index < len(names) else ""
            text = observed[index] if index < len(observed) else ""
            yield [
                (f"{mark if index == 0 else ' '} ", "found"),
                (f"{name:{left}} ", "quiet" if index else "bold"),
                (text, ""),
            ]


def _parts(report: Report, width: int) -> Iterator[Line]:
    """Give a row per part that was exchanged with the sound twin, those to blame first."""
    rows = part_words.rows(report)
    if not rows or report.twin is None:
        return
    yield from _heading("parts", "each exchanged with that of a sound network")
    yield from wrapped(f"The sound one, {part_words.heading(report.twin)}.", width, indent="  ")
    if report.watched is not None:
        yield from wrapped(
            "One part alone, and all but one, are means over up to 3 trainings.", width, indent="  "
        )
    first = max(len(one.name) for one in rows)
    head = f"  {'':{first + 2}}{'alone':>7}{'all but it':>12}{'share':>8}  "
    yield [(f"{head}found in it", "quiet")]
    for one in rows:
        mark = "*" if one.blamed else " "
        start = f"  {mark} {one.name:{first}}{one.alone:>7}{one.without:>12}{one.share:>8}  "
        said = cut(one.found, width - len(start))
        yield [(start, "found" if one.blamed else ""), (said, "")]
    yield [("  * is needed to close the gap", "quiet")]


def _causes(report: Report, width: int) -> Iterator[Line]:
    """Defect by symptom: the verdict and the share; then the smallest cures, in words."""
    trained = report.runs.get("trainings")
    note = f" from {trained:,} trainings" if trained else ""
    causes = report.causes
    if report.watched is not None:
        sets = max(len(one.lattice) for one in causes.values())
        note = f", {plural(sets, 'set')} of repairs"
    yield from _heading("causes", f"verdict and share of the cure (Shapley value){note}")
    defects = cause_words.tried(report)
    first = max(len(one) for one in defects)
    size = max(18, min(22, (width - first - 2) // len(causes)))
    yield from _columns(f"  {'':{first}}", [words.symptom_name(one) for one in causes], size)
    for defect in defects:
        line: Line = [(f"  {defect:{first}}", "")]
        for cause in causes.values():
            line += _cell(cause, defect, size)
        yield line
    for sentence in cause_words.interactions(report):
        yield from wrapped(sentence, width, indent="  ")


def _columns(start: str, names: Sequence[str], size: int) -> Iterator[Line]:
    """The heads of columns, each in as many lines as it takes to leave a space between them."""
    heads = [textwrap.wrap(one, size - 1) for one in names]
    high = max(map(len, heads), default=0)
    for row in range(high):
        several = [one[row - high + len(one)] if row >= high - len(one) else "" for one in heads]
        yield [(start + "".join(f"{one:>{size}}" for one in several), "quiet")]


def _measured(report: Report) -> str:
    """With which trainings the ladder was measured; of what was handed over the page tells."""
    if report.watched is None:
        return "measured after each; * is needed"
    return f"means over {plural(words.seeds_of_causes(report), 'training')}; * is needed"


def _cell(cause: Cause, defect: str, size: int) -> Line:
    one = cause.verdicts.get(defect)
    if one is None:
        return [(f"{'-':>{size}}", "quiet")]
    share = cause_words.share(cause, defect)
    text = cut(f"{one.verdict} {share.replace(' ', ''):>5}".rstrip(), size - 1)
    return [(" " * (size - len(text)), ""), (text, one.verdict)]


def _steps(report: Report, width: int) -> Iterator[Line]:
    """Give the ladder, with every symptom after each step, and the parts beyond it."""
    steps, parts = steps_of(report), beyond(report)
    if steps:
        yield from _ladder(report, steps, width)
    elif parts:
        yield from _heading("what to repair")
    for part in parts:
        brings = f"; with a sound one in its place {part.brings}" if part.brings else ""
        yield from wrapped(f"{part.part}: {part.how}{brings}", width, indent="  ")


def _ladder(report: Report, steps: Sequence[Step], width: int) -> Iterator[Line]:
    first = max(len(one.repair) for one in steps)
    most = max(19, *(len(words.symptom_name(one)) + 2 for one in report.causes))
    size = max(10, min(most, (width - first - 5) // len(report.causes)))
    yield from _heading("what to repair, in this order", _measured(report))
    names = [words.symptom_name(one) for one in report.causes]
    yield from _columns(f"     {'':{first}}", names, size)
    before = "".join(
        f"{words.symptom_value(name, one.found):>{size}}" for name, one in report.causes.items()
    )
    yield [(f"     {'as found':{first}}{before}", "")]
    for index, step in enumerate(steps, 1):
        values = "".join(
            f"{words.symptom_value(name, step.values.get(name)):>{size}}" for name in report.causes
        )
        mark = "*" if step.needed else " "
        yield [(f"{index:>3}{mark} {step.repair:{first}}{values}", "bold" if step.needed else "")]
    for step in steps:
        if step.needed and step.advice:
            yield from wrapped(f"{step.repair}: {step.advice}", width, indent="  ")


def _harmless(report: Report, width: int) -> Iterator[Line]:
    idle = cause_words.harmless(report)
    if not idle:
        return
    yield from _heading("harmless here", "real defects, worth mending, but not for this")
    whys = {defect: cause_words.why_harmless(report, defect) for defect in idle}
    for why in dict.fromkeys(whys.values()):
        same = [defect for defect in idle if whys[defect] == why]
        yield from wrapped(f"{listed(same)}, {why}", width, indent="  ")


def _patch(report: Report, width: int) -> Iterator[Line]:
    """The patch of a script, where one was asked for: the diff, and a sentence for each edit."""
    patch = report.patch
    if patch is None:
        return
    yield from _heading("patch")
    if said := patch_words.heading(patch):
        yield from wrapped(said, width, indent="  ")
    looks = {"old": "found", "new": "repaired", "place": "quiet"}
    for kind, line in patch_words.diff_lines(patch):
        yield [(f"  {line.expandtabs()}", looks.get(kind, ""))]
    for sentence in [*patch_words.reasons(patch), *patch_words.sentences(report)]:
        yield from wrapped(sentence, width, indent="  ")


def _end(report: Report, width: int) -> Iterator[Line]:
    if report.network.remarks:
        yield from _heading("also noticed")
        for remark in report.network.remarks:
            yield from wrapped(f"- {remark}", width, indent="  ")
    yield []
    yield from wrapped(
        "More: -o report.html for pictures; `diagnose explain NAME` for one defect.",
        width,
        look="quiet",
    )
