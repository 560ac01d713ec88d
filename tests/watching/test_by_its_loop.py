"""Steps whose samples their loop names are not looked at, and what is read is the same."""

import ast
from types import SimpleNamespace

import numpy as np
import pytest

from diagnose.reading import by_loop
from diagnose.reading.not_read import NotReadError
from diagnose.recording.origins import Origins
from diagnose.recording.rewriting import Site
from diagnose.watching import put_off, watcher
from diagnose.watching.by_its_loop import _are_places
from diagnose.watching.handover import Handover
from diagnose.watching.texts import Texts
from tests.watching.two_readings import run_beside

START = """
import numpy as np
np.random.seed(1)
X = np.random.randn(2000, 8)
labels = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
Y = np.eye(3)[labels]
W1, W2 = np.random.randn(8, 6) * 0.5, np.random.randn(6, 3) * 0.5
b1, b2 = np.zeros(6), np.zeros(3)
lr = 0.1
def touched(k): pass
for epoch in range(3):
    order = np.random.permutation(len(X))
"""
BY_PLACE = "    for i in order:\n        x, y = X[i], Y[i]\n"
IN_TURN = "    for i, (x, y) in enumerate(zip(X, Y)):\n"
STEP = """
        h = 1 / (1 + np.exp(-(x @ W1 + b1)))
        o = 1 / (1 + np.exp(-(h @ W2 + b2)))
        if i % 500 == 0:
            print(np.mean((o - y) ** 2))
        d2 = (o - y) * o * (1 - o)
        d1 = (W2 @ d2) * h * (1 - h)
        touched(i)
        W2 -= lr * np.outer(h, d2)
        b2 -= lr * d2
        W1 -= lr * np.outer(x, d1)
        b1 -= lr * d1
"""
# What a child does, which writes down whether it goes by the loop.
CHILD = """
import sys, time
from diagnose.reading import collecting
from diagnose.watching import child
own, (script, folder, how) = collecting.by_loop, sys.argv[1:]
def by_loop(*given, **named):
    made = own(*given, **named) if how == "by its loop" else None
    with open("went.txt", "a") as file:
        file.write("went " if made else "")
    return made
collecting.by_loop = by_loop
child.main([script, folder, "60", "0", "15", "60", str(time.time()), "0", "0", "0"])
"""


def watched(folder, text, how):
    """What was read of a script, and whether its steps were known from its loop."""
    script, out, went = folder / "mine.py", folder / how, folder / "went.txt"
    out.mkdir()
    script.write_text(text, encoding="utf-8")
    run_beside(CHILD, [script, out, how], folder)
    return Handover.read(out), "went" in went.read_text()


@pytest.mark.parametrize("loop", [BY_PLACE, IN_TURN], ids=["by place", "in turn"])
def test_what_is_read_is_what_it_was(loop, tmp_path):
    text = START + loop + STEP
    slow, did = watched(tmp_path, text, "step by step")
    quick, went = watched(tmp_path, text, "by its loop")
    assert went
    assert not did
    assert quick.parted is None
    assert (quick.said, quick.steps, quick.roles) == (slow.said, slow.steps, slow.roles)
    assert [*quick.arrays] == [*slow.arrays]
    for name, one in quick.arrays.items():
        np.testing.assert_array_equal(one, slow.arrays[name])


@pytest.mark.parametrize(
    "done",
    ["X[5] += 1.0", "order[1200:1202] = order[1200:1202][::-1].copy()", "Y[5] = Y[5][::-1].copy()"],
)
def test_what_is_written_meanwhile_is_refused(done, tmp_path):
    function = f"def touched(k):\n    if turn[0] == 1100: {done}\n    turn[0] += 1\nturn = [0]"
    text = START.replace("def touched(k): pass", function) + BY_PLACE + STEP
    read, went = watched(tmp_path, text, "by its loop")
    assert went
    assert any(one in read.parted.reason for one in (by_loop.WRITTEN, by_loop.OTHERS))


TOLD = """
def touched(k):
    turn[0] += 1
    if turn[0] in (1500, 1600):
        for at in range(3):
            print(at)
turn = [0]
"""


