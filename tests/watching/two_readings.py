"""One script read twice in processes of their own, which look at another number of steps each."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from diagnose.watching.handover import Handover


def two_readings(tmp_path, script, child, ways):
    """Of each way how often was looked, as the child counts it, and what was read.

    child: the program that watches; it is handed the way before all else.
    """
    path, found = tmp_path / "script.py", []
    path.write_text(script, encoding="utf-8")
    for way in ways:
        place = tmp_path / str(way)
        place.mkdir()
        asked = [str(way), str(path), str(place), "60", "0", "15", "0", "0", "0"]
        done = subprocess.run(
            [sys.executable, "-c", child, *asked], capture_output=True, text=True, check=True
        )
        found.append((int(done.stdout), Handover.read(place)))
    return found


def are_the_same(one, other):
    """Fail where two readings differ in anything that is handed over."""
    assert one.parted is None
    assert (one.said, one.roles, one.steps) == (other.said, other.roles, other.steps)
    assert {*one.arrays} == {*other.arrays}
    for name, array in other.arrays.items():
        np.testing.assert_array_equal(one.arrays[name], array, err_msg=name)
