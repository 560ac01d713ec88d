"""A training whose loop is followed by another one, with the same parameters, is more than that."""

from __future__ import annotations

import ast

import pytest

from diagnose.watching.comes_of import ComesOf
from diagnose.watching.going_on import GoingOn
from diagnose.watching.script import watch
from diagnose.watching.texts import Texts

PLAIN = """
W, b = draw(3, 2), draw(2)
for lr in (0.3, 0.01):
    ANEW
    for epoch in range(30):  # epochs
        for x in samples:
            W -= lr * of(x)  # step
            b -= lr * of(x)  # step
    print(lr, tested(W, b))
    AFTER
"""
TWICE = """
W, b = draw(3, 2), draw(2)
for epoch in range(30):  # epochs
    for x in samples:
        W -= 0.1 * of(x)  # step
        b -= 0.1 * of(x)  # step
FIRST
for epoch in range(9):
    for x in samples:
        W -= 0.01 * of(x)
        BOTH
"""
CALLED = """
class Net:
    def __init__(self, size):
        self.W = draw(size)
        self.losses = []

    def reset(self):
        self.W = draw(3)

    def step(self, x, lr):
        self.h = x @ self.W
        self.W -= lr * of(x)  # step

    def fit(self, epochs, lr):
        self.losses = []
        for epoch in range(epochs):  # epochs
            for x in samples:
                self.step(x, lr)
            self.losses.append(loss(self.W))

net, other = Net(3), Net(3)
net.fit(30, 0.3)
AFTER
"""
ARRAYS = """
def train(W, b, epochs, lr):
    for epoch in range(epochs):  # epochs
        W = W - lr * of(W, b)  # step
        b = b - lr * of(W, b)  # step
    return W, b

W, b = draw(3), draw(2)
W, b = train(W, b, 30, 0.3)
AFTER
"""
PACKED = """
def train(p, epochs, lr):
    W, b = p
    for epoch in range(epochs):  # epochs
        W -= lr * of(W, b)  # step
        b -= lr * of(W, b)  # step
    return W, b

FIRST
AFTER
"""
DICT = """
def draw_all():
    return {"W": draw(3), "b": draw(2)}

def experiment(lr):
    BEFORE
    for epoch in range(30):  # epochs
        for name in params:
            params[name] -= lr * of(name)  # step
    return loss(params)

params = draw_all()
for lr in (0.3, 0.1):
    FIRST
    print(experiment(lr))
"""
NETS = (
    CALLED[: CALLED.index("net, other")]
    + """
nets = [Net(3), Net(2)]
FIRST
    for net, lr in zip(nets, rates):
        net.fit(30, lr)
AFTER
"""
)
LAYERS = """
class Layer:
    def __init__(self, size):
        self.W = draw(size)

    def reset(self):
        self.W[:] = draw(3)

    def step(self, lr):
        self.W = self.W - lr * self.g  # step

layers = [Layer(3), Layer(2)]
for run in range(2):
    FIRST
    for epoch in range(30):  # epochs
        for layer in layers:
            layer.step(0.1)
"""


def goes_on(text: str) -> str | None:
    """The line at which the parameters of the steps are stepped again."""
    texts = Texts({"mine.py": text})
    lines = text.split("\n")
    comes = ComesOf(texts)
    steps = [
        one
        for one in texts.every
        if isinstance(one, ast.Assign | ast.AugAssign) and lines[one.lineno - 1].endswith("# step")
    ]
    for one in steps:
        target = one.targets[0] if isinstance(one, ast.Assign) else one.target
        comes.begin_with(target, comes.scopes.scope_of(one))
    at = 1 + next(at for at, one in enumerate(lines) if one.endswith("# epochs"))
    found = GoingOn(comes.scopes, steps, {*comes.full}).behind(texts.loops_at(("mine.py", at))[0])
    return None if found is None else lines[found.lineno - 1].strip()


