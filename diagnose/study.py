"""One diagnosis, from a network to its report."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from diagnose.causes.code_pairs import code_pairs
from diagnose.causes.lattice import MOST_DEFECTS, Repair, measure_lattice, repaired
from diagnose.causes.twin import compare
from diagnose.causes.verdicts import trace
from diagnose.data import carried, subset
from diagnose.errors import BadInputError
from diagnose.instruments.admission import admit
from diagnose.instruments.bench import Bench, Defect
from diagnose.network.arrays import Arrays
from diagnose.network.record import Network
from diagnose.network.samples import Data
from diagnose.probes import DEFECTS, broadcast_shape
from diagnose.report import (
    NOT_REACHED,
    PRESENT,
    Cause,
    Finding,
    Interrupted,
    Parts,
    Report,
    Subject,
    Symptoms,
    Twin,
)
from diagnose.symptoms import probabilities, symptoms
from diagnose.training.pool import Pool
from diagnose.training.progress import Show, Stages, hide
from diagnose.training.store import Store
from diagnose.training.trainer import Trainer

NAMES = tuple(defect.name for defect in DEFECTS)
# Seeds of the trainings behind one probe's claim; the causes take as many as are asked for.
PROBE_SEEDS = 3


def diagnose(
    network: Network,
    *,
    against: Network | None = None,
    data: Data | None = None,
    images: int | None = None,
    epochs: int | None = None,
    seed: int = 0,
    seeds: int = 5,
    jobs: int | None = None,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
    probes_only: bool = False,
    compiled_path: bool = True,
    cache: str | os.PathLike[str] | None = None,
    progress: Show = hide,
) -> Report:
    """Find out what is wrong with a network, and which of it causes what one sees.

    network: the network under test; against: one to hold it against, such as a corrected twin.
    data: labelled images (default: the network's own, else the carried MNIST digits); images: how
    many of the training images to use (default: all). epochs: of each training (default: the
    network's own). seed: the first seed; seeds: how many the causes are shown with. jobs: trainings
    at once (default: one for each core; under ``joblib.parallel_config`` one for each worker).
    select, ignore: names of defects to look for, or not to. probes_only: do not train with repairs
    on and off. cache: a folder in which finished trainings are kept and found again (default:
    none). progress(what, done, total) is called meanwhile.

    Raises BadInputError for arguments that cannot be used, before anything is trained. Ctrl-C
    raises Interrupted, a KeyboardInterrupt, with the ``report`` on what was done by then.
    """
    started = time.perf_counter()
    wanted = chosen_defects(select, ignore)
    if data is None:
        data = network.data() if network.data else carried()
    data = data if images is None else subset(data, images)
    count = network.epochs if epochs is None else epochs
    for name, value in (("epochs", count), ("seeds", seeds)):
        if value < 1:
            raise BadInputError(f"{name} is {value}; give at least 1")
    if against is not None and against.name == network.name:
        raise BadInputError(
            f"both networks are named {network.name}; hold it against another, or against none"
        )
    if against is not None and against.task is not network.task:
        raise BadInputError(
            f"{network.name} is made for {network.task.name} and {against.name} for "
            f"{against.task.name}; hold it against one that is made for the same"
        )
    every = tuple(range(seed, seed + seeds))
    pool = Pool(jobs=jobs or -1, store=Store(Path(cache)) if cache else None)
    stages = Stages(progress)
    trainer = partial(
        Trainer,
        data=data,
        epochs=count,
        pool=pool,
        compiled_path=compiled_path,
        progress=stages,
    )
    both = [one for one in (network, against) if one is not None]
    trainers = {one.name: trainer() for one in both}
    subjects = {one.name: subject(one, {}) for one in both}
    seen: dict[str, Symptoms] = {}
    findings: dict[str, list[Finding]] = {}
    troubles: dict[str, str] = {}
    causes: dict[str, Cause] = {}
    twin: Twin | None = None
    parts: Parts | None = None
    no_twin = ""
    interrupted = None
    try:
        for one in both:
            stages.current = (f"checking {one.name}", 0, 1)
            admit(one, data)
            subjects[one.name] = subject(one, one.init(0))
            stages.current = (f"training {one.name} as found", 0, 1)
            seen[one.name] = observe(one, trainers[one.name], seed)
            if trouble := trainers[one.name].trouble(one, seed):
                troubles[one.name] = trouble
            findings[one.name] = []
            for finding in probing(one, trainers[one.name], wanted, every, stages):
                findings[one.name].append(finding)
            trainers[one.name].forget()
        main = trainers[network.name]
        if not probes_only:
            causes = find_causes(network, findings[network.name], every, main)
            compared = compare(network, main, every)
            if isinstance(compared, str):
                no_twin = compared
            else:
                twin, parts = compared
    except KeyboardInterrupt:
        interrupted = stages.story()
        for one in both:
            ended = findings.setdefault(one.name, [])
            ended += [not_reached(defect) for defect in wanted[len(ended) :]]
    own = [count for one in trainers.values() for count in one.own.values()]
    report = Report(
        network=subjects[network.name],
        against=subjects[against.name] if against else None,
        data={
            "name": data.name,
            "training_images": len(data.labels),
            "test_images": len(data.test_labels),
            "tested_on_training_images": data.test_images is data.images,
            "notes": list(data.notes),
        },
        settings={
            "epochs": count,
            "seed": seed,
            "seeds": seeds,
            "probes_only": probes_only,
            "defects": [defect.name for defect in wanted],
        },
        symptoms=seen,
        findings=findings,
        causes=causes,
        code=code_pairs(network, against, NAMES) if against else [],
        runs={
            "trainings": sum(one.asked for one in trainers.values()),
            "distinct": pool.made + pool.found + sum(own),
            "own_functions": {name: one.own for name, one in trainers.items() if one.own},
            **({"stopped": troubles} if troubles else {}),
            **({"no_twin": no_twin} if no_twin else {}),
            "seconds": time.perf_counter() - started,
        },
        interrupted=interrupted,
        twin=twin,
        parts=parts,
    )
    if interrupted is not None:
        raise Interrupted(report)
    return report


def chosen_defects(select: Collection[str], ignore: Collection[str]) -> list[Defect]:
    """The defects to look for; BadInputError for a name that is none."""
    for name in (*select, *ignore):
        if name not in NAMES:
            raise BadInputError(f"there is no defect named {name!r}; there are {', '.join(NAMES)}")
    chosen = [d for d in DEFECTS if (not select or d.name in select) and d.name not in ignore]
    if not chosen:
        raise BadInputError("every defect was left out; select at least one")
    return chosen


def observe(network: Network, trainer: Trainer, seed: int) -> Symptoms:
    """Train the network as found and look at what it says on the test images."""
    run = trainer.run(network, seed)
    if run.stopped:
        return trainer.symptoms(network, run)
    outputs, overflowed = probabilities(
        network, run.parameters, trainer.rows(network, "test_images")
    )
    return symptoms(network, outputs, trainer.data.test_labels, overflowed)


def probe(
    network: Network,
    trainer: Trainer,
    defects: Sequence[Defect],
    seeds: Sequence[int],
    progress: Show = hide,
) -> list[Finding]:
    """Look for each defect; see ``probing``."""
    return list(probing(network, trainer, defects, seeds, progress))


def probing(
    network: Network,
    trainer: Trainer,
    defects: Sequence[Defect],
    seeds: Sequence[int],
    progress: Show = hide,
) -> Iterator[Finding]:
    """Look for each defect, with those found before it repaired where a probe needs that.

    Once a parameter that becomes a matrix was found, the network is looked at as found but for
    that: nothing more could be seen of one whose steps stop.
    """
    findings: list[Finding] = []
    found = network
    for done, defect in enumerate(defects):
        progress(f"probing {network.name}: {defect.name}", done, len(defects))
        sane = repaired(network, repairs(findings))
        bench = Bench(network=found, sane=sane, trainer=trainer, seeds=tuple(seeds[:PROBE_SEEDS]))
        finding = defect.probe(bench)
        findings.append(finding)
        yield finding
        if defect.name == broadcast_shape.NAME and finding.status == PRESENT:
            found = repaired(network, repairs([finding]))
    progress(f"probing {network.name}", len(defects), len(defects))


def not_reached(defect: Defect) -> Finding:
    """What is said of a defect that nobody came to look for."""
    return Finding(
        defect=defect.name,
        status=NOT_REACHED,
        observed="not looked for: interrupted before that",
        expected="",
        where=None,
        advice="run it again, or look for it alone with --select",
    )


def repairs(findings: Sequence[Finding]) -> list[Repair]:
    """The repair of each defect found present, made from what its probe measured."""
    by_name = {defect.name: defect for defect in DEFECTS}

    def bound(finding: Finding) -> Repair:
        repair: Callable[..., Network] = by_name[finding.defect].repair
        return lambda network: repair(network, finding.numbers)

    return [bound(finding) for finding in findings if finding.status == PRESENT]


def find_causes(
    network: Network, findings: Sequence[Finding], seeds: Sequence[int], trainer: Trainer
) -> dict[str, Cause]:
    """Train with repairs on and off, and trace each symptom to its causes."""
    present = [finding for finding in findings if finding.status == PRESENT]
    if not present:
        return {}
    if len(present) > MOST_DEFECTS:
        raise BadInputError(
            f"{len(present)} defects were found, too many for all sets of repairs; "
            f"look for at most {MOST_DEFECTS} at a time with select or ignore"
        )
    values = measure_lattice(network, repairs(present), seeds, trainer)
    names = [finding.defect for finding in present]
    return {symptom: trace(symptom, names, several) for symptom, several in values.items()}


def subject(network: Network, parameters: Arrays) -> Subject:
    """A network as the report names it, with its parameters as drawn, where they are known."""
    return Subject(
        name=network.name,
        source=network.source,
        parameters={name: list(np.shape(one)) for name, one in parameters.items()},
        posted=list(network.posted) if network.posted else None,
        remarks=list(network.remarks),
    )
