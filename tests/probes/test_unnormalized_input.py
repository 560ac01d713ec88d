"""Inputs of another size than weights are drawn for: pixels, and columns of a table."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.probes.unnormalized_input import DEFECT
from tests.networks import bench, data_of, dense


def table(*columns):
    return data_of(np.stack(columns, axis=1), np.arange(len(columns[0])) % 4)


def repaired(data):
    """What is said of a network that takes the table as it is, and its inputs once repaired."""
    network = dense(layout="rows", bias="flat")
    columns = data.images.shape[1]
    layer = network.init(0)["W1"][:columns]
    network = replace(
        network,
        prepare=lambda rows: np.asarray(rows, float),
        init=lambda seed: {**dense(layout="rows", bias="flat").init(seed), "W1": layer},
    )
    finding = DEFECT.probe(bench(network, data=data))
    assert finding.status == "present"
    return finding, DEFECT.repair(network, finding.numbers).prepare(data.images)


RANDOM = np.random.default_rng(0)


def test_columns_of_different_units_are_scaled_one_by_one():
    """Divided by the largest number of all, the small column would be as good as constant."""
    data = table(RANDOM.normal(0, 1, 90), RANDOM.normal(5e3, 1e3, 90), np.full(90, 3.0))
    finding, rows = repaired(data)
    assert "take its mean off each column" in finding.advice
    assert "with each column less its mean" in finding.observed
    np.testing.assert_allclose(rows[:, :2].std(axis=0), 1)
    np.testing.assert_allclose(rows[:, 2], 3)


@pytest.mark.parametrize("offset", [0.0, 5000.0])
def test_columns_of_one_unit_keep_their_proportions(offset):
    data = table(offset + RANDOM.normal(0, 50, 90), offset + RANDOM.normal(0, 100, 90))
    finding, rows = repaired(data)
    assert (" off the inputs" in finding.advice) == bool(offset)
    assert np.abs(rows).max() == pytest.approx(1)
    spread = data.images.std(axis=0)
    np.testing.assert_allclose(rows.std(axis=0) / rows.std(), spread / data.images.std())
