"""How many passes through the samples a training makes, whatever its loops are over."""

import pytest

HEAD = """
import numpy as np
rng = np.random.default_rng(1)
n = 60
X = rng.normal(size=(n, 3))
T = np.eye(2)[(X[:, 0] > 0).astype(int)]
W, b = rng.normal(size=(3, 2)), np.zeros(2)
lr = 0.3
"""
STEP = """
e = np.exp(x @ W + b)
d = (e / e.sum(axis=1, keepdims=True) - t) / 10
W -= lr * x.T @ d
b -= lr * d.sum(axis=0)
"""
BY_STEPS = """
step = 0
while step < 120:
    if step in (63, 96):
        lr = lr / 10
    i = step * 10 % n
    x, t = X[i:i + 10], T[i:i + 10]
    STEP
    step += 1
"""
TWO_SETS = """
sets = (X[:30], T[:30]), (X[30:], T[30:])
for epoch in range(20):
    Xe, Te = sets[epoch % 2]
    for i in range(0, 30, 10):
        x, t = Xe[i:i + 10], Te[i:i + 10]
        STEP
"""
FOUR_EACH = """
at = 0
for epoch in range(30):
    for s in range(4):
        x, t = X[at:at + 10], T[at:at + 10]
        at = (at + 10) % n
        STEP
"""
EVERY_OTHER = """
for epoch in range(20):
    if epoch % 2:
        print(epoch, ((X @ W + b).argmax(1) == T.argmax(1)).mean())
        continue
    for i in range(0, n, 10):
        x, t = X[i:i + 10], T[i:i + 10]
        STEP
"""
SHIFTED = """
for epoch in range(20):
    for i in range(0, n, 10):
        x, t = X[i:i + 10], T[i:i + 10]
        if rng.random() < 0.5:
            x = x + 0.3
        STEP
"""


def script(text: str) -> str:
    lines = []
    for line in text.strip("\n").split("\n"):
        inner = STEP.strip().split("\n") if line.strip() == "STEP" else [line.lstrip()]
        indent = line[: len(line) - len(line.lstrip())]
        lines += [f"{indent}{one}" for one in inner]
    return HEAD + "\n".join(lines) + "\n"


def test_passes_that_no_loop_begins_are_told_by_the_samples(read):
    network = read(script(BY_STEPS)).network
    assert network is not None
    assert len(network.data().labels) == 60
    assert network.epochs == 20
    # the first change falls into the midst of a pass
    assert [network.learning_rate.at(10, at) for at in range(6)] == pytest.approx(
        3 * [0.3] + 3 * [0.03]
    )
    assert network.learning_rate.at(16, 0) == pytest.approx(0.003)


@pytest.mark.parametrize(("text", "epochs"), [(TWO_SETS, 10), (FOUR_EACH, 20)])
def test_an_epoch_of_a_part_of_the_samples_is_a_part_of_a_pass(read, text, epochs):
    seen = read(script(text))
    assert seen.network is not None, seen.parted
    assert len(seen.network.data().labels) == 60
    assert seen.network.epochs == epochs


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (EVERY_OTHER, "no step was made in"),
        (SHIFTED, "many samples are others than in the epoch before, beside the same targets"),
        (FOUR_EACH.replace("for s", "lr = 0.3 * 0.9 ** epoch\n    for s"), "at another rate"),
    ],
)
def test_what_is_no_pass_is_not_read(read, text, why):
    seen = read(script(text))
    assert seen.network is None
    assert why in seen.parted.reason
