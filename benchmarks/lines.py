"""At which line a finding points, on networks with a fault planted in their source.

    python benchmarks/lines.py [--only NETWORK ...] [--defect DEFECT ...]

Each fault of ``networks/`` is planted alone, and the probe of its defect, or of another that is as
true of it, looks at the program. It is told whether the line that it points at is one that was
changed, lies within two lines of one, or neither. Faults that leave no line of their own, since one
was taken away, are counted by the line that stands in its place. Of gradients that are wrong the
step is run again, too, and it is told whether an edit of it was shown right. Nothing is repaired or
trained, so the whole takes some minutes.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

# One thread for each process; it must be said before NumPy is loaded.
if "numpy" not in sys.modules:
    for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(_name, "1")
sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import planting
from benchmarks.planting import NONE, Case
from diagnose.command.handed import told_where_gradients_fail
from diagnose.command.target import load_network
from diagnose.errors import BadInputError
from diagnose.instruments.bench import Bench
from diagnose.probes import DEFECTS
from diagnose.report import PRESENT, Finding
from diagnose.training.trainer import Trainer

# A reader who is led so near sees the fault.
NEAR = 2


def changed_lines(case: Case) -> list[int]:
    """The lines of a planted program that are not as they were, counted from 1."""
    before, after = planting.source(case.network).splitlines(), case.text.splitlines()
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    return [
        line + 1
        for what, _, _, start, end in matcher.get_opcodes()
        if what != "equal"
        for line in range(start, max(end, start + 1))
        if what == "delete" or after[line].strip()
    ]


def found(path: Path, defects: Sequence[str]) -> Finding | None:
    """What the first of some probes that finds something says of a program."""
    network = load_network(str(path))
    assert network.data is not None
    trainer = Trainer(data=network.data(), epochs=network.epochs)
    for one in DEFECTS:
        if one.name in defects:
            finding = one.probe(Bench(network=network, sane=network, trainer=trainer))
            if finding.status == PRESENT:
                return finding
    return None


def looked_at(
    networks: Sequence[str], defects: Sequence[str]
) -> Iterator[tuple[Case, str, str, str]]:
    """Each fault planted alone: how near its line is, whether it is mended, what stands there."""
    for name in networks:
        for case in planting.alone(name):
            wanted = [d for one in case.planted for d in (one.defect, *one.also) if d != NONE]
            if not wanted or (defects and wanted[0] not in defects):
                continue
            with tempfile.TemporaryDirectory() as folder:
                path = planting.write(case, Path(folder))
                try:
                    finding = found(path, wanted)
                except BadInputError as error:
                    yield case, "refused", "", str(error)
                    continue
                told = told_where_gradients_fail([finding] if finding else [], path, "")
            if finding is None or finding.where is None:
                yield case, "not found" if finding is None else "no line", "", ""
                continue
            line = told[0].line if told else finding.where.line
            near = min((abs(line - one) for one in changed_lines(case)), default=line)
            how = "exact" if near == 0 else "near" if near <= NEAR else "elsewhere"
            yield (
                case,
                how,
                "mended" if any(one.edit for one in told) else "",
                f"{line}: {finding.where.text} (planted: {changed_lines(case)})",
            )


def main() -> None:
    """Look at all of them, and count."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", nargs="*", default=planting.names(), metavar="NETWORK")
    parser.add_argument("--defect", nargs="*", default=[], metavar="DEFECT")
    given = parser.parse_args()
    counts: Counter[str] = Counter()
    for case, how, name, said in looked_at(given.only, given.defect):
        counts.update([how, *([name] if name else [])])
        defect = case.planted[0].defect
        print(f"{how:10} {name:8} {case.name}, {defect}: {said}", flush=True)
    print(", ".join(f"{how} {count}" for how, count in counts.most_common()))


if __name__ == "__main__":
    main()
