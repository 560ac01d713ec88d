"""What a watched script is told of its gradients, whether a network is read out of it or not."""

from __future__ import annotations

from pathlib import Path

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
