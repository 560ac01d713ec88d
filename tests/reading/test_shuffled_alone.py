"""Samples that are shuffled as lists without their labels: not read, and said what was done."""

import pytest

TEXT = """
import random
import numpy as np
random.seed(0)
np.random.seed(0)
X = np.random.randn(60, 4)
y = (X[:, 0] + X[:, 1] > 0).astype(int)
W1, W2 = np.random.randn(6, 4) * 0.5, np.random.randn(2, 6) * 0.5
for epoch in range(12):
    pairs = list(zip(X, y))
    random.shuffle(pairs)
    xs = [one[0] for one in pairs]
    ts = [int(one) for one in y]
    for s in range(0, 60, 10):
        a = np.array(xs[s:s + 10]).T
        t = np.zeros((2, 10))
        for j, c in enumerate(ts[s:s + 10]):
            t[c, j] = 1
        h = np.tanh(W1 @ a)
        e = np.exp(W2 @ h)
        d = (e / e.sum(axis=0) - t) / 10
        g = (W2.T @ d) * (1 - h ** 2)
        W2 -= 0.3 * d @ h.T
        W1 -= 0.3 * g @ a.T
"""
LABELS = TEXT.replace("one[0] for one in pairs", "one for one in X").replace(
    "for one in y]", "for _, one in pairs]"
)


@pytest.mark.parametrize(("text", "who"), [(TEXT, "samples"), (LABELS, "targets")])
def test_what_is_shuffled_without_the_other_is_told_at_its_line(read, text, who):
    seen = read(text)
    assert seen.network is None
    assert f"{who} are shuffled without their" in seen.parted.reason
    told = [one for one in seen.seen if one.kind == "unrelated-labels"]
    assert [one.text for one in told] == ["random.shuffle(pairs)"]


def test_samples_shuffled_with_their_labels_are_read(read):
    seen = read(TEXT.replace("for one in y]", "for _, one in pairs]"))
    assert seen.parted is None


def test_of_samples_that_are_drawn_anew_it_is_not_said_that_they_were_shuffled(read):
    noisy = TEXT.replace("np.random.randn(60, 4)", "np.random.randint(0, 2, (60, 4))")
    noisy = noisy.replace("(X[:, 0] + X[:, 1] > 0)", "(X[:, 0] > 0)")
    noisy = noisy.replace(
        "[one[0] for one in pairs]", "[np.random.rand(4) < 0.2 + 0.6 * one for one in X]"
    )
    seen = read(noisy.replace("    random.shuffle(pairs)\n", ""))
    assert seen.network is None
    assert "shuffled without" not in seen.parted.reason


SMOOTHED = TEXT.replace("for one in y]", "for _, one in pairs]").replace(
    "d = (e / e.sum(axis=0) - t) / 10",
    "d = (e / e.sum(axis=0) - t * (1 - 0.3 * 0.5 ** epoch)) / 10",
)


def test_targets_that_change_with_the_epoch_are_not_taken_for_those_of_others(read):
    seen = read(SMOOTHED)
    assert seen.network is None
    assert "epochs change the targets" in seen.parted.reason
    assert not any(one.kind == "unrelated-labels" for one in seen.seen)
