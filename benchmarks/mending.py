"""Whether the patch mends what was planted: programs broken, patched by the tool, and run again.

    python benchmarks/mending.py [--only NETWORK ...] [--fault NAME ...] [--every N] [--scripts]
                                 [--json FILE] [--keep DIR]

Each fault of ``networks/`` is planted alone. ``diagnose report PROGRAM --patch fix.diff`` is all
that the tool gets, and the program: as it hands itself over by its builder, or, with
``--scripts``, without that, with a loop that is run and a number that is printed at the end. The
diff is applied, and the program trained by its own loop, with three seeds, on samples held out
(``truth.py``): as it was written, as it was planted, and as it was patched.

harm       faults that take at least 0.05 of the accuracy, or of the variance explained
restored   of these, patched so that nine tenths of that come back
worse      programs that lose 0.05 by the patch
patched    programs without harm, such as traps and correct ones, that got a patch

``--every N`` takes every Nth program of those that there are. What is done is kept in the JSON file
and not done again, as long as neither the program nor the tool is changed.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# One thread for each process; it must be said before NumPy is loaded.
if "numpy" not in sys.modules:
    for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(_name, "1")
sys.path.insert(0, str(Path(__file__).parent.parent))


from benchmarks import planting, tables, truth
from benchmarks.as_scripts import as_script
from benchmarks.kept import Kept, digest, digest_of_the_tool
from benchmarks.planting import Case
from diagnose.patching.source import applied

SEEDS = 3
LIMIT = 400
RESTORED = 0.9


@dataclass(frozen=True)
class Mended:
    """One program: what it reaches as written, as planted and as patched, and its diff."""

    case: Case
    sound: float
    planted: float
    patched: float
    diff: str
    seconds: float

    @property
    def does_harm(self) -> bool:
        """Whether what was planted does harm."""
        return self.sound - self.planted >= truth.HARM

    @property
    def is_restored(self) -> bool:
        """Whether the patch makes it what it was, or what trains as well."""
        back = self.patched - self.planted
        return bool(self.diff) and back >= RESTORED * (self.sound - self.planted)

    @property
    def is_worse(self) -> bool:
        """Whether it is worse with the patch."""
        return bool(self.diff) and self.planted - self.patched >= truth.HARM

    @property
    def verdict(self) -> str:
        """What became of it, in a word or two."""
        if self.is_worse:
            return "worse"
        if not self.does_harm:
            return "patched" if self.diff else "left alone"
        return "restored" if self.is_restored else "not restored" if self.diff else "no patch"


def level(path: Path) -> float:
    """What a program reaches by its own loop; 0 for one that stops."""
    try:
        values = truth.measure_file(path, SEEDS)
    except Exception:  # the author's code may raise anything
        return 0.0
    good = values.get("balanced_accuracy") or [1 - one for one in values["unexplained_variance"]]
    mean = sum(good) / len(good)
    return mean if math.isfinite(mean) else 0.0


def mend(case: Case, scripts: bool, keep: Path | None) -> dict[str, Any]:
    """Let the tool patch a program, and run it as planted and as patched."""
    with tempfile.TemporaryDirectory() as temporary:
        script = Path(temporary, f"{case.network}.py")
        text = as_script(case.text, script.parent) if scripts else case.text
        script.write_text(text, encoding="utf-8")
        planted, began = level(script), time.perf_counter()
        command = [sys.executable, "-m", "diagnose", "report", script.name, "--quiet"]
        command += ["--patch", "fix.diff", "-o", "report.json"]
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(command, cwd=temporary, capture_output=True, timeout=LIMIT, check=False)
        seconds = time.perf_counter() - began
        report, diff = Path(temporary, "report.json"), Path(temporary, "fix.diff")
        if keep and report.exists():
            keep.mkdir(parents=True, exist_ok=True)
            shutil.copy(report, keep / f"{case.name.replace(': ', '__').replace(' ', '_')}.json")
        written = diff.read_text(encoding="utf-8") if diff.exists() else ""
        if written:
            script.write_bytes(applied(script.read_bytes(), written))
        patched = level(script) if written else planted
    return {"planted": planted, "patched": patched, "diff": written, "seconds": seconds}


def sound(network: str) -> float:
    """What a program reaches as it was written."""
    with tempfile.TemporaryDirectory() as temporary:
        script = Path(temporary, f"{network}.py")
        script.write_text(planting.source(network), encoding="utf-8")
        return level(script)


def run(every: Sequence[Case], kept: Kept, scripts: bool, keep: Path | None) -> list[Mended]:
    """Mend what is not done yet, one after the other."""
    tool, found = digest_of_the_tool(), list[Mended]()
    for count, case in enumerate(every, 1):
        source = planting.source(case.network)
        written, asked = (
            f"sound {digest(source)}",
            f"mended {digest(case.text, tool, str(scripts))}",
        )
        if written not in kept.done:
            kept.keep(written, sound(case.network))
        if asked not in kept.done:
            kept.keep(asked, mend(case, scripts, keep))
        one = Mended(case=case, sound=kept.done[written], **kept.done[asked])
        found.append(one)
        print(f"{count}/{len(every)} {' '.join(row(one))}", file=sys.stderr, flush=True)
    return found


def row(one: Mended) -> list[str]:
    """The row of one program."""
    reached = [f"{value:.2f}" for value in (one.sound, one.planted, one.patched)]
    return [one.case.name, *reached, one.verdict, f"{one.seconds:.0f}"]


def summary(every: Sequence[Mended]) -> list[list[str]]:
    """What is counted of all."""
    harmful = [one for one in every if one.does_harm]
    others = [one for one in every if not one.does_harm]
    counted = {
        "restored": (sum(one.is_restored for one in harmful), len(harmful)),
        "worse": (sum(one.is_worse for one in every), len(every)),
        "patched without harm": (sum(bool(one.diff) for one in others), len(others)),
    }
    return [[name, tables.percent(share)] for name, share in counted.items()]


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", default=planting.names(), metavar="NETWORK")
    parser.add_argument("--fault", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="each Nth program")
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="N", help="its first")
    parser.add_argument("--scripts", action="store_true", help="without the builder's call")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep results, and go on")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where to keep the reports")
    parser.add_argument("--markdown", action="store_true", help="tables for benchmarks/README.md")
    arguments = parser.parse_args(given)
    every = [case for network in arguments.only for case in planting.alone(network)]
    if arguments.fault:
        every = [case for case in every if {*case.faults} & {*arguments.fault}]
    every = every[arguments.first :: arguments.every]
    found = run(every, Kept(arguments.json), arguments.scripts, arguments.keep)
    style = tables.markdown if arguments.markdown else tables.plain
    print(style(["program", "as written", "planted", "patched", "", "s"], [*map(row, found)]))
    print("\n" + style(["counted", ""], summary(found)))


if __name__ == "__main__":
    main()
