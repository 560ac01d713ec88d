"""How right the diagnosis is on whole scripts as learners write them, with nothing handed over.

    python benchmarks/learners.py [--odd | --even] [--only ID ...] [--keep DIR] [--markdown]
                                  [--truth] [--patch] [--folder DIR] [--kept DIR]

Each program of ``learners/`` is a small network in the way in which somebody posts it: flat, in
functions or a class, one sample at a time or in batches, on digits, points, waves or a table typed
in. Its JSON file says what is wrong in it, in which line, and which parts of a sound twin would
mend that; a patch for each fault mends it alone, and they go together in any set. What each set
does was measured by running the program itself, with three seeds (``measured``: the number that it
prints at its end); ``cures`` are the smallest sets that take nine tenths of the way from the
program as it is to its best. ``--truth`` measures these anew, by the command ``patch``.

The programs were written by people who had not seen the tool. All of them may be read while it is
mended; how it did on each lot before that stands in README.md.

certified  a network was read out of the program and certified
main       one of the first three smallest sets has a part of a true one, and at most one other
exact      one of them is a true one
lines      faults that do harm, with a finding within two lines of theirs
alarms     correct programs with an error, or with a part that is blamed

With ``--patch`` a patch is asked for, too, applied, and the program run with the three seeds:

cured      broken programs that come nine tenths of the way to the best that mending them gives
worse      broken programs that do worse than as they were
touched    correct programs that are given a patch

In any case it is counted what the truth contradicts (``falsehoods.py``), and each is printed:

false      such statements in all reports and patches; of: programs

``--folder`` takes another lot instead, laid out as ``ID/ID.py``, ``ID/ID.json``, ``ID/ID.fN.patch``
and ``ID/ID.truth.json`` with what was measured. ``--kept`` asks nothing, and reads what ``--keep``
has left in a folder.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import tables
from benchmarks.falsehoods import false_statements, truth_of

HERE = Path(__file__).with_suffix("")
# What the programs read, beside them.
DATA_NAMES = ("digits.npz", "iris.csv")
DATA = tuple(HERE / one for one in DATA_NAMES)
SEEDS = (0, 1, 2)
# Seconds for one diagnosis, and for one run of a program.
LIMIT, RUN_LIMIT = 400, 60
CURED = 0.9
FIRST, BEYOND, NEAR = 3, 1, 2
WORSE = 0.05  # less than that is a matter of seeds
SEEDED = re.compile(r"(np\.random\.seed|random\.seed|default_rng|RandomState)\(\s*\d*\s*\)")
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf)")

Parts = frozenset[str]


@dataclass(frozen=True)
class Answer:
    """What the tool said of one program: its report, the last line it printed, and how long."""

    report: dict[str, Any]
    said: str
    seconds: float
    diff: str = ""

    @property
    def certified(self) -> bool:
        """Whether a network was read out of it, and holds what the script did."""
        return bool((self.report.get("watched") or {}).get("certified"))

    @property
    def blamed(self) -> list[Parts]:
        """The first smallest sets of parts."""
        parts = self.report.get("parts") or {}
        return [frozenset(one) for one in parts.get("minimal", [])][:FIRST]

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What is present in the program."""
        of_each = list(self.report.get("findings", {}).values())[:1]
        return [one for several in of_each for one in several if one["status"] == "present"]

    @property
    def alarms(self) -> list[str]:
        """What a correct program is accused of."""
        errors = [one["defect"] for one in self.findings if one["severity"] == "error"]
        return errors + ["+".join(sorted(one)) for one in self.blamed]


