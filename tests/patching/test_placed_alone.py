"""Edits that are told by the source alone: lines in another loop, axes, arrays that go together."""

import pytest

from diagnose.patching.counting import of_largest
from diagnose.patching.mates import of_mates
from diagnose.patching.outputs import of_layer_lists
from diagnose.patching.pairs import of_source
from diagnose.patching.placed import (
    begun_before,
    into_their_loop,
    left_later,
    out_of_their_loop,
    out_of_what_prints,
)
from diagnose.patching.script import random_of
from diagnose.patching.source import Source, patched
from diagnose.patching.sums import begun_in_init

ONE_STEP = """\
for e in range(9):
    for x, t in zip(X, T):
        d = net(x) - t
        total += d
    # the step
    W -= rate * d * x
    b -= rate * d
    print(e)
"""
IN_THE_LOOP = ONE_STEP.replace("    W -=", "        W -=").replace("    b -=", "        b -=")


def texts(maker, text):
    source = Source(text.encode(), "mine.py")
    return [patched(source, [one]).decode() for one in maker(source)]


def test_steps_behind_a_loop_go_into_it_together():
    assert texts(into_their_loop, ONE_STEP)[0] == IN_THE_LOOP
    assert texts(into_their_loop, IN_THE_LOOP) == []


@pytest.mark.parametrize(
    "text",
    [
        # a sum over the samples is stepped by once
        "for x in X:\n    g += d(x)\nW -= rate * g\n",
        # the step goes over parameters by itself
        "for k in p:\n    g = f(k)\nfor k in p:\n    p[k] -= rate * q[k]\n",
        "for x in X:\n    d = f(x)\nprint(d)\n",
        # what is filled layer by layer is whole behind the loop
        "for k in back:\n    g[k] = d @ a[k]\nfor k in p:\n    p[k] -= rate * g[k]\n",
    ],
)
def test_a_step_that_stands_where_it_belongs_stays(text):
    assert texts(into_their_loop, text) == []


def test_velocities_and_what_steps_by_them_go_into_the_loop_together():
    text = "for x in X:\n    g = f(x)\nv = mu * v - rate * g\nw -= v\nprint(w)\n"
    wanted = "for x in X:\n    g = f(x)\n    v = mu * v - rate * g\n    w -= v\nprint(w)\n"
    assert texts(into_their_loop, text)[0] == wanted


def test_a_step_over_parameters_goes_into_the_loop_with_its_lines():
    text = "for x in X:\n    g = f(x)\nfor k in p:\n    h = g[k]\n    p[k] -= 0.1 * h\n"
    moved = (
        "for x in X:\n    g = f(x)\n    for k in p:\n        h = g[k]\n        p[k] -= 0.1 * h\n"
    )
    assert texts(into_their_loop, text) == [moved]


def test_a_rate_that_shrinks_in_each_batch_shrinks_in_each_epoch():
    text = "for e in E:\n    for x in X:\n        step(x, lr)\n        lr *= 0.9\n"
    assert texts(out_of_their_loop, text) == [text.replace("        lr *=", "    lr *=")]
    assert texts(out_of_their_loop, "for e in E:\n    step(lr)\n    lr *= 0.9\n") == []


def test_what_is_drawn_anew_in_each_turn_is_drawn_once():
    text = "for e in E:\n    W = np.random.randn(3, 2)\n    for x in X:\n        W -= rate * x\n"
    once = "W = np.random.randn(3, 2)\nfor e in E:\n    for x in X:\n        W -= rate * x\n"
    assert texts(begun_before, text) == [once]
    # a gradient of each turn, and what is made of it, begin anew
    noise = "for e in E:\n    g = np.zeros(n(e))\n    for x in X:\n        g += x\n"
    assert texts(begun_before, noise) == []


def test_a_loop_is_not_left_in_its_first_turn():
    text = "def f(X):\n    for x in X:\n        out.append(g(x))\n        return out\n"
    assert texts(left_later, text) == [text.replace("        return", "    return")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a = np.argmax(o, axis=1)[0]\n", ["axis=0)[0]", "argmax(o)[0]"]),
        ("a = o.argmax(0)\n", ["a = o.argmax(axis=1)\n", "a = o.argmax()\n"]),
        ("a = np.argmax(net(X))\n", ["np.argmax(net(X), axis=1)", "np.argmax(net(X), axis=0)"]),
    ],
)
def test_the_largest_is_looked_for_along_the_other_axis(text, wanted):
    found = texts(of_largest, text)
    assert len(found) == len(wanted)
    assert all(part in one for part, one in zip(wanted, found, strict=True))


