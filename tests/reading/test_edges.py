"""The state is copied around the ends of epochs, and wherever these are not foreseen."""

from __future__ import annotations

from types import SimpleNamespace

from diagnose.reading.edges import AFTER, AROUND, Edges, Kept

STEPS, EPOCHS, TEST = 1, 2, 3


def run(edges, tape, turns, at, *, stops=None):
    """A pass of so many steps; returns those of which the state was copied."""
    copied, known = [], bool(edges.ring) or not at
    for turn in range(turns if stops is None else stops):
        tape.items_left[STEPS] = turns - turn - 1
        if not edges.needs_state():
            edges.left_out(at + turn)
            known = False
            continue
        copied.append(turn)
        if known:
            edges.step(Kept(at=at + turn, before={}, after={}))
        else:
            edges.has_no_state(at + turn)
        known = True
    return copied


def begun():
    tape = SimpleNamespace(items_left={})
    edges = Edges(tape, STEPS, foresees=True)
    assert run(edges, tape, 100, 0) == [*range(AFTER), *range(100 - AROUND - 1, 100)]
    return edges, tape


def test_both_sides_of_an_end_that_is_foreseen_are_kept():
    edges, tape = begun()
    edges.turn(EPOCHS, 100)
    assert run(edges, tape, 100, 100)[: AROUND + 1] == [*range(AROUND), 100 - AROUND - 1]
    assert [one.at for one in edges.around[EPOCHS]] == [*range(100 - AROUND, 100 + AROUND)]
    assert not edges.torn


def test_an_end_that_was_not_foreseen_is_torn_and_no_later_one_is():
    edges, tape = begun()
    edges.turn(EPOCHS, 100)
    run(edges, tape, 100, 100, stops=60)
    edges.turn(EPOCHS, 160)
    assert edges.torn == {EPOCHS}
    assert len(run(edges, tape, 100, 160, stops=60)) == 60
    edges.turn(EPOCHS, 220)
    assert not edges.torn
    assert [one.at for one in edges.around[EPOCHS]] == [*range(220 - AROUND, 220)]


def test_a_loop_that_turns_amid_the_steps_is_noticed():
    edges, tape = begun()
    run(edges, tape, 100, 100, stops=50)
    edges.turn(TEST, 150)
    assert edges.torn == {TEST}
    assert edges.needs_state()


def test_where_no_length_is_known_all_is_copied():
    tape = SimpleNamespace(items_left={})
    edges = Edges(tape, STEPS, foresees=True)
    for at in range(50):
        assert edges.needs_state()
        edges.step(Kept(at=at, before={}, after={}))
