"""A file that hands a network over: its functions, and edits tried by loading a copy."""

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest

from diagnose.command.target import file_of, load_copy, load_network
from diagnose.errors import BadInputError
from diagnose.patching.handed import HandedScript, handed, of_handed_order
from diagnose.patching.notebooks import read
from diagnose.patching.pace import of_epochs, of_rate
from diagnose.patching.samples import of_input
from tests.patching.making import changed, trials_of

TEXT = """import numpy as np
from diagnose.builders import from_functions

def draw():
    return (np.random.randn(2, 6), np.zeros(6), np.random.randn(6, 2) * 0.5, np.zeros(2))

def scaled(x):
    return x.reshape(len(x), 2) * 255

def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def think(X, W1, b1, W2, b2):
    Z1 = X @ W1 + b1
    A1 = np.maximum(Z1, 0)
    Z2 = A1 @ W2 + b2
    return Z1, A1, Z2, softmax(Z2)

def deltas(X, Y, Z1, A1, P, W2):
    d2 = (P - Y) / len(X)
    d1 = d2 @ W2.T * (Z1 > 0)
    return X.T @ d1, d1.sum(axis=0), A1.T @ d2, d2.sum(axis=0)

def samples():
    x = np.random.RandomState(1).normal(size=(40, 2))
    return x, (x[:, 0] > 0).astype(int)

NETWORK = from_functions(
    parameters="W1 b1 W2 b2", init=draw, forward=think, trace="Z1 A1 Z2 P", backward=deltas,
    layers=("W1 b1 Z1 A1 relu", "W2 b2 Z2 P softmax"), layout="rows", prepare=scaled,
    classes=2, data=samples, order="as given", learning_rate=0.1, epochs=5, batch_size=10,
)
"""


SCALE = {"shifts": [0.0], "divisors": [255.0], "mean": 20.0, "standard_deviation": 80.0}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "handed_net.py"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def script(file):
    network = load_network(str(file))
    given = handed(network, read(file))
    report = SimpleNamespace(findings={network.name: [SimpleNamespace(
        defect="unnormalized-input", numbers=SCALE, status="present", where=None, part="input",
    )]}, twin=None)  # fmt: skip
    return HandedScript(source=read(file), network=given.network, roles=given.roles, report=report)


def at(text):
    return TEXT[: TEXT.index(text)].count("\n") + 1


def test_lines_are_those_of_the_functions_and_of_what_they_call(script):
    assert script.lines("forward") >= {at("Z1 = X @ W1"), at("e = np.exp"), at("return e /")}
    assert at("def think") not in script.lines("forward")
    assert script.lines("backward") == {*range(at("d2 = (P"), at("return X.T @ d1") + 1)}
    assert script.lines("update") == frozenset()


def test_settings_are_edited_where_the_builder_is_told(script):
    rates = [changed(script, one) for one in of_rate(script, 0.5)]
    assert any("learning_rate=0.5, epochs=5" in line for one in rates for line in one)
    epochs = [changed(script, one) for one in of_epochs(script, 20)]
    assert any("epochs=20" in line for one in epochs for line in one)
    orders = [changed(script, one) for one in of_handed_order(script)]
    assert any('order="shuffled"' in line for one in orders for line in one)


def test_a_loop_over_the_parameters_of_a_step_is_no_training(file):
    step = (
        "def move(W1, b1, W2, b2, dW1, db1, dW2, db2, rate):\n"
        "    for one, by in zip((W1, b1, W2, b2), (dW1, db1, dW2, db2)):\n"
        "        one -= rate * by\n    return W1, b1, W2, b2\n\nNETWORK ="
    )
    takes = 'update=move, update_takes="W1 b1 W2 b2 dW1 db1 dW2 db2 rate", epochs=5'
    file.write_text(TEXT.replace("NETWORK =", step).replace("epochs=5", takes), encoding="utf-8")
    given = handed(load_network(str(file)), read(file))
    made = HandedScript(source=read(file), network=given.network, roles=given.roles, report=None)
    assert made.lines("update")
    assert any("epochs=20" in line for one in of_epochs(made, 20) for line in changed(made, one))


