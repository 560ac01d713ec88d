"""A watched program does what it does unwatched: same numbers, same random stream, same output."""

import builtins
import contextlib
import io
import types

import numpy as np
import pytest

from diagnose.recording.rewriting import HOOK, Site, Sites, rewritten
from diagnose.recording.tape import Tape
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
@pytest.mark.parametrize("name", [*READ, *NUMBERS, "odd"])
def test_watched_and_unwatched_are_the_same(name, monkeypatch):
    text = {**READ, **NUMBERS}.get(name, ODD)
    plain = run(compile(text, "mine.py", "exec"))
    sites = Sites([Site(file="", line=0, text="")])
    tape = Tape(lambda site: None, {"mine.py"})
    monkeypatch.setattr(builtins, HOOK, tape, raising=False)
    watched = run(compile(rewritten(text, "mine.py", sites), "mine.py", "exec"))
    assert watched[1:] == plain[1:]
    assert set(watched[0]) - set(plain[0]) <= {one for one in watched[0] if one.startswith("__")}
    for key, value in plain[0].items():
        assert type(value).__name__ == type(watched[0][key]).__name__
        if isinstance(value, np.ndarray | np.generic | float):
            assert np.array_equal(value, watched[0][key], equal_nan=True)
    assert tape.nodes
