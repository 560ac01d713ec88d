"""Hidden layers without an activation, and errors without its derivative."""

import pytest

from diagnose.patching.activations import of_activations
from tests.patching.making import changed, script

TWICE = (
    "def forward(X):\n    Z1 = np.dot(W1, X) + b1  #: forward\n    A1 = Z1\n"
    "    Z2 = np.dot(W2, A1) + b2  #: forward\n    return Z1, A1, Z2\n"
    "dZ1 = np.dot(W2.T, dZ2)  #: backward\ndW1 = np.dot(dZ1, X.T)  #: backward\n"
)
ROWS = (
    "h = X @ self.W1 + self.b1  #: forward\nz = h @ self.W2 + self.b2  #: forward\n"
    "d = g @ self.W2.T * (1 - h**2)  #: backward\nt = T @ self.W1 + self.b1\n"
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (TWICE, ["A1 = np.maximum(0, Z1)"]),
        (TWICE, ["A1 = np.maximum(0, Z1)", "dZ1 = np.dot(W2.T, dZ2) * (A1 > 0)"]),
        ("def relu(z):\n    return z * (z > 0)\n" + TWICE, ["A1 = relu(Z1)"]),
        (ROWS, ["h = np.tanh(X @ self.W1 + self.b1)", "t = np.tanh(T @ self.W1 + self.b1)"]),
    ],
)
def test_a_hidden_layer_gets_its_activation(text, wanted):
    made = script(text, activations=("linear", "linear"))
    assert wanted in [changed(made, one) for one in of_activations(made)]


def test_an_activation_comes_with_its_derivative_unless_that_is_written():
    both = ["A1 = np.maximum(0, Z1)", "dZ1 = np.dot(W2.T, dZ2) * (A1 > 0)"]
    made = script(TWICE, activations=("linear", "linear"))
    assert changed(made, of_activations(made)[0]) == both
    made = script(ROWS, activations=("linear", "linear"))
    assert not any("d = g" in line for one in of_activations(made) for line in changed(made, one))


@pytest.mark.parametrize(
    ("function", "wanted"),
    [
        ("def act(v):\n    return 1.0 / (1.0 + np.exp(-v))\n", "act(Z1)"),
        ("squash = lambda v: np.tanh(v)\n", "squash(Z1)"),
        ("def logistic(v):\n    e = np.exp(-v)\n    return 1 / (1 + e)\n", "logistic(Z1)"),
    ],
)
def test_an_activation_that_is_written_and_never_taken_comes_first(function, wanted):
    made = script(function + TWICE, activations=("linear", "linear"))
    assert changed(made, of_activations(made)[0])[0] == f"A1 = {wanted}"
    # one that is taken, as of the output, says nothing of the hidden layers
    taken = script(f"{function}{TWICE}p = {wanted}\n", activations=("linear", "linear"))
    assert changed(taken, of_activations(taken)[0])[0] == "A1 = np.maximum(0, Z1)"


@pytest.mark.parametrize("gives", ["1 - np.tanh(v) ** 2", "np.maximum(v, 1e-8)", "np.exp(v)"])
def test_any_other_function_is_no_activation(gives):
    text = f"def f(v):\n    return {gives}\n{TWICE}"
    made = script(text, activations=("linear", "linear"))
    assert not any("f(Z1)" in line for one in of_activations(made) for line in changed(made, one))
