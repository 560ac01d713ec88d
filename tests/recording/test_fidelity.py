"""A watched program does what it does unwatched: same numbers, same random stream, same output."""

import builtins
import contextlib
import io
import types

import numpy as np
import pytest

from diagnose.recording.recorder import Recorder
from diagnose.recording.rewriting import HOOK, rewritten
from diagnose.recording.sites import Site, Sites
from tests.folding.choice_scripts import BRANCHES, DRAWN, MARGIN, MARKED
from tests.folding.number_scripts import NUMBERS
from tests.watching.scripts import READ

ODD = """
import numpy as np
class Box:
    def __init__(self):
        self.__inside = [1, 2, 3]
        self.count: int = 0
    def add(self, *more, **named):
        self.__inside += [*more]
        self.count += len(named)
        return sum(x * 2 for x in self.__inside)
class More(Box):
    def __init__(self):
        super().__init__()
box = More()
total = box.add(4, 5, name=6)
a = np.arange(12.).reshape(3, 4)
a[1:, ::2] += 5
a[0], a[2] = a[2].copy(), a[0].copy()
a[a > 10] = -1
pair = first, (second, *rest) = 1, (2, 3, 4)
words = f'{total} {a.sum():.2f} {"x" * 3}'
table = {k: v for k, v in zip('ab', np.eye(2))}
low = 1 < total < 1000 and not a.any() or -total
out = np.zeros(4)
np.add(a[0], 1, out=out)
match total:
    case 30:
        kind = 'thirty'
    case _:
        kind = 'other'
try:
    [][1]
except IndexError as error:
    said = str(error)
b = a
b -= 1
while total > 20:
    total -= 3
else:
    ended = True
print(words, low, kind, said, [*map(abs, [-1, 2])], sorted(rest), '%d' % total)
"""
# Branches that must stay what they are: one side stops, or has an effect, or its names are known.
UNLIKE = """
seen, total, steps = [], 0.0, [0.5, -0.25, 2.0, -1.0]
table, last, hits = {1: 0.5}, None, 0
def noted(z):
    seen.append(z)
    return z
def root(z):
    if z > 0:
        return z ** 0.5
    return z
def inverse(z):
    return 1 / z if z > 0 else 0
for z in [*steps, 0.0, -0.0]:
    one = noted(z) if z > 0 else 0.0
    two = inverse(z)
    if z > 0:
        total += table[round(z / z)]
    if z > 0.4:
        last = z * 2
        total += last
    if z > 0:
        hits += 1
    kind = 'up' if z > 0 else 'down'
    size = 2 if z > 0 else 3
class Limits:
    low = -1.0
    cut = low if low > 0 else -low
deltas = [0.1, -0.0, 0.3]
deltas[hits % 3] -= 1
deltas[-1] += 1.0
most = max(0.0, -1.5), max(0, 1.5), max(2, 1), min(1, 2), max([3, 4])
for i in range(4):
    if steps[i] > 0:
        for k in range(i):
            total += steps[k]
print(i, one, two, last, kind, size, hits, Limits.cut, deltas, most, root(4.0), seen)
"""
CHOOSING = {"drawn": DRAWN, "margin": MARGIN, "marked": MARKED, "unlike": UNLIKE}


def run(code):
    """Run a program; its variables, what it printed, and where it left NumPy's random stream."""
    scope = {"__name__": "__main__"}
    printed = io.StringIO()
    np.random.seed(3)
    with contextlib.redirect_stdout(printed):
        exec(code, scope)
    values = {
        name: one
        for name, one in scope.items()
        if not name.startswith("__")
        and not isinstance(one, types.ModuleType | types.FunctionType | type)
    }
    return values, printed.getvalue(), np.random.get_state()[1].tolist()


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("name", [*READ, *NUMBERS, *BRANCHES, *CHOOSING, "odd"])
def test_watched_and_unwatched_are_the_same(name, monkeypatch):
    text = {**READ, **NUMBERS, **BRANCHES, **CHOOSING}.get(name, ODD)
    plain = run(compile(text, "mine.py", "exec"))
    sites = Sites([Site(file="", line=0, text="")])
    tape = Recorder(lambda site: None, {"mine.py"})
    monkeypatch.setattr(builtins, HOOK, tape, raising=False)
    watched = run(compile(rewritten(text, "mine.py", sites), "mine.py", "exec"))
    assert watched[1:] == plain[1:]
    assert set(watched[0]) - set(plain[0]) <= {one for one in watched[0] if one.startswith("__")}
    for key, value in plain[0].items():
        if key == "g" and name in BRANCHES:
            continue  # named within a branch, and known to nothing else
        assert type(value).__name__ == type(watched[0][key]).__name__
        if isinstance(value, np.ndarray | np.generic | float):
            assert np.array_equal(value, watched[0][key], equal_nan=True)
    assert tape.nodes
