"""One row that is taken by its number is known as any other index would have it."""

import numpy as np
import pytest

from diagnose.recording.origins import MOST_HELD, Origins


def took(monkeypatch, origins, array, index):
    """What is known of ``array[index]``, without asking how any index takes its rows."""
    monkeypatch.setattr(Origins, "_taken", lambda *_: pytest.fail("asked of a single row"))
    value = array[index]
    origins.made(7, "get", None, (array, index), {}, value)
    monkeypatch.undo()
    return value, origins.of(value)


@pytest.mark.parametrize("index", [2, -1, np.int64(3)])
def test_it_is_known_as_before(monkeypatch, index):
    origins, table = Origins(), np.arange(12.0).reshape(4, 3)
    value, held = took(monkeypatch, origins, table, index)
    axes, gone = origins._taken(origins.met(table), table, index, 7)
    assert held.gone.rows.tolist() == gone.rows.tolist() == [int(index) % 4]
    assert held.gone.parent is gone.parent
    assert held.gone.draws == gone.draws
    assert held.axes == axes
    assert held.shape == value.shape == (3,)
    # of a row of a row it is known which sample it was
    _, inner = took(monkeypatch, origins, value, 1)
    assert inner.gone is held.gone


def test_the_draw_of_an_order_goes_along(monkeypatch):
    origins, table, rng = Origins(), np.zeros((4, 3)), np.random.default_rng(0)
    order = rng.permutation(4)
    origins.called(1, rng.permutation, (4,), {}, order, None)
    number, known = took(monkeypatch, origins, order, 2)
    assert known.drawn
    _, held = took(monkeypatch, origins, table, number)
    assert held.drawn == held.gone.draws == known.drawn
    assert held.gone.rows.tolist() == [order[2]]


def test_of_many_rows_those_that_are_still_there_stay_known():
    origins, table = Origins(), np.arange(3000.0).reshape(-1, 3)
    kept = {}
    for at in range(len(table)):
        row = table[at]
        origins.made(7, "get", None, (table, at), {}, row)
        if at % 300 == 5:
            kept[at] = row
    assert len(kept) > 3
    for at, row in kept.items():
        held = origins.of(row)
        assert held is origins.of(row)
        assert held.gone.rows.tolist() == [at]
        assert held.gone.parent is origins.met(table).thread(0)
    assert len(origins.rows) <= MOST_HELD
    kept.clear()
    del row
    assert {*origins.known} == {id(table)}


def test_a_row_that_is_written_into_begins_anew():
    origins, table = Origins(), np.arange(12.0).reshape(4, 3)
    row = table[2]
    origins.made(7, "get", None, (table, 2), {}, row)
    before = origins.met(table).thread(0)
    origins.written(row)
    assert origins.of(row).gone is None
    assert origins.met(table).thread(0) is not before
