"""That there are too few units, where a probe left it open and exchanges have shown it.

A handful may be learned by heart by luck, or not with more units, either. Where a sound network of
the same shape fails, and one with more units does not, that is shown on all samples; then trainings
tell what more units would cure in the author's own network.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from diagnose.causes.widening import units_in
from diagnose.network.record import Network
from diagnose.probes.too_few_units import runs, widened
from diagnose.report import ABSENT, ERROR, MASKED, PRESENT, Finding, Parts, Twin
from diagnose.training.trainer import Trainer

NAME, SIZE, UNITS = "too-few-units", "size", "units"


def decided(finding: Finding, twin: Twin, parts: Parts) -> Finding:
    """A finding of the size by a probe, where the exchange has shown it to be one.

    It is one of units: what a network lacks in biases alone says nothing of them. A handful that is
    learned by heart says nothing against that: it is not all samples.
    """
    if finding.part != SIZE or UNITS not in twin.lacks:
        return finding
    return replace(
        finding,
        status=PRESENT,
        severity=ERROR,
        observed=f"{finding.observed}. A sound network of the same shape reaches "
        f"{twin.same_shape:.3f}, one with {twin.lacks} {parts.twin:.3f}",
        advice=f"give it {twin.lacks}",
    )


def with_size(
    findings: Sequence[Finding], network: Network, trainer: Trainer, compared: tuple[Twin, Parts]
) -> list[Finding]:
    """The findings, in which it is one that there are too few units, where exchanges show that.

    Only of a network that runs with more: of any other no training can tell what they would cure.
    """
    twin, parts = compared
    if parts.undecided or not parts.minimal or SIZE not in parts.minimal[0]:
        return [*findings]
    return [
        _to_be_tried(one, network, trainer, twin, parts)
        if one.defect == NAME and one.status in (ABSENT, MASKED)
        else one
        for one in findings
    ]


def _to_be_tried(
    finding: Finding, network: Network, trainer: Trainer, twin: Twin, parts: Parts
) -> Finding:
    """The finding with a repair: so many times as many units as the sound network has."""
    units = finding.numbers.get("units")
    made = decided(finding, twin, parts)
    if not units or made is finding:
        return finding
    times = max(math.ceil(units_in(one) / one) for one in units)
    few = slice(network.batch_size)
    if not runs(widened(network, times), trainer.rows(network)[few], trainer.data.labels[few]):
        return finding
    return replace(made, numbers={**finding.numbers, "times": times})
