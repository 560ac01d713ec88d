"""Weights of the samples that were made before the training: their labels tell them."""

import numpy as np
import pytest

from diagnose.reading.targets import of_label
from tests.watching.scripts import FLAT

WEIGHTS = "lr = 0.3\nweights = np.where(labels == 0, 2.0, np.where(labels == 1, 1.0, 0.5))\n"
ERROR = "d2 = (p - y) / len(x)"
WAYS = {
    "columns": "wt = weights[pick][:, None]\n        d2 = wt * (p - y) / wt.sum()",
    "vector": "wt = weights[pick]\n        d2 = (p - y) * wt.reshape(-1, 1) / len(x)",
}


@pytest.mark.parametrize("way", WAYS)
def test_the_weight_of_each_sample_is_read_as_that_of_its_class(way, read):
    seen = read(FLAT.replace("lr = 0.3\n", WEIGHTS).replace(ERROR, WAYS[way]))
    assert seen.parted is None
    network, data = seen.network, seen.network.data()
    parameters, rows, labels = network.init(0), data.images[:30], data.labels[:30]
    x = network.lay_out(rows)
    trace = network.forward(parameters, x)
    wt = np.array([2.0, 1.0, 0.5])[labels][:, None]
    p = trace[network.layers[-1].out]
    error = wt * (p - np.eye(3)[labels]) / (wt.sum() if way == "columns" else 30)
    found = network.backward(parameters, trace, x, labels)
    np.testing.assert_allclose(found["b2"], error.sum(axis=0), atol=1e-12)


def test_weights_that_labels_do_not_tell_are_refused(read):
    text = FLAT.replace("lr = 0.3\n", "lr = 0.3\nweights = np.random.rand(len(X))\n")
    text = text.replace(ERROR, WAYS["columns"])
    seen = read(text)
    assert "is another in each step" in seen.parted.reason
    assert seen.parted.line == text.splitlines().index("        d2 = wt * (p - y) / wt.sum()") + 1


def test_a_table_by_labels():
    labels = [np.array([0, 2, 2]), np.array([2, 0])]
    values = [np.array([[1.0], [3.0], [3.0]]), np.array([[3.0], [1.0]])]
    table, way = of_label(values, labels)
    assert way == "[labels][:, None]"
    np.testing.assert_array_equal(table, [1.0, np.nan, 3.0])
    assert of_label([one.T for one in values], labels)[1] == "[labels][None]"
    assert of_label([one.ravel() for one in values], labels)[1] == "[labels]"
    assert of_label([values[0], values[1][::-1]], labels) is None
    assert of_label([0 * one for one in values], labels) is None
    assert of_label([values[0], values[0]], labels) is None
