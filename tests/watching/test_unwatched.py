"""Functions run as they were written for all epochs but the last, and are watched again then."""

from diagnose.recording.recorder import Recorder
from diagnose.recording.rewriting import HOOK, rewritten
from diagnose.recording.sites import Sites
from diagnose.watching.unwatched import Unwatched

TEXT = """
def outer(by):
    def inner(x):
        return x * by
    return inner
double = outer(2.0)
done = []
def step(epoch):
    done.append(double(epoch + 1.0))
def run():
    for epoch in range(5):
        step(epoch)
    return double(10.0)
"""


def test_what_functions_do_is_seen_in_the_first_epochs_the_last_and_after_it():
    seen: list[float] = []
    left: list[Unwatched] = []
    turns: list[int] = []

    def turned(site):
        turns.append(site)
        if len(turns) == 2:
            left.append(Unwatched(tape, {"mine.py": TEXT}, site, 1))
        for one in left:
            one.turn(site)

    tape = Recorder(turned, {"mine.py"})
    tape.witness = lambda site, kind, done, args, value: (
        seen.append(value) if done == "Mult" else None
    )
    scope = {"__builtins__": {**vars(__import__("builtins")), HOOK: tape}}
    exec(compile(rewritten(TEXT, "mine.py", Sites()), "mine.py", "exec"), scope)
    assert scope["run"]() == 20.0
    assert scope["done"] == [2.0, 4.0, 6.0, 8.0, 10.0]
    assert seen == [2.0, 10.0, 20.0]
    assert not left[0].rewritten
