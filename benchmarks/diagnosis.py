"""How good the diagnosis is, on networks that the tool was not made for.

    python benchmarks/diagnosis.py [--only NETWORK] [--quick] [--draw N] [--json FILE] [--markdown]

Fourteen programs in the styles in which people write networks (``networks/``), each correct, and
with each of its faults alone, with pairs and triples of faults, and with changes that look like
faults and are none. Each program trains first by a loop of its own (``truth.py``): the correct ones
must learn, and what a fault does is what these trainings show. Then ``diagnose`` gets the program,
and what it says is held against that (``scoring.py``).

What is done is kept in FILE and not done again; what the tool said is forgotten when its code
changes, a training when the program does. ``--quick`` takes three networks, no sets of faults, and
one seed. The whole takes some hours. With ``--scripts`` the tool gets each program as somebody
would run it, without its builder's call; ``--every N --from K``
takes every Nth case from the Kth on.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from typing import Any

# One thread for each process; it must be said before NumPy is loaded.
if "numpy" not in sys.modules:
    for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(_name, "1")
sys.path.insert(0, str(Path(__file__).parent.parent))

import diagnose
from benchmarks import planting, scoring, tables, truth
from benchmarks.as_scripts import as_script
from benchmarks.kept import Kept, digest, digest_of_the_tool
from benchmarks.planting import Case
from diagnose.command.target import load_network
from diagnose.errors import BadInputError
from diagnose.examining.asked_for import NAMES

QUICK = ("blobs_dicts", "moons_class", "rings_vectors")
# Seconds; then a diagnosis counts as none. It is held against the aim of 20 by its median.
LIMIT = 300
# Between the first seeds of two diagnoses: each takes five seeds from its first.
APART = 100
# What a correct network must reach on samples held out: half-size digits are not easy.
LEARNS = {"digits_layers": 0.8, "digits_lists": 0.8}
LEARNS_USUALLY = 0.9


class TooLongError(Exception):
    """What a diagnosis is ended by; a TimeoutError would be taken for a cluster's, and retried."""


class Limit:
    """Ends a diagnosis that takes too long, when it next tells of its progress."""

    def __init__(self, seconds: float) -> None:
        self.end = time.perf_counter() + seconds

    def __call__(self, what: str, done: int, total: int) -> None:
        """Raise TooLongError when the time is up."""
        if time.perf_counter() > self.end:
            raise TooLongError(f"still {what} ({done} of {total}) after {LIMIT} seconds")


def ask(case: Case, seed: int, seeds: int) -> dict[str, Any]:
    """Let the tool diagnose a program, and keep what is needed of its report."""
    with tempfile.TemporaryDirectory() as folder:
        path = planting.write(case, Path(folder))
        started = time.perf_counter()
        try:
            network = load_network(str(path))
            report = diagnose.diagnose(
                network, seed=seed, seeds=seeds, jobs=1, progress=Limit(LIMIT)
            )
        except Exception as error:
            # A fault on which the tool itself stops is a miss, told by name with the others.
            refused = isinstance(error, BadInputError)
            said = str(error) if refused else f"stopped with {type(error).__name__}: {error}"
            seconds = time.perf_counter() - started
            return {"findings": {}, "causes": {}, "refused": said, "seconds": seconds}
        seconds = time.perf_counter() - started
    findings = report.findings[report.network.name]
    return {
        "findings": {one.defect: one.status for one in findings},
        "observed": {one.defect: one.observed for one in findings if one.status != "absent"},
        "causes": {
            name: {"causes": named_causes(cause), "found": cause.found, "repaired": cause.repaired}
            for name, cause in report.causes.items()
        },
        "refused": None,
        "seconds": seconds,
    }


