"""Scripts that test on the samples that they train on: what their answers tell."""

import pytest

from tests.watching.scripts import FLAT, JOINED, ONE_BY_ONE
from tests.watching.test_own_test import read

TRAINED = FLAT[: FLAT.index("    print(epoch")].replace("range(12)", "range(60)")
ANSWERS = "np.argmax(np.maximum(X @ W1 + b1, 0) @ W2 + b2, axis=1)"
TESTED = f"{TRAINED}print(np.mean({ANSWERS} == labels))\n"
NOISY = (
    "at = np.random.permutation(90)[:20]\nY[at] = np.eye(3)[np.random.randint(0, 3, 20)]\n"
    "W1 = np.random.randn(4, 6) * 0.5"
)
START = "W1 = np.random.randn(4, 6) * 0.5"
WITHIN = TRAINED.replace(
    "        d2 =", "        said = np.mean(p.argmax(axis=1) == labels[pick])\n        d2 ="
)
EACH = (
    f"{ONE_BY_ONE}\ndef answer(x):\n"
    "    h = 1 / (1 + np.exp(-(net.w[0].dot(x) + net.b[0])))\n"
    "    return 1 / (1 + np.exp(-(net.w[1].dot(h) + net.b[1])))\n"
    "print(sum(answer(x).argmax() == t for x, t in zip(X, labels)))\n"
)
SINGLE = "1 / (1 + np.exp(-np.c_[np.ones(60), np.tanh(Xb @ W1)] @ W2))"
FIRE = {
    "smallest": (TESTED.replace("np.argmax(", "np.argmin("), ["misleading-metric"]),
    "cut off to 0": (
        f"{JOINED}print(np.mean(({SINGLE}).astype(int) == y))\n",
        ["misleading-metric"],
    ),
}
SILENT = {
    "right": TESTED,
    "right one by one": EACH,
    "in each epoch": TESTED.replace("print(", "    print("),
    "in each step": WITHIN,
    "rounded": f"{JOINED}print(np.mean(({SINGLE}).round().astype(int) == y))\n",
    "noisy labels": TESTED.replace(START, NOISY),
    "beside a chance level": f"{TESTED}chance = np.random.permutation(labels)\n"
    f"print(np.mean({ANSWERS} == chance))\n",
    "an error rate beside it": f"{JOINED}said = {SINGLE} > 0.5\n"
    "print(np.mean(said == y))\nprint(np.mean(said == 1 - y))\n",
    "with no answer where it is unsure": TESTED.replace(
        ANSWERS, f"np.where(({ANSWERS[10:-9]}).max(axis=1) > 1.5, {ANSWERS}, -1)"
    ),
    "nothing but a start": TESTED.replace("range(60)", "range(5)").replace("lr = 0.3", "lr = 1e-9"),
}


@pytest.mark.parametrize("name", FIRE)
def test_what_they_are_held_against_is_told(name, tmp_path):
    text, kinds = FIRE[name]
    found = read(tmp_path, text).seen
    assert [one.kind for one in found] == kinds
    lines = text.splitlines()
    assert lines[found[-1].line - 1] == lines[-1]


@pytest.mark.parametrize("name", SILENT)
def test_what_is_right_is_not(name, tmp_path):
    assert read(tmp_path, SILENT[name]).seen == ()


def test_answers_to_both_sets_that_are_compared_later_are_seen(tmp_path):
    text = TRAINED.replace("for epoch", "T = np.random.randn(40, 4)\nfor epoch").replace(
        "range(60)", "range(30)"
    )
    wanted = "(T[:, 0] > 0).astype(int) + (T[:, 1] > 0)"
    tested = ANSWERS.replace("X @", "T @")
    text += f"both = {tested}, {ANSWERS}\nwanted = {wanted}\n"
    text += "print((both[0] == wanted).mean(), (both[1] == labels).mean())\n"
    seen = read(tmp_path, text)
    assert seen.roles["test samples"]["text"] == "40 samples"
