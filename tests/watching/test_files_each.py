"""Samples that are made anew in each step, as of a file each, are not followed for long."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from diagnose.watching.handover import Handover

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
    path, found = tmp_path / "script.py", []
    path.write_text(SCRIPT.replace("TAKEN", taken), encoding="utf-8")
    for steps in (128, 10_000):
        place = tmp_path / str(steps)
        place.mkdir()
        asked = [str(steps), str(path), str(place), "60", "0", "15", "0", "0", "0"]
        done = subprocess.run(
            [sys.executable, "-c", CHILD, *asked], capture_output=True, text=True, check=True
        )
        found.append((int(done.stdout), Handover.read(place)))
    (few, read), (many, followed) = found
    assert (few < many - 200) is fewer
    assert read.parted is None
    assert (read.said, read.roles, read.steps) == (followed.said, followed.roles, followed.steps)
    assert {*read.arrays} == {*followed.arrays}
    for name, array in followed.arrays.items():
        np.testing.assert_array_equal(read.arrays[name], array, err_msg=name)
