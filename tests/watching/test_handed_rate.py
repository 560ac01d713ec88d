"""A rate is watched on where the text says that it may be another later."""

from __future__ import annotations

import ast

import pytest

from diagnose.watching.handed_rate import other_at
from diagnose.watching.script import watch
from diagnose.watching.texts import Texts

STEP = """
def step(W, dW, lr):
    return W - lr * dW

BEFORE
for epoch in range(9):
    for x in samples:
        W = step(W, gradient(W, x), GIVEN)
"""
SCRIPT = """
import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(60, 3))
T = np.eye(2)[(X[:, 0] > 0).astype(int)]

def schedule(epoch):
    return 0.1 if epoch < 20 else 0.02

class Net:
    def __init__(self):
        self.W, self.b = rng.normal(size=(3, 2)), np.zeros(2)

    def step(self, dW, db, lr):
        self.W = self.W - lr * dW
        self.b = self.b - lr * db

net = Net()
for epoch in range(30):
    for i in rng.permutation(60):
        x = X[i:i + 1]
        e = np.exp(x @ net.W + net.b)
        d = e / e.sum() - T[i:i + 1]
        net.step(x.T @ d, d[0], schedule(epoch))
"""


def is_another(text, line, given):
    texts = Texts({"mine.py": text})
    loops = [one.lineno for one in texts.every if isinstance(one, ast.For)]
    within = texts.within(("mine.py", min(loops))) if loops else None
    return other_at(texts, within, ("mine.py", line), given) is not None


@pytest.mark.parametrize(
    ("before", "given", "another"),
    [
        ("", "0.1", False),
        ("RATE = 0.1", "RATE", False),
        ("def rate(epoch):\n    return 0.1", "rate(epoch)", False),
        ("def rate(epoch):\n    'As it is.'\n    return RATE / 2", "rate(epoch)", False),
        ("def rate(epoch):\n    return 0.1 if epoch < 5 else 0.01", "rate(epoch)", True),
        ("def rate(epoch):\n    if epoch > 5: return 0.01\n    return 0.1", "rate(epoch)", True),
        ("", "0.1 * 0.9 ** epoch", True),
        ("", "lr=0.1 / (1 + epoch)", True),
        ("lr = 1.0\nlr *= 0.1", "lr", False),
        ("", "math.exp(-epoch)", True),
        ("", "*passed(x), 0.1", False),
    ],
)
def test_a_handed_rate_may_be_another(before, given, another):
    text = STEP.replace("BEFORE", before).replace("GIVEN", given)
    assert is_another(text, 3, "lr") is another


def test_through_another_function():
    text = STEP.replace("BEFORE", "def train(W, rate):\n    return step(W, W, rate)")
    text = text.replace("step(W, gradient(W, x), GIVEN)", "train(W, 0.1 / (epoch + 1))")
    assert is_another(text, 3, "np.float32(lr)")
    text = text.replace("0.1 / (epoch + 1)", "0.1")
    assert not is_another(text, 3, "np.float32(lr)")


IN_A_LOOP = """
class Net:
    rate = 0.1

    def __init__(self, lr):
        self.lr = lr

    def step(self, dW, given=0.1, *, named=0.1):
        self.W -= TAKEN * dW
        self.db /= len(dW)

    @property
    def half(self):
        return self.lr / 2

    def now(self):
        return self.lr

    def never_called(self):
        self.lr = self.rate = self.other = 0.01

def cut(some):
    some["lr"] = some["lr"] / 2
    some["named"] = 0.01

def first(some):
    some[0] = some[0] / 2

def late(of):
    of.lr = 0.01

def shrink():
    global LR
    LR = LR / 2

LR, callbacks, options = 0.1, [late], {"named": 0.1}
rates, cfg, s = [0.1, 0.1, 0.01], {"lr": 0.1}, Net(0.1)
lr = 0.1
for epoch in range(9):
    CHANGED
    for x in samples:
        s.step(gradient(x), GIVEN)
"""


