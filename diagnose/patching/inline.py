"""Edits of derivatives that are written out where they are used, in place of a function's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.patching.activations import KINDS, SLOPED
from diagnose.patching.script import Script
from diagnose.patching.source import Edit, Splice

# What is taken of a sigmoid's, a tanh's and a ReLU's output, and written out.
OUTPUT = r"(?P<x>[A-Za-z_][\w.]*(?:\[[^\[\]]+\])*)"
WRITTEN = {
    "sigmoid": re.compile(rf"{OUTPUT} ?\* ?\(1(?:\.0?)? ?- ?(?P=x)\)"),
    "tanh": re.compile(rf"\(1(?:\.0?)? ?- ?{OUTPUT} ?(?:\*\* ?2|\* ?(?P=x))\)"),
    "relu": re.compile(rf"\({OUTPUT} ?> ?0(?:\.0?)?\)"),
}
# By what a source shows that it has such an activation.
SHOWN = {
    "sigmoid": re.compile(r"exp\( *-|sigm|logistic", re.I),
    "tanh": re.compile(r"tanh", re.I),
    "relu": re.compile(r"relu|max(?:imum)?\( *0", re.I),
}


def written_out(script: Script) -> Iterator[Edit]:
    """``h * (1 - h)`` as ``(1 - h**2)`` where there is a tanh, and so on."""
    code = script.source.code.decode()
    known = [kind for kind, one in SHOWN.items() if one.search(code)]
    lines = script.lines("backward")
    for kind, pattern in WRITTEN.items():
        for found in pattern.finditer(code):
            line = code.count("\n", 0, found.start()) + 1
            for other in known if line in lines else ():
                if other != kind:
                    text = KINDS[other].slope.format(x=found["x"])
                    start = len(code[: found.start()].encode())
                    end = len(code[: found.end()].encode())
                    splice = Splice(start=start, end=end, text=text)
                    yield Edit(
                        splices=(splice,), part="gradient", why=SLOPED, defect="wrong-gradient"
                    )
