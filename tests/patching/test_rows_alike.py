"""Samples and labels of one table, of which each is taken of other rows."""

import pytest

from diagnose.patching.pairs import of_source
from diagnose.patching.source import Source, patched


def written(text):
    """What each edit makes of a text."""
    source = Source(text.encode(), "s.py")
    return [patched(source, [one]).decode() for one in of_source(source)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("X = t[1:, :4]\ny = t[:-1, 4].astype(int)\n", "X = t[1:, :4]\ny = t[1:, 4].astype(int)\n"),
        ("net.fit(X[k:], y[:-k])\n", "net.fit(X[k:], y[k:])\n"),
        ("X, y = a[2:], b[:-2]\n", "X, y = a[2:], b[2:]\n"),
    ],
)
def test_labels_are_taken_of_the_rows_of_their_samples(text, wanted):
    assert written(text) == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        "X = t[:-1, :4]\ny = t[1:, 4]\n",  # of the next row
        "d = x[1:] - x[:-1]\n",
        "d = t[1:, 0] - t[:-1, 0]\n",
        "X, Z = t[20:, :4], t[:-10, 4]\n",
        "test, train = X[k:], X[:-k]\n",
        "def f(a):\n    return a[1:]\ndef g(b):\n    return b[:-1]\n",
    ],
)
def test_what_is_meant_to_lie_apart_stays(text):
    assert written(text) == []
