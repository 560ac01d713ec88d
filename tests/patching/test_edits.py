"""Each kind of edit: the source in, the lines that it writes out."""

import pytest

from diagnose.patching.arithmetic import of_forward, of_gradient
from diagnose.patching.orders import of_order
from diagnose.patching.pace import of_epochs, of_longer, of_rate, of_schedule
from diagnose.patching.pairs import of_data
from diagnose.patching.samples import of_input
from diagnose.patching.source import patched
from diagnose.patching.starting import of_start
from diagnose.patching.steps import of_step
from diagnose.patching.targets import of_targets
from tests.patching.making import changed, script, ways

DIGITS = {"unnormalized-input": {"shifts": [0.0], "divisors": [255.0]}}
TABLE = {"unnormalized-input": {"shifts": [1.0, 2.0], "divisors": [3.0, 4.0]}}


@pytest.mark.parametrize(
    ("maker", "layout", "line", "wanted"),
    [
        (of_forward, "rows", "p = e / np.sum(e, axis=0)  #: forward",
         "p = e / np.sum(e, axis=1, keepdims=True)"),
        (of_forward, "columns", "p = e / e.sum()  #: forward",
         "p = e / e.sum(axis=0, keepdims=True)"),
        (of_gradient, "rows", "self.gW[i] += a.T @ d  #: backward", "self.gW[i] = a.T @ d"),
        (of_step, "rows", "p = p - rate * v  #: update", "p -= rate * v"),
    ],
)  # fmt: skip
def test_a_slip_in_a_formula(maker, layout, line, wanted):
    made = script(f"import numpy as np\n{line}\n", layout=layout)
    assert [wanted] in ways(made, maker)


@pytest.mark.parametrize(
    ("line", "layout", "wanted"),
    [
        ("w1=np.random.randn(10,784)-0.8", "columns",
         "w1=np.random.randn(10,784)*np.sqrt(2/784)"),
        ("W = np.random.rand(784, 30)", "rows", "W = np.random.randn(784, 30) * np.sqrt(2 / 784)"),
        ("W = np.random.randn(a, b) / np.sqrt(2. / b)", "columns",
         "W = np.random.randn(a, b) * np.sqrt(2 / b)"),
        ("W = np.random.normal(0.0, pow(c, 0.5), (r, c))", "columns",
         "W = np.random.normal(0, np.sqrt(2 / c), (r, c))"),
        ("W = rng.uniform(-1, 1, (n + 1, m))", "rows",
         "W = rng.normal(0, np.sqrt(2 / (n + 1)), (n + 1, m))"),
        ("W = np.zeros((4, 5))", "rows", "W = np.random.randn(4, 5) * np.sqrt(2 / 4)"),
        ("b1 = np.random.rand(30)", "rows", "b1 = np.zeros(30)"),
        ("b1=np.random.randn(10,1)-0.8", "columns", "b1=np.zeros((10,1))"),
        ("self.b = [np.zeros(4)] * 3", "rows", "self.b = [np.zeros(4) for _ in range(3)]"),
    ],
)  # fmt: skip
def test_draws(line, layout, wanted):
    made = script(f"import numpy as np\n{line}  #: init\n", layout=layout)
    assert [wanted] in ways(made, of_start)


def test_sound_draws_need_no_edit():
    made = script("import numpy as np\nW = np.random.randn(4, 5) * np.sqrt(2 / 4)  #: init\n")
    assert ways(made, of_start) == []


def test_pixels_are_divided_where_they_are_read_for_training_and_test_alike():
    made = script(
        "train = d['a'].reshape(len(a), 784)\n"
        "test = d['b'].reshape(len(b), 784)\n"
        "x = train[pick]\n"
        "h = x @ W1  #: forward, samples\n",
        found=DIGITS,
    )
    assert [
        "train = d['a'].reshape(len(a), 784) / 255",
        "test = d['b'].reshape(len(b), 784) / 255",
    ] in ways(made, of_input)


def test_columns_are_standardised_with_the_numbers_of_the_training_samples():
    made = script(
        "def fit(x):\n"
        "    h = x @ W1  #: forward, samples\n"
        "X_train, y_train = X[:300], y[:300]\n"
        "X_test, y_test = X[300:], y[300:]\n"
        "fit(X_train)\n",
        found=TABLE,
    )
    assert ways(made, of_input)[0] == [
        "mean, spread = X_train.mean(axis=0), X_train.std(axis=0)",
        "X_train, X_test = (X_train - mean) / spread, (X_test - mean) / spread",
    ]


