"""After the reading most steps run unseen; what follows the training is seen again."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from diagnose.watching.script import watch
from diagnose.watching.watcher import LOOKED_AT_AGAIN, Watcher

STEPS, OTHER, FORWARD, TEST = 3, 5, 7, 8


def read(tmp_path, begun=True):
    watcher = Watcher(tmp_path, 10.0)
    step = SimpleNamespace(loop=SimpleNamespace(site=STEPS))
    watcher.understood = SimpleNamespace(roles=SimpleNamespace(step=step))
    watcher.tape.recording, watcher.is_read = False, True
    if begun:
        watcher.tape.begun[STEPS] += 1
    return watcher


def seen(watcher):
    """Whether what is done now is seen."""
    return not watcher.tape.idle and watcher.tape.witness is not None


def test_one_step_of_several_is_seen_and_all_that_follows(tmp_path):
    watcher, every = read(tmp_path), []
    a = np.ones(2)
    for _ in range(3):  # two show what steps do
        watcher.turn(STEPS)
        watcher.tape.binary(FORWARD, "Add", a, a)
    assert watcher.tape.usual == {FORWARD}
    watcher.stepped = 0
    for _ in range(4 * LOOKED_AT_AGAIN):
        watcher.turn(STEPS)
        watcher.tape.binary(FORWARD, "Add", a, a)
        every.append(seen(watcher))
        watcher.turn(OTHER)  # a loop within a step
        watcher.tape.at_end(OTHER)
        assert seen(watcher) is every[-1]
    assert sum(every) == 4
    watcher.turn(STEPS)
    assert not seen(watcher)
    watcher.tape.at_end(STEPS)
    assert seen(watcher)


def test_a_step_that_does_more_than_others_is_seen_from_there_on(tmp_path):
    watcher, a = read(tmp_path), np.ones(2)
    for _ in range(4):
        watcher.turn(STEPS)
        watcher.tape.binary(FORWARD, "Add", a, a)
    assert not seen(watcher)
    watcher.tape.binary(TEST, "Add", a, a)
    assert seen(watcher)
    watcher.tape.binary(FORWARD, "Add", a, a)
    assert seen(watcher)
    watcher.turn(STEPS)
    assert not seen(watcher)


def test_where_it_is_not_known_when_a_step_ends_all_are_seen(tmp_path):
    watcher = read(tmp_path, begun=False)
    for _ in range(2 * LOOKED_AT_AGAIN):
        watcher.turn(STEPS)
        assert seen(watcher)


def test_what_is_done_unseen_is_done_all_the_same(tmp_path):
    tape = read(tmp_path).tape
    tape.idle, tape.usual, tape.witness = True, {0}, None
    a = np.arange(3.0)
    assert tape.binary(0, "Add", a, 1.0).tolist() == [1.0, 2.0, 3.0]
    tape.store(0, 7.0, a, 1)
    assert tape.in_place(0, "Mult", a, 2.0) is a
    assert a.tolist() == [0.0, 14.0, 4.0]
    assert tape.method(0, a, "sum") == 18.0
    assert not tape.nodes


SCRIPT = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 2))
y = (X.sum(axis=1) > 0.3).astype(int)
XT = rng.normal(size=(40, 2))
yT = (XT.sum(axis=1) > 0.3).astype(int)
W, b = rng.normal(size=(2, 2)) / 10, np.zeros(2)

def predict(X):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

for epoch in range(120):
    for i in rng.permutation(60):
        p = predict(X[[i]])
        p[0, y[i]] -= 1
        W = W - 0.1 * X[[i]].T @ p
        b = b - 0.1 * p[0]
        if epoch == 110 and i == 7:
            break
print("accuracy", np.mean(predict(XT).argmax(axis=1) == yT))
"""


def test_a_test_within_one_of_many_steps_is_found(tmp_path):
    text = SCRIPT.replace(
        "        if epoch == 110 and i == 7:\n            break\n",
        "        if epoch == 113 and i == 11:\n"
        "            print('accuracy', np.mean(predict(XT).argmax(axis=1) == yT))\n",
    )
    path = tmp_path / "within.py"
    path.write_text(text[: text.rindex("print")], encoding="utf-8")
    watched = watch(path, further=30.0)
    assert watched.roles["test samples"]["text"] == "40 samples"


def test_a_test_after_a_training_that_ran_unseen_is_found(tmp_path):
    path = tmp_path / "late.py"
    path.write_text(SCRIPT, encoding="utf-8")
    watched = watch(path, further=30.0)
    assert watched.network is not None
    assert watched.roles["test samples"]["text"] == "40 samples"
    assert "accuracy" in watched.output
