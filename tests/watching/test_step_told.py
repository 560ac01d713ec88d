"""What a watched script is told of its gradients, whether a network is read out of it or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from diagnose.telling.record import OF_STEP
from diagnose.watching.script import watch

XOR = Path(__file__).parents[1] / "xor" / "01.py"
RECURRENT = """
import numpy as np

rng = np.random.default_rng(0)
X = rng.standard_normal((40, 5, 2))
Y = (X.sum(axis=(1, 2)) > 0).astype(float)
Wx, Wh, v = rng.standard_normal((2, 6)) * .5, rng.standard_normal((6, 6)) * .4, np.zeros(6)
for epoch in range(60):
    hs = [np.zeros((40, 6))]
    for t in range(5):
        hs.append(np.tanh(X[:, t] @ Wx + hs[-1] @ Wh))
    p = 1 / (1 + np.exp(-(hs[-1] @ v)))
    d = (p - Y) / 40
    dh, gx, gh = np.outer(d, v), np.zeros_like(Wx), np.zeros_like(Wh)
    for t in range(5, 0, -1):
        da = dh * (1 - hs[t] ** 2)
        gx += X[:, t - 1].T @ da
        gh += hs[t - 1].T @ da
        dh = da @ Wh.T
    v -= .5 * hs[-1].T @ d
    Wx -= .5 * gx
    Wh -= .5 * gh
print(((p > .5) == Y).mean())
"""

# Errors of every output with every target: of the mistake that it is no gradient tells the place.
TABLE = """
import numpy as np

rng = np.random.default_rng(0)
x = np.linspace(0, 6, 60)
y = np.sin(x).reshape(-1, 1)
w1, b1, w2, b2 = rng.normal(size=5), rng.normal(size=5), rng.normal(size=5), 0.0
h = [0] * 5
for epoch in range(300):
    s = b2
    for j in range(5):
        h[j] = np.tanh(w1[j] * x + b1[j])
        s = s + w2[j] * h[j]
    out = 1 / (1 + np.exp(-s))
    err = out - y
    d = err * out * (1 - out)
    for j in range(5):
        g = d * w2[j] * (1 - h[j] ** 2)
        w2[j] -= 0.1 * np.mean(d * h[j])
        w1[j] -= 0.1 * np.mean(g * x)
        b1[j] = b1[j] - 0.1 * np.mean(g * b1[j])
    b2 -= 0.1 * np.mean(d)
print(np.mean(err**2))
"""


def of_step(path):
    return [one for one in watch(path).seen if OF_STEP in one.numbers]


def test_the_line_of_a_network_that_is_read():
    (told,) = of_step(XOR)
    assert (told.kind, told.line) == ("wrong-gradient", 14)
    assert "write `return x * (1 - x)`" in told.advice
    assert told.numbers["parameters"] == ["W1", "b1"]


def test_a_recurrent_network_is_judged_as_it_is(tmp_path):
    path = tmp_path / "recurrent.py"
    path.write_text(RECURRENT, encoding="utf-8")
    assert of_step(path) == []
    path.write_text(RECURRENT.replace("dh = da @ Wh.T", "dh = da @ Wh"), encoding="utf-8")
    (told,) = of_step(path)
    assert (told.kind, told.line) == ("wrong-gradient", 19)
    assert "write `dh = da @ Wh.T`" in told.advice


def test_an_edit_that_leaves_most_gradients_wrong_is_no_mend(tmp_path):
    path = tmp_path / "table.py"
    path.write_text(TABLE, encoding="utf-8")
    assert [(one.kind, one.line) for one in of_step(path)] == [("broadcast-shape", 15)]


MARKS = """import math, random
random.seed(0)
data = [([random.gauss(k, 0.5), random.gauss(-k, 0.5)], k) for k in (0, 1) for _ in range(9)]
V = [[random.gauss(0, 1) for _ in range(3)] for _ in range(2)]
for n in range(60):
    x, c = data[(5 * n) % 18]
    x = x + [1.0]
    z = [sum(w * v for w, v in zip(row, x)) for row in V]
    e = [math.exp(q - max(z)) for q in z]
    p = [q / sum(e) for q in e]
    delta = [q - t for q, t in zip(p, [1.0 if k == c else 0.0 for k in range(2)])]
    for k, d in enumerate(delta):
        for i in range(3):
            V[k][i] -= 0.1 * d * x[i]
