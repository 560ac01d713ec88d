"""How well the parts of a network that are to blame are told, on networks made for nothing else.

    python benchmarks/parts.py [--json FILE] [--odd | --even] [--numbers A-B] [--only NAME ...]
                               [--truth] [--jobs N] [--markdown]

Each case of ``part_cases.py`` is a small program with one to three faults, or a correct one. What
its faults do is found without the tool: the program trains by its own loop with every set of them
mended, with five seeds, and is tested on samples held out. The smallest sets that take nine tenths
of the way from the program as it is to its best are the true cures; where that way is short, there
is nothing to blame. Then ``diagnose`` gets the program, in a process of its own, and is right where
one of its minimal sets of parts is the set of parts of a true cure, or where it blames nothing and
there is nothing to blame.

Its advice is tried too: in the parts of the first minimal set, the defects found there are
repaired, and parts without one exchanged for the twin's, at the rate that is named. Trained with
seeds that the report has not seen, the network must come to nine tenths of its twin. Where the
shape is at fault, the report says that nothing else helps, and there is nothing to try.

All is kept in FILE and not done again: what the tool said is forgotten when its code changes, a
truth when its program does. The numbers of cases are for whoever mends the tool: the odd ones may
be read, the even ones tell whether it helped. ``--truth`` trains and asks nothing.
"""

from __future__ import annotations

import argparse
import inspect
import itertools
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

# One thread for each process; it must be said before NumPy is loaded.
if "numpy" not in sys.modules:
    for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(_name, "1")
sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

import diagnose
from benchmarks import tables
from benchmarks.kept import Kept, digest, digest_of_the_tool
from benchmarks.part_cases import CASES, Case
from benchmarks.part_programs import program
from diagnose.causes.exchange import Pace, exchanged, look_at
from diagnose.causes.lattice import repaired
from diagnose.causes.widening import wider
from diagnose.examining.probing import repairs
from diagnose.instruments.comparing import working
from diagnose.network.record import Network
from diagnose.report import PRESENT, Report
from diagnose.symptoms import chance, score
from diagnose.training.trainer import Trainer

# Of the trainings of the truth, and of a diagnosis; and seeds with which its advice is tried.
SEEDS, ASKED_SEEDS = 5, 3
FRESH = range(100, 105)
# Seconds; then a diagnosis is ended and counts as none.
LIMIT = 300
# A set of mended faults cures that takes so much of the way from the program as it is to its best.
CURED = 0.9
# Faults that take away less than this, or less than so many standard errors, do no harm.
HARM, ERRORS = 0.1, 2
# What a correct program must reach; noise is a part of what some are asked for.
LEARNS = 0.7
# A main cause is one of so many minimal sets, with so many parts beyond the true ones.
FIRST, BEYOND = 3, 1

Parts = frozenset[str]


@dataclass(frozen=True)
class Truth:
    """What the trainings of a case say.

    found, best: mean scores as it is and with the best set mended; error: the standard error of
    what lies between. cures: the smallest sets of faults that cure. expected: their parts; empty
    where there is nothing to blame.
    """

    found: float
    best: float
    error: float
    cures: tuple[tuple[str, ...], ...]
    expected: tuple[Parts, ...]


@dataclass(frozen=True)
class Verdict:
    """One case, judged; ``main`` is None where there is nothing to blame."""

    case: Case
    truth: Truth
    said: Mapping[str, Any]
    right: bool
    main: bool | None

    @property
    def blames(self) -> bool:
        """Whether it names any part."""
        return bool(self.said["minimal"])


def subsets(faults: Sequence[str]) -> list[tuple[str, ...]]:
    """All sets of faults, smallest first."""
    sizes = range(len(faults) + 1)
    return [one for size in sizes for one in itertools.combinations(faults, size)]


def measure(case: Case) -> dict[str, list[float]]:
    """Train with every set of faults mended; the scores with each seed, by what was mended."""
    found = {}
    for mended in subsets(case.faults):
        program = case.made(mended)
        found[" + ".join(mended)] = [program.score(seed) for seed in range(SEEDS)]
    return found