@pytest.mark.parametrize("first", [True, False], ids=["before the step", "after it"])
def test_a_loop_within_a_turn_takes_no_step_away(first, tmp_path):
    step = STEP.replace("        touched(i)\n", "")
    step = f"        touched(i)\n{step}" if first else f"{step}        touched(i)\n"
    text = START.replace("def touched(k): pass", TOLD) + BY_PLACE + step
    slow, _ = watched(tmp_path, text, "step by step")
    quick, went = watched(tmp_path, text, "by its loop")
    assert went
    assert (quick.said, quick.steps, quick.roles) == (slow.said, slow.steps, slow.roles)
    np.testing.assert_array_equal(quick.arrays["rows"], slow.arrays["rows"])


def test_a_pass_that_is_left_within_a_turn_is_refused(tmp_path):
    function = "def touched(k):\n    turn[0] += 1\n    assert turn[0] != 1500\nturn = [0]"
    text = START.replace("def touched(k): pass", function)
    loop = "    try:\n" + "".join(f"    {one}\n" for one in (BY_PLACE + STEP).split("\n"))
    text += loop + "    except AssertionError:\n        pass\n"
    read, went = watched(tmp_path, text, "by its loop")
    assert went
    assert by_loop.LEFT in read.parted.reason


def places(text, x="x", target="y", rate="0.1"):
    """What the text of a loop tells: the samples are met where ``see`` stands, and stepped."""
    tree = ast.parse(text)
    loop = next(one for one in ast.walk(tree) if isinstance(one, ast.For))
    line = next(
        one.lineno for one in ast.walk(tree) if isinstance(one, ast.Name) and one.id == "see"
    )
    sites = [Site(file="f", line=at, text="") for at in (loop.lineno, line)]
    taken = {"x": (sites[1], x), "target": (sites[1], target), "rate": (sites[1], rate)}
    return _are_places(Texts({"f": text}), sites[0], taken, [sites[1]])


PLAIN = "for i in order:\n    x, y = X[i], Y[i]\n    w = see(x) - y\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (PLAIN, True),
        ("for x, y in zip(X, Y):\n    see(x)\n", False),
        ("for k, (x, y) in enumerate(zip(X, Y)):\n    see(x)\n    print(k)\n", False),
        (PLAIN + "    if w > 3:\n        print(w)\n", True),
        # another value for a name, by whatever line
        (PLAIN + "    if w > 3:\n        X = Z\n", None),
        (PLAIN + "    x = x + 1\n", None),
        (PLAIN.replace("x, y", "i = i + 0\n    x, y"), None),
        (PLAIN + "    X = X[::-1]\n", None),
        ("def f():\n    global X\n    X = Z\n" + PLAIN, None),
        ("exec(text)\n" + PLAIN, None),
        # turns that may come to no step, or to it by another way
        (PLAIN.replace("w =", "if i == 7: continue\n    w ="), None),
        (PLAIN + "    if w > 3:\n        break\n", None),
        ("for i in order:\n    x, y = X[i], Y[i]\n    if x[0]: see(x)\n", None),
        (PLAIN.replace("see(x) - y", "see(x) if i else y"), None),
        ("def g(w): print(w)\n" + PLAIN + "    if w > 3:\n        g(w)\n", None),
        (PLAIN + "else:\n    print(w)\n", None),
        ("def g(x): see(x)\n" + PLAIN.replace("see(x)", "g(x)"), None),
        # rows that the text does not name
        (PLAIN.replace("X[i]", "X[i + 1]"), None),
        (PLAIN.replace("X[i]", "self.X[i]"), None),
        ("for x, y in batches(X, Y):\n    see(x)\n", None),
        ("for x, y in zip(X, labels, strict=True):\n    see(x)\n", None),
        ("for i, x in enumerate(X):\n    y = Y[i]\n    see(x)\n", None),
    ],
)
def test_only_a_text_that_tells_all_is_gone_by(text, told):
    assert places(text) is told


@pytest.mark.parametrize(
    ("rate", "told"),
    [("lr", True), ("lr / 10", True), ("w", None), ("rate()", None), ("lr * (1 / (1", None)],
)
def test_rates_that_may_change_are_looked_at(rate, told):
    assert places(PLAIN, rate=rate) is told
    assert places(PLAIN, x="x.T") is None


def told_nothing():
    raise RecursionError


