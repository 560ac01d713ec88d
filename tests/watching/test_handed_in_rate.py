"""A rate that is handed in is seen to the end of the training."""

import pytest

from diagnose.watching.script import watch

SCRIPT = """
import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(60, 3))
T = np.eye(2)[(X[:, 0] > 0).astype(int)]

def schedule(epoch):
    return 0.1 if epoch < 20 else 0.02

class Net:
    def __init__(self):
        self.W, self.b = rng.normal(size=(3, 2)), np.zeros(2)

    def step(self, dW, db, lr):
        self.W = self.W - lr * dW
        self.b = self.b - lr * db

net = Net()
for epoch in range(30):
    for i in rng.permutation(60):
        x = X[i:i + 1]
        e = np.exp(x @ net.W + net.b)
        d = e / e.sum() - T[i:i + 1]
        net.step(x.T @ d, d[0], schedule(epoch))
"""


@pytest.mark.parametrize(
    ("before", "given"),
    [
        ("pass", "schedule(epoch)"),
        ("rate = 0.1 if epoch < 20 else 0.02", "rate"),
        ("rate = 0.1 if epoch == 0 else 0.02 if epoch == 20 else rate", "rate"),
    ],
)
def test_a_schedule_is_seen_to_its_end(tmp_path, before, given):
    text = SCRIPT.replace("schedule(epoch))\n", f"{given})\n")
    text = text.replace("(30):", f"(30):\n    {before}")
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    network = watch(tmp_path / "mine.py", seconds=30).network
    assert network is not None
    rates = [network.learning_rate(epoch) for epoch in range(30)]
    assert rates == 20 * [0.1] + 10 * [0.02]
