"""Errors that are multiplied by a number of their sample's class: a loss that weighs its classes.

Who has few samples of a class lets each count for more (King and Zeng 2001, "Logistic regression in
rare events data", Political Analysis 9). That is another loss than the declared one, and no
mistake. The numbers are those with which the last layer's gradients are the author's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from diagnose.calculus.backward_pass import Case, Steps, errors, right_output
from diagnose.calculus.convention import SAME
from diagnose.calculus.mistakes import Mistake
from diagnose.network.arrays import Array, Arrays

NAME = "class-weights"


@dataclass(frozen=True)
class Weighed:
    """The output's error, times a number for each class."""

    numbers: tuple[float, ...]

    def __call__(self, case: Case, slope: Callable[[Case, int], Array]) -> Array:
        """The error, ``(B, outputs)``."""
        return right_output(case, slope) * np.array(self.numbers)[case.labels][:, None]


def weighed(calls: Sequence[tuple[Case, Arrays, Arrays]]) -> list[Mistake]:
    """The loss that weighs its classes so as to be nearest to an author's gradients, if any.

    calls: as of ``naming.named``. Whether it is the author's is not asked here.
    """
    network = calls[0][0].network
    name = network.layers[-1].weight
    if network.classes < 2 or any(name not in authors for *_, authors in calls):
        return []
    columns, wanted = [], []
    for case, _, authors in calls:
        error, entering = errors(case, Steps())[0][case.last], case.entering[case.last]
        each = [
            entering.T @ (error * (case.labels == one)[:, None]) for one in range(network.classes)
        ]
        each.append(case.weights[case.last])  # a weight decay
        columns.append(np.stack([one.ravel() for one in each], axis=1))
        wanted.append(network.as_rows(np.asarray(authors[name], float)).ravel())
    found, *_ = np.linalg.lstsq(np.concatenate(columns), np.concatenate(wanted))
    met = np.unique(np.concatenate([case.labels for case, *_ in calls]))
    numbers = found[:-1] * np.sign(found[met[0]])
    if not (np.isfinite(numbers).all() and (numbers[met] > 0).all()):
        return []
    if np.ptp(numbers[met]) <= SAME * numbers[met].max():
        return []  # all count alike
    listed = ", ".join(f"{numbers[one]:.4g} for class {one}" for one in met)
    return [
        Mistake(
            NAME,
            f"the error of the output is multiplied by a number of the sample's class: {listed}",
            "",
            Steps(output=Weighed(tuple(float(one) for one in numbers))),
        )
    ]
