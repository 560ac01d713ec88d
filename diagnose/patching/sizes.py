"""Edits of the number of hidden units, where it is written as a number."""

from __future__ import annotations

import re

from diagnose.network.record import widths
from diagnose.patching.places import literals
from diagnose.patching.script import Script
from diagnose.patching.source import Edit

# What a wider twin says that the author's network lacks, and nothing beside it.
UNITS = re.compile(r"(\d+)( and \d+)* hidden units")
SIZE = "size"


def of_units(script: Script, lacks: str) -> list[Edit]:
    """The number of hidden units as that of the wider twin: all places of it, and each alone.

    lacks: what the twin's shape has and the author's has not.
    """
    wanted = UNITS.fullmatch(lacks)
    if wanted is None:
        return []
    source, network = script.source, script.network
    hidden = {*widths(network, network.init(0))[1:-1]}
    written = [one for one in literals(source, script.statements("init"))
               if float(one.evaluated_value) in hidden]  # fmt: skip
    why = f"with {wanted[1]} units a hidden layer has room for what is to be learned"
    splices = [source.replaced(one, wanted[1]) for one in written]
    sets = [tuple(splices)] * (len(splices) > 1) + [(one,) for one in splices]
    return [Edit(splices=some, part=SIZE, why=why, defect="too-few-units") for some in sets]
