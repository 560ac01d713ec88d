"""A test that computes another function than the one that is trained; and such as do not."""

import numpy as np
import pytest

from diagnose.patching.measured import patch_of_step
from diagnose.watching.script import watch

TRAINED = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(240, 4))
Y = (np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] > 0).astype(int)
Xt, Yt = X[200:], Y[200:]
P = {"W": rng.normal(size=(4, 12)), "b": np.zeros(12), "V": rng.normal(size=(12, 2)) / 3,
     "c": np.zeros(2)}
def relu(z):
    return np.maximum(z, 0)
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
def forward(x, p):
    z = x @ p["W"] + p["b"]
    h = relu(z)
    return z, h, softmax(h @ p["V"] + p["c"])
for epoch in range(30):
    for i in range(0, 200, 20):
        x = X[i:i + 20]
        z, h, d = forward(x, P)
        d[np.arange(20), Y[i:i + 20]] -= 1
        dz = d @ P["V"].T * (z > 0)
        P["V"] -= .02 * h.T @ d
        P["c"] -= .02 * d.sum(axis=0)
        P["W"] -= .02 * x.T @ dz
        P["b"] -= .02 * dz.sum(axis=0)
"""
COUNTED = "print('accuracy', np.mean(answers == Yt))\n"


def told(folder, test, trained=TRAINED):
    path = folder / "mine.py"
    path.write_text(trained + test + COUNTED, encoding="utf-8")
    seen = watch(path, seconds=30, further=10.0)
    return path, [one for one in seen.seen if one.kind == "train-test-mismatch"]


@pytest.mark.parametrize(
    "test",
    [
        'answers = (np.tanh(Xt @ P["W"] + P["b"]) @ P["V"] + P["c"]).argmax(axis=1)\n',
        'h = Xt @ P["W"] + P["b"]\nanswers = (h @ P["V"] + P["c"]).argmax(axis=1)\n',
        'answers = np.argmax(relu(Xt @ P["W"]) @ P["V"] + P["c"], axis=1)\n',
        'answers = [np.argmax(relu(v @ P["W"] + P["b"]) @ P["V"]) for v in Xt]\n',
    ],
    ids=["another function", "none", "no bias", "no bias at the output, one by one"],
)
def test_what_is_trained_is_written_where_the_test_computes_something_else(tmp_path, test):
    path, (found,) = told(tmp_path, test)
    assert found.line == len(TRAINED.splitlines()) + 1
    made = patch_of_step(path, [found], arguments=(), seconds=60.0, at_once=1)
    (change,) = made["hunks"][0]["changes"]
    space = {}
    exec(TRAINED, space)
    wanted = space["forward"](space["Xt"], space["P"])[2].argmax(axis=1)
    text = test.replace(change["old"][0], change["new"][0])
    exec(text, space)
    assert text != test
    assert np.array_equal(space["answers"], wanted)
    assert made["tried"]["printed"][1] == f"accuracy {np.mean(wanted == space['Yt'])}"


@pytest.mark.parametrize(
    "test",
    [
        "answers = forward(Xt, P)[2].argmax(axis=1)\n",
        'answers = (relu(Xt @ P["W"] + P["b"]) @ P["V"] + P["c"]).argmax(axis=1)\n',
        'B = {k: v.copy() for k, v in P.items()}\nanswers = [np.argmax(np.where(v @ B["W"] + '
        'B["b"] > 0, v @ B["W"] + B["b"], 0) @ B["V"] + B["c"]) for v in Xt]\n',
        'print(np.tanh(Xt @ P["W"]).mean())\nanswers = forward(Xt, P)[2].argmax(axis=1)\n',
    ],
    ids=["the same", "without the softmax", "written otherwise, one by one", "one layer looked at"],
)
def test_what_is_the_same_function_is_no_other(tmp_path, test):
    assert told(tmp_path, test)[1] == []


def test_a_normalisation_by_the_batch_may_be_another_one_in_the_test(tmp_path):
    """As it is meant to be: with the means of the training."""
    trained = TRAINED.replace('z = x @ p["W"]', 'z = (x - x.mean(axis=0)) @ p["W"]')
    test = 'h = relu((Xt - X.mean(axis=0)) @ P["W"] + P["b"])\n'
    test += 'answers = (h @ P["V"] + P["c"]).argmax(axis=1)\n'
    assert told(tmp_path, test, trained)[1] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("size=(4, 12)), \"b\": np.zeros(12), \"V\": rng.normal(size=(12, 2)) / 3",
      "size=(4, 1)), \"b\": np.zeros(1), \"V\": rng.normal(size=(1, 2))"),
     ("rng.normal(size=(4, 12))", "np.zeros((4, 12))")],
    ids=["one hidden unit, whose bias is one number", "weights of zeros"],
)  # fmt: skip
def test_parameters_of_which_little_is_to_be_seen_are_no_others(tmp_path, old, new):
    assert old in TRAINED
    test = "answers = forward(Xt, P)[2].argmax(axis=1)\n"
    assert told(tmp_path, test, TRAINED.replace(old, new))[1] == []


def test_weights_that_have_overflowed_are_no_other_function(tmp_path):
    test = "answers = forward(Xt, P)[2].argmax(axis=1)\n"
    assert told(tmp_path, test, TRAINED.replace(".02 *", "1e200 *"))[1] == []


def test_where_the_training_makes_it_and_does_not_use_it_no_edit_of_the_test_is_told(tmp_path):
    trained = TRAINED.replace('softmax(h @ p["V"]', 'softmax(z @ p["V"]')
    test = 'answers = (relu(Xt @ P["W"] + P["b"]) @ P["V"] + P["c"]).argmax(axis=1)\n'
    assert trained != TRAINED
    assert not told(tmp_path, test, trained)[1]