def cases(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """The programs that were asked for, as their JSON files describe them."""
    every = _of_lot(arguments.folder) if arguments.folder else _learners()
    if arguments.only:
        every = [one for one in every if one["id"] in arguments.only]
    if arguments.parity is not None:
        every = [one for one in every if int(one["id"][1:]) % 2 == arguments.parity]
    return every or sys.exit("there are no such programs")


def _learners() -> list[dict[str, Any]]:
    files = sorted(HERE.glob("*.json"))
    return [_read(file) | {"home": HERE, "data": DATA} for file in files]


def _of_lot(folder: Path) -> list[dict[str, Any]]:
    """The programs of a lot that has a folder for each."""
    found = []
    for home in sorted(one for one in folder.iterdir() if (one / f"{one.name}.json").exists()):
        case, truth = _read(home / f"{home.name}.json"), home / f"{home.name}.truth.json"
        known = _read(truth) if truth.exists() else {"values": {}, "minimal_cures": []}
        measured = {"measured": known["values"], "cures": known["minimal_cures"]}
        beside = [one for one in home.iterdir() if one.suffix not in (".py", ".json", ".patch")]
        common = [one for one in DATA_NAMES if (folder / one).exists()]
        data = (*(folder / one for one in common), *(one for one in beside if one.is_file()))
        found.append(case | measured | {"home": home, "data": data})
    return found


def _read(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text(encoding="utf-8")))


def patches(case: dict[str, Any]) -> dict[str, str]:
    """Of each fault, the patch that mends it alone."""
    files = {one["id"]: case["home"] / f"{case['id']}.{one['id']}.patch" for one in case["faults"]}
    return {name: file.read_text(encoding="utf-8") for name, file in files.items()}


def copied(case: dict[str, Any], folder: Path) -> Path:
    """The program in a folder of its own, with its data beside it."""
    for one in case.get("data", DATA):
        shutil.copy(one, folder)
    return Path(shutil.copy(case.get("home", HERE) / f"{case['id']}.py", folder))


def ask(case: dict[str, Any], keep: Path | None = None, mend: bool = False) -> Answer:
    """Diagnose a program as a person would; its report is kept in a folder, where one is given.

    mend: whether a patch is asked for.
    """
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        program = copied(case, Path(temporary))
        report, diff = program.with_name("report.json"), program.with_name("fix.diff")
        command = [sys.executable, "-m", "diagnose", "report", program.name, "-o", report.name]
        command += ["--patch", diff.name] if mend else []
        try:
            done = subprocess.run(
                command, cwd=temporary, capture_output=True, text=True, timeout=LIMIT, check=False
            )
            said = (done.stderr.strip().splitlines() or [""])[-1]
        except subprocess.TimeoutExpired:
            said = f"no answer in {LIMIT} s"
        found = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
        if keep and found:
            keep.mkdir(parents=True, exist_ok=True)
            shutil.copy(report, keep / f"{case['id']}.json")
        given = diff.read_text(encoding="utf-8") if diff.exists() else ""
        if keep and given:
            (keep / f"{case['id']}.diff").write_text(given, encoding="utf-8")
    return Answer(found, said, time.perf_counter() - started, given)


def asked_before(case: dict[str, Any], folder: Path) -> Answer:
    """What was kept of a diagnosis."""
    report, diff = (folder / f"{case['id']}.{suffix}" for suffix in ("json", "diff"))
    found = _read(report) if report.exists() else {}
    return Answer(found, "", 0.0, diff.read_text(encoding="utf-8") if diff.exists() else "")


def contradicted(case: dict[str, Any], answer: Answer, worse: bool) -> list[str]:
    """What the tool said of a program that the truth contradicts."""
    levels = {
        frozenset(name.split("+")) - {""}: level(case, values)
        for name, values in case["measured"].items()
    }
    truth = truth_of(case, list(patches(case).values()), levels)
    return false_statements(answer.report, answer.diff, truth, worse)


def true_parts(case: dict[str, Any]) -> list[Parts]:
    """The sets of parts that mend a true cure: of each fault, any of its alternatives."""
    parts = {one["id"]: one["parts"] for one in case["faults"]}
    return [
        frozenset(choice)
        for cure in case["cures"]
        if cure
        for choice in itertools.product(*(parts[fault] for fault in cure))
    ]


