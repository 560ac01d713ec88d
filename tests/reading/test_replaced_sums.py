"""Samples one by one within a step, where a gradient replaces that of the sample before."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients
from diagnose.watching.script import watch
from tests.watching.scripts import DATA

# All samples in each step, whose labels are plain numbers.
SUMMED = f"""{DATA}
X, y = X[:12], labels[:12] // 2
W1, b1 = np.random.randn(6, 4) * 0.5, np.zeros(6)
W2, b2 = np.random.randn(6) * 0.5, 0.0
lr = 0.5
for epoch in range(30):
    gW1, gb1, gW2, gb2 = np.zeros((6, 4)), np.zeros(6), np.zeros(6), 0.0
    for i in range(len(X)):
        x, t = X[i], y[i]
        h = np.tanh(W1 @ x + b1)
        o = 1 / (1 + np.exp(-(W2 @ h + b2)))
        e = o - t
        eh = e * W2 * (1 - h ** 2)
        gW2 += e * h
        gb2 += e
        gW1 += np.outer(eh, x)
        gb1 += eh
    W1 -= lr * gW1 / len(X)
    b1 -= lr * gb1 / len(X)
    W2 -= lr * gW2 / len(X)
    b2 -= lr * gb2 / len(X)
"""
REPLACED = {
    "none": (),
    "one": ("gW2",),
    "all but one": ("gW2", "gb2", "gW1"),
}


@pytest.mark.parametrize("names", REPLACED.values(), ids=REPLACED)
def test_what_each_sample_replaces_is_that_of_the_last_one(names, tmp_path):
    text = SUMMED
    for name in names:
        text = text.replace(f"{name} +=", f"{name} =")
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=30)
    assert seen.parted is None
    network = replace(seen.network, loss="cross-entropy")
    data = network.data()
    rows, labels = data.images, data.labels
    assert len(rows) == network.batch_size == 12
    start = network.init(1)
    x = network.lay_out(rows)
    made = network.backward(start, dict(network.forward(start, x)), x, labels)
    whole = exact_gradients(network, start, rows, labels)
    last = exact_gradients(network, start, rows[-1:], labels[-1:])
    for name, gradient in made.items():
        right = last[name] / 12 if f"g{name}" in names else whole[name]
        np.testing.assert_allclose(np.ravel(gradient), np.ravel(right), rtol=1e-6, atol=1e-12)
    for name in set(names) - {"gb2"}:  # which has no operation of its own
        line = next(at for at, one in enumerate(text.splitlines(), 1) if f"  {name} = " in one)
        assert line in [at for at, one in seen.read.said["backward"]["lines"] if "sum_" in one]
