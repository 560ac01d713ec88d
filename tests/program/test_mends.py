"""Usual mistakes of a backward pass, each on one line of a script, and the line that is written."""

from __future__ import annotations

import pytest

from tests.program.steps import seen

FUNCTIONS = {
    "sigmoid": ("1 / (1 + np.exp(-{0}))", "{0} * (1 - {0})", "a"),
    "tanh": ("np.tanh({0})", "(1 - {0} ** 2)", "a"),
    "relu": ("np.maximum({0}, 0)", "({0} > 0)", "z"),
}
HEAD = """import numpy as np
rng, kept = np.random.default_rng(3), dict()
X = rng.standard_normal((60, 3))
Y = np.eye(2)[(X[:, 0] * X[:, 1] > 0).astype(int)]
W1, b1 = rng.standard_normal((3, 6)) * .5, np.zeros(6)
W2, b2 = rng.standard_normal((6, 6)) * .4, np.zeros(6)
W3, b3 = rng.standard_normal((6, 2)) * .4, np.zeros(2)
def slope(v):
    return {slope}
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
for epoch in range(20):
    for at in range(0, 60, 20):
        x, y = X[at:at + 20], Y[at:at + 20]
        z1 = x @ W1 + b1
        a1 = {first}
        z2 = a1 @ W2 + b2
        a2 = {second}
        kept["a1"], kept["a2"], kept["W1"], kept["W2"] = a1, a2, W2[::-1], W2
        out = softmax(a2 @ W3 + b3)
"""
STEP = {
    "d3": "(out - y) / len(x)",
    "e2": "d3 @ W3.T",
    "d2": "e2 * {slope2}",
    "e1": "d2 @ W2.T",
    "d1": "e1 * {slope1}",
    "g3": "a2.T @ d3",
    "g2": "a1.T @ d2",
    "g1": "x.T @ d1",
    "W3": "W3 - .1 * g3",
    "b3": "b3 - .1 * d3.sum(axis=0)",
    "W2": "W2 - .1 * g2",
    "b2": "b2 - .1 * d2.sum(axis=0)",
    "W1": "W1 - .1 * g1",
    "b1": "b1 - .1 * d1.sum(axis=0)",
}
ALL = ("sigmoid", "tanh", "relu")
BENT = ("sigmoid", "tanh")
# What stands in the place of what is right, on which line, of which activations.
MISTAKES = [
    ("the derivative left out", "d2", "e2", ALL),
    ("the derivative twice", "d2", "e2 * {slope2} * {slope2}", BENT),
    ("the activation for its derivative", "d2", "e2 * a2", ALL),
    ("half of the derivative", "d2", "e2 * (1 - a2)", BENT),
    ("the derivative of a relu", "d2", "e2 * (z2 > 0)", BENT),
    ("the derivative of a sigmoid", "d2", "e2 * a2 * (1 - a2)", ("tanh", "relu")),
    ("the derivative of a tanh", "d2", "e2 * (1 - a2 ** 2)", ("sigmoid", "relu")),
    ("a derivative at what it is not written for", "d2", "e2 * slope(z2)", BENT),
    ("the derivative of a derivative", "d2", "e2 * slope(slope(a2))", BENT),
    ("the derivative of another layer", "d2", "e2 * {slope1}", ALL),
    ("the other side of 0", "d2", "e2 * (z2 < 0)", ("relu",)),
    ("the error asked for its side", "d2", "e2 * (e2 > 0)", ("relu",)),
    ("weights left out", "d1", "d2 * {slope1}", ("tanh",)),
    ("weights not transposed", "d1", "(d2 @ W2) * {slope1}", ("tanh",)),
    ("handed down before the derivative", "d1", "(e2 @ W2.T) * {slope1}", ("tanh",)),
    ("an error summed over the units", "d1", "e1.sum(axis=1, keepdims=True) * {slope1}", ("tanh",)),
    ("an error summed over the samples", "d1", "e1.sum(axis=0) * {slope1}", ("tanh",)),
    ("what enters, before its activation", "g3", "z2.T @ d3", ("tanh",)),
    ("what leaves for what enters", "g2", "a2.T @ d2", ("tanh",)),
    ("the error of another layer", "g2", "a1.T @ d1", ("tanh",)),
    ("the weights of another layer", "e1", "d2 @ kept['W1'].T", ("tanh",)),
    ("the bias of another layer", "b2", "b2 - .1 * d1.sum(axis=0)", ("tanh",)),
    ("a bias summed over the units", "b2", "b2 - .1 * d2.sum()", ("tanh",)),
    ("a product summed over the samples", "d1", "(d2 @ W2.T).sum(axis=0) * {slope1}", ("tanh",)),
    ("the square of the error", "d3", "(out - y) ** 2", ("tanh",)),
    ("what a dict keeps of another layer", "g3", "kept['a1'].T @ d3", ("tanh",)),
    ("the target added", "d3", "(out + y) / len(x)", ("tanh",)),
    ("a slope that is handed another layer", "d2", "e2 * slope(a1)", BENT),
    ("error and activation exchanged", "d2", "a2 * (1 - e2 ** 2)", ("tanh",)),
]