def harmful_lines(case: dict[str, Any]) -> list[list[int]]:
    """Of each fault that some cure needs, the lines where it may be pointed out."""
    needed = {fault for cure in case["cures"] for fault in cure}
    return [one.get("lines", [one["line"]]) for one in case["faults"] if one["id"] in needed]


def judged(case: dict[str, Any], answer: Answer) -> dict[str, int]:
    """What is counted of one program."""
    found = {"certified": int(answer.certified), "of": 1}
    if case["correct"]:
        return found | {"correct": 1, "alarms": int(bool(answer.alarms))}
    true = true_parts(case)
    told = [one["where"]["line"] for one in answer.findings if one.get("where")]
    wanted = harmful_lines(case)
    return found | {
        "broken": 1,
        "main": int(any(t & c and len(t - c) <= BEYOND for t in answer.blamed for c in true)),
        "exact": int(any(one in true for one in answer.blamed)),
        "lines": sum(any(abs(a - b) <= NEAR for a in told for b in one) for one in wanted),
        "of_lines": len(wanted),
    }


def mended(case: dict[str, Any], diff: str) -> dict[str, int]:
    """What is counted of one program with its patch applied."""
    if case["correct"]:
        return {"touched": int(bool(diff.strip()))}
    found = level(case, case["measured"][""])
    best = max(level(case, one) for one in case["measured"].values())
    now = level(case, [run(case, [diff], seed) for seed in SEEDS]) if diff.strip() else found
    return {"cured": int(now >= found + CURED * (best - found)), "worse": int(now < found - WORSE)}


def in_words(sets: Iterable[Parts]) -> str:
    return " or ".join(sorted({"+".join(sorted(one)) for one in sets})) or "nothing"


def row(case: dict[str, Any], answer: Answer, counted: dict[str, int]) -> list[str]:
    parted = (answer.report.get("watched") or {}).get("parted") or {}
    read = "yes" if answer.certified else f"no: {parted.get('reason') or answer.said}"[:48]
    if case["correct"]:
        right = "alarm" if answer.alarms else "right"
    else:
        right = "exact" if counted["exact"] else "main" if counted["main"] else "missed"
    sets = [in_words(true_parts(case)), in_words(answer.blamed)]
    return [case["id"], read, *sets, right, f"{answer.seconds:.0f}"]


def in_a_word(counted: dict[str, int]) -> list[str]:
    """What a patch did; nothing where none was asked for."""
    words = [word for word in ("cured", "worse", "touched") if counted.get(word)]
    if {"cured", "touched"} & {*counted}:
        return ["".join(words) or ("not cured" if "cured" in counted else "none")]
    return []


def summary(total: dict[str, int]) -> list[list[str]]:
    def share(name: str, of: str) -> list[str]:
        return [name, tables.percent((total.get(name, 0), total.get(of, 0)))]

    return [
        share("certified", "of"),
        share("main", "broken"),
        share("exact", "broken"),
        share("lines", "of_lines"),
        share("alarms", "correct"),
        *([share("cured", "broken"), share("worse", "broken")] if "cured" in total else []),
        *([share("touched", "correct")] if "touched" in total else []),
        ["false", f"{total.get('false', 0)} in {total.get('of', 0)}"],
    ]


# The truth


