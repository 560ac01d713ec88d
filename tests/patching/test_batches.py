"""Batches that are cut out from their number on, and not from the first of their samples."""

import pytest

from diagnose.patching.orders import whole_batches
from tests.patching.making import script, ways

LOOP = "for epoch in range(9):\n    for {} in {}:  #: training loop\n"
CUT = "function cut(X, k):\n    return X[k:k + size]\n".replace("function", "def")


@pytest.mark.parametrize(
    ("loop", "lines", "wanted"),
    [
        (("j", "rng.permutation(n_batches)"), ["x, t = X[j:j + 20], T[j:j + 20]"],
         ["x, t = X[j * 20:(j + 1) * 20], T[j * 20:(j + 1) * 20]"]),
        (("j", "range(len(X) // size)"), ["rows = slice(j, j + size)"],
         ["rows = slice(j * size, (j + 1) * size)"]),
        (("turn", "numbers"), ["x = X[:, turn : turn + size]"],
         ["x = X[:, turn * size : (turn + 1) * size]"]),
        (("k", "range(30)"), ["first = k", "x = X[first:size + first]"],
         ["x = X[first * size:(first + 1) * size]"]),
        (("k", "range(30)"), ["x = X[at:at + size]", "at += 1"], ["at += size"]),
        # through all samples one by one, and of each so many
        (("i", "range(len(X))"), ["x = X[i:i + size]"],
         ["for i in range(0, len(X), size):"]),
    ],
)  # fmt: skip
def test_a_batch_begins_where_the_one_before_it_ends(loop, lines, wanted):
    text = LOOP.format(*loop) + "".join(f"        {one}\n" for one in lines)
    assert ways(script(text), whole_batches)[0] == wanted


@pytest.mark.parametrize("said", ["overlapping-batches", "never-taken", ""])
def test_what_was_seen_of_them_is_what_is_mended(said):
    text = LOOP.format("b", "range(30)") + "        x = X[b:b + 9]\n"
    (edit,) = whole_batches(script(text, found={said: {}} if said else {}))
    assert edit.defect == (said or "class-order")


def test_the_function_that_cuts_it_out_is_handed_its_number():
    text = CUT + LOOP.format("b", "range(30)") + "        x, t = cut(X, b), cut(T, k=b)\n"
    assert ways(script(text), whole_batches) == [["return X[k * size:(k + 1) * size]"]]
    other = f"{text}shown = cut(X, 7)\n"
    assert ways(script(other), whole_batches) == []


@pytest.mark.parametrize(
    ("loop", "line"),
    [
        # numbers that are a batch apart, in whatever order
        (("s", "rng.permutation(np.arange(0, n, size))"), "x = X[s:s + size]"),
        (("s", "starts"), "x = X[s:s + size]"),
        (("b", "range(30)"), "x = X[b * size:(b + 1) * size]"),
        (("b", "range(30)"), "s = b * size\n        x = X[s:s + size]"),
        (("b", "range(30)"), "s = at[b]\n        x = X[s:s + size]\n        at += 1"),
        (("b", "range(30)"), "x = X[b::30]"),
    ],
)
def test_batches_one_after_the_other_stay(loop, line):
    text = "starts = list(range(0, n, size))\n" + LOOP.format(*loop) + f"        {line}\n"
    assert ways(script(text), whole_batches) == []
