"""Trainings that go on without a ``for`` statement: the calls of one function are the turns."""

import sys

import pytest

from tests.watching.scripts import DATA

HEAD = f"""from collections import deque
from functools import reduce
from itertools import starmap
{DATA}
def gradients(w, x, y):
    a = np.tanh(x @ w[0] + w[1])
    d = (1 / (1 + np.exp(-(a @ w[2] + w[3]))) - y) / len(x)
    d1 = d @ w[2].T * (1 - a ** 2)
    return x.T @ d1, d1.sum(axis=0), a.T @ d, d.sum(axis=0)
def stepped(w, batch):
    return tuple(p - 0.3 * g for p, g in zip(w, gradients(w, *batch)))
def step(x, y):
    for p, g in zip(w, gradients(w, x, y)):
        p -= 0.3 * g
def bound(x, y):
    global w
    w = [p - 0.3 * g for p, g in zip(w, gradients(w, x, y))]
def unpacked(net, x, y):
    w1, b1, w2, b2 = net
    g = gradients(net, x, y)
    w1 -= 0.3 * g[0]
    b1 -= 0.3 * g[1]
    w2 -= 0.3 * g[2]
    b2 -= 0.3 * g[3]
    return np.abs(g[0]).max()
def batches():
    order = np.random.permutation(90)
    return [(X[order[s:s + 15]], Y[order[s:s + 15]]) for s in range(0, 90, 15)]
w = np.random.randn(4, 5) * 0.5, np.zeros(5), np.random.randn(5, 3) * 0.5, np.zeros(3)
"""
MINI = {
    "reduce": "w = reduce(lambda w, epoch: reduce(stepped, batches(), w), range(30), w)",
    "map": "deque(map(lambda epoch: list(map(step, *zip(*batches()))), range(30)), maxlen=0)",
    "starmap": "for epoch in range(30):\n    list(starmap(step, batches()))",
    "bound in a list": "for epoch in range(30):\n    [bound(x, y) for x, y in batches()]",
    "unpacked in a list": "for epoch in range(30):\n    [unpacked(w, *b) for b in batches()]",
    "named in a list": "for epoch in range(30):\n    [w := stepped(w, b) for b in batches()]",
}


@pytest.mark.parametrize("way", MINI)
def test_a_function_that_is_called_for_each_batch_is_a_loop_over_them(way, read):
    seen = read(HEAD + MINI[way] + "\n")
    assert seen.parted is None
    assert (seen.network.epochs, seen.network.batch_size) == (30, 15)
    assert len(seen.network.data().labels) == 90


def test_a_while_loop_has_as_many_turns(read):
    seen = read(f"{HEAD}left = 400\nwhile left:\n    left -= 1\n    step(X, Y)\n")
    assert seen.parted is None
    assert (seen.network.epochs, seen.network.batch_size) == (400, 90)


def test_a_program_calls_itself_as_deep_as_unwatched(read):
    deep = f"""
import sys
def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)
print("deep", deep({sys.getrecursionlimit() - 100}))
sys.setrecursionlimit(4000)
print("deep", deep(3900))
"""
    seen = read(HEAD + deep + MINI["reduce"] + "\n")
    assert seen.output.count("deep") == 2
    assert not seen.stopped


def test_layers_that_are_gone_through_by_reduce_and_map_are_no_turns(read):
    layers = """
net = [(w[0], w[1]), (w[2], w[3])]
def entered(acts, layer):
    return acts + [1 / (1 + np.exp(-(acts[-1] @ layer[0] + layer[1])))]
def nudged(layer, a, d):
    layer[0][...] -= 0.3 * a.T @ d
    layer[1][...] -= 0.3 * d.sum(axis=0)
for epoch in range(30):
    for x, y in batches():
        acts = reduce(entered, net, [x])
        d = (acts[-1] - y) / len(x)
        list(map(nudged, net, acts, [d @ w[2].T * acts[1] * (1 - acts[1]), d]))
"""
    seen = read(HEAD + layers)
    assert seen.parted is None
    assert [one.activation for one in seen.network.layers] == ["sigmoid", "sigmoid"]
    assert (seen.network.epochs, seen.network.batch_size) == (30, 15)


