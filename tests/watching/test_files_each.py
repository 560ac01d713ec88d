"""Samples that are made anew in each step, as of a file each, are not followed for long."""

from __future__ import annotations

import pytest

from tests.watching.two_readings import are_the_same, two_readings

SCRIPT = """
import numpy as np
rng = np.random.default_rng(0)
numbers = rng.normal(size=(260, 3)).tolist()
table = np.array(numbers)
labels = [float(sum(one) > 0) for one in numbers]
W, b = rng.normal(size=(3, 1)) / 10, np.zeros(1)
for epoch in range(3):
    for i in range(260):
        x = TAKEN
        x = x.reshape(1, -1)
        p = 1 / (1 + np.exp(-(x @ W + b)))
        d = p - labels[i]
        W = W - 0.1 * x.T @ d
        b = b - 0.1 * d[0]
"""
CHILD = """
import os, sys
from diagnose.reading import collecting
from diagnose.recording.origins import Origins
from diagnose.watching.child import main
collecting.FILES = int(sys.argv[1])
made, left, count = Origins.made, os._exit, []
Origins.made = lambda self, *given: (count.append(1), made(self, *given))
os._exit = lambda code: (print(len(count), flush=True), left(code))
main(sys.argv[2:])
"""


@pytest.mark.parametrize(
    ("taken", "fewer"), [("np.array(numbers[i])", True), ("table[i] * 1.0", False)]
)
def test_what_is_read_is_the_same(tmp_path, taken, fewer):
    script = SCRIPT.replace("TAKEN", taken)
    (few, read), (many, followed) = two_readings(tmp_path, script, CHILD, (128, 10_000))
    assert (few < many - 200) is fewer
    are_the_same(read, followed)
