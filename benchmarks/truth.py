"""Which planted faults do harm, found out without the tool.

Each program is trained by its own loop: with all planted faults, with every set of them mended
(their original lines put back), with nothing planted, over several seeds. A symptom is measured on
samples that were held out. From these values follows what ``diagnose`` has to say, by the same
words (DESIGN: cured, minimal repairs), computed here anew.
"""

from __future__ import annotations

import itertools
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.planting import Case, load, write

SEEDS = 5
# A planted fault does harm if it makes a symptom this much worse, in every seed, ...
HARM = 0.05
# ... and none if less than this; between the two the trainings do not tell.
NO_HARM = 0.03
# A set of repairs cures that takes nine tenths of the harm away. Where eight and a half or nine and
# a half tenths would give other minimal sets, the trainings do not tell.
CURED, ABOUT = 0.9, (0.85, 0.95)

# Higher is worse, all from 0 to 1, but for the accuracy.
CLASSIFICATION = ("balanced_accuracy", "favoured_share", "skew")
REGRESSION = ("unexplained_variance",)

Values = dict[str, list[float]]
Measured = Mapping[str, Values]


@dataclass(frozen=True)
class Truth:
    """What the trainings say of one case.

    worst: the symptom that the faults make worse the most; None if none. harm: by how much.
    minimal: the smallest sets of faults whose mending cures it. is_certain: whether the trainings
    tell at all.
    """

    worst: str | None
    harm: float
    minimal: tuple[tuple[str, ...], ...]
    is_certain: bool

    @property
    def causes(self) -> set[str]:
        """The faults that are in a minimal set."""
        return {name for one in self.minimal for name in one}


def measure(case: Case, seeds: int = SEEDS) -> Values:
    """Train by the program's own loop; each symptom with each seed. Raises what the program does.

    A program is loaded anew for each seed: what it keeps in its module is its own, too.
    """
    with tempfile.TemporaryDirectory() as folder:
        return measure_file(write(case, Path(folder)), seeds)


def measure_file(path: Path, seeds: int = SEEDS) -> Values:
    """The same of a program's file."""
    found: list[dict[str, float]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(seeds):
            module = load(path)
            _, _, x, labels = module.load()
            with np.errstate(all="ignore"):
                outputs = np.asarray(module.predict(module.learn(seed), x), float)
            found.append(symptoms(module, outputs, labels))
    return {name: [one[name] for one in found] for name in found[0]}


def symptoms(module: ModuleType, outputs: Any, labels: Any) -> dict[str, float]:
    """What one sees, from ``(n, outputs)`` on samples held out and their ``(n,)`` labels."""
    if labels.dtype.kind == "f":
        error = np.mean((outputs[:, 0] - labels) ** 2) / labels.var()
        return {"unexplained_variance": float(np.clip(np.nan_to_num(error, nan=1.0), 0, 1))}
    classes = int(labels.max()) + 1
    if outputs.shape[1] == 1:
        said = (outputs[:, 0] > module.THRESHOLD).astype(int)
    else:
        said = outputs.argmax(axis=1)
    shares = np.bincount(labels, minlength=classes) / len(labels)
    given = np.bincount(said, minlength=classes) / len(labels)
    return {
        "balanced_accuracy": float(
            np.mean([(said[labels == c] == c).mean() for c in range(classes)])
        ),
        "favoured_share": float(given.max()),
        "skew": float(np.abs(_mean_probabilities(outputs, said, classes) - shares).sum() / 2),
    }


def _mean_probabilities(outputs: Any, said: Any, classes: int) -> Any:
    """Probabilities on average: the outputs if they are positive, else as sure as the answers."""
    if outputs.shape[1] == 1:
        outputs = np.hstack([1 - outputs, outputs])
    with np.errstate(all="ignore"):
        proper = np.isfinite(outputs).all() and (outputs >= 0).all() and (outputs.sum(1) > 0).all()
    if not proper:
        return np.bincount(said, minlength=classes) / len(said)
    return (outputs / outputs.sum(axis=1, keepdims=True)).mean(axis=0)


def subsets(faults: Sequence[str]) -> list[tuple[str, ...]]:
    """All sets of faults, smallest first."""
    sizes = range(len(faults) + 1)
    return [one for size in sizes for one in itertools.combinations(faults, size)]


def variants(case: Case) -> list[Case]:
    """The programs whose trainings tell the truth about a case."""
    return [case.without(mended) for mended in subsets(case.faults)]


def judge(case: Case, measured: Callable[[Case], Values]) -> Truth:
    """Put together what the trainings of a case's variants say."""
    values = {mended: measured(case.without(mended)) for mended in subsets(case.faults)}
    harms = {name: _harm(name, values[()][name], values[case.faults][name]) for name in values[()]}
    sure = {name: mean for name, (mean, always) in harms.items() if mean >= HARM and always}
    if not sure:
        small = all(mean < NO_HARM for mean, _ in harms.values())
        return Truth(None, max(mean for mean, _ in harms.values()), (), is_certain=small)
    worst = max(sure, key=lambda name: sure[name])
    cured = {
        mended: 1 - _harm(worst, one[worst], values[case.faults][worst])[0] / sure[worst]
        for mended, one in values.items()
    }
    minimal = _minimal(cured, CURED)
    certain = all(_minimal(cured, level) == minimal for level in ABOUT)
    return Truth(worst, sure[worst], minimal, is_certain=certain)


def _harm(symptom: str, planted: Sequence[float], mended: Sequence[float]) -> tuple[float, bool]:
    """How much worse it is as planted, and whether in every seed."""
    sign = 1 if symptom == "balanced_accuracy" else -1
    worse = sign * (np.array(mended) - np.array(planted))
    return float(worse.mean()), bool((worse > 0).all())


def _minimal(cured: Mapping[tuple[str, ...], float], level: float) -> tuple[tuple[str, ...], ...]:
    """The sets that cure and have no part that does."""
    found: list[tuple[str, ...]] = []
    for one in sorted(cured, key=len):
        if cured[one] >= level and not any({*part} <= {*one} for part in found):
            found.append(one)
    return tuple(found)
