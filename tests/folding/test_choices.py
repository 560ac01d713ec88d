"""Branches on single numbers are read as choices between two, whatever form they have."""

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients
from tests.folding.choice_scripts import BRANCHES, DRAWN, MARGIN, MARKED, PERCEPTRON


def held_against_the_exact_gradient(network):
    parameters, data = network.init(0), network.data()
    for at in range(0, 12, network.batch_size):
        rows = data.images[at : at + network.batch_size]
        labels = data.labels[at : at + network.batch_size]
        x = network.lay_out(rows)
        found = network.backward(parameters, network.forward(parameters, x), x, labels)
        for name, one in exact_gradients(network, parameters, rows, labels).items():
            assert np.reshape(found[name], one.shape) == pytest.approx(one, abs=1e-12)


@pytest.mark.parametrize("form", BRANCHES)
def test_a_relu_is_read_in_every_form_of_a_branch(form, read):
    seen = read(BRANCHES[form])
    assert seen.parted is None
    assert seen.network.layers[0].activation == "relu"
    held_against_the_exact_gradient(seen.network)


def test_a_wrong_slope_in_a_block_is_in_the_gradient(read):
    network = read(BRANCHES["a block"].replace("g = d * v[j]", "g = d")).network
    parameters, data = network.init(0), network.data()
    x, labels = network.lay_out(data.images[:1]), data.labels[:1]
    found = network.backward(parameters, network.forward(parameters, x), x, labels)
    exact = exact_gradients(network, parameters, data.images[:1], labels)
    weight = network.layers[0].weight
    assert np.any(np.abs(found[weight] - exact[weight]) > 1e-6)


def test_an_error_that_is_less_by_1_at_the_label_has_a_target_for_each_output(read):
    seen = read(MARKED)
    assert seen.parted is None
    assert [one.activation for one in seen.network.layers] == ["softmax"]
    assert sorted(set(seen.network.data().labels)) == [0, 1, 2]
    held_against_the_exact_gradient(seen.network)


def test_samples_that_are_drawn_train_as_often_as_the_loop_turns(read):
    """An evaluation within is no epoch, and the same sample several times over no full batch."""
    seen = read(DRAWN)
    assert seen.parted is None
    said = seen.read.said
    assert said["order"] == "drawn"
    assert 550 <= said["shown"] * said["epochs"] <= 600


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [(MARGIN, "a part of the step is left out for some answers", "w[i] += 0.05 * y * x[i]"),
     (PERCEPTRON, "no step depends on the sum that this is part of", "s += w[i] * x[i]")],
)  # fmt: skip
def test_what_is_not_read_is_refused_with_the_reason_at_its_line(text, reason, line, read):
    seen = read(text)
    assert seen.network is None
    assert reason in seen.parted.reason
    assert text.splitlines()[seen.parted.line - 1].strip() == line
