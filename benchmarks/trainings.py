"""Which trainings a diagnosis makes, who asks for them, and how long they take.

    python benchmarks/trainings.py [-v] [--mnist MNIST_DIR | ARGUMENTS OF diagnose]

Without arguments, those of the default report; with ``--mnist``, those of the network of
``benchmarks/ordinary.py``. A training counts where it is first asked for; what is asked for again,
or equals another, is made once. Seconds are of the processor, of one job and with none kept from
before. ``-v`` prints each group of trainings, in the order in which they were made.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.ordinary import written_network  # noqa: E402
from diagnose.command.cli import main as command  # noqa: E402
from diagnose.training import compiled  # noqa: E402

# The functions that ask, innermost first, and what they ask for.
ASKING = {
    "probed": "probe",
    "steady": "twin, steady",
    "lengthen": "twin, longer",
    "_sound": "twin",
    "_as_found": "as found, further seeds",
    "_shares": "shares",
    "_pace": "pace beside a set",
    "_smallest": "exchange",
    "understated": "accuracy as printed",
    "measure_lattice": "sets of repairs",
    "observe": "as found",
}
# Of these, what is trained to find a rate.
LOOKING = "_score"


def asked_by() -> str:
    """Who asks for a training, by the functions that are running."""
    frame, looking = sys._getframe(1), ""
    while frame is not None:
        name, inner = frame.f_code.co_name, frame.f_locals
        if name == LOOKING:
            looking = ", looking for a rate"
        if name == "probed":
            return f"{inner['network'].name}: {inner['defect'].name}"
        if name in ASKING and "diagnose" in frame.f_code.co_filename:
            return ASKING[name] + looking
        frame = frame.f_back
    return "others"


@contextmanager
def noted() -> Iterator[list[tuple[str, int, int, float]]]:
    """Who asked for each group of trainings: how many, samples shown in each, seconds."""
    made: list[tuple[str, int, int, float]] = []
    train = compiled.train_group

    def timed(theta: Any, *rest: Any) -> Any:
        began = time.process_time()
        trained = train(theta, *rest)
        shown = int((rest[4] >= 0).sum())
        made.append((asked_by(), len(theta), shown, time.process_time() - began))
        return trained

    compiled.train_group = timed
    try:
        yield made
    finally:
        compiled.train_group = train


def diagnosed(arguments: Sequence[str]) -> tuple[list[tuple[str, int, int, float]], float]:
    """The groups of trainings of a diagnosis, and the seconds that all of it took."""
    with tempfile.TemporaryDirectory() as folder:
        kept = ["-o", str(Path(folder, "report.json"))]
        asked = [*arguments, *kept, "--jobs", "1", "--no-cache", "--quiet"]
        began = time.process_time()
        with noted() as made:
            command(asked)
        return made, time.process_time() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-v", action="store_true", dest="each")
    parser.add_argument("--mnist", type=Path)
    asked, further = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        if asked.mnist:
            further = ["report", str(written_network(folder, asked.mnist))]
        made, took = diagnosed(further)
    if asked.each:
        for who, runs, shown, seconds in made:
            print(f"{who:50} {runs:5} x {shown:8,} {seconds:8.2f}")
    table: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0, 0.0])
    for who, runs, shown, seconds in made:
        table[who, shown][0] += runs
        table[who, shown][1] += seconds
    print("| asked for by | samples shown in each | trainings | seconds |\n|---|---|---|---|")
    for (who, shown), (count, seconds) in table.items():
        print(f"| {who} | {shown:,} | {count} | {seconds:.2f} |")
    all_runs, all_seconds = (sum(one[at] for one in table.values()) for at in (0, 1))
    print(f"| all | | {all_runs} | {all_seconds:.2f} of {took:.1f} |")


if __name__ == "__main__":
    main()
