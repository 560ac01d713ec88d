"""Mistakes that the source alone shows: what is written for each, and what is left as it is."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from diagnose.patching.patch import _by_print_alone
from diagnose.patching.plain import (
    before_their_step,
    begun_in_each_turn,
    set_back_too_early,
    written_into_targets,
)
from diagnose.patching.reading import readable
from diagnose.patching.slips import of_slips, steps
from diagnose.patching.source import Source, patched
from diagnose.patching.told_alone import is_far_better, mended_by_print, with_each
from diagnose.patching.velocities import stepped_against
from tests.patching.making import OneByOne, trials_of

REPORT = SimpleNamespace(network=SimpleNamespace(name="s"), findings={}, twin=None, data={})


def written(text, maker, *given):
    """What each edit makes of a text."""
    source = Source(text.encode(), "s.py")
    return [patched(source, [one]).decode() for one in maker(source, *given)]


COUNTED = "for x, k in test:\n    {begun}\n    if answer(x) == k:\n        {added}\nprint({read})\n"


@pytest.mark.parametrize(
    ("begun", "added", "read"),
    [
        ("right = 0", "right += 1", "right / len(test)"),
        ("hits = []", "hits.append(x)", "len(hits)"),
        ("g = np.zeros(3)", "g += x", "w - g"),
        ("sums = [0.0] * 3", "sums[k] += 1", "sums"),
    ],
)
def test_what_is_counted_over_a_loop_is_begun_before_it(begun, added, read):
    text = COUNTED.format(begun=begun, added=added, read=read)
    wanted = f"{begun}\n" + text.replace(f"    {begun}\n", "", 1)
    assert written(text, begun_in_each_turn) == [wanted]
    assert written(f"{begun}\n{text}", begun_in_each_turn) == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        # read in each turn
        "for k in classes:\n    right = 0\n    for x in test[k]:\n        right += f(x) == k\n"
        "    print(k, right)\nprint(right)\n",
        "for x in test:\n    n = 0\n    n += x\n    total.append(n)\nprint(n)\n",
        # of the last epoch
        "for epoch in range(9):\n    right = 0\n    for x, k in data:\n        right += f(x) == k\n"
        "print(right / len(data))\n",
        # read nowhere behind
        "for x in test:\n    n = 0\n    n += x\n",
        # begun with something else, or of another function
        "for x in test:\n    n = x\n    n += 1\nprint(n)\n",
        "def f(test):\n    for x in test:\n        n = 0\n        n += x\nprint(n)\n",
        # begun in some turns
        "for x in test:\n    if x == 0:\n        n = 0\n    n += 1\nprint(n)\n",
    ],
)
def test_what_is_counted_in_each_turn_stays(text):
    assert written(text, begun_in_each_turn) == []


OVERWRITTEN = (
    "def back(x, t, W):\n    out = x @ W\n    e = {what}\n    e -= out\n    return x.T @ e\n"
)


def test_an_error_is_not_written_into_the_targets():
    for what in ("t", "t[:4]"):
        text = OVERWRITTEN.format(what=what)
        assert written(text, written_into_targets) == [text.replace("e -= out", "e = e - out")]


@pytest.mark.parametrize(
    "text",
    [
        OVERWRITTEN.format(what="t.copy()"),
        OVERWRITTEN.format(what="out"),
        # a step of what is kept in a list
        "for k in range(2):\n    w = weights[k]\n    w -= rate * grads[k]\n",
        "def step(p, g):\n    q = p\n    q -= rate * g\n",
    ],
)
def test_what_is_made_anew_or_stepped_may_be_written_into(text):
    assert written(text, written_into_targets) == []


EARLY = """\
for k in (1, 0):
    adam(W[k], acts[k].T @ delta)
    rate *= 0.99
    delta = delta @ W[k].T * (acts[k] > 0)
