"""A test of weights that nothing has trained is told, and one to compare with is not."""

import pytest

from tests.watching.test_own_test import EACH, TESTED, WAYS, read, same

# The best weights are kept; what counts as better decides whether any ever are.
KEPT = (
    TESTED.replace(
        "for epoch in range(12):\n",
        "best, kept = LEAST, [np.array(one) for one in (W1, b1, W2, b2)]\n"
        "for epoch in range(12):\n",
    )
    + "    now = -np.mean(np.log(forward(Xt)[np.arange(60), yt]))\n"
    + "    if now < best:\n        best, kept = now, [np.array(one) for one in (W1, b1, W2, b2)]\n"
    + "W1, b1, W2, b2 = kept\n"
    + WAYS["compared"]
)


@pytest.mark.parametrize(("least", "told"), [("0.0", 1), ("np.inf", 0)])
def test_weights_that_no_step_changed_are_told_where_they_are_tested(least, told, tmp_path):
    text = KEPT.replace("LEAST", least)
    seen = read(tmp_path, text)
    assert same(seen, text)
    found = [one for one in seen.seen if one.kind == "untrained-weights"]
    assert len(found) == told
    assert all("forward(Xt)" in text.splitlines()[one.line - 1] for one in found)


def test_a_test_of_what_was_just_drawn_is_none_of_what_was_trained(tmp_path):
    before = "print('before', np.mean(forward(Xt).argmax(axis=1) == yt))\nlr = 0.3"
    text = TESTED.replace("lr = 0.3", before) + WAYS["compared"]
    seen = read(tmp_path, text)
    assert same(seen, text)
    assert not [one for one in seen.seen if one.kind == "untrained-weights"]


TRAIN = """
import numpy as np
np.random.seed(0)
X, Xt = np.random.randn(90, 4), np.random.randn(60, 4)
Y, yt = np.eye(2)[(X[:, 0] > 0).astype(int)], (Xt[:, 0] > 0).astype(int)
def forward(x, W):
    e = np.exp(x @ W)
    return e / e.sum(axis=1, keepdims=True)
def train():
    W = np.random.randn(4, 2) * 0.5
    for epoch in range(40):
        W = W - 0.3 * X.T @ (forward(X, W) - Y) / 90
    return W
"""


def test_of_a_second_training_nothing_is_said(tmp_path):
    text = TRAIN + "train()\nW = train()\nprint((forward(Xt, W).argmax(1) == yt).mean())"
    seen = read(tmp_path, text)
    assert "no others were seen" in seen.roles["test samples"]["text"]
    assert not [one for one in seen.seen if one.kind == "untrained-weights"]


def test_an_object_beside_the_one_that_was_trained_is_told(tmp_path):
    text = TRAIN + "W = np.random.randn(4, 2)\ntrain()\n"
    text += "print((forward(Xt, W).argmax(1) == yt).mean())"
    (one,) = (one for one in read(tmp_path, text).seen if one.kind == "untrained-weights")
    assert one.observed.startswith("the network that is tested here has W as drawn")


DRAWN = "W1, W2 = np.random.randn(4, 6) * 0.5, np.random.randn(6, 3) * 0.5\n"
NETS = TESTED.replace("W1 = np.random.randn(4, 6) * 0.5", "W1 = drawn(4, 6)").replace(
    "W2 = np.random.randn(6, 3) * 0.5", "W2 = drawn(6, 3)"
)
NETS = "def drawn(*shape):\n    return np.random.randn(*shape) * 0.5\n" + NETS
AGAIN = "W1, W2 = drawn(4, 6), drawn(6, 3)\n"
PRINTED = WAYS["compared"] + "\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TESTED + DRAWN + PRINTED, 1),
        (NETS + AGAIN + PRINTED, 1),  # by the very line that drew them before the training
        (TESTED + EACH + DRAWN + PRINTED, 1),
        (TESTED + "W2 = np.random.randn(6, 3)\n" + PRINTED, 1),
        # beside the trained ones they are something to compare with
        (TESTED + PRINTED + DRAWN + PRINTED.replace("print(", "print('none', "), 0),
        (TESTED + "W1 = W1 * (np.random.rand(4, 6) > 0.05)\n" + PRINTED, 0),
        (TESTED + "W2 = W2 * 1.5\n" + PRINTED, 0),
    ],
)
def test_weights_that_are_drawn_anew_before_the_test_are_told(text, told, tmp_path):
    seen = read(tmp_path, text)
    assert len([one for one in seen.seen if one.kind == "untrained-weights"]) == told
    assert len(seen.network.data().test_labels) == 60


RESET = """
def reset():
    global W1, W2
    W1, W2 = np.random.randn(4, 6) * 0.5, np.random.randn(6, 3) * 0.5
reset()
"""
CHECK = """
def score():
    return np.mean(forward(Xt).argmax(axis=1) == yt)
def check():
    reset()
    return score()
print(check())
"""


def test_the_place_is_where_the_training_is_undone(tmp_path):
    text = TESTED.replace("lr = 0.3", f"{RESET}lr = 0.3") + CHECK
    (one,) = (one for one in read(tmp_path, text).seen if one.kind == "untrained-weights")
    assert text.splitlines()[one.line - 2 : one.line] == ["def check():", "    reset()"]
    assert one.file == "mine.py"
    assert one.observed.startswith("weights are drawn anew here, and the network that is tested in")
