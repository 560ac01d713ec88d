"""Pairs and rows that are cut into training and test in the order in which they were read."""

import pytest

from diagnose.patching.pairs import of_whole_splits
from diagnose.patching.source import Source, patched

PAIRS = "import random\npairs = [(p, int(k)) for p, k in read()]\n{cut}\nfit(learn)\n"


def texts(text):
    source = Source(text.encode(), "mine.py")
    return [patched(source, [one]).decode() for one in of_whole_splits(source)]


@pytest.mark.parametrize(
    "cut",
    [
        "learn, check = pairs[:-40], pairs[-40:]",
        "learn = pairs[:90]\ncheck = pairs[90:]",
        "learn, tuned, check = pairs[:90], pairs[90:120], pairs[120:]",
    ],
)
def test_pairs_are_shuffled_before_they_are_cut(cut):
    text = PAIRS.format(cut=cut)
    assert texts(text) == [text.replace("learn", "random.shuffle(pairs)\nlearn", 1)]


def test_rows_of_an_array_are_shuffled_as_the_script_draws():
    text = (
        "rng = np.random.default_rng(3)\ntable = np.loadtxt('t.csv')\n"
        "a, b = table[:90], table[90:]\n"
    )
    assert texts(text) == [text.replace("a, b", "rng.shuffle(table)\na, b")]


@pytest.mark.parametrize(
    "text",
    [
        PAIRS.format(cut="random.shuffle(pairs)\nlearn, check = pairs[:-40], pairs[-40:]"),
        PAIRS.format(cut="learn = pairs[:90]"),  # what is left is not looked at
        PAIRS.format(cut="learn, check = pairs[:90], pairs[:20]"),
        # labels that are cut alike stay where they are
        "X, y = read()\na, b = X[:9], X[9:]\nc, d = y[:9], y[9:]\n",
        "X = X[rng.permutation(90)]\na, b = X[:9], X[9:]\n",
        "order = rng.permutation(90)\nX = X[order]\na, b = X[:9], X[9:]\n",
        "def read():\n    rows = all()\n    shuffle(rows)\n    return rows\n"
        "rows = read()\na, b = rows[:9], rows[9:]\n",
        "for k in K:\n    a, b = row[:9], row[9:]\n",
    ],
)
def test_what_is_mixed_or_no_split_stays(text):
    assert texts(text) == []
