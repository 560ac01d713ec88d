"""A part of an array is taken out of it, and put back, as the contract wants it."""

import numpy as np
import pytest

from diagnose.reading.parts import Form, Part, axis_of, put_together

STATE = ("made", 1, "binary", 0)


def form(of, *box, shape, wanted=None, turned=False):
    return Form(Part(STATE, of, box, shape), wanted or shape, turned)


WHOLE = {
    "a vector": [
        form((26,), (20, 25), shape=(5, 1)),
        form((26,), (0, 15), shape=(5, 3), turned=True),
        form((26,), (15, 20), shape=(5,)),
        form((26,), (25, 26), shape=(), wanted=(1,)),
    ],
    "a vector and its bias": [
        form((4,), (1, 4), shape=(3,), wanted=(3, 1)),
        form((4,), (0, 1), shape=(), wanted=(1,)),
    ],
    "the last row": [
        form((4, 5), (0, 3), (0, 5), shape=(3, 5)),
        form((4, 5), (3, 4), (0, 5), shape=(5,)),
    ],
    "the first column": [
        form((5, 4), (0, 5), (1, 4), shape=(5, 3), turned=True),
        form((5, 4), (0, 5), (0, 1), shape=(5,)),
    ],
    "one unit": [
        form((6, 1), (1, 6), (0, 1), shape=(5, 1)),
        form((6, 1), (0, 1), (0, 1), shape=(1,)),
    ],
}


@pytest.mark.parametrize("kind", WHOLE)
def test_what_is_written_takes_an_array_apart_and_puts_it_together(kind):
    forms = WHOLE[kind]
    of = forms[0].part.of
    whole = np.arange(np.prod(of)).reshape(of)
    names = {f"p{at}": one for at, one in enumerate(forms)}
    apart = {name: eval(one.text("whole"), {"whole": whole}) for name, one in names.items()}
    for name, one in names.items():
        assert np.array_equal(apart[name], one.array(whole))
        assert apart[name].shape == (one.wanted[::-1] if one.turned else one.wanted)
    together = put_together([(one, name) for name, one in names.items()])
    assert np.array_equal(eval(together, {"np": np, **apart}), whole)


@pytest.mark.parametrize(
    "boxes", [[(0, 2)], [(0, 2), (3, 5)], [(0, 3), (2, 5)], [(0, 5), (0, 5)], [(1, 5)]]
)
def test_parts_that_are_not_all_of_an_array_lie_along_no_axis(boxes):
    parts = [Part(STATE, (5, 3), (ends, (0, 3)), (3,)) for ends in boxes]
    assert axis_of(parts) is None
