"""What changes in a training only after its first epochs is seen in later ones."""

import pytest

from diagnose.watching.handover import KNOWN, SAMPLES, STEPS
from diagnose.watching.script import watch

SCRIPT = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(90, 3))
T = np.eye(2)[(X[:, 0] > 0.1 * rng.normal(size=90)).astype(int)]
X_test = rng.normal(size=(30, 3))
W, V = rng.normal(size=(3, 4)) / 2, rng.normal(size=(4, 2)) / 2
lr, decay, size, keep, total, wait, best = 0.1, 0.001, 10, (W, V), 0.0, 0, 1e9
perm = np.arange(90)
def halve(p):
    p *= 0.5
for epoch in range(40):
    BEFORE
    for i in range(0, len(X), size):
        x, t = X[perm[i:i + size]], T[perm[i:i + size]]
        WITHIN
        a = np.tanh(x @ W)
        d = (a @ V - t) / len(x)
        e = d @ V.T * (1 - a * a)
        V -= lr * (a.T @ d + decay * V)
        W -= lr * x.T @ e
        total = np.abs(d).sum()
    AFTER
"""


def known(folder, before="pass", within="pass", after="pass"):
    """For how many epochs it is known what its steps do, and what is another later."""
    path = folder / "mine.py"
    text = SCRIPT.replace("BEFORE", before).replace("WITHIN", within).replace("AFTER", after)
    path.write_text(text, encoding="utf-8")
    seen = watch(path, seconds=60)
    assert seen.network is not None, seen.parted
    told = seen.read.said[KNOWN]
    assert (told is None) == ("epochs" not in seen.roles)
    return (told["epochs"], told["what"]) if told else None


@pytest.mark.parametrize(
    "line",
    [
        "if epoch >= 20: decay = 0.1",
        "decay = 0.001 if epoch < 20 else 0.0",
        "if epoch >= 20: W *= 0.99",
        "if epoch >= 20: V[:, :1] = 0",
        "if epoch >= 20: np.copyto(W, 0.9 * W)",
        "if epoch >= 20: halve(W)",
        "if epoch >= 20: W = np.clip(W, -0.3, 0.3)",
    ],
)
def test_between_the_steps(tmp_path, line):
    for place in ("before", "after"):
        epochs, what = known(tmp_path, **{place: line})
        assert 10 <= epochs <= 21
        assert what == STEPS


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("if epoch >= 20: W -= 0.001 * W", STEPS),
        ("t = t if epoch < 20 else 0.9 * t", STEPS),
        ("if epoch >= 20: x = np.abs(x)", SAMPLES),
        ("if epoch >= 20 and i > 30: break", SAMPLES),
    ],
)
def test_within_the_steps(tmp_path, line, what):
    epochs, found = known(tmp_path, within=line)
    assert 10 <= epochs <= 21
    assert found == what


@pytest.mark.parametrize(
    "line",
    [
        "if epoch == 20: size = 2 * size",
        "if epoch == 20: X, T = X[:30], T[:30]",
        "if epoch == 20: X = X + rng.normal(size=X.shape)",
        "if epoch == 20: X[:, 0] = 0",
    ],
)
def test_other_samples(tmp_path, line):
    epochs, what = known(tmp_path, before=line)
    assert 10 <= epochs <= 20
    assert what == SAMPLES


@pytest.mark.parametrize(
    "line",
    [
        "if epoch % 10 == 0: print(epoch, total)",
        "print(np.tanh(X_test @ W) @ V)",
        "perm = rng.permutation(90)",
        "if epoch >= 20: perm = rng.permutation(90)",
        "if epoch == 20: lr = 0.01",  # what becomes of the rate is seen
        "if epoch > 20 and total > 1e9: break",
        "if total < best: best, keep = total, (W.copy(), V.copy())",
        "if np.abs(W).max() > 9: W *= 0.5",  # it is never so large
        "kept = np.clip(W, -3, 3)",
    ],
)
def test_what_changes_nothing_in_the_steps(tmp_path, line):
    assert known(tmp_path, before=line) is None
    assert known(tmp_path, after=line) is None


@pytest.mark.parametrize(("share", "is_told"), [("0.8 - 0.01 * epoch", True), ("0.8", False)])
def test_dropout_that_grows(tmp_path, share, is_told):
    path = tmp_path / "mine.py"
    text = SCRIPT.replace("BEFORE", f"share = {share}").replace("WITHIN", "pass")
    mask = "np.tanh(x @ W)\n        m = (rng.random(a.shape) < share) * 1.0\n        a = a * m"
    text = text.replace("np.tanh(x @ W)", mask).replace("(1 - a * a)", "m * (1 - a * a)")
    path.write_text(
        text.replace("AFTER", "pass").replace("(3, 4)", "(3, 40)").replace("(4, 2)", "(40, 2)"),
        encoding="utf-8",
    )
    seen = watch(path, seconds=60)
    assert seen.network is not None
    assert seen.network.dropout
    assert (seen.read.said[KNOWN] is not None) == is_told
