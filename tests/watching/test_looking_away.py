"""After the reading most steps run unseen; what follows the training is seen again."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import numpy as np

from diagnose.watching.handover import Handover
from diagnose.watching.looking_away import LOOKED_AT_AGAIN
from diagnose.watching.running_on import RunningOn
from diagnose.watching.script import watch
from diagnose.watching.watcher import Watcher
from tests.watching.two_readings import are_the_same, two_readings

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
    watcher.steps_unseen.steps = 0
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


def test_what_notes_nothing_is_usual_too(tmp_path):
    """``zip`` over lists begins each step of a training in pure Python: it woke all of them."""
    watcher, a = read(tmp_path), np.ones(2)
    for _ in range(4):
        watcher.turn(STEPS)
        next(watcher.tape.call(OTHER, zip, [0.5], [1.5]))
        watcher.tape.binary(FORWARD, "Add", a, a)
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
    assert next(tape.method(0, a.sum)) == 18.0
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


def test_a_site_that_is_followed_is_looked_at_and_wakes_nobody(tmp_path):
    watcher, a, tapped = read(tmp_path), np.ones(2), []
    for _ in range(4):
        watcher.turn(STEPS)
        watcher.tape.binary(FORWARD, "Add", a, a)
    watcher.tape.followed = {TEST}
    watcher.tape.taps[TEST] = lambda *given: tapped.append(given)
    watcher.tape.binary(TEST, "Add", a, a)
    assert len(tapped) == 1
    assert not seen(watcher)


SAMPLES_IN_TURN = """
import numpy as np
rng = np.random.default_rng(0)
raw = rng.normal(size=(150, 2))
X = [row for row in raw]
y = (raw.sum(axis=1) > 0.3).astype(float)
W, b = rng.normal(size=(2, 1)) / 10, np.zeros(1)
x = np.zeros((1, 2))

def forward(x):
    return 1 / (1 + np.exp(-(x @ W + b)))

for epoch in range(9):
    for i in rng.permutation(150):
        x[0] = X[i]
        p = forward(x)
        d = p - y[i]
        W -= 0.1 * x.T @ d
        b -= 0.1 * d[0]
"""
CHILD = """
import os, sys
from diagnose.reading.edges import Edges
from diagnose.recording.tape import Tape
from diagnose.telling.witness import Witness
from diagnose.watching import watcher
from diagnose.watching.child import main
watcher.ALL_LOOKED_AT = int(sys.argv[1])
if watcher.ALL_LOOKED_AT > 150:  # all is seen, and all is kept
    Edges.needs_state = lambda self: True
    Tape.threads = lambda self, site: True
see, left, count = Witness.see, os._exit, []
Witness.see = lambda self, *given: (count.append(1), see(self, *given))
os._exit = lambda code: (print(len(count), flush=True), left(code))
main(sys.argv[2:])
"""


def test_what_is_read_of_steps_that_ran_unseen_is_the_same(tmp_path):
    (few, unseen), (every, all_seen) = two_readings(tmp_path, SAMPLES_IN_TURN, CHILD, (16, 10_000))
    assert 4 * few < every
    are_the_same(unseen, all_seen)


RAGGED = """
import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(30, 2)), rng.normal(size=(30, 1))
theta = rng.normal(size=9)
for step in range(20):
    W, b, v = (part.reshape(shape) for part, shape in zip(
        np.split(theta, [4, 6]), [(2, 2), (2,), (3, 1)]))
    g = np.zeros(9)
    gW, gb, gv = np.split(g, [4, 6])
    h = np.tanh(X @ W + b)
    d = (h @ v[:2] + v[2] - Y) / 30
    gv[:2] = (h.T @ d).ravel()
    gv[2] = d.sum()
    e = d @ v[:2].T * (1 - h * h)
    gW[:] = (X.T @ e).ravel()
    gb[:] = e.sum(axis=0)
    theta = theta - 0.1 * g
print("done", round(float(np.abs(theta).sum()), 6))
"""


def test_a_program_runs_on_whatever_is_not_understood(tmp_path, monkeypatch):
    path = tmp_path / "ragged.py"
    path.write_text(RAGGED, encoding="utf-8")
    alone = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True)
    assert watch(path, further=30.0).output == alone.stdout

    def breaks(*_):
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(Watcher, "_look", breaks)
    monkeypatch.setattr(RunningOn, "begin", lambda *_: None)  # it would end this process
    watcher = Watcher(tmp_path, 10.0, further=10.0)
    for _ in range(5):
        watcher.turn(STEPS)
    assert watcher.is_read
    assert "nobody thought of this" in Handover.read(tmp_path).parted.reason
