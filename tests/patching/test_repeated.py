"""A column that is taken twice; the number of a class at each of several outputs."""

from types import SimpleNamespace

import libcst as cst
import numpy as np
import pytest

from diagnose.patching.repeated import (
    has_repeated_columns,
    mended_though_sound,
    of_repeated_columns,
)
from diagnose.patching.source import Source, patched
from diagnose.patching.targets import of_repeated_labels
from tests.patching.making import trials_of


def texts(maker, text):
    source = Source(text.encode(), "mine.py")
    return [patched(source, [one]).decode() for one in maker(source)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("age = f(t[:, 1])\nsize = f(t[:, 1])\nrooms = f(t[:, 2])\ny = t[:, 3]\n",
         ("t[:, 1]", "t[:, 0]")),
        ("X = np.column_stack([t[:, 0], t[:, 2], t[:, 2], t[:, 3]])\n", ("t[:, 2]", "t[:, 1]")),
        ("for r in R:\n    X.append((float(r[0]), float(r[0]), float(r[2])))\n",
         ("float(r[0]),", "float(r[0]),")),
    ],
)  # fmt: skip
def test_a_column_that_is_taken_twice_is_the_one_that_is_lacking(text, wanted):
    found = texts(of_repeated_columns, text)
    if wanted[0] == wanted[1]:
        assert found == [text.replace("float(r[0]), float(r[2])", "float(r[1]), float(r[2])")]
    else:
        assert found == [text.replace(*wanted, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "X = [t[:, 0], t[:, 1], t[:, 2]]\n",
        # what is lacking is read elsewhere, and the order says nothing
        "X = [t[:, 0], t[:, 2], t[:, 2]]\ny = t[:, 1]\n",
        "X = [t[:, 3], t[:, 0], t[:, 3]]\n",
        # each of another kind, and too few
        "X = [f(t[:, 1]), g(t[:, 1]), t[:, 2]]\n",
        "a, b = t[:, 1], t[:, 1]\n",
    ],
)
def test_columns_in_their_order_stay(text):
    assert texts(of_repeated_columns, text) == []


def network_of(rows, labels=(0.5, 1.5)):
    data = SimpleNamespace(images=np.array(rows), labels=np.array(labels))
    return SimpleNamespace(data=lambda: data, classes=0)


def sound(source, network, found=()):
    """A script whose network is as good as a sound one."""
    loops = [*source.of_type(cst.For)]
    return SimpleNamespace(source=source, network=network, found=found, loops=loops)


def test_inputs_that_are_one_are_told_by_their_numbers():
    twice = [[1.0, 1.0, 0.0], [2.0, 2.0, 0.0], [3.0, 3.0, 0.0]]
    assert has_repeated_columns(network_of(twice))
    others = [[1.0, 2.0, 0.0, 0.0], [2.0, 1.0, 0.0, 0.0]]
    assert not has_repeated_columns(network_of(others))
    assert has_repeated_columns(network_of(others, [[0, 0, 0], [2, 2, 2]]))
    assert not has_repeated_columns(network_of(others, [[1, 0, 0], [0, 1, 0]]))


TABLE = """\
t = [[k, -k % 7, k % 3, k + k % 3] for k in range(30)]
x = [(r[1], r[1], r[2]) for r in t]
print('error', sum(abs(r[3] - one[0] - one[2]) for r, one in zip(t, x)))
"""


@pytest.mark.parametrize(("rows", "mends"), [([[1.0, 1.0], [2.0, 2.0]], True),
                                             ([[1.0, 0.0], [2.0, 5.0]], False)])  # fmt: skip
def test_columns_are_mended_where_two_inputs_are_one_and_the_error_goes(rows, mends, tmp_path):
    source = Source(TABLE.encode(), "mine.py")
    edits = mended_though_sound(sound(source, network_of(rows)), trials_of(source, tmp_path))
    wanted = TABLE.replace("(r[1], r[1]", "(r[0], r[1]") if mends else TABLE
    assert patched(source, edits).decode() == wanted


LABELS = """\
import numpy as np
y = np.arange(90) % 3
t = y.reshape(-1, 1) * np.ones((1, 3))
print('errors:', int(np.sum((t + 0.01 * np.arange(3)).argmax(1) != y)))
"""


@pytest.mark.parametrize(("labels", "mends"), [([[0, 0], [2, 2]], True), ([0, 2], False)])
def test_labels_at_each_output_are_mended_where_targets_are_one(labels, mends, tmp_path):
    source = Source(LABELS.encode(), "mine.py")
    network = network_of([[1.0, 0.0], [2.0, 5.0]], labels)
    edits = mended_though_sound(sound(source, network), trials_of(source, tmp_path))
    wanted = LABELS.replace("y.reshape(-1, 1) * np.ones((1, 3))", "np.eye(3)[y]")
    assert patched(source, edits).decode() == (wanted if mends else LABELS)


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


FEW = """\
shown = set()
for e in range(3):
    for k in range(0, 40, 10):
        shown.update(list(range(40))[:10])
print('accuracy', len(shown) / 40)
"""


@pytest.mark.parametrize(("found", "mends"), [({"never-taken": {}}, True), ({}, False)])
def test_samples_that_no_step_takes_are_taken_where_the_script_does_better(found, mends, tmp_path):
    source = Source(FEW.encode(), "mine.py")
    script = sound(source, network_of([[1.0, 0.0], [2.0, 5.0]]), found)
    edits = mended_though_sound(script, trials_of(source, tmp_path))
    wanted = FEW.replace("[:10]", "[k:k + 10]") if mends else FEW
    assert patched(source, edits).decode() == wanted
