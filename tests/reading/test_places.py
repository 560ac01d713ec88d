"""A script's roles stand at the lines that give them their values."""

import numpy as np
import pytest

from diagnose.watching.script import watch

SCRIPT = """
import numpy as np

def made_up(n):
    x = np.random.randn(n, 4) * 50 + 100
    return x, x[:, 0] > 100

def scaled(a):
    return (a - a.mean(axis=0)) / a.std(axis=0)

class Net:
    def __init__(self, rate, epochs=90):
        spread = lambda *shape: np.random.randn(*shape) * 0.3
        self.W1 = spread(4, 5)
        self.W1 = self.W1 * 2
        self.b1 = np.zeros(5)
        self.W2 = np.random.rand(5, 1)
        self.rate, self.epochs = rate, epochs

    def fit(self, x, y):
        for epoch in range(self.epochs):
            a = np.tanh(x @ self.W1 + self.b1)
            d = (a @ self.W2 - y) / len(x)
            e = d @ self.W2.T * (1 - a ** 2)
            self.W2 -= self.rate * a.T @ d
            self.W1 -= self.rate * x.T @ e
            self.b1 -= self.rate * e.sum(axis=0)

np.random.seed(0)
x, label = made_up(60)
y = np.where(label, 1.0, -1.0)
y = y.reshape(-1, 1)
chosen = np.random.permutation(60)[:50]
x, y = x[chosen], y[chosen]
net = Net(0.2)
net.fit(x, y)
"""
SCALED = SCRIPT.replace("x, y = x[chosen]", "x = scaled(x)\nx, y = x[chosen]")
FALLING = SCRIPT.replace(
    "            a = np.tanh", "            self.rate = self.rate * 0.99\n            a = np.tanh"
)


def lines(tmp_path, text):
    """The text of the line at which each role stands."""
    file = tmp_path / "mine.py"
    file.write_text(text, encoding="utf-8")
    network = watch(file, seconds=30).network
    assert network is not None
    every = [None, *text.splitlines()]
    return {role: every[network.where(role)[1]].strip() for role in network.code}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return lines(tmp_path_factory.mktemp("plain"), SCRIPT)


@pytest.mark.parametrize(
    ("role", "line"),
    [
        ("prepare", "x, label = made_up(60)"),  # no line within what makes samples up
        ("encode", "y = np.where(label, 1.0, -1.0)"),
        ("labels", "x, y = x[chosen], y[chosen]"),
        ("learning_rate", "net = Net(0.2)"),
        ("epochs", "def __init__(self, rate, epochs=90):"),
        ("init W1", "spread = lambda *shape: np.random.randn(*shape) * 0.3"),
        ("init b1", "self.b1 = np.zeros(5)"),
        ("init W2", "self.W2 = np.random.rand(5, 1)"),
    ],
)
def test_where_a_role_stands(plain, role, line):
    assert plain[role] == line


def test_samples_that_are_scaled_stand_where_they_are_scaled(tmp_path):
    assert lines(tmp_path, SCALED)["prepare"] == "return (a - a.mean(axis=0)) / a.std(axis=0)"


def test_a_rate_that_is_changed_has_a_line_that_changes_it(plain, tmp_path):
    found = lines(tmp_path, FALLING)
    assert found["schedule"] == "self.rate = self.rate * 0.99"
    assert "schedule" not in plain


def test_rows_are_handed_on_and_columns_are_taken():
    from diagnose.reading.lineage import only_hands_on
    from diagnose.recording.recorder import Recorder

    tape = Recorder(lambda site: None, set())
    table = np.ones((4, 3))
    for index in (2, slice(0, 2), np.array([0, 1]), (slice(None), -1), (slice(1, 3), slice(None))):
        tape.get(0, table, index)
    taken = [only_hands_on(node) for node in tape.nodes if node.kind == "get"]
    assert taken == [True, True, True, False, True]


NUMBERS = """
import random
from math import tanh
random.seed(3)
points = [random.uniform(-2, 2) for _ in range(40)]
data = [(x, 0.5 * x) for x in points]
v = [0.0, 0.0, 0.0]
c = [random.gauss(0, 1) for _ in range(3)]
w = [random.gauss(0, 1) for _ in range(3)]
for epoch in range(20):
    for x, y in data:
        h = [tanh(v[j] * x + c[j]) for j in range(3)]
        d = sum(w[j] * h[j] for j in range(3)) - y
        for j in range(3):
            back = d * w[j] * (1 - h[j] ** 2)
            w[j] -= 0.05 * d * h[j]
            v[j] -= 0.05 * back * x
            c[j] -= 0.05 * back
"""


def test_what_is_kept_as_single_numbers_stands_where_it_is_written_or_computed(tmp_path):
    found = lines(tmp_path, NUMBERS)
    assert found["init v"] == "v = [0.0, 0.0, 0.0]"
    assert found["init c"] == "c = [random.gauss(0, 1) for _ in range(3)]"
    assert found["prepare"] == "points = [random.uniform(-2, 2) for _ in range(40)]"
    assert found["encode"] == "data = [(x, 0.5 * x) for x in points]"
