"""One diagnosis, from a network to its report."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from diagnose.causes.agreement import is_yardstick
from diagnose.causes.carried_over import in_the_data, in_unit, unlike_test
from diagnose.causes.code_pairs import code_pairs
from diagnose.causes.in_time import EXCHANGING, compare_in_time, lattice_in_time
from diagnose.causes.lattice import MOST_DEFECTS, foresee
from diagnose.causes.renumbered import renumbered, renumbering
from diagnose.causes.reordered import reordered
from diagnose.causes.twin import foresee as foresee_twin
from diagnose.causes.verdicts import trace
from diagnose.causes.weighing import weighed, working_level
from diagnose.errors import BadInputError
from diagnose.examining.asked_for import NAMES, chosen_data, chosen_defects, refuse
from diagnose.examining.examined import Examined, Looked, subject, told_of_runs
from diagnose.examining.probing import TOO_LATE, not_reached, probed, probing, repairs
from diagnose.examining.size_shown import with_size
from diagnose.instruments.admission import admit
from diagnose.instruments.bench import Defect
from diagnose.instruments.comparing import are_apart
from diagnose.network.arrays import keep_what_is_freed
from diagnose.network.authors_code import ends_no_process
from diagnose.network.record import Network
from diagnose.network.samples import Data
from diagnose.network.tasks import CLASSIFICATION, TASKS
from diagnose.report import (
    CUT_BESIDE,
    CUT_CHECKS,
    CUT_PROBES,
    CUT_SYMPTOMS,
    NOT_REACHED,
    PRESENT,
    Cause,
    Finding,
    Interrupted,
    Parts,
    Report,
    Symptoms,
    Twin,
    equals_its_twin,
)
from diagnose.style.places import placed
from diagnose.style.text import percent
from diagnose.symptoms import chance, probabilities, symptoms
from diagnose.training.budget import Budget, OutOfTime
from diagnose.training.cuts import Cuts
from diagnose.training.pool import Pool
from diagnose.training.progress import Show, Stages, hide
from diagnose.training.store import Store
from diagnose.training.trainer import Trainer

# Of the time that there is, the rest is for putting a report together.
WORKING = 0.9
# Shares of what is left of it, at most, so that what comes later has its turn: for the check, for
# the training as found, for all probes, and for the network beside it.
CHECKING, AS_FOUND, PROBING, BESIDE = 0.5, 0.8, 0.6, 0.2

# 5 times with batches of 32 and 128 units, 50 with one sample and ten units (benchmarks/README.md).
SLOWLY = "trained by its own functions, which takes many times as long as the compiled loop"


@ends_no_process()
@threadpool_limits.wrap(limits=1, user_api="blas")  # more would wait by asking, and round otherwise
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
    watched: dict[str, Any] | None = None,
    within: float | None = None,
    beside: Callable[[], Looked | None] | None = None,
) -> Report:
    """Find out what is wrong with a network, and which of it causes what one sees.

    network: the network under test; against: one to hold it against, such as a corrected twin.
    data: labelled images (default: the network's own, else the carried MNIST digits); images: how
    many of the training images to use (default: all). epochs: of each training (default: the
    network's own). seed: the first seed; seeds: how many the causes are shown with. jobs: trainings
    at once (default: one for each core; under ``joblib.parallel_config`` one for each worker).
    select, ignore: names of defects to look for, or not to. probes_only: do not train with repairs
    on and off. cache: a folder in which finished trainings are kept and found again (default:
    none). progress(what, done, total) is called meanwhile; ``Stages`` are told what was found, too,
    when it is there. watched: how the network was read out of a script, for the report. within:
    seconds in which there is to be a report, of what could be shown by then (default: no limit);
    it says what was left out. beside: what another process has found out about ``against``, by
    ``look_beside``; None where it has not.

    Raises BadInputError for arguments that cannot be used, before anything is trained. Ctrl-C
    raises Interrupted, a KeyboardInterrupt, with the ``report`` on what was done by then.
    """
    started = time.perf_counter()
    keep_what_is_freed()
    wanted = chosen_defects(select, ignore)
    data = chosen_data(network, data, images)
    epochs = network.epochs if epochs is None else epochs
    refuse(network, against, within, epochs=epochs, seeds=seeds)
    every = tuple(range(seed, seed + seeds))
    stages = progress if isinstance(progress, Stages) else Stages(progress)
    pool = pool_for(jobs, cache, within)
    cuts = Cuts()
    both = [
        Examined(
            network=one,
            trainer=Trainer(
                data=data, epochs=epochs, pool=pool, compiled_path=compiled_path, progress=stages
            ),
            subject=subject(one, {}),
        )
        for one in (network, against)
        if one is not None
    ]
    first = both[0]
    told = Explained()
    interrupted = None
    try:
        examine(first, wanted, every, stages, cuts, explained=not probes_only)
        for one in both[1:]:
            stages(f"probing {one.network.name}", 0, len(wanted))
            if (looked := beside() if beside else None) is None:
                first.trainer.forget()  # not the images of both at once
                examine_beside(one, wanted, every, stages, cuts)
            else:
                take(one, looked, stages, cuts)
        stages.seen({one.network.name: one.seen for one in both if one.seen}, first.subject.posted)
        if not probes_only and first.checked:
            explain(told, first, every, stages, EXCHANGING, watched is not None)
        probe_late(first, wanted, every, stages, cuts)
        # In what the others left over; what is trained stays so.
        if told.cuts.noted and pool.budget.fits(told.cuts.needed or 0.0):
            further = replace(told)
            explain(further, first, every, stages, 1.0, watched is not None)
            told = further if further.compared else told
        judged = None if told.unlike.get("lost") else first.seen
        first.findings = weighed(first.findings, told.causes, judged)
    except KeyboardInterrupt as stop:
        interrupted = "; ".join(filter(None, [stages.story(), *map(str, stop.args)]))
        for one in both:
            late = wanted[len(one.findings) :]
            one.findings += [not_reached(defect, "interrupted before that") for defect in late]
    finally:
        pool.end()
    data = first.trainer.data
    twin, parts = told.compared if isinstance(told.compared, tuple) else (None, None)
    runs = told_of_runs(both, pool)
    if isinstance(told.compared, str):
        runs["no_twin"] = told.compared
    cuts.noted += told.cuts.noted
    report = Report(
        network=first.subject,
        against=both[1].subject if against else None,
        data={
            "name": data.name,
            "training_images": len(data.labels),
            "test_images": len(data.test_labels),
            "tested_on_training_images": data.tested_on_training,
            "notes": list(data.notes),
            **({"unlike_test": told.unlike} if told.unlike else {}),
            **({"renumbered": told.numbers} if told.numbers else {}),
        },
        settings={
            "epochs": epochs,
            "seed": seed,
            "seeds": seeds,
            "probes_only": probes_only,
            "defects": [defect.name for defect in wanted],
        },
        symptoms={one.network.name: one.seen for one in both if one.seen},
        findings={one.network.name: one.findings for one in both if one.findings},
        causes=told.causes,
        code=code_pairs(network, against, NAMES) if against else [],
        runs={**runs, "seconds": time.perf_counter() - started},
        within=cuts.told(within, time.perf_counter() - started) if within is not None else None,
        interrupted=interrupted,
        twin=twin,
        parts=parts,
        watched=watched,
    )
    if interrupted is not None:
        raise Interrupted(report)
    return report


def pool_for(jobs: int | None, cache: str | os.PathLike[str] | None, within: float | None) -> Pool:
    """What makes the trainings of one process, by arguments as of ``diagnose``."""
    return Pool(
        jobs=jobs or -1,
        store=Store(Path(cache)) if cache else None,
        budget=Budget.of(None if within is None else WORKING * within),
    )


def examine(
    one: Examined,
    wanted: Sequence[Defect],
    seeds: Sequence[int],
    stages: Stages,
    cuts: Cuts,
    *,
    explained: bool = False,
) -> None:
    """Check that a network can be run, train it as found, and look for each defect.

    explained: whether causes are looked for afterwards, so that their trainings can begin now.
    """
    network, trainer, pool = one.network, one.trainer, one.trainer.pool
    try:
        with pool.limited(CHECKING):
            stages.current = (f"checking {network.name}", 0, 1)
            admit(network, trainer.data)
            one.subject = subject(network, network.init(0))
    except OutOfTime as stop:
        cuts.add(CUT_CHECKS, 0, 1, stop.needed)
        one.findings = [not_reached(defect, TOO_LATE) for defect in wanted]
        return
    one.checked, takes = True, None
    try:
        with pool.limited(AS_FOUND):
            stages.current = (f"training {network.name} as found", 0, 1)
            if reason := trainer.outside(network, seeds[0]):
                stages.tell(f"{network.name}: {SLOWLY}: {reason}")
            takes = trainer.own_seconds(network, seeds[0])
            one.seen = observe(network, trainer, seeds[0])
            one.trouble = trainer.trouble(network, seeds[0])
        stages.tell(f"{network.name}: {one.trouble or in_short(one.seen)}")
    except OutOfTime as stop:
        cuts.add(CUT_SYMPTOMS, 0, 1, stop.needed or takes)
    if explained:
        foresee_twin(network, trainer, seeds)
    # Where it cannot be trained whole, there is nothing to come for which to keep time.
    with suppress(OutOfTime), pool.limited(PROBING if one.seen else 1.0):
        for finding in probing(network, trainer, wanted, seeds, stages):
            one.findings.append(finding)
            tell_of(finding, network, stages)
            if explained and finding.status == PRESENT:
                foresee(network, repairs(one.findings), seeds, trainer)
    one.findings += [not_reached(defect, TOO_LATE) for defect in wanted[len(one.findings) :]]
    pool.foresee_no_more()
    trainer.prepared.let_go()


def tell_of(finding: Finding, network: Network, stages: Stages) -> None:
    """Say at once that a defect was found, and where."""
    if finding.status == PRESENT:
        where = f" ({placed(finding.where.file, finding.where.line)})" if finding.where else ""
        stages.tell(f"{network.name}: {finding.defect}{where}")
        stages.found(finding)


def probe_late(
    one: Examined, wanted: Sequence[Defect], seeds: Sequence[int], stages: Stages, cuts: Cuts
) -> None:
    """Look for what there was no time for among the others, in what they left over."""
    for at, defect in enumerate(wanted):
        if one.findings[at].status == NOT_REACHED:
            before = one.findings[:at]
            finding = probed(defect, one.network, before, one.trainer, seeds, 1.0)
            one.findings[at] = finding
            tell_of(finding, one.network, stages)
    late = [found for found in one.findings if found.status == NOT_REACHED]
    if late:
        needs = [found.numbers["needed"] for found in late]
        needed = None if None in needs else sum(needs)
        cuts.add(CUT_PROBES, len(wanted) - len(late), len(wanted), needed)
    one.trainer.forget()


# Where a sound network answers with the numbers of other classes, and this one rather with its own.
MISREAD = "a sound network learns other targets than this one does: they were read wrongly"


@dataclass
class Explained:
    """What trainings have told so far: filled in as it is known, so that Ctrl-C leaves it.

    compared: with the twin, or why there is none; None where there was no time. numbers: see
    ``renumbered``. unlike: see ``carried_over``. cuts: what was left out
    for want of time.
    """

    compared: tuple[Twin, Parts] | str | None = None
    numbers: list[int] = field(default_factory=list)
    unlike: dict[str, Any] = field(default_factory=dict)
    causes: dict[str, Cause] = field(default_factory=dict)
    cuts: Cuts = field(default_factory=Cuts)


def _right(seen: Symptoms | None) -> float:
    """The share of right answers, each class counted alike; 0 where it is not known."""
    return (seen.balanced_accuracy if seen is not None else None) or 0.0


def explain(
    told: Explained,
    one: Examined,
    seeds: Sequence[int],
    stages: Stages,
    share: float,
    is_script: bool,
) -> None:
    """Compare a network with its twin, in a share of the time, and find the causes.

    Where the test asks for something else than the training teaches, it is tested otherwise from
    then on; also where a script's targets and answers number the classes differently.
    """

    def compare(trainer: Trainer) -> None:
        if trainer is not one.trainer:
            one.trainer = trainer
            one.seen = observe(one.network, trainer, seeds[0])
        told.cuts = Cuts()
        told.compared = compare_in_time(one.network, trainer, seeds, told.cuts, share)

    compare(one.trainer)
    if is_script and not told.numbers and isinstance(told.compared, tuple):
        told.numbers = renumbering(one.network, one.trainer, told.compared[0], seeds[0])
        if told.numbers:
            trainer, seen = one.trainer, one.seen
            compare(renumbered(trainer, told.numbers))
            if _right(one.seen) < _right(seen):
                one.trainer, one.seen = trainer, seen
                told.compared, told.numbers = MISREAD, []
    network = one.network
    if not told.unlike and isinstance(told.compared, tuple):
        of = network, one.trainer, told.compared[0], seeds[0]
        told.unlike = (is_script and reordered(*of)) or unlike_test(*of)
        if "slope" in told.unlike:
            compare(in_unit(one.trainer, told.unlike))
        elif told.unlike and not told.unlike.get("lost"):
            compare(one.trainer.tested_on_training())
    lost = bool(told.unlike.get("lost"))
    if lost and isinstance(told.compared, tuple):
        told.compared = told.compared[0], in_the_data(told.compared[1])
    if isinstance(told.compared, tuple):
        stages.tell(f"a sound network of its shape: {told.compared[0].score:.2f}")
    before = [*one.findings]
    if isinstance(told.compared, tuple):
        one.findings = with_size(one.findings, network, one.trainer, told.compared)
    # of samples that are mixed, trainings with repairs show what is learned by heart
    if lost or network.whole:
        return

    def causes() -> dict[str, Cause]:
        works = working_level(network, told.compared)
        return find_causes(
            network, one.findings, seeds, one.trainer, works, told.compared, told.cuts
        )

    told.causes = causes() or told.causes
    compared = told.compared if not told.unlike else None  # which says of the test, not of parts
    if isinstance(compared, tuple) and not is_yardstick(compared, told.causes):
        told.compared, one.findings = None, before
        told.causes = causes() or told.causes  # the trainings are known; they are judged anew


def examine_beside(
    one: Examined, wanted: Sequence[Defect], seeds: Sequence[int], stages: Stages, cuts: Cuts
) -> None:
    """The same for the network beside it, of which there is all or, for want of time, nothing."""
    own = Cuts()
    with suppress(OutOfTime), one.trainer.pool.limited(BESIDE):
        examine(one, wanted, seeds, stages, own)
        probe_late(one, wanted, seeds, stages, own)
    one.trainer.forget(all_of_it=True)
    if own.noted or len(one.findings) < len(wanted):
        one.seen, one.findings = None, []
        cuts.add(CUT_BESIDE, 0, 1, own.needed)


def take(one: Examined, looked: Looked, stages: Stages, cuts: Cuts) -> None:
    """Know what another process found out, and tell it, as if it had been found out here."""
    one.take(looked)
    cuts.noted += looked.cuts
    for line in looked.lines:
        stages.tell(line)
    for finding in looked.findings:
        if finding.status == PRESENT:
            stages.found(finding)


@ends_no_process()
@threadpool_limits.wrap(limits=1, user_api="blas")
def look_beside(
    network: Network,
    against: Network,
    *,
    data: Data | None,
    images: int | None,
    epochs: int | None,
    seed: int,
    seeds: int,
    jobs: int | None,
    select: Collection[str],
    ignore: Collection[str],
    cache: str | None,
    within: float | None,
) -> Looked | None:
    """Look at the network that another is held against, in a process of its own.

    Arguments as of ``diagnose``. None where its own functions train it: that is what the process
    that reports has workers for.
    """
    lines: list[str] = []
    cuts, stages = Cuts(), Stages(tell=lines.append)
    trainer = Trainer(
        data=chosen_data(network, data, images),
        epochs=network.epochs if epochs is None else epochs,
        pool=pool_for(jobs, cache, within),
    )
    if trainer.outside(against, seed):
        return None
    one = Examined(network=against, trainer=trainer, subject=subject(against, {}))
    every = range(seed, seed + seeds)
    examine_beside(one, chosen_defects(select, ignore), every, stages, cuts)
    return one.told(lines, cuts.noted)


def in_short(seen: Symptoms) -> str:
    """How well a network does, in a few words."""
    task = TASKS[seen.task]
    if task is CLASSIFICATION:
        return f"{percent(seen.balanced_accuracy)} right, each class counted alike"
    return f"{task.goodness.words} {task.goodness.written(task.goodness.value(seen))}"


def observe(network: Network, trainer: Trainer, seed: int) -> Symptoms:
    """Train the network as found and look at what it says on the test images."""
    run = trainer.run(network, seed)
    if run.stopped:
        return trainer.symptoms(network, run)
    outputs, overflowed = probabilities(
        network, run.parameters, trainer.rows(network, "test_images")
    )
    return symptoms(network, outputs, trainer.data.test_labels, overflowed)


def find_causes(
    network: Network,
    findings: Sequence[Finding],
    seeds: Sequence[int],
    trainer: Trainer,
    works: float | None = None,
    compared: tuple[Twin, Parts] | str | None = None,
    cuts: Cuts | None = None,
) -> dict[str, Cause]:
    """Train with repairs on and off, and trace each symptom to its causes.

    works: the outcome from which the network works, where that is known. Where there is no time for
    all sets of repairs, those of the defects in parts that make the difference to the twin.
    """
    present = [finding for finding in findings if finding.status == PRESENT]
    if not present:
        return {}
    if len(present) > MOST_DEFECTS:
        raise BadInputError(
            f"{len(present)} defects were found, too many for all sets of repairs; "
            f"look for at most {MOST_DEFECTS} at a time with select or ignore"
        )
    parts = compared[1].minimal if isinstance(compared, tuple) else []
    likely = [at for at, one in enumerate(present) if any(one.part in some for some in parts)]
    measured = lattice_in_time(network, repairs(present), likely, seeds, trainer, cuts or Cuts())
    if measured is None:
        return {}
    tried, lattice = measured
    names = [present[at].defect for at in tried]
    sound = (
        isinstance(compared, tuple)
        and equals_its_twin(*compared)
        # what seeds may do is no proof that all is well
        and not are_apart(compared[1].found, compared[1].twin, chance(network))
    )
    return {one: trace(one, names, lattice, works, sound=sound) for one in lattice.values}
