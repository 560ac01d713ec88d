"""A number is followed from the name that is used to where it is written."""

import pytest

from diagnose.network.written_numbers import constant_line

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
