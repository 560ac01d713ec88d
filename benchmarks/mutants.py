"""Whether the statement is named that makes a gradient wrong, in programs changed at random.

    python benchmarks/mutants.py --seed N [--count 200] [--only PROGRAM ...] [--folder DIR]
                                 [--markdown] [--keep DIR] [--planted] [--kept DIR]

The programs are correct ones: those of ``learners/``, of ``networks/`` as scripts, and of
``kinds/``, and those of a folder. In a copy of one a statement of the way back or of the step is
changed in one place (``mutation.py``), by a seed; what that does is measured by running both
(``effects.py``). A change of the way forward, one that ends with an error and one of what is
printed only are drawn anew. Of the rest:

named       the first finding's line is in the statement that was changed
near        it is within two lines of it
wrong line  it is elsewhere
silent      the program was entered, and nothing is said of it
not entered the program was not read

A change that leaves the training as it is (``equivalent``), or makes all steps longer or shorter by
one number (``scaled``), is no fault of a gradient: of these, and of the programs as they are, it is
counted how many are accused. A change of the step by which some parameters' steps are longer than
others' (``paced``) may be told or not. Faults are counted apart by whether they are in a gradient
or in the step that takes it. ``--planted`` draws and asks nothing; what was drawn and kept is asked
of again by ``--kept``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import effects, tables
from benchmarks.as_scripts import as_script
from benchmarks.effects import Lines, Turns, as_it_is, backward_lines, effect, look, surroundings
from benchmarks.mutation import OPERATORS, Edit, Site, Text
from benchmarks.seen import SIMPLE

HERE = Path(__file__).parent
KINDS = ("fault", "paced", "scaled", "equivalent")
SILENT = ("scaled", "equivalent")
DIGITS = "carried.npz"
AT_A_TIME, LIMIT, NEAR = 2, 60, 2
# Places that are tried of one operator, and changes of one program before it is left.
TRIES, IN_ALL = 8, 24
# The share of turns in which a fault is looked for, and what does no harm is taken only at last.
FAULTS = 0.75
# What can be done anywhere, and is done where nothing else can.
USUAL = ("sign", "factor")
SCORES = ("named", "near", "wrong line", "silent", "not entered")


@dataclass(frozen=True)
class Mutant:
    """A program with one change, what the change does, and the lines of what was changed."""

    program: str
    operator: str
    line: int
    source: str = field(repr=False)
    kind: str
    last: int
    place: str  # "gradient" or "step"

    @property
    def name(self) -> str:
        """Its file's name."""
        return f"{self.program}.{self.operator}.{self.line}"


@dataclass(frozen=True)
class Verdict:
    """What the tool says of a script."""

    entered: bool
    reason: str = ""
    parameters: tuple[dict[str, Any], ...] = ()
    findings: tuple[dict[str, Any], ...] = ()
    seconds: float = 0.0

    @property
    def accuses(self) -> bool:
        """Whether something is called wrong."""
        return bool(self.findings) or any(one["verdict"] == "wrong" for one in self.parameters)


# The programs


def gather(folder: Path, extra: Path | None = None) -> list[Path]:
    """Write the correct programs that there are into a folder, with their data; the scripts."""
    lots = {"learners": _learners(), "networks": (), "kinds": sorted((HERE / "kinds").glob("*.py"))}
    if extra is not None:
        lots[extra.name] = sorted(one for one in extra.rglob("*.py") if _is_correct(one))
    for name, files in lots.items():
        (folder / name).mkdir(parents=True)
        for one in files:
            shutil.copy(one, folder / name)
            for data in one.parent.iterdir():
                if data.suffix in effects.DATA - {".json"} and data.is_file():
                    shutil.copy(data, folder / name)
    for one in sorted((HERE / "networks").glob("*.py")):
        text = as_script(one.read_text(encoding="utf-8"), folder / "networks")
        text = text.replace(repr(str(folder / "networks" / "digits.npz")), repr(DIGITS))
        (folder / "networks" / one.name).write_text(text, encoding="utf-8")
    written = folder / "networks" / "digits.npz"
    if written.exists():
        written.rename(written.with_name(DIGITS))
    return sorted(folder.glob("*/*.py"))


def _learners() -> list[Path]:
    files = sorted((HERE / "learners").glob("*.json"))
    return [one.with_suffix(".py") for one in files if _is_correct(one)]


def _is_correct(program: Path) -> bool:
    """Whether a program is, by its JSON file; one that has none is taken to be."""
    case = program.with_suffix(".json")
    return not case.exists() or bool(json.loads(case.read_text(encoding="utf-8")).get("correct"))


# The draw


