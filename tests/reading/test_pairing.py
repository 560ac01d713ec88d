"""Samples and labels that lose each other are seen, and no others."""

import builtins

import numpy as np
import pytest

from diagnose.instruments.kept_targets import labels_changed
from diagnose.reading.pairing import moved
from diagnose.reading.targets import samples_axis
from diagnose.recording.origins import Origins
from diagnose.recording.recorder import Recorder
from diagnose.recording.rewriting import HOOK, rewritten
from diagnose.recording.sites import Site, Sites
from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

BEGIN = """
import random
import numpy as np
np.random.seed(4)
X = np.random.randn(40, 3)
Y = np.eye(4)[np.arange(40) % 4]
rng = np.random.default_rng(1)
"""
# What a program does with X and Y, and then a batch of it.
LOST = {
    "samples shuffled in place": "np.random.shuffle(X)\nx, y = X[:8], Y[:8]",
    "labels shuffled in place": "rng.shuffle(Y)\nx, y = X[3:9], Y[3:9]",
    "two shuffles": "np.random.shuffle(X)\nnp.random.shuffle(Y)\nx, y = X[:8], Y[:8]",
    "two permutations": "X = np.random.permutation(X)\nY = rng.permutation(Y)\nx, y = X[:8], Y[:8]",
    "an index for one": "p = rng.permutation(40)\nx, y = X[p[8:16]], Y[8:16]",
    "columns": "p = list(np.random.permutation(40))\nx, y = X.T[:, p][:, 4:9].T, Y[4:9]",
    "before they are split": "np.random.shuffle(X)\nX = X / 2\n"
    "x, y = X[10:20], (Y[:30] - 1)[10:20]",
    "one by one": "p = np.random.permutation(40)\nx, y = X[p[7]], Y[7]",
    "batches of a split": "random.shuffle(X.T[0])\nnp.random.shuffle(X)\n"
    "x, y = np.array_split(X, 5)[1], np.array_split(Y, 5)[1]",
    "classes looked up": "t = Y.argmax(1)\np = np.random.permutation(40)\n"
    "x, y = X[p][:8], np.eye(4)[t[:8]]",
    "a table that labels fill": "t = Y.argmax(1)\nnp.random.shuffle(X)\nT = np.zeros((40, 4))\n"
    "T[np.arange(40), t] = 1\nx, y = X[:8], T[:8]",
    "filled row by row": "t = Y.argmax(1)\nnp.random.shuffle(t)\nT = np.zeros((4, 40))\n"
    "for k in range(40):\n    T[t[k], k] = 1\nx, y = X[:8], T.T[:8]",
    "all folds but one": "X, Y = X[rng.permutation(40)], Y[rng.permutation(40)]\n"
    "x, y = (np.concatenate([one[:0], one[8:]])[:8] for one in (X, Y))",
    "folds of a split": "np.random.shuffle(X)\n"
    "x, y = (np.vstack(np.array_split(one, 5)[1:]) for one in (X, Y))",
    "folds in columns": "np.random.shuffle(Y)\nA, B = X.T, Y.T\n"
    "x, y = (np.hstack((one[:, :8], one[:, 16:])).T for one in (A, B))",
    "appended": "t = Y.argmax(1)\nnp.random.shuffle(t)\n"
    "x, y = np.append(X[:8], X[16:], axis=0), np.append(t[:8], t[16:])[:, None]",
    "cut before there are labels": "X = X[:30]\nY = np.array(Y.tolist())[:30]\n"
    "np.random.shuffle(X)\nx, y = X[:8], Y[:8]",
    "drawn apart": "x = X[np.random.randint(0, 40, 8)]\ny = Y[np.random.randint(0, 40, 8)]",
}
TOGETHER = {
    "cut before there are labels": "X = X[:30]\nY = np.array(Y.tolist())[:30]\n"
    "p = np.random.permutation(30)\nX, Y = X[p], Y[p]\nx, y = X[:8], Y[:8]",
    "an order drawn before there are labels": "p = np.random.permutation(40)[:30]\nX = X[p]\n"
    "Y = np.array(Y.tolist())[p]\nx, y = X[:8], Y[:8]",
    "one index": "p = rng.permutation(40)\nx, y = X[p[8:16]], Y[p[8:16]]",
    "one seed": "np.random.seed(3)\nnp.random.shuffle(X)\nnp.random.seed(3)\nnp.random.shuffle(Y)\n"
    "x, y = X[:8], Y[:8]",
    "drawn with replacement": "p = np.random.randint(0, 40, 8)\nx, y = X.take(p, axis=0), Y[p]",
    "zip and unzip": "both = list(zip(X, Y))\nrandom.shuffle(both)\n"
    "X, Y = (np.array(one) for one in zip(*both))\nx, y = X[:8], Y[:8]",
    "a generator of batches": "def batches(X, Y):\n    p = np.random.permutation(len(X))\n"
    "    for k in range(0, 40, 8):\n        yield X[p[k:k + 8]], Y[p[k:k + 8]]\n"
    "x, y = list(batches(X, Y))[2]",
    "one table": "Z = np.hstack([X, Y])\nnp.random.shuffle(Z)\nx, y = Z[:8, :3], Z[:8, 3:]",
    "augmented": "p = np.random.permutation(40)\nX = X + np.random.randn(40, 3)\n"
    "x, y = X[p][:8] * 1.1, Y[p][:8]",
    "a mask for both": "m = rng.random(40) < 0.6\nx, y = X[m][:8], Y[m][:8]",
    "the next of a series": "s = np.random.randn(41)\np = np.random.permutation(40)\n"
    "x, y = s[p][:8, None], s[p + 1][:8]",
    "a table filled after a shuffle": "p = rng.permutation(40)\nX, t = X[p], Y.argmax(1)[p]\n"
    "T = np.zeros((40, 4))\nfor k in range(40):\n    T[k, t[k]] = 1\nx, y = X[:8], T[:8]",
    "one sample": "i = np.random.randint(40)\nx, y = X[i], Y[i]",
    "folds of both": "p = rng.permutation(40)\nX, Y = X[p], Y[p]\n"
    "x, y = (np.concatenate([one[:8], one[16:]])[:8] for one in (X, Y))",
    "turned over in halves": "np.random.shuffle(X)\nZ = np.zeros((40, 3))\n"
    "X, Y = (np.concatenate([one, one[::-1]]) for one in (X, X + Z))\nx, y = X[:60], Y[:60]",
    "sorted both": "p = np.argsort(X[:, 0])\nx, y = X[p][:8], Y[p][:8]",
}
# The labels are made of the samples as they lie by then, or it is not known how.
NOT_TOLD = {
    "labels made later": "np.random.shuffle(X)\nY = np.array([float(r[0] > 0) for r in X])\n"
    "x, y = X[:8], Y[:8]",
    "labels changed on purpose": "Y[np.random.rand(40) < 0.1] = 0\np = rng.permutation(40)\n"
    "x, y = X[p][:8], Y[p][:8]",
    "sorted one": "p = np.argsort(X[:, 0])\nx, y = X[p][:8], Y[:8]",
    "of several arrays": "A, B = X[:20] * 1, np.random.randn(20, 3)\nnp.random.shuffle(B)\n"
    "x, y = np.concatenate([A, B])[:8], Y[:8]",
    "filled in another order": "p = np.random.permutation(40)\nT = np.zeros((40, 4))\n"
    "for k in range(40):\n    T[k] = Y[int(p[k])]\nx, y = X[p][:8], T[:8]",
}


