"""A number is followed from the name that is used to where it is written."""

import pytest

from diagnose.network.written_numbers import assigned_line, constant_line, size_line

CASES = {
    "a name": ("lr = 0.1\nW -= lr * g", "lr", 1),
    "an attribute, through an argument": (
        "class Net:\n    def __init__(self, n, rate=0.5):\n        self.lr = rate\n\n"
        "net = Net(3, 0.1)",
        "self.lr",
        5,
    ),
    "a keyword goes before a default": (
        "def fit(x, eta=0.1):\n    pass\nother = 0.1\nfit(x, eta=0.1)", "eta", 4,
    ),
    "a default": ("def fit(x, eta=0.1):\n    pass\nother = 0.1\nfit(x)", "eta", 1),
    "a dict": ("n = 3\ns = {'eta': 1e-1}", "s['eta']", 2),
    "an option of the command line": (
        "p = 1\np.add_argument('--lr', type=float,\n    default=0.1)", "args.lr", 3,
    ),
    "a calculation with numbers": ("alpha = 3\nlr = 1 / 10", "lr", 2),
    "two in one line": ("n = 0.1\nlr, n = 0.1, 3", "lr", 2),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_line_of_a_number(case):
    source, text, line = CASES[case]
    assert constant_line(source, text, 0.1) == line


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("lr = 0.2", "lr"),  # another number
        ("rate = 0.1", "lr"),  # another name
        ("lr = read('lr')", "lr"),  # written nowhere
        ("lr = 0.1", "lr * decay"),  # no name alone
        ("lr = (", "lr"),  # no Python
    ],
)
def test_no_line_where_none_says_it(source, text):
    assert constant_line(source, text, 0.1) is None


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("n = 3\nw = [0.0] * n\nfor x in w:\n    w[0] -= x", 2),
        ("class Net:\n    def __init__(self):\n        self.w = [0.0]", 3),
        ("w = 0.0\nw = w - 1", None),  # which of both?
        ("def step(w):\n    pass\nstep(0.0)", None),  # handed over, and not assigned
        ("v = 0.0", None),
        ("w = (", None),
    ],
)
def test_the_line_that_gives_a_name_its_value(source, line):
    assert assigned_line(source, "w") == line


SIZES = {
    "a name": ("n = 5\nh = 3\nW1 = randn(n, h)", 3, 2),
    "a number in the statement itself": ("W1 = randn(5, 3)\nh = 3", 1, 1),
    "a factor is no size": ("h = 3\nW1 = randn(5, h) * sqrt(3 / 5)", 2, 1),
    "a root is no size": ("h = 3\nW1 = randn(5, h) / sqrt(3)", 2, 1),
    "an entry of a dict": (
        "h = 3\np = {\n    'W1': randn(5, h),\n    'W2': randn(h, 1),\n    'b': zeros(3),\n}", 3, 1,
    ),
    "an argument": (
        "class Dense:\n    def __init__(self, a, b):\n        self.W = randn(a, b)\n\n"
        "net = [Dense(5, 3), Dense(3, 2)]",
        3, 5,
    ),
    "a list of sizes that is walked through": (
        "sizes = [5, 3, 2]\nfor a, b in zip(sizes, sizes[1:]):\n    W.append(randn(a, b))", 3, 1,
    ),
    "all the rest of a call": (
        "class MLP:\n    def __init__(self, *sizes):\n        self.W = randn(sizes[0], sizes[1])"
        "\n\nnet = MLP(5,\n          3)",
        3, 6,
    ),
    "a function that draws one number": (
        "h = 3\ndef draw():\n    return gauss(0, 1)\nW = [draw() for _ in range(h)]", 3, 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SIZES)
def test_the_line_of_a_size(case):
    source, drawn, line = SIZES[case]
    assert size_line(source, drawn, 3) == line


def test_where_both_axes_are_as_long_a_number_tells_of_its_own():
    source = (
        "class Net:\n    def __init__(self, hidden):\n        self.W = uniform(-3, 3, (hidden, 3))"
    )
    source += "\n\nnet = Net(3)"
    assert size_line(source, 3, 3, axis=0) == 5
    assert size_line(source, 3, 3, axis=-1) == 3


@pytest.mark.parametrize(
    "source", ["W = randn(n, h)", "def init(h=3):\n    pass", "W = randn(n, h)\nother = 3", "W = ("]
)
def test_no_line_where_nothing_says_the_size(source):
    assert size_line(source, 1, 3) is None
