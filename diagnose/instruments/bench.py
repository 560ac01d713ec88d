"""What every probe file gives: one ``Defect``, made of small functions, and the bench it works on.

measure(bench) -> numbers: run the network and return what was measured, plain JSON values only
judge(numbers) -> Finding: compare the numbers with what a sound network shows
repair(network, numbers) -> network: remove this defect and nothing else
inject(network) -> network: plant this defect and nothing else
draw(numbers) -> matplotlib Figure: the picture of the numbers

A probe that needs a sane operating point (a network in which the other defects found are
repaired) takes ``bench.sane``, says so in its finding, and also reports what it saw at the
network's own point, ``bench.network``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diagnose.instruments import statements
from diagnose.network.arrays import Array
from diagnose.network.authors_code import kind_and_said, short_path, source_of, text_of
from diagnose.network.record import Network
from diagnose.network.samples import Data
from diagnose.network.written_numbers import constant_line
from diagnose.report import ABSENT, ERROR, NOT_APPLICABLE, PRESENT, SEVERE, Finding, Numbers, Where
from diagnose.training.loop import Run
from diagnose.training.trainer import Trainer

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What a probe works on.

    network: as found; sane: the same with every other defect found so far repaired.
    trainer: trains any variant on the bench's data, each distinct one once.
    seeds: of the trainings that a claim rests on; the first is that of the initial draw looked at.
    """

    network: Network
    sane: Network
    trainer: Trainer
    seeds: tuple[int, ...] = (0, 1, 2)

    @property
    def seed(self) -> int:
        """The seed of the initial draw that a probe looks at."""
        return self.seeds[0]

    @property
    def data(self) -> Data:
        """The labelled images."""
        return self.trainer.data

    @property
    def inputs(self) -> Array:
        """The training images as the network as found sees them, ``(n, features)``."""
        return self.trainer.rows(self.network)

    def sample(self, network: Network) -> Array:
        """Some training images as a variant sees them, spread over the set, ``(500, features)``."""
        rows = self.trainer.rows(network)
        return rows[spread(len(rows), 500)]

    @property
    def samples(self) -> tuple[Array, Array, Array]:
        """The training images as read, as the network as found sees them, and their labels."""
        return self.data.images, self.trainer.rows(self.network), self.data.labels

    def train(self, network: Network) -> Run:
        """One training of a variant with the bench's seed."""
        return self.trainer.run(network, self.seed)

    @property
    def brief(self) -> Bench:
        """The same with shorter trainings, on fewer samples, to look for rates; or itself."""
        trainer = self.trainer.brief(self.sane, self.seed)
        return self if trainer is self.trainer else replace(self, trainer=trainer)

    def place(self, role: str, name: str = "") -> dict[str, Any] | None:
        """Where the author wrote a role, as the plain value that goes into the numbers.

        The statement that makes the array of a name, or what the function of the role returns;
        where that cannot be told, the function's head.
        """
        network = self.network
        found = self.lines(role, [name]).get(name)
        return found or as_place(_written(network, role) or network.stands(role))

    def lines(self, role: str, names: Collection[str]) -> dict[str, Any]:
        """The statements that make arrays in the function of a role, by the arrays' names."""
        network, found = self.network, {}
        for name in names:
            if name and (there := network.stands(f"{role} {name}")):
                found[name] = there
        rest = [name for name in names if name not in found]
        if rest and role in statements.ROLES:
            found |= statements.places(network, role, rest, self.samples, self.seed)
        return {name: as_place(one) for name, one in found.items()}


def _written(network: Network, role: str) -> statements.Place | None:
    """Where the number of a role is written that was handed to a builder; None for any other."""
    numbers = {"learning_rate": lambda: network.learning_rate(0), "epochs": lambda: network.epochs}
    alone = network.stands(role) not in (None, network.stands("train"))
    place = network.stands("init")
    if role not in numbers or alone or place is None:
        return None
    line = constant_line(source_of(place[0]), role, numbers[role]())
    return (place[0], line) if line else None


