"""A part of an array is taken out of it, and put back, as the contract wants it."""

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients
from diagnose.reading.parts import Form, Part, axis_of, fill, put_together
from diagnose.watching.script import watch
from tests.watching.scripts import DATA

STATE = ("made", 1, "binary", 0)


def form(of, *box, shape, wanted=None, turned=False, within=None):
    return Form(Part(STATE, of, box, shape, within), wanted or shape, turned)


FIRST = Part(STATE, (38,), ((0, 20),), (5, 4))
LAST = Part(STATE, (38,), ((20, 38),), (6, 3))

WHOLE = {
    "a vector": [
        form((26,), (20, 25), shape=(5, 1)),
        form((26,), (0, 15), shape=(5, 3), turned=True),
        form((26,), (15, 20), shape=(5,)),
        form((26,), (25, 26), shape=(), wanted=(1,)),
    ],
    "a vector and its bias": [
        form((4,), (1, 4), shape=(3,), wanted=(3, 1)),
        form((4,), (0, 1), shape=(), wanted=(1,)),
    ],
    "the last row": [
        form((4, 5), (0, 3), (0, 5), shape=(3, 5)),
        form((4, 5), (3, 4), (0, 5), shape=(5,)),
    ],
    "the first column": [
        form((5, 4), (0, 5), (1, 4), shape=(5, 3), turned=True),
        form((5, 4), (0, 5), (0, 1), shape=(5,)),
    ],
    "one unit": [
        form((6, 1), (1, 6), (0, 1), shape=(5, 1)),
        form((6, 1), (0, 1), (0, 1), shape=(1,)),
    ],
    "columns and rows of parts": [
        form((5, 4), (0, 5), (1, 4), shape=(5, 3), turned=True, within=FIRST),
        form((5, 4), (0, 5), (0, 1), shape=(5,), within=FIRST),
        form((6, 3), (0, 5), (0, 3), shape=(5, 3), within=LAST),
        form((6, 3), (5, 6), (0, 3), shape=(3,), within=LAST),
    ],
    "a part, and the column of another": [
        form((38,), (20, 38), shape=(6, 3)),
        form((5, 4), (0, 5), (3, 4), shape=(5,), within=FIRST),
        form((5, 4), (0, 5), (0, 3), shape=(5, 3), within=FIRST),
    ],
}


@pytest.mark.parametrize("kind", WHOLE)
def test_what_is_written_takes_an_array_apart_and_puts_it_together(kind):
    forms = WHOLE[kind]
    first = forms[0].part
    of = (first.within or first).of
    whole = np.arange(np.prod(of)).reshape(of)
    names = {f"p{at}": one for at, one in enumerate(forms)}
    apart = {name: eval(one.text("whole"), {"whole": whole}) for name, one in names.items()}
    for name, one in names.items():
        assert np.array_equal(apart[name], one.array(whole))
        assert apart[name].shape == (one.wanted[::-1] if one.turned else one.wanted)
    together = put_together([(one, name) for name, one in names.items()])
    assert np.array_equal(eval(together, {"np": np, **apart}), whole)


@pytest.mark.parametrize(
    "boxes", [[(0, 2)], [(0, 2), (3, 5)], [(0, 3), (2, 5)], [(0, 5), (0, 5)], [(1, 5)]]
)
def test_parts_that_are_not_all_of_an_array_lie_along_no_axis(boxes):
    parts = [Part(STATE, (5, 3), (ends, (0, 3)), (3,)) for ends in boxes]
    assert axis_of(parts) is None


def test_parts_of_a_part_are_all_of_an_array_if_they_are_all_of_the_part():
    forms = WHOLE["columns and rows of parts"]
    assert fill([one.part for one in forms])
    assert not any(fill([one.part for one in forms if one is not missing]) for missing in forms)


