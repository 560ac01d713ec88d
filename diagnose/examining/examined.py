"""One of the networks of a diagnosis: what is known of it by now, and how a report names it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diagnose.network.arrays import Arrays
from diagnose.network.record import Network
from diagnose.report import Finding, Subject, Symptoms
from diagnose.training.pool import Pool
from diagnose.training.trainer import Trainer


@dataclass(kw_only=True)
class Examined:
    """One of the networks of a diagnosis, and what is known of it by now.

    checked: whether it does what the contract says. seen: its symptoms as found. trouble: why it
    gives no answer, where it gives none.
    """

    network: Network
    trainer: Trainer
    subject: Subject
    checked: bool = False
    seen: Symptoms | None = None
    trouble: str = ""
    findings: list[Finding] = field(default_factory=list)

    def told(self, lines: list[str], cuts: list[dict[str, Any]]) -> Looked:
        """What another process is to know of it."""
        return Looked(
            subject=self.subject, checked=self.checked, seen=self.seen, trouble=self.trouble,
            findings=self.findings, lines=lines, cuts=cuts, asked=self.trainer.asked_in_all,
            own=self.trainer.own, runs=self.trainer.pool.runs,
        )  # fmt: skip

    def take(self, looked: Looked) -> None:
        """Know what another process found out, as if it had been found out here."""
        self.subject, self.checked = looked.subject, looked.checked
        self.seen, self.trouble, self.findings = looked.seen, looked.trouble, looked.findings
        self.trainer.asked, self.trainer.own = looked.asked, looked.own
        self.trainer.pool.made += len(looked.runs - self.trainer.pool.runs)


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What another process found out about a network; see ``Examined``.

    lines: what is told of it where it is shown as soon as it is known. cuts: what there was no time
    for. asked, own: the trainings that were asked for, and those that its own functions made. runs:
    which the compiled loop made.
    """

    subject: Subject
    checked: bool
    seen: Symptoms | None
    trouble: str
    findings: list[Finding]
    lines: list[str]
    cuts: list[dict[str, Any]]
    asked: int
    own: dict[str, int]
    runs: frozenset[Any]


def subject(network: Network, parameters: Arrays) -> Subject:
    """A network as the report names it, with its parameters as drawn, where they are known."""
    return Subject(
        name=network.name,
        source=network.source,
        parameters={name: list(np.shape(one)) for name, one in parameters.items()},
        posted=list(network.posted) if network.posted else None,
        remarks=list(network.remarks),
    )


def told_of_runs(both: Sequence[Examined], pool: Pool) -> dict[str, Any]:
    """How many trainings were asked for and made, by whose functions, and which stopped."""
    own = {one.network.name: one.trainer.own for one in both if one.trainer.own}
    stopped = {one.network.name: one.trouble for one in both if one.trouble}
    made = sum(count for reasons in own.values() for count in reasons.values())
    return {
        "trainings": sum(one.trainer.asked_in_all for one in both),
        "distinct": pool.made + pool.found + made,
        "own_functions": own,
        **({"stopped": stopped} if stopped else {}),
    }
