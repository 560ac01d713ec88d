"""Linear outputs with a margin: no gradient for samples that keep it, which is no mistake."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.calculus.autodiff import traced_gradients
from diagnose.calculus.gradients import central_difference, exact_gradients
from diagnose.causes.exchange import look_at
from diagnose.training.trainer import Trainer
from diagnose.watching.script import watch
from tests.networks import dense, images
from tests.watching.scripts import FLAT

ERRORS = FLAT[FLAT.index("        e = np.exp(") : FLAT.index("        d1 = ")]
MANY = FLAT.replace("X[pick], Y[pick]", "X[pick], labels[pick]").replace(
    ERRORS,
    """\
        every = np.arange(len(x))
        short = np.maximum(0, z2 - z2[every, y][:, None] + 1)
        short[every, y] = 0
        d2 = (short > 0).astype(float)
        d2[every, y] -= d2.sum(axis=1)
        d2 /= len(x)
""",
)
SIGNED = (
    FLAT.replace("randn(6, 3)", "randn(6, 1)").replace("b2 = np.zeros(3)", "b2 = np.zeros(1)")
).replace("lr = 0.3\n", "lr = 0.3\nY = np.where(labels > 0, 1.0, -1.0)[:, None]\n")
SIGNED = SIGNED.replace(ERRORS, "        d2 = np.where(y * z2 < 1, -y, 0.0) / len(x)\n").replace(
    "np.argmax(np.maximum(X @ W1 + b1, 0) @ W2 + b2, axis=1) == labels", "0"
)


@pytest.mark.parametrize("text", [MANY, SIGNED], ids=["one-hot", "signed"])
def test_a_gradient_of_a_hinge_is_no_mistake(text, tmp_path):
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=30)
    assert seen.parted is None
    network = seen.network
    assert network.loss == "hinge"
    author = look_at(network, Trainer(data=network.data(), epochs=1), 0)
    assert not {"gradient", "step", "forward"} & {*author.differing}


def test_one_that_goes_up_the_loss_is_a_mistake(tmp_path):
    text = MANY.replace("d1 = (d2 @ W2.T)", "d1 = -(d2 @ W2.T)")
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    network = watch(tmp_path / "mine.py", seconds=30).network
    author = look_at(network, Trainer(data=network.data(), epochs=1), 0)
    assert "gradient" in author.differing


@pytest.mark.parametrize("low", [0.0, -1.0])
def test_its_slope_is_that_of_its_values(low):
    network = dense(layout="rows")
    count = network.outputs
    last = replace(network.layers[-1], out=network.layers[-1].pre, activation="linear")
    network = replace(
        network,
        layers=(*network.layers[:-1], last),
        loss="hinge",
        encode=lambda labels: np.where(np.eye(count)[labels] > 0, 1.0, low),
    )
    data = images(classes=network.classes)
    rows, labels = network.prepare(data.images[:6]), data.labels[:6]
    start = network.init(0)
    exact = exact_gradients(network, start, rows, labels)
    traced = traced_gradients(network, start, rows, labels)
    random = np.random.default_rng(0)
    for name, gradient in exact.items():
        np.testing.assert_allclose(traced[name], gradient, atol=1e-14)
        way = random.normal(size=gradient.shape)
        measured = central_difference(network, start, rows, labels, name, way)
        assert measured.value == pytest.approx(float((gradient * way).sum()), rel=1e-6, abs=1e-9)