def draw(
    paths: Sequence[Path], seed: int, count: int, lines: Lines = backward_lines
) -> list[Mutant]:
    """So many mutants of these programs, each as often as the others; the same for a seed.

    lines: tells of a program's lines those of the way back and of the step.
    """
    order = sorted(paths)
    random.Random(seed).shuffle(order)
    found: list[Mutant] = []
    begin = 0
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        # programs of which nothing can be drawn leave a rest, and the others give one more each
        for round_ in range(50):
            wanted = order[: count - len(found)]
            chosen = [(path, seed * 1000 + round_, begin + at) for at, path in enumerate(wanted)]
            drawn = list(pool.map(partial(_one_more, lines), *zip(*chosen, strict=True)))
            begin += len(chosen)
            known = {(one.program, one.source) for one in found}
            found += [one for one in drawn if one and (one.program, one.source) not in known]
            fertile = [path for path, one in zip(wanted, drawn, strict=True) if one]
            order = order[len(wanted) :] + fertile
            if len(found) >= count or not order:
                break
    return found[:count]


def _one_more(lines: Lines, path: Path, seed: int, turn: int) -> Mutant | None:
    """A mutant of a program, by the operator whose turn it is, or by another."""
    back = lines(path)
    if not back:
        return None
    turns = Turns(as_it_is(path), frozenset(back))
    rng = random.Random(f"{seed} {path.stem}")
    text = Text(path.read_text(encoding="utf-8"))
    every = list(OPERATORS)
    first = every.pop(turn % len(every))
    rng.shuffle(every)
    every.sort(key=lambda one: one in USUAL)
    # most changes that somebody would make at random do nothing; they are told soon enough
    wanted = ("fault",) if rng.random() < FAULTS else KINDS
    spare, left = None, IN_ALL
    for name in (first, *every):
        edits = list(_edits(text, turns, name))
        for number, edit in rng.sample(edits, min(len(edits), TRIES, left)):
            left -= 1
            mutant = _planted(path, name, text, number, edit, turns)
            if mutant is not None and mutant.kind in wanted:
                return mutant
            spare = spare or mutant
    return spare


def _edits(text: Text, turns: Turns, operator: str) -> Iterator[tuple[int, Edit]]:
    """The edits of an operator in all statements that may be changed."""
    seen = turns.seen
    allowed = frozenset(
        number for number, node in enumerate(text.body)
        if node.lineno in turns.back and isinstance(node, SIMPLE) and number in seen.count
    )  # fmt: skip
    for number in sorted(allowed):
        site = Site(text, number, seen.shapes.get(number, {}), seen.steps(number), allowed)
        for edit in OPERATORS[operator](site):
            if text.data[edit.start : edit.end] != edit.text:
                yield number, edit


def _planted(
    path: Path, operator: str, text: Text, number: int, edit: Edit, turns: Turns
) -> Mutant | None:
    """A mutant, measured; None if it is none that is wanted."""
    source = text.with_edit(edit)
    try:
        compile(source, path.name, "exec")
    except (SyntaxError, ValueError):
        return None
    with tempfile.TemporaryDirectory() as temporary:
        changed = look(beside_its_data(path, Path(temporary), source))
    moved = {edit.first + at: one for at, one in enumerate(edit.moved)}
    kind = effect(turns, changed, number, moved)
    if kind not in KINDS:
        return None
    span = [text.body[one] for one in edit.moved or (number,)]
    first, last = min(one.lineno for one in span), max(one.end_lineno or 0 for one in span)
    return Mutant(path.stem, operator, first, source, kind, last, turns.place(number))


def beside_its_data(path: Path, folder: Path, source: str) -> Path:
    """A script of this text in a folder, with what its original has beside it."""
    for one in path.parent.iterdir():
        if one.suffix in effects.DATA:
            (folder / one.name).symlink_to(one.resolve())
    script = folder / path.name
    script.write_text(source, encoding="utf-8")
    return script


# The question


