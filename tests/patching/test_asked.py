"""A network that is asked without an activation with which it is trained."""

import pytest

from diagnose.patching.answer import of_answer
from diagnose.patching.derivatives import arguments_of_slopes
from diagnose.patching.once_more import once_more
from diagnose.patching.predicting import by_their_names, without_activation, without_bias
from diagnose.patching.source import patched
from tests.patching.making import script, ways

TRAINED = (
    "import numpy as np\n"
    "for i in range(9):\n"
    "    z1 = x @ W1 + b1  #: forward\n"
    "    a1 = relu(z1)  #: forward\n"
    "    p = a1 @ W2 + b2  #: forward\n"
    "    W1 -= 1  #: update\n"
    "def predict(X):\n"
)
AT_ONCE = TRAINED.replace("    z1 = x @ W1 + b1  #: forward\n", "").replace("z1", "x.dot(W1) + b1")
LEAKY = TRAINED.replace("relu(z1)", "np.where(z1 > 0, z1, 0.1 * z1)")
LEFT_OUT = "    a1 = X @ W1 + b1\n    return a1 @ W2 + b2\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (TRAINED + LEFT_OUT, "a1 = relu(X @ W1 + b1)"),
        (AT_ONCE + LEFT_OUT, "a1 = relu(X @ W1 + b1)"),
        (AT_ONCE + "    return (X @ W1 + b1) @ W2 + b2\n",
         "return (relu(X @ W1 + b1)) @ W2 + b2"),
        # what takes the sum twice stands below it
        (LEAKY + LEFT_OUT, "a1 = np.where(a1 > 0, a1, 0.1 * a1)"),
    ],
)  # fmt: skip
def test_it_is_asked_with_the_activation_of_its_training(text, wanted):
    made = script(text, activations=("relu", "softmax"))
    assert ways(made, without_activation) == [[wanted]]
    assert [wanted] in ways(made, of_answer)


@pytest.mark.parametrize(
    "lines",
    [
        "    a1 = relu(X @ W1 + b1)\n    return a1 @ W2 + b2\n",
        "    z1 = X @ W1 + b1\n    a1 = relu(z1)\n    return a1 @ W2 + b2\n",
        "    return X @ W1 + b1\n",  # nothing is computed of it by the next layer
    ],
)
def test_a_network_that_is_asked_as_it_is_trained_needs_no_edit(lines):
    assert ways(script(TRAINED + lines, activations=("relu", "softmax")), without_activation) == []


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ("    a1 = relu(X @ W1)\n    return a1 @ W2 + b2\n", "a1 = relu(X @ W1 + b1)"),
        ("    return relu(X @ W1 + b1) @ W2\n", "return relu(X @ W1 + b1) @ W2 + b2"),
        ("    return relu(X @ W1 + b1) @ W2 * 9\n", "return (relu(X @ W1 + b1) @ W2 + b2) * 9"),
    ],
)
def test_it_is_asked_with_the_bias_of_its_training(lines, wanted):
    made = script(TRAINED + lines, activations=("relu", "softmax"))
    assert ways(made, without_bias) == [[wanted]]
    assert [wanted] in ways(made, of_answer)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("return (p[:, 1] > 0.5).astype(int)", "return p.argmax(axis=1)"),
        ("return np.where(ask(x)[2] >= 0.5, 1, 0)", "return ask(x).argmax(axis=0)"),
        ("right += (1 if p[0] > 0.5 else 0) == y", "right += (p.argmax(axis=0)) == y"),
        ("return p[:, 1] > 0.1", None),
    ],
)
def test_the_largest_of_several_outputs_is_the_answer(line, wanted):
    found = ways(script(f"def predict(x):\n    {line}\n", outputs=3), of_answer)
    assert (
        ([wanted] in found)
        if wanted
        else not any("argmax" in one for each in found for one in each)
    )
    two = ways(script(f"def predict(x):\n    {line}\n", outputs=2), of_answer)
    assert not any("argmax" in one for each in two for one in each)


def test_no_bias_is_added_where_one_is_or_the_training_has_none():
    without = TRAINED.replace(" + b1", "").replace(" + b2", "")
    asked = "    return relu(X @ W1) @ W2\n"
    for text in (TRAINED + LEFT_OUT, without + asked):
        assert ways(script(text, activations=("relu", "softmax")), without_bias) == []


BACK = (
    "def backward(d):\n"
    "    g['W2'] = a1.T @ d  #: backward\n"
    "    h = d.dot(q['W2'].T) * a1 * (1 - a1)  #: backward\n"
    "    e = d.dot(W2) * a1 * (1 - a1)  #: backward\n"
)


def test_what_flows_back_is_not_asked_with_a_bias():
    """It is weighted by the same weights; so is what stands on no line that was read."""
    for text in (BACK, BACK.replace("  #: backward", "").replace("    e = d.dot(W2)", "    e = d")):
        made = script(TRAINED.replace("def predict", f"{text}def predict") + LEFT_OUT,
                      activations=("relu", "softmax"))  # fmt: skip
        assert ways(made, without_bias) == []
        written = [line for one in ways(made, of_answer) for line in one]
        assert not any(line.startswith(("h =", "e =", "g[")) for line in written)


