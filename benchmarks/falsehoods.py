"""What a report says of a program, and its patch does, that the truth about its faults contradicts.

Held against each other are a report as JSON, a patch, and what is known of a program: the lines of
its faults, those that the true patches change, the parts of the twin that each fault belongs to,
and how good the program is with each set of them mended. What cannot be checked by these is not
listed; what is, may be looked at by somebody before it is called false.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NEAR, NEAR_IN_PATCH = 2, 3
NOTHING = 0.05  # of the way from chance to the target: a matter of seeds
HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@")

Parts = frozenset[str]


@dataclass(frozen=True)
class Truth:
    """What is known of a program.

    lines: where its faults are. parts: of each fault, those that it may belong to. cures: the
    smallest sets of faults that cure. levels: how good it is with each set mended, 0 to 1.
    """

    correct: bool
    lines: frozenset[int] = frozenset()
    parts: Mapping[str, Parts] = field(default_factory=dict)
    cures: Sequence[Collection[str]] = ()
    levels: Mapping[frozenset[str], float] = field(default_factory=dict)

    def near(self, line: int, within: int) -> bool:
        """Whether a fault is near a line."""
        return any(abs(line - one) <= within for one in self.lines)

    def changes_something(self, fault: str) -> bool:
        """Whether mending a fault was seen to make a difference, on top of any others."""
        pairs = [(one, one | {fault}) for one in self.levels if fault not in one]
        known = [pair for pair in pairs if pair[1] in self.levels]
        return not known or any(
            abs(self.levels[more] - self.levels[less]) > NOTHING for less, more in known
        )

    def cured_without(self, part: str) -> bool:
        """Whether a smallest cure can do without a part."""
        cures = [one for one in self.cures if one]
        return any(all(self.parts[fault] - {part} for fault in cure) for cure in cures)


def truth_of(
    case: Mapping[str, Any], patches: Sequence[str], levels: Mapping[frozenset[str], float]
) -> Truth:
    """What is known of a program by its JSON file and its true patches."""
    own = [line for one in case["faults"] for line in one.get("lines", [one["line"]])]
    changed = [line for diff in patches for lines in touched(diff) for line in lines]
    parts = {one["id"]: frozenset(one["parts"]) for one in case["faults"]}
    return Truth(case["correct"], frozenset([*own, *changed]), parts, case["cures"], levels)


def touched(diff: str) -> list[list[int]]:
    """Of each run of changed lines in a patch, the lines of the program before it.

    Of lines that are only put in, the two between which they come.
    """
    runs: list[list[int]] = []
    line, before = 0, " "
    for text in diff.splitlines():
        hunk = HUNK.match(text)
        if hunk:
            line, before = int(hunk[1]), " "
            continue
        if not line or text.startswith("\\"):
            continue
        if text.startswith(("-", "+")):
            if before == " ":
                runs.append([])
            if text.startswith("-"):
                runs[-1].append(line)
            elif not runs[-1]:
                runs[-1] += [line - 1, line]
        before = text[:1] or " "
        before = before if before in "-+" else " "
        line += not text.startswith("+")
    return runs


def present(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The errors that a report finds in a program."""
    of_each = list(report.get("findings", {}).values())[:1]
    every = [one for several in of_each for one in several]
    return [one for one in every if one["status"] == "present" and one["severity"] == "error"]


def blamed(report: Mapping[str, Any]) -> Parts:
    """The parts of the first smallest set."""
    minimal = (report.get("parts") or {}).get("minimal") or [[]]
    return frozenset(minimal[0])


def false_lines(report: Mapping[str, Any], truth: Truth) -> Iterator[str]:
    """Lines that are called wrong: with what they should be, or in a correct program at all."""
    pairs = {one["defect"]: one for one in report.get("code") or ()}
    for one in present(report):
        pair = pairs.get(one["defect"])
        where = [one["where"]["line"]] if one.get("where") else []
        lines = [line for line, _ in pair["found"]] if pair and pair["found"] else where
        if truth.correct:
            yield f"{one['defect']}{_in_lines(where)}: the program is correct"
        elif pair and lines and not any(truth.near(line, NEAR) for line in lines):
            should = "; ".join(text.strip() for _, text in pair["repaired"])
            yield f"{one['defect']}{_in_lines(lines)} should be `{should}`: no fault is there"


def _in_lines(lines: Sequence[int]) -> str:
    return f" in line {', '.join(map(str, lines))}" if lines else ""


def false_edits(diff: str, truth: Truth) -> Iterator[str]:
    """Places of a patch that are no fault's."""
    for lines in touched(diff):
        if not any(truth.near(line, NEAR_IN_PATCH) for line in lines):
            yield f"the patch touches line {lines[0]}, where no fault is"


def false_parts(report: Mapping[str, Any], truth: Truth) -> Iterator[str]:
    """Parts that are blamed, and whose mending changes nothing."""
    for part in sorted(blamed(report)):
        of_part = [fault for fault, parts in truth.parts.items() if part in parts]
        if truth.correct:
            yield f"{part} is blamed: the program is correct"
        elif part == "size" and truth.cured_without("size"):
            yield "size is blamed: it is cured without"
        elif not of_part:
            yield f"{part} is blamed: no fault belongs to it"
        elif not any(map(truth.changes_something, of_part)):
            yield f"{part} is blamed: mending {' or '.join(of_part)} changes nothing"


def false_statements(
    report: Mapping[str, Any], diff: str, truth: Truth, worse: bool = False
) -> list[str]:
    """All that the truth contradicts.

    worse: whether the program's own number is worse with the patch.
    """
    found = itertools.chain(
        false_lines(report, truth), false_edits(diff, truth), false_parts(report, truth)
    )
    return [*found, *(["the program does worse with the patch"] if worse else [])]
