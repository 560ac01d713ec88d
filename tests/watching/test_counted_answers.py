"""Answers and labels that are counted together, in tables or by products, show the test set too."""

import numpy as np
import pytest

from diagnose.watching.labels_met import both_one_hot, pair_in_table
from tests.watching.test_own_test import TESTED, read, same

SAID = "said = forward(Xt).argmax(axis=1)\n"
HOT = "hot = np.eye(3)[said]\n"
WAYS = {
    "in lists": "table = [[0] * 3 for _ in range(3)]\nfor t, p in zip(yt, said):\n"
    "    table[t][p] += 1",
    "in an array": "table = np.zeros((3, 3))\nfor t, p in zip(yt, said):\n    table[t, p] += 1",
    "in the rows of an array": "table = np.zeros((3, 3), int)\nfor t, p in zip(yt, said):\n"
    "    table[t][p] += 1",
    "in its rows, one by one": "table = np.zeros((3, 3))\nfor x, t in zip(Xt, yt):\n"
    "    table[int(forward(x[None]).argmax())][t] += 1",
    "at once": "table = np.zeros((3, 3))\nnp.add.at(table, (yt, said), 1)",
    "in a dictionary": "table = {}\nfor t, p in zip(yt, said):\n"
    "    table[t, p] = table.get((t, p), 0) + 1",
    "as one number": "print(np.bincount(3 * yt + said, minlength=9).reshape(3, 3))",
    "as one number, answers first": "print(np.bincount(3 * said + yt, minlength=9))",
    "one by one": "table = np.zeros((3, 3))\nfor x, t in zip(Xt, yt):\n"
    "    table[t, int(forward(x[None]).argmax())] += 1",
    "one-hot rows": HOT + "print((hot * np.eye(3)[yt]).sum() / 60)",
    "in a row": HOT + "print(hot.ravel().dot(np.eye(3)[yt].ravel()) / 60)",
    "as a matrix": HOT + "print(np.trace(np.eye(3)[yt].T @ hot) / 60)",
    "the largest of each": "p = forward(Xt)\nhot = (p == p.max(1, keepdims=True)).astype(int)\n"
    "print(np.einsum('ij,ij->', hot, np.eye(3, dtype=int)[yt]) / 60)",
    "labels at answers": "print(np.eye(3)[yt][np.arange(60), said].mean())",
    "labels at answers one by one": "T = np.eye(3)[yt]\n"
    "print(np.mean([T[k][said[k]] for k in range(60)]))",
    "differences": "print(np.mean(said - yt == 0))",
    "exclusive": "print(1 - ((said ^ yt) != 0).mean())",
    "close": "print(np.isclose(said, yt).mean())",
    "the best two": "print(np.mean((np.argsort(forward(Xt), 1)[:, -2:] == yt[:, None]).any(1)))",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_test_set_is_found_however_its_answers_are_counted(way, tmp_path):
    text = TESTED + SAID + WAYS[way] + "\n"
    seen = read(tmp_path, text)
    assert same(seen, text)
    assert seen.roles["test samples"]["text"] == "60 samples"
    assert not [one for one in seen.seen if one.kind == "misleading-metric"]


def test_what_its_own_answers_are_put_into_is_no_table_of_labels(tmp_path):
    text = TESTED + SAID + "hot = np.zeros((60, 3))\nhot[np.arange(60), said] = 1\n"
    assert "trains on" in read(tmp_path, text).roles["test samples"]["text"]


def test_what_is_no_table_of_two_whole_numbers_tells_nothing():
    table = np.zeros((3, 3))
    assert pair_in_table(table, (np.int64(1), np.int64(2)), 1) is not None
    assert pair_in_table(np.zeros((3, 4)), (np.int64(1), np.int64(2)), 1) is None
    assert pair_in_table(table, (np.int64(1), 0.5), 1) is None
    assert pair_in_table(table, (np.int64(1), slice(None)), 1) is None


def test_rows_with_a_single_one_are_their_places():
    hot = np.eye(3)[[0, 2, 1, 1]]
    found = both_one_hot(hot, hot.T, 4, False)
    assert found is not None
    assert found.other.ravel().tolist() == [0, 2, 1, 1]
    assert both_one_hot(hot * 0.5, hot, 4, False) is None


def test_what_is_only_as_long_as_answers_is_none(tmp_path):
    text = TESTED + SAID + "print((np.zeros_like(said) == yt).mean())\n"
    seen = read(tmp_path, text)
    assert not [one for one in seen.seen if "whatever their" in one.observed]
    assert "trains on" in seen.roles["test samples"]["text"]


ONE = "def one(x):\n    return np.exp(np.maximum(x @ W1 + b1, 0) @ W2 + b2)\n"
NO_LABELS = {
    "its own answer": "for x in Xt:\n    p = one(x)\n    print(p[int(p.argmax())])\n",
    "one class alone": "print(sum(one(x)[1] for x in Xt))\n",
    "each class": "for x in Xt:\n    p = one(x)\n    print([p[k] for k in range(3)])\n",
}


@pytest.mark.parametrize("case", NO_LABELS)
def test_outputs_that_are_taken_by_no_label_show_no_test_set(case, tmp_path):
    seen = read(tmp_path, TESTED + ONE + NO_LABELS[case])
    assert "trains on" in seen.roles["test samples"]["text"]
