"""Edits that belong together, and more than one behind the training: the source in, lines out."""

from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from diagnose.patching.arithmetic import of_forward
from diagnose.patching.decays import of_decay
from diagnose.patching.orders import whole_batches
from diagnose.patching.outcomes import Outcome, steps_as_published
from diagnose.patching.samples import of_input
from diagnose.patching.search import Search
from diagnose.patching.source import Edit, Splice, patched
from diagnose.patching.steps import of_step
from tests.patching.making import OneByOne, mend, script, ways


def test_steps_that_bind_new_arrays_are_mended_at_once():
    made = script("for W, b in L:\n    W = W - r * dW  #: update\n    b = b - r * db  #: update\n")
    assert ways(made, of_step)[0] == ["W -= r * dW", "b -= r * db"]
    assert ["W -= r * dW"] in ways(made, of_step)


def test_a_table_is_scaled_column_by_column():
    made = script("m = x.mean()\ns = np.std(x)\nx = (x - m) / s\nh = x @ W  #: samples\n")
    assert ways(made, of_input)[0] == ["m = x.mean(axis=0)", "s = np.std(x, axis=0)"]


def test_batches_taken_by_their_number_follow_each_other_in_any_order():
    text = "for k in rng.permutation(n):  #: training loop\n    x = X[k:k + size]\n"
    assert ways(script(text), whole_batches) == [["x = X[k * size:(k + 1) * size]"]]
    made = script("for k in range(0, n, size):  #: training loop\n    x = X[k:k + size]\n")
    assert ways(made, whole_batches) == []


def moved(update):
    """What a network with such an update steps by, held against momentum."""
    network = SimpleNamespace(
        init=lambda seed: {"W": np.ones((3, 2))}, learning_rate=lambda epoch: 0.1, update=update
    )

    def sound(parameters, gradients, rate):
        v = 0.9 * parameters.get("v", 0.0) + gradients["W"]
        return {"v": v, "W": parameters["W"] - rate * v}

    return steps_as_published(SimpleNamespace(network=network, step=sound))


def test_a_step_is_held_against_the_published_one():
    def by(sign, keeps):
        def update(parameters, gradients, rate):
            v = keeps * parameters.get("u", 0.0) - rate * gradients["W"]
            return {"u": v, "W": parameters["W"] + sign * v}

        return update

    assert moved(by(1, 0.9))
    assert not moved(by(-1, 0.9))
    assert not moved(by(1, 0.0))
    assert not moved(lambda parameters, gradients, rate: parameters)


class Levels(OneByOne):
    """Trials of a search whose outcome is told by what the patched source says."""

    spreads, some_right = staticmethod(lambda copy: 1.0), False
    wrong = staticmethod(lambda copy: ())

    def __init__(self, made, level):
        self.made, self.level, self.asked = made, level, []

    def run(self, edits):
        copy = patched(self.made.source, edits).decode()
        value, self.spread = self.level(copy), self.spreads(copy)

        def scores(seeds):
            self.asked += [*seeds]
            return np.full(len(seeds), value)

        data = SimpleNamespace(labels=np.arange(3) * self.spread)
        wrong, trainer = frozenset(self.wrong(copy)), SimpleNamespace(data=data)
        off = {"gradient"} if wrong else set()
        return SimpleNamespace(
            scores=scores, trainer=trainer, wrong=wrong, off=off, differing=off, uphill=frozenset(),
            some_right=self.some_right,
        )  # fmt: skip

    def shared(self, others):
        return nullcontext()


TABLE = "x = x - x.mean()  #: samples\nW = W + r * d  #: update\n"


def search(level):
    made = script(TABLE, found={"unnormalized-input": {}})
    made = replace(made, mends=(mend(made, "W + r", "W - r"),))
    twin = SimpleNamespace(score=0.99, lacks="", epochs=10, rate=0.1)
    trials = Levels(made, level)
    return Search(script=made, trials=trials, seeds=range(3), twin=twin, works=0.9, effective=0.1)


@pytest.mark.parametrize(("better", "wanted"), [(0.99, 2), (0.93, 1)])
def test_what_works_is_brought_nearer_to_the_twin_where_that_is_noticeable(better, wanted):
    found = search(lambda copy: better if "axis=0" in copy else 0.91)
    step = [*found.script.mends]
    edits, scores = found._further(step, np.full(3, 0.91))
    assert len(edits) == wanted
    assert scores.mean() == pytest.approx(0.99 if wanted == 2 else 0.91)


def test_what_findings_name_is_mended_at_once_but_for_one_of_many_edits_of_a_gradient():
    found = search(lambda copy: 0.98 if "W - r * d" in copy else 0.5)
    (down,) = found.script.mends
    found.script = replace(found.script, mends=())
    other = mend(found.script, "* d", "* e", "gradient", "wrong-gradient")
    assert found.of_told([other]) is None
    assert found.of_told([down, other])[0] == [down]


def test_what_is_harmless_stays_mended_where_all_is_to_be():
    found = search(lambda copy: 0.98)
    down = [*found.script.mends]
    harmless = Edit(splices=(Splice(start=0, end=1, text="x"),), part="input", why="so")
    works = found._working([*down, harmless])
    assert found._wanted(*works)[0] != [*down, harmless]
    found.whole = True
    assert found._wanted(*works)[0] == [*down, harmless]


