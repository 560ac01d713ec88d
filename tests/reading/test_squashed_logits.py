"""The hidden layers' activation under the softmax too: the forward pass is at fault."""

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients
from diagnose.causes.exchange import exchanged, look_at
from diagnose.network.layers import softmax_rows
from diagnose.training.trainer import Trainer
from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

SQUASHED = {
    "relu": ("np.maximum(z2, 0)", "s2 > 0"),
    "sigmoid": ("1 / (1 + np.exp(-z2))", "s2 * (1 - s2)"),
    "tanh": ("np.tanh(z2)", "1 - s2 ** 2"),
}


@pytest.mark.parametrize("name", SQUASHED)
def test_an_activation_under_the_softmax_is_read_and_is_no_sound_forward_pass(name, tmp_path):
    value, slope = SQUASHED[name]
    text = FLAT.replace("e = np.exp(z2 - z2.max", f"s2 = {value}\n        e = np.exp(s2 - s2.max")
    text = text.replace("d2 = (p - y) / len(x)", f"d2 = (p - y) / len(x) * ({slope})")
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=30)
    assert seen.parted is None
    network = seen.network
    assert [one.activation for one in network.layers] == ["relu", "softmax"]
    assert network.layers[-1].pre == "z2"
    author = look_at(network, Trainer(data=network.data(), epochs=1), 0)
    assert "forward" in author.differing
    assert "gradient" not in author.differing  # it is right for what is computed
    made = exchanged(author, ["forward"])
    rows, labels = network.data().images[:16], network.data().labels[:16]
    start = network.init(1)
    trace = dict(made.forward(start, rows))
    np.testing.assert_allclose(trace[network.layers[-1].out], softmax_rows(trace["z2"]))
    found = made.backward(start, trace, rows, labels)
    np.testing.assert_allclose(found["W2"], exact_gradients(made, start, rows, labels)["W2"])