def test_how_often_a_loop_is_gone_through_that_breaks_off_is_counted(read):
    text = HEAD + "from itertools import count\nfor epoch in count():\n    for b in batches():\n"
    seen = read(f"{text}        step(*b)\n    if epoch == 99:\n        break\n")
    assert seen.parted is None
    assert seen.network.epochs == 100


def test_what_is_handed_over_may_be_anything(read):
    text = HEAD + "from itertools import accumulate\nclass Named(dict):\n"
    text += "    __getattr__ = dict.__getitem__\n"
    text += "list(map(lambda one: one['a'], [Named(a=1)]))\n"
    text += "reduce(lambda a, b: a, [1, 2], Named())\n"
    text += "list(accumulate(iterable=[1, 2], func=lambda a, b: a + b))\n"
    assert read(text + MINI["reduce"] + "\n").parted is None


def test_a_method_that_ends_with_that_of_another_object_is_no_loop(read):
    text = (
        HEAD
        + """class Last:
    def forward(self, x):
        return 1 / (1 + np.exp(-(x @ w[2] + w[3])))
class First:
    def forward(self, x):
        self.a = np.tanh(x @ w[0] + w[1])
        return last.forward(self.a)
first, last = First(), Last()
for epoch in range(30):
    for x, y in batches():
        d = (first.forward(x) - y) / len(x)
        d1 = d @ w[2].T * (1 - first.a ** 2)
        for p, g in zip(w, (x.T @ d1, d1.sum(axis=0), first.a.T @ d, d.sum(axis=0))):
            p -= 0.3 * g
"""
    )
    seen = read(text)
    assert seen.parted is None
    assert (seen.network.epochs, seen.network.batch_size) == (30, 15)


# A generator draws without an end, and a loop that is come to once takes of it.
ENDLESS = """
import numpy as np
np.random.seed(5)
data = [(x, float(x[0] + x[1] > 0)) for x in np.random.randn(40, 4)]
def drawn(some):
    while True:
        yield some[np.random.randint(len(some))]
W, v = np.random.randn(5, 4) * 0.5, np.random.randn(5) * 0.5
def answer(x):
    u = 1 / (1 + np.exp(-(W @ x)))
    return u, 1 / (1 + np.exp(-(v @ u)))
source, step = drawn(data), 0
while step < 1200:
    x, y = next(source)
    step += 1
    u, o = answer(x)
    d = (o - y) * v * u * (1 - u)
    v -= 0.1 * (o - y) * u
    W -= 0.1 * np.outer(d, x)
    if step % 100 == 0:
        right = 0
        for a, b in data:
            right += (answer(a)[1] > 0.5) == b
"""
EACH_ONCE = ENDLESS.replace(
    "yield some[np.random.randint(len(some))]",
    "for at in np.random.permutation(len(some)):\n            yield some[at]",
)
FLAT = EACH_ONCE.replace("while step < 1200", "for step in range(1200)").replace("step += 1", "")


@pytest.mark.parametrize(
    "often", ["100", "1200", "7 == 0 and [1 for _ in range(3)] and step % 100"]
)
def test_a_sample_that_comes_twice_ends_no_epoch(often, read):
    seen = read(ENDLESS.replace("% 100", f"% {often}"))
    assert seen.network is not None, seen.parted
    assert len(seen.network.data().labels) == 40
    assert seen.roles["batches"]["text"] == "1 of 40 samples, drawn"


@pytest.mark.parametrize("text", [EACH_ONCE, FLAT])
def test_an_epoch_ends_where_each_sample_has_come_once(text, read):
    seen = read(text)
    assert seen.network is not None, seen.parted
    assert seen.roles["batches"]["text"] == "1 of 40 samples, shuffled"