@pytest.mark.parametrize(
    ("tell", "went"), [(lambda: True, [True, True]), (lambda: None, []), (told_nothing, [])]
)
def test_the_text_is_asked_once(tell, went, tmp_path, monkeypatch):
    asked, gone = [], []
    monkeypatch.setattr(put_off, "are_places", lambda *of: (asked.append(of), tell())[1])
    looks = watcher.Watcher(tmp_path, 60)
    looks.seen = SimpleNamespace(
        site=3, by_loop=None, coming=lambda: 0, go_by_loop=lambda *, places: gone.append(places)
    )
    for _ in range(2):
        looks.put_off.asks_less(looks.seen, 3)
    assert gone == went
    assert len(asked) == 1


def made(over, left, count=3000):
    """The rest of a pass over samples of which the last steps are known."""
    origins, given = Origins(), np.arange(2.0 * count).reshape(count, 2)
    origins.met(given)
    wanted = np.arange(count) % 3
    origins.met(wanted)
    turns = (list(over) if over is not None else list(range(count)))[: len(over or given) - left]
    steps, values, kept = [], [], []
    for place in turns[-by_loop.COMPARED :]:
        x, target = given[place], wanted[place]
        kept += [x, target]
        origins.made(1, "get", None, (given, place), {}, x)
        origins.made(1, "get", None, (wanted, place), {}, target)
        steps.append((origins.taken(x), origins.taken(target)))
        values.append((x[None].copy(), np.array([target])))
    found = by_loop.by_loop(over, left, origins, 0.1, steps, values, places=over is not None)
    return found, SimpleNamespace(x=given, target=wanted, steps=steps, values=values)


def test_the_rest_of_a_pass_is_its_rows():
    order = [int(one) for one in np.random.default_rng(0).permutation(3000)]
    found, of = made(order, 2000)
    for _ in range(1968 - 1):
        assert found.goes_on({})
    assert not found.goes_on({})  # its end is seen
    rows = [*found.taken()]
    assert [one[2].place for one in rows] == order[1000:2968]
    np.testing.assert_array_equal([one[0] for one in rows], of.x[order[1000:2968]])
    np.testing.assert_array_equal([one[1] for one in rows], of.target[order[1000:2968]])


def test_what_is_seen_must_be_what_the_loop_names():
    order = list(range(3000))[::-1]
    found, of = made(order, 2000)
    first = of.x[order[1000]]
    assert found.goes_on({"x": (first.copy(), 7), "target": of.target[order[1000]], "rate": 0.1})
    for seen in ({"x": (first, 7)}, {"rate": 0.2}, {"target": of.target[order[1000]] + 1}):
        with pytest.raises(NotReadError):
            found.goes_on(seen)


def test_arrays_that_each_step_writes_into_are_looked_at():
    (found, of), (other, _) = made(range(3000), 2000), made(range(3000), 2000)
    assert found.lies_as(found)
    assert not found.lies_as(None)
    assert not found.lies_as(other)
    of.x[1000] /= 2
    again = by_loop.ByLoop(
        of.x, of.target, found.order, None, found.x, found.target, found.rate, 1000, 2000
    )
    assert not again.lies_as(found)


def test_what_is_not_known_is_looked_at():
    order = list(range(3000))
    assert made(order, 2000)[0] is not None
    assert made(None, 2000)[0] is not None
    assert made(order, by_loop.LONG - 1)[0] is None  # soon over
    assert made(order, 2980)[0] is None  # hardly begun
    assert made([*order[:-1], 0], 2000)[0] is None  # one comes twice
    assert made([-1, *order[1:]], 2000)[0] is None
    found, of = made(order, 2000)
    of.x[500] = -1.0
    with pytest.raises(NotReadError, match="written into"):
        [*found.taken()]


def test_turns_that_are_counted_later_are_those_of_which_nothing_was_seen():
    left = by_loop.ByLoop(
        samples=np.ones((9, 2)), targets=np.ones(9), order=np.arange(9), over=None, x=None,
        target=None, rate=0.1, done=2, until=8, begun=1,
    )  # fmt: skip
    assert left.put_off({}, 1)
    assert left.put_off({}, 1)
    assert not left.put_off({"rate": 0.1}, 1)
    assert not left.put_off({}, 2)  # another pass has begun
    assert left.turns == 2
    assert left.catch_up() == 2
    assert left.turns == 4
    assert left.catch_up() == 0