"""


def test_marks_that_are_written_as_numbers_are_other_values_for_another_class(tmp_path):
    script = tmp_path / "marks.py"
    script.write_text(MARKS, encoding="utf-8")
    step = watch(script).step
    assert step is not None
    assert (step.right, step.wrong) == (6, 0)


CHARACTERS = """import numpy as np
rng = np.random.default_rng(0)
U, V, R = (rng.normal(0, .4, one) for one in ((6, 4), (4, 6), (6, 6)))
b = np.zeros((6, 1))
h0 = np.zeros((6, 1))
words = [[0, 1, 2, 3], [1, 3, 0, 2], [2, 0, 3, 1]]
n = 0
while n < 60:
    h, p, loss = {-1: h0}, {}, 0
    word = words[n % 3]
    for t in range(3):
        x = np.zeros((4, 1))
        x[word[t]] = 1
        h[t] = np.tanh(U @ x + R @ h[t - 1] + b)
        y = V @ h[t]
        p[t] = np.exp(y) / np.sum(np.exp(y))
        loss += -np.log(p[t][word[t + 1], 0])
    dU, dV, dR, db = (np.zeros_like(one) for one in (U, V, R, b))
    back = np.zeros_like(h0)
    for t in reversed(range(3)):
        x = np.zeros((4, 1))
        x[word[t]] = 1
        dy = np.copy(p[t])
        dy[word[t + 1]] -= 1
        dV += dy @ h[t].T
        dh = V.T @ dy + back
        dz = (1 - h[t] * h[t]) * dh
        db += dz
        dU += dz @ x.T
        dR += dz @ h[t - 1].T
        back = R.T @ dz
    for one, d in zip((U, V, R, b), (dU, dV, dR, db)):
        one += -.1 * d
    h0 = h[2]
    n += 1
"""


def characters(tmp_path, before="", after=""):
    source = CHARACTERS.replace(before, after) if before else CHARACTERS
    script = tmp_path / "recurrent.py"
    script.write_text(source, encoding="utf-8")
    step = watch(script).step
    assert step is not None
    return step


def test_a_recurrent_network_whose_labels_are_plain_numbers(tmp_path):
    step = characters(tmp_path)
    assert (step.right, step.wrong, step.told) == (4, 0, ())


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("back = R.T @ dz", "back = R @ dz"), ("dR += dz @ h[t - 1].T", "dR += dz @ h[t].T")],
)
def test_a_fault_in_the_way_back_through_time(right, wrong, tmp_path):
    (told,) = characters(tmp_path, right, wrong).told
    assert told.text == wrong


NUMBERS = """import math, random
random.seed(2)
rows = [[random.uniform(-1, 1) for _ in range(2)] for _ in range(12)]
wants = [one[0] * one[1] for one in rows]
wi = [[random.uniform(-1, 1) for _ in range(2)] for _ in range(3)]
bi, wo, bo, rate = [0.1, -0.1, 0.2], [0.5, -0.4, 0.3], 0.0, 0.1
for epoch in range(10):
    for row, want in zip(rows, wants):
        hid = []
        for j in range(3):
            hid.append(math.tanh(wi[j][0] * row[0] + wi[j][1] * row[1] + bi[j]))
        out = bo
        for k in range(3):
            out += wo[k] * hid[k]
        err = out - want
        delta = []
        for j in range(3):
            delta.append(err * wo[j])
        for k in range(3):
            delta[k] *= 1 - hid[{index}] ** 2
        for k in range(3):
            wo[k] -= rate * err * hid[k]
        bo -= rate * err
        for k in range(3):
            for c in range(2):
                wi[k][c] -= rate * delta[k] * row[c]
            bi[k] -= rate * {error}
"""


def test_an_element_is_found_by_the_index_of_the_loop_it_stands_in(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(NUMBERS.format(index="j", error="err"), encoding="utf-8")
    told = [one for one in watch(path, seconds=60).seen if one.edit is not None]
    assert [one.edit.splices[0][2] for one in told] == ["hid[k]", "delta[k]"]
    assert "has 10 of 13 gradients exact" in told[0].advice
    assert "and with the other faults mended at" in told[1].advice
