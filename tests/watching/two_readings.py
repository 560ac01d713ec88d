"""One script read twice in processes of their own, which look at another number of steps each."""

from __future__ import annotations

import numpy as np

from diagnose.network.other_process import exit_code
from diagnose.network.script_process import begin_script
from diagnose.watching.handover import Handover


def run_beside(program, arguments, folder):
    """Run a program in a process of its own, started as watched ones are: what it printed."""
    printed, errors = folder / "printed.txt", folder / "errors.txt"
    command = ["-c", program, *map(str, arguments)]
    code = exit_code(begin_script(command, folder, printed, errors), 90)
    text = printed.read_text(encoding="utf-8")
    assert code == 0, errors.read_text(encoding="utf-8")
    return text


def two_readings(tmp_path, script, child, ways):
    """Of each way how often was looked, as the child counts it, and what was read.

    child: the program that watches; it is handed the way before all else.
    """
    path, found = tmp_path / "script.py", []
    path.write_text(script, encoding="utf-8")
    for way in ways:
        place = tmp_path / str(way)
        place.mkdir()
        asked = [way, path, place, 60, 0, 15, 1, 0, 0]
        found.append((int(run_beside(child, asked, tmp_path)), Handover.read(place)))
    return found


def are_the_same(one, other):
    """Fail where two readings differ in anything that is handed over."""
    assert one.parted is None
    assert (one.said, one.roles, one.steps) == (other.said, other.roles, other.steps)
    assert {*one.arrays} == {*other.arrays}
    for name, array in other.arrays.items():
        np.testing.assert_array_equal(one.arrays[name], array, err_msg=name)
