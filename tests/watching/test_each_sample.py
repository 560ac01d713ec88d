"""Functions of one sample, run for a batch: all samples at once where that is the same."""

import numpy as np
import pytest

from diagnose.watching import each_sample
from diagnose.watching.each_sample import EachSample

COLUMNS, ROWS = EachSample(columns=True, flat=False), EachSample(columns=False, flat=False)


def forward_columns(x, w, b):
    z = np.dot(w, x) + b
    return (z, 1.0 / (1.0 + np.exp(-z)))


def sums_columns(x, out, targets):
    delta = (out - targets) * out * (1 - out)
    return (np.dot(delta, x.T), delta)


def forward_rows(x, w, b):
    z = x @ w + b
    return (z, np.maximum(z, 0))


def sums_rows(x, out, targets):
    delta = out - targets
    return (x.T @ delta, delta)


def drawn(each, *shapes):
    random = np.random.default_rng(3)
    return [random.normal(size=one if each.columns else one[::-1]) for one in shapes]


@pytest.mark.parametrize(
    ("each", "forward", "sums"),
    [(COLUMNS, forward_columns, sums_columns), (ROWS, forward_rows, sums_rows)],
    ids=["columns", "rows"],
)
def test_products_and_what_acts_number_by_number_take_a_batch_at_once(each, forward, sums):
    x, w, b, targets = drawn(each, (4, 9), (3, 4), (3, 1), (3, 9))
    calls = []

    def counted(*given):
        calls.append(1)
        return forward(*given)

    out = each.forward(forward, x, w, b)[1]
    np.testing.assert_allclose(out, each._forward(forward, x, w, b)[1], rtol=1e-14)
    made = each.sums(sums, [True, True], 0, x, out, targets)
    wanted = each._sums(sums, [True, True], 0, x, out, targets)
    for one, other in zip(made, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    assert each_sample._WHOLE[forward] == ("as it is",)
    assert each_sample._WHOLE[sums] == ("as it is", "summed")
    # A function that calls another may do anything: it has each sample by itself.
    each.forward(counted, x, w, b)
    assert len(calls) == 9


def softmax_of_one(x, w):
    e = np.exp(np.dot(w, x))
    return (e / e.sum(),)


def angles(x, w):
    return (np.dot(np.dot(w, x), np.dot(x.T, x)),)


def of_a_number(x, labels):
    return (np.where(labels > 0, x, -x),)


def by_a_comprehension(x, w):
    return (np.dot(w, np.where(x > 0, x, sum(one for one in (0.0,)))),)


@pytest.mark.parametrize("run", [softmax_of_one, angles, by_a_comprehension])
def test_what_mixes_samples_has_each_by_itself(run):
    x, w = drawn(COLUMNS, (4, 6), (3, 4))
    made = COLUMNS.forward(run, x, w)[0]
    for at in range(6):
        np.testing.assert_array_equal(made[:, at : at + 1], run(x[:, at : at + 1], w)[0])
    assert each_sample._WHOLE[run] is None


def test_labels_vectors_and_last_results_have_each_sample_by_itself():
    x, targets = drawn(COLUMNS, (4, 6), (4, 6))
    labels = np.arange(6)
    made = COLUMNS.sums(of_a_number, [True], 0, x, labels)[0]
    assert made.shape == (4, 1)
    assert each_sample._WHOLE[of_a_number] is None

    def last(x, targets):
        return (np.dot(x, targets.T), x)

    made = COLUMNS.sums(last, [True], 1, x, targets)
    np.testing.assert_array_equal(made[1], x[:, -1:])

    def vectors(x, w):
        return (np.dot(w, x),)

    flat = EachSample(columns=True, flat=True)
    assert flat.forward(vectors, x, np.ones((2, 4)))[0].shape == (2, 6)
    assert each_sample._WHOLE[vectors] is None


def test_a_batch_of_another_size_is_summed_alike():
    """What is tried with a few samples is used with any number, a single one too."""
    for count in (1, 2, 7):
        x, out, targets = drawn(ROWS, (4, count), (3, count), (3, count))
        made = ROWS.sums(sums_rows, [True, True], 0, x, out, targets)
        wanted = ROWS._sums(sums_rows, [True, True], 0, x, out, targets)
        for one, other in zip(made, wanted, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)
