"""Samples that the loop goes past: by their label, or by what the network says."""

TEXT = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(90, 4))
y = rng.integers(0, 3, 90)
W1 = rng.normal(size=(6, 4)) * 0.5
b1 = np.zeros(6)
W2 = rng.normal(size=(3, 6)) * 0.5
for epoch in range(8):
    for i in rng.permutation(90):
        if y[i] == 2:
            continue
        h = np.tanh(W1 @ X[i] + b1)
        z = W2 @ h
        e = np.exp(z - z.max())
        d = e / e.sum() - np.eye(3)[y[i]]
        dh = (W2.T @ d) * (1 - h ** 2)
        W2 -= 0.1 * np.outer(d, h)
        W1 -= 0.1 * np.outer(dh, X[i])
        b1 -= 0.1 * dh
"""
RIGHT = "np.argmax(W2 @ np.tanh(W1 @ X[i] + b1)) == y[i]"


def test_samples_that_are_left_out_by_their_label_are_not_read(read):
    seen = read(TEXT)
    assert seen.network is None
    assert seen.parted.reason.startswith("not every turn makes a step")


def test_samples_that_the_network_leaves_out_are_not_read(read):
    seen = read(TEXT.replace("y[i] == 2", RIGHT))
    assert seen.network is None
    assert seen.parted.reason.startswith("not every turn makes a step")


ASKS = "if y[i] == 2:\n            continue"
KEPT = "        dh = (W2"


def test_samples_that_an_earlier_answer_leaves_out_are_not_read(read):
    flag = TEXT.replace("for epoch", "sure = False\nfor epoch", 1)
    flag = flag.replace(ASKS, "if sure:\n            sure = False\n            continue")
    flag = flag.replace(KEPT, f"        sure = bool(z.argmax() == y[i])\n{KEPT}")
    loss = TEXT.replace("for epoch", "loss = 9.0\nfor epoch", 1)
    loss = loss.replace(ASKS, "if loss < 0.8:\n            loss = 9.0\n            continue")
    loss = loss.replace(KEPT, f"        loss = float(-np.log((e / e.sum())[y[i]]))\n{KEPT}")
    for text in (flag, loss):
        seen = read(text)
        assert seen.network is None
        assert seen.parted.reason.startswith("not every turn makes a step")