def ask(path: Path) -> Verdict:
    """What the tool says of a script, in its folder."""
    command = [sys.executable, str(HERE / "gradients.py"), path.name]
    house = {"PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])}
    try:
        done = subprocess.run(
            command, cwd=path.parent, env=surroundings() | house, capture_output=True, text=True,
            timeout=LIMIT, check=False,
        )  # fmt: skip
        said = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return Verdict(False, f"no answer in {LIMIT} s", seconds=LIMIT)
    except json.JSONDecodeError:
        return Verdict(False, (done.stderr.strip().splitlines() or ["no answer"])[-1])
    return Verdict(
        said["entered"], said.get("reason") or "", tuple(said.get("parameters", ())),
        tuple(said.get("findings", ())), said.get("seconds", 0.0),
    )  # fmt: skip


def ask_of(mutant: Mutant, original: Path) -> Verdict:
    """What the tool says of a mutant."""
    with tempfile.TemporaryDirectory() as temporary:
        return ask(beside_its_data(original, Path(temporary), mutant.source))


def score(mutant: Mutant, said: Verdict) -> str:
    """How well a fault was told."""
    if not said.entered:
        return "not entered"
    told = [one["line"] for one in said.findings if one.get("line")]
    if not told:
        return "wrong line" if said.accuses else "silent"
    if mutant.line <= told[0] <= mutant.last:
        return "named"
    return "near" if mutant.line - NEAR <= told[0] <= mutant.last + NEAR else "wrong line"


Scored = Sequence[tuple[Mutant, Verdict]]


def by_operator(scored: Scored) -> list[list[str]]:
    """Of each operator, and of all, how the faults were told."""
    rows = []
    for name in (*OPERATORS, "in a gradient", "in the step", "all"):
        of = [score(*one) for one in scored if one[0].kind == "fault" and name in _lots(one[0])]
        counted = Counter(of)
        named = tables.percent((counted["named"], len(of)))
        rows.append([name, str(len(of)), named, *(str(counted[one]) for one in SCORES[1:])])
    return rows


def _lots(mutant: Mutant) -> tuple[str, ...]:
    where = {"gradient": "in a gradient", "step": "in the step"}[mutant.place]
    return mutant.operator, where, "all"


def accused(scored: Scored, originals: Iterable[Verdict]) -> list[list[str]]:
    """What was accused and has no fault."""
    lots = {f"{kind} mutants": [said for one, said in scored if one.kind == kind]
            for kind in SILENT}  # fmt: skip
    lots["programs as they are"] = list(originals)
    rows = []
    for name, of in lots.items():
        counts = len(of), sum(one.accuses for one in of), sum(not one.entered for one in of)
        rows.append([name, *map(str, counts)])
    return rows


def kept(folder: Path, mutant: Mutant, said: Verdict) -> None:
    """Write a mutant and what was said of it into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{mutant.name}.py").write_text(mutant.source, encoding="utf-8")
    facts = {name: value for name, value in asdict(mutant).items() if name != "source"}
    text = json.dumps(facts | {"said": asdict(said)}, indent=1)
    (folder / f"{mutant.name}.json").write_text(f"{text}\n", encoding="utf-8")


def kept_before(folder: Path) -> list[Mutant]:
    """The mutants that are in a folder."""
    found = []
    for file in sorted(folder.glob("*.json")):
        facts = json.loads(file.read_text(encoding="utf-8"))
        facts.pop("said")
        source = file.with_suffix(".py").read_text(encoding="utf-8")
        found.append(Mutant(source=source, **facts))
    return found


def drawn(mutants: Sequence[Mutant]) -> list[list[str]]:
    """What was drawn, by operator and kind."""
    rows = []
    for name in (*OPERATORS, "all"):
        of = [one for one in mutants if name in ("all", one.operator)]
        rows.append([name, str(len(of)), *(str(sum(one.kind == k for one in of)) for k in KINDS)])
    return rows


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--only", nargs="+", default=[], metavar="PROGRAM")
    parser.add_argument("--folder", type=Path, help="more correct programs")
    parser.add_argument("--markdown", action="store_true", help="tables for benchmarks/README.md")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where to keep the mutants")
    parser.add_argument("--planted", action="store_true", help="draw, and ask nothing")
    parser.add_argument("--kept", type=Path, metavar="DIR", help="take those that were kept there")
    arguments = parser.parse_args(given)
    style = tables.markdown if arguments.markdown else tables.plain
    with tempfile.TemporaryDirectory() as temporary:
        paths = gather(Path(temporary), arguments.folder)
        paths = [one for one in paths if not arguments.only or one.stem in arguments.only]
        if arguments.kept:
            mutants = kept_before(arguments.kept)
        else:
            mutants = draw(paths, arguments.seed, arguments.count)
        programs = len({one.program for one in mutants})
        print(f"{len(mutants)} mutants of {programs} of {len(paths)} programs\n")
        print(style(["drawn", "mutants", *KINDS], drawn(mutants)))
        if arguments.planted:
            for one in mutants if arguments.keep else ():
                kept(arguments.keep, one, Verdict(False, "not asked"))
            return
        report(mutants, {one.stem: one for one in paths}, style, arguments.keep)


def report(
    mutants: Sequence[Mutant], originals: dict[str, Path], style: tables.Style, keep: Path | None
) -> None:
    """Ask of each mutant and of the programs as they are, and print how it was told."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        said = list(pool.map(lambda one: ask_of(one, originals[one.program]), mutants))
        as_they_are = sorted({one.program for one in mutants})
        of_originals = list(pool.map(ask, (originals[one] for one in as_they_are)))
    scored = list(zip(mutants, said, strict=True))
    for mutant, verdict in scored:
        if keep:
            kept(keep, mutant, verdict)
        if mutant.kind == "fault" and score(mutant, verdict) != "named":
            told = ", ".join(f"{one['line']} {one.get('what', '')}" for one in verdict.findings)
            print(f"{mutant.name}: {score(mutant, verdict)}: {told or verdict.reason}")
        elif mutant.kind in SILENT and verdict.accuses:
            print(f"{mutant.name}: {mutant.kind}, accused: {verdict.findings}")
    for name, verdict in zip(as_they_are, of_originals, strict=True):
        if verdict.accuses or not verdict.entered:
            print(f"{name} as it is: {verdict.findings or verdict.reason}")
    print("\n" + style(["operator", "faults", *SCORES], by_operator(scored)))
    heads = ["no fault of a gradient", "of", "accused", "not entered"]
    print("\n" + style(heads, accused(scored, of_originals)))


if __name__ == "__main__":
    main()
