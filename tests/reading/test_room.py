"""Samples lie side by side in few arrays; which of them may come again is found by numbers."""

from __future__ import annotations

import numpy as np

from diagnose.reading.likely import likely_among
from diagnose.reading.room import FEWEST, Room


def test_what_follows_is_handed_out_without_a_copy():
    room = Room(lambda: 3 * FEWEST)
    given = [np.full((1, 5), float(at)) for at in range(3 * FEWEST)]
    for one in given:
        room.keep(one)
    given[0][:] = 7.0
    assert room[0].tolist() == [[0.0] * 5]
    together = room.together(range(1, 2 * FEWEST))
    np.testing.assert_array_equal(together[:, 0], np.arange(1.0, 2 * FEWEST))
    assert np.shares_memory(together, room[1])
    assert room.together([2, 0, 2])[:, 0].tolist() == [2.0, 0.0, 2.0]


def test_room_grows_where_nobody_knows_how_many_come_and_kinds_differ():
    room = Room(lambda: 0)
    for at in range(5 * FEWEST):
        room.keep(np.full((2, 3), at))
    room.keep(np.full((4, 3), 0.5))
    room.keep(np.array([1, 2]))
    assert len(room.blocks) < 8
    numbers = range(5 * FEWEST + 1)
    together = room.together(numbers)
    np.testing.assert_array_equal(together[:-4:2, 0], np.arange(5 * FEWEST))
    assert together[-1].tolist() == [0.5] * 3
    assert room.together([5 * FEWEST + 1]).tolist() == [1, 2]


def test_rows_that_come_again_are_found_byte_by_byte():
    rows = np.random.default_rng(0).normal(size=(5000, 7))
    rows[4999] = rows[3]
    rows[8], others = 0.0, np.array([rows[3], rows[77], np.full(7, -0.0)])
    for kind in (np.float64, np.float32, np.uint8):
        given, some = rows.astype(kind), others.astype(kind)
        known = {one.tobytes() for one in some}
        wanted = {at for at, one in enumerate(given) if one.tobytes() in known}
        assert wanted == {*likely_among(given, some)}
    assert {3, 77, 4999} == {*likely_among(rows, others)}
    assert len(likely_among(rows, others.astype(np.float32))) == len(rows)


def test_where_there_is_no_memory_for_all_that_may_come_there_is_some_for_what_came(monkeypatch):
    made, own = [], np.empty

    def empty(shape, dtype):
        if shape[0] > FEWEST:
            raise MemoryError
        made.append(shape[0])
        return own(shape, dtype)

    monkeypatch.setattr("diagnose.reading.room.np.empty", empty)
    kept = Room(lambda: 10_000)
    rows = np.arange(200.0).reshape(100, 1, 2)
    for one in rows:
        kept.keep(one)
    assert made == [FEWEST, FEWEST]
    assert np.array_equal(kept.together(range(100)), rows.reshape(100, 2))
