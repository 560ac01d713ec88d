"""How many items a loop has is known where it says so before it begins."""

from __future__ import annotations

import numpy as np

from diagnose.recording.recorder import Recorder


def left(given):
    """How many items were left at each turn of a loop, as the tape foresaw it."""
    tape = Recorder(lambda site: None, set())
    tape.recording, found = False, []
    tape.at_turn = lambda site: found.append(tape.items_left.get(site))
    for _ in tape.each(7, given(tape)):
        pass
    assert not tape.running[7]
    return found


def test_what_has_a_length_says_it():
    assert left(lambda tape: range(3)) == [3, 2, 1, 0]
    assert left(lambda tape: np.zeros((2, 5))) == [2, 1, 0]


def test_what_is_made_of_such_says_it_too():
    def pairs(tape):
        return next(tape.call(1, enumerate, next(tape.call(2, zip, [1, 2, 3], np.zeros(2)))))

    assert left(pairs) == [2, 1, 0]
    assert left(lambda tape: next(tape.call(1, reversed, [4, 5]))) == [2, 1, 0]


def test_of_anything_else_it_is_not_known():
    assert left(lambda tape: iter([1, 2])) == [None] * 3
    assert left(lambda tape: next(tape.call(1, zip, [1, 2], iter([3, 4])))) == [None] * 3
    assert left(lambda tape: next(tape.call(1, filter, None, [1, 2]))) == [None] * 3


def test_a_loop_that_is_left_runs_no_more():
    tape = Recorder(lambda site: None, set())
    for _ in tape.each(7, range(3)):
        assert tape.running[7] == 1
        break
    assert not tape.running[7]


class Unsized:
    def __len__(self):
        raise NotImplementedError

    def __iter__(self):
        return iter([1, 2])


def test_an_object_that_does_not_say_its_length_is_gone_through():
    assert left(lambda tape: next(tape.call(1, enumerate, Unsized()))) == [None] * 3
    assert left(lambda tape: Unsized()) == [None] * 3
