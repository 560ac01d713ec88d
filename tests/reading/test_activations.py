"""An activation is told by its values, also where networks with it are not read."""

import math

import numpy as np
import pytest

from diagnose.network.activations import SLOPED
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
}
NAMED = {
    "cosine": np.cos(Z),
    "hard tanh": np.minimum(np.maximum(Z, -1), 1),
    "0.5 times relu": np.maximum(Z, 0) / 2,
    "-1 times sigmoid": -1 / (1 + np.exp(-Z)),
}


@pytest.mark.parametrize("name", READ)
def test_what_is_read_is_told_by_its_values(name):
    pairs = list(zip(Z, READ[name], strict=True))
    assert recognised(pairs, same=False) == (name, 0.7 if name in SLOPED else 0.01)


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


@pytest.mark.parametrize("shape", [Z.shape, (2, 3)])
def test_values_that_tell_nothing_are_called_nothing(shape):
    other = np.random.default_rng(1).normal(size=shape)
    for pairs in (list(zip(Z, other, strict=False)), []):
        assert refusal(pairs) == "this layer's activation is not known"
    assert "not finite in any step" in refusal([(Z, np.full(Z.shape, np.nan))])


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