@pytest.mark.parametrize(
    ("taken", "given", "changed", "another"),
    [
        ("given", "lr", "pass", False),
        ("given", "lr", "if epoch == 5: lr = 0.01", True),
        ("given", "lr", "lr = lr / 2", True),
        ("given", "lr", "lr = 0.1 if epoch < 5 else 0.01", True),
        ("given", "lr", "rate = 0.1 / (1 + epoch)", False),
        ("given", "rates[0]", "pass", False),
        ("given", "rates[0]", "rates.pop(0)", True),
        ("given", "s.lr", "pass", False),
        ("given", "s.lr", "s.lr = s.lr / 2", True),
        ("named", "named=0.1", "pass", False),
        ("named", "named=0.1 / (1 + epoch)", "pass", True),
        ("self.lr", "", "pass", False),
        ("self.lr", "", "if epoch == 5: s.lr = 0.01", True),
        ("self.lr", "", "setattr(s, 'lr', 0.1 / (1 + epoch))", True),
        ("self.rate", "", "if epoch == 5: s.rate = 0.01", True),
        ("self.lr / len(dW)", "", "pass", False),
        ("self.lr / dW.shape[0]", "", "pass", False),
        ("cfg['lr']", "", "pass", False),
        ("cfg['lr']", "", "if epoch == 5: cfg['lr'] = 0.01", True),
        ("cfg['lr']", "", "if epoch == 5: cfg['other'] = 0.01", False),
        ("cfg['lr']", "", "cfg.update(lr=0.1 / (1 + epoch))", True),
        ("cfg['lr']", "", "cfg.update(other=0.1 / (1 + epoch))", False),
        ("cfg['lr']", "", "cut(cfg)", True),
        ("cfg.get('lr')", "", "pass", False),
        ("cfg.get('lr')", "", "cut(cfg)", True),
        ("given", "rates[0]", "first(rates)", True),
        ("self.lr", "", "s.__dict__['lr'] = 0.01", True),
        ("self.lr", "", "vars(s).update(lr=0.01)", True),
        ("self.lr", "", "for name in names: setattr(s, name, 0.01)", False),  # as was seen
        ("self.lr", "", "if epoch == 5: setattr(s, name, 0.01)", True),
        ("self.half", "", "pass", False),
        ("self.half", "", "if epoch == 5: s.lr = 0.01", True),
        ("self.now()", "", "pass", False),
        ("self.now()", "", "if epoch == 5: s.lr = 0.01", True),
        ("self.lr", "", "for one in callbacks: one(s)", True),
        ("self.other", "", "for one in callbacks: one(s)", False),
        ("conf.LR", "", "shrink()", True),
        ("conf.LR", "", "pass", False),
        ("named", "**options", "cut(options)", True),
        ("given", "lr", "np.multiply(lr, 0.5, out=lr)", True),
        ("given", "lr", "lr[...] = 0.01", True),
    ],
)
def test_what_a_rate_is_made_of_may_get_another_value(taken, given, changed, another):
    text = IN_A_LOOP.replace("TAKEN", taken).replace("GIVEN", given).replace("CHANGED", changed)
    line = 1 + text.splitlines().index(f"        self.W -= {taken} * dW")
    assert is_another(text, line, taken) is another


def test_each_turn_of_a_loop_may_have_its_own():
    text = "for epoch in range(9):\n    W -= schedule(epoch) * dW\n"
    for rate in ("schedule(epoch)", "rates[epoch]", "0.1 if epoch < 5 else 0.01"):
        assert is_another(text, 2, rate)


def test_a_function_of_the_epoch_may_make_its_own():
    text = "def one(lr, n):\n    rate = lr / (1 + n)\n    W = W - rate * dW\n"
    assert is_another(f"{text}for n in x:\n    one(0.1, n)", 3, "rate")
    assert not is_another(f"{text}one(0.1, 2)", 3, "rate")


def test_however_often_it_is_handed_on():
    text = "def step0(lr):\n    W = W - lr * dW\n"
    text += "".join(f"def step{at + 1}(lr):\n    step{at}(lr)\n" for at in range(9))
    assert is_another(f"{text}for n in x: step9(0.1 / n)", 2, "lr")
    assert not is_another(f"{text}step9(0.1)", 2, "lr")


def test_what_is_handed_around_is_followed_once():
    text = "def step(lr):\n    W = W - lr * dW\n    other(lr)\ndef other(lr):\n    step(lr)\n"
    assert not is_another(text, 2, "lr")
    assert is_another(f"{text}for n in x: other(0.1 / n)", 2, "lr")
    text = "for _ in x:\n    a.one = a.two\n    a.two = a.one\n    W -= a.one * dW\n"
    assert not is_another(text, 4, "a.one")


def test_a_rate_that_an_object_keeps_is_handed_to_none_of_its_methods():
    text = SCRIPT.replace("lr * dW", "self.lr * dW")
    line = 1 + text.splitlines().index("        self.W = self.W - self.lr * dW")
    assert is_another(text, line, "lr")
    assert not is_another(text, line, "self.lr")


@pytest.mark.parametrize(
    ("before", "given"),
    [
        ("pass", "schedule(epoch)"),
        ("rate = 0.1 if epoch < 20 else 0.02", "rate"),
        ("rate = 0.1 if epoch == 0 else 0.02 if epoch == 20 else rate", "rate"),
    ],
)
def test_a_schedule_is_seen_to_its_end(tmp_path, before, given):
    text = SCRIPT.replace("schedule(epoch))\n", f"{given})\n")
    text = text.replace("(30):", f"(30):\n    {before}")
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    network = watch(tmp_path / "mine.py", seconds=30).network
    assert network is not None
    rates = [network.learning_rate(epoch) for epoch in range(30)]
    assert rates == 20 * [0.1] + 10 * [0.02]


