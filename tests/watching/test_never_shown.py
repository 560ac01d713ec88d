"""Samples of classes that no step shows are tried, where the script has them at hand."""

from __future__ import annotations

import numpy as np
import pytest

from diagnose.command.told import findings_told
from diagnose.probes.missing_classes import DEFECT, missing
from diagnose.training.trainer import Trainer
from diagnose.watching.equal_samples import alike_by_chance
from diagnose.watching.never_taken import scaled_alike
from diagnose.watching.script import watch
from tests.networks import bench

SCRIPT = """
import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(300, 3))
y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
BEFORE
T = np.eye(3)[y]
W1, b1 = rng.normal(size=(3, 8)) / 2, np.zeros(8)
W, b = rng.normal(size=(8, 3)) / 10, np.zeros(3)

def predict(x):
    h = np.tanh(x @ W1 + b1)
    z = h @ W + b
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return h, e / e.sum(axis=-1, keepdims=True)

for epoch in range(10):
    for i in ORDER:
        x, t = TAKEN, T[i:i + 1]
        h, p = predict(x)
        d = p - t
        dh = d @ W.T * (1 - h ** 2)
        W -= 0.1 * h.T @ d
        b -= 0.1 * d[0]
        W1 -= 0.1 * x.T @ dh
        b1 -= 0.1 * dh[0]
print(np.mean(predict(TESTED)[1].argmax(axis=1) == ASKED))
"""
SORTED = "r = np.argsort(y, kind='stable'); X, y = X[r], y[r]"
HELD_OUT = "Xt, yt, X, y = X[200:], y[200:], X[:200], y[:200]"
CHOSEN = "every, numbers = X, y\nk = numbers < 2\nX, y = every[k], numbers[k]"
ALL = "rng.permutation(len(X))"


