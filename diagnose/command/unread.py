"""The report on a script of which no network could be read: what its run told, and its samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.report import Finding, Report, Subject

if TYPE_CHECKING:
    from diagnose.network.samples import Data
    from diagnose.training.progress import Stages
    from diagnose.watching.script import Watched

# Of more samples so many are taken: enough for what small networks learn, and within the time.
MOST_SAMPLES = 5000
# Fewer held out than this say little; then it is tested on the samples that it trains on.
FEWEST_TESTED = 10
# As many seeds as it takes to see that one was no accident.
SEEDS = 3
WHAT = "training a sound network on its samples"


def unread_report(watched: dict[str, Any], told: list[Finding]) -> Report:
    """The report: how far the script was understood, and what its run told by itself."""
    name = Path(watched["script"]).stem
    return Report(
        network=Subject(
            name=name, source=watched["script"], parameters={}, posted=None, remarks=[]
        ),
        against=None, data={}, settings={}, symptoms={},
        findings={name: told} if told else {}, causes={}, code=[],
        runs={"trainings": 0, "distinct": 0, "own_functions": {}}, watched=watched,
    )  # fmt: skip


def with_sound_twin(
    report: Report,
    seen: Watched,
    *,
    seed: int,
    jobs: int | None,
    seconds: float | None,
    stages: Stages,
) -> Report:
    """The report with what a sound network reaches on the samples of the script.

    As it is where these were not read either, or there is no time for it.
    """
    read = seen.read
    if not {"rows", "labels"} <= {*read.arrays} or not read.said.get("coding"):
        return report
    from diagnose.causes.on_samples import sound_network, twin_of_samples
    from diagnose.training.budget import Budget, OutOfTime
    from diagnose.training.pool import Pool
    from diagnose.training.trainer import Trainer

    classes = int(read.said["coding"]["classes"])
    data = samples_of(read.arrays, report.network.name, classes)
    network = sound_network(report.network.name, data, read.said.get("hidden") or (), classes)
    pool = Pool(jobs=jobs or -1, budget=Budget.of(seconds))
    trainer = Trainer(data=data, epochs=network.epochs, pool=pool, progress=stages)
    stages(WHAT, 0, 1)
    try:
        with pool.limited(1.0):
            twin = twin_of_samples(network, trainer, _seeds(seed))
    except OutOfTime:
        return report
    except KeyboardInterrupt:
        return replace(report, interrupted=f"while {WHAT}")
    shown = {
        "images": len(data.labels),
        "test_images": len(data.test_labels),
        "tested_on_training_images": data.tested_on_training,
    }
    return replace(report, twin=twin, data=shown)


def _seeds(first: int) -> Sequence[int]:
    return range(first, first + SEEDS)


def samples_of(arrays: Mapping[str, Array], name: str, classes: int) -> Data:
    """The samples that a script was seen to train on, some of them held out to test on."""
    from diagnose.data.splitting import held_out, subset
    from diagnose.network.samples import Data

    rows, labels = arrays["rows"], arrays["labels"]
    if classes:
        labels = labels.astype(np.int64)
    every = np.arange(len(labels))
    whole = Data(
        name=name, images=rows, labels=labels, test_images=rows, test_labels=labels, numbers=every
    )
    if len(labels) > MOST_SAMPLES:
        few = subset(whole, MOST_SAMPLES)
        whole = replace(few, test_images=few.images, test_labels=few.labels)
    held = held_out(whole.labels)
    if held.sum() < FEWEST_TESTED:
        return whole
    return replace(
        whole,
        images=whole.images[~held],
        labels=whole.labels[~held],
        test_images=whole.images[held],
        test_labels=whole.labels[held],
        numbers=whole.numbers[~held],
    )
