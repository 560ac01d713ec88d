"""Whole batches as lists of lists are not read: several samples meet the same weights."""

import pytest

from diagnose.folding.units import WHOLE_BATCH, UnitReader
from diagnose.reading.loops import Loop
from diagnose.reading.not_read import NotReadError
from diagnose.recording.recorder import Recorder
from diagnose.recording.rewriting import HOOK, rewritten
from diagnose.recording.sites import Site, Sites
from diagnose.watching.understanding import understand
from tests.folding.choice_scripts import LISTS


def test_a_whole_batch_of_lists_is_not_read(read):
    seen = read(LISTS)
    assert seen.network is None
    assert seen.parted.reason.endswith(WHOLE_BATCH)


DROPPED = """
import math, random
X = [[random.uniform(-1, 1) for i in range(2)] for n in range(20)]
W = [[random.gauss(0, 1) for i in range(2)] for j in range(4)]
u = [random.gauss(0, 1) for j in range(4)]
for x in X:
    h = [math.tanh(sum(a * b for a, b in zip(w, x))) for w in W]
    m = [2.0 if random.random() < 0.5 else 0.0 for _ in h]
    k = [a * b for a, b in zip(h, m)]
    d = sum(a * b for a, b in zip(u, k)) - x[0] * x[1]
    for j in range(4):
        e = d * u[j] * m[j] * (1 - h[j] * h[j])
        u[j] -= 0.1 * d * k[j]
        W[j] = [a - 0.1 * e * b for a, b in zip(W[j], x)]
"""


def test_units_that_are_left_out_at_random_are_not_said_to_be_several_samples(monkeypatch):
    # with other units left out in each step, some weights may meet what only looks like samples
    monkeypatch.setattr(UnitReader, "of_whole_batch", lambda _: NotReadError(WHOLE_BATCH))
    tape, sites = Recorder(lambda site: None, {"mine.py"}), Sites([Site(file="", line=0, text="")])
    tape.keeping.always = True
    exec(compile(rewritten(DROPPED, "mine.py", sites), "mine.py", "exec"), {HOOK: tape})
    site = max(tape.turns, key=lambda turn: sites.every[turn[1]].text == "X")[1]
    loop = Loop(tape, site, [at for at, one in tape.turns if one == site])
    with pytest.raises(NotReadError, match="random numbers are drawn in each step"):
        understand(loop, list(range(2, 16)), sites.every)