LABELS = (
    "for x, y, label in train:\n"
    "    outs = run(x)  #: forward\n"
    "    for k in range(3):\n"
    "        t = 1 if k == label else 0{}\n"
    "        e = outs[k] - t  #: backward\n"
    "        w -= e  #: update\n"
    "for x, y, label in tests:\n"
    "    good += run(x).index(3) == label\n"
)


@pytest.mark.parametrize("said", ["  #: targets", ""])
def test_what_makes_the_targets_is_no_answer(said):
    """Whatever is learned by targets that are all 0 may give the one class that is tested."""
    written = [each for one in ways(script(LABELS.format(said)), of_answer) for each in one]
    assert any("== y" in one for one in written)  # of the test another name is tried
    assert not any("== x" in one for one in written)  # but none of what is asked
    assert not any(one.startswith("t = ") for one in written)


FILE = "x_train = d['x_train'].reshape(-1, 64) / 16\n"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("x_test = d['x_test'].reshape(-1, 64) / 255", "x_test = d['x_test'].reshape(-1, 64) / 16"),
        ("x_test = d['x_test'].reshape(-1, 64) / 16", None),
        ("x_test = d['others'].reshape(-1, 64) / 255", None),  # which ones is not known
        ("x_test = np.abs(d['x_test'])", None),  # made otherwise
        ("n_train = 300\nn_test = 40", None),
    ],
)
def test_samples_of_one_file_are_divided_by_one_number(line, wanted):
    found = ways(script(f"{FILE}{line}\n"), lambda made: by_their_names(made.source))
    assert found == ([[wanted]] if wanted else [])


SCALED = "x_train = (x_train - mean) / spread\n"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("x_test = x_test / spread", ["x_test = (x_test - mean) / spread"]),
        ("x_test = x_test - mean", ["x_test = (x_test - mean) / spread"]),
        ("x_test = (x_test - mean) / spread", None),
        ("x_test = x / spread", None),  # it is not brought to scale, but made there
        ("x_test = x_test[:, 1:]", None),
    ],
)
def test_samples_of_the_test_are_brought_to_scale_by_the_formula_of_the_others(line, wanted):
    found = ways(script(f"{SCALED}{line}\n"), lambda made: by_their_names(made.source))
    assert found == ([wanted] if wanted else [])


ONCE_MORE = "X_train, X_test = X[:80], X[80:]\n{line}\n"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("X_train = X_train / span", ["X_test = X_test / span"]),
        ("X_train -= X_train.mean(axis=0)\nX_train /= 3",
         ["X_test -= X_train.mean(axis=0)", "X_test /= 3"]),
        ("X_train = (X_train - np.mean(X_train)) / X_train.std()",
         ["X_test = (X_test - np.mean(X_train)) / X_train.std()"]),
        ("X_train = normalize(X_train)", ["X_test = normalize(X_test)"]),
        ("X_train = X_train / span\nX_test = X_test / 255", None),  # it has a scale of its own
        ("X_train = X_train / span\nerror = np.mean((p - X_test) ** 2)", None),  # in its unit
        ("X_train = X_train[order]", None),
        ("X_train = rng.permutation(X_train)", None),
        ("X_train = X_train + rng.normal(0, 0.1, X_train.shape)", None),
        ("for k in range(9):\n    X_train = X_train / span", None),
    ],
)  # fmt: skip
def test_by_its_name_alone_the_test_is_brought_to_scale_as_the_training_is(line, wanted):
    found = ways(script(ONCE_MORE.format(line=line)), lambda made: once_more(made.source))
    assert found == ([wanted] if wanted else [])


def test_what_is_read_behind_the_training_is_brought_to_scale_below():
    """Not by a mean of the training's own, which is another one there."""
    read = "xtr = load('a')\n{line}\nxte = load('b')\n"
    made = script(read.format(line="xtr = xtr / 255"))
    (edit,) = once_more(made.source)
    assert patched(made.source, [edit]).decode().endswith("xte = load('b')\nxte = xte / 255\n")
    assert [*once_more(script(read.format(line="xtr = xtr / xtr.max()")).source)] == []


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("return d * (d > 0)", "return d * (self.x > 0)"),
        ("return np.where(d > 0, d, 0.1 * d)", "return np.where(self.x > 0, d, 0.1 * d)"),
        ("d[d <= 0] = 0", "d[self.x <= 0] = 0"),
        ("d[d < 0] *= 0.1", "d[self.x < 0] *= 0.1"),
        ("return np.maximum(d, 0)", "return d * (self.x > 0)"),
        ("return np.maximum(0.0, d)", "return d * (self.x > 0)"),
        ("return np.clip(d, 0, None)", "return d * (self.x > 0)"),
    ],
)
def test_a_layer_takes_its_derivative_at_what_it_keeps_itself_first(line, wanted):
    made = script(
        "class Linear:\n    def run(self, x):\n        self.other = x  #: forward\n"
        "class Relu:\n    def run(self, x):\n        self.x = x  #: forward\n"
        f"    def back(self, d):\n        {line}  #: backward\n"
    )
    assert ways(made, arguments_of_slopes)[0] == [wanted]