"""


def test_a_step_that_reads_what_would_be_made_anew_stays_above():
    assert written(EARLY, before_their_step, frozenset({4})) == []
    gradient = EARLY.replace("    adam(W[k], acts[k].T @ delta)", "    adam(W[k], g)")
    (found,) = written(gradient, before_their_step, frozenset({4}))
    assert found.splitlines()[1] == "    delta = delta @ W[k].T * (acts[k] > 0)"
    assert written(gradient, before_their_step, frozenset({3})) == []


VELOCITY = "for w, v, g in zip(ws, vs, gs):\n    v[:] = mu * v - rate * g\n    w -= v\n"


def test_a_velocity_with_the_minus_is_added():
    text = VELOCITY.replace("v[:]", "v")
    assert written(text, stepped_against) == [text.replace("w -= v", "w += v")]
    plain = text.replace("w -= v", "w = w - v")
    assert written(plain, stepped_against) == [text.replace("w -= v", "w = w + v")]
    for sound in (text.replace("w -=", "w +="), text.replace("- rate", "+ rate")):
        assert written(sound, stepped_against) == []


def test_the_rate_of_a_velocity_scales_a_step_and_that_of_a_mean_does_not():
    def found(line):
        return steps(Source(f"rate, mu = 0.1, 0.9\n{line}\n".encode(), "s.py"))

    assert found("v = mu * v - rate * g")
    assert found("v = 0.9 * v + 0.01 * g")
    assert not found("m = 0.9 * m + 0.1 * g")
    assert not found("m = mu * m + (1 - mu) * g")


# Lists alone, a velocity that has the minus already, and a count that begins anew with each sample.
LISTS = """\
import random
random.seed(1)
points = [[random.gauss(0, 1), random.gauss(0, 1)] for _ in range(240)]
kinds = [1 if p[0] - 0.5 * p[1] > 0.2 else 0 for p in points]
weights, speed = [0.1, -0.1, 0.0], [0.0, 0.0, 0.0]
for epoch in range(6):
    for p, kind in zip(points[:160], kinds):
        x = p + [1.0]
        miss = sum(w * v for w, v in zip(weights, x)) - (2 * kind - 1)
        for i in range(3):
            speed[i] = 0.5 * speed[i] - 0.02 * miss * x[i]
            weights[i] -= speed[i]
for p, kind in zip(points[160:], kinds[160:]):
    good = 0
    if (sum(w * v for w, v in zip(weights, p + [1.0])) > 0) == bool(kind):
        good += 1
print("right:", good / 80)
"""
# Another voice: NumPy, one class, a list of answers begun anew, steps up the loss.
CLASSED = """\
import numpy as np

rs = np.random.RandomState(3)


class Unit:
    def __init__(self, n):
        self.w = rs.normal(0, 0.1, n)
        self.vel = np.zeros(n)

    def out(self, x):
        return 1 / (1 + np.exp(-x @ self.w))

    def learn(self, x, y):
        grad = x.T @ (self.out(x) - y) / len(y)
        self.vel = 0.8 * self.vel - 0.5 * grad
        self.w = self.w - self.vel


data = rs.normal(size=(300, 4))
label = (data @ np.array([1.0, -2.0, 0.5, 1.5]) > 0).astype(float)
unit = Unit(4)
for epoch in range(30):
    for at in range(0, 200, 20):
        unit.learn(data[at:at + 20], label[at:at + 20])
for at in range(200, 300, 10):
    hits = []
    hits.append(np.sum((unit.out(data[at:at + 10]) > 0.5) == label[at:at + 10]))
print("accuracy on held out data", sum(hits) / 100)
"""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (LISTS, ["good = 0", "weights[i] += speed[i]"]),
        (CLASSED, ["hits = []", "self.w + self.vel"]),
    ],
)
def test_what_the_source_shows_is_mended_beside_what_it_hides(text, lines, tmp_path):
    source = Source(text.encode(), "mine.py")
    edits = _by_print_alone(trials_of(source, tmp_path), REPORT)
    found = patched(source, edits).decode()
    assert all(one in found for one in lines)
    assert len(edits) == len(lines)


@pytest.mark.parametrize("text", [LISTS, CLASSED])
def test_a_sound_script_that_looks_alike_stays_as_it_is(text, tmp_path):
    text = text.replace("-= speed", "+= speed").replace("self.w - self.vel", "self.w + self.vel")
    text = text.replace("    good = 0\n", "").replace("    hits = []\n", "")
    text = text.replace(
        "for p, kind in zip(points[160:]", "good = 0\nfor p, kind in zip(points[160:]"
    )
    text = text.replace("for at in range(200", "hits = []\nfor at in range(200")
    source = Source(text.encode(), "mine.py")
    assert _by_print_alone(trials_of(source, tmp_path), REPORT) == []


# A sound training of few steps, with a copy of its targets that it does not need.
FEW_STEPS = """\
import numpy as np
rng = np.random.default_rng(2)
x = rng.normal(size=(80, 3))
y = x @ np.array([1.0, -2.0, 0.5])
w, v = np.zeros(3), np.zeros(3)
RATE = 0.004
def slope(a, t, w):
    e = t
    e -= a @ w
    return -a.T @ e / len(a)
