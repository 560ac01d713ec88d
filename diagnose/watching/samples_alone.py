"""Of a training that is not read, what it trains on: samples, targets, and how many units it has.

That is enough for a sound network on the same data, and so for whether the data are to blame.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.collecting import Collector
from diagnose.reading.collecting_samples import collector
from diagnose.reading.left_marks import refuse_left_marks
from diagnose.reading.loops import Loop
from diagnose.reading.not_read import NotReadError
from diagnose.reading.roles import read_sides, without_layers
from diagnose.reading.samples import read_coding, read_samples
from diagnose.reading.steps import common, steps_in
from diagnose.reading.targets import read_targets, thread_of
from diagnose.recording.sites import Site
from diagnose.recording.tape import Tape
from diagnose.recording.threads import Thread
from diagnose.watching.handover import Handover, Parted


def samples_alone(tape: Tape, loop: Loop, turns: list[int], sites: list[Site]) -> Collector:
    """What looks at samples and targets from now on; NotReadError where they cannot be told."""
    steps = common(steps_in(loop, turns, loop.first_state(turns)))
    roles = without_layers(steps, read_sides(steps, sites))
    targets = read_targets(roles, sites)
    refuse_left_marks(roles, targets, sites)
    return collector(tape, roles, targets, None)


def met(seen: Collector, sites: list[Site], parted: Parted) -> Handover:
    """What is handed over of it; NotReadError where no epoch was seen."""
    roles, step = seen.roles, seen.roles.step
    outputs = _outputs(seen)
    if seen.segments():
        samples = read_samples(seen, outputs)
        rows, labels, coding = samples.rows, samples.labels, samples.coding
    else:  # noise that is added in each step makes others of the same samples
        rows, targets = _each_once(seen)
        coding = read_coding(targets, outputs)
        labels = coding.labels(targets)

    def row(at: int, text: str) -> dict[str, Any]:
        return {"line": sites[step.graph[at].site].line, "text": text}

    many, features = rows.shape
    classes = coding.classes
    wanted = f"{classes} classes" if classes else "numbers"
    return Handover(
        parted=parted,
        roles={
            "samples": row(roles.x[0], f"{many:,} of {features:,} numbers"),
            "targets": row(roles.joint, wanted),
        },
        steps=len(seen.steps),
        said={
            "coding": asdict(coding),
            "hidden": _hidden(seen, features, classes if seen.targets.index else outputs),
        },
        arrays={"rows": rows, "labels": labels},
    )


def _each_once(seen: Collector) -> tuple[Array, Array]:
    """Each sample as it was first taken; which one it is, its target tells, which has no noise."""
    found: dict[int, tuple[Array, Array]] = {}
    roots = set[Thread]()
    for step, (_, origin) in zip(seen.steps, seen.origins, strict=False):
        rows, targets = seen.arrays[step]
        thread = thread_of(origin, len(rows), seen.roles, samples=False)
        if thread is None:
            raise NotReadError("it is not known which of its samples a step takes")
        root, places, _ = thread.since(0)
        roots.add(root)
        for place, row, target in zip(places.tolist(), rows, targets, strict=True):
            found.setdefault(place, (row, target))
    if len(roots) != 1:
        raise NotReadError("no second epoch shows which samples there are")
    every = [found[place] for place in sorted(found)]
    return np.stack([row for row, _ in every]), np.stack([target for _, target in every])


def _outputs(seen: Collector) -> int:
    rows, targets = seen.arrays[0]
    return int(targets.size // len(rows))


def _hidden(seen: Collector, features: int, outputs: int) -> list[int]:
    """The units of the hidden layers: each weight has as many rows, or columns, as enter it.

    Nothing where the weights do not lead from the samples to the outputs in this way.
    """
    step = seen.roles.step
    held = (np.shape(step.value(ref)) for ref in step.carried.values())
    # those of a weight's momentum are as its own; a side of 1 may be that of a bias
    left = list(dict.fromkeys(shape for shape in held if len(shape) == 2))
    units, entering = list[int](), features
    while fits := [one for one in left if entering in one and (min(one) > 1 or entering == 1)]:
        left.remove(fits[0])
        entering = fits[0][0] if fits[0][1] == entering else fits[0][1]
        units.append(entering)
    if outputs == 1 and {(entering, 1), (1, entering)} & {*left}:
        return units
    return units[:-1] if units and entering == outputs else []
