"""Each defect looked for in its turn, and the repairs of those that were found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from diagnose.causes.lattice import Repair, repaired
from diagnose.instruments.anew import computed_anew
from diagnose.instruments.bench import Bench, Defect
from diagnose.network.record import Network
from diagnose.probes import DEFECTS, broadcast_shape
from diagnose.report import ABSENT, MASKED, NOT_REACHED, PRESENT, Finding
from diagnose.style.text import listed
from diagnose.training.budget import OutOfTime
from diagnose.training.progress import Show, hide
from diagnose.training.trainer import Trainer

# What one probe may take, at most, of what is left for all: so that the later have their turn.
EACH_PROBE = 0.6
TOO_LATE = "not within this time"
# Parts of which the trainings of a network say whether they do.
JUDGED_LAST = ("pace", "size")
# Seeds of the trainings behind one probe's claim; the causes take as many as are asked for.
PROBE_SEEDS = 3


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
    for done, defect in enumerate(defects):
        progress(f"probing {network.name}: {defect.name}", done, len(defects))
        finding = probed(defect, network, findings, trainer, seeds)
        findings.append(finding)
        yield finding
    progress(f"probing {network.name}", len(defects), len(defects))


def probed(
    defect: Defect,
    network: Network,
    findings: Sequence[Finding],
    trainer: Trainer,
    seeds: Sequence[int],
    share: float = EACH_PROBE,
) -> Finding:
    """Look for one defect, if a share of the time is enough; findings: on those before it.

    Whether a pace or a size does is judged on what is else in order. So it is not judged where
    something before it was not looked for.
    """
    late = [one.defect for one in findings if one.status == NOT_REACHED]
    if late and defect.part in JUDGED_LAST:
        return not_reached(defect, f"{late[0]}, which comes first, was not looked for", 0.0)
    try:
        with trainer.pool.limited(share):
            stretched = [one for one in findings if one.defect == broadcast_shape.NAME]
            found = repaired(network, repairs(stretched))
            sane = repaired(network, repairs(findings))
            chosen = tuple(seeds[:PROBE_SEEDS])
            made = defect.probe(Bench(network=found, sane=sane, trainer=trainer, seeds=chosen))
            return _if_the_authors(made, defect, sane)
    except OutOfTime as stop:
        return not_reached(defect, TOO_LATE, stop.needed)


def _if_the_authors(finding: Finding, defect: Defect, sane: Network) -> Finding:
    """What was found, where the code that it was looked for in is the author's still."""
    anew = computed_anew(sane, "forward") if defect.part == "forward" else []
    if finding.status != ABSENT or not anew:
        return finding
    why = f"not seen where {listed(anew)} are computed anew, in the repair of another defect"
    advice = "repair what else was found, then look again"
    return replace(finding, status=MASKED, observed=f"{why}; {finding.observed}", advice=advice)


def not_reached(defect: Defect, why: str, needed: float | None = None) -> Finding:
    """What is said of a defect that nobody came to look for; needed: seconds that it would take."""
    takes = f"; its trainings would take about {needed:.0f} s" if needed else ""
    return Finding(
        defect=defect.name,
        status=NOT_REACHED,
        observed=f"not looked for: {why}{takes}",
        expected="",
        where=None,
        advice="run it again, or look for it alone with --select",
        numbers={"needed": needed},
    )


def repairs(findings: Sequence[Finding]) -> list[Repair]:
    """The repair of each defect found present, made from what its probe measured."""
    by_name = {defect.name: defect for defect in DEFECTS}

    def bound(finding: Finding) -> Repair:
        repair: Callable[..., Network] = by_name[finding.defect].repair
        return lambda network: repair(network, finding.numbers)

    return [bound(finding) for finding in findings if finding.status == PRESENT]
