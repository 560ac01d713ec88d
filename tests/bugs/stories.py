"""What every bug's test asks: found in the post, planted alone it is found, repaired it is gone."""

from __future__ import annotations

from functools import cache

import pytest

from buggy_reference import NETWORK as POST
from diagnose.causes.lattice import repaired
from diagnose.examining.probing import repairs
from diagnose.network.record import Network
from diagnose.probes import DEFECTS, Defect
from diagnose.report import Finding, Report
from diagnose.teaching import checks
from diagnose.teaching.checks import NotYetError, check, forbid, present, trainer
from fixed import NETWORK as FIXED

BY_NAME = {defect.name: defect for defect in DEFECTS}


def planted(name: str) -> Network:
    return BY_NAME[name].inject(FIXED)


@cache
def findings(network: Network) -> dict[str, Finding]:
    """What every probe says of the network; asked once for all tests, which only read it."""
    return checks.findings(network)


def repaired_alone(name: str, network: Network, found: Finding) -> Network:
    return repaired(network, repairs([found]))


def in_post(report: Report, name: str) -> Finding:
    return next(one for one in report.findings[POST.name] if one.defect == name)


def in_twin(report: Report, name: str) -> Finding:
    return next(one for one in report.findings[FIXED.name] if one.defect == name)


def assert_found_alone_and_repaired(name: str) -> None:
    """Planted alone it is found and nothing else is; its own repair leaves nothing to find.

    By the check that a learner's repair is held against in the notebooks.
    """
    network = planted(name)
    seen = findings(network)
    assert {one for one, finding in seen.items() if finding.status == "present"} == {name}
    with pytest.raises(NotYetError, match=f"RED: here is {name}"):
        forbid(seen, network, "RED: here is")
    check(repaired_alone(name, network, seen[name]), name, others=())


def accuracy(network: Network, seed: int = 0) -> float:
    run = trainer().run(network, seed)
    value = trainer().symptoms(network, run).balanced_accuracy
    assert value is not None
    return value


__all__ = ["FIXED", "POST", "Defect", "findings", "present", "trainer"]