def ask_script(case: Case, seed: int, seeds: int) -> dict[str, Any]:
    """The same of the program as it is: watched while it runs, with nothing handed over."""
    with tempfile.TemporaryDirectory() as folder:
        script, report = Path(folder, f"{case.network}.py"), Path(folder, "report.json")
        script.write_text(as_script(case.text, script.parent), encoding="utf-8")
        asked = ["report", script.name, "--quiet", "--within", "none", "--no-cache"]
        asked += ["--seed", str(seed), "--seeds", str(seeds), "-o", report.name]
        started = time.perf_counter()
        with suppress(subprocess.TimeoutExpired):
            command = [sys.executable, "-m", "diagnose", *asked]
            subprocess.run(command, cwd=folder, capture_output=True, timeout=LIMIT, check=False)
        seconds = time.perf_counter() - started
        said = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    nothing = {"findings": {}, "causes": {}, "seconds": seconds}
    if not said:
        return {**nothing, "refused": f"no report within {LIMIT} seconds"}
    # what a run tells beside the probes has names that no fault was planted by
    findings = [
        one for one in said["findings"].get(said["network"]["name"], []) if one["defect"] in NAMES
    ]
    findings.sort(key=lambda one: one["status"] == "present")
    watched = said["watched"]
    if not (watched["certified"] or findings):  # a run may tell what is wrong all the same
        return {**nothing, "refused": f"not read: {watched['parted']['reason']}"}
    told = _told_causes(said, findings)
    causes = {name: _named(cause["verdicts"]) for name, cause in said["causes"].items()}
    symptoms = said["symptoms"].get(said["network"]["name"], {})
    return {
        "findings": {one["defect"]: one["status"] for one in findings},
        "causes": {name: {"causes": [*told, *causes.get(name, [])]} for name in symptoms},
        "refused": None,
        "seconds": seconds,
    }


def _named(verdicts: Mapping[str, Any]) -> list[str]:
    causes = [name for name, one in verdicts.items() if one["verdict"] == "cause"]
    return sorted(causes, key=lambda name: -verdicts[name]["share"]["mean"])


