"""What an operation took is known as it was then."""

import numpy as np
import pytest

from diagnose.recording.recorder import Recorder


@pytest.mark.parametrize(
    "taken",
    [3.0, slice(0, 6, 1), (slice(None, 4), 2), [1, (2, None)], {"axis": 0, "at": [slice(2)]}],
)
def test_what_is_taken_is_what_it_was(taken):
    tape = Recorder(lambda site: None, set())
    made = tape.value_of(tape.taken(taken))
    assert made == taken
    assert type(made) is type(taken)


def test_of_what_was_written_into_it_is_known_what_it_was_then():
    tape = Recorder(lambda site: None, set())
    array = np.zeros(3)
    before = tape.taken(array)
    tape.store(0, 5.0, array, 1)
    assert tape.value_of(before).tolist() == [0, 0, 0]
    assert tape.value_of(tape.taken([array]))[0].tolist() == [0, 5, 0]
