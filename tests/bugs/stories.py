"""What every bug's test asks: found in the post, planted alone it is found, repaired it is gone."""

from __future__ import annotations

from functools import lru_cache

from buggy_reference import NETWORK as POST
from diagnose.causes import repaired
from diagnose.data import carried, subset
from diagnose.network import Network
from diagnose.probes import DEFECTS, Defect
from diagnose.report import Finding, Report
from diagnose.study import probe, repairs
from diagnose.trainer import Trainer
from fixed import NETWORK as FIXED

# Enough that every defect has its effect, and few enough to train in a tenth of a second.
IMAGES, EPOCHS = 2000, 6
BY_NAME = {defect.name: defect for defect in DEFECTS}


@lru_cache
def trainer() -> Trainer:
    return Trainer(data=subset(carried(), IMAGES), epochs=EPOCHS, jobs=2)


def findings(network: Network, seed: int = 0) -> dict[str, Finding]:
    seeds = (seed, seed + 1, seed + 2)
    return {one.defect: one for one in probe(network, trainer(), DEFECTS, seeds)}


def present(network: Network, seed: int = 0) -> set[str]:
    return {name for name, one in findings(network, seed).items() if one.status == "present"}


def planted(name: str) -> Network:
    return BY_NAME[name].inject(FIXED)


def repaired_alone(name: str, network: Network, found: Finding) -> Network:
    return repaired(network, repairs([found]))


def in_post(report: Report, name: str) -> Finding:
    return next(one for one in report.findings[POST.name] if one.defect == name)


def in_twin(report: Report, name: str) -> Finding:
    return next(one for one in report.findings[FIXED.name] if one.defect == name)


def assert_found_alone_and_repaired(name: str) -> None:
    """Planted alone it is found and nothing else is; its own repair leaves nothing to find."""
    network = planted(name)
    seen = findings(network)
    assert {one for one, finding in seen.items() if finding.status == "present"} == {name}
    assert present(repaired_alone(name, network, seen[name])) == set()


def accuracy(network: Network, seed: int = 0) -> float:
    run = trainer().run(network, seed)
    value = trainer().symptoms(network, run).balanced_accuracy
    assert value is not None
    return value


__all__ = ["FIXED", "POST", "Defect"]
