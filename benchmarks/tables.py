"""The tables at the end of ``diagnosis.py``, for a terminal of 80 columns or as Markdown."""

from __future__ import annotations

import statistics
import textwrap
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from benchmarks.planting import Case
from benchmarks.scoring import Verdict, precision_and_recall, share
from benchmarks.truth import Truth

Row = Sequence[str]
Style = Callable[[Row, Sequence[Row]], str]
Judged = Sequence[tuple[Verdict, Truth | None]]

KINDS = ("single", "pair", "triple")
# What is aimed at, in percent.
AIMS = {"single": 95, "pair": 85}
CAUSES_AIM = 95
SECONDS_AIM = 20


def plain(head: Row, rows: Sequence[Row]) -> str:
    """Columns of one width each, numbers to the right."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    lines = [
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def markdown(head: Row, rows: Sequence[Row]) -> str:
    """A table of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(one)} |" for one in lines)


def percent(counted: tuple[int, int]) -> str:
    """``17/20 85 %``."""
    right, of = counted
    return f"{right}/{of} {100 * right / of:.0f} %" if of else "-"


def everything(judged: Judged, unprobed: Mapping[Case, Collection[str]], style: Style) -> str:
    """All tables, and what was missed by name.

    unprobed: cases that were not tried, and for which of their defects the tool has no probe.
    """
    verdicts = [one for one, _ in judged]
    parts = [
        _findings(verdicts, style),
        _causes(verdicts, style),
        _alarms(verdicts),
        _by_network(verdicts, style),
        _by_defect(verdicts, style),
        _missed(verdicts),
        _causes_missed(verdicts),
        _unprobed(unprobed),
        _undecided(judged),
    ]
    return "\n\n".join(part for part in parts if part)


def _findings(verdicts: Sequence[Verdict], style: Style) -> str:
    rows = []
    for kind in KINDS:
        of = [one for one in verdicts if one.case.kind == kind]
        precision, recall = precision_and_recall(of)
        rows.append(
            [
                f"{kind}s",
                percent(share(one.exact for one in of)),
                f"{AIMS[kind]} %" if kind in AIMS else "",
                percent(precision),
                percent(recall),
            ]
        )
    return style(["faults found", "exact set", "aim", "precision", "recall"], rows)


def _causes(verdicts: Sequence[Verdict], style: Style) -> str:
    rows = []
    for kind in (*KINDS, "all"):
        of = [
            one for one in verdicts if one.case.kind == kind or (kind == "all" and one.case.defects)
        ]
        rows.append(
            [
                kind if kind == "all" else f"{kind}s",
                percent(share(one.causes for one in of)),
                percent(share(one.top for one in of)),
                f"{CAUSES_AIM} %",
            ]
        )
    return style(["causes named", "exact set", "first named is one", "aim"], rows)


def _alarms(verdicts: Sequence[Verdict]) -> str:
    lines = []
    for kind, word in (("correct", "correct networks"), ("trap", "traps")):
        of = [one for one in verdicts if one.case.kind == kind]
        wrong = sum(not one.exact for one in of)
        lines.append(f"False alarms on {word}: {wrong} of {len(of)} (aim: 0).")
    seconds = [one.seconds for one in verdicts] or [0.0]
    lines.append(
        f"Seconds per diagnosis, on one core: median {statistics.median(seconds):.1f} "
        f"(aim: {SECONDS_AIM}), longest {max(seconds):.0f}."
    )
    return "\n".join(lines)


def _by_network(verdicts: Sequence[Verdict], style: Style) -> str:
    rows = []
    for network in sorted({one.case.network for one in verdicts}):
        of = [one for one in verdicts if one.case.network == network]
        sound = [one for one in of if not one.case.defects]
        rows.append(
            [
                network,
                *(
                    percent(share(one.exact for one in of if one.case.kind == kind))
                    for kind in KINDS
                ),
                str(sum(not one.exact for one in sound)),
                f"{statistics.median(one.seconds for one in of):.1f}",
            ]
        )
    return style(["exact sets by network", "singles", "pairs", "triples", "alarms", "s"], rows)


def _by_defect(verdicts: Sequence[Verdict], style: Style) -> str:
    rows = []
    for defect in sorted({name for one in verdicts for name in one.case.defects}):
        single = [one for one in verdicts if one.case.defects == (defect,)]
        every = [one for one in verdicts if defect in one.case.defects]
        wrongly = sum(defect in one.extra for one in verdicts)
        rows.append(
            [
                defect,
                percent(share(defect not in one.missed for one in single if not one.refused)),
                percent(share(defect not in one.missed for one in every if not one.refused)),
                str(wrongly),
            ]
        )
    return style(["found by defect", "planted alone", "in any set", "wrongly"], rows)


def _listed(title: str, lines: Iterable[str]) -> str:
    """A title and lines, each once, with how often it comes; wrapped for 80 columns."""
    counted: dict[str, int] = {}
    for line in lines:
        counted[line] = counted.get(line, 0) + 1
    if not counted:
        return ""
    texts = [f"{line} ({count} times)" if count > 1 else line for line, count in counted.items()]
    wrapped = [textwrap.fill(one, 80, initial_indent="- ", subsequent_indent="  ") for one in texts]
    return "\n".join([f"{title} ({sum(counted.values())}):", "", *wrapped])


def _missed(verdicts: Sequence[Verdict]) -> str:
    return _listed("Not the exact set", (_miss(one) for one in verdicts if not one.exact))


def _miss(one: Verdict) -> str:
    if one.refused:
        return f"{one.case.name}: no report: {one.refused}"
    parts = []
    if one.missed:
        parts.append(f"missed {', '.join(one.missed)}")
    if one.extra:
        parts.append(f"found {', '.join(one.extra)} too")
    if one.masked:
        parts.append(one.masked)
    return f"{one.case.name}: {'; '.join(parts)}"


def _causes_missed(verdicts: Sequence[Verdict]) -> str:
    return _listed(
        "Other causes than the trainings show",
        (f"{one.case.name}: {one.said}" for one in verdicts if one.causes is False),
    )


def _unprobed(cases: Mapping[Case, Collection[str]]) -> str:
    names = sorted({name for missing in cases.values() for name in missing})
    text = f"No probe yet, and so not tried: {len(cases)} cases with {', '.join(names)}."
    return textwrap.fill(text, 80) if cases else ""


def _undecided(judged: Judged) -> str:
    planted = {one.case: known for one, known in judged if one.case.defects}
    stopped = sorted(case.name for case, known in planted.items() if known is None)
    unclear = sum(known is not None and not known.is_certain for known in planted.values())
    lines = [
        f"Causes are counted where the trainings tell them: in {unclear} of {len(planted)} cases "
        "the harm or the cure lies within what seeds alone do."
    ]
    if stopped:
        lines.append(f"Programs that stop with an error: {', '.join(stopped)}.")
    return "\n".join(textwrap.fill(line, 80) for line in lines)