def as_place(found: statements.Place | None) -> dict[str, Any] | None:
    """A file and a line as the plain value that goes into the numbers, with the line's text."""
    if not found:
        return None
    file, line = found
    return {"file": short_path(file), "line": line, "text": text_of(file, line)}


@dataclass(frozen=True)
class Defect:
    """A known way to be wrong: its name, its part, its page, and the five functions.

    part: one of ``report.PARTS``, in which it stands where its finding does not say another;
    severity: one of ``report.SEVERITIES``, likewise.
    """

    name: str
    part: str
    page: str
    measure: Callable[[Bench], Numbers]
    judge: Callable[[Numbers], Finding]
    repair: Callable[[Network, Numbers], Network]
    inject: Callable[[Network], Network]
    draw: Callable[[Numbers], Figure]
    severity: str = SEVERE

    def __post_init__(self) -> None:
        """Read the page from the file where Python has left docstrings out (``-OO``)."""
        if self.page is None:
            file = self.measure.__code__.co_filename
            page = ast.get_docstring(ast.parse(Path(file).read_bytes()), clean=False)
            object.__setattr__(self, "page", page)

    @property
    def summary(self) -> str:
        """The page's first line."""
        return self.page.strip().splitlines()[0]

    def probe(self, bench: Bench) -> Finding:
        """Measure and judge; a probe that crashes is a finding with status error."""
        try:
            found = self.judge(self.measure(bench))
            severity = (found.severity or self.severity) if found.status == PRESENT else ""
            return replace(found, part=found.part or self.part, severity=severity)
        except Exception as error:
            return Finding(
                defect=self.name,
                part=self.part,
                status=ERROR,
                observed=f"the probe stopped with {kind_and_said(error)}",
                expected="a probe runs to its end on every network",
                where=_last_line(error),
                advice="if the line is yours, mend it; the other probes went on without this one",
            )


def not_applicable(defect: str, reason: str, numbers: Numbers) -> Finding:
    """The finding of a probe that has nothing to look at in this network, and why."""
    return unplaced(defect, "", numbers, NOT_APPLICABLE, reason)


def unplaced(defect: str, expected: str, numbers: Numbers, status: str, observed: str) -> Finding:
    """What a probe says that points at no line, and asks for nothing."""
    return Finding(
        defect=defect,
        status=status,
        observed=observed,
        expected=expected,
        where=None,
        advice="",
        numbers=numbers,
    )


def finding(
    defect: str,
    expected: str,
    numbers: Numbers,
    status: str | bool,
    observed: str,
    advice: str = "",
    names: Iterable[str] = (),
    *,
    part: str = "",
    severity: str = "",
) -> Finding:
    """What a probe says of its numbers.

    status: or whether the defect is there; advice: where there is something to do. It points at
    the line of the first of some names that has one of its own.
    """
    if isinstance(status, bool):
        status = PRESENT if status else ABSENT
    return Finding(
        defect=defect,
        status=status,
        observed=observed,
        expected=expected,
        where=place(numbers, *names),
        advice=advice or "nothing to do",
        numbers=numbers,
        part=part,
        severity=severity,
    )


def place(numbers: Numbers, *names: str) -> Where | None:
    """The ``where`` of a finding, from the plain value under that name in the numbers.

    names: of arrays; that of the first whose line is among ``lines``.
    """
    lines = numbers.get("lines", {})
    raw = next((lines[name] for name in names if name in lines), None) or numbers.get("where")
    return Where(**raw) if raw else None


def spread(length: int, count: int) -> Array:
    """At most ``count`` indices, spread evenly over ``range(length)``."""
    return np.linspace(0, length - 1, min(count, length)).astype(int)


def _last_line(error: BaseException) -> Where | None:
    trace = error.__traceback__
    if trace is None:
        return None
    while trace.tb_next is not None:
        trace = trace.tb_next
    return Where(file=short_path(trace.tb_frame.f_code.co_filename), line=trace.tb_lineno)