def run(case: dict[str, Any], diffs: Sequence[str], seed: int) -> float:
    """The number at the end of what the program prints, with diffs applied; nan if none."""
    with tempfile.TemporaryDirectory() as temporary:
        program = copied(case, Path(temporary))
        for diff in diffs:
            command = ["patch", "-p0", "-s", "-F3", program.name]
            subprocess.run(command, cwd=temporary, check=True, input=diff.encode())
        text = SEEDED.sub(rf"\1({seed})", program.read_text(encoding="utf-8"))
        program.write_text(text, encoding="utf-8")
        environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONWARNINGS": "ignore"}
        try:
            done = subprocess.run(
                [sys.executable, program.name], cwd=temporary, env=environment, text=True,
                capture_output=True, timeout=RUN_LIMIT, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return math.nan
    lines = done.stdout.strip().splitlines()
    found = NUMBER.findall(lines[-1]) if lines and not done.returncode else []
    return float(found[-1]) if found else math.nan


def level(case: dict[str, Any], values: Sequence[float]) -> float:
    """Where what is printed lies, from chance, 0, to the target, 1; a mean over seeds."""
    chance, target = case["chance"], case["target"]
    ways = [(one - chance) / (target - chance) if math.isfinite(one) else 0.0 for one in values]
    return sum(min(max(one, 0.0), 1.2) for one in ways) / len(ways)


def cures(case: dict[str, Any], measured: dict[str, list[float]]) -> list[list[str]]:
    """The smallest sets of mended faults that cure, on a scale from chance to the target."""
    levels = {frozenset(name.split("+")) - {""}: level(case, one) for name, one in measured.items()}
    found, best = levels[frozenset()], max(levels.values())
    curing = [one for one, at in levels.items() if best > found and one]
    curing = [one for one in curing if levels[one] >= found + CURED * (best - found)]
    return sorted(sorted(one) for one in curing if not any(other < one for other in curing))


def remeasure(case: dict[str, Any]) -> None:
    """Run a program with every set of its faults mended, and write down what that shows."""
    faults = [one["id"] for one in case["faults"]]
    sets = [one for size in range(len(faults) + 1) for one in itertools.combinations(faults, size)]
    diffs = patches(case)
    measured = {
        "+".join(some): [run(case, [diffs[one] for one in some], seed) for seed in SEEDS]
        for some in sets
    }
    found = cures(case, measured)
    print(f"{case['id']}: {found}" + ("" if found == case["cures"] else f", was {case['cures']}"))
    case |= {"measured": measured, "cures": found}
    known = {name: value for name, value in case.items() if name not in ("home", "data")}
    text = json.dumps(known, indent=1, ensure_ascii=False)
    (HERE / f"{case['id']}.json").write_text(f"{text}\n", encoding="utf-8")


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="ID")
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--odd", dest="parity", action="store_const", const=1)
    either.add_argument("--even", dest="parity", action="store_const", const=0)
    parser.add_argument("--truth", action="store_true", help="measure the truth, ask nothing")
    parser.add_argument("--patch", action="store_true", help="ask for a patch, and try it")
    parser.add_argument("--markdown", action="store_true", help="tables for benchmarks/README.md")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where to keep the reports")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="another lot of programs")
    parser.add_argument("--kept", type=Path, metavar="DIR", help="reports that were kept, to count")
    arguments = parser.parse_args(given)
    if arguments.truth and arguments.folder:
        parser.error("the truth of another lot is measured by its own program")
    chosen = cases(arguments)
    if arguments.truth:
        for case in chosen:
            remeasure(case)
        return
    rows: list[list[str]] = []
    total: dict[str, int] = {}
    for count, case in enumerate(chosen, 1):
        if arguments.kept:
            answer = asked_before(case, arguments.kept)
        else:
            answer = ask(case, arguments.keep, arguments.patch)
        counted = judged(case, answer)
        if arguments.patch:
            counted |= mended(case, answer.diff)
        false = contradicted(case, answer, bool(counted.get("worse")))
        counted["false"] = len(false)
        total = {name: total.get(name, 0) + counted.get(name, 0) for name in total | counted}
        rows.append([*row(case, answer, counted), str(len(false)), *in_a_word(counted)])
        print(f"{count}/{len(chosen)} {' | '.join(rows[-1])}", file=sys.stderr, flush=True)
        for one in false:
            print(f"    false: {one}", file=sys.stderr, flush=True)
    style = tables.markdown if arguments.markdown else tables.plain
    heads = ["program", "certified", "expected", "said", "", "s", "false"]
    print(style([*heads, "patch"] if arguments.patch else heads, rows))
    print("\n" + style(["counted", ""], summary(total)))


if __name__ == "__main__":
    main()
