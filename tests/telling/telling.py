"""Tell of a small program in this very process: the program is run rewritten, under a witness."""

import linecache
import warnings

import numpy as np

from diagnose.reading.loops import loops
from diagnose.recording.recorder import Recorder
from diagnose.recording.rewriting import HOOK, rewritten
from diagnose.recording.sites import Site, Sites
from diagnose.telling.steps import told_of_loops, told_of_steps
from diagnose.telling.witness import Witness

FILE = "mine.py"


def told(text):
    """Everything that a program tells, as ``(kind, line, severity)`` with what was observed."""
    sites = Sites([Site(file="", line=0, text="")])
    tape = Recorder(lambda _: None, {FILE})
    witness = Witness(tape, sites.every)
    tape.witness, tape.named = witness.see, witness.shared.named
    linecache.cache[FILE] = (len(text), None, text.splitlines(keepends=True), FILE)
    code = compile(rewritten(text, FILE, sites), FILE, "exec")
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        exec(code, {HOOK: tape, "__name__": "__main__"})
    training = [one for one in loops(tape) if len(one.starts) > 3 and one.state(2)]
    if training:
        turns = range(1, len(training[0].starts) - 1)
        steps = told_of_steps(training[0], turns, sites.every, witness)
    else:
        steps = told_of_loops(tape, sites.every)
    found = [*steps, *witness.told()]
    for error in witness.stopped:
        raise error
    return found


def kinds(text):
    """The kinds of faults that a program tells, each with its line."""
    return {(one.kind, one.line) for one in told(text)}
