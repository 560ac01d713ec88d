"""What is let go of where more is made than is kept."""

from __future__ import annotations

import numpy as np

from diagnose.recording import keeping
from diagnose.recording.nodes import Node


def test_an_array_that_was_let_go_of_is_not_let_go_of_again(monkeypatch):
    monkeypatch.setattr(keeping, "KEPT", 0)
    kept = keeping.Keeping()
    kept.always = True
    kept.begin(0, {})
    large = np.zeros(keeping.SMALL)

    def node(number):
        one = Node()
        one.number, one.site, one.kind, one.done, one.call = number, 1, "call", np.negative, 9
        one.value = None
        return one

    nodes = [node(number) for number in range(3)]
    for one in nodes:
        kept.keep(one, large)  # of which the last alone is kept
    kept.always = False
    kept.keep(node(3), large)  # and nothing, once the step is read
    assert [one.value is None for one in nodes] == [True] * 3
    assert kept.bytes == 0
