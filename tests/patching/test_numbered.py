"""Classes that a test numbers otherwise than the training, which works, and the line of it."""

import pytest

import diagnose

pytestmark = pytest.mark.usefixtures("processes_of_its_own")

SCRIPT = """import numpy as np

rng = np.random.default_rng(0)
kinds = ["pear", "apple", "fig"]
centres = {"pear": (0, 2), "apple": (2, 0), "fig": (-2, -1)}
fruits = [kinds[i] for i in rng.integers(0, 3, 240)]
X = np.array([rng.normal(centres[fruit], 0.5) for fruit in fruits])
train, test = list(zip(X, fruits))[:180], list(zip(X, fruits))[180:]
W1, b1 = rng.normal(size=(8, 2)) * 0.7, np.zeros(8)
W2, b2 = rng.normal(size=(3, 8)) * 0.3, np.zeros(3)

def forward(x):
    h = np.tanh(W1 @ x + b1)
    e = np.exp(W2 @ h + b2)
    return h, e / e.sum()

for epoch in range(8):
    for x, fruit in train:
        h, p = forward(x)
        d = p.copy()
        d[kinds.index(fruit)] -= 1
        dh = (W2.T @ d) * (1 - h ** 2)
        W2 -= 0.05 * np.outer(d, h)
        b2 -= 0.05 * d
        W1 -= 0.05 * np.outer(dh, x)
        b1 -= 0.05 * dh

names = sorted(kinds)
hits = 0
for x, fruit in test:
    hits += names[int(np.argmax(forward(x)[1]))] == fruit
print("accuracy", hits / len(test))
"""


def test_classes_are_numbered_in_the_order_of_the_targets(tmp_path):
    path = tmp_path / "fruits.py"
    path.write_text(SCRIPT, encoding="utf-8")
    found = diagnose.run(path)
    changed = [line for line in found.patch.splitlines() if line[0] in "+-"][2:]
    assert changed == ["-names = sorted(kinds)", "+names = list(kinds)"]
    assert "renumbered-classes" in found.text
    assert repr(found).endswith("; with a patch; print() shows it>")
