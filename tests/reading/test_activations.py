"""An activation is told by its values, also where networks with it are not read."""

import math

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients
from diagnose.network.activations import ACTIVATIONS, SLOPED
from diagnose.reading.activations import OTHERS, recognised, refusal
from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

Z = np.random.default_rng(0).normal(0, 5, (2, 6, 4))
READ = {
    "softplus": np.log(1 + np.exp(Z)),
    "swish": Z / (1 + np.exp(-Z)),
    "gelu": Z * np.array([0.5 + math.erf(z / math.sqrt(2)) / 2 for z in Z.flat]).reshape(Z.shape),
    "elu": np.where(Z > 0, Z, 0.7 * (np.exp(Z) - 1)),
    "leaky-relu": np.where(Z > 0, Z, 0.7 * Z),
    "bipolar-sigmoid": 2 / (1 + np.exp(-Z)) - 1,
    "sine": np.sin(Z),
    "cosine": np.cos(Z),
    "relu6": np.minimum(np.maximum(Z, 0), 6),
    "hard-tanh": np.minimum(np.maximum(Z, -1), 1),
    "0.5*relu(z)": np.maximum(Z, 0) / 2,
    "-sigmoid(z)": -1 / (1 + np.exp(-Z)),
    "sigmoid(-z)": 1 / (1 + np.exp(Z)),
    "-relu(-z)": np.minimum(Z, 0),
    "sigmoid(2.5*z)": 1 / (1 + np.exp(-2.5 * Z)),
    "tanh(-0.3*z)": np.tanh(-0.3 * Z),
    "0.5*tanh(0.5*z)": 1 / (1 + np.exp(-Z)) - 0.5,
    "0.1*linear(z)": 0.1 * Z,
    "mish": Z * np.tanh(np.log1p(np.exp(Z))),
    "hard-swish": Z * np.clip(Z + 3, 0, 6) / 6,
}
OTHER = {
    "soft shrinkage": np.sign(Z) * np.maximum(np.abs(Z) - 0.5, 0),
    "a tanh and a line": np.tanh(Z) + 0.1 * Z,
    "a ReLU that is moved": np.maximum(Z - 1, 0),
    "one that is moved and turned": np.maximum(1 - Z, 0),
    "a straight line that is moved": 0.5 + 0.1 * Z,
    "a hat": (1 - Z**2) * np.exp(-(Z**2) / 2),
}
NAMED = {"step": np.where(Z > 0, 1.0, 0.0), "sign": 0.5 * np.sign(Z)}


@pytest.mark.parametrize("name", READ)
def test_what_is_read_is_told_by_its_values(name):
    pairs = list(zip(Z, READ[name], strict=True))
    assert recognised(pairs, same=False) == (name, 0.7 if name in SLOPED else 0.01)


@pytest.mark.parametrize("name", OTHER)
@pytest.mark.parametrize("size", [1.0, 0.05])
def test_no_activation_that_is_not_known_is_taken_for_a_steep_one(name, size):
    # the same around 0 alone, where less can be told
    kept = np.abs(Z) < 5 * size
    pairs = [(Z[kept], OTHER[name][kept])]
    assert recognised(pairs, same=False)[0] is None


def test_a_selu_of_rounded_numbers_is_an_elu_that_is_multiplied(tmp_path):
    made = 1.0507 * np.where(Z > 0, Z, 1.67326 * np.expm1(Z))
    pairs = list(zip(Z, made, strict=True))
    assert recognised(pairs, same=False) == ("1.0507*elu(z)", 1.67326)
    text = (
        FLAT.replace("np.maximum(z1, 0)", "1.0507 * np.where(z1 > 0, z1, 1.67326 * np.expm1(z1))")
        .replace("(z1 > 0)\n", "(1.0507 * np.where(z1 > 0, 1, 1.67326 * np.exp(z1)))\n")
        .replace("randn(4, 6) * 0.5", "randn(4, 6) * 2")
    )
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    network = watch(tmp_path / "mine.py", seconds=30).network
    assert (network.layers[0].activation, network.layers[0].slope) == ("1.0507*elu(z)", 1.67326)
    start, data = network.init(0), network.data()
    found = network.backward(start, network.forward(start, data.images), data.images, data.labels)
    exact = exact_gradients(network, start, data.images, data.labels)
    np.testing.assert_allclose(found["W1"], exact["W1"], rtol=1e-9)


