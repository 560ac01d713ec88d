"""A column that is taken twice; the number of a class at each of several outputs."""

import pytest

from diagnose.patching.source import Source, patched
from diagnose.patching.targets import of_repeated_labels


def texts(maker, text):
    source = Source(text.encode(), "mine.py")
    return [patched(source, [one]).decode() for one in maker(source)]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("t = y.reshape(-1, 1) * np.ones((1, 4))", "t = np.eye(4)[y]"),
        ("t = np.ones(K) * y[:, None]", "t = np.eye(K)[y]"),
        ("t = np.tile(y[:, np.newaxis], (1, 3))", "t = np.eye(3)[y]"),
        ("t = np.repeat(y[a:b].reshape(-1, 1), 3, axis=1)", None),
    ],
)
def test_a_label_at_each_output_becomes_a_row_with_one_1(line, wanted):
    found = texts(of_repeated_labels, line + "\n")
    if wanted is None:
        wanted = "t = np.eye(3)[y[a:b]]"
    assert found == [wanted + "\n"]


def test_a_row_of_a_table_is_given_a_1_at_the_label():
    text = "T = np.zeros((n, 3))\nfor i in range(n):\n    T[i] = y[i]\n"
    assert texts(of_repeated_labels, text) == [text.replace("T[i] = y[i]", "T[i, y[i]] = 1")]


def test_rows_by_the_labels_of_all_are_places_in_rows():
    text = "T = np.zeros((n, 3))\nT[y[a:b]] = 1\n"
    assert texts(of_repeated_labels, text) == [
        text.replace("T[y[a:b]]", "T[np.arange(len(T)), y[a:b]]")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "T = np.zeros((n, 3))\nT[y == 2] = 1\n",
        "T = np.zeros((n, 3))\nT[0] = 1\n",
        "T = np.zeros((n, 3))\nfor i in range(n):\n    T[i] = 1\n",
        "T = np.zeros((n, 3))\nT[y] = 5\n",
        "t = y.reshape(-1, 1) * np.ones((5, 1))\n",  # one output
        "t = y * np.ones(3)\n",
        "T = np.zeros((n, 1))\nfor i in range(n):\n    T[i] = y[i]\n",
        "T = np.zeros(n)\nfor i in range(n):\n    T[i] = y[i]\n",
        "T = np.zeros((n, 3))\nfor i in range(n):\n    T[i] = y[k]\n",
    ],
)
def test_targets_of_one_number_stay(text):
    assert texts(of_repeated_labels, text) == []