def script(activation, line, wrong):
    """The lines of a script in which one line is another."""
    value, slope, at = FUNCTIONS[activation]
    first, second = (value.format(one) for one in ("z1", "z2"))
    slopes = {f"slope{one}": slope.format(f"{at}{one}") for one in "12"}
    head = HEAD.format(slope=slope.format("v"), first=first, second=second)
    step = {**STEP, **({line: wrong} if line else {})}
    return [*head.splitlines(), *(f"        {name} = {text.format(**slopes)}"
                                  for name, text in step.items())]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "wrong", "activation"),
    [
        pytest.param(line, wrong, one, id=f"{name}, {one}")
        for name, line, wrong, activations in MISTAKES for one in activations
    ],
)  # fmt: skip
def test_a_usual_mistake_is_mended_at_a_line_that_makes_all_gradients_right(
    line, wrong, activation, tmp_path
):
    path = tmp_path / "script.py"
    lines = script(activation, line, wrong)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    made = seen(path)
    (mend,) = made.found.mends
    assert mend is not None
    assert not mend.judgement.wrong
    (at,) = made.lines
    assert lines[at - 1].strip().split(" = ")[0] in {line, "e2", "d2"}
    # what is written is what was tried: nothing is left to find
    (text,) = made.texts.values()
    path.write_text(text.edited(mend.candidate.splices), encoding="utf-8")
    found = seen(path).found
    assert (*found.slips, *found.turned) == ()


@pytest.mark.parametrize("activation", ALL)
def test_nothing_is_mended_where_nothing_is_wrong(activation, tmp_path):
    path = tmp_path / "script.py"
    path.write_text("\n".join(script(activation, "", "")) + "\n", encoding="utf-8")
    found = seen(path).found
    assert (*found.slips, *found.mends, *found.turned) == ()


def test_a_sum_is_taken_along_all_axes_but_one(tmp_path):
    # of channels times rows times columns a bias has one number for each channel
    script = """import numpy as np
rng = np.random.default_rng(0)
X, y = rng.standard_normal((8, 4, 3, 5)), rng.standard_normal((8, 1))
b, w = np.zeros(4), rng.standard_normal((60, 1)) * .1
for step in range(20):
    z = np.tanh(X + b[:, None, None])
    out = z.reshape(8, -1) @ w
    d = (out - y) / 8
    back = (d @ w.T).reshape(z.shape) * (1 - z ** 2)
    w -= .1 * z.reshape(8, -1).T @ d
    b -= .1 * back.sum(axis={axes})[:4]
"""
    path = tmp_path / "script.py"
    path.write_text(script.format(axes="(1, 2, 3)"), encoding="utf-8")
    made = seen(path)
    ((mend,), (text,)) = made.found.mends, made.texts.values()
    assert text.edited(mend.candidate.splices) == script.format(axes="(0, 2, 3)")


def test_numbers_that_are_laid_out_otherwise_than_on_the_way_forward_are_misplaced(tmp_path):
    script = """import numpy as np
rng = np.random.default_rng(0)
X, y = rng.standard_normal((8, 4, 3, 5)), rng.standard_normal((8, 1))
a, w = np.ones((4, 1, 1)), rng.standard_normal((60, 1)) * .1
for step in range(20):
    z = np.tanh(X * a)
    flat = z.transpose(0, 2, 3, 1).reshape(8, -1)
    out = flat @ w
    d = (out - y) / 8
    back = (d @ w.T).reshape(z.shape)
    slope = back * (1 - z ** 2)
    w -= .1 * flat.T @ d
    a -= .1 * (slope * X).sum(axis=(0, 2, 3)).reshape(4, 1, 1)
"""
    path = tmp_path / "script.py"
    path.write_text(script, encoding="utf-8")
    assert seen(path).lines == [10]


def test_what_an_object_holds_is_known_where_its_method_takes_something_else(tmp_path):
    script = """import numpy as np
rng = np.random.default_rng(1)
X, y = rng.standard_normal((30, 3)), rng.standard_normal((30, 1))
class ReLU:
    __slots__ = ("z", "__dict__")
    def forward(self, z):
        self.inp = z
        return np.maximum(0, z)
    def backward(self, g):
        g = g.copy()
        g[{} <= 0] = 0
        return g
W, V, act = rng.standard_normal((3, 5)), rng.standard_normal((5, 1)), ReLU()
for step in range(20):
    h = act.forward(X @ W)
    d = (h @ V - y) / 30
    g = act.backward(d @ V.T)
    V -= .1 * h.T @ d
    W -= .1 * X.T @ g
"""
    path = tmp_path / "script.py"
    path.write_text(script.format("g"), encoding="utf-8")
    made = seen(path)
    ((mend,), (text,)) = made.found.mends, made.texts.values()
    assert text.edited(mend.candidate.splices) == script.format("self.inp")


EARLY = """import numpy as np
rng = np.random.default_rng(1)
X, y = rng.standard_normal((30, 3)), rng.standard_normal((30, 1))
class Adam:
    def __init__(self, lr=0.003, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.t = 0, 0, 0
    def step(self, w, dw):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * dw
        self.v = self.beta2 * self.v + (1 - self.beta2) * dw * dw
        m_hat, v_hat = self.m / (1 - self.beta1 ** self.t), self.v / (1 - self.beta2 ** self.t)
        return w - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
class Linear:
    def __init__(self, n_in, n_out):
        self.W, self.optimizer = rng.standard_normal((n_in, n_out)), Adam()
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, g):
        self.W = self.optimizer.step(self.W, self.x.T @ g)
        return g @ self.W.T
first, last = Linear(3, 5), Linear(5, 1)
for step in range(20):
    h = np.tanh(first.forward(X))
    d = (last.forward(h) - y) / 30
    first.backward(last.backward(d) * (1 - h ** 2))
"""


def test_weights_that_are_stepped_before_they_hand_the_error_back_are_told_as_that(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(EARLY, encoding="utf-8")
    made = seen(path)
    assert made.found.early is not None
    assert [made.sites[one].text for one in made.found.early.sites] == ["self.W.T"]
    assert not made.found.judgement.wrong
    assert made.found.mends == ()  # no formula of the optimizer is to blame
