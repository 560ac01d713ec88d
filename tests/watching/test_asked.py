"""Of a script that trains several times, the training that a line asks for is read."""

import pytest

from diagnose.command import cli
from diagnose.watching.asked import asked_for
from diagnose.watching.script import watch
from tests.watching.scripts import DATA

TWICE = f"""{DATA}
class Net:
    def __init__(self, hidden):
        self.W1 = np.random.randn(4, hidden) * 0.5
        self.b1 = np.zeros(hidden)
        self.W2 = np.random.randn(hidden, 3) * 0.5
        self.b2 = np.zeros(3)

    def step(self, x, y, lr):
        a = np.tanh(x @ self.W1 + self.b1)
        e = np.exp(a @ self.W2 + self.b2)
        d = (e / e.sum(axis=1, keepdims=True) - y) / len(y)
        dh = (d @ self.W2.T) * (1 - a ** 2)
        self.W2 -= lr * a.T @ d
        self.b2 -= lr * d.sum(axis=0)
        self.W1 -= lr * x.T @ dh
        self.b1 -= lr * dh.sum(axis=0)

def train(net, lr):
    for epoch in range(40):
        for at in range(0, 90, 16):
            net.step(X[at:at + 16], Y[at:at + 16], lr)

small, large = Net(5), Net(8)
train(small, 0.3)
train(
    large, 0.2
)
w, v = np.random.randn(4, 7), np.random.randn(7, 3)
turns = 0
while turns < 200:
    h = np.tanh(X @ w)
    e = np.exp(h @ v)
    d = (e / e.sum(axis=1, keepdims=True) - Y) / 90
    w, v = w - 0.5 * X.T @ ((d @ v.T) * (1 - h ** 2)), v - 0.5 * h.T @ d
    turns += 1
"""


def line_of(text):
    """The number of the line that begins so."""
    return next(at for at, one in enumerate(TWICE.splitlines(), 1) if one.startswith(text))


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    file = tmp_path_factory.mktemp("asked") / "twice.py"
    file.write_text(TWICE, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("asks", "units", "rate"),
    [
        ("    for epoch", 5, 0.3),
        (")", 8, 0.2),
        ("    e = ", 7, 0.5),
    ],
)
def test_it_is_the_one_in_whose_loop_the_line_stands_or_that_it_calls(script, asks, units, rate):
    network = watch(script, seconds=30, line=line_of(asks)).network
    assert network is not None
    first = min(network.init(0).items())[1]
    assert units in first.shape
    assert network.learning_rate(0) == rate


def test_none_goes_on_while_other_lines_are_done(script):
    line = line_of("small, large")
    parted = watch(script, seconds=30, line=line).parted
    assert parted.reason == f"no training was seen that line {line} is within, or calls"


@pytest.mark.parametrize("line", ["1", "9999"])
def test_a_line_where_nothing_stands_is_refused(script, line, capsys):
    assert cli.main([str(script), "--line", line]) == 2
    assert f"no statement stands at line {line}" in capsys.readouterr().err


def test_a_line_is_asked_for_beside_one_of_many_terms():
    source = "x = " + " + ".join(["1"] * 2_000) + "\nfor one in range(3):\n    x -= one\n"
    assert asked_for(source, "deep.py", 3) is not None
