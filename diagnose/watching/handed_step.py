"""What the step of a network tells that a file hands over, by a process of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from diagnose.network.other_process import exit_code
from diagnose.network.script_process import PRINTED, begin_script
from diagnose.network.temporary import temporary_folder
from diagnose.telling.record import Told
from diagnose.watching.handover import read_told

CHILD = Path(__file__).with_name("handed_child.py")


def told_of_handed_step(file: Path, name: str, seconds: float) -> tuple[Told, ...]:
    """Run some steps of a network, and tell what is wrong with their gradients; else nothing.

    name: what it is called in the file; nothing where it is the only one. seconds: how long that
    may take. Files are named as a report names them.
    """
    with temporary_folder() as place:
        folder = Path(place)
        command = [str(CHILD), str(file.resolve()), name, place, str(seconds)]
        exit_code(begin_script(command, file.resolve().parent, folder / PRINTED), seconds)
        return tuple(replace(one, file=Path(one.file).name) for one in read_told(folder))