@pytest.mark.parametrize(
    ("text", "given", "where"),
    [
        (PLAIN, {}, "for lr in (0.3, 0.01):"),
        (PLAIN, {"ANEW": "W, b = draw(3, 2), draw(2)"}, None),
        (TWICE, {"BOTH": "b -= 0.01 * of(x)"}, "for epoch in range(9):"),
        (TWICE, {}, None),
        (
            TWICE,
            {"FIRST": "for epoch in range(8):\n    W, b = W - 0.1 * of(W), b - 0.1 * of(b)"},
            "for epoch in range(8):",
        ),
        (TWICE, {"FIRST": "b = draw(2)", "BOTH": "b -= 0.01 * of(x)"}, None),
        (PLAIN, {"ANEW": "W[:] = draw(3, 2)"}, None),
        (PLAIN, {"ANEW": "np.copyto(W, start)"}, None),
        (PLAIN, {"AFTER": "W = draw(3, 2)"}, None),
        (CALLED, {}, None),
        (CALLED, {"AFTER": "net.fit(30, 0.01)"}, "net.fit(30, 0.01)"),
        (
            CALLED.replace("step(", "update("),
            {"AFTER": "for x in samples:\n    net.update(x, 0.01)"},
            "net.update(x, 0.01)",
        ),
        (CALLED, {"AFTER": "other.fit(30, 0.01)"}, None),
        (CALLED, {"AFTER": "net.reset()\nnet.fit(30, 0.01)"}, None),
        (CALLED, {"AFTER": "net = Net(4)\nnet.fit(30, 0.01)"}, None),
        (CALLED, {"AFTER": "print(net.losses)"}, None),
        (CALLED, {"AFTER": "if more:\n    net.fit(30, 0.01)"}, None),
        (CALLED, {"AFTER": "for lr in rates:\n    net.fit(9, lr)"}, "net.fit(9, lr)"),
        (CALLED, {"AFTER": "for net in (other, Net(5)):\n    net.fit(9, 0.1)"}, None),
        (ARRAYS, {}, None),
        (ARRAYS, {"AFTER": "W, b = train(W, b, 30, 0.01)"}, "W, b = train(W, b, 30, 0.01)"),
        (ARRAYS, {"AFTER": "W = draw(3)\nW, b = train(W, b, 30, 0.01)"}, None),
        (ARRAYS, {"AFTER": "V, c = train(draw(3), draw(2), 30, 0.01)"}, None),
        (ARRAYS, {"AFTER": "V, c = train(W, b, 9, 0.1)"}, "V, c = train(W, b, 9, 0.1)"),
        (PACKED, {"FIRST": "q = train(draw(), 9, 0.3)"}, None),
        (
            PACKED,
            {"FIRST": "q = train(draw(), 9, 0.3)", "AFTER": "train(q, 9, 0.1)"},
            "train(q, 9, 0.1)",
        ),
        (
            PACKED,
            {"FIRST": "V, c = train(p, 9, 0.3)", "AFTER": "train((V, c), 9, 0.1)"},
            "train((V, c), 9, 0.1)",
        ),
        (
            PACKED,
            {"FIRST": "q = train(draw(), 9, 0.3)", "AFTER": "q = draw()\ntrain(q, 9, 0.1)"},
            None,
        ),
        (PACKED, {"FIRST": "for lr in rates:\n    q = train(draw(), 9, lr)\n    print(q)"}, None),
        (
            PACKED,
            {"FIRST": "q = train(p, 9, 0.3)", "AFTER": "q = train(q, 9, 0.1)"},
            "q = train(q, 9, 0.1)",
        ),
        (DICT, {"BEFORE": "params = draw_all()"}, None),
        (DICT, {}, "for lr in (0.3, 0.1):"),
        (DICT, {"FIRST": "params = draw_all()"}, None),
        (DICT, {"FIRST": "for n in params: params[n] = start[n].copy()"}, None),
        (DICT, {"FIRST": "for p, q in zip(params.values(), start): p[:] = q"}, None),
        (NETS, {"FIRST": "if True:"}, None),
        (NETS, {"FIRST": "if True:", "AFTER": "nets[0].fit(9, 0.1)"}, "nets[0].fit(9, 0.1)"),
        (NETS, {"FIRST": "for run in range(2):"}, "for run in range(2):"),
        (NETS, {"FIRST": "for run in range(2):\n    nets = [Net(3), Net(2)]"}, None),
        (LAYERS, {}, "for run in range(2):"),
        (LAYERS, {"FIRST": "[layer.reset() for layer in layers]"}, None),
        (LAYERS, {"FIRST": "layers = [Layer(3), Layer(2)]"}, None),
    ],
)
def test_the_same_parameters_may_be_stepped_again(text, given, where):
    for name in ("ANEW", "AFTER", "BEFORE", "FIRST", "BOTH"):
        line = next((one for one in text.split("\n") if one.strip() == name), None)
        if line is not None:
            indent = line[: len(line) - len(name)]
            new = given.get(name, "pass").split("\n")
            text = text.replace(line, "\n".join(indent + one for one in new))
    assert goes_on(text) == where


SCRIPT = """
import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(60, 3))
T = np.eye(2)[(X[:, 0] > 0).astype(int)]
W, b = rng.normal(size=(3, 2)), np.zeros(2)
for lr in (0.3, 0.01):
    ANEW
    for epoch in range(8):
        for i in range(0, 60, 10):
            x = X[i:i + 10]
            e = np.exp(x @ W + b)
            d = e / e.sum(axis=1, keepdims=True) - T[i:i + 10]
            W -= lr * x.T @ d / 10
            b -= lr * d.mean(axis=0)
"""


def test_only_the_training_as_a_whole_is_certified(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(SCRIPT.replace("ANEW", "pass"), encoding="utf-8")
    seen = watch(path, seconds=30)
    assert seen.network is None
    assert "the training goes on at `for lr in (0.3, 0.01):`" in seen.parted.reason
    assert "--line 9" in seen.parted.reason
    assert watch(path, seconds=30, line=9).network is not None
    anew = "W, b = rng.normal(size=(3, 2)), np.zeros(2)"
    path.write_text(SCRIPT.replace("ANEW", anew), encoding="utf-8")
    assert watch(path, seconds=30).network is not None


# Every step takes all samples, in two loops of which the outer one says the rate.
ALL_AT_ONCE = """
import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(60, 3))
T = np.eye(2)[(X[:, 0] > 0).astype(int)]
W, b = rng.normal(size=(3, 2)), np.zeros(2)
for part in range(5):
    ANEW
    for turn in range(20):
        e = np.exp(X @ W + b)
        d = e / e.sum(axis=1, keepdims=True) - T
        W -= 0.5 * 0.8 ** part * X.T @ d / 60
        b -= 0.5 * 0.8 ** part * d.mean(axis=0)
"""


def test_a_loop_around_steps_that_take_all_samples_is_part_of_the_training(read):
    seen = read(ALL_AT_ONCE.replace("ANEW", "print(part)"))
    assert seen.parted is None
    network = seen.network
    assert (network.epochs, network.batch_size, len(network.data().images)) == (100, 60, 60)
    assert [network.learning_rate(at) for at in (0, 19, 20, 99)] == pytest.approx(
        [0.5, 0.5, 0.4, 0.5 * 0.8**4]
    )


def test_where_that_loop_puts_other_weights_in_nothing_is_certified(read):
    assert read(ALL_AT_ONCE.replace("ANEW", "W[:], b[:] = 0.5, 0")).network is None
