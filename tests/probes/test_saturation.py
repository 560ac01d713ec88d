"""Saturated sigmoids and tanhs: found where hardly anything is passed down, and cured."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.builders import from_object
from diagnose.examining.probing import probe
from diagnose.instruments.initial_draw import Adjusted
from diagnose.probes import DEFECTS
from diagnose.probes.saturation import DEFECT, sizes, steep
from diagnose.report import PRESENT
from diagnose.study import find_causes
from tests.builders.test_builders import CLASSES, LABELS, STYLES, X
from tests.networks import bench, correct_networks, dense, images, some
from tests.probes.assertions import accuracy

BY_NAME = {defect.name: defect for defect in DEFECTS}


def found(network, sane=None, data=None):
    finding = DEFECT.probe(bench(network, sane, data=data or images(), compiled_path=True))
    assert finding.status != "error", finding.observed
    return finding


@pytest.mark.parametrize("network", correct_networks(), ids=lambda one: one.name)
def test_silent_on_correct_networks(network):
    can = any(one.activation in ("tanh", "sigmoid") for one in network.layers[:-1])
    finding = found(network)
    assert finding.status == ("absent" if can else "not applicable")
    assert all(share < 0.2 for share in finding.numbers["start"].values())


@pytest.mark.parametrize("style", STYLES, ids=lambda one: one.__name__)
def test_silent_on_the_usual_styles(style):
    network = style.handed_over()
    assert found(network, data=network.data()).status in ("absent", "not applicable")


STEEP = [
    dense(activation="tanh", spread="glorot", layout="rows", epochs=4),
    dense(activation="tanh", spread="glorot", batch_size=4, epochs=8),
    dense(activation="sigmoid", spread="lecun", hidden=(9,), epochs=8),
    dense(activation="tanh", dtype="float32", layout="rows", bias="flat", epochs=4),
    dense(activation="tanh", spread="lecun", bias="none", epochs=4),
]


@pytest.mark.parametrize("network", some(STEEP, 2), ids=lambda one: one.name)
def test_planted_it_is_found_and_the_repair_cures(network):
    broken = DEFECT.inject(network)
    finding = found(broken)
    assert finding.status == "present", finding.observed
    assert all(share > 0.5 for share in finding.numbers["start"].values())
    mended = DEFECT.repair(broken, finding.numbers)
    assert mended == DEFECT.repair(broken, finding.numbers)
    again = found(mended)
    assert again.status == "absent"
    assert max(again.numbers["start"].values()) < 0.1
    assert accuracy(mended) >= accuracy(broken)
    assert DEFECT.draw(finding.numbers).axes


def test_injections_compare_by_value_and_have_right_gradients():
    network = STEEP[0]
    assert DEFECT.inject(network).forward == DEFECT.inject(network).forward
    finding = BY_NAME["wrong-gradient"].probe(bench(DEFECT.inject(network)))
    assert finding.status != PRESENT
    for other in (dense(), dense(hidden=(), activation="tanh")):
        with pytest.raises(ValueError, match="no hidden sigmoid or tanh"):
            DEFECT.inject(other)


def test_what_enters_is_scaled_to_the_size_of_one():
    network = DEFECT.inject(STEEP[0])
    rows = bench(network).sample(network)
    finding = found(network)
    mended = DEFECT.repair(network, finding.numbers)
    trace = mended.forward(network.init(0), network.lay_out(rows))
    for name in ("Z1", "Z2"):
        assert np.sqrt(np.mean(trace[name] ** 2)) == pytest.approx(1, rel=0.1)
    # what the defect multiplied by, times the size that a sound draw has
    for layer, size in sizes(network, 0, rows, network.layers[:-1]):
        assert 50 < size < 200, layer.out


def test_most_at_an_edge_without_harm_is_silent():
    """Six tenths at an edge, and the units that are not do."""
    network = dense(activation="sigmoid", spread="lecun", hidden=(9,), epochs=8)
    finding = found(steep(network, (("W1", 15.0),)))
    assert 0.5 < finding.numbers["start"]["A1"] < 0.9
    assert finding.status == "absent"
    assert "balanced accuracy" in finding.observed


class Steep:
    """A class with a gain in its sigmoid."""

    def __init__(self):
        self.W1 = np.random.randn(6, 8) / np.sqrt(6)
        self.b1 = np.zeros(8)
        self.W2 = np.random.randn(8, CLASSES) / np.sqrt(8)
        self.b2 = np.zeros(CLASSES)

    def forward(self, X):
        self.X = X
        self.z1 = X @ self.W1 + self.b1
        self.a1 = 1 / (1 + np.exp(-80 * self.z1))
        z2 = self.a1 @ self.W2 + self.b2
        powers = np.exp(z2 - z2.max(axis=1, keepdims=True))
        self.z2, self.p = z2, powers / powers.sum(axis=1, keepdims=True)
        return self.p

    def backward(self, targets):
        d2 = (self.p - targets) / len(targets)
        d1 = d2 @ self.W2.T * 80 * self.a1 * (1 - self.a1)
        self.dW2, self.db2 = self.a1.T @ d2, d2.sum(axis=0)
        self.dW1, self.db1 = self.X.T @ d1, d1.sum(axis=0)


def test_a_gain_in_the_code_is_seen_by_what_the_units_say():
    network = from_object(
        Steep,
        parameters="W1 b1 W2 b2",
        layers=("W1 b1 z1 a1 sigmoid", "W2 b2 z2 p softmax"),
        returns="p",
        layout="rows",
        batch_size=4,
        learning_rate=0.1,
        classes=CLASSES,
        epochs=30,
        order="shuffled",
        data=(X, LABELS),
    )
    finding = found(network, data=network.data())
    assert finding.numbers["start"]["a1"] > 0.8
    (one,) = finding.numbers["sizes"]
    assert one["names"] == ["W1", "b1"]
    assert 60 < one["size"] < 120


def test_it_went_with_the_defects_found_before():
    network = dense(activation="tanh", spread="lecun")
    wide = Adjusted(network.init, tuple((f"W{at}", 30.0, 0.0) for at in (1, 2, 3)))
    finding = found(replace(network, init=wide), sane=network)
    assert finding.status == "absent"
    assert "as found A1 9" in finding.observed
    assert finding.observed.endswith("it went with the defects found before")


def test_a_trained_network_that_is_sure_is_no_defect():
    network = dense(activation="tanh", layout="rows", epochs=2)
    trained = bench(replace(network, epochs=40)).train(replace(network, epochs=40)).parameters
    sure = {name: 3 * one for name, one in trained.items()}
    assert found(replace(network, init=lambda seed: sure)).status == "absent"


def test_few_saturated_units():
    network = dense(activation="tanh", layout="rows")

    def init(seed):
        drawn = network.init(seed)
        drawn["W1"][:, :2] *= 100
        return drawn

    finding = found(replace(network, init=init))
    assert 0.2 < finding.numbers["start"]["A1"] < 0.5
    assert finding.status == "absent"


@pytest.mark.slow
def test_exactly_this_is_found_and_is_the_cause():
    network = DEFECT.inject(STEEP[1])
    one = bench(network, compiled_path=True)
    findings = probe(network, one.trainer, DEFECTS, one.seeds)
    names = {found.defect for found in findings if found.status == PRESENT}
    assert names == {DEFECT.name}
    causes = find_causes(network, findings, range(3), one.trainer)
    assert causes["balanced_accuracy"].verdicts[DEFECT.name].verdict == "cause"
