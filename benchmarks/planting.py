"""The networks of the fault matrix, and the faults that are planted in their source.

``networks/NAME.py`` is a whole program as somebody would write it. ``networks/NAME.diff`` holds
what somebody gets wrong in it, each fault in the form of a diff:

    # A remark.
    @@ the-fault's-name = the-defect-that-it-is, another-that-is-as-true-of-it
    -    a line as it is in the program
    +    the line as it was got wrong

A fault may have several such places; the lines taken away must be there exactly once. The defect
``none`` marks a trap: a change that looks like a defect, and after which the program is as right
as before.
"""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np

NETWORKS = Path(__file__).parent / "networks"
NONE = "none"
# What came after the sets of faults were drawn is planted alone, so that these stay as they are.
LATER = "too-few-epochs"
# Of each network, so many sets of two and of three faults. Of fourteen: 84 and 28.
PAIRS, TRIPLES = 6, 2


@dataclass(frozen=True)
class Fault:
    """One thing that somebody got wrong: its name, the defect that it is, and its places.

    places: pairs of the lines as they are and as they were got wrong. also: what else is true of
    it, such as a gradient that is wrong because an array was overwritten before it was read.
    """

    name: str
    defect: str
    places: tuple[tuple[str, str], ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """A network with some faults planted: none, one or several, or with a trap."""

    network: str
    faults: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The network and its faults."""
        return f"{self.network}: {' + '.join(self.faults) or 'as it is'}"

    @property
    def planted(self) -> tuple[Fault, ...]:
        """Its faults."""
        known = read_faults(self.network)
        return tuple(known[name] for name in self.faults)

    @property
    def defects(self) -> tuple[str, ...]:
        """The defects that its faults are; none for a trap."""
        return tuple(fault.defect for fault in self.planted if fault.defect != NONE)

    @property
    def kind(self) -> str:
        """What it is in the tables."""
        if not self.faults:
            return "correct"
        return ("trap", "single", "pair", "triple")[len(self.defects)]

    @property
    def text(self) -> str:
        """The program with its faults."""
        return plant(source(self.network), self.planted)

    def without(self, mended: Iterable[str]) -> Case:
        """The same with the original lines put back for some of its faults."""
        left = tuple(name for name in self.faults if name not in {*mended})
        return Case(self.network, left)


def names() -> list[str]:
    """The networks, in order."""
    return sorted(path.stem for path in NETWORKS.glob("*.diff"))


@cache
def source(network: str) -> str:
    """The program as it is."""
    return (NETWORKS / f"{network}.py").read_text(encoding="utf-8")


@cache
def read_faults(network: str) -> dict[str, Fault]:
    """The faults of a network by name; ValueError for a file that cannot be read."""
    path = NETWORKS / f"{network}.diff"
    faults: dict[str, Fault] = {}
    name = ""
    places: dict[str, list[list[list[str]]]] = {}
    defects: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("@@ "):
            name, _, defect = line.removeprefix("@@ ").partition(" = ")
            if not defect or name in defects:
                raise ValueError(f"{path.name}:{number}: no name of its own, or no defect: {line}")
            defects[name], places[name] = defect, []
        elif line.startswith("-") and name:
            if not places[name] or places[name][-1][1]:
                places[name].append([[], []])
            places[name][-1][0].append(line[1:])
        elif line.startswith("+") and name and places[name]:
            places[name][-1][1].append(line[1:])
        elif line and not line.startswith("#"):
            raise ValueError(f"{path.name}:{number}: neither -, + nor @@: {line}")
    for name, found in places.items():
        pairs = [tuple("".join(f"{line}\n" for line in side) for side in one) for one in found]
        defect, *also = defects[name].split(", ")
        faults[name] = Fault(name, defect, tuple(pairs), tuple(also))  # type: ignore[arg-type]
    return faults


def plant(text: str, faults: Iterable[Fault]) -> str:
    """A program with faults; ValueError where their lines are not there, or not only once."""
    for fault in faults:
        for old, new in fault.places:
            found = _beginnings(text, old)
            if len(found) != 1:
                raise ValueError(f"{fault.name}: {len(found)} times in the program:\n{old}")
            text = text[: found[0]] + new + text[found[0] + len(old) :]
    return text


def _beginnings(text: str, lines: str) -> list[int]:
    """Where lines begin in a text, each time that they stand there."""
    found, whole, at = [], f"\n{text}", -1
    while (at := whole.find(f"\n{lines}", at + 1)) >= 0:
        found.append(at)
    return found


def fit_together(network: str, faults: Sequence[Fault]) -> bool:
    """Whether faults can be planted together: other defects, other lines, in any order the same."""
    if len({fault.defect for fault in faults}) < len(faults):
        return False
    try:
        texts = {plant(source(network), turn) for turn in itertools.permutations(faults)}
    except ValueError:
        return False
    return len(texts) == 1


def alone(network: str) -> list[Case]:
    """The network as it is, and with each trap and each fault alone."""
    return [Case(network), *(Case(network, (name,)) for name in read_faults(network))]


def together(network: str, size: int, count: int, draw: int = 0) -> list[Case]:
    """Sets of faults, drawn before any was tried: of those that fit together, each as likely.

    draw: 0 for the sets of the benchmark; each other number draws others.
    """
    rng = np.random.default_rng([size, *network.encode(), *([draw] if draw else [])])
    faults = [fault for fault in read_faults(network).values() if fault.defect not in (NONE, LATER)]
    fitting = [
        Case(network, tuple(fault.name for fault in chosen))
        for chosen in itertools.combinations(faults, size)
        if fit_together(network, chosen)
    ]
    return [fitting[at] for at in sorted(rng.permutation(len(fitting))[:count])]


def cases(network: str, draw: int = 0) -> list[Case]:
    """All cases of a network, or with a draw that is not 0 other sets of its faults alone."""
    sets = [*together(network, 2, PAIRS, draw), *together(network, 3, TRIPLES, draw)]
    return sets if draw else [*alone(network), *sets]


def write(case: Case, folder: Path) -> Path:
    """Write the program with its faults as a file of its own."""
    path = folder / f"{case.network}{''.join(f'__{name}' for name in case.faults)}.py"
    path.write_text(case.text, encoding="utf-8")
    return path


def load(path: Path) -> ModuleType:
    """Run a program's file as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[path.stem]
    return module