def test_samples_are_scaled_where_they_are_prepared(script):
    made = [changed(script, one) for one in of_input(script)]
    assert made[:2] == [
        ["return (x.reshape(len(x), 2) * 255 - 20) / 80"],
        ["return (x.reshape(len(x), 2) * 255) / 255"],
    ]
    script = replace(script)  # what was found is kept
    (finding,) = script.report.findings[script.network.name]
    finding.numbers = {"shifts": [1.0, 2.5], "divisors": [3.0, 40.0]}
    less, over = "np.array([1, 2.5])", "np.array([3, 40])"
    assert [f"return (x.reshape(len(x), 2) * 255 - {less}) / {over}"] in [
        changed(script, one) for one in of_input(script)
    ]


def test_the_zeros_of_pictures_stay_zeros(file):
    text = TEXT.replace("x = np.random.RandomState(1).normal(size=(40, 2))",
                        "x = np.random.RandomState(1).normal(size=(40, 2))[:, None]")  # fmt: skip
    file.write_text(text.replace("x[:, 0] > 0", "x[:, 0, 0] > 0"), encoding="utf-8")
    network = load_network(str(file))
    found = SimpleNamespace(defect="unnormalized-input", numbers=SCALE, status="present",
                            where=None, part="input")  # fmt: skip
    given = handed(network, read(file))
    made = HandedScript(
        source=read(file), network=given.network, roles=given.roles,
        report=SimpleNamespace(findings={network.name: [found]}, twin=None),
    )  # fmt: skip
    assert changed(made, of_input(made)[0]) == ["return (x.reshape(len(x), 2) * 255) / 255"]


def test_the_gradient_begins_where_the_builder_is_told(file):
    file.write_text(
        """import numpy as np
from diagnose.builders import from_layers

class Linear:
    def __init__(self, n, m):
        self.W, self.b = np.random.randn(n, m) * 0.5, np.zeros(m)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad):
        self.dW, self.db = self.x.T @ grad, grad.sum(axis=0)
        return grad @ self.W.T
    def step(self, lr):
        self.W, self.b = self.W - lr * self.dW, self.b - lr * self.db

class Softmax:
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    def backward(self, grad):
        return grad

def make():
    return [Linear(784, 10), Softmax()]

def error_of(p, t):
    return (t - p) / len(p)

NETWORK = from_layers(
    make, loss_gradient=error_of, activations="softmax", step="step", layout="rows",
    encode=lambda labels: np.eye(10)[labels], prepare=lambda images: images.reshape(-1, 784) / 255,
    order="shuffled", learning_rate=0.1, epochs=1, batch_size=10,
)
""",
        encoding="utf-8",
    )
    network = load_network(str(file))
    given = handed(network, read(file))
    made = HandedScript(source=read(file), network=network, roles=given.roles,
                        report=SimpleNamespace(findings={}, twin=None))  # fmt: skip
    written = [made.source.text(one).strip() for one in made.statements("backward")]
    assert "return (t - p) / len(p)" in written


def test_a_function_that_gives_the_order_gives_a_random_one(file):
    text = TEXT.replace('"as given"', "turns").replace(
        "NETWORK =", "def turns(y, epoch, seed):\n    return np.argsort(y)\n\nNETWORK ="
    )
    file.write_text(text, encoding="utf-8")
    network = load_network(str(file))
    made = HandedScript(source=read(file), network=network, roles={}, report=None)
    assert [changed(made, one) for one in of_handed_order(made)] == [
        ["return np.random.default_rng([seed, epoch]).permutation(len(y))"]
    ]


def test_a_copy_is_loaded_anew_each_time_and_prints_nothing(script, tmp_path):
    folder = tmp_path / "copy"
    folder.mkdir()
    trials = trials_of(
        script.source, folder, seconds=60.0, found=script.network, load=partial(load_copy, name="")
    )
    for rate in (0.5, 0.4):  # as many bytes, and within the same second
        edit = next(one for one in of_rate(script, rate))
        assert trials.run([edit]).network.learning_rate(0) == rate
    assert trials.printed([]) == (True, "")


def test_which_file_hands_a_network_over(file, monkeypatch):
    assert file_of(str(file)) == (file, "")
    assert file_of(f"{file}:NETWORK") == (file, "NETWORK")
    monkeypatch.syspath_prepend(file.parent)
    monkeypatch.chdir(file.parent)
    alone = file.with_name("handed_alone.py")
    alone.write_text(TEXT, encoding="utf-8")
    assert file_of("handed_alone:NETWORK") == (alone, "NETWORK")
    assert file_of("buggy_reference") is None
    with pytest.raises(BadInputError, match="no module"):
        file_of("handed_nets")