def test_what_comes_before_the_loop_or_after_it_changes_nothing():
    text = "lr = 1.0\nif fast:\n    lr = 0.1\nfor n in range(9):\n    W -= lr * dW\nlr = 0.01\n"
    assert not is_another(text, 5, "lr")
    body = "    for n in range(9):\n        W -= lr * dW\n"
    text = f"def train(lr):\n{body}    lr = lr / 2\nfor rate in (0.1, 0.01):\n    train(rate)\n"
    assert not is_another(text, 3, "lr")


def test_a_function_within_another_may_change_its_number():
    text = "def run():\n    lr = 0.1\n    def halve():\n        nonlocal lr\n        lr /= 2\n"
    text += "    def step():\n        W[...] = W - lr * dW\n    for n in x:\n        step()\n"
    assert not is_another(text, 7, "lr")
    assert is_another(f"{text}        halve()\n", 7, "lr")


MADE_ANEW = """
from functools import partial

def sgd(W, dW, lr):
    W -= lr * dW

class Plain:
    def __init__(self, lr):
        self.lr = lr
    def step(self, W, dW):
        W -= self.lr * dW

def decay(epoch):
    opt.lr = 0.01

def unused(epoch):
    opt.lr = 0.01

opt, lr = Plain(0.1), 0.1
move, plain = sgd, partial(sgd, lr=0.1)
hooks = [lambda epoch: CALLED(epoch)]
for epoch in range(9):
    CHANGED
    for x in samples:
        g = gradient(W, x)
        STEPS
"""


@pytest.mark.parametrize(
    ("line", "steps", "changed", "called", "another"),
    [
        ("self.lr", "opt.step(W, g)", "pass", "print", False),
        ("self.lr", "opt.step(W, g)", "if epoch == 5: opt = Plain(0.01)", "print", True),
        ("self.lr", "opt.step(W, g)", "opt = Plain(0.1)", "print", False),
        ("self.lr", "opt.step(W, g)", "for hook in hooks: hook(epoch)", "print", False),
        ("self.lr", "opt.step(W, g)", "for hook in hooks: hook(epoch)", "decay", True),
        ("lr", "move(W, g, lr)", "pass", "print", False),
        ("lr", "move(W, g, lr)", "if epoch == 5: lr = 0.01", "print", True),
        ("lr", "plain(W, g)", "pass", "print", False),
        ("lr", "plain(W, g)", "if epoch == 5: plain = partial(sgd, lr=0.01)", "print", True),
    ],
)
def test_what_has_a_rate_with_it_may_be_made_anew(line, steps, changed, called, another):
    text = MADE_ANEW.replace("CALLED", called).replace("CHANGED", changed).replace("STEPS", steps)
    number = next(
        at for at, one in enumerate(text.splitlines(), 1) if one.endswith(f"W -= {line} * dW")
    )
    assert is_another(text, number, line) is another


@pytest.mark.parametrize(
    ("before", "given", "changed", "in_array", "another"),
    [
        ("rates = opt.rates", "rates[0]", "opt.rates[0] = 0.01", False, True),
        ("rates = opt.rates", "rates[0]", "opt.others[0] = 0.01", False, False),
        ("opt.rates = opt.now = rates", "opt.rates[0]", "opt.now.append(0.01)", False, True),
        ("opt.rates = rates\nopt.now = rates", "opt.rates", "opt.now[0] = 0.01", True, True),
        ("lr, m = opt.lr, 0.9", "lr", "opt.lr *= 0.5", True, True),
        ("lr, m = opt.lr, 0.9", "lr", "opt.lr *= 0.5", False, False),
        ("lr = opt.lr", "lr", "opt.lr[...] = 0.01", True, True),
        ("lr = opt.lr", "lr", "opt.lr = 0.01", True, False),
        ("first = rates[:1]", "rates[0]", "first *= 0.5", True, True),
        ("first = rates[:1]", "rates[0]", "first *= 0.5", False, False),
    ],
)
def test_what_a_rate_lies_in_may_be_changed_under_another_name(
    before, given, changed, in_array, another
):
    text = f"{before}\nfor epoch in range(9):\n    {changed}\n    W -= {given} * dW\n"
    texts = Texts({"mine.py": text})
    line = text.count("\n")
    within = texts.within(("mine.py", line - 2))
    found = other_at(texts, within, ("mine.py", line), given, in_array=in_array)
    assert (found is not None) is another