for epoch in range(6):
    for k in range(0, 80, 10):
        v = 0.9 * v - RATE * slope(x[k:k + 10], y[np.arange(k, k + 10)], w)
        w = w + v
print("mse", np.mean((x @ w - y) ** 2))
"""


def test_a_larger_rate_beside_what_does_nothing_mends_nothing(tmp_path):
    source = Source(FEW_STEPS.encode(), "mine.py")
    trials = trials_of(source, tmp_path)
    given = [*written_into_targets(source)]
    rates = [one for one in of_slips(source) if one.defect == "learning-rate"]
    assert any(is_far_better(*(trials.printed(some)[1] for some in ((), [one]))) for one in rates)
    assert mended_by_print(rates, trials, 0, given) == []


def test_the_first_edit_of_each_thing_that_was_told_is_made_at_once():
    source = Source(LISTS.encode(), "mine.py")
    (plain,) = begun_in_each_turn(source)
    (other,) = stepped_against(source)
    again = replace(other, why="once more")
    assert with_each([plain], [other, again]) == [plain, other]
    assert with_each([], [plain, plain]) == [plain]


class Reads(OneByOne):
    """Trials of which only copies with all of some texts are read."""

    def __init__(self, source, *texts):
        self.source, self.texts = source, texts

    def run(self, edits):
        code = patched(self.source, edits).decode()
        return code if all(one in code for one in self.texts) else None


def test_a_script_is_read_with_what_was_stepped_too_early_and_overwritten_mended():
    gradient = EARLY.replace("acts[k].T @ delta", "g")
    source = Source(gradient.encode(), "s.py")
    moved = readable(
        source, [("stepped-too-early", 4)], Reads(source, "\n    adam(W[k], g)\n    rate")
    )
    assert [one.defect for one in moved] == ["stepped-too-early"]
    source = Source(OVERWRITTEN.format(what="t").encode(), "s.py")
    kept = readable(source, [], Reads(source, "e = e - out"))
    assert [one.defect for one in kept] == ["overwritten-samples"]
    assert readable(source, [], Reads(source, "nowhere")) == []


ADDED = "def make(x):\n    g[...] += x\ndef clear():\n    g.fill(0)\ndef step():\n    W[...] -= g\n"
EACH = (
    "class Layer:\n    def make(self, x):\n        self.dW += x\n"
    "    def clear(self):\n        self.dW = np.zeros(3)\n"
    "    def step(self):\n        self.W -= self.dW\n"
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            ADDED + "for x in X:\n    make(x)\n    clear()\n    step()\n",
            ADDED + "for x in X:\n    clear()\n    make(x)\n    step()\n",
        ),
        (
            EACH + "for x in X:\n    net.make(x)\n    net.clear()\n    net.step()\n",
            EACH + "for x in X:\n    net.clear()\n    net.make(x)\n    net.step()\n",
        ),
        (
            "for x in X:\n    a += x\n    b += 1\n    a[:] = 0\n    b = 0\n    W -= a + b\n",
            "for x in X:\n    a[:] = 0\n    b = 0\n    a += x\n    b += 1\n    W -= a + b\n",
        ),
        (
            "for x in X:\n    g[0] += x\n    for k in g:\n        g[k] = 0.0\n    W -= g[0]\n",
            "for x in X:\n    for k in g:\n        g[k] = 0.0\n    g[0] += x\n    W -= g[0]\n",
        ),
    ],
)
def test_gradients_are_not_set_back_between_them_and_their_step(text, wanted):
    assert written(text, set_back_too_early) == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        ADDED + "for x in X:\n    clear()\n    make(x)\n    step()\n",
        ADDED + "for x in X:\n    make(x)\n    step()\n    clear()\n",
        EACH + "for x in X:\n    net.make(x)\n    net.step()\n    net.clear()\n",
        # made anew in between, or a mask
        ADDED + "for x in X:\n    make(x)\n    clear()\n    make(-x)\n    step()\n",
        "for x in X:\n    d += x\n    d[h <= 0] = 0\n    W -= d\n",
    ],
)
def test_gradients_that_are_set_back_elsewhere_are_left(text):
    assert written(text, set_back_too_early) == []
