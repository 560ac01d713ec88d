"""Losses are told where gradients are tiny, or lie along the weights; biases may be tables."""

import re

import numpy as np
import pytest

from diagnose import diagnose
from diagnose.calculus.gradient_kinds import kind_of
from diagnose.calculus.gradients import exact_gradients
from diagnose.training.loop import train
from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

SQUARED = """import numpy as np

rng = np.random.RandomState(3)
X = rng.randn(64, 2)
labels = (X[:, 0] * X[:, 1] > 0).astype(int)
Y = 2 * labels.reshape(-1, 1) - 1 if LOW else np.eye(2)[labels]
W1, b1, W2, b2 = DRAWN
for i in range(40):
    take = rng.permutation(64)[:16]
    x, y = X[take], Y[take]
    h = np.maximum(x @ W1 + b1, 0)
    o = 1 / (1 + np.exp(-(h @ W2 + b2)))
    d = (o - y) * o * (1 - o)
    e = (d @ W2.T) * (h > 0)
    W2, b2 = W2 - 0.1 * h.T @ d, b2 - 0.1 * d.sum(axis=0)
    W1, b1 = W1 - 0.1 * x.T @ e, b1 - 0.1 * e.sum(axis=0)
"""
ALIKE = "np.ones((2, 6)), np.zeros(6), 0.3 * np.ones((6, 1)), np.zeros(1)"
FAR = "rng.randn(2, 5), np.full(5, 100.0), -0.5 - rng.rand(5, 2 - LOW), np.zeros(2 - LOW)"


OFF = FAR.replace("100.0", "300.0")
# All samples give the same answer, and then the gradients of both losses are multiples.
SAME = "0 * rng.randn(2, 5), np.full(5, 3.0), -0.5 - rng.rand(5, 1), np.zeros(1)"


@pytest.mark.parametrize(
    ("low", "drawn"),
    [(True, ALIKE), (False, FAR), (True, OFF), (True, SAME)],
    ids=["alike", "flat", "off", "same"],
)
def test_squared_errors_are_no_other_loss_whatever_is_drawn(low, drawn, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(SQUARED.replace("DRAWN", drawn).replace("LOW", str(low)))
    with np.errstate(over="ignore"):
        network = watch(path, seconds=30).network
    assert (network.layers[-1].activation, network.loss) == ("sigmoid", "squared-error")


FOR_EACH = (
    FLAT.replace("b2 -= lr * d2.sum(axis=0)", "b2 = b2 - lr * d2")
    .replace("len(X), 16", "len(X) // 16 * 16, 16")
    .replace("    print(", "    # print(")
)


def test_a_bias_that_a_step_makes_one_for_each_sample_is_read(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(FOR_EACH)
    seen = watch(path, seconds=30)
    assert seen.parted is None
    network, data = seen.network, seen.network.data()
    after = train(network, data.images, data.labels, 0, 1).parameters
    assert after["b2"].shape == (16, 3)
    exact = exact_gradients(network, after, data.images[:16], data.labels[:16])
    x = network.lay_out(data.images[:16])
    found = network.backward(after, network.forward(after, x), x, data.labels[:16])
    for name in ("W1", "b1", "W2", "b2"):
        assert np.allclose(found[name], exact[name])


BOUNDS = {
    "clipped": "np.clip({}, -0.002, 0.002)",
    "signs": "0.01 * np.sign({})",
}


@pytest.mark.parametrize("bound", BOUNDS)
def test_gradients_cut_number_by_number_are_held_to_their_loss(bound, tmp_path):
    text = re.sub(r"-= lr \* (.+)", lambda one: "-= lr * " + BOUNDS[bound].format(one[1]), FLAT)
    assert text.count(BOUNDS[bound][:8]) == 4
    path = tmp_path / "mine.py"
    path.write_text(text)
    network = watch(path, seconds=30).network
    assert network.loss == "cross-entropy"
    report = diagnose(network, probes_only=True)
    said = next(one for one in report.findings[network.name] if one.defect == "wrong-gradient")
    kinds = {kind_of(one) for one in said.numbers["sane"]["parameters"].values()}
    assert "clipped" in kinds
    assert kinds <= {"clipped", "bounded"}
    assert ("nothing but its sign" in said.observed) == (bound == "signs")