# Both weights lie in one vector, each with its bias as a row or a column; numbers are added to the
# vector to see what they change, before the training begins. Words in capitals are those in
# which the kinds are not alike.
THETA = f"""{DATA}
theta = np.random.randn(4 * 5 + 6 * 3) * 0.5

def unrolled(t):
    return t[:20].reshape(SHAPE_1), t[20:].reshape(SHAPE_2)

def cost(t):
    V, W = unrolled(t)
    h = np.tanh(INTO_1)
    one = BESIDE
    p = 1 / (1 + np.exp(-(INTO_2)))
    d = (p - TARGETS) / 90
    e = BACK * (1 - h ** 2)
    parts = GRADIENT_1, GRADIENT_2
    return -np.mean(TARGETS * np.log(p)), np.concatenate([one.ravel() for one in parts])

for i in range(0, 38, 5):
    near = np.zeros(38)
    near[i] = 1e-4
    print((cost(theta + near)[0] - cost(theta - near)[0]) / 2e-4 - cost(theta)[1][i])
for step in range(60):
    J, gradient = cost(theta)
    STEP
"""
KINDS = {
    "first row": {
        "SHAPE_1": "4, 5", "SHAPE_2": "6, 3", "INTO_1": "X @ V", "INTO_2": "one @ W",
        "BESIDE": "np.c_[np.ones(90), h]", "BACK": "(d @ W.T)[:, 1:]",
        "GRADIENT_1": "X.T @ e", "GRADIENT_2": "one.T @ d",
    },
    "first column": {
        "SHAPE_1": "5, 4", "SHAPE_2": "3, 6", "INTO_1": "X @ V.T", "INTO_2": "one @ W.T",
        "BESIDE": "np.insert(h, 0, 1, axis=1)", "BACK": "(d @ W)[:, 1:]",
        "GRADIENT_1": "e.T @ X", "GRADIENT_2": "d.T @ one",
    },
    "last column": {
        "SHAPE_1": "5, 4", "SHAPE_2": "3, 6", "INTO_1": "X @ V.T", "INTO_2": "one @ W.T",
        "BESIDE": "np.hstack([h, np.ones((90, 1))])", "BACK": "(d @ W)[:, :-1]",
        "GRADIENT_1": "e.T @ X", "GRADIENT_2": "d.T @ one",
    },
    "samples as columns, first": {
        "SHAPE_1": "5, 4", "SHAPE_2": "3, 6", "INTO_1": "V @ X.T", "INTO_2": "W @ one",
        "BESIDE": "np.vstack([np.ones((1, 90)), h])", "BACK": "(W.T @ d)[1:]",
        "GRADIENT_1": "e @ X", "GRADIENT_2": "d @ one.T", "TARGETS": "Y.T",
    },
    "samples as columns, last": {
        "SHAPE_1": "5, 4", "SHAPE_2": "3, 6", "INTO_1": "V @ X.T", "INTO_2": "W @ one",
        "BESIDE": "np.vstack([h, np.ones((1, 90))])", "BACK": "(W.T @ d)[:-1]",
        "GRADIENT_1": "e @ X", "GRADIENT_2": "d @ one.T", "TARGETS": "Y.T",
    },
}  # fmt: skip
STEPS = {
    "anew": "theta = theta - 0.5 * gradient",
    "in place": "theta -= 0.5 * gradient",
    "each part": "V, W = unrolled(theta); V -= 0.5 * unrolled(gradient)[0]; "
    "W -= 0.5 * unrolled(gradient)[1]",
}


EVERY = [*((kind, "anew") for kind in KINDS), ("first row", "each part")]
EVERY += [("first column", one) for one in STEPS if one != "anew"]


@pytest.mark.parametrize(("kind", "stepped"), EVERY)
def test_a_bias_is_a_row_or_column_of_a_weight_that_is_part_of_a_vector(kind, stepped, tmp_path):
    text = THETA.replace("STEP", STEPS[stepped])
    for word, meant in ({"TARGETS": "Y"} | KINDS[kind]).items():
        text = text.replace(word, meant)
    file = tmp_path / "mine.py"
    file.write_text(text, encoding="utf-8")
    network = watch(file, seconds=30).network
    parameters, data = network.init(0), network.data()
    columns = kind.startswith("samples")
    assert [(one.weight, one.bias) for one in network.layers] == [("W1", None), ("W2", "b2")]
    assert parameters["W2"].shape == ((3, 5) if columns else (5, 3))
    assert parameters["b2"].size == 3
    rows = network.lay_out(data.images)
    found = network.backward(parameters, network.forward(parameters, rows), rows, data.labels)
    exact = exact_gradients(network, parameters, data.images, data.labels)
    for name, gradient in exact.items():
        assert found[name] == pytest.approx(gradient)


def test_the_weight_of_one_unit_is_transposed_with_its_bias_though_it_is_a_column(tmp_path):
    text = THETA.replace("STEP", STEPS["anew"])
    for word, meant in ({"TARGETS": "Y"} | KINDS["first column"]).items():
        text = text.replace(word, meant)
    for five, one in (("4 * 5 + 6 * 3", "4 + 6"), ("20", "4"), ("38", "10")):
        text = text.replace(five, one)
    file = tmp_path / "mine.py"
    file.write_text(text.replace("5, 4", "1, 4").replace("3, 6", "3, 2"), encoding="utf-8")
    assert watch(file, seconds=30).network.init(0)["W2"].shape == (1, 3)