def test_what_makes_other_targets_is_another_task():
    found = search(lambda copy: 0.99 if "axis=0" in copy else 0.91)
    found.trials.spreads = lambda copy: 0.5 if "axis=0" in copy else 1.0
    assert len(found._further([*found.script.mends], np.full(3, 0.91))[0]) == 1


@pytest.mark.parametrize(("level", "given"), [(0.75, True), (0.4, False)])
def test_what_brings_most_of_the_way_is_given_without_what_it_does_not_need(level, given):
    found = search(lambda copy: level if "W - r" in copy else 0.1)
    edits = [*found.script.mends, *of_input(found.script)[:1]]
    assert found._scores(edits, found.trials.run(edits)) is None
    got = found.most_of_the_way(0.1)
    assert (got is not None) is given
    assert got is None or [one.part for one in got[0]] == ["step"]
    assert found.works == pytest.approx(0.9)


def test_no_other_seed_is_tried_after_one_that_tells():
    found = search(lambda copy: 0.5)
    assert found._scores([], found.trials.run([])) is None
    assert found.trials.asked == [0]
    assert found.nearest is not None
    assert search(lambda copy: 0.9)._working([])[1].shape == (3,)


def test_what_pushes_weights_away_from_0_pulls_them_to_it():
    made = script("g = g - c * W1  #: backward\n", activations=("relu",))
    assert ways(made, of_decay) == [["g = g + c * W1"], []]
    right = script("W1 = W1 - c * W1 * r  #: update\n", activations=("relu",))
    assert ways(right, of_decay) == [[]]


def test_no_other_rate_is_tried_once_one_is_enough():
    network = SimpleNamespace(learning_rate=lambda epoch: 0.1)
    author = SimpleNamespace(differing=("pace",), network=network)
    given = [0.2, 0.95, 0.99]

    class Scored(Outcome):
        def _scored(self, network, seeds):
            return np.array([given.pop(0)])

    made = Scored(network=network, trainer=None, author=author, along={})
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr("diagnose.patching.outcomes.exchanged", lambda *asked: network)
        assert made.with_the_rest_sound("start", 0.1, 0, 0.9) == pytest.approx(0.95)
    assert given == [0.99]


def turned(made):
    """Edits that turn both differences of a script."""
    ways = (("r - g", "g - r"), ("g - s", "s - g"))
    return [mend(made, *both, "gradient", "wrong-gradient") for both in ways]


def test_lines_that_findings_of_the_part_name_come_first():
    made = script("b = r - g  #: backward\nc = g - s  #: backward\n", found={"a": {}, "b": {}})
    other, own = made.report.findings["s"]
    other.where, other.part = SimpleNamespace(file="s.py", line=1), "step"
    edits = turned(made)
    assert made.source.written(made.named_first(edits)[0]) == {1}
    own.where, own.part = SimpleNamespace(file="s.py", line=2), "gradient"
    assert made.source.written(made.named_first(edits)[0]) == {2}


def test_of_each_defect_that_was_found_the_first_edit_at_its_line_is_of_what_was_told():
    made = script("b = r - g  #: backward\nc = g - s  #: backward\n", found={"wrong-gradient": {}})
    edits = turned(made)
    assert made.told(edits) == []  # where it stands is not known
    (finding,) = made.report.findings["s"]
    finding.where = SimpleNamespace(file="s.py", line=2)
    (found,) = made.told(edits)
    assert found.defect == "wrong-gradient"
    assert made.source.written(found) == {2}


@pytest.mark.parametrize(("left", "kept"), [((), 2), (("W2",), 1)])
def test_an_edit_stays_that_makes_gradients_the_true_ones(left, kept):
    found = search(lambda copy: 0.95 if "W - r" in copy else 0.1)
    found.trials.wrong = lambda copy: left if "axis=0" in copy else ("W1", *left)
    edits = [*found.script.mends, *of_input(found.script)[:1]]
    assert len(found._smaller(edits, np.full(3, 0.95))[0]) == kept


@pytest.mark.parametrize(("defect", "wanted"), [("wrong-gradient", 2), ("class-order", 1)])
def test_gradients_that_are_still_wrong_are_mended_on(defect, wanted):
    found = search(lambda copy: 0.95)
    text = "W = W + r * d  #: update\nd = y - t  #: backward\n"
    made = script(text, found={defect: {}})
    mends = mend(made, "W + r", "W - r"), mend(made, "y - t", "t - y", "gradient", "wrong-gradient")
    found.script = found.trials.made = replace(made, mends=mends)
    found.trials.wrong = lambda copy: ("W1",) if "y - t" in copy else ()
    steps = [*mends[:1]]
    assert len(found.with_right_gradients(steps)) == wanted


def test_a_softmax_takes_its_largest_and_its_sum_along_one_axis():
    made = script(
        "e = np.exp(z - np.max(z, axis=1, keepdims=True))  #: forward\n"
        "p = e / e.sum(1, keepdims=True)  #: forward\n",
        layout="columns",
    )
    assert ways(made, of_forward)[0] == [
        "e = np.exp(z - np.max(z, axis=0, keepdims=True))", "p = e / e.sum(0, keepdims=True)",
    ]  # fmt: skip
    rows = script("e = z.max(-1)  #: forward\np = e / e.sum(1)  #: forward\n")
    assert not [one for one in ways(rows, of_forward) if len(one) > 1]