def read(folder, before, order=ALL, taken="X[i:i + 1]", tested="Xt", asked="yt"):
    text = SCRIPT
    for word, said in (
        ("BEFORE", before), ("ORDER", order), ("TAKEN", taken), ("TESTED", tested), ("ASKED", asked)
    ):  # fmt: skip
        text = text.replace(word, said)
    (folder / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(folder / "mine.py", seconds=30, further=20.0)
    assert seen.network is not None
    scope = {}
    exec(text.split("for epoch")[0], scope)
    return seen, seen.network.data(), scope


def probed(seen, data):
    return DEFECT.probe(bench(seen.network, data=data))


@pytest.mark.parametrize(
    ("before", "order", "taken"),
    [
        # chosen by their class while the loop goes over all
        (HELD_OUT, "rng.permutation(np.flatnonzero(y < 2))", "X[i:i + 1]"),
        # chosen before: all of them are kept beside these
        (f"{HELD_OUT}\n{CHOSEN}", ALL, "X[i:i + 1]"),
        # a loop that ends before the last classes begin
        (f"{HELD_OUT}\n{SORTED}", "rng.permutation(100)", "X[i:i + 1]"),
        # prepared one by one, as they are taken
        (
            f"{HELD_OUT}\nX = X * 50 + 128",
            "rng.permutation(np.flatnonzero(y < 2))",
            "(X[i:i + 1] - 128) / 50",
        ),
        # one class alone
        (HELD_OUT, "rng.permutation(np.flatnonzero(y == 1))", "X[i:i + 1]"),
        # numbers so few that samples of all classes are alike
        (f"X = np.round(X)\n{HELD_OUT}", "rng.permutation(np.flatnonzero(y < 2))", "X[i:i + 1]"),
    ],
)
def test_classes_that_are_left_out_are_tried(tmp_path, before, order, taken):
    seen, data, scope = read(tmp_path, before, order, taken)
    assert len(data.test_labels) == 100
    found = probed(seen, data)
    assert (found.status, found.part, found.severity) == ("present", "order", "error")
    absent = missing(found.numbers)
    assert 2 in absent
    own = seen.network.order(data.labels.copy(), 0, 0)
    assert not {*absent} & {*data.labels[own].tolist()}
    repaired = DEFECT.repair(seen.network, found.numbers)
    shown = repaired.order(data.labels.copy(), 0, 0)
    assert {*data.labels[shown].tolist()} == {0, 1, 2}
    # all that there are, each with the label that is its own
    rows, labels = scope.get("every", scope["X"]), scope.get("numbers", scope["y"])
    if "128" in taken:
        rows = (rows - 128) / 50
    for one in absent:
        mine = np.asarray(data.images[data.labels == one])
        wanted = rows[labels == one]
        assert np.allclose(mine[np.lexsort(mine.T)], wanted[np.lexsort(wanted.T)])


IN_A_FUNCTION = """
import numpy as np

def load():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 3))
    y = (x[:, 0] > 0).astype(int)
    return x[:200], y[:200], x[200:], y[200:]

def forward(x, p):
    h = np.tanh(x @ p["W1"] + p["b1"])
    return h, np.tanh(h @ p["W2"] + p["b2"])

def schedule(epoch):
    RATE

def step(p, name, slope, lr):
    p[name] = p[name] - lr * slope

def train():
    x, labels, _, _ = load()
    np.random.seed(0)
    p = {"W1": np.random.randn(3, 8) / 2, "b1": np.zeros(8)}
    p.update(W2=np.random.randn(8, 1) / 3, b2=np.zeros(1))
    for epoch in range(12):
        every = np.random.permutation(np.flatnonzero(labels == 0))
        for at in range(0, len(every), 8):
            i = every[at:at + 8]
            t = np.where(labels[i] == 1, 1.0, -1.0)[:, None]
            h, o = forward(x[i], p)
            d = (o - t) * (1 - o ** 2) / len(i)
            dh = d @ p["W2"].T * (1 - h ** 2)
            slopes = dict(W2=h.T @ d, b2=d.sum(axis=0), W1=x[i].T @ dh, b1=dh.sum(axis=0))
            for name, slope in slopes.items():
                step(p, name, slope, schedule(epoch))
    return p

p = train()
_, _, xt, yt = load()
print(np.mean((forward(xt, p)[1][:, 0] > 0) == (yt == 1)))
"""


@pytest.mark.parametrize(
    "rate",
    [
        # known once an epoch was seen: the training is still going on
        "return 0.1",
        # the function that trains is left before it is known, and with it the samples
        "return 0.1 if epoch < 10 else 0.05",
    ],
)
def test_a_class_is_found_in_labels_that_are_no_targets_and_of_a_function_that_is_over(
    tmp_path, rate
):
    (tmp_path / "mine.py").write_text(IN_A_FUNCTION.replace("RATE", rate), encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=30, further=20.0)
    data = seen.network.data()
    assert (len(data.labels), len(data.test_labels)) == (200, 100)
    assert set(np.unique(data.labels)) == {0, 1}
    assert not data.labels[seen.network.order(data.labels.copy(), 0, 0)].any()


def test_what_showing_them_changes_is_found_by_training(tmp_path):
    seen, data, _ = read(tmp_path, HELD_OUT, "rng.permutation(np.flatnonzero(y < 2))")
    trainer = Trainer(data=data, epochs=seen.network.epochs)
    repaired = DEFECT.repair(seen.network, probed(seen, data).numbers)
    scores = [
        trainer.symptoms(one, trainer.run(one, 0)).balanced_accuracy
        for one in (seen.network, repaired)
    ]
    assert scores[0] < 0.7 < 0.8 < scores[1]


def test_of_samples_in_the_test_set_alone_half_are_tried(tmp_path):
    split = f"{SORTED}\nXt, yt = X[150:], y[150:]\nX, y = X[:150], y[:150]"
    seen, data, scope = read(tmp_path, split)
    found = probed(seen, data)
    assert (found.part, missing(found.numbers)) == ("order", [2])
    count = int((scope["yt"] == 2).sum())
    aside, left = int((data.labels == 2).sum()), int((data.test_labels == 2).sum())
    assert (aside, left) == (-(-count // 2), count // 2)
    assert not {row.tobytes() for row in data.images} & {row.tobytes() for row in data.test_images}
    assert seen.roles["test samples"]["put_aside"] == aside


@pytest.mark.parametrize(
    "before",
    [
        # none of the class is tested on, either
        f"{CHOSEN}\nX, y, Xt, yt = X[:120], y[:120], X[120:], y[120:]",
        # an output too many
        f"y = np.minimum(y, 1)\n{HELD_OUT}",
    ],
)
def test_a_class_that_is_not_tested_on_is_left_out_on_purpose(tmp_path, before):
    seen, data, scope = read(tmp_path, before)
    assert len(data.labels) == len(scope["X"])
    assert probed(seen, data).severity == "risk"


def test_who_chooses_by_class_and_tests_on_the_same_means_it(tmp_path):
    seen, data, scope = read(tmp_path, CHOSEN, tested="X", asked="y")
    assert len(data.labels) == len(scope["X"])
    assert probed(seen, data).severity == "risk"


def test_who_asks_for_no_others_than_are_trained_on_means_it(tmp_path):
    asked = {"tested": "X[:150]", "asked": "y[:150]"}
    seen, data, _ = read(tmp_path, SORTED, "rng.permutation(150)", **asked)
    assert (data.labels == 2).sum() == 0
    assert probed(seen, data).severity == "risk"


def test_a_loop_that_ends_too_early_is_tried_without_a_test_set(tmp_path):
    asked = {"tested": "np.ones((2, 3))", "asked": "2"}
    seen, data, scope = read(tmp_path, SORTED, "rng.permutation(150)", **asked)
    assert (data.labels == 2).sum() == (scope["y"] == 2).sum() > 0
    assert probed(seen, data).severity == "error"
    assert "of classes that no step shows" in seen.roles["test samples"]["text"]


def test_of_what_the_missing_alone_are_left_out_nothing_is_told_twice(tmp_path):
    seen, _, _ = read(tmp_path, HELD_OUT, "rng.permutation(np.flatnonzero(y < 2))")
    assert not [one for one in findings_told(seen.seen) if one.defect == "never-taken"]


def test_of_few_numbers_samples_are_alike_by_chance():
    rows = np.random.default_rng(0).normal(size=(50, 2))
    assert alike_by_chance(rows, 20) == 0
    assert alike_by_chance(np.sign(rows), 20) == 1
    half = np.concatenate([rows, np.repeat(rows[:1], 50, axis=0)])
    assert 0.51 < alike_by_chance(half, 100) < 0.62


def test_samples_are_scaled_as_those_that_were_taken():
    rows = np.random.default_rng(0).integers(0, 256, (40, 3)).astype(float)
    rows[:20, 1] = 7
    taken = np.arange(20)
    assert np.allclose(scaled_alike(rows, taken, rows[:20] / 255 - 0.5), rows / 255 - 0.5)
    # each column by its own numbers: of the one in which nothing differs they are not known
    apart = rows[:20] * [1.0, 2.0, 3.0] + [0.0, 1.0, 2.0]
    assert scaled_alike(rows, taken, apart) is None
    rows[:, 1] = 7
    assert np.allclose(
        scaled_alike(rows, taken, rows[:20] * [1, 2, 3] + [0, 1, 2]), rows * [1, 2, 3] + [0, 1, 2]
    )
    assert scaled_alike(rows, taken, np.sqrt(rows[:20])) is None
