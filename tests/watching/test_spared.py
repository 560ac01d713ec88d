"""Turns whose text says that each makes a step are noted some at a time, and read the same."""

import ast
from types import SimpleNamespace

import pytest

from diagnose.reading.not_read import NotReadError
from diagnose.reading.spared import Spared
from diagnose.recording.rewriting import Site
from diagnose.watching.each_turn import comes_to_all
from diagnose.watching.texts import Texts
from tests.watching.two_readings import are_the_same, two_readings

# Samples are made anew in each step, as of a file each, so that no text says which they are.
SCRIPT = """
import numpy as np
rng = np.random.default_rng(0)
numbers = rng.normal(size=(3000, 4))
order = np.argsort(numbers[:, 0] > 0, kind="stable")
numbers = numbers[order].tolist()
W, b = rng.normal(size=(4, 2)) / 10, np.zeros(2)
V, c = rng.normal(size=(2, 2)), np.zeros(2)
lr = 0.1
def forward(x, W, b, V, c):
    h = np.tanh(x @ W + b)
    return h, 1 / (1 + np.exp(-(h @ V + c)))
def backward(x, y, h, p, V):
    d = (p - y) * p * (1 - p)
    e = (V @ d) * (1 - h * h)
    return np.outer(x, e), e, np.outer(h, d), d
def stepped(W, b, V, c, slopes):
    dW, db, dV, dc = slopes
    return W - lr * dW, b - lr * db, V - lr * dV, c - lr * dc
for epoch in range(3):
    for label in range(2):
        y = np.eye(2)[label]
        for one in numbers[:1500] if label else numbers[1500:]:
            x = np.array(one)
            ASIDE
            h, p = forward(x, W, b, V, c)
            W, b, V, c = stepped(W, b, V, c, backward(x, y, h, p, V))
    print(W.sum())
"""
CHILD = """
import os, sys
from diagnose.reading.spared import Spared
from diagnose.watching import put_off
from diagnose.watching.child import main
way, left, count, own = sys.argv[1], os._exit, [], Spared.put_off
def counted(self):
    taken = own(self)
    count.extend([1] * taken)
    return taken
Spared.put_off = counted
if way == "0":
    put_off.comes_to_all = lambda *given: False
os._exit = lambda code: (print(len(count), flush=True, file=sys.__stdout__), left(code))
sys.stdout = open(os.devnull, "w")
main(sys.argv[2:])
"""


@pytest.mark.parametrize("aside", ["pass", "if one[1] > 2.5: print(one, np.max(x))"])
def test_what_is_read_is_the_same(tmp_path, aside):
    script = SCRIPT.replace("ASIDE", aside)
    (none, slow), (many, quick) = two_readings(tmp_path, script, CHILD, (0, 1))
    assert none == 0
    assert many > 1500  # of 3,000 steps, of which 128 are looked at first
    are_the_same(slow, quick)


TEXT = """
import numpy as np
def step(w, d):
    w = w - d
    return w
def some(w, d):
    if d > 0:
        return w
    w = w - 2 * d
    return w
class Net:
    def train(self, d):
        self.w = self.w - 3 * d
    def dot(self, d):
        self.w = self.w - 4 * d
net = Net()
for i in range(9):
    BODY
"""
LINES = {text: at for at, text in enumerate(TEXT.splitlines(), 1)}
STEP, OFTEN = LINES["    w = w - d"], LINES["    w = w - 2 * d"]
METHOD, DOT = LINES["        self.w = self.w - 3 * d"], LINES["        self.w = self.w - 4 * d"]


@pytest.mark.parametrize(
    ("body", "line", "comes"),
    [
        ("w = step(w, i)", STEP, True),
        ("w = step(step(w, i), i)", STEP, True),
        ("net.train(i)", METHOD, True),
        ("if i == 3: print(w)\n    w = step(w, i)", STEP, True),
        # it may be left out, or another one may be called
        ("w = some(w, i)", OFTEN, False),
        ("w = step(w, i) if i else w", STEP, False),
        ("if i: w = step(w, i)", STEP, False),
        ("if i == 3: continue\n    w = step(w, i)", STEP, False),
        ("w = step(w, i)\n    if w < 0: break", STEP, False),
        ("try: w = step(w, i)\n    except ValueError: pass", STEP, False),
        ("step = min\n    w = step(w, i)", STEP, False),
        ("w = [step(w, i) for _ in range(i)]", STEP, False),
        ("net.dot(i)", DOT, False),
        ("np.train(i)", METHOD, False),
        ("w = train(i)", METHOD, False),
        ("exec('step = min')\n    w = step(w, i)", STEP, False),
    ],
)
def test_what_a_turn_comes_to(body, line, comes):
    text = TEXT.replace("BODY", body)
    ast.parse(text)
    loop, place = (
        Site(file="m.py", line=at, text="") for at in (LINES["for i in range(9):"], line)
    )
    assert comes_to_all(Texts({"m.py": text}), loop, [place]) is comes


def collected(begun=1, **more):
    now = {"x": (1, 2), "target": 3}
    seen = SimpleNamespace(
        tape=SimpleNamespace(begun={5: begun}), site=5, now=dict(now),
        has_met=lambda now: {"x", "target"} <= now.keys(), is_step=lambda now: "made" in now,
    )  # fmt: skip
    return Spared(seen, passes=1, **more), now


def test_a_pass_that_was_left_within_such_a_turn_is_refused():
    spared, now = collected(begun=2, is_on=True)
    with pytest.raises(NotReadError, match="left in the middle"):
        spared.hold_to_text(now)
    spared, now = collected(is_on=True)
    spared.hold_to_text(now)


def test_a_turn_that_is_seen_to_make_no_step_is_refused():
    spared, now = collected()
    with pytest.raises(NotReadError, match="made no step"):
        spared.hold_to_text(now)
    spared.hold_to_text(now | {"made": 1})