def test_labels_are_mixed_with_their_samples():
    text = (
        "for e in E:\n    p = np.random.permutation(len(X))\n    X = X[p]\n"
        "    for i in R:\n        step(X[i:i + 9], Y[i:i + 9])\n"
    )
    assert texts(of_mates, text) == [text.replace("    X = X[p]\n", "    X = X[p]\n    Y = Y[p]\n")]
    assert texts(of_mates, text.replace("    X = X[p]\n", "    X, Y = X[p], Y[p]\n")) == []
    alone = "np.random.shuffle(X)\nfor i in R:\n    step(X[i], Y[i])\n"
    made = "order = np.random.permutation(len(X))\nX, Y = X[order], Y[order]\n"
    assert texts(of_mates, alone) == [alone.replace("np.random.shuffle(X)\n", made)]
    both = alone.replace("for i", "np.random.shuffle(Y)\nfor i")
    assert texts(of_mates, both) == [alone.replace("np.random.shuffle(X)\n", made)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("np.random.shuffle(X_test)\nfor i in R:\n    hit(ask(X_test), y_test[i])\n", True),
        ("random.shuffle(xs)\nfor x, y in zip(xs, ys):\n    step(x, y)\n", True),
        # an order by which others are taken, and pairs, are shuffled as they should be
        ("np.random.shuffle(i)\nX, y = X[i], y[i]\n", False),
        ("random.shuffle(order)\nfor k in order:\n    step(x[k], y[k])\n", False),
        ("random.shuffle(data)\nfor x, y in data:\n    step(x, y)\n", False),
    ],
)
def test_what_is_shuffled_alone_keeps_its_order(text, found):
    wanted = [text.partition("\n")[2]] if found else []
    assert texts(of_mates, text) == wanted


def test_what_is_made_as_the_training_is_prepared_as_it_is():
    text = "X, y = make(90)\nXt, yt = make(20)\nX = (X - m) / s\n"
    (found,) = texts(of_mates, text)
    assert found == text.replace("X = (X", "Xt = (Xt - m) / s\nX = (X")
    own = "X, y = make(90)\nXt, yt = make(20)\nX = (X - X.mean(axis=0)) / X.std(axis=0)\n"
    (found,) = texts(of_mates, own)  # before the samples of which the mean is taken are changed
    assert "Xt = (Xt - X.mean(axis=0)) / X.std(axis=0)\nX = " in found
    assert texts(of_mates, text + "Xt = (Xt - m) / s\n") == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("import numpy as np\nrng = np.random.default_rng(0)\nx = 1\n", "rng"),
        ("import numpy as np\nx = 1\nrng = np.random.default_rng(0)\n", "np.random"),
        ("import numpy\nx = 1\n", "numpy.random"),
    ],
)
def test_a_script_that_has_a_generator_of_its_own_draws_by_it(text, wanted):
    source = Source(text.encode(), "mine.py")
    node = next(
        one for one in source.nodes if source.line(one) == text.splitlines().index("x = 1") + 1
    )
    assert random_of(source, node) == wanted


def test_samples_and_labels_are_taken_by_one_draw():
    text = "for e in E:\n    x = X[rng.choice(n, 8)]\n    t = T[rng.choice(n, 8)]\n    fit(x, t)\n"
    wanted = text.replace("rng.choice(n, 8)", "order").replace(
        "    x =", "    order = rng.choice(n, 8)\n    x ="
    )
    assert texts(of_source, text) == [wanted]
    at_once = "x, t = X[np.random.randint(9)], T[np.random.randint(9)]\n"
    assert texts(of_source, at_once) == [
        "order = np.random.randint(9)\nx, t = X[order], T[order]\n"
    ]