@pytest.mark.parametrize("name", NAMED)
def test_what_is_not_read_is_called_by_its_name(name):
    pairs = list(zip(Z, NAMED[name], strict=True))
    assert recognised(pairs, same=False)[0] is None
    assert refusal(pairs) == f"this layer's activation is not read ({name})"


def test_no_two_of_them_are_alike():
    for name, of in OTHERS.items():
        pairs = [(z, of(z)) for z in Z]
        assert recognised(pairs, same=False)[0] is None
        assert refusal(pairs).endswith(f"({name})")
    for name in set(ACTIVATIONS) - set(SLOPED):
        pairs = [(z, ACTIVATIONS[name].value(z, 0.0)) for z in Z]
        assert recognised(pairs, same=False) == (name, 0.01)


def test_of_three_numbers_no_stretched_activation_is_told():
    z = np.array([[0.5, 1.5, -1.0]])
    assert recognised([(z, 0.3 * np.tanh(z))], same=False)[0] is None


@pytest.mark.parametrize("shape", [Z.shape, (2, 3)])
def test_values_that_tell_nothing_are_called_nothing(shape):
    other = np.random.default_rng(1).normal(size=shape)
    for pairs in (list(zip(Z, other, strict=False)), []):
        assert refusal(pairs) == "this layer's activation is not known"
    assert "not finite in any step" in refusal([(Z, np.full(Z.shape, np.nan))])


def test_a_softmax_of_absolute_values_is_one():
    z = np.random.default_rng(2).normal(size=(9, 4))
    e = np.exp(np.abs(z))
    pairs = [(z, e / e.sum(axis=1, keepdims=True))]
    assert recognised(pairs, same=False, curved=True)[0] == "softmax"


def test_a_layer_that_only_gave_zeros_is_asked_once_more_what_it_computes(tmp_path):
    text = (
        FLAT.replace("b2 = np.zeros(3)", "b2 = np.full(3, -900.0)")
        .replace("        e = np.exp(z2 - z2.max(axis=1, keepdims=True))\n", "")
        .replace(
            "p = e / e.sum(axis=1, keepdims=True)", "p = 1 / (1 + np.exp(-np.clip(z2, -600, 600)))"
        )
        .replace("    print(epoch", "    0 and print(epoch")
    )
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=30)
    assert seen.parted is None
    assert [one.activation for one in seen.network.layers] == ["relu", "sigmoid"]
    assert seen.network.loss == "cross-entropy"
    assert seen.roles["layer 2"]["text"] == "W2 (6x3), b2, sigmoid"


def test_a_sigmoid_without_its_minus_is_read(read):
    text = FLAT.replace("np.maximum(z1, 0)", "1 / (1 + np.exp(z1))")
    network = read(text.replace("(z1 > 0)", "-a1 * (1 - a1)")).network
    assert [one.activation for one in network.layers] == ["sigmoid(-z)", "softmax"]


def test_a_batch_without_samples_tells_nothing_and_hides_nothing():
    pairs = [(Z[0], np.tanh(Z[0])), (np.zeros((0, 4)), np.zeros((0, 4)))]
    assert recognised(pairs, same=False) == ("tanh", 0.01)
    assert recognised(pairs[1:], same=False)[0] is None


def test_numbers_whose_squares_overflow_hide_nothing():
    z = np.array([-3.0, -1.0, 0.5, 2.0])
    pairs = [(by * z, np.where(z > 0, by * z, 0.1 * by * z)) for by in (1.0, 1e200)]
    assert recognised(pairs, same=False) == ("leaky-relu", 0.1)
