"""What a diagnosis is asked for: the data, the defects to look for, and what cannot be used."""

from __future__ import annotations

from collections.abc import Collection

from diagnose.data import carried, subset
from diagnose.errors import BadInputError
from diagnose.instruments.bench import Defect
from diagnose.network.record import Network
from diagnose.network.samples import Data
from diagnose.probes import DEFECTS

NAMES = tuple(defect.name for defect in DEFECTS)


def chosen_data(network: Network, data: Data | None, images: int | None) -> Data:
    """The data given, the network's own, or the carried digits; as many images as asked for."""
    if data is None:
        data = network.data() if network.data else carried()
        if not isinstance(data, Data):
            raise BadInputError(
                f"{network.name}: data returned a value of type {type(data).__name__}; let it "
                "return a Data, or hand it to a builder"
            )
    return data if images is None else subset(data, images)


def refuse(network: Network, against: Network | None, within: float | None, **counts: int) -> None:
    """BadInputError for counts below 1, no time, or networks that cannot stand side by side."""
    if within is not None and not within > 0:
        raise BadInputError(f"within is {within}; give the seconds that it may take, or None")
    for name, value in counts.items():
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


def chosen_defects(select: Collection[str], ignore: Collection[str]) -> list[Defect]:
    """The defects to look for; BadInputError for a name that is none."""
    for name in (*select, *ignore):
        if name not in NAMES:
            raise BadInputError(f"there is no defect named {name!r}; there are {', '.join(NAMES)}")
    chosen = [d for d in DEFECTS if (not select or d.name in select) and d.name not in ignore]
    if not chosen:
        raise BadInputError("every defect was left out; select at least one")
    return chosen
