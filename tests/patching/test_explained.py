"""R2, and what is printed of it: 1 less the errors by what the targets are off their mean."""

import pytest

from diagnose.patching.answer import of_answer
from diagnose.patching.counting import of_explained
from tests.patching.making import script, ways

RIGHT = "r2 = 1 - np.sum((y - p) ** 2) / np.sum((y - np.mean(y)) ** 2)"

ERROR = RIGHT.replace("r2 = 1 - ", "error = ")


def written(text, maker, classes=0):
    made = script(f"import numpy as np\n{text}\n", outputs=1, activations=("linear",))
    made.network.classes = classes
    return ways(made, maker)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (RIGHT.replace("np.sum((y - np.mean(y)) ** 2)", "np.sum(y ** 2)"), RIGHT),
        (RIGHT.replace("np.mean(y)", "np.mean(p)"), RIGHT),
        (RIGHT.replace("1 - np", "np"), RIGHT),
        ("a = np.mean((p - y) ** 2)\nb = np.var(p)\nprint('R2', 1 - a / b)",
         "b = np.mean((y - np.mean(y)) ** 2)"),
    ],
)  # fmt: skip
def test_what_is_explained_is_held_against_the_mean_of_the_targets(text, wanted):
    assert [wanted] in written(text, of_answer)


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("r2 = np.sum((y - p) ** 2) / len(y)", 0),  # no quotient of two sums of squares
        ("mse = np.sum((y - p) ** 2) / np.sum(y ** 2)", 0),  # nothing says that it is R2
        (RIGHT.replace("np.mean(y)", "np.mean(p)"), 2),
    ],
)
def test_no_other_quotient_is_taken_for_it(text, classes):
    assert written(text, of_explained, classes) == []


@pytest.mark.parametrize(
    "text",
    [
        f"{ERROR}\nprint('what is explained', len(y))",
        f"{ERROR}\nprint('R2', 1 - error)",
    ],
)
def test_an_error_by_the_spread_of_the_targets_is_not_taken_off_1(text):
    assert not any("1 - np" in line for way in written(text, of_explained) for line in way)


@pytest.mark.parametrize(
    "text",
    [
        "v = np.sum((y - p) ** 2) / np.sum(y ** 2)\nprint('R2', v)",
        "def r_squared(y, p):\n    return np.sum((y - p) ** 2) / np.sum(y ** 2)",
        "def rated(y, p):\n    return np.sum((y - p) ** 2) / np.sum(y ** 2)\n"
        "print('R2', rated(y, p))",
    ],
)
def test_it_is_where_it_is_called_r2_further_on(text):
    assert any("1 - np" in line for way in written(text, of_explained) for line in way)


def test_the_spread_is_never_that_of_the_answers():
    """Of answers that are twice the targets that would give 0.75, where 0 is right."""
    asked = f"p = np.tanh(x @ W) @ W1\n{RIGHT}"
    assert written(asked, of_explained) == [[]]
    assert [RIGHT] in written(asked.replace("np.mean(y)", "np.mean(p)"), of_explained)
