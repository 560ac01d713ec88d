"""What the tests of probes ask alike: silent, found, repaired, and how well it learns."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from diagnose.instruments.admission import admit as check
from diagnose.instruments.bench import Defect
from diagnose.network.record import Network
from diagnose.network.samples import Data
from diagnose.report import ABSENT, PRESENT, Finding
from tests.networks import bench, images


def silent(defect: Defect, network: Network, **options: Any) -> Finding:
    """The finding on a network that has nothing of the defect."""
    finding = defect.probe(bench(network, **options))
    assert finding.status == ABSENT, finding.observed
    json.dumps(finding.numbers, allow_nan=False)
    return finding


def planted_and_repaired(defect: Defect, network: Network) -> tuple[Network, Finding, Network]:
    """The network with the defect planted, what is found there, and the network repaired.

    Planting and repairing give values: done twice, they give the same.
    """
    data = images(classes=network.classes)
    planted = defect.inject(network)
    assert planted == defect.inject(network)
    check(planted, data)
    finding = defect.probe(bench(planted, data=data))
    assert finding.status == PRESENT, finding.observed
    json.dumps(finding.numbers, allow_nan=False)
    repaired = defect.repair(planted, finding.numbers)
    assert repaired == defect.repair(planted, finding.numbers)
    silent(defect, repaired, data=data)
    return planted, finding, repaired


def accuracy(network: Network, data: Data | None = None) -> float:
    """The mean over three seeds, by the compiled loop where it can."""
    one = bench(network, data=data or images(), compiled_path=True)
    runs = one.trainer.runs([(network, seed) for seed in one.seeds], "")
    scores: Any = [one.trainer.symptoms(network, run).balanced_accuracy for run in runs]
    return float(np.mean(scores))
