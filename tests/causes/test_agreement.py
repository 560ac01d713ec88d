"""Whether a sound twin is a yardstick, beside what trainings with repairs have reached."""

from dataclasses import dataclass
from typing import Any, cast

import pytest

from diagnose.causes.agreement import best_repaired, is_yardstick


@dataclass
class Some:
    """A record with the fields that are asked for."""

    fields: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.fields[name]


def some(**fields: Any) -> Any:
    return Some(fields)


def causes(symptom: str, *sets: tuple[list[str], float]) -> Any:
    return {symptom: some(lattice=[some(repairs=one, value=value) for one, value in sets])}


def compared(score: float, same_shape: float, lacks: str, minimal: list[list[str]]) -> Any:
    return some(score=score, same_shape=same_shape, lacks=lacks), some(minimal=minimal)


REACHED = causes("balanced_accuracy", ([], 0.7), (["wrong-gradient"], 1.0))


@pytest.mark.parametrize(
    ("twin", "stands"),
    [
        (compared(1.0, 1.0, "", [["gradient"]]), True),
        (compared(0.55, 0.55, "", []), False),  # a repaired one does better than a sound one
        (compared(1.0, 0.55, "biases", [["size"]]), False),  # its shape is not at fault
    ],
)
def test_a_twin_that_a_repaired_network_betters_is_none(twin, stands):
    assert is_yardstick(cast(Any, twin), REACHED) is stands


def test_more_units_are_another_shape():
    wider = causes("balanced_accuracy", ([], 0.5), (["too-few-units"], 1.0))
    assert best_repaired(wider) == 0.5
    assert is_yardstick(compared(1.0, 0.55, "16 hidden units", [["size"]]), wider)


def test_of_numbers_it_is_the_variance_explained():
    assert best_repaired(causes("unexplained_variance", ([], 1.0), (["x"], 0.25))) == 0.75
    assert best_repaired({}) is None