def judge_truth(case: Case, measured: Mapping[str, Sequence[float]]) -> Truth:
    """The true cures, from the scores with every set of faults mended."""
    scores = {mended: np.array(measured[" + ".join(mended)]) for mended in subsets(case.faults)}
    found, best = scores[()], max(scores.values(), key=np.mean)
    gap = best - found
    error = float(gap.std(ddof=1) / np.sqrt(len(gap)))
    cures: list[tuple[str, ...]] = []
    if gap.mean() >= HARM and gap.mean() > ERRORS * error:
        for mended, score in scores.items():
            cured = (score - found).mean() >= CURED * gap.mean()
            if cured and not any({*one} <= {*mended} for one in cures):
                cures.append(mended)
    expected = {parts for cure in cures for parts in parts_of(case, cure)}
    return Truth(
        found=float(found.mean()),
        best=float(best.mean()),
        error=error,
        cures=tuple(cures),
        expected=tuple(sorted(expected, key=lambda one: (len(one), sorted(one)))),
    )


def parts_of(case: Case, faults: Iterable[str]) -> set[Parts]:
    """The sets of parts that mend some faults: of each fault, any of its alternatives."""
    choices = itertools.product(*(case.program.PARTS[fault] for fault in faults))
    return {frozenset(part for one in choice for part in one.split("+")) for choice in choices}


def judge(case: Case, truth: Truth, said: Mapping[str, Any]) -> Verdict:
    """Hold what the tool said against the truth; what it did not answer is not right."""
    minimal = [frozenset(one) for one in said["minimal"] or ()]
    if not truth.expected:
        return Verdict(case, truth, said, right=not minimal and not said["error"], main=None)
    main = any(
        one & true and len(one - true) <= BEYOND
        for one in minimal[:FIRST]
        for true in truth.expected
    )
    return Verdict(case, truth, said, right=bool({*minimal} & {*truth.expected}), main=main)


def ask(number: int, answer: Any) -> None:
    """Diagnose a case, in a process of its own, and send what is needed of the report."""
    from diagnose.builders import from_functions

    started = time.perf_counter()
    said: dict[str, Any] = {"minimal": None, "error": None}
    try:
        program = case_of(number).made()
        settings = {"data": program.data, "classes": program.classes, "encode": program.encode}
        network = from_functions(**{"loss": "cross-entropy"} | settings | program.handed())
        report = diagnose.diagnose(network, seeds=ASKED_SEEDS, jobs=1)
        seconds = time.perf_counter() - started
        if (parts := report.parts) is not None:
            said["minimal"] = [sorted(one) for one in parts.minimal]
            said |= {"found": parts.found, "twin": parts.twin, "best": parts.best}
            said["advice"] = advice_helps(network, report)
        said["seconds"] = seconds
    except Exception as error:
        # A network that is refused, or on which the tool stops, is told with those that it misses.
        said["error"] = f"{type(error).__name__}: {error}"
    answer.send({"seconds": time.perf_counter() - started} | said)


def advice_helps(network: Network, report: Report) -> bool | None:
    """Whether a network that is changed as the report says works; None if it says that none will.

    It works from nine tenths of the way from chance to its twin.
    """
    if not report.parts.minimal:
        return None
    trainer = Trainer(data=network.data(), epochs=network.epochs)
    changed = advised(network, report, trainer)
    runs = trainer.runs([(changed, seed) for seed in FRESH], "trying the advice")
    scores = [score(trainer.symptoms(changed, one)) for one in runs]
    return bool(np.mean(scores) >= working(chance(network), report.twin.score))