def ran(text, monkeypatch):
    """The tape, the names and the places of a program that was run."""
    tape, sites = Recorder(lambda site: None, {"mine.py"}), Sites([Site(file="", line=0, text="")])
    monkeypatch.setattr(builtins, HOOK, tape, raising=False)
    scope = {}
    exec(compile(rewritten(BEGIN + text, "mine.py", sites), "mine.py", "exec"), scope)
    return tape, scope, sites


def told(text, monkeypatch):
    """The arrays x and y at the end of a program: whether something has moved only one of them."""
    tape, scope, sites = ran(text, monkeypatch)
    held = [tape.origins.of(scope[name]) for name in "xy"]
    threads = [one.thread(0) if scope["x"].ndim > 1 else one.gone for one in held]
    found = moved(*threads)
    return found and found[2], scope, sites


@pytest.mark.parametrize("how", LOST)
def test_what_loses_its_label_is_seen(how, monkeypatch):
    found, _, sites = told(LOST[how], monkeypatch)
    assert found.draws
    assert not np.array_equal(found.samples, found.owners)
    assert any(
        word in sites.every[found.site].text for word in ("shuffle", "perm", "p]", "[p", "rand")
    )


@pytest.mark.parametrize("how", TOGETHER | NOT_TOLD)
def test_what_stays_beside_its_label_is_left_alone(how, monkeypatch):
    found, *_ = told((TOGETHER | NOT_TOLD)[how], monkeypatch)
    assert found is None or np.array_equal(found.samples, found.owners) or not found.draws


def test_the_rows_are_those_that_stand_there(monkeypatch):
    text = (
        "A = np.array(X)\nnp.random.shuffle(X)\nX = X[::2] * 1.0\nx, y = X[rng.permutation(20)], Y"
    )
    found, scope, _ = told(text.replace("Y", "Y[:20]"), monkeypatch)
    assert np.array_equal(scope["A"][found.samples], scope["x"])