def test_test_labels_are_cut_from_where_their_samples_are():
    text = "x, t = X[:-n], T[:-n]\nx_test, t_test = X[-n:], T[:n]\n"
    wanted = text.replace("T[:n]", "T[-n:]")
    assert texts(of_source, text) == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        "x, t = X[:-n], T[:-n]\nx_test, t_test = X[-n:], T[-n:]\n",
        "x_test, t_test = X[-n:], T[:n]\n",  # which of them is right is not known
        "x = X[rng.choice(n, 8)]\nt = T[rng.choice(m, 8)]\n",  # of other numbers
        "x = X[rng.choice(n, 8)]\nz = X[rng.choice(n, 8)]\n",  # two of the same
        "x = X[rng.choice(n, 8)]\nfit(x)\nz = Z[rng.choice(n, 8)]\n",
        "rows = rng.choice(n, 8)\nx, t = X[rows], T[rows]\n",
    ],
)
def test_what_is_drawn_for_itself_stays(text):
    assert texts(of_source, text) == []


def test_a_velocity_that_is_set_back_in_each_step_is_begun_with_its_object():
    begun = "        self.v = [np.zeros_like(w) for w in self.ws]\n"
    made = "class Steps:\n    def __init__(self, ws):\n        self.ws = ws\n"
    step = (
        "    def step(self, gs):\n{}        for w, v, g in zip(self.ws, self.v, gs):\n"
        "            v[:] = 0.9 * v - 0.1 * g\n            w[:] = 0.9 * w + v\n"
    )
    assert texts(begun_in_init, made + step.format(begun)) == []  # nothing keeps a share of it
    keeps = step.replace("v[:] = 0.9 * v", "v[0] = 0.9 * v[0]")
    assert texts(begun_in_init, made + keeps.format(begun)) == [made + begun + keeps.format("")]
    of_step = keeps.format(begun.replace("self.ws", "gs"))  # what it is made of is the step's own
    assert texts(begun_in_init, made + of_step) == []
    summed = keeps.format(begun.replace("self.v", "self.sum"))  # of which no share is kept
    assert texts(begun_in_init, made + summed) == []
    assert texts(begun_in_init, made + "        return\n" + keeps.format(begun)) == []
    short = "class Steps:\n    def __init__(self, ws): self.ws = ws\n"
    assert texts(begun_in_init, short + keeps.format(begun)) == []


@pytest.mark.parametrize(
    ("layers", "found"),
    [
        ("Dense(2, 9), ReLU(), Dense(9, 3), ReLU()", True),
        ("Dense(2, 9), ReLU(), Dense(9, 3)", False),
        ("Dense(2, 9), ReLU(), Dense(9, 3), Softmax()", False),
        ("Dense(2, 9), Tanh(), Dense(9, 3), ReLU()", True),
        ("Dense(2, 9), Tanh(), Other(9, 3), ReLU()", False),
        ("Dense(2, 9), Sigmoid(), Dense(9, 3), Sigmoid()", False),
    ],
)
def test_a_list_of_layers_ends_with_one_that_gives_any_number(layers, found):
    wanted = [f"net = [{layers.removesuffix(', ReLU()')}]\n"] if found else []
    assert texts(of_layer_lists, f"net = [{layers}]\n") == wanted


def test_a_step_below_a_print_is_made_whatever_holds():
    text = (
        "for k in K:\n    if k % 9 == 0:\n        print(k)\n        step(layers, 0.1)\n    k += 1\n"
    )
    wanted = text.replace("        step", "    step")
    assert texts(out_of_what_prints, text) == [wanted]
    assert texts(out_of_what_prints, wanted) == []
    assert texts(out_of_what_prints, text.replace("print(k)", "k = 2")) == []
    assert texts(out_of_what_prints, text.replace("step(layers, 0.1)", "print(layers)")) == []


def test_labels_that_are_mixed_by_themselves_are_taken_by_the_order_of_the_samples():
    text = "order = rng.permutation(9)\nX = X[order]\nlabels = rng.permutation(labels)\n"
    wanted = text.replace("rng.permutation(labels)", "labels[order]")
    assert texts(of_source, text) == [wanted]
    columns = text.replace("X[order]", "X[:, order]")
    assert columns.replace("rng.permutation(labels)", "labels[order]") in texts(of_source, columns)
    assert texts(of_source, text.replace("permutation(labels)", "permutation(9)")) == []
    assert texts(of_source, text.replace("X = X[order]\n", "")) == []
