"""Edits of classes of slips: steps left out, derivatives, outputs, windows, counts, biases."""

import pytest

from diagnose.patching import biases
from diagnose.patching.activations import linear_end
from diagnose.patching.biases import stepped_biases
from diagnose.patching.orders import of_order
from diagnose.patching.pairs import of_data
from diagnose.patching.source import patched
from diagnose.patching.starting import of_start
from diagnose.patching.steps import stepped_as_well
from tests.patching.making import changed, script, ways


def first(text, maker, **more):
    """What the first of the edits writes."""
    made = script(text, **more)
    return changed(made, next(iter(maker(made))))


NAMED = (
    "def back():\n    for i in range(n):\n        wo[i] += cwo[i]  #: update\n"
    "        cwi[i] = lr * d + m * cwi[i]  #: update\n    bo += cbo  #: update\nwi = 0\n"
)
NUMBERED = (
    "for e in x:\n    db2 = d2.sum()  #: backward\n    b2 -= r * db2  #: update\nb1 = d1 = 0\n"
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (NAMED, "cwi[i] = lr * d + m * cwi[i]  #: update\n        wi[i] += cwi[i]\n"),
        (NUMBERED, "#: update\n    db1 = d1.sum()\n    b1 -= r * db1\n"),
    ],
)
def test_what_has_no_step_gets_one(text, wanted):
    made = script(text)
    assert any(wanted in patched(made.source, [one]).decode() for one in stepped_as_well(made))


def test_what_each_turn_computes_gets_no_step():
    """``b1`` is begun before the loop; ``z1`` is no parameter, though there is a ``dz1``."""
    made = script(
        "b1 = b2 = 0\nfor e in x:\n    z1 = dot(x, w1) + b1\n    z2 = dot(z1, w2) + b2\n"
        "    dz1 = dw1 = db1 = dz2 = dw2 = db2 = d()\n    w1 = w1 - r * dw1  #: update\n"
        "    w2 = w2 - r * dw2  #: update\n    b2 = b2 - r * db2  #: update\n"
    )
    every = [patched(made.source, [one]).decode() for one in stepped_as_well(made)]
    assert any("b1 = b1 - r * db1" in one for one in every)
    assert not any("z1 = z1 - r * dz1" in one for one in every)


def test_what_another_method_computes_gets_no_step():
    made = script(
        "class Net:\n    def forward(self, x):\n"
        "        self.z1 = x @ self.w1 + self.b1  #: forward\n"
        "        self.z2 = self.z1 @ self.w2  #: forward\n"
        "    def backward(self, d):\n"
        "        self.dz1 = self.db1 = self.dw1 = self.dw2 = d\n"
        "        self.w1 = self.w1 - r * self.dw1  #: update\n"
        "        self.w2 = self.w2 - r * self.dw2  #: update\n"
    )
    every = [patched(made.source, [one]).decode() for one in stepped_as_well(made)]
    assert any("self.b1 = self.b1 - r * self.db1" in one for one in every)
    assert not any("self.z1 = self.z1 - r * self.dz1" in one for one in every)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("o = relu(h @ W + b)  #: forward\ne = (o - t) * drelu(o)  #: backward\n",
         ["o = h @ W + b", "e = o - t"]),
        ("o = np.maximum(0, h @ W)  #: forward\ne = o - t\n", ["o = h @ W"]),
        ("o = np.where(z > 0, z, 0)  #: forward\n", ["o = z"]),
        ("layers = [Dense(2, 3), ReLU(), Dense(3, 1), ReLU()]\n",
         ["layers = [Dense(2, 3), ReLU(), Dense(3, 1)]"]),
    ],
)  # fmt: skip
def test_a_relu_at_the_end_is_left_out(text, wanted):
    assert first(text, linear_end, activations=("relu", "relu")) == wanted
    assert [*linear_end(script(text, activations=("relu", "sigmoid")))] == []
    read = script(text, activations=("relu", "softmax"))  # as the softmax that is taken of it
    assert [changed(read, one) for one in linear_end(read)] == [wanted] * ("layers" in text)


def test_a_shuffle_by_any_generator_takes_the_labels_with_it():
    text = (
        "t = labels()\nfor e in range(9):\n    {}shuffle(x)\n    step(x, t)  #: samples, targets\n"
    )
    made = ways(script(text.format("rng.")), of_data)
    assert ["order = rng.permutation(len(x))", "x, t = x[order], t[order]"] in made
    made = ways(script(text.format("random.")), of_data)
    drawn = "order = random.sample(range(len(x)), len(x))"
    assert [drawn, "x, t = [x[i] for i in order], [t[i] for i in order]"] in made


def test_an_order_by_the_labels_becomes_a_random_one():
    text = "o = np.argsort(y, kind='stable')\nx, t = X[o], Y[o]\ne = x - t  #: samples, targets\n"
    assert ["o = np.random.permutation(len(y))"] in ways(script(text), of_order)


def test_units_are_told_from_other_sides_that_are_as_large(monkeypatch):
    monkeypatch.setattr(biases, "widths", lambda network, drawn: [1, 1, 1])
    text = (
        "W1 = randn(1, 1)  #: init\nb1 = np.zeros((1, 1))  #: init\n"
        "W2 = randn(1, 1) * np.sqrt(1 / 1)  #: init\n"
    )
    made = script(text, activations=("tanh", "linear"))
    assert changed(made, biases.of_units(made, "9 hidden units")[0]) == [
        "W1 = randn(1, 9)", "b1 = np.zeros((1, 9))", "W2 = randn(9, 1) * np.sqrt(1 / 9)",
    ]  # fmt: skip


def test_a_bias_that_has_no_step_is_stepped_by_the_error_alone():
    text = (
        "class Unit:\n    def __init__(self):\n        self.bias = 0.1\n    def update(self):\n"
        "        for i in range(n):\n            self.w[i] += r * self.d * self.x[i]  #: update\n"
    )
    made = script(text)
    after = [patched(made.source, [one]).decode() for one in stepped_biases(made)]
    assert any(one.endswith("update\n        self.bias += r * self.d\n") for one in after)
    text = "b = np.zeros(3)\nfor e in x:\n    W -= r * h.T @ d / n  #: update\n"
    assert ways(script(text), stepped_biases) == [["b -= r * d.sum(axis=0) / n"]]
    assert [*stepped_biases(script(text + "    b -= r * d.sum(axis=0)  #: update\n"))] == []


def test_draws_are_made_by_the_generator_that_a_function_is_handed():
    text = "def start(rng, n):\n    W1 = np.zeros((n, 5))  #: init\n    return W1\nx = rng.{}(9)\n"
    for draw, by in {"permutation": "rng.normal(0, ", "gauss": "np.random.randn("}.items():
        made = script(text.format(draw), found={"symmetric-initialization": {}}, layout="rows")
        assert any(by in str(one) for one in ways(made, of_start))
