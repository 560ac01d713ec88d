"""The regression check on a repair, for the tests of this project and for a learner's own code.

A check looks for every known defect on 2,000 of the carried digits and asks that one of them is
absent. It is red, an AssertionError, or green.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from types import TracebackType
from typing import Any

import numpy as np

from diagnose import testing
from diagnose.data import carried, subset
from diagnose.examining.asked_for import NAMES
from diagnose.instruments.admission import admit
from diagnose.network.record import Network
from diagnose.report import ABSENT, PRESENT, Finding
from diagnose.teaching.printing import narrow
from diagnose.teaching.remembering import remembered
from diagnose.training.trainer import Trainer

# Enough that every defect has its effect, and few enough to train in a tenth of a second.
IMAGES, EPOCHS = 2000, 6
FUNCTIONS = ("init", "prepare", "order", "learning_rate", "forward", "backward", "update")


class NotYetError(AssertionError):
    """A check that is red. In a notebook it shows its message alone, without a traceback."""

    def __init__(self, message: str) -> None:
        super().__init__(narrow(message))

    def _render_traceback_(
        self,
        kind: type | None = None,
        value: BaseException | None = None,
        trace: TracebackType | None = None,
        offset: int | None = None,
    ) -> list[str]:
        """Answer IPython, which asks an exception for the lines to show."""
        return str(self).splitlines()


@lru_cache
def trainer(epochs: int = EPOCHS) -> Trainer:
    """Train on the check's digits; each distinct training is made once."""
    return Trainer(data=subset(carried(), IMAGES), epochs=epochs)


def findings(network: Network, seed: int = 0) -> dict[str, Finding]:
    """What every probe says of the network, by name of the defect."""
    epochs = min(EPOCHS, network.epochs)
    return testing.findings(network, trainer=trainer(epochs), seed=seed)


def present(network: Network, seed: int = 0) -> set[str]:
    """Names of the defects found in the network."""
    return {name for name, one in findings(network, seed).items() if one.status == PRESENT}


def check(network: Network, defect: str, *, others: Iterable[str] = NAMES) -> Finding:
    """Find a defect absent, and no defect present but ``others``; NotYetError if it is not so."""
    if defect not in NAMES:
        raise ValueError(f"there is no defect named {defect!r}; there are {', '.join(NAMES)}")
    try_out(network)
    found = findings(network)
    mine = found[defect]
    if mine.status != ABSENT:
        raise NotYetError(message(f"RED: {defect} is {mine.status}", mine, network))
    forbid(found, network, f"RED: {defect} is gone, but now there is", others)
    return mine


def forbid(
    found: dict[str, Finding], network: Network, headline: str, others: Iterable[str] = ()
) -> None:
    """NotYetError for the first defect that is present and none of ``others``."""
    for name, one in found.items():
        if one.status == PRESENT and name not in others:
            raise NotYetError(message(f"{headline} {name}", one, network))


def verify(network: Network, defect: str, *, was: Network | None = None) -> None:
    """Run the regression check on a learner's network and say green; NotYetError if it is red.

    was: the network before the repair. No defect may be present that was not there before.
    """
    found = check(network, defect, others=NAMES if was is None else _there_before(was))
    green = replace(found, where=None, advice="")
    print(narrow(testing.in_beats(f"GREEN: {defect} is gone.", green)))


@remembered
def _there_before(was: Network) -> frozenset[str]:
    """The defects of a network before its repair, which a learner tries more than once."""
    return frozenset(present(was))


def verify_numbers(what: str, got: Any, want: Any, *, within: float, hint: str = "") -> None:
    """Say green where numbers are those wanted, to ``within``; NotYetError if they are not.

    got: what a learner's code computed; want: a number or an array of the same shape.
    """
    wanted = np.asarray(want, dtype=float)
    try:
        given = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        advice = "put your own code where `...` stands"
        headline = f"RED: {what} is not a number yet"
        raise NotYetError(testing.beats(headline, repr(got), _shape(wanted), "", advice)) from None
    if given.shape != wanted.shape:
        headline = f"RED: {what} has another shape"
        raise NotYetError(testing.beats(headline, _shape(given), _shape(wanted), "", hint))
    off = np.abs(given - wanted)
    if not np.all(off <= within):
        at = np.unravel_index(int(np.where(np.isnan(off), np.inf, off).argmax()), off.shape)
        where = f"entry {', '.join(map(str, at))}" if wanted.ndim else ""
        expected = f"{wanted[at]:.4g}" + (f", to {within:g}" if within else "")
        raise NotYetError(
            testing.beats(f"RED: {what} is off", f"{given[at]:.4g}", expected, where, hint)
        )
    # Closer than anybody reads a number is simply right.
    print(f"GREEN: {what} is right" + (f", to {within:g}." if within >= 0.001 else "."))


def message(headline: str, finding: Finding, network: Network) -> str:
    """Say what is wrong in four beats; where it is, if a learner's function may be to blame."""
    return testing.in_beats(headline, finding, _own_functions(network))


def try_out(network: Network) -> None:
    """Run each function once, so that one which is not finished is named as such."""
    # A learner's function stands in no file: without the author's, none is named in its place.
    code = {role: one for role, one in network.code.items() if role not in _own(network)}
    try:
        admit(replace(network, code=code), trainer().data)
    except Exception as error:
        raise NotYetError(
            testing.beats(
                "RED: the network does not run yet",
                str(error) or type(error).__name__,
                "a network whose functions all run",
                _own_functions(network) or network.source or network.name,
                "put your own code where `...` stands, then run that cell and this one",
            )
        ) from error


def _own(network: Network) -> dict[str, Callable[..., Any]]:
    """Find the functions of the network that a learner wrote in the notebook."""
    functions = {role: getattr(network, role) for role in FUNCTIONS}
    return {
        role: one for role, one in functions.items() if getattr(one, "__module__", "") == "__main__"
    }


def _own_functions(network: Network) -> str:
    mine = _own(network).items()
    return " or ".join(f"your own {getattr(one, '__name__', role)}" for role, one in mine)


def _shape(array: Any) -> str:
    return f"numbers of shape {array.shape}" if array.ndim else "one number"