def advised(network: Network, report: Report, trainer: Trainer) -> Network:
    """The network with the defects in the blamed parts repaired, and the other parts exchanged.

    Where its shape lacks something, it gets that: then it is another network.
    """
    parts = report.parts
    if report.twin.lacks:
        return of_another_shape(network, report, trainer)
    mine = [one for one in report.findings[network.name] if one.part in parts.minimal[0]]
    mine = [one for one in mine if one.status == PRESENT and one.part != "pace"]
    network = repaired(network, repairs(mine))
    left = {*parts.minimal[0]} - {one.part for one in mine}
    author = look_at(network, trainer, FRESH[0])
    pace = None
    if parts.rates[0] is not None:
        pace = Pace(parts.rates[0] * author.unit, parts.epochs[0] // trainer.epochs)
    return exchanged(author, left, pace)


def of_another_shape(network: Network, report: Report, trainer: Trainer) -> Network:
    """The network with what its shape lacks, and with the other parts that are blamed exchanged."""
    parts = report.parts
    author = look_at(network, trainer, FRESH[0])
    wide = next(one for words, one in wider(author, True) if words == report.twin.lacks)
    pace = None
    if parts.rates[0] is not None:
        pace = Pace(parts.rates[0] * wide.unit, parts.epochs[0] // trainer.epochs)
    return exchanged(wide, {*parts.minimal[0]} & {*wide.differing}, pace)


def ask_apart(number: int) -> dict[str, Any]:
    """Start a process that diagnoses a case, and end it when its time is up."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=ask, args=(number, there))
    started = time.perf_counter()
    process.start()
    there.close()
    error = f"no answer after {LIMIT} seconds"
    try:
        if here.poll(LIMIT):
            answer: dict[str, Any] = here.recv()
            return answer
    except EOFError:
        error = "the process ended without an answer"
    finally:
        process.kill()
        process.join()
    return {"minimal": None, "error": error, "seconds": time.perf_counter() - started}


def case_of(number: int) -> Case:
    return CASES[number - 1]


class Results(Kept):
    """What is done already."""

    def fill(self, wanted: Mapping[str, Any], work: Callable[..., Any], pool: Any) -> None:
        """Do what is not done yet, several at once; ``wanted``: the argument of each, by key."""
        left = {pool.submit(work, one): key for key, one in wanted.items() if key not in self.done}
        for count, future in enumerate(as_completed(left), 1):
            self.keep(left[future], future.result())
            print(f"{work.__name__} {count}/{len(left)}", file=sys.stderr, flush=True)


def digest_of(case: Case) -> str:
    """Changes with what a case trains: its program, what all programs share, and its switches."""
    shared = source_of(program)
    return digest(shared, source_of(case.program), *case.switches, str(SEEDS))


@cache
def source_of(one: Any) -> str:
    return inspect.getsource(one)


def run(chosen: Sequence[Case], arguments: argparse.Namespace) -> Iterator[Verdict]:
    """Measure the truth of every case, ask the tool, and judge."""
    results = Results(arguments.json)
    truths = {case: f"truth {digest_of(case)}" for case in chosen}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(arguments.jobs, mp_context=context) as pool:
        results.fill({key: case for case, key in truths.items()}, measure, pool)
    known = {case: judge_truth(case, results.done[key]) for case, key in truths.items()}
    tool = digest_of_the_tool()
    answers = {case: f"said {digest_of(case)} {tool} {ASKED_SEEDS}" for case in chosen}
    if not arguments.truth:
        numbers = {key: case.number for case, key in answers.items()}
        with ThreadPoolExecutor(arguments.jobs) as pool:
            results.fill(numbers, ask_apart, pool)
    nothing = {"minimal": None, "error": "not asked", "seconds": 0.0}
    for case in chosen:
        yield judge(case, known[case], results.done.get(answers[case], nothing))


def must_learn(verdicts: Iterable[Verdict]) -> None:
    """End the benchmark if a program does not learn with all of its faults mended."""
    for one in verdicts:
        if one.truth.best < LEARNS:
            sys.exit(f"{one.case.name} reaches no more than {one.truth.best:.3f} when mended")


def in_words(sets: Iterable[Collection[str]]) -> str:
    return " or ".join("+".join(sorted(one)) for one in sets) or "nothing"


def truth_row(one: Verdict) -> list[str]:
    return [
        str(one.case.number),
        one.case.name,
        f"{one.truth.found:.2f} {one.truth.best:.2f}",
        in_words(one.truth.expected),
    ]


def verdict_of(one: Verdict) -> str:
    if one.right:
        return "right"
    if not one.truth.expected and one.blames:
        return "blamed"
    return "main cause" if one.main else "missed"


def row(one: Verdict) -> list[str]:
    said = one.said["error"] or in_words(one.said["minimal"] or ())
    return [
        *truth_row(one),
        said if len(said) <= 60 else f"{said[:57]}...",
        verdict_of(one),
        {True: "helps", False: "NO", None: ""}[one.said.get("advice")],
        f"{one.said['seconds']:.1f}",
    ]


def summary(verdicts: Sequence[Verdict]) -> list[list[str]]:
    """What is counted over all cases."""
    harmed = [one for one in verdicts if one.truth.expected]
    sound = [one for one in verdicts if not one.truth.expected]
    seconds = [one.said["seconds"] for one in verdicts]
    return [
        ["parts exact", tables.percent((sum(one.right for one in harmed), len(harmed)))],
        ["main cause", tables.percent((sum(bool(one.main) for one in harmed), len(harmed)))],
        ["advice helps", tables.percent((sum(advice_is_good(one) for one in harmed), len(harmed)))],
        ["correct networks blamed", f"{sum(one.blames for one in sound)}/{len(sound)}"],
        ["without an answer", str(sum(bool(one.said["error"]) for one in verdicts))],
        ["median seconds", f"{statistics.median(seconds):.1f}"],
        ["longest seconds", f"{max(seconds):.1f}"],
    ]


def advice_is_good(one: Verdict) -> bool:
    """Whether the advice helps, or the report says that nothing but another shape will."""
    return one.blames and one.said.get("advice") is not False


def chosen_cases(arguments: argparse.Namespace) -> list[Case]:
    """The cases that were asked for; ends the benchmark for a name that there is not."""
    # Of the cases, some shall stay unread: only programs are listed.
    programs = {one.program.__name__ for one in CASES}
    known = programs | {one.name for one in CASES}
    if unknown := [name for name in arguments.only if name not in known]:
        sys.exit(f"no case {', '.join(unknown)}; there are {', '.join(sorted(programs))}")
    first, last = arguments.numbers
    chosen = [one for one in CASES if first <= one.number <= last]
    if arguments.only:
        chosen = [one for one in chosen if {one.program.__name__, one.name} & {*arguments.only}]
    if arguments.parity is not None:
        chosen = [one for one in chosen if one.number % 2 == arguments.parity]
    return chosen or sys.exit("there are no such cases")


def numbers(text: str) -> tuple[int, int]:
    """``3-8``, or ``5`` for one."""
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep results, and go on")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="programs or cases")
    parser.add_argument("--numbers", type=numbers, default=(1, len(CASES)), metavar="A-B")
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--odd", dest="parity", action="store_const", const=1)
    either.add_argument("--even", dest="parity", action="store_const", const=0)
    parser.add_argument("--truth", action="store_true", help="measure the truth, ask nothing")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once (default 2)")
    parser.add_argument("--markdown", action="store_true", help="tables for benchmarks/README.md")
    return parser.parse_args(arguments)


def main(given: Sequence[str] | None = None) -> None:
    arguments = parse(given)
    verdicts = list(run(chosen_cases(arguments), arguments))
    must_learn(verdicts)
    style = tables.markdown if arguments.markdown else tables.plain
    head = ["no.", "case", "as is, best", "expected", "said", "verdict", "advice", "s"]
    if arguments.truth:
        print(style(head[:4], [truth_row(one) for one in verdicts]))
        return
    print(style(head, [row(one) for one in verdicts]))
    print("\n" + style(["counted", ""], summary(verdicts)))


if __name__ == "__main__":
    main()
