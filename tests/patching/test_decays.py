"""What pulls weights to 0: weaker, or left out, whatever the weights are called."""

import pytest

from diagnose.patching.arithmetic import of_gradient
from diagnose.patching.decays import of_decay, too_strong
from diagnose.patching.signs import minuses
from tests.patching.making import script, ways

LIST = "fade = 0.2\ng = dW[k] + fade * W[k]  #: backward\nW[k] -= 0.1 * g  #: update\n"


def test_weights_in_a_list_are_those_that_are_stepped():
    found = ways(script(LIST), of_decay)
    assert found == [["fade = 0.002"], ["g = dW[k]"]]


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
def test_the_number_that_pulls_is_a_hundredth_of_it(line):
    first = ways(script(f"{line}\n"), of_decay)[0]
    assert first == [line.split("  #:")[0].replace("0.5", "0.005")]


def test_the_rate_is_no_pull_and_neither_is_a_velocity():
    assert ways(script("W1 = W1 - 0.1 * W1 * c  #: update\n"), of_decay) == [[]]
    text = "v = 0.9 * v - 0.1 * g  #: update\nW += v  #: update\n"
    assert of_decay(script(text)) == []


def test_it_is_tried_for_the_step_where_it_was_found():
    assert too_strong(script(LIST)) == []
    assert ways(script(LIST, found={"weight-decay": {}}), too_strong)[0] == ["fade = 0.002"]


def test_a_minus_is_left_out_first_where_a_gradient_is_turned_round():
    text = "dh = -dy * w2 * (1 - h**2)  #: backward\nw = w - r * m  #: update\n"
    sane = {"parameters": {"w": {"cosine": -0.98}, "b": {"cosine": None}}}
    made = script(text, found={"wrong-gradient": {"sane": sane}})
    assert ways(made, of_gradient)[0] == ["dh = dy * w2 * (1 - h**2)"]
    assert ways(script(text), of_gradient)[0] != ["dh = dy * w2 * (1 - h**2)"]


def test_minuses_of_one_line_are_left_out_together():
    text = "grads = [x.T @ d, d.sum(0),  #: backward\n         -h.T @ e, -e.sum(0)]\n"
    together = ways(script(text), minuses)[0]
    assert "h.T @ e, e.sum(0)]" in together[-1]


def test_what_the_backward_pass_reads_belongs_to_it_where_it_stands_between():
    text = (
        "def rounds():\n    r = y - t  #: backward\n    note = -r\n    dh = -r * w2\n"
        "    g += dh  #: backward\n"
    )
    found = ways(script(text), of_gradient)
    assert ["dh = r * w2"] in ways(script(text), minuses)
    assert not any(line.startswith("note") for lines in found for line in lines)