@pytest.mark.parametrize("call", ["np.random.shuffle", "rng.shuffle", "random.shuffle"])
def test_the_program_draws_what_it_draws_unwatched(call, monkeypatch):
    text = f"random.seed(1)\n{call}(X)\nx = y = X\n"
    text += "after = (np.random.rand(), rng.random(), random.random())"
    _, watched, _ = told(text, monkeypatch)
    plain = {}
    exec(BEGIN + text, plain)
    assert np.array_equal(plain["X"], watched["X"])
    assert plain["after"] == watched["after"]


def test_what_is_written_into_begins_anew():
    origins = Origins()
    array = np.zeros((4, 2))
    before = origins.met(array).thread(0)
    view = array[:2]
    origins.made(1, "get", None, (array, slice(0, 2)), {}, view)
    assert origins.of(view).thread(0).root() is before
    origins.in_place(array, 2.0)
    assert origins.met(array).thread(0) is before
    origins.written(array)
    assert origins.met(array).thread(0) is not before
    assert origins.of(view).thread(0).root() is not before


def test_an_array_that_has_died_is_forgotten():
    origins = Origins()
    origins.met(np.zeros(3))
    assert origins.known == {}
    assert origins.views == {}


SHUFFLED = FLAT.replace("order = np.random.permutation(len(X))", "order = np.arange(len(X))")
# A step goes through its samples one by one.
ONE_BY_ONE = (
    FLAT[: FLAT.index("    for start in")].replace(
        "    order = np.random.permutation(len(X))\n",
        "    Xe = X[np.random.permutation(90)]\n    Ye = Y[np.random.permutation(90)]\n",
    )
    + """    for start in range(0, 90, 15):
        sums = [np.zeros_like(one) for one in (W1, b1, W2, b2)]
        for x, y in zip(Xe[start:start + 15], Ye[start:start + 15]):
            h = np.tanh(x @ W1 + b1)
            d = 1 / (1 + np.exp(-(h @ W2 + b2))) - y
            back = (W2 @ d) * (1 - h * h)
            for one, slope in zip(sums, (np.outer(x, back), back, np.outer(h, d), d)):
                one += slope
        for one, slope in zip((W1, b1, W2, b2), sums):
            one -= 0.02 * slope
"""
)
APART = {
    "in a loop": (ONE_BY_ONE, "np.random.permutation(90)]"),
    "again": (FLAT.replace("X[pick], Y[pick]", "X[pick], Y[start:start + 16]"), "Y[start"),
    "once": (SHUFFLED.replace("W1 =", "np.random.shuffle(X)\nW1 =", 1), "np.random.shuffle(X)"),
}


@pytest.mark.parametrize("when", APART)
def test_a_script_that_mixes_up_its_labels_is_read_with_their_own(when, tmp_path):
    text, line = APART[when]
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=30)
    network, data = seen.network, seen.network.data()
    assert line in text.splitlines()[network.where("pairs")[1] - 1]
    own = (data.images[:, 0] > 0).astype(int) + (data.images[:, 1] > 0)
    assert np.array_equal(data.labels, own)
    assert labels_changed(network, data.labels, 0).mean() > 0.3
    later = np.array(data.labels)
    network.order(later, 1, 0)
    assert (later == data.labels).all() == (when == "once")
    assert "samples stand beside another label than their own" in seen.roles["labels"]["text"]


def test_drawn_samples_with_the_labels_of_others_are_shown_as_often_as_the_script_trains(
    tmp_path,
):
    """Without epochs all of the training is one; by its first steps it was found."""
    loop = (
        "for turn in range(200):\n    for start in [turn * 16 % 80]:\n"
        "        order = np.random.choice(90, 16, replace=False)\n"
    )
    begin, end = APART["again"][0].index("for epoch"), APART["again"][0].index("        pick =")
    text = APART["again"][0][:begin] + loop + APART["again"][0][end:]
    text = text.replace("order[start:start + 16]", "order")
    (tmp_path / "mine.py").write_text(text[: text.index("    print(epoch")], encoding="utf-8")
    network = watch(tmp_path / "mine.py", seconds=30).network
    assert network.epochs == 1
    assert len(network.order(network.data().labels, 0, 0)) > 180 * 16


def test_the_axis_of_the_samples_in_targets():
    class Roles:
        layout, vectors = "columns", False

    assert [samples_axis(one, 8, Roles) for one in ((8,), (3, 8), (8, 8), (8, 1), (3,))] == [
        0, 1, 1, 0, None,
    ]  # fmt: skip


def test_a_table_that_was_never_filled_is_forgotten_with_its_array(monkeypatch):
    """Another array may lie there next, and what was known of this one is none of its rows."""
    text = "t = Y.argmax(1)\nT = np.zeros((40, 4))\nT[0, t[5]] = 1\n"
    tape, scope, _ = ran(text, monkeypatch)
    assert len(tape.origins.tables) == 1
    scope.clear()
    assert not tape.origins.tables