def test_what_samples_are_drawn_around_stays_as_it_is():
    text = "c = rng.randn(3, 4)\nX = np.vstack([m + rng.randn(9, 4) for m in c])\n"
    made = script(text + "x = X[:8]  #: samples\n", found=TABLE)
    written = [one for way in ways(made, of_input) for one in way]
    assert written
    assert not [one for one in written if one.startswith("c =")]


def test_of_a_list_of_samples_each_is_divided():
    """As books load their digits: a list has no quotient."""
    made = script(
        "def columns(rows):\n"
        "    return [np.reshape(r, (784, 1)) for r in rows]\n"
        "xs = [np.reshape(r, (784, 1)) for r in d['a']]\n"
        "ts = [np.reshape(r, (784, 1)) for r in d['b']]\n"
        "for x, y in zip(xs, ys):\n"
        "    h = W1 @ x  #: forward, samples\n",
        found=DIGITS, layout="columns",
    )  # fmt: skip
    assert [
        "xs = [np.reshape(r, (784, 1)) / 255 for r in d['a']]",
        "ts = [np.reshape(r, (784, 1)) / 255 for r in d['b']]",
    ] in ways(made, of_input)


def test_what_is_no_array_has_no_mean():
    text = "rate = 0.001\nX = []\nX = np.array(X)\nx = f(X, rate, [2, 40], {})\n"
    made = script(f"{text}h = x @ W1  #: forward, samples\n", found=TABLE)
    means = [line for way in ways(made, of_input) for line in way if ".mean(" in line]
    assert len(means) == 2
    assert not [one for one in means if one.startswith("rate")]


def test_a_mean_along_the_other_axis_is_turned():
    made = script(
        "x = (X - X.mean(axis=1)) / X.std(axis=1)\nh = x @ W1  #: forward, samples\n", found=TABLE
    )
    assert ["x = (X - X.mean(axis=0)) / X.std(axis=0)"] in ways(made, of_input)


def test_a_split_after_shuffling():
    made = script(
        "import numpy as np\n"
        "order = np.arange(len(X))\n"
        "x = X[order[:120]]\n"
        "h = x @ W1  #: forward, samples\n"
    )
    assert ["order = np.random.permutation(len(X))"] in ways(made, of_order)


def test_class_after_class_becomes_one_list_and_the_body_stays():
    made = script(
        "import numpy as np\n"
        "for epoch in range(9):\n"
        "    for num in range(10):\n"
        "        t = one_hot(num)\n"
        "        # read\n"
        "        path = where.format(num)\n"
        "        for i in os.listdir(path):\n"
        "            x = read(path + i)\n"
        "            w = step(w, x, t)  #: update, samples, targets\n"
    )
    (edit,) = [one for one in of_order(made) if any("for num, i" in x for x in changed(made, one))]
    assert changed(made, edit) == [
        "samples = [(num, i) for num in range(10) for i in os.listdir(where.format(num))]",
        "np.random.shuffle(samples)",
        "for num, i in samples:",
        "t = one_hot(num)",
        "# read",
        "path = where.format(num)",
    ]


def test_two_shuffles_become_one():
    made = script(
        "import numpy as np\n"
        "np.random.shuffle(X)\n"
        "np.random.shuffle(y)\n"
        "x, t = X, y\n"
        "h = x - t  #: samples, targets\n"
    )
    assert ["order = np.random.permutation(len(X))", "X, y = X[order], y[order]"] in ways(
        made, of_data
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("rate = 0.1\nw -= rate * g  #: learning rate, update\n", "rate = 0.01"),
        ("def step(w, g, lr=0.1):\n    return w - lr * g  #: learning rate, update\n"
         "step(w, g)\n", "def step(w, g, lr=0.01):"),
        ("class N:\n    def __init__(self, rate):\n        self.rate = rate\n"
         "    def step(self, g):\n        self.w -= self.rate * g  #: learning rate, update\n"
         "n = N(0.1)\n", "n = N(0.01)"),
        ("w -= 0.1 * g  #: learning rate, update\n", "w -= 0.01 * g"),
        ("def rate(epoch):\n    return 0.1\n"
         "def step(w, g, alpha):\n    return w - alpha * g  #: learning rate, update\n"
         "step(*both, rate(0))\n", "return 0.01"),
        ("ETA = 5.0\ndef rate(epoch):\n    return ETA / 50\n"
         "def step(w, g, alpha):\n    return w - alpha * g  #: learning rate, update\n"
         "step(*both, rate(0))\n", "return 0.01"),
        ("rate = 5.0 / len(g)\nw -= rate * g  #: learning rate, update\n", "rate = 0.01"),
        ("R = {'lr': 3.0, 'beta': 0.9}\n"
         "w -= R['lr'] * (1 - R['beta']) * g  #: learning rate, update\n",
         "R = {'lr': 0.3, 'beta': 0.9}"),
    ],
)  # fmt: skip
def test_the_rate_is_written_where_it_comes_from(text, wanted):
    made = script(text)
    assert [wanted] in [changed(made, one) for one in of_rate(made, 0.01)]


