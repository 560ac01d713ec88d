"""What pulls weights to 0, whatever the weights are called, is left out."""

import pytest

from diagnose.patching.decays import of_decay, too_strong
from tests.patching.making import script, ways

LIST = "fade = 0.2\ng = dW[k] + fade * W[k]  #: backward\nW[k] -= 0.1 * g  #: update\n"


def test_weights_in_a_list_are_those_that_are_stepped():
    found = ways(script(LIST), of_decay)
    assert found == [["g = dW[k]"]]


@pytest.mark.parametrize(
    "line",
    [
        "p -= 0.1 * (g + 0.5 * p)  #: update",
        "W = W - 0.1 * (dW + 0.5 * W / n)  #: update",
        "self.W -= 0.1 * (dW + 0.5 * self.W)  #: update",
        "W = W - 0.1 * (dW + 0.5 * np.sign(W))  #: update",
        "W = W - 0.1 * (dW + 2 * (0.5 * W))  #: update",
    ],
)
def test_what_pulls_is_found_however_it_is_written(line):
    (found,) = ways(script(f"{line}\n"), of_decay)
    assert "0.5" not in found[0]


def test_the_rate_is_no_pull_and_neither_is_a_velocity():
    assert ways(script("W1 = W1 - 0.1 * W1 * c  #: update\n"), of_decay) == [[]]
    text = "v = 0.9 * v - 0.1 * g  #: update\nW += v  #: update\n"
    assert of_decay(script(text)) == []


def test_it_is_tried_for_the_step_where_it_was_found():
    assert too_strong(script(LIST)) == []
    assert ways(script(LIST, found={"weight-decay": {}}), too_strong)[0] == ["g = dW[k]"]