def _told_causes(said: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the run tells of a part that is to blame: it has no repair to be trained with."""
    parts = said["parts"]
    smallest = parts["minimal"][0] if parts and parts["minimal"] else []
    places = [parts["places"].get(part) for part in smallest]
    blamed = {one["line"] for one in places if one}
    return [
        one["defect"]
        for one in findings
        if one["status"] == "present"
        and "seen" in one["numbers"]
        and one["where"]["line"] in blamed
    ]


def named_causes(cause: Any) -> list[str]:
    """The defects that a report calls a cause of a symptom, that of the largest share first."""
    causes = [name for name, one in cause.verdicts.items() if one.verdict == "cause"]
    return sorted(causes, key=lambda name: -cause.verdicts[name].share.mean)


def train(case: Case, seeds: int) -> dict[str, Any]:
    """Train a program by its own loop; a program that stops with an error is told."""
    try:
        return {"values": truth.measure(case, seeds), "error": None}
    except Exception as error:
        return {"values": {}, "error": f"{type(error).__name__}: {error}"}


def warm_up() -> None:
    """Let a worker compile what is compiled once, so that it is counted for no network."""
    ask(Case("flowers_softmax"), 0, 1)


class Results(Kept):
    """What is done already."""

    def fill(
        self,
        wanted: Mapping[str, tuple[Case, tuple[Any, ...]]],
        work: Callable[..., dict[str, Any]],
        pool: ProcessPoolExecutor,
        what: str,
    ) -> None:
        """Do what is not done yet, several at once."""
        left = {
            pool.submit(work, *arguments): (key, case)
            for key, (case, arguments) in wanted.items()
            if key not in self.done
        }
        for count, future in enumerate(as_completed(left), 1):
            key, case = left[future]
            self.keep(key, future.result())
            print(f"{what} {count}/{len(left)}: {case.name}", file=sys.stderr, flush=True)


def training_key(case: Case, seeds: int) -> str:
    return f"training {digest(case.text, str(seeds))}"


def run(
    every: Sequence[Case], arguments: argparse.Namespace
) -> Iterator[tuple[scoring.Verdict, truth.Truth | None]]:
    """Train everything, ask the tool everything, and judge."""
    results = Results(arguments.json)
    bases = range(1 if arguments.quick else arguments.seeds)
    seeds = 3 if arguments.quick else truth.SEEDS
    tool, scripts = digest_of_the_tool(), arguments.scripts
    trainings = {
        training_key(one, seeds): (one, (one, seeds))
        for case in every
        for one in truth.variants(case)
    }
    questions = {
        f"{'ran' if scripts else 'said'} {digest(case.text, tool, str(seeds))} {base}": (
            case,
            (case, APART * base, seeds),
        )
        for case in every
        for base in bases
    }
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(arguments.jobs, mp_context=context) as pool:
        results.fill(trainings, train, pool, "training")

    def measured(case: Case) -> truth.Values:
        values: truth.Values = results.done[training_key(case, seeds)]["values"]
        return values

    for network in sorted({case.network for case in every}):
        must_learn(network, results.done[training_key(Case(network), seeds)])
    with ProcessPoolExecutor(arguments.jobs, mp_context=context, initializer=warm_up) as pool:
        results.fill(questions, ask_script if scripts else ask, pool, "diagnosing")
    for key, (case, (_, base, _)) in questions.items():
        errors = [results.done[training_key(one, seeds)]["error"] for one in truth.variants(case)]
        known = None if any(errors) else truth.judge(case, measured)
        yield scoring.judge(case, base, results.done[key], known), known


def chosen_cases(network: str, arguments: argparse.Namespace) -> list[Case]:
    return planting.alone(network) if arguments.quick else planting.cases(network, arguments.draw)


def must_learn(network: str, trained: Mapping[str, Any]) -> None:
    """End the benchmark unless a correct network learns, by its own loop, with every seed."""
    if trained["error"]:
        sys.exit(f"{network} is meant to be correct and stops: {trained['error']}")
    values = trained["values"]
    good = values.get("balanced_accuracy") or [1 - one for one in values["unexplained_variance"]]
    wanted = LEARNS.get(network, LEARNS_USUALLY)
    if min(good) < wanted:
        sys.exit(f"{network} is meant to be correct and reaches {min(good):.3f}, not {wanted}")


def chosen_networks(only: Sequence[str], quick: bool) -> list[str]:
    unknown = [name for name in only if name not in planting.names()]
    if unknown:
        sys.exit(f"no network {', '.join(unknown)}; there are {', '.join(planting.names())}")
    return list(only) or [one for one in planting.names() if not quick or one in QUICK]


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", default=[], metavar="NETWORK")
    parser.add_argument("--quick", action="store_true", help="few networks, single faults")
    parser.add_argument("--scripts", action="store_true", help="without the builder's call")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="each Nth case")
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="N", help="its first")
    parser.add_argument("--draw", type=int, default=0, help="other sets of faults, by number")
    parser.add_argument("--seeds", type=int, default=3, help="diagnoses of each case (default 3)")
    parser.add_argument("--jobs", type=int, default=2, help="diagnoses at once (default 2)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep results, and go on")
    parser.add_argument("--markdown", action="store_true", help="tables for benchmarks/README.md")
    return parser.parse_args(arguments)


def main(given: Sequence[str] | None = None) -> None:
    arguments = parse(given)
    networks = chosen_networks(arguments.only, arguments.quick)
    every = [case for network in networks for case in chosen_cases(network, arguments)]
    unprobed = {case: missing for case in every if (missing := {*case.defects} - {*NAMES})}
    probed = [case for case in every if case not in unprobed][arguments.first :: arguments.every]
    judged = list(run(probed, arguments))
    style = tables.markdown if arguments.markdown else tables.plain
    print(tables.everything(judged, unprobed, style))


if __name__ == "__main__":
    main()