def test_where_no_rate_is_written_the_steps_are_given_one_and_no_other_number_is_it():
    made = script(
        "W = 2 * np.random.random((3, 4)) - 1\nfor e in range(9):\n    g = x.T @ d  #: backward\n"
        "    W += g  #: update\n    b = b + d.sum(0) / n  #: update\n",
        rate=1.0,
    )
    made.roles["learning rate"] = {"line": 0, "text": "1"}
    assert [changed(made, one) for one in of_rate(made, 0.52)] == [
        ["W += 0.52 * g", "b = b + 0.52 * (d.sum(0) / n)"]
    ]


@pytest.mark.parametrize(("activation", "there"), [("sigmoid", True), ("tanh", False)])
def test_a_table_of_minus_one_is_one_of_0_for_a_sigmoid(activation, there):
    text = (
        "import numpy as np\ndef hot(labels):\n    t = -np.ones((len(labels), 3))\n"
        "    t[np.arange(len(labels)), labels] = 1.0  #: targets\n    return t\n"
    )
    made = script(text, activations=(activation,))
    found = [changed(made, one) for one in of_targets(made)]
    assert (["t = np.zeros((len(labels), 3))"] in found) is there


def test_the_rate_as_a_schedule_has_it_at_the_start():
    made = script(
        "lr = 0.5\nfor e in range(10):\n    if e % 3 == 0:\n        lr = lr / 10\n"
        "    w = w - lr * g  #: learning rate, update\n",
        rate=0.05,
    )
    written = [changed(made, one) for one in of_rate(made, 0.01)]
    assert ["lr = 0.1"] in written
    assert ["lr = 0.01"] in written


def test_a_gradient_that_is_cut_is_no_rate():
    made = script(
        "lr = 0.1\nfor e in range(9):\n    g = x.T @ d  #: backward\n    g /= 2\n"
        "    w -= lr * g  #: learning rate, update\n    lr = lr * 0.9\n"
    )
    assert [changed(made, one) for one in of_schedule(made)] == [[]]
    (edit,) = of_schedule(made)
    assert b"g /= 2" in patched(made.source, [edit])


def test_a_schedule_is_taken_out_with_the_condition_that_has_nothing_else():
    made = script(
        "lr = 0.5\nfor e in range(10):\n    if e % 3 == 0:\n        lr = lr / 10\n"
        "    w = w - lr * g  #: learning rate, update\n    lr *= 0.9\n",
        rate=0.05,
    )
    edit = of_rate(made, 0.01)[-1]
    assert patched(made.source, [edit]).decode() == (
        "lr = 0.01\nfor e in range(10):\n    w = w - lr * g  #: learning rate, update\n"
    )


def test_a_schedule_that_is_alone_in_its_block_leaves_a_pass():
    made = script(
        "lr = 0.1\nfor e in range(10):\n    w = w - lr * g  #: learning rate, update\n"
        "    for k in range(3):\n        lr *= 0.9\n"
    )
    assert ["lr = 0.01", "pass"] in [changed(made, one) for one in of_rate(made, 0.01)]


def test_the_number_of_epochs():
    made = script("n = 10\nfor e in range(n):\n    w = w - g  #: update\n")
    assert [changed(made, one) for one in of_epochs(made, 40)] == [["n = 40"]]
    assert of_epochs(made, 10) == []
    longer = [{"times": 4, "score": 0.8}, {"times": 16, "score": 0.9}]
    made = script(
        made.source.code.decode(), found={"too-few-epochs": {"epochs": 10, "longer": longer}}
    )
    assert [changed(made, one) for one in of_longer(made)] == [["n = 160"]]


@pytest.mark.parametrize(
    "rate",
    ["r / (1 + 0.01 * e)", "r * (1 - e / 90)", "r * 0.99 ** e", "r - 0.001 * e",
     "max(r / (1.0 + e * slower), 1e-4)"],
)  # fmt: skip
def test_a_rate_that_stays_is_written_without_half_a_formula(rate):
    text = f"r = 0.5\nfor e in range(90):  #: training loop\n    step({rate})  #: learning rate\n"
    stays = "step(max(r, 1e-4))" if "max" in rate else "step(r)"
    assert ways(script(text), of_schedule) == [[stays]]
