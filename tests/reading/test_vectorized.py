"""Functions of single numbers that ``np.vectorize`` applies are told by what they give."""

import numpy as np
import pytest

from diagnose.reading.writing import FORMULAS, formula
from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

NUMBERS = np.random.default_rng(0).normal(size=(7, 5))


@pytest.mark.parametrize("text", FORMULAS)
def test_each_formula_is_told_from_the_others(text):
    given = eval(text.format(z="z"), {"np": np, "z": NUMBERS})
    found = formula(NUMBERS, given)
    assert found == text or ">" in text  # of no number that is 0, both slopes of a ReLU are one
    assert np.array_equal(eval(found.format(z="z"), {"np": np, "z": NUMBERS}), given)


@pytest.mark.parametrize(
    ("taken", "given"),
    [
        (NUMBERS, NUMBERS**3),
        (NUMBERS, np.maximum(NUMBERS, 0).astype(int)),  # as of a first number that is whole
        (NUMBERS[:1], np.tanh(NUMBERS[:1])),
        (NUMBERS, np.tanh(NUMBERS)[0]),
    ],
    ids=["another", "whole numbers", "too few", "another shape"],
)
def test_what_is_none_of_them_is_not_guessed(taken, given):
    assert formula(taken, given) is None


def test_a_script_with_vectorized_functions_is_read_and_certified(tmp_path):
    path = tmp_path / "mine.py"
    text = FLAT.replace("np.maximum(z1, 0)", "relu(z1)").replace("(z1 > 0)", "slope(z1)")
    head = (
        "import numpy as np\nrelu = np.vectorize(lambda t: t if t > 0 else 0.0)\n"
        "slope = np.vectorize(lambda t: 1.0 if t > 0 else 0.0)\n"
    )
    path.write_text(head + text)
    network = watch(path, seconds=30).network
    assert [one.activation for one in network.layers] == ["relu", "softmax"]
    path.write_text(head.replace("1.0 if", "t ** 3 if") + text)
    assert "no formula that is known" in watch(path, seconds=30).parted.reason
